"""Cutting text into units: the pieces that a vendor confirms and that a fallback starts again from."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cached_property

from attrs import evolve, frozen

from ._cuts import between_graphemes, clause_end, cut_before, first_word, gap
from ._said import said
from ._segments import Break, Segment, Words, check_text, length, plain
from ._sentences import UNSPACED, SentenceEnds
from ._utterance import Utterance


__all__ = ["TextUnit", "Units"]

_WORD = re.compile(rf"(?<!\S)(\S)|[{UNSPACED}]")  # the start of a word (group 1), or half of one without spaces
_WORD_WEIGHT = 2  # of a word between spaces; one more character of a script without spaces has 1
_PLAIN = Words("")
_LOOK = 4  # segments that are looked at for what follows
_SLICE = 256  # characters that are looked at together, at least


@frozen
class TextUnit:
    """A piece of text that is spoken, confirmed and, after a fault, said again as one."""

    index: int
    """From 0, over the whole stream."""
    segments: tuple[Segment, ...]
    """Words of all kinds, and marks, in order; pauses are in ``pause``."""
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

    def given_to(self, *backends: str, phonemes: Collection[str] = ("ipa",), language: str = "") -> TextUnit:
        """Return it as a backend that has these names is given it; the others are those of `said`."""
        given = (said(segment, backends, phonemes=phonemes, language=language) for segment in self.segments)
        return TextUnit(self.index, tuple(given), self.pause)

    @cached_property
    def speakable(self) -> bool:
        """Whether there is anything to say: a letter, a digit or a symbol."""
        return first_word(self.text) is not None

    @property
    def worded(self) -> bool:
        """Whether there is a letter or a digit; for symbols alone, such as emoji, a voice may have no words."""
        return any(map(str.isalnum, self.text))


class Units:
    """Cut a stream of text into units: a sentence each, or less where it is too long.

    Feed it with `feed`, end a turn with `flush`; both return the units that are complete. The words of all units
    together are exactly the words that were fed, and the units are the same however the text is cut into pieces. A
    sentence is a unit as soon as it is surely over: at once after an ordinary word with its full stop and a space, else
    when the next word proves it. It holds back no more than one unit and a word, and takes time in proportion to the
    text.

    It has no clock. Who has one calls `hurry` when no text has come for so long that the listener should not wait:
    whoever keeps the units adds what `hurry` returns to them, as after `feed`.

    Args:
        max_characters: the longest unit; the smallest limit of the backends that may speak it. Only a
            pronunciation that is longer by itself exceeds it.
        max_words: a longer sentence is cut at a clause (live streams: 30). Two characters of a script without
            spaces are a word.
        first_words: the first unit of a turn may end at a clause that has so many words before it, to speak sooner;
            None: it is a sentence as well.
        language: of the text, BCP 47: its abbreviations are known.
        sentences: whether it is cut at the ends of sentences.
    """

    def __init__(
        self,
        *,
        max_characters: int = 2000,
        max_words: int | None = None,
        first_words: int | None = None,
        language: str = "en",
        sentences: bool = True,
    ) -> None:
        self._by_sentence = sentences
        self._max_characters = max_characters
        self._max_weight = max_words and max_words * _WORD_WEIGHT
        self._first_weight = first_words and first_words * _WORD_WEIGHT
        self._ends = SentenceEnds(language) if sentences else None
        self._made = 0
        self.clear()

    @property
    def rest(self) -> str:
        """The words that were fed and are in no unit yet."""
        return plain(self._rest) + self._tail

    @property
    def speakable(self) -> bool:
        """Whether there is anything to say in the rest."""
        return self._worded

    def feed(self, piece: str | Utterance) -> list[TextUnit]:
        """Take a piece of text, joined to the one before as it is."""
        if not isinstance(piece, Utterance):
            piece = check_text(piece)
            return (self._settle_for(_PLAIN, piece) if self._like is not _PLAIN else []) + self._hear(piece)
        units: list[TextUnit] = []
        for at, segment in enumerate(piece.segments):
            after = plain(piece.segments[at : at + _LOOK])[:_SLICE]
            match segment:
                case Break(seconds):
                    units += [*self._settle(), self._unit(seconds)] if seconds else []
                case Words(text) if type(segment) is Words:
                    units += self._settle_for(segment, after) + self._hear(text)
                case _:
                    units += self._settle(after)
                    if self._rest and not self._has_room_for(segment):
                        units.append(self._unit())
                    self._keep(segment)
        return units

    def flush(self) -> list[TextUnit]:
        """End the turn: what is left is a unit."""
        units = self._settle()
        if self._rest:
            units.append(self._unit())
        self._first = True
        return units

    def hurry(self) -> list[TextUnit]:
        """Give what has waited too long, up to a sentence, clause or word that may be over; the last word stays."""
        limit = self._limit(len(self._tail))
        end, _ = self._sentence_end(last=True)
        if end is None or end > limit:
            end = gap(self._tail[:limit])
        cut = 0 if end is None and self._rest and not self._tail else end
        if cut is None or first_word(plain(self._rest) + self._tail[:cut]) is None:
            return []
        return [self._cut(cut), *self._complete()]

    def clear(self) -> None:
        """Forget what is in no unit yet; the turn is over."""
        self._tail = ""
        self._like = _PLAIN  # what holds for the words of the tail
        self._first = True
        self._begin()

    def _begin(self) -> None:
        self._wary = True  # whether letters may decide something: there is no word yet, or a mark waits for them
        self._rest: list[Segment] = []  # of the unit that is not complete yet
        self._length = 0  # of the rest
        self._worded = False  # whether there is anything to say in the rest and in the tail, words after it
        self._searched = 0  # where in the tail the end of the sentence may still be found
        self._claused = 0  # where in the tail the end of a clause may still be found
        self._weighed = 0  # characters of the tail whose words count in the weight
        self._weight = 0  # of the words of the unit
        self._full: int | None = None  # where in the tail the first word stands that is one too many

    def _hear(self, text: str) -> list[TextUnit]:
        longest = self._max_characters - self._length - len(self._tail)
        amid_word = not self._wary or self._tail[-1:].isalnum()
        if amid_word and len(text) < longest and text.isalnum() and text.isascii():  # letters that decide nothing
            self._tail += text
            return []
        units: list[TextUnit] = []
        at = 0
        while at < len(text):
            size = max(_SLICE, len(self._tail))  # a tail that only grows must not be copied for each slice
            self._tail += text[at : at + size]
            units += self._complete()
            at += size
        return units

    def _settle(self, after: str = "") -> list[TextUnit]:
        """Let *after*, or nothing, follow the tail: what is left of it belongs to the rest."""
        units = [] if not after and self._is_one() else self._complete(after, last=True)
        if self._tail:
            self._rest.append(self._words(self._tail))
            self._length += len(self._tail)
        self._tail, self._searched, self._claused, self._weighed = "", 0, 0, 0
        return units

    def _is_one(self) -> bool:
        """Return whether the tail is surely one unit where no text follows: there is but a mark at its end."""
        fits = self._length + len(self._tail) <= self._max_characters and self._full is None and not self._first_weight
        return fits and not self._tail[self._searched :].strip(".!?")

    def _settle_for(self, words: Words, after: str) -> list[TextUnit]:
        """Let words follow the tail, and more *after* them; what is said in another manner is another segment."""
        if words.manner == self._like.manner:
            return []
        units = self._settle(after)
        self._like = evolve(words, text="") if words.manner != _PLAIN.manner else _PLAIN
        return units

    def _keep(self, segment: Segment) -> None:
        self._rest.append(segment)
        self._length += length([segment])
        self._weight += _weight(plain([segment]))
        self._worded = self._worded or isinstance(segment, Words)

    def _has_room_for(self, segment: Segment) -> bool:
        weight = self._weight + _weight(plain([segment]))
        return self._length + length([segment]) <= self._max_characters and weight <= (self._max_weight or weight)

    def _words(self, text: str) -> Words:
        return Words(text) if self._like is _PLAIN else evolve(self._like, text=text)

    def _cut(self, at: int) -> TextUnit:
        """Make a unit of the rest, and of the tail up to *at*."""
        if at:
            self._rest.append(self._words(self._tail[:at]))
            self._tail = self._tail[at:]
        return self._unit()

    def _unit(self, pause: float = 0.0) -> TextUnit:
        unit = TextUnit(self._made, tuple(self._rest), pause)
        self._made += 1
        self._first = self._first and not unit.speakable
        self._begin()
        return unit

    def _complete(self, after: str = "", *, last: bool = False) -> list[TextUnit]:
        """Cut from the tail the units that are complete."""
        units: list[TextUnit] = []
        while (cut := self._place(after, last=last)) is not None:
            units.append(self._cut(cut))
        return units

    def _place(self, after: str, *, last: bool) -> int | None:
        """Return where in the tail the unit ends, or None while it may go on."""
        end, self._searched = self._sentence_end(after, last=last)
        self._wary = not self._worded or self._searched < len(self._tail)
        limit = self._limit(end or len(self._tail))
        if end is None and self._searched < min(limit + 1, len(self._tail)):
            return self._early(self._searched)  # an end may come to light there: only what is before it is certain
        early = self._early(min(limit, end or limit))
        if early is not None:
            return early
        if end is not None and (end <= limit or (end == limit + 1 and self._tail[limit].isspace())):
            return min(end, limit)
        if len(self._tail) <= limit:
            return None
        return cut_before(self._tail, limit) or (0 if self._rest else between_graphemes(self._tail, limit))

    def _sentence_end(self, after: str = "", *, last: bool) -> tuple[int | None, int]:
        """Return where in the tail the sentence ends, or None, and up to where that is known."""
        at = self._searched
        if not self._worded and (first := first_word(self._tail, at)) is not None:
            self._worded, at = True, first  # an end before any word ("...", "!") is none
        if not self._worded or not self._ends:
            return None, len(self._tail)
        end, searched = self._ends.find(self._tail + after, at, last=last)
        if end == len(self._tail) + 1 and after[:1].isspace():
            end -= 1  # the white space after it is of another segment
        return (end if end is not None and end <= len(self._tail) else None), searched

    def _limit(self, upto: int) -> int:
        """Return the place in the tail, if it is before *upto*, where the unit is as long as it may be."""
        limit = self._max_characters - self._length
        self._weigh(upto)
        return limit if self._full is None else min(limit, self._full)

    def _weigh(self, upto: int) -> None:
        if self._max_weight and self._full is None:
            for word in _WORD.finditer(self._tail, self._weighed, upto):
                self._weight += _WORD_WEIGHT if word[1] else 1
                if self._weight > self._max_weight:
                    self._full = word.start()
                    break
            self._weighed = upto

    def _early(self, upto: int) -> int | None:
        """Return where the first unit of a turn may end to speak sooner, at most at *upto*."""
        while self._first and self._first_weight:
            end, self._claused = clause_end(self._tail, self._claused)
            if end is None or end > upto:
                break
            words = plain(self._rest) + self._tail[:end]
            if _weight(words) >= self._first_weight and first_word(words) is not None:
                return end
            self._claused = end
        return None


def _weight(text: str) -> int:
    return sum(_WORD_WEIGHT if start else 1 for start in _WORD.findall(text))
