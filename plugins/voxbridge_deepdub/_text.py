"""Text as Deepdub takes it: plain words that can never act as a control.

A control is ``<config …>``, ``[emotion]``, over ``/ws`` with ``acceptEmojis`` an emoji too; requests read ``[sigh]``.
How the service would have them escaped is not documented. So none of their characters is ever sent: brackets become
parentheses, emoji that would be controls a space. Every character is looked at by itself, so it makes no difference
how a text is cut into pieces, and no letter or digit is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from voxbridge import TextUnit


__all__ = ["emoji_in", "is_emoji", "neutral", "spoken"]

# The second half are those that become one of the first when a service brings text into a normal form (UAX 15, NFKC).
_BRACKETS: Final = str.maketrans("<>[]＜＞［］﹤﹥﹇﹈", "()()()()()()")
# Where Unicode has emoji, and what joins, colours and presents them.
_EMOJI: Final = re.compile(
    "[\u200d\u203c\u2049\u20e3\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d"
    "\ufe0e\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f]"
)
_LONGEST_EMOJI: Final = 16  # code points; a family of four has seven


def neutral(words: str, *, emoji: bool = False) -> str:
    """Return words without what could act as a control.

    Args:
        words: what somebody wrote.
        emoji: whether emoji are controls where it is sent.
    """
    words = words.translate(_BRACKETS)
    return _EMOJI.sub(_kept, words) if emoji else words


def is_emoji(value: object) -> bool:
    """Return whether a value is an emoji, with what joins, colours and presents it."""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_EMOJI:
        return False
    return all(_EMOJI.fullmatch(character) and not character.isalnum() for character in value)


def spoken(units: Iterable[TextUnit], *, emoji: bool = False) -> str:
    """Return the words of units as they are sent. There are no phonemes: a pronounced word comes respelled."""
    return neutral("".join(unit.text for unit in units), emoji=emoji)


def emoji_in(units: Iterable[TextUnit]) -> str:
    """Return the emoji of units, which `spoken` leaves out where they are controls."""
    return "".join(each for each in _EMOJI.findall("".join(unit.text for unit in units)) if not each.isalnum())


def _kept(found: re.Match[str]) -> str:
    return found[0] if found[0].isalnum() else " "  # circled digits and the like stand among the emoji
