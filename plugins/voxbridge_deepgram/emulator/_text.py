r"""Text as Deepgram reads it: words, and pronunciations in ``\{"word": "Mr.", "pronounce": "ˈmɪstɚ"\}``.

This reader is not the one of the backend: it is there to find that one's mistakes.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from attrs import frozen

from ._refusals import Refusal


__all__ = ["Script", "read_text"]

_STRING: Final = r'"(?:[^"\\]|\\.)*"'
_MEMBER: Final = rf"\s*{_STRING}\s*:\s*{_STRING}\s*"
_MARKER: Final = re.compile(rf"\\\{{({_MEMBER},{_MEMBER})\\\}}")
_LONGEST_IPA: Final = 128
_VOWELS: Final = frozenset("aeiouyɑɐɒæəɘɚɛɜɝɞɨɪɔøɵœɶʉʊʌɯɤʏ")
_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzçðħŋβθχʍʼǀǁǂǃ") | _VOWELS
_STRESS: Final = frozenset("ˈˌ")
_TIES: Final = frozenset("͜͡")
_SEPARATORS: Final = frozenset(" .|‖‿-")


@frozen(kw_only=True)
class Script:
    """A text, read."""

    words: str
    """What is spoken and billed: each pronunciation is its word."""
    pronunciations: tuple[tuple[str, str], ...] = ()
    """Words and how they are said."""

    def check(self, most: int | None) -> tuple[str, ...]:
        """Return the warnings about pronunciations, ``PRON-NNN``, each once.

        Raises:
            Refusal: one breaks a rule, or there are more than *most*.
        """
        if most is not None and len(self.pronunciations) > most:
            raise _invalid(f"At most {most} pronunciations are allowed in a request")
        warnings = (warning for word, ipa in self.pronunciations for warning in _check(word, ipa))
        return tuple(dict.fromkeys(warnings))


def read_text(text: str, *, controls: bool) -> Script:
    """Return what *text* says. What is no marker by the letter is words.

    Args:
        text: as it came in.
        controls: whether the voice knows pronunciations; for one that does not, all is words.
    """
    spoken: list[str] = []
    pronunciations: list[tuple[str, str]] = []
    end = 0
    for marker in _MARKER.finditer(text) if controls else ():
        if pronunciation := _members(marker[1]):
            spoken += [text[end : marker.start()], pronunciation[0]]
            pronunciations.append(pronunciation)
            end = marker.end()
    return Script(words="".join([*spoken, text[end:]]), pronunciations=tuple(pronunciations))


def _members(inner: str) -> tuple[str, str] | None:
    try:
        members: dict[str, Any] = json.loads("{" + inner + "}")
    except ValueError:
        return None
    return (members["word"], members["pronounce"]) if members.keys() == {"word", "pronounce"} else None


def _check(word: str, ipa: str) -> Iterator[str]:
    """Yield the warnings about a pronunciation.

    Raises:
        Refusal: it is empty or too long, of itself or for its word.
    """
    if not ipa.strip() or len(ipa) > _LONGEST_IPA or len(ipa) > max(15, 10 * len(word)):
        raise _invalid(f"Invalid IPA notation for '{word}'")
    if _kind(ipa[0]) in ("modifier", "tie"):
        yield "PRON-003" if _kind(ipa[0]) == "modifier" else "PRON-007"
    if _kind(ipa[-1]) in ("tie", "stress"):
        yield "PRON-006" if _kind(ipa[-1]) == "tie" else "PRON-009"
    for before, character, after in zip(" " + ipa, ipa, ipa[1:], strict=False):
        yield from _faults(before, character, after)
    if _kind(ipa[-1]) == "unknown":
        yield "PRON-001"


def _faults(before: str, character: str, after: str) -> Iterator[str]:
    kind = _kind(character)
    if kind == "unknown":
        yield "PRON-001"
        if _kind(after) == "modifier":
            yield "PRON-002"
    elif kind == "tie":
        if _kind(before) not in ("letter", "modifier") and before != " ":
            yield "PRON-004"
        if _kind(after) != "letter":
            yield "PRON-005"
    elif kind == "stress" and after not in _VOWELS:
        yield "PRON-008"


def _kind(character: str) -> str:
    if character in _LETTERS or "ɐ" <= character <= "ʯ" or character == "ⱱ":
        return "letter"
    if character in _TIES:
        return "tie"
    if character in _STRESS:
        return "stress"
    if character in _SEPARATORS:
        return "separator"
    if unicodedata.category(character) in ("Lm", "Mn", "Sk"):  # length, aspiration, nasality, tones
        return "modifier"
    return "unknown"


def _invalid(message: str) -> Refusal:
    return Refusal(status=400, code="pronunciation_invalid", message=message)
