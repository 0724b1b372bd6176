"""Compressed formats, by PyAV (extra `codecs`).

Streams are cut into packets by our own splitters, so neither side needs a thread, and what is no sound (tags, Xing
frames, Opus' first and last samples) never reaches a decoder or is dropped after it.
"""

from __future__ import annotations

import importlib
import importlib.util
import weakref
from typing import TYPE_CHECKING, Any, Final

from voxbridge.exceptions import ProtocolError, UnsupportedFeature

from ._flac import FlacFrames
from ._format import AudioFormat
from ._mpeg import AdtsFrames, Mp3Frames
from ._ogg import OpusPackets
from ._parser import Packet, Splitter
from ._stages import Reader, Sound, Stage


if TYPE_CHECKING:
    from collections.abc import Iterable

    import av
    from av.audio.frame import AudioFrame
    from numpy.typing import NDArray

__all__ = ["Decoder", "Encoder", "codecs_installed", "splitter"]

_SPLITTERS: Final[dict[str, type[Splitter]]] = {
    "mp3": Mp3Frames,
    "aac": AdtsFrames,
    "opus": OpusPackets,
    "flac": FlacFrames,
}
_DECODERS: Final = {"mp3": "mp3float", "aac": "aac", "opus": "libopus", "flac": "flac"}

# encoding -> container, codec, options of the container
_ENCODERS: Final[dict[str, tuple[str, str, dict[str, str]]]] = {
    "mp3": ("mp3", "libmp3lame", {"write_xing": "0", "id3v2_version": "0"}),  # both would need a sink that seeks
    "aac": ("adts", "aac", {}),
    "opus": ("ogg", "libopus", {"page_duration": "20000"}),  # microseconds; the default holds back a second
    "flac": ("flac", "flac", {"metadata_header_padding": "0"}),  # the default is 8 KiB of nothing
}


def codecs_installed() -> bool:
    """Return whether compressed formats can be decoded and encoded here."""
    return importlib.util.find_spec("av") is not None


def splitter(encoding: str) -> Splitter:
    """Return what cuts a stream of this compressed encoding into packets; it needs no codec."""
    return _SPLITTERS[encoding]()


class Decoder(Reader):
    """A compressed stream in, whole frames of linear16 out; see `sound` for its rate and channels.

    Args:
        format: of the stream; only its encoding matters.

    Raises:
        UnsupportedFeature: the extra `codecs` is not installed.
        ProtocolError: (feed, flush) the stream is something else, or broken.
        TruncatedSpeech: (flush) the stream ended inside a packet.
    """

    def __init__(self, format: AudioFormat) -> None:
        self._av = _import_av(format)
        self._encoding = format.encoding
        self._splitter = splitter(format.encoding)
        self._context: av.AudioCodecContext | None = None

    def feed(self, data: bytes) -> bytes:
        return b"".join([self._decode(packet) for packet in self._splitter.parse(data)])

    def flush(self) -> bytes:
        return b"".join([self._decode(packet) for packet in self._splitter.end()])

    def _decode(self, packet: Packet) -> bytes:
        if packet.setup or self._context is None:
            self._context = self._av.AudioCodecContext.create(_DECODERS[self._encoding], "r")
            self._context.extradata = packet.setup or None
            self._context.thread_count = 1  # more of them hold frames back
        try:
            sound = self._linear16(self._context.decode(self._av.Packet(packet.data)))
        except self._av.FFmpegError as error:
            raise ProtocolError(f"a packet of {self._encoding} could not be decoded: {error}") from error
        if packet.padding and self.sound is not None:
            sound = sound[: -2 * self.sound.channels * packet.padding]
        return sound

    def _linear16(self, frames: Iterable[AudioFrame]) -> bytes:
        out = []
        for frame in frames:
            sound = Sound("linear16", frame.sample_rate, frame.layout.nb_channels)
            if self.sound not in (None, sound):
                raise ProtocolError(f"the {self._encoding} changed in mid-stream from {self.sound} to {sound}")
            self.sound = sound
            out.append(_linear16(frame))
        return b"".join(out)


class Encoder(Stage):
    """Whole samples of mono linear16 in, a compressed stream out.

    Args:
        format: of the stream; its sample rate must be set, and is that of what comes in.

    Raises:
        UnsupportedFeature: the extra `codecs` is not installed.
    """

    def __init__(self, format: AudioFormat) -> None:
        self._av = _import_av(format)
        container, codec, options = _ENCODERS[format.encoding]
        self._sink = _Sink()
        self._output = self._av.open(self._sink, "w", format=container, options={**options, "flush_packets": "1"})
        # PyAV before 17.0.1 corrupts memory when a container is dropped that was not closed
        self._close = weakref.finalize(self, self._output.close)
        self._rate = format.sample_rate or 0
        self._stream = self._output.add_stream(codec, rate=self._rate, layout="mono")
        if format.bit_rate is not None:
            self._stream.bit_rate = format.bit_rate
        self._position = 0  # samples

    def feed(self, data: bytes) -> bytes:
        import numpy as np

        if not data:
            return b""
        samples = np.frombuffer(data, "<i2").reshape(1, -1)
        frame = self._av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate, frame.pts = self._rate, self._position
        self._position += samples.shape[1]
        self._output.mux(self._stream.encode(frame))
        return self._sink.taken()

    def flush(self) -> bytes:
        if self._position:
            self._output.mux(self._stream.encode(None))
        else:
            self._output.start_encoding()  # writes the header, where the container has one
        self._close()
        return self._sink.taken()


class _Sink:
    """What a container writes to; it cannot seek."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        taken = b"".join(self._written)
        self._written.clear()
        return taken


def _import_av(format: AudioFormat) -> Any:
    try:
        return importlib.import_module("av")
    except ImportError as error:
        raise UnsupportedFeature(
            f"{format.encoding} needs the extra `codecs`: pip install 'voxbridge-tts[codecs]'"
        ) from error


def _linear16(frame: AudioFrame) -> bytes:
    """Return a decoded frame as interleaved linear16."""
    import numpy as np

    samples: NDArray[Any] = frame.to_ndarray()
    if frame.format.is_planar:
        samples = samples.T
    if samples.dtype == np.int32:
        samples = samples / 65536
    elif samples.dtype != np.int16:
        samples = samples * 32768
    rounded: bytes = np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes()
    return rounded
