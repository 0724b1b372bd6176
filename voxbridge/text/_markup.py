"""What the readers of all markups share: limits, errors that show the place, and the markups of plugins."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import frozen

from voxbridge.exceptions import InvalidText, UsageError, nearest

from ._segments import check_text


if TYPE_CHECKING:
    from ._utterance import Utterance

__all__ = ["MOST", "Markup", "check_markup", "misread", "read_markup"]

# What is hostile is read, or refused, in 50 ms.
LONGEST = 250_000  # characters: five hours of speech
MOST = 5_000  # elements or marks


@frozen
class Markup:
    """A markup that a plugin reads, through the hook ``voxbridge_markups``."""

    name: str
    """``[a-z][a-z0-9_]*``, for `Utterance.from_markup`."""
    read: Callable[[str], Utterance]
    """Read a text of at most 250,000 characters. What is wrong in it is told with `misread`."""


def check_markup(text: object) -> str:
    """Return *text* if it may be read, else raise `InvalidText`."""
    if isinstance(text, str) and len(text) > LONGEST:
        message = f"the text has {len(text)} characters; at most {LONGEST} are read at once: cut it"
        raise InvalidText(message, position=LONGEST)
    return check_text(text)


def misread(text: str, position: int, reason: str) -> InvalidText:
    """Return the error for what is wrong at *position* of *text*."""
    before = text[:position].replace("\r\n", "\n").replace("\r", "\n")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return InvalidText(f"line {line}, column {column}: {reason}", position=position)


def read_markup(markup: str, text: str) -> Utterance:
    """Read a markup that a plugin knows; arguments and errors as of `Utterance.from_markup`.

    This room imports nothing above it: the package, which is always there before, hands it what the plugins read.
    """
    markups: dict[str, Markup] = sys.modules[__name__.partition(".")[0]]._markups()  # noqa: SLF001
    if markup not in markups:
        known = ", ".join(sorted(markups)) or "none"
        raise UsageError(f"no plugin reads the markup {markup!r}; installed: {known}.{nearest(markup, markups)}")
    return markups[markup].read(check_markup(text))
