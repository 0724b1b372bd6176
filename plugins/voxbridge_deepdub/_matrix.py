"""Which audio Deepdub gives, and what it may be told, on each of its three wires.

What is not in a table is refused before it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final

from attrs import frozen

from voxbridge import AudioFormat, InvalidFormat


__all__ = ["OPEN", "REQUEST", "STREAMING", "Wire"]

_RATES: Final = (48000, 8000, 16000, 22050, 24000, 32000, 36000, 44100)  # Hz, the default first; any other is a 400
_MP3: Final = tuple(rate for rate in _RATES if rate != 36000)  # no mp3 is at 36000 (ISO 11172-3, 13818-3)
_TELEPHONE: Final = (8000, *(rate for rate in _RATES if rate != 8000))
_NAMES: Final = {"linear16": "s16le"}  # the others are called as here


@frozen(eq=False)
class Wire:
    """One of the ways to ask for speech."""

    name: str
    rates: Mapping[str, tuple[int, ...]]
    """In Hz, by encoding."""
    options: frozenset[str]
    """Which of a call's options it takes."""
    unproved: frozenset[str] = frozenset()
    """Those of them that are documented for the sockets alone; they are sent, and may do nothing."""

    @cached_property
    def formats(self) -> tuple[AudioFormat, ...]:
        """All formats that it gives."""
        return tuple(AudioFormat(encoding, rate) for encoding, rates in self.rates.items() for rate in rates)

    def parameters(self, format: AudioFormat) -> dict[str, str | int]:
        """Return the fields that ask for a format.

        Raises:
            InvalidFormat: it is not given here.
        """
        if format not in self.formats:
            rates = " ".join(map(str, sorted(self.rates.get(format.encoding, ()))))
            known = f"rates of {format.encoding}: {rates}" if rates else f"it gives: {' '.join(self.rates)}"
            raise InvalidFormat(f"deepdub gives no {format} {self.name}; {known}")
        return {"format": _NAMES.get(format.encoding, format.encoding), "sampleRate": format.sample_rate or 0}


_UNPROVED: Final = frozenset({"output_diacritized", "enable_logging"})
_BOTH: Final = _UNPROVED | {"model", "clean_audio", "realtime", "target_gender", "extra"}
_ONE_BY_ONE: Final = _BOTH | {
    "temperature", "variance", "prompt_boost", "seed", "target_duration", "super_stretch", "accent",
    "performance_reference", "auto_gain", "generation_id",
}  # fmt: skip
_COMPRESSED: Final = {"mp3": _MP3, "opus": (48000,), "mulaw": _TELEPHONE}

REQUEST: Final = Wire("by requests", _COMPRESSED, _ONE_BY_ONE, _UNPROVED)
OPEN: Final = Wire("over /open", {"linear16": _RATES, **_COMPRESSED}, _ONE_BY_ONE)
# mp3 and opus are not to be had here (the vendor's page on streaming text input), though the reference lists them.
STREAMING: Final = Wire(
    "over /ws",
    {"linear16": _RATES, "mulaw": _TELEPHONE},
    _BOTH | {"accept_emojis", "first_audio_timeout", "emotion", "inline"},
)
