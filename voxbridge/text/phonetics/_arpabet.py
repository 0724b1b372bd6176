"""ARPAbet: the symbols of CMU's dictionary, such as ``D UW2 P IH1 L``, and those of the older, larger set."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

from voxbridge.exceptions import nearest

from ._chart import STRESSES
from ._ipa import Sound, check_length, parse_ipa, wrong
from ._nearest import NEAREST
from ._spelling import Alphabet, Letter, Loss, Spelling, english, spell, table
from ._syllables import starts


__all__ = ["from_arpabet", "to_arpabet"]

_SOUNDS: Final = english(
    "ɑ=AA ɑː=AA æ=AE ʌ=AH ə=AH ɔ=AO ɔː=AO aʊ=AW aɪ=AY ɛ=EH e=EH eː=EY eɪ=EY ɚ=ER ɝ=ER ɝː=ER ɜ=ER ɜː=ER ɜɹ=ER ɜːɹ=ER "
    "ɪ=IH i=IY iː=IY o=OW oː=OW oʊ=OW əʊ=OW ɔɪ=OY ʊ=UH u=UW uː=UW b=B tʃ=CH d=D ð=DH f=F ɡ=G h=HH dʒ=JH k=K l=L ɫ=L "
    "m=M n=N ŋ=NG p=P ɹ=R s=S ʃ=SH t=T θ=TH v=V w=W j=Y z=Z ʒ=ZH"
)
_BARE: Final = table("ə=AX ɚ=AXR ɨ=IX ʉ=UX ɾ=DX ʔ=Q ʍ=WH l̩=EL m̩=EM n̩=EN")
_NEAR: Final = MappingProxyType({**NEAREST, "ɾ": ("d",), "ɒ": ("ɑ",), "a": ("ɑ",), "ɐ": ("ʌ",)})
_CMU_ALPHABET: Final = Alphabet(
    "CMU's ARPAbet", MappingProxyType({**_SOUNDS, **table("ʔ= l̩=AH|L m̩=AH|M n̩=AH|N")}), _NEAR
)
_BARE_ALPHABET: Final = Alphabet("ARPAbet", MappingProxyType({**_SOUNDS, **_BARE}), _NEAR)

_IPA: Final = MappingProxyType(
    table(
        "AA=ɑ AE=æ AH=ʌ AO=ɔ AW=aʊ AX=ə AXH=ə̥ AXR=ɚ AY=aɪ EH=ɛ ER=ɝ EY=eɪ IH=ɪ IX=ɨ IY=i OW=oʊ OY=ɔɪ UH=ʊ UW=u UX=ʉ "
        "B=b CH=t͡ʃ D=d DH=ð DX=ɾ EL=l̩ EM=m̩ EN=n̩ ENG=ŋ̩ F=f G=ɡ H=h HH=h HV=ɦ JH=d͡ʒ K=k L=l M=m N=n NG=ŋ NX=ɾ̃ P=p "
        "Q=ʔ R=ɹ S=s SH=ʃ T=t TH=θ V=v W=w WH=ʍ Y=j Z=z ZH=ʒ"
    )
)
_REDUCED: Final = MappingProxyType({"AH": "ə", "ER": "ɚ"})  # without stress
_SYMBOL: Final = re.compile(r"([A-Z]+)([0-9]?)")
_STRESSES: Final = MappingProxyType({"": "", "0": "", "1": "ˈ", "2": "ˌ"})
_DIGITS: Final = MappingProxyType({"": "0", "ˈ": "1", "ˌ": "2"})
_VOWELS: Final = frozenset(name for name in _SOUNDS.values() if name[0] in "AEIOU")


def to_arpabet(ipa: str, *, cmu: bool = True) -> Spelling:
    """Spell *ipa* in ARPAbet, symbols apart by spaces; what it cannot say is in ``losses``.

    Args:
        ipa: as `parse_ipa` takes it.
        cmu: the 39 symbols of CMU's dictionary, vowels with 0, 1 or 2 for no, primary or secondary stress. False: no
            digits, but ``AX`` and others that CMU does not have; stress is lost.

    Raises:
        InvalidText: it is not IPA, or has a sound, such as a click, that English has none near.
    """
    words, losses = spell(ipa, _CMU_ALPHABET if cmu else _BARE_ALPHABET)
    if not cmu:
        told = {loss.position for loss in losses}
        marks = [item for item in parse_ipa(ipa) if item.symbol in STRESSES and item.position not in told]
        losses += tuple(Loss(mark.symbol, mark.position, "left out") for mark in marks)
    symbols: list[str] = []
    for letter in (letter for word in words for letter in word):
        digit = _DIGITS[letter.stress] if cmu else ""
        symbols += [name + digit if name in _VOWELS else name for name in letter.text.split("|")]
    return Spelling(" ".join(symbols), tuple(sorted(losses, key=lambda loss: loss.position)))


def from_arpabet(arpabet: str) -> str:
    """Return the IPA of CMU's symbols, with or without stress, or of the larger set.

    Stress marks stand where the syllable begins. ``AH0`` is ə and ``AH`` ʌ; ``ER0`` is ɚ and ``ER`` ɝ.

    Raises:
        InvalidText: there is no such symbol, or no symbol at all; ``position`` is its first character.
    """
    check_length(arpabet, "ARPAbet")
    word = [_letter(arpabet, found) for found in re.finditer(r"\S+", arpabet)]
    if not word:
        raise wrong(arpabet, 0, "there is no symbol in it", "ARPAbet")
    first = set(starts(word))
    ipa = ""
    for index, letter in enumerate(word):
        stress = next((core.stress for core in word[index:] if core.syllabic), "") if index in first else ""
        merges = index and word[index - 1].text + letter.text in _SOUNDS  # T SH is not CH
        ipa += (stress or ("." if merges else "")) + letter.text
    return ipa


def _letter(arpabet: str, found: re.Match[str]) -> Letter:
    symbol = _SYMBOL.fullmatch(found[0].upper())
    if not symbol or symbol[1] not in _IPA:
        known = nearest(found[0].upper().rstrip("0123456789"), _IPA)
        raise wrong(arpabet, found.start(), f"there is no symbol {found[0]!r}.{known}", "ARPAbet")
    name, digit = symbol[1], symbol[2]
    ipa = _REDUCED.get(name, _IPA[name]) if digit == "0" else _IPA[name]
    sounds = tuple(sound for sound in parse_ipa(ipa) if isinstance(sound, Sound))
    if digit not in _STRESSES or (digit and not any(sound.syllabic for sound in sounds)):
        raise wrong(
            arpabet, found.start(), f"{found[0]!r}: vowels have 0, 1, 2 or no digit, consonants none", "ARPAbet"
        )
    return Letter(ipa, sounds, _STRESSES[digit])
