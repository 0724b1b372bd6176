"""Reading the International Phonetic Alphabet: sounds, and the marks between them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from types import MappingProxyType

from attrs import field, frozen

from voxbridge.exceptions import InvalidText

from ._chart import (
    CONSONANTS,
    DIACRITICS,
    LENGTHS,
    MISTAKEN,
    PITCHES,
    STRESSES,
    TIE,
    TIES,
    TONE_LETTERS,
    TONES,
    VOWELS,
)


__all__ = ["Mark", "Sound", "check_length", "parse_ipa", "written", "wrong"]

LONGEST = 1000  # characters; the longest words of any language need a third of it
_BREAKS = frozenset(".‿|‖")
_SYLLABIC = "\u0329"
_NOT_SYLLABIC = "\u032f"
# Signs that mean the same: those above a letter stand there where one below has no room.
_SAME = MappingProxyType(
    {
        "g": "ɡ",
        "\u030a": "\u0325",
        "\u030d": "\u0329",
        "\u0311": "\u032f",
        "\u0351": "\u031c",
        "\u0357": "\u0339",
    }
)
_RHOTIC = MappingProxyType({"ə": "ɚ", "ɜ": "ɝ"})


@frozen
class Sound:
    """A vowel or a consonant."""

    symbol: str
    """Its letter; or letters with tie bars, such as ``"t͡ʃ"``, and what is written on all but the last."""
    diacritics: str = ""
    """Of the (last) letter, decomposed, in Unicode's canonical order."""
    tone: str = ""
    """An accent, such as U+0301 for a high tone."""
    length: str = ""
    """``"ː"``, ``"ˑ"`` or ``"ːː"``."""
    position: int = field(default=0, eq=False)
    """The index of its first character in the text that was parsed."""

    @property
    def syllabic(self) -> bool:
        """Whether it is the core of a syllable: a vowel, or a consonant that is marked so."""
        vowel = self.symbol[0] in VOWELS and _NOT_SYLLABIC not in self.diacritics
        return vowel or _SYLLABIC in self.diacritics

    def __str__(self) -> str:
        return self.symbol + self.diacritics + self.tone + self.length


@frozen
class Mark:
    """What stands between sounds: stress, a break between syllables, words or groups, a tone letter, a pitch."""

    symbol: str
    position: int = field(default=0, eq=False)

    def __str__(self) -> str:
        return self.symbol


def written(items: Iterable[Sound | Mark]) -> str:
    """Return sounds and marks as IPA, each always spelled in the same way."""
    return "".join(map(str, items))


def wrong(text: str, position: int, reason: str, alphabet: str = "IPA") -> InvalidText:
    """Return the error for the character at *position* of *text*."""
    shown = text if len(text) <= 60 else f"{text[:60]}..."
    return InvalidText(f"character {position} of the {alphabet} {shown!r}: {reason}", position=position)


def check_length(text: str, alphabet: str = "IPA") -> None:
    """Raise `InvalidText` if *text* is longer than any word, which only a prank is."""
    if len(text) > LONGEST:
        raise wrong(text, LONGEST, f"here are {len(text)} characters, at most {LONGEST} are taken", alphabet)


def parse_ipa(text: str) -> tuple[Sound | Mark, ...]:
    """Return the sounds and marks of a transcription, without slashes or brackets around it.

    Composed and decomposed letters, both tie bars, diacritics above and below, ``g`` and ``ɡ``, ``ə˞`` and ``ɚ`` are
    the same. A run of spaces is one mark, at the ends none.

    Raises:
        InvalidText: it is not IPA; the message says what is wrong, ``position`` at which character.
    """
    check_length(text)
    reader = _Reader(text)
    for character, position in _decomposed(text):
        reader.take(character, position)
    return reader.end()


def _decomposed(text: str) -> list[tuple[str, int]]:
    """Return the characters of *text* in normal form D, but for ç, which is a letter, and where each comes from."""
    ordered: list[tuple[str, int]] = []
    marks: list[tuple[str, int]] = []
    for position, given in enumerate(text):
        for character in given if given == "ç" else unicodedata.normalize("NFD", given):
            if unicodedata.combining(character):
                marks.append((character, position))
                continue
            ordered += _in_order(ordered, marks)
            marks.clear()
            ordered.append((character, position))
    return ordered + _in_order(ordered, marks)


def _place(diacritic: str) -> tuple[bool, int]:
    """Return a key that sorts as normal form D does, and superscript letters behind."""
    return unicodedata.combining(diacritic) == 0, unicodedata.combining(diacritic)


def _in_order(before: list[tuple[str, int]], marks: list[tuple[str, int]]) -> list[tuple[str, int]]:
    if before and before[-1][0] == "c" and any(mark == "\u0327" for mark, _ in marks):
        before[-1] = ("ç", before[-1][1])
        marks = [mark for mark in marks if mark[0] != "\u0327"]
    return sorted(marks, key=lambda mark: unicodedata.combining(mark[0]))


class _Reader:
    """What has been read, and which sound may still gain diacritics, a tone or length."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._items: list[Sound | Mark] = []
        self._start = 0
        self._letters = self._diacritics = self._tone = self._length = ""

    def take(self, character: str, position: int) -> None:
        """Take the next character."""
        character = _SAME.get(character, character)
        if character in VOWELS or character in CONSONANTS:
            self._letter(character, position)
        elif self._letters.endswith(TIE):
            raise wrong(self._text, position, "a tie bar joins two letters, and after this one comes none")
        elif character in DIACRITICS or character in TONES or character in LENGTHS or character in TIES:
            self._modify(character, position)
        elif character in STRESSES or character in _BREAKS or character in TONE_LETTERS | PITCHES | {" "}:
            self._mark(character, position)
        else:
            known = MISTAKEN.get(character, "it is no letter or sign of the IPA")
            raise wrong(self._text, position, f"{character!r} (U+{ord(character):04X}): {known}")

    def end(self) -> tuple[Sound | Mark, ...]:
        """Return all that was read."""
        if self._letters.endswith(TIE):
            raise wrong(self._text, len(self._text) - 1, "it ends in a tie bar, which joins two letters")
        self._close()
        if self._items and self._items[-1] == Mark(" "):
            self._items.pop()
        if not any(isinstance(item, Sound) for item in self._items):
            raise wrong(self._text, 0, "there is no sound in it")
        last = self._items[-1]
        if isinstance(last, Mark) and last.symbol in STRESSES | _BREAKS:
            raise wrong(self._text, last.position, f"it ends in {last.symbol!r}, which stands before a sound")
        return tuple(self._items)

    def _letter(self, character: str, position: int) -> None:
        if not self._letters.endswith(TIE):
            self._close()
            self._start = position
        self._letters += character

    def _modify(self, character: str, position: int) -> None:
        if not self._letters:
            raise wrong(self._text, position, f"U+{ord(character):04X} changes the letter before it, and there is none")
        if character in TIES:
            if self._length:
                raise wrong(self._text, position, "a tie bar stands before the length")
            self._letters, self._diacritics = self._letters + self._diacritics + self._tone + TIE, ""
            self._tone = ""
        elif character in TONES:
            if self._tone:
                raise wrong(self._text, position, "a sound has one tone")
            self._tone = character
        elif character in LENGTHS:
            if self._length + character not in {"ː", "ˑ", "ːː"}:
                raise wrong(self._text, position, "length is 'ˑ', 'ː' or 'ːː'")
            self._length += character
        elif character == "˞" and self._letters in _RHOTIC:
            self._letters = _RHOTIC[self._letters]
        elif character in self._diacritics:
            raise wrong(self._text, position, f"U+{ord(character):04X} stands here twice")
        else:
            self._diacritics = "".join(sorted(self._diacritics + character, key=_place))

    def _mark(self, character: str, position: int) -> None:
        self._close()
        last = self._items[-1] if self._items else None
        if character == " ":
            if last is None or last == Mark(" "):
                return
        elif character in TONE_LETTERS:
            if not isinstance(last, Sound) and not (last and last.symbol in TONE_LETTERS):
                raise wrong(self._text, position, "a tone letter follows a sound")
        elif character in _BREAKS and not any(isinstance(item, Sound) for item in self._items):
            raise wrong(self._text, position, f"{character!r} stands between sounds")
        if isinstance(last, Mark):
            if last.symbol in STRESSES:
                raise wrong(self._text, last.position, "a stress mark stands directly before a sound")
            if last.symbol in _BREAKS and character in _BREAKS:
                raise wrong(self._text, position, "two breaks stand side by side")
        self._items.append(Mark(character, position))

    def _close(self) -> None:
        if self._letters:
            self._items.append(Sound(self._letters, self._diacritics, self._tone, self._length, self._start))
        self._letters = self._diacritics = self._tone = self._length = ""
