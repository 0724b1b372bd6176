"""What is to be said: words, pronunciations and pauses, independent of any vendor's markup."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from attrs import evolve, field, frozen

from voxbridge.exceptions import InvalidText, UsageError


__all__ = ["Break", "Pronunciation", "Segment", "Utterance", "Words", "check_text"]

LONGEST_PAUSE = 30.0  # seconds; anything longer is a number of milliseconds by mistake
_MARKUP = 48  # characters; SSML and Deepgram's inline objects need fewer
_DURATION = re.compile(r"\s*\+?(\d+(?:\.\d*)?|\.\d+)\s*(ms|s)\s*")
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


def _pause(value: float | str) -> float:
    if isinstance(value, str):
        parsed = _DURATION.fullmatch(value)
        if not parsed:
            message = f"pause {value!r}: give seconds, or a str such as '200ms' or '0.5s'"
            raise UsageError(message)
        value = float(parsed[1]) / (1000 if parsed[2] == "ms" else 1)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        message = f"pause {value!r}: give seconds of 0 or more, or a str such as '200ms'"
        raise UsageError(message)
    if value > LONGEST_PAUSE:
        message = f"pause {value!r} is longer than {LONGEST_PAUSE:g} s: seconds, not milliseconds: {value / 1000:g}?"
        raise UsageError(message)
    return float(value)


@frozen
class Words:
    """Plain words. Nothing in them is ever markup."""

    text: str


@frozen
class Pronunciation:
    """A word with its pronunciation."""

    text: str
    """How it is written."""
    ipa: str
    """How it is said, in the International Phonetic Alphabet."""


@frozen
class Break:
    """A pause."""

    seconds: float


Segment = Words | Pronunciation | Break


def _segments(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    return tuple(segments)


@frozen
class Utterance:
    """What is to be said, as a tuple of segments. Every call returns a new one.

    ``Utterance().text("Take ").pronounce("dupilumab", "duːˈpɪljuːmæb").pause(0.5)``
    """

    segments: tuple[Segment, ...] = field(default=(), converter=_segments)

    def text(self, words: str) -> Utterance:
        """Add plain words. They are joined as they are: no space is added.

        Raises:
            InvalidText: NUL or half of a surrogate pair, with its position.
        """
        return self._with(Words(words)) if check_text(words) else self

    def pronounce(self, word: str, ipa: str) -> Utterance:
        """Add a word that is said as *ipa*.

        Raises:
            InvalidText: the word or its pronunciation is empty or cannot be sent.
        """
        if not check_text(word).strip() or not check_text(ipa).strip():
            message = f"a pronunciation needs a word and its IPA, not {word!r} and {ipa!r}"
            raise InvalidText(message)
        return self._with(Pronunciation(word, ipa))

    def pause(self, seconds: float | str) -> Utterance:
        """Add silence: seconds, or a str such as ``"200ms"``; at most 30 s.

        Raises:
            UsageError: negative, not a time, or longer than 30 s.
        """
        return self._with(Break(_pause(seconds)))

    def _with(self, segment: Segment) -> Utterance:
        return evolve(self, segments=(*self.segments, segment))

    def __add__(self, other: Utterance | str) -> Utterance:
        more = other.segments if isinstance(other, Utterance) else Utterance().text(other).segments
        return evolve(self, segments=self.segments + more)

    def __str__(self) -> str:
        """Return the words alone."""
        return plain(self.segments)


def plain(segments: Iterable[Segment]) -> str:
    """Return the words of *segments*, as they are written."""
    return "".join(segment.text for segment in segments if not isinstance(segment, Break))


def length(segments: Sequence[Segment]) -> int:
    """Return how many characters *segments* take at a vendor at most: pronunciations with the markup around them."""
    markup = sum(len(segment.ipa) + _MARKUP for segment in segments if isinstance(segment, Pronunciation))
    return len(plain(segments)) + markup
