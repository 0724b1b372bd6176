"""Where a sentence ends, told from as little of what follows as will do: sentencex judges, with our corrections.

Whatever the pieces in which a text comes, the judgement is the same: it rests on the sentence so far and on the next
word, and where one of these is not whole yet, it waits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from ._abbreviations import LEADING, MONTHS, OPENERS, ORDINALS, TRAILING


__all__ = ["UNSPACED", "SentenceEnds"]

# Scripts whose words have no spaces between them: Thai, Lao, Burmese, Khmer, kana, Han.
_SPACES_FOR_STOPS = "\u0e00-\u0eff\u1780-\u17ff"  # Thai, Lao and Khmer, in which a space does what a full stop does
UNSPACED = _SPACES_FOR_STOPS + "\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_UNSPACED = re.compile(f"[{UNSPACED}]")

_SPACED = ".!?…．"  # more may follow them within a sentence: white space proves an end
_CERTAIN = "。｡！？؟۔।॥։።፧။‼⁇⁈⁉‽"
_LONGEST_RUN = 32  # marks, and closers; more are a prank, and no end
_CANDIDATE = re.compile(rf"[{_SPACED}{_CERTAIN}]{{1,{_LONGEST_RUN}}}|\n|(?<=[{_SPACES_FOR_STOPS}])[ \u00a0]")
# Directly after a mark “ closes in German, » in French after a space. In Chinese “ opens there.
_CLOSERS = re.compile(
    rf"(?:[\"'”’»)\]}}」』】〕》〉）］“«‘‹›*_~]|\[\d{{1,3}}\]|\[\d{{0,3}}\Z|[ \u00a0\u202f]»(?!\w)){{0,{_LONGEST_RUN}}}"
)
_CLOSERS_AFTER_CERTAIN = re.compile(rf"[\"'”’»)\]}}」』】〕》〉）］›*_~]{{0,{_LONGEST_RUN}}}")
_QUOTED = re.compile(r"[”』」»\"]+(?:と|って|[他她我]们?(?:说|說|问|問|道|答|喊|叫))")  # “…！”他说: goes on
_LONGEST_QUOTED = 3  # characters
_START = re.compile(r"\s+([^\w\s]*\w*)")  # of what may be the next sentence
_AHEAD = 48  # characters, in which that start is found
_BEHIND = 256  # characters of the sentence that the judge is shown
_LONGEST_WORD = 40  # characters
_LONGEST_ORDINAL = 3  # digits
_NOBODY = "Xy"  # stands for a next word of which nothing is known
_OPENING = "\"'“”„‘’«»‹›([{¿¡*_~-–—"
_ORDINARY = re.compile(r"[^\W\d_]{2,}(?:['’-]\w+)*|[^\W\d_]+\d+")  # hello, don't, COVID-19, B12
_FULL = re.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûü\d]|[^\x00-\u024f]", re.IGNORECASE)  # mr, blvd and tsp are not
_ITEM = re.compile(r"[ \t]{0,16}(?:[-*+•]|\d{1,3}[.)])[ \t]")  # at the start of a line: an item of a list
_PART_OF_ITEM = re.compile(r"[ \t]{0,16}(?:[-*+•]|\d{1,3}[.)]?)?")
_SHORTEST_WITHOUT_STOP = 20  # characters; a space after fewer is one between words of a phrase
_WITHOUT_STOP = re.compile(rf"(?![ๆຯฯໆ])[{_SPACES_FOR_STOPS}]")  # but for signs that stand alone between spaces

_NO_END = 0


@lru_cache(maxsize=64)
def _judge(language: str) -> Callable[[str, str], list[str]]:
    """Return sentencex's `segment`, loaded and with its lists of *language* read: that takes milliseconds."""
    from sentencex import segment

    segment(language, "Dr. Who? “Yes.” He")
    return segment  # type: ignore[no-any-return]


@lru_cache(maxsize=1024)  # it is asked again for each piece of the next word
def _is_ordinary(word: str, run: str, language: str) -> bool:
    """Return whether *word* is no abbreviation, so that the marks after it end its sentence."""
    if not _ORDINARY.fullmatch(word):
        return False
    if run == "." and (word.casefold() in LEADING or word.casefold() in TRAILING or not _FULL.search(word)):
        return False
    return len(_judge(language)(language, f"{word}{run} {_NOBODY}")) > 1


class SentenceEnds:
    """Find where sentences end.

    Args:
        language: of the text, BCP 47; it chooses the list of abbreviations.
    """

    def __init__(self, language: str = "en") -> None:
        self._language = language.partition("-")[0].lower()
        self._segment = _judge(self._language)

    def find(self, text: str, at: int, *, last: bool = False) -> tuple[int | None, int]:
        """Find the first end of a sentence in *text*, which begins where the sentence does.

        Args:
            text: the sentence, and what is known of the next.
            at: where to begin; there are words before it.
            last: no more text will come.

        Returns:
            The end, with one white space if there is any, or None; and where to look again when there is more text.
        """
        while candidate := _CANDIDATE.search(text, at):
            end = self._end(text, candidate, last=last)
            if end is None:
                return None, candidate.start()
            if end:
                return end, end
            at = candidate.end()
        return None, len(text)

    def _end(self, text: str, candidate: re.Match[str], *, last: bool) -> int | None:
        """Return where the sentence ends, `_NO_END`, or None while that cannot be known."""
        if candidate[0].isspace():
            judge = _end_of_line if candidate[0] == "\n" else _end_without_stop
            return judge(text, candidate.end(), last=last)
        certain = bool(candidate[0].strip(_SPACED))
        stop = _closed(text, candidate, certain=certain)
        if stop == len(text) and not last:
            return None  # another mark may come, or a closing quote
        if certain:
            return _end_at_once(text, candidate.end(), stop, last=last)
        if stop == len(text):
            return stop if self._begins("", text, candidate, stop) else _NO_END
        if not text[stop].isspace():  # 3.5, a.b, what?!no; but 好!再
            return stop if candidate[0][-1] in "!?．" and _UNSPACED.match(text, stop) else _NO_END
        return self._end_before_space(text, candidate, stop, last=last)

    def _end_before_space(self, text: str, candidate: re.Match[str], stop: int, *, last: bool) -> int | None:
        ahead = text[stop : stop + _AHEAD]
        start = _START.match(ahead)
        blank_line = ahead[: len(ahead) - len(ahead.lstrip())].count("\n") > 1
        if blank_line or (stop == candidate.end() and self._is_complete(text, candidate)):
            return stop + 1
        if not (last or len(ahead) == _AHEAD or (start and start.end() < len(ahead))):
            return None
        return stop + 1 if self._begins(start[1] if start else "", text, candidate, stop) else _NO_END

    def _is_complete(self, text: str, candidate: re.Match[str]) -> bool:
        """Return whether the sentence is over whatever follows: an ordinary word and one kind of mark."""
        run, at = candidate[0], candidate.start()
        if run != "." and run.strip("!?"):
            return False
        if at == 0:  # directly after a pronunciation
            return True
        if text.rfind("«", max(0, at - _BEHIND), at) > text.rfind("»", max(0, at - _BEHIND), at):
            return False
        return _is_ordinary(_last_word(text, at), run, self._language)

    def _begins(self, following: str, text: str, candidate: re.Match[str], stop: int) -> bool:
        """Return whether *following* begins another sentence."""
        next_word = following.lstrip(_OPENING)
        if next_word[:1].islower() or following.startswith(tuple(_SPACED)):
            return False
        if candidate[0] == "." and stop == candidate.end() and self._leads(text, candidate.start(), next_word):
            return False
        if next_word in OPENERS:
            return True
        following = following or _NOBODY
        shown = text[max(0, candidate.end() - _BEHIND) : candidate.end()].replace("…", "...")  # … is no mark to it
        return len(self._segment(self._language, f"{shown} {following}")[-1]) <= len(following)

    def _leads(self, text: str, end: int, next_word: str) -> bool:
        """Return whether what stands before the full stop at *end* belongs to *next_word*."""
        word = _last_word(text, end)
        if word.casefold() in LEADING:  # M. Dupont, approx. 10
            return True
        if word.isdecimal():
            return len(word) <= _LONGEST_ORDINAL and self._counts(text, end - len(word), next_word)
        if len(word) == 1 and word.isalpha():  # J. R. R. Tolkien
            return len(next_word) == 1 or next_word not in OPENERS
        return next_word[:1].isdecimal() and word.replace(".", "").isalpha()  # Jan. 5, ft. 3

    def _counts(self, text: str, at: int, next_word: str) -> bool:
        """Return whether the number at *at*, with its full stop, is an ordinal, or numbers an item of a list."""
        line = text.rfind("\n", 0, at) + 1
        if not text[line:at].strip(_OPENING + " \t"):
            return True
        return next_word in MONTHS or (self._language in ORDINALS and next_word not in OPENERS)


def _closed(text: str, candidate: re.Match[str], *, certain: bool) -> int:
    """Return where the quotes and brackets end that close with the sentence."""
    if not certain:
        closers = _CLOSERS.match(text, candidate.end())
    else:
        closers = _CLOSERS_AFTER_CERTAIN.match(text, candidate.end())
        if closers and closers[0].startswith('"') and text.count('"', 0, candidate.start()) % 2 == 0:
            return candidate.end()  # 。" opens here, for none is open
    return closers.end() if closers else candidate.end()


def _last_word(text: str, end: int) -> str:
    words = text[max(0, end - _LONGEST_WORD) : end].rsplit(None, 1)
    return words[-1].lstrip(_OPENING) if words and not text[end - 1].isspace() else ""


def _end_at_once(text: str, mark: int, stop: int, *, last: bool) -> int | None:
    """Judge a mark that ends sentences without white space, before *mark*, with its closing quotes before *stop*."""
    if stop > mark and not last and len(text) < stop + _LONGEST_QUOTED:
        return None
    return _NO_END if _QUOTED.match(text, mark) else stop + text[stop : stop + 1].isspace()


def _end_of_line(text: str, at: int, *, last: bool) -> int | None:
    """Judge the line feed before *at*: a blank line ends a sentence, and so does the next item of a list."""
    if text[max(0, at - _LONGEST_RUN) : at - 1].rstrip(" \t\r").endswith("\n") or _ITEM.match(text, at):
        return at
    return _NO_END if last or not _PART_OF_ITEM.fullmatch(text, at) else None


def _end_without_stop(text: str, at: int, *, last: bool) -> int | None:
    """Judge the space before *at* in a script that has no full stop."""
    if at < _SHORTEST_WITHOUT_STOP:
        return _NO_END
    if at == len(text):
        return _NO_END if last else None
    return at if _WITHOUT_STOP.match(text, at) else _NO_END
