"""Cutting text into units: the pieces that a vendor confirms and that a fallback starts again from."""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property

from attrs import frozen

from ._utterance import Break, Pronunciation, Segment, Utterance, Words, check_text, length, plain


__all__ = ["TextUnit", "Units"]

# A run of end marks, closing quotes or brackets, then white space; or an ideographic end mark; or a blank line.
# Whatever the text, one pass finds them: runs are entered at their beginning only, and never given up in part.
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+\s++|[。！？]++[」』”’）]*+\s*+|\n\s*\n\s*+")
_OF_ENDS = " \t\r\n.!?…\"'”’»)]"  # more text may make an end of these
_ABBREVIATION = re.compile(r"\b(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|vs|etc|e\.g|i\.e|approx|No|ft|Inc|Ltd|Co)\.$")
_LONGEST_ABBREVIATION = 8
_CLAUSE = re.compile(r"[,;:–—]\s+")
_GAP = re.compile(r"\s+")
_WORD = re.compile(r"\S+\s*")
_LONGEST_GRAPHEME = 64  # code points; more combining marks than that are a prank


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
    units together are exactly the words that were fed. It holds back no more than one unit, and takes time in
    proportion to the text, however that is cut into pieces.

    Args:
        max_characters: the longest unit; the smallest limit of the backends that may speak it. Only a
            pronunciation that is longer by itself exceeds it.
        max_words: a longer sentence is cut at a clause (live streams: 30).
        sentences: whether it is cut at the ends of sentences.
    """

    def __init__(self, *, max_characters: int = 2000, max_words: int | None = None, sentences: bool = True) -> None:
        self._max_characters = max_characters
        self._max_words = max_words
        self._by_sentence = sentences
        self._made = 0
        self.clear()

    @property
    def rest(self) -> str:
        """The words that were fed and are in no unit yet."""
        return plain(self._rest) + self._tail

    @property
    def speakable(self) -> bool:
        """Whether there is anything to say in the rest."""
        return self._worded or _speakable(self._tail[self._searched :])

    def feed(self, piece: str | Utterance) -> list[TextUnit]:
        """Take a piece of text, joined to the one before as it is."""
        segments = piece.segments if isinstance(piece, Utterance) else (Words(check_text(piece)),)
        units: list[TextUnit] = []
        for segment in segments:
            match segment:
                case Words(text):
                    self._tail += text
                    units += self._sentences()
                case Pronunciation():
                    self._settle()
                    if self._rest and not self._has_room_for(segment):
                        units.append(self._cut())
                    self._keep(segment)
                    self._worded = True
                case Break(seconds) if seconds:
                    self._settle()
                    units.append(self._cut(seconds))
        return units

    def flush(self) -> list[TextUnit]:
        """End the turn: what is left is a unit."""
        self._settle()
        return [self._cut()] if self._rest else []

    def clear(self) -> None:
        """Forget what is in no unit yet."""
        self._rest: list[Segment] = []  # of the unit that is not complete yet
        self._length = self._words = 0  # of the rest
        self._tail = ""  # words after the rest, in which a sentence end may still be found
        self._searched = 0  # characters of the tail in which there is none
        self._worded = False  # whether there is anything to say in the rest and in these

    def _settle(self) -> None:
        if self._tail:
            self._keep(Words(self._tail))
            self._tail, self._searched = "", 0

    def _keep(self, segment: Words | Pronunciation) -> None:
        self._rest.append(segment)
        self._length += length([segment])
        self._words += len(segment.text.split())

    def _has_room_for(self, segment: Pronunciation) -> bool:
        words = self._words + len(segment.text.split())
        return self._length + length([segment]) <= self._max_characters and words <= (self._max_words or words)

    def _cut(self, pause: float = 0.0) -> TextUnit:
        unit = TextUnit(self._made, tuple(self._rest), pause)
        self._made += 1
        self.clear()
        return unit

    def _sentences(self) -> list[TextUnit]:
        """Cut the tail at every sentence end, and before where a unit would be too long."""
        units: list[TextUnit] = []
        text, start = self._tail, 0
        while True:
            window = text[start : start + self._max_characters + 1]
            end = self._sentence_end(window) if self._by_sentence else None
            cut = self._limit(window if end is None else window[:end])
            if cut is None and end is None:
                break
            cut = end if cut is None else cut
            self._tail = window[:cut]
            self._settle()
            units.append(self._cut())
            start += cut or 0
        self._tail = text[start:]
        return units

    def _sentence_end(self, text: str) -> int | None:
        for end in _END.finditer(text, self._searched):
            mark = text[: end.start() + 1][-_LONGEST_ABBREVIATION:]
            self._search(text, end.end())
            run = end[0][1:2] in {".", "!", "?", "…"}
            if self._worded and (run or not _ABBREVIATION.search(mark)):
                return end.end()  # a wordless end ("...", "!") waits for its words
        self._search(text, max(self._searched, len(text.rstrip(_OF_ENDS))))
        return None

    def _search(self, text: str, upto: int) -> None:
        self._worded = self._worded or _speakable(text[self._searched : upto])
        self._searched = upto

    def _limit(self, text: str) -> int | None:
        """Return where *text*, after the rest, is cut because it is too long for a unit; None: it is not."""
        limit = self._max_characters - self._length
        too_long = len(text) > limit
        if self._max_words:
            ends = [word.end() for word in _WORD.finditer(text)]
            left = self._max_words - self._words
            if len(ends) > left:
                too_long, limit = True, min(limit, ends[left - 1] if left > 0 else 0)
        if not too_long:
            return None
        clauses = [cut.end() for cut in _CLAUSE.finditer(text, 0, max(0, limit)) if cut.end() > limit // 2]
        gaps = clauses or [cut.end() for cut in _GAP.finditer(text, 0, max(0, limit))]
        if gaps:
            return gaps[-1]
        return 0 if self._rest else _between_graphemes(text, limit)


def _between_graphemes(text: str, limit: int) -> int:
    """Return the last place up to *limit* that is not in the midst of what readers see as one character."""
    for cut in range(limit, max(0, limit - _LONGEST_GRAPHEME), -1):
        before, after = text[cut - 1], text[cut]
        flags = "\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff"
        if not (flags or before == "\u200d" or _joins(after)):
            return cut
    return limit


def _joins(character: str) -> bool:
    """Return whether it belongs to the one before: a mark, a joiner, a tag, a skin tone, a jamo of a syllable."""
    return (
        unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf"}
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\u1160" <= character <= "\u11ff"
        or character in "\u0e33\u0eb3"  # Thai and Lao am
    )
