"""Which audio can be asked for, in which words it is refused, and the WAV header that goes before it."""

from __future__ import annotations

import struct
from collections.abc import Collection
from types import MappingProxyType
from typing import Final

from attrs import evolve, frozen

from voxbridge.audio import AudioFormat

from ._refusals import Refusal


__all__ = ["REST", "SOCKET", "Wanted", "wanted"]

_TAGS: Final = MappingProxyType({"linear16": 1, "alaw": 6, "mulaw": 7})
_OPUS_MOST: Final = 256_000  # libopus in mono; above it the vendor's range goes on


@frozen(kw_only=True)
class Row:
    """What the documents' table says of an encoding; the first of each is the default."""

    containers: tuple[str, ...] = ()
    rates: tuple[int, ...]
    bit_rates: Collection[int] = ()
    bit_rate: int | None = None


_LINEAR: Final = (24000, 8000, 16000, 32000, 48000)
_G711: Final = (8000, 16000)
REST: Final = MappingProxyType(
    {
        "linear16": Row(containers=("wav", "none"), rates=_LINEAR),
        "mulaw": Row(containers=("wav", "none"), rates=_G711),
        "alaw": Row(containers=("wav", "none"), rates=_G711),
        "mp3": Row(rates=(22050,), bit_rates=(32000, 48000), bit_rate=48000),
        "opus": Row(containers=("ogg",), rates=(48000,), bit_rates=range(4000, 650_001), bit_rate=12000),
        "flac": Row(rates=(22050, 8000, 16000, 32000, 48000)),  # the default is nowhere told
        "aac": Row(rates=(22050,), bit_rates=range(4000, 192_001), bit_rate=48000),
    }
)
SOCKET: Final = MappingProxyType(
    {
        "linear16": Row(containers=("none",), rates=_LINEAR),
        "mulaw": Row(containers=("none",), rates=_G711),
        "alaw": Row(containers=("none",), rates=_G711),
    }
)


@frozen(kw_only=True)
class Wanted:
    """The audio of an answer."""

    format: AudioFormat
    """Raw, or compressed; a WAV header is not the codec's."""
    wav: bool = False

    @property
    def content_type(self) -> str:
        """What the header says."""
        if self.wav:
            return "audio/wav"
        if self.format.compressed:
            return self.format.content_type
        name = "l16" if self.format.encoding == "linear16" else self.format.encoding
        return f"audio/{name};rate={self.format.sample_rate}"

    @property
    def header(self) -> bytes:
        """What goes before the sound."""
        return _wav_header(self.format) if self.wav else b""

    def at(self, sample_rate: int) -> Wanted:
        """Return the same at another rate."""
        return evolve(self, format=self.format.with_rate(sample_rate))


def wanted(
    table: MappingProxyType[str, Row],
    encoding: str,
    container: str | None,
    sample_rate: int | None,
    bit_rate: int | None,
) -> Wanted:
    """Return the audio that four parameters ask for.

    Raises:
        Refusal: there is none such.
    """
    if encoding not in table:
        raise _unsupported(f"`encoding` must be {_listed(tuple(table))} for streaming")
    row = table[encoding]
    if container is not None and not row.containers:
        raise _unsupported(f"`container` is not applicable when `encoding={encoding}`")
    if container is not None and container not in row.containers:
        raise _unsupported(f"`container={container}` is invalid when `encoding={encoding}`")
    if sample_rate is not None and sample_rate not in row.rates:
        if len(row.rates) == 1:  # its own rate is tolerated
            raise _unsupported(f"`sample_rate` is not applicable when `encoding={encoding}`")
        raise _unsupported(f"`sample_rate` must be {_listed(sorted(row.rates))} when `encoding={encoding}`")
    if bit_rate is not None and bit_rate not in row.bit_rates:
        if not row.bit_rates:
            raise _unsupported(f"`bit_rate` is not applicable when `encoding={encoding}`")
        raise _unsupported(f"`bit_rate` must be {_listed(row.bit_rates)} when `encoding={encoding}`")
    rate = sample_rate or row.rates[0]
    chosen = bit_rate or row.bit_rate
    if encoding == "opus" and chosen:
        chosen = min(chosen, _OPUS_MOST)
    wav = (container or next(iter(row.containers), None)) == "wav"
    return Wanted(format=AudioFormat(encoding, rate, bit_rate=chosen), wav=wav)


def _unsupported(detail: str) -> Refusal:
    # The documents say INVALID_QUERY_PARAMETER here; the live service was seen to say this, with a full stop.
    message = f"Unsupported audio format: {detail}."
    return Refusal(status=400, code="UNSUPPORTED_AUDIO_FORMAT", message=message)


def _listed(values: Collection[int] | Collection[str]) -> str:
    if isinstance(values, range):
        return f"between {values[0]} and {values[-1]}"
    *most, last = map(str, values)
    return f"{', '.join(most)} or {last}"


def _wav_header(format: AudioFormat) -> bytes:
    """Return the 44 bytes that are written before the length is known."""
    size, rate = format.frame_size or 0, format.sample_rate or 0
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 0x7FFF0024, b"WAVE"),
        *(b"fmt ", 16, _TAGS[format.encoding], 1, rate, rate * size, size, 8 * size),
        *(b"data", 0x7FFF0000),
    )
