"""Where the syllables of a word begin, by the rules of English."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from ._spelling import Letter


__all__ = ["starts"]

_NEVER_FIRST: Final = frozenset({"ŋ"})
_LINES: Final = """
pl pɹ pj bl bɹ bj tɹ tw tj dɹ dw dj kl kɹ kw kj ɡl ɡɹ ɡw ɡj
fl fɹ fj vj θɹ θw ʃɹ hj mj nj
sp st sk sm sn sf sl sw spl spɹ spj stɹ stj skl skɹ skw skj
"""
_CLUSTERS: Final = frozenset(_LINES.split())


def starts(word: Sequence[Letter], *, checked: frozenset[str] = frozenset()) -> list[int]:
    """Return the index of the first letter of each syllable.

    A syllable begins with as many consonants as English words do, if no mark says otherwise.

    Args:
        word: its letters; those of consonants spell one sound each.
        checked: IPA of vowels that take one consonant with them: ``"PIL-oh"``, but ``"PEE-loh"``.
    """
    cores = [index for index, letter in enumerate(word) if letter.syllabic]
    return [0, *(_start(word, before, core, checked) for before, core in pairwise(cores))]


def _start(word: Sequence[Letter], before: int, core: int, checked: frozenset[str]) -> int:
    for index in range(core, before, -1):
        if word[index].breaks:
            return index
    first = before + 1 + (_ipa(word[before]) in checked)
    return next((index for index in range(first, core) if _begins(word[index:core])), core)


def _begins(onset: Sequence[Letter]) -> bool:
    """Return whether a syllable may begin with these consonants."""
    sounds = "".join(map(_ipa, onset)).replace("r", "ɹ")
    return sounds in _CLUSTERS or (len(onset) == 1 and sounds not in _NEVER_FIRST)


def _ipa(letter: Letter) -> str:
    return "".join(sound.symbol for sound in letter.sounds)
