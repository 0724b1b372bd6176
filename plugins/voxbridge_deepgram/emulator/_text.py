r"""Text as Deepgram reads it: words, and pronunciations in ``\{"word": "Mr.", "pronounce": "ˈmɪstɚ"\}``.

This reader is not the one of the backend: it is there to find that one's mistakes.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any, Final

from attrs import frozen

from ._refusals import Refusal


__all__ = ["Script", "read_text"]

_STRING: Final = r'"(?:[^"\\]|\\.)*"'
_MEMBER: Final = rf"\s*{_STRING}\s*:\s*{_STRING}\s*"
_MARKER: Final = re.compile(rf"\\\{{({_MEMBER},{_MEMBER})\\\}}")
_LONGEST_IPA: Final = 128
_VOWELS: Final = "aeiouyɑɐɒæəɘɚɛɜɝɞɨɪɔøɵœɶʉʊʌɯɤʏ"
_CONSONANTS: Final = "bcdfghjklmnpqrstvwxzçðħŋβθχⱱʼǀǁǂǃ" + "".join(map(chr, range(0x250, 0x2B0)))  # IPA Extensions
_KINDS: Final = MappingProxyType(
    dict.fromkeys(_CONSONANTS, "consonant")
    | dict.fromkeys(_VOWELS, "vowel")
    | dict.fromkeys("ˈˌ", "stress")
    | dict.fromkeys("͜͡", "tie")
    | dict.fromkeys(" .|‖‿-", "separator")
)
_LETTERS: Final = ("vowel", "consonant")

# What is odd about a character between its neighbours; a neighbour is empty at an end.
_RULES: Final[tuple[tuple[str, Callable[[str, str, str], bool]], ...]] = (
    ("PRON-001", lambda before, kind, after: kind == "unknown"),
    ("PRON-002", lambda before, kind, after: kind == "modifier" and before == "unknown"),
    ("PRON-003", lambda before, kind, after: kind == "modifier" and not before),
    ("PRON-004", lambda before, kind, after: kind == "tie" and before not in ("", "modifier", *_LETTERS)),
    ("PRON-005", lambda before, kind, after: kind == "tie" and after not in ("", *_LETTERS)),
    ("PRON-006", lambda before, kind, after: kind == "tie" and not after),
    ("PRON-007", lambda before, kind, after: kind == "tie" and not before),
    ("PRON-008", lambda before, kind, after: kind == "stress" and after not in ("", "vowel")),
    ("PRON-009", lambda before, kind, after: kind == "stress" and not after),
)


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
    kinds = ["", *map(_kind, ipa), ""]
    for before, kind, after in zip(kinds, kinds[1:], kinds[2:], strict=False):
        yield from (code for code, odd in _RULES if odd(before, kind, after))


def _kind(character: str) -> str:
    # Letters, marks and signs that modify: length, aspiration, nasality, tones.
    modifies = unicodedata.category(character) in ("Lm", "Mn", "Sk")
    return _KINDS.get(character, "modifier" if modifies else "unknown")


def _invalid(message: str) -> Refusal:
    return Refusal(status=400, code="pronunciation_invalid", message=message)
