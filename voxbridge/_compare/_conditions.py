"""What a pipeline fails at: ``deepgram.first_audio.p95 > 0.8``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from voxbridge.exceptions import UsageError, nearest

from ._summary import MEASURES


__all__ = ["Condition"]

_EXPRESSION: Final = re.compile(
    r"\s*(?P<path>.+?)\s*(?P<sign>>=|<=|==|!=|>|<)\s*(?P<limit>[+-]?(?:\d+\.?\d*|\.\d+))\s*", re.DOTALL
)
_SIGNS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
_COUNTS: Final = ("takes", "errors", "cost_of_1k_characters")
_KINDS: Final = ("median", "p95")
_EXAMPLE: Final = "such as 'deepgram.first_audio.p95 > 0.8' or 'deepgram.errors > 0'"


@frozen
class Condition:
    """Something that shall not be so of a summary."""

    expression: str
    target: str
    path: tuple[str, ...]
    sign: str
    limit: float

    @classmethod
    def parse(cls, expression: str, targets: Sequence[str]) -> Condition:
        """Read ``TARGET.MEASURE.median|p95``, or ``TARGET.errors``, a sign of comparison, and a number.

        Raises:
            UsageError: it is none.
        """
        match = _EXPRESSION.fullmatch(expression)
        if match is None:
            raise UsageError(f"--fail-if {expression!r} is no condition: give one {_EXAMPLE}")
        # A target may have dots of its own.
        target = max((name for name in targets if match["path"].startswith(f"{name}.")), key=len, default="")
        if not target:
            named = match["path"].partition(".")[0]
            raise UsageError(
                f"--fail-if {expression!r} names no target.{nearest(named, targets)} Targets: {', '.join(targets)}"
            )
        path = tuple(match["path"][len(target) + 1 :].split("."))
        _check(expression, path)
        return cls(expression.strip(), target, path, match["sign"], float(match["limit"]))

    def found(self, summary: Mapping[str, Any]) -> str | None:
        """Return what a summary says where that is what shall not be, else None.

        What is not known, as where all takes failed, cannot have been kept: it is told as well.
        """
        value: Any = summary[self.target]
        for key in self.path:
            value = value[key]
        if value is None:
            return f"{self.expression}: it is not known"
        return f"{self.expression}: it is {value:g}" if _SIGNS[self.sign](value, self.limit) else None


def _check(expression: str, path: tuple[str, ...]) -> None:
    measure, *kind = path
    known = (*MEASURES, *_COUNTS)
    if measure not in known:
        names = ", ".join(known)
        raise UsageError(
            f"--fail-if {expression!r}: {measure!r} is no measure.{nearest(measure, known)} It has: {names}"
        )
    if measure in _COUNTS and kind:
        raise UsageError(f"--fail-if {expression!r}: {measure} is one number, without {'.'.join(kind)!r}")
    if measure in MEASURES and (len(kind) != 1 or kind[0] not in _KINDS):
        raise UsageError(f"--fail-if {expression!r}: say which of {measure}: {measure}.median or {measure}.p95")
