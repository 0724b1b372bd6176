"""What the engine needs of plain text, so that it neither obeys it nor loses words of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final


__all__ = ["pieces", "words_only"]

# U+0001 begins a command ("\x01+50P" raises the pitch), NUL ends the text, the others mean nothing.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_WORD: Final = re.compile(r"\s*\S{1,40}\s*")
_CLAUSE_END: Final = re.compile(r"[.,;:!?…][^\w\s]*\s|[。、！？，；：]|\n")
_CLAUSE: Final = 800  # phonemes of a clause; of more than about 1,000 the engine speaks only the first ones


def words_only(text: str) -> str:
    """Return *text* without what the engine would take for a command."""
    return _CONTROL.sub(" ", text)


def pieces(text: str) -> Iterator[str]:
    """Cut *text* in the middle of clauses that are too long for the engine; most texts are one piece."""
    piece, phonemes = "", 0
    for word in _WORD.findall(text):
        length = sum(map(_phonemes, word))
        if piece and phonemes + length > _CLAUSE:
            yield piece
            piece, phonemes = "", 0
        piece += word
        phonemes = 0 if _CLAUSE_END.search(word) else phonemes + length
    yield piece


def _phonemes(character: str) -> int:
    """Return how many phonemes a character has at most, or nearly: digits, signs and ideographs are read as words."""
    return 2 if character < "\u2e80" and unicodedata.category(character)[0] in "LMZ" else 12
