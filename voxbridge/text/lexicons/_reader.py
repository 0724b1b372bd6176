"""Finding the words of lexicons in a text that comes piece by piece."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from attrs import evolve

from voxbridge.text._cuts import first_word
from voxbridge.text._segments import Segment, Words, check_text
from voxbridge.text._utterance import Utterance

from ._atoms import LONGEST_RUN, folded, patterns, spelled, start
from ._entry import LexiconEntry
from ._lexicon import Lexicon, Node


__all__ = ["LexiconReader"]

_CONTEXT = 2  # characters before a word that tell whether it is whole
_APOSTROPHES = ("'", "\u2019")
_PLAIN = Words("")


class LexiconReader:
    """Find the words of lexicons in a stream of text, and say how they are said.

    Feed it with `feed`, and end a turn with ``last``. What comes out has exactly the words that went in, and is the
    same however the text is cut into pieces. It holds back the word that may go on, and what may be the beginning of a
    longer entry; it takes time in proportion to the text.

    Args:
        lexicons: the earlier ones come first.
        language: of the text, BCP 47.
    """

    def __init__(self, lexicons: Sequence[Lexicon], language: str) -> None:
        self._roots = [lexicon.root for lexicon in lexicons]
        self._firsts = [root.following for root in self._roots]
        self._signs = "".join(sorted({sign for lexicon in lexicons for sign in lexicon.signs}))
        self._pattern = start(self._signs, data=False)
        self._patterns = patterns()
        self._language = language
        self.clear()

    @property
    def rest(self) -> str:
        """The words that are held back."""
        return self._tail[self._given :]

    @property
    def speakable(self) -> bool:
        """Whether there is anything to say in them."""
        return first_word(self._tail, self._given) is not None

    def clear(self) -> None:
        """Forget what is held back; the turn is over."""
        self._like = _PLAIN  # what else holds for the words of the tail
        self._begin()

    def _begin(self) -> None:
        self._tail = ""
        self._given = 0  # characters of the tail that came out already: they tell whether the next ones are a word
        self._in_data = False  # whether the tail begins in a run that is too long

    def feed(self, piece: str | Utterance, *, last: bool = False) -> Utterance:
        """Take a piece of text, joined to the one before as it is; *last*: it ends the turn."""
        found: list[Segment] = []
        for segment in piece.segments if isinstance(piece, Utterance) else (Words(check_text(piece)),):
            if not isinstance(segment, Words) or type(segment) is not Words:
                found += [*self._settle(), segment]
                continue
            if segment.manner != self._like.manner:
                found += self._settle()
                self._like = _PLAIN if segment.manner == _PLAIN.manner else evolve(segment, text="")
            found += self._hear(segment.text)
        return Utterance([*found, *self._settle()] if last else found)

    def _hear(self, text: str) -> list[Segment]:
        self._tail += text
        if len(self._tail) <= LONGEST_RUN and not self._patterns.end_of_run.search(text):
            return []
        return self._read(last=False)

    def _settle(self) -> list[Segment]:
        """Let nothing follow the tail."""
        found = self._read(last=True)
        self._begin()
        return found

    def _read(self, *, last: bool) -> list[Segment]:
        text, given, at = self._tail, self._given, self._after_data()
        upto = len(text) if last else self._known(at)
        found: list[Segment] = []
        data = max(map(len, text[at:upto].split()), default=0) > LONGEST_RUN
        pattern = start(self._signs, data=True) if data else self._pattern
        while (match := self._next(pattern, at, upto, last=last)) and (entry := match[2]):
            begin, at, _ = match
            if begin > given:
                found.append(self._words(text[given:begin]))
            found.append(entry.of(self._words(text[begin:at])))
            given = at
        upto = match[0] if match else upto
        if upto > given:
            found.append(self._words(text[given:upto]))
            given = upto
        self._tail, self._given = text[max(0, given - _CONTEXT) :], min(given, _CONTEXT)
        return found

    def _words(self, text: str) -> Words:
        return Words(text) if self._like is _PLAIN else evolve(self._like, text=text)

    def _after_data(self) -> int:
        """Return where the run ends that is too long, and in which the tail begins."""
        if not self._in_data:
            return self._given
        run = self._patterns.run.match(self._tail, self._given)
        end = run.end() if run else self._given
        self._in_data = end == len(self._tail)
        return end

    def _known(self, at: int) -> int:
        """Return where the last run begins, which may go on."""
        end = upto = len(self._tail)
        while upto > at and not self._patterns.end_of_run.match(self._tail, upto - 1):
            upto -= 1
            if end - upto > LONGEST_RUN:
                self._in_data = True
                return end
        return upto

    def _next(
        self, pattern: re.Pattern[str], at: int, upto: int, *, last: bool
    ) -> tuple[int, int, LexiconEntry | None] | None:
        """Return where the next entry begins and ends; without it, where one may begin if more text comes."""
        firsts = self._firsts
        for atom in pattern.finditer(self._tail, at, upto):
            kind, key = atom.lastgroup, atom[0]
            key = key.lower() if key.isascii() and not kind else folded(self._first(atom) if kind else key)
            for following in firsts:  # `any` takes twice as long, and this is done for each word
                if key in following:
                    break
            else:
                continue
            begin = atom.start()
            if (longest := self._longest(begin, upto, last=last)) is None:
                return begin, begin, None
            end, entry = longest
            if entry and (kind is None or end >= atom.end()):  # it may be an address, but not a part of one
                return begin, end, entry
        return None

    def _first(self, found: re.Match[str]) -> str:
        """Return the first atom of an address; data has none."""
        atom = self._patterns.atom.match(self._tail, found.start())
        return atom[0] if atom and found.lastgroup == "address" else ""

    def _longest(self, start: int, upto: int, *, last: bool) -> tuple[int, LexiconEntry | None] | None:
        """Return the end of the longest entry that begins at *start*, and the entry; None: more text will tell."""
        text, longest, found = self._tail, start, None
        language = (self._like.language or self._language).lower()
        for root in self._roots:
            node: Node | None = root
            at = start
            while node and (atom := self._patterns.atom.match(text, at, upto)):
                at = atom.end()
                if key := folded(atom[0]):  # what is not seen is no atom
                    node = node.following.get(key)
                if node and node.entries and at > longest and self._is_whole(start, at):
                    entry = node.entry(text[start:at], language)
                    longest, found = (at, entry) if entry else (longest, found)
            if node and not last:
                return None
        return longest, found

    def _is_whole(self, start: int, end: int) -> bool:
        """Whether what begins and ends where atoms do is a word of its own: not C+ of C++, nor can of can't."""
        text = self._tail
        before, after = text[max(0, start - 1) : start], text[end : end + 1]
        for beside, edge in ((before, text[start]), (after, text[end - 1])):
            if beside == edge and not edge.isalnum():
                return False
        if after and not after.isascii() and unicodedata.category(after)[0] == "M" and spelled(after):
            return False
        if self._patterns.contraction.match(text, end):
            return False
        contracted = before in _APOSTROPHES and text[max(0, start - 2) : start - 1].isalpha()
        return not (contracted and self._patterns.short.match(text, start))
