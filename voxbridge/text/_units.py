"""Cutting text into units: the pieces that a vendor confirms and that a fallback starts again from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cached_property

from attrs import frozen

from ._utterance import Break, Pronunciation, Segment, Utterance, Words, check_text, length, plain


__all__ = ["TextUnit", "Units"]

# An end mark, closing quotes or brackets, then white space; or an ideographic end mark; or a blank line.
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*\s+|[。！？]+[」』”’）]*\s*|\n\s*\n\s*")
_ABBREVIATION = re.compile(r"(?:\b(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|vs|etc|e\.g|i\.e|approx|No|ft|Inc|Ltd|Co))\.\s*$")
_CLAUSE = re.compile(r"[,;:–—]\s+|\s+")


@frozen
class TextUnit:
    """A piece of text that is spoken, confirmed and, after a fault, said again as one."""

    index: int
    """From 0, over the whole stream."""
    segments: tuple[Segment, ...]
    """Words and pronunciations, in order; pauses are in ``pause``."""
    pause: float = 0.0
    """Seconds of silence after it."""

    @property
    def text(self) -> str:
        """The words, as they are written."""
        return plain(self.segments)

    @property
    def length(self) -> int:
        """Characters that it takes at a vendor at most, markup and all."""
        return length(self.segments)

    @cached_property
    def speakable(self) -> bool:
        """Whether there is anything to say: a letter, a digit or a symbol."""
        return _speakable(self.text)


def _speakable(text: str) -> bool:
    return any(unicodedata.category(character)[0] in "LNS" for character in text)


class Units:
    """Cut a stream of text into units: a sentence each, or less where it is too long.

    Feed it with `feed`, end a turn with `flush`; both return the units that are complete. The words of all
    units together are exactly the words that were fed.

    Args:
        max_characters: the longest unit; the smallest limit of the backends that may speak it.
        max_words: a longer sentence is cut at a clause (live streams: 30).
    """

    def __init__(self, *, max_characters: int = 2000, max_words: int | None = None) -> None:
        self._max_characters = max_characters
        self._max_words = max_words
        self._rest: list[Segment] = []  # of the unit that is not complete yet
        self._tail = ""  # words at its end, in which a sentence end may still be found
        self._made = 0

    @property
    def rest(self) -> str:
        """The words that were fed and are in no unit yet."""
        return plain(self._rest) + self._tail

    def feed(self, piece: str | Utterance) -> list[TextUnit]:
        """Take a piece of text, joined to the one before as it is."""
        segments = piece.segments if isinstance(piece, Utterance) else (Words(check_text(piece)),)
        units: list[TextUnit] = []
        for segment in segments:
            match segment:
                case Words(text):
                    self._tail += text
                    units.extend(self._sentences())
                case Pronunciation():
                    self._settle()
                    self._rest.append(segment)
                case Break(seconds):
                    self._settle()
                    units.extend(self._cut(seconds))
        return units

    def flush(self) -> list[TextUnit]:
        """End the turn: what is left is a unit."""
        self._settle()
        return self._cut() if self._rest else []

    def clear(self) -> None:
        """Forget what is in no unit yet."""
        self._rest, self._tail = [], ""

    def _settle(self) -> None:
        if self._tail:
            self._rest.append(Words(self._tail))
            self._tail = ""

    def _sentences(self) -> Iterator[TextUnit]:
        searched = 0
        while end := _END.search(self._tail, searched):
            searched = end.end()
            head = self._tail[:searched]
            if _ABBREVIATION.search(head.rstrip("\"'”’»)] \t\n")) or not _speakable(plain(self._rest) + head):
                continue  # a wordless end ("...", "!") waits for its words
            self._tail, rest = head, self._tail[searched:]
            self._settle()
            self._tail, searched = rest, 0
            yield from self._cut()

    def _cut(self, pause: float = 0.0) -> list[TextUnit]:
        pieces = list(self._shorten(self._rest))
        self._rest = []
        units = [TextUnit(self._made + n, piece) for n, piece in enumerate(pieces)] or [TextUnit(self._made, ())]
        if pause:
            units[-1] = TextUnit(units[-1].index, units[-1].segments, pause)
        self._made += len(units)
        return units

    def _shorten(self, segments: list[Segment]) -> Iterator[tuple[Segment, ...]]:
        piece: list[Segment] = []
        for segment in segments:
            words = _split_words(segment.text, self._max_characters, self._max_words) if isinstance(segment, Words) else None
            for part in [Words(text) for text in words] if words is not None else [segment]:
                if piece and self._too_long([*piece, part]):
                    yield tuple(piece)
                    piece = []
                piece.append(part)
        if piece:
            yield tuple(piece)

    def _too_long(self, segments: list[Segment]) -> bool:
        words = len(plain(segments).split())
        return length(segments) > self._max_characters or bool(self._max_words and words > self._max_words)


def _split_words(text: str, max_characters: int, max_words: int | None) -> Iterator[str]:
    """Yield *text* in pieces within the limits, cut at a clause where there is one in the second half."""
    while len(text) > max_characters or (max_words and len(text.split()) > max_words):
        limit = min(len(text), max_characters)
        if max_words and len(words := list(re.finditer(r"\S+\s*", text[:limit]))) > max_words:
            limit = words[max_words - 1].end()
        cuts = [cut.end() for cut in _CLAUSE.finditer(text, 0, limit)]
        clauses = [cut.end() for cut in re.finditer(r"[,;:–—]\s+", text[:limit]) if cut.end() > limit // 2]
        cut = clauses[-1] if clauses else (cuts[-1] if cuts else limit)
        yield text[:cut]
        text = text[cut:]
    if text:
        yield text
