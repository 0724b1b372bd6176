"""Which audio Deepgram gives: encodings, containers, sample rates and bit rates, on each transport.

As the documents have it (TTS media output settings). What is not in a table is refused before it is sent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Final

from attrs import frozen

from voxbridge import AudioFormat, InvalidFormat


__all__ = ["REQUEST", "SOCKET", "Row", "Table"]

_RAW: Final = frozenset({"linear16", "mulaw", "alaw"})


@frozen(kw_only=True)
class Row:
    """What there is of an encoding."""

    rates: tuple[int, ...]
    """Hz. A single one is fixed: as a parameter it would be an error."""
    containers: tuple[str | None, ...] = (None,)
    """Those that `AudioFormat` knows; None is raw, or the encoding's own."""
    bit_rates: Collection[int] = ()
    """Bits per second; empty where there is none to choose."""


@frozen(eq=False)
class Table:
    """What a transport gives, by encoding."""

    rows: Mapping[str, Row]
    says_containers: bool
    """Whether it takes the parameter ``container``."""

    @cached_property
    def formats(self) -> tuple[AudioFormat, ...]:
        """All formats, each with the bit rate that Deepgram chooses."""
        return tuple(
            AudioFormat(encoding, rate, container=container)
            for encoding, row in self.rows.items()
            for rate in row.rates
            for container in row.containers
        )

    def formats_for(self, wanted: AudioFormat) -> tuple[AudioFormat, ...]:
        """Return all formats, and first the one with the bit rate that is wanted, where there is one."""
        row = self.rows.get(wanted.encoding)
        if row is None or wanted.bit_rate not in row.bit_rates:
            return self.formats
        exact = AudioFormat(wanted.encoding, row.rates[0], container=row.containers[0], bit_rate=wanted.bit_rate)
        return (exact, *self.formats)

    def parameters(self, format: AudioFormat) -> dict[str, str | int | None]:
        """Return the query parameters that ask for a format.

        Raises:
            InvalidFormat: the transport does not give it.
        """
        row = self.rows.get(format.encoding)
        if row is None:
            raise InvalidFormat(f"deepgram gives no {format.encoding} here; it gives: {' '.join(self.rows)}")
        if format.sample_rate not in row.rates:
            raise InvalidFormat(f"deepgram gives no {format}; rates of {format.encoding}: {_listed(row.rates)}")
        if format.container not in row.containers or format.channels != 1:
            raise InvalidFormat(f"deepgram gives no {format} here: it is {format.container or 'raw'}, or not mono")
        if format.bit_rate is not None and format.bit_rate not in row.bit_rates:
            known = f"bit rates of {format.encoding}: {_listed(row.bit_rates)}"
            raise InvalidFormat(f"deepgram gives no {format} of {format.bit_rate} bits per second; {known}")
        asked: dict[str, str | int | None] = {"encoding": format.encoding}
        if format.bit_rate is not None:
            asked["bit_rate"] = format.bit_rate
        if self.says_containers and (format.container or format.encoding in _RAW):
            asked["container"] = format.container or "none"
        if len(row.rates) > 1:
            asked["sample_rate"] = format.sample_rate
        return asked


def _listed(numbers: Collection[int]) -> str:
    if isinstance(numbers, range):
        return f"{numbers[0]} to {numbers[-1]}"
    return " ".join(map(str, sorted(numbers))) or "none"


_LINEAR: Final = (24000, 8000, 16000, 32000, 48000)  # the default first
_G711: Final = (8000, 16000)

REQUEST: Final = Table(
    {
        "linear16": Row(rates=_LINEAR, containers=(None, "wav")),
        "mulaw": Row(rates=_G711, containers=(None, "wav")),
        "alaw": Row(rates=_G711, containers=(None, "wav")),
        "mp3": Row(rates=(22050,), bit_rates=(32000, 48000)),
        "opus": Row(rates=(48000,), containers=("ogg",), bit_rates=range(4000, 650001)),
        "flac": Row(rates=(22050, 8000, 16000, 32000, 48000)),
        "aac": Row(rates=(22050,), bit_rates=range(4000, 192001)),
    },
    says_containers=True,
)
SOCKET: Final = Table(
    {"linear16": Row(rates=_LINEAR), "mulaw": Row(rates=_G711), "alaw": Row(rates=_G711)},
    says_containers=False,
)
