"""Whole recordings as people have them: any usual kind of file, any rate, any number of channels."""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from voxbridge.exceptions import ProtocolError, UnsupportedFeature

from ._g711 import Expander
from ._samples import Mixer
from ._sniff import looks_like
from ._stages import Pipeline
from ._wav import WavReader


if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

__all__ = ["Recording", "read_recording"]

# kind -> FFmpeg's demuxer. It is named and never guessed: some, such as that of playlists, open what a file names.
_DEMUXERS: Final = {
    "mp3": "mp3",
    "flac": "flac",
    "ogg": "ogg",
    "aac": "aac",
    "m4a": "mp4",
    "webm": "matroska",
    "aiff": "aiff",
}
_MAGIC: Final = {
    b"RIFF": "wav",
    b"ID3": "mp3",
    b"fLaC": "flac",
    b"OggS": "ogg",
    b"\x1aE\xdf\xa3": "webm",
    b"FORM": "aiff",
    b"\xff\xf1": "aac",
    b"\xff\xf9": "aac",
    **{bytes((0xFF, second)): "mp3" for second in (0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2)},
}


@frozen
class Recording:
    """What a file holds."""

    kind: str
    "``wav``, ``mp3``, ``flac``, ``ogg``, ``aac``, ``m4a``, ``webm`` or ``aiff``."
    sample_rate: int
    "Hz"
    channels: int
    mono: bytes = field(repr=False)
    "All channels mixed into one, as linear16 at that rate."

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.mono) / 2 / self.sample_rate


def read_recording(data: bytes, limit: float) -> Recording:
    """Decode a whole file.

    Args:
        data: its bytes.
        limit: seconds after which no more of a compressed file is decoded: a small one can hold hours.

    Raises:
        ProtocolError: it is no sound, or is broken.
        UnsupportedFeature: it is no WAV, and the extra `codecs` is not installed.
    """
    kind = _kind(data)
    return _read_wav(data) if kind == "wav" else _read_compressed(data, kind, limit)


def _kind(data: bytes) -> str:
    if data[4:8] == b"ftyp":
        return "m4a"
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            return kind
    raise ProtocolError(f"it seems to be {looks_like(data[:64])}")


def _read_wav(data: bytes) -> Recording:
    reader = WavReader()
    raw = reader.feed(data) + reader.flush()
    sound = reader.sound
    if sound is None:
        raise ProtocolError("there is no sound in it")
    expanding = [Expander(sound.encoding)] if sound.encoding in ("mulaw", "alaw") else []
    mixing = [Mixer(sound.channels)] if sound.channels > 1 else []
    return Recording("wav", sound.sample_rate, sound.channels, Pipeline([*expanding, *mixing]).feed(raw))


def _read_compressed(data: bytes, kind: str, limit: float) -> Recording:
    av = _import_av(kind)
    # Titles in an odd encoding are nobody's concern; from version 19 on nothing needs to say so.
    tolerant = {"metadata_errors": "ignore"} if int(av.__version__.partition(".")[0]) < 19 else {}
    mixer = av.AudioResampler("s16", "mono")
    rate, channels, mono = 0, 0, bytearray()
    try:
        with av.open(io.BytesIO(data), format=_DEMUXERS[kind], **tolerant) as file:
            if not file.streams.audio:
                raise ProtocolError("there is no sound in it")
            for frame in file.decode(file.streams.audio[0]):
                rate, channels = frame.sample_rate, frame.layout.nb_channels
                mono += _linear16(mixer.resample(frame))
                if len(mono) > 2 * limit * rate:
                    break
            if rate:
                mono += _linear16(mixer.resample(None))
    except av.FFmpegError as error:
        raise ProtocolError(f"it cannot be decoded: {error.strerror}") from None
    except ValueError:
        raise ProtocolError("its rate or its channels change in the middle") from None
    if not rate:
        raise ProtocolError("there is no sound in it")
    return Recording(kind, rate, channels, bytes(mono))


def _linear16(frames: Iterable[AudioFrame]) -> bytes:
    return b"".join([frame.to_ndarray().tobytes() for frame in frames])


def _import_av(kind: str) -> Any:
    try:
        return importlib.import_module("av")
    except ImportError:
        raise UnsupportedFeature(
            f"to read {kind} needs the extra `codecs`: pip install 'voxbridge-tts[codecs]'. WAV needs nothing"
        ) from None
