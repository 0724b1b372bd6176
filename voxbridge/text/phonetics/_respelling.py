"""Respelling for English readers, and for vendors without phonemes: ``"doo-PIL-yoo-mab"``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from ._nearest import NEAREST
from ._spelling import Alphabet, Letter, Spelling, english, spell
from ._syllables import starts


__all__ = ["respelling"]

_VOWELS: Final = english(
    "iː=ee i=ee ɪ=i e=e eː=ay eɪ=ay ɛ=e ɛː=eh æ=a a=ah aː=ah ɑ=ah ɑː=ah ɒ=o ɔ=aw ɔː=aw o=oh oː=oh oʊ=oh əʊ=oh "
    "ʊ=oo u=oo uː=oo ʌ=u ə=u ɐ=u ɚ=er ɝ=ur ɜ=ur ɜː=ur aɪ=y aʊ=ow ɔɪ=oy ɪə=ee-uh iə=ee-uh "
    "ɝɹ=ur ɜɹ=ur ɜːɹ=ur ɑɹ=ar ɑːɹ=ar ɔɹ=or ɔːɹ=or ɛɹ=air eə=air ɛə=air ɪɹ=eer ʊɹ=oor ʊə=oor"
)
_CONSONANTS: Final = english(
    "p=p b=b t=t d=d k=k ɡ=g m=m n=n ŋ=ng f=f v=v θ=th ð=th s=s z=z ʃ=sh ʒ=zh x=kh h=h tʃ=ch dʒ=j "
    "l=l ɫ=l ɹ=r j=y w=w ʍ=wh n̩=un m̩=um l̩=ul ʔ="
)
_ENGLISH: Final = Alphabet(
    "English respelling",
    MappingProxyType({**_VOWELS, **_CONSONANTS}),
    MappingProxyType({**NEAREST, "ɾ": ("d",), "χ": ("x",), "ç": ("ʃ",)}),
)
_OPEN: Final = MappingProxyType({"i": "ih", "e": "eh", "u": "uh", "o": "aw"})
"""How short vowels are written at the end of a syllable, where they would be read as long ones."""
_CHECKED: Final = frozenset("ɪeɛæʌʊɒ")
_IS_ONE: Final = re.compile("[bdfgjklmnprstvz]|th|sh|ch|zh")


def respelling(ipa: str) -> Spelling:
    """Respell *ipa* for a reader of English: syllables with hyphens, the one with the primary stress in capitals.

    A word of one syllable stays in lower case, or it would look like an abbreviation.

    Raises:
        InvalidText: it is not IPA, or has a sound, such as a click, that English letters cannot even hint at.
    """
    words, losses = spell(ipa, _ENGLISH)
    return Spelling(" ".join(map(_word, words)), losses)


def _word(word: Sequence[Letter]) -> str:
    first = starts(word, checked=_CHECKED)
    syllables = [word[start:end] for start, end in zip(first, [*first[1:], len(word)], strict=True)]
    return "-".join(_syllable(letters, alone=len(syllables) == 1) for letters in syllables)


def _syllable(letters: Sequence[Letter], *, alone: bool) -> str:
    core = next((index for index, letter in enumerate(letters) if letter.syllabic), len(letters))
    onset, vowel, coda = ("".join(letter.text for letter in part) for part in _parts(letters, core))
    text = _rime(onset, vowel, coda).replace("ngk", "nk")
    text = re.sub(r"^g(?=[eiy])", "gh", text)  # "get", not "gem"
    return text.upper() if not alone and any(letter.stress == "ˈ" for letter in letters) else text


def _parts(letters: Sequence[Letter], core: int) -> tuple[Sequence[Letter], Sequence[Letter], Sequence[Letter]]:
    return letters[:core], letters[core : core + 1], letters[core + 1 :]


def _rime(onset: str, vowel: str, coda: str) -> str:
    """Return a syllable as it would be read: English writes a vowel by what stands around it."""
    if vowel == "y":  # my eye, but mine
        if not coda:
            return f"{onset}ye" if onset else "eye"
        return f"{onset}i{'c' if coda == 's' else coda}e" if _IS_ONE.fullmatch(coda) else f"{onset}y{coda}"
    if vowel == "oo" and onset.endswith("y") and onset != "y":
        return f"{onset[:-1]}ew{coda}"
    if vowel == "ow" and coda:
        vowel = "ou"
    elif not coda:
        vowel = _OPEN.get(vowel, vowel)
    if coda == "s" and len(vowel) > 1:
        coda = "ss"  # not z, as in "days"
    return onset + vowel + coda
