"""Where a text may be cut that has no end of a sentence: at a clause, between words, between graphemes."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise


__all__ = ["between_graphemes", "clause_end", "cut_before", "first_word", "gap", "graphemes"]

_CLOSERS = r"[\"'”’»)\]」』]{0,2}+"
_CLAUSE = re.compile(rf"(?:[,;:،؛–]|(?<=\s)-){_CLOSERS}\s|—|[、，；：]{_CLOSERS}(?=.)", re.DOTALL)
_LONGEST_CLAUSE_END = 4  # characters
# Not after a digit (10 ft, 1 000), nor after an abbreviation; no-break spaces say so themselves.
_GAP = re.compile(r"(?<![\d.\s])[^\S\u00a0\u202f]++")
_SPACE = re.compile(r"\s++")
_LETTER = re.compile(r"[^\W_]")
_LONGEST_GRAPHEME = 64  # code points; more combining marks than that are a prank
_LONGEST_SOLID = 256  # characters of a number, an address or a word that are not cut where that can be helped
_VIRAMA = 9  # the canonical combining class of signs that join the letter after them


def first_word(text: str, at: int = 0) -> int | None:
    """Return where the first letter, digit or symbol after *at* stands: what can be said."""
    letter = _LETTER.search(text, at)
    upto = letter.start() if letter else len(text)
    symbols = (place for place in range(at, upto) if unicodedata.category(text[place])[0] in "LNS")
    return next(symbols, upto if letter else None)


def clause_end(text: str, at: int) -> tuple[int | None, int]:
    """Return where the first clause after *at* ends, or None, and where to look again when there is more text."""
    clause = _CLAUSE.search(text, at)
    return (clause.end(), clause.start()) if clause else (None, max(at, len(text) - _LONGEST_CLAUSE_END))


def gap(text: str) -> int | None:
    """Return the last place that is between two clauses, else between two words; None: there is none."""
    for places in (_CLAUSE, _GAP):
        if ends := [place.end() for place in places.finditer(text)]:
            return ends[-1]
    return None


def cut_before(text: str, limit: int) -> int:
    """Return where *text* is cut so that what comes before is no longer than *limit* characters.

    That is after the last clause in the second half, else between words, else nowhere (0).
    """
    limit = max(0, limit)
    clauses = [cut.end() for cut in _CLAUSE.finditer(text, 0, limit) if cut.end() > limit // 2]
    gaps = clauses or [cut.end() for cut in _GAP.finditer(text, 0, limit)]
    gaps = gaps or [cut.end() for cut in _SPACE.finditer(text, 0, limit)]
    return gaps[-1] if gaps else 0


def between_graphemes(text: str, limit: int) -> int:
    """Return the last place up to *limit* that is in no number, address or word, nor in what reads as one character."""
    for cut in range(limit, max(0, limit - _LONGEST_SOLID), -1):
        if not (_solid(text[cut - 1]) and _solid(text[cut])) and not _joined(text, cut):
            return cut
    for cut in range(limit, max(0, limit - _LONGEST_GRAPHEME), -1):
        if not _joined(text, cut):
            return cut
    return limit


def graphemes(text: str) -> list[str]:
    """Return what reads as one character each."""
    cuts = [0, *(cut for cut in range(1, len(text)) if not _joined(text, cut)), len(text)]
    return [text[start:end] for start, end in pairwise(cuts)]


def _solid(character: str) -> bool:
    """Return whether it stands within words, numbers and addresses of scripts that put spaces between these."""
    return "!" <= character <= "~" or unicodedata.category(character) in {"Ll", "Lu", "Nd"}


def _joined(text: str, cut: int) -> bool:
    """Return whether a reader sees the two characters at *cut* as parts of one (Unicode Standard Annex 29, roughly)."""
    before, after = text[cut - 1], text[cut]
    joiner = unicodedata.category(before) == "Cf" or unicodedata.combining(before) == _VIRAMA
    syllable = "\u1100" <= before <= "\u115f" and ("\u1100" <= after <= "\u11ff" or "\uac00" <= after <= "\ud7a3")
    flags = "\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff"
    return joiner or syllable or flags or before + after == "\r\n" or _joins(after)


def _joins(character: str) -> bool:
    """Return whether it belongs to the one before: a mark, a joiner, a tag, a skin tone, a jamo of a syllable."""
    return (
        unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf"}
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\u1160" <= character <= "\u11ff"
        or character in "\u0e33\u0eb3"  # Thai and Lao am
    )
