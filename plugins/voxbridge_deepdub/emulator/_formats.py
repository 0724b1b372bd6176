"""Which audio can be asked for, and what stands around it: MP3's tag, and the WAV header of each chunk."""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping
from typing import Any, Final

from attrs import evolve, frozen

from voxbridge.audio import AudioFormat

from ._refusals import invalid


__all__ = ["RATES", "REST", "SOCKETS", "Chunks", "Wanted", "wanted"]

REST: Final = ("mp3", "opus", "mulaw", "headerless-wav")  # the last one is in one of the documents only
SOCKETS: Final = ("wav", "mp3", "opus", "mulaw", "s16le")
RATES: Final = (8000, 16000, 22050, 24000, 32000, 36000, 44100, 48000)
_MP3_RATES: Final = tuple(rate for rate in RATES if rate != 36000)  # ISO 11172-3, 13818-3, and MPEG 2.5
# A tag of ID3v2.4 that names the encoder, and a Xing frame whose counts are 0, as in captured answers.
_ID3: Final = b"ID3\4\0\0\0\0\0\x23" + (b"TSSE\0\0\0\x0f\0\0\3Lavf60.16.100\0").ljust(35, b"\0")
_XING: Final = (b"\xff\xfb\x94\xc4".ljust(21, b"\0") + b"Xing\0\0\0\x0f".ljust(120, b"\0") + b"LAME3.100").ljust(
    384, b"\0"
)


@frozen(kw_only=True)
class Wanted:
    """The audio of a generation."""

    name: str
    """As it was asked for."""
    sample_rate: int

    @property
    def format(self) -> AudioFormat:
        """What it is made in: raw, or compressed. Opus is at 48 kHz always; MP3 has not got 36 kHz."""
        match self.name:
            case "mp3":
                rate = min(_MP3_RATES, key=lambda each: abs(each - self.sample_rate))
                return AudioFormat("mp3", rate, bit_rate=128_000)
            case "opus":
                return AudioFormat("opus")
        return AudioFormat("mulaw" if self.name == "mulaw" else "linear16", self.sample_rate)

    @property
    def content_type(self) -> str:
        """What the header of a response should say."""
        return "application/ogg" if self.name == "opus" else self.format.content_type

    @property
    def head(self) -> bytes:
        """What goes before all sound."""
        if self.name != "mp3":
            return b""
        return _ID3 + (_XING if self.format.sample_rate == 48000 else b"")

    def at(self, sample_rate: int) -> Wanted:
        """Return the same at another rate."""
        return evolve(self, sample_rate=sample_rate)


class Chunks:
    """Makes what frames hold of pieces of sound: each WAV has a header, and whole samples."""

    def __init__(self, audio: Wanted) -> None:
        self._audio = audio
        self._carry = b""

    def take(self, piece: bytes) -> bytes:
        """Return what the next frame holds; nothing if it would be half a sample."""
        if self._audio.name != "wav":
            return piece
        sound = self._carry + piece
        whole = len(sound) // 2 * 2
        self._carry = sound[whole:]
        return _wav_header(self._audio.sample_rate, whole) + sound[:whole] if whole else b""


def wanted(fields: Mapping[str, Any], formats: Collection[str], default: str) -> Wanted:
    """Return the audio that ``format`` and ``sampleRate`` ask for.

    Raises:
        Refusal: there is none such.
    """
    name = fields.get("format", default)
    if name not in formats:
        raise invalid(f"unsupported format '{name}'")
    rate = fields.get("sampleRate", 8000 if name == "mulaw" else 48000)
    if type(rate) is not int or rate not in RATES:
        raise invalid(f"unsupported sampleRate {rate}, expected one of {', '.join(map(str, RATES))}")
    return Wanted(name=name, sample_rate=rate)


def _wav_header(rate: int, size: int) -> bytes:
    """Return 68 bytes: the fmt chunk has 40, of which the last 24 are zeros."""
    return struct.pack(
        "<4sI4s4sIHHIIHH24x4sI",
        *(b"RIFF", 60 + size, b"WAVE"),
        *(b"fmt ", 40, 1, 1, rate, 2 * rate, 2, 16),
        *(b"data", size),
    )
