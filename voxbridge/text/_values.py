"""What segments may hold: pauses, speeds, languages and levels of emphasis, as users and markups write them."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from types import MappingProxyType
from typing import Final, get_args

from voxbridge.exceptions import UsageError, nearest

from ._segments import Emphasis


__all__ = ["break_seconds", "emphasis_level", "language_tag", "pause_seconds", "rate_factor", "speed_factor"]

_LONGEST_PAUSE = 30.0  # seconds; anything longer is a number of milliseconds by mistake
_FASTEST = 10.0  # times the voice's own pace; anything faster is a percentage by mistake
_DURATION = re.compile(r"\s*\+?(\d+(?:\.\d*)?|\.\d+)\s*(ms|s)\s*")
_RATE = re.compile(r"\s*(?P<sign>[+-]?)(?P<number>\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?P<percent>%?)\s*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")

# The standard leaves both to the processor; these are what Microsoft's documents give.
_STRENGTHS: Final = MappingProxyType(
    {"none": 0.0, "x-weak": 0.25, "weak": 0.5, "medium": 0.75, "strong": 1.0, "x-strong": 1.25}
)
_RATES: Final = MappingProxyType(
    {"x-slow": 0.5, "slow": 0.64, "medium": 1.0, "default": 1.0, "fast": 1.55, "x-fast": 2.0}
)


def pause_seconds(value: float | str) -> float:
    """Return the seconds of a pause, given as such or as ``"200ms"``; else raise `UsageError`."""
    if isinstance(value, str):
        parsed = _DURATION.fullmatch(value)
        if not parsed:
            message = f"pause {value!r}: give seconds, or a str such as '200ms' or '0.5s'"
            raise UsageError(message)
        value = float(parsed[1]) / (1000 if parsed[2] == "ms" else 1)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        message = f"pause {value!r}: give seconds of 0 or more, or a str such as '200ms'"
        raise UsageError(message)
    if value > _LONGEST_PAUSE:
        message = f"pause {value!r} is longer than {_LONGEST_PAUSE:g} s: seconds, not milliseconds: {value / 1000:g}?"
        raise UsageError(message)
    return float(value)


def speed_factor(value: float) -> float:
    """Return a speed that can be meant, else raise `UsageError`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        message = f"speed {value!r}: give a number above 0; 1.0 is the voice's own pace, 2.0 twice as fast"
        raise UsageError(message)
    if value > _FASTEST:
        message = (
            f"speed {value!r} is more than {_FASTEST:g}: times the voice's own pace, not percent: {value / 100:g}?"
        )
        raise UsageError(message)
    return float(value)


def language_tag(value: str) -> str:
    """Return a BCP 47 tag, else raise `UsageError`."""
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
        message = f"language {value!r}: give a BCP 47 tag, such as 'de' or 'en-GB'"
        raise UsageError(message)
    return value


def emphasis_level(value: str) -> Emphasis:
    """Return a level of emphasis, else raise `UsageError`."""
    levels: tuple[Emphasis, ...] = get_args(Emphasis)
    for level in levels:
        if value == level:
            return level
    message = f"emphasis {value!r}: give one of {', '.join(levels)}.{nearest(str(value), levels)}"
    raise UsageError(message)


def break_seconds(strength: str) -> float:
    """Return the seconds of a break of this strength, in the words of SSML; else raise `UsageError`."""
    if strength not in _STRENGTHS:
        message = f"strength {strength!r}: give one of {', '.join(_STRENGTHS)}.{nearest(strength, _STRENGTHS)}"
        raise UsageError(message)
    return _STRENGTHS[strength]


def rate_factor(rate: str, around: float | None) -> float:
    """Return the speed of a rate as SSML writes it: a word, ``"120%"``, or ``"+20%"`` of the speed *around*.

    Raises:
        UsageError: it is no rate.
    """
    if rate in _RATES:
        return _RATES[rate]
    number = _RATE.fullmatch(rate)
    if not number:
        message = (
            f"rate {rate!r}: give a percentage such as '120%', or one of {', '.join(_RATES)}.{nearest(rate, _RATES)}"
        )
        raise UsageError(message)
    value = Decimal(number["number"])
    if number["percent"]:
        value /= 100
    if number["sign"]:
        value = Decimal(around or 1) * (1 + value if number["sign"] == "+" else 1 - value)
    return speed_factor(float(value))
