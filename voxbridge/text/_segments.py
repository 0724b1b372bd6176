"""Segments: what an utterance is made of.

Emphasis, speed and language are no tree of spans: each segment of words carries what holds for it. So a backend reads
one segment at a time, an utterance may be cut between any two, and what is said again after a fault is whole.
Whatever has words is `Words`: a backend that knows no better says them as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Literal

from attrs import evolve, field, fields, frozen

from voxbridge.exceptions import InvalidText


__all__ = [
    "Break",
    "Choice",
    "Emphasis",
    "Mark",
    "Pronunciation",
    "SayAs",
    "Segment",
    "Substitution",
    "Words",
    "check_text",
    "joined",
    "length",
    "plain",
]

Emphasis = Literal["strong", "moderate", "reduced", "none"]

_MARKUP = 48  # characters; SSML and Deepgram's inline objects need fewer
_UNSPEAKABLE = re.compile("[\x00\ud800-\udfff]")


def check_text(text: object) -> str:
    """Return *text* if it can be sent to a vendor, else raise `InvalidText` with the position."""
    if not isinstance(text, str):
        message = f"text is {type(text).__name__}, not str or Utterance"
        raise InvalidText(message)
    if wrong := _UNSPEAKABLE.search(text):
        kind = "NUL" if wrong[0] == "\0" else "half of a surrogate pair"
        code = f"U+{ord(wrong[0]):04X}"
        message = f"character {wrong.start()} of the text is {kind} ({code}), which no vendor speaks: remove it"
        raise InvalidText(message, position=wrong.start())
    return text


@frozen(repr=False)
class Words:
    """Plain words. Nothing in them is ever markup."""

    text: str
    """How they are written."""
    emphasis: Emphasis | None = field(default=None, kw_only=True)
    speed: float | None = field(default=None, kw_only=True)
    """1.0 is the voice's own pace, 2.0 twice as fast."""
    language: str | None = field(default=None, kw_only=True)
    """BCP 47; None: that of the call."""
    ignored: tuple[str, ...] = field(default=(), kw_only=True)
    """What else a markup wanted of them, such as ``"volume"``: no segment can hold it, and it is told when they are
    said."""

    @property
    def manner(self) -> tuple[object, ...]:
        """All that holds for them, but their text."""
        return (self.emphasis, self.speed, self.language, self.ignored)

    def __repr__(self) -> str:
        shown = []
        for each in fields(type(self)):
            value = getattr(self, each.name)
            if not each.kw_only or value != each.default:
                shown.append(f"{each.name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"


@frozen(repr=False)
class Pronunciation(Words):
    """A word with its pronunciation."""

    ipa: str
    """How it is said, in the International Phonetic Alphabet."""


@frozen(repr=False)
class Substitution(Words):
    """Words for which others are said."""

    alias: str
    """What is said."""


@frozen(repr=False)
class SayAs(Words):
    """Words that are of some kind, such as a date."""

    interpret_as: str
    """The kind, in the words of SSML: ``"date"``, ``"characters"``, ``"telephone"``, …"""
    format: str = ""
    """Details of the kind, such as ``"mdy"``."""


@frozen(repr=False)
class Choice(Words):
    """Words that some backends say in another way than the rest, as a lexicon has it."""

    usual: Words
    others: tuple[tuple[str, Words], ...]
    """What stands for them at backends that have a way of their own, each with its name."""


@frozen
class Break:
    """A pause."""

    seconds: float


@frozen
class Mark:
    """A place with a name. No vendor tells when it is reached."""

    name: str


Segment = Words | Break | Mark


def joined(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Return segments with plain words that stand together made one, and none that are empty."""
    whole: list[Segment] = []
    kept = (each for each in segments if type(each) is not Words or each.text)
    for manner, group in groupby(kept, lambda each: each.manner if type(each) is Words else None):
        first, *others = group
        if manner is not None and isinstance(first, Words) and others:
            whole.append(evolve(first, text=plain([first, *others])))
        else:
            whole += [first, *others]
    return tuple(whole)


def plain(segments: Iterable[Segment]) -> str:
    """Return the words of *segments*, as they are written."""
    return "".join(segment.text for segment in segments if isinstance(segment, Words))


def length(segments: Sequence[Segment]) -> int:
    """Return how many characters *segments* take at a vendor at most: pronunciations with the markup around them."""
    total = 0
    for segment in segments:
        match segment:
            case Pronunciation():
                total += len(segment.text) + len(segment.ipa) + _MARKUP
            case Substitution():
                total += max(len(segment.text), len(segment.alias))
            case SayAs():
                total += 2 * len(segment.text)  # as if it were spelled out
            case Choice(usual=usual, others=others):
                total += max(length([each]) for each in (usual, *dict(others).values()))
            case Words():
                total += len(segment.text)
    return total
