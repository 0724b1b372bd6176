"""Units as the engine takes them: words that it neither obeys nor loses, and pronunciations in its own phonemes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from attrs import frozen

from voxbridge import Degradation, InvalidText, Pronunciation, TextUnit, Words
from voxbridge.text.phonetics import espeak_knows, to_espeak


__all__ = ["Rendered", "pieces", "render", "words_only"]

# U+0001 begins a command ("\x01+50P" raises the pitch), NUL ends the text, the others mean nothing.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_WORD: Final = re.compile(r"\s*\S{1,40}\s*")
_WORD_OR_PHONEMES: Final = re.compile(r"\s*(?:\[\[[^\]]{1,500}\]\]|\S{1,40})\s*")
_CLAUSE_END: Final = re.compile(r"[.,;:!?…][^\w\s]*\s|[。、！？，；：]|\n")
_CLAUSE: Final = 800  # phonemes of a clause; of more than about 1,000 the engine speaks only the first ones
_SENTENCE_END: Final = re.compile(r"[.!?…][^\w\s]*\s|[。！？]|\n")
# The engine reads some 800 characters at a time, and what is cut in [[ ]] it takes for letters.
_SENTENCES: Final = 300  # characters of a piece with phonemes, after which the next sentence end cuts it
_READ: Final = 600
_OPENING: Final = re.compile(r"\[(?=[\u00ad\u200c]*\[)")  # the engine leaves soft hyphens and non-joiners out
_POSSESSIVE: Final = re.compile(r"['’]s\b", re.IGNORECASE)
_POSSESSIVE_END: Final = "|z/2"  # s, z or iz, as English has it after that sound


@frozen
class Rendered:
    """Text as the engine takes it."""

    text: str
    phonemes: bool = False
    """Whether there are phonemes in it, in ``[[ ]]``."""
    degradations: tuple[Degradation, ...] = ()


def render(units: Iterable[TextUnit], language: str, backend: str) -> Rendered:
    """Return units as a voice of *language* is to say them.

    A pronunciation that it cannot say at all is said as the word is written.
    """
    renderer = _Renderer(language, backend)
    for segment in (segment for unit in units for segment in unit.segments):
        if isinstance(segment, Pronunciation):
            renderer.pronounce(segment)
        elif isinstance(segment, Words):
            renderer.say(segment.text)
    return renderer.end()


class _Renderer:
    def __init__(self, language: str, backend: str) -> None:
        self._language = language
        self._backend = backend
        self._text = ""  # up to the last pronunciation
        self._words = ""  # after it
        self._degradations: list[Degradation] = []

    def say(self, words: str) -> None:
        self._words += words

    def pronounce(self, segment: Pronunciation) -> None:
        if not espeak_knows(self._language):
            self.say(segment.text)
            return
        try:
            spelling = to_espeak(segment.ipa, self._language)
        except InvalidText as error:
            self._degrade(segment, f"said as it is written: {error}")
            self.say(segment.text)
            return
        if spelling.losses:
            self._degrade(segment, "; ".join(map(str, spelling.losses)))
        self._settle()
        gap = " " if self._text and not self._text[-1].isspace() else ""  # after a sign the engine would not see [[
        self._text += gap + " ".join(f"[[{word}]]" for word in spelling.text.split())

    def end(self) -> Rendered:
        if not self._text:
            return Rendered(self._words, degradations=tuple(self._degradations))
        self._settle()
        return Rendered(self._text, phonemes=True, degradations=tuple(self._degradations))

    def _settle(self) -> None:
        """Add the words since the last pronunciation, with no ``[[`` in them."""
        words, self._words = _OPENING.sub("[ ", self._words), ""
        if self._text and words:
            ending = _POSSESSIVE.match(words) if self._language.lower().startswith("en") else None
            if ending:
                self._text, words = f"{self._text[:-2]}{_POSSESSIVE_END}]]", words[ending.end() :]
            if words and not words[0].isspace():
                words = f" {words}"
        self._text += words

    def _degrade(self, segment: Pronunciation, done: str) -> None:
        self._degradations.append(Degradation(self._backend, "pronunciation", segment.text, done))


def words_only(text: str) -> str:
    """Return *text* without what the engine would take for a command."""
    return _CONTROL.sub(" ", text)


def pieces(text: str, *, phonemes: bool = False) -> Iterator[str]:
    """Cut *text* in the middle of clauses that are too long for the engine; most texts are one piece.

    Args:
        text: what to cut.
        phonemes: ``[[ ]]`` are phonemes, which must not be cut.
    """
    piece, said = "", 0
    for word in (_WORD_OR_PHONEMES if phonemes else _WORD).findall(text):
        length = len(word) if phonemes and "[[" in word else sum(map(_phonemes, word))
        too_long = phonemes and len(piece) + len(word) > _READ
        if piece and (said + length > _CLAUSE or too_long):
            yield piece
            piece, said = "", 0
        piece += word
        said = 0 if _CLAUSE_END.search(word) else said + length
        if phonemes and len(piece) > _SENTENCES and _SENTENCE_END.search(word):
            yield piece
            piece, said = "", 0
    if piece:
        yield piece


def _phonemes(character: str) -> int:
    """Return how many phonemes a character has at most, or nearly: digits, signs and ideographs are read as words."""
    return 2 if character < "\u2e80" and unicodedata.category(character)[0] in "LMZ" else 12
