"""The phonemes of espeak-ng, by language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from voxbridge.exceptions import UnsupportedFeature, nearest

from ._espeak_sounds import SOUNDS
from ._spelling import Alphabet, Letter, Spelling, spell


__all__ = ["espeak_knows", "to_espeak"]

_LENGTH: Final = ":"
_STRESSES: Final = {"": "", "ˈ": "'", "ˌ": ","}
_LONGEST: Final = 60  # phonemes of a word; the engine writes beyond its memory at about 200
# German voices say b d g as p t k at the end of a word, unless something follows; a glide and a stop of no length do
# not sound there. IPA says which it is: "Bad" is /baːt/ for a German, but a brand may be /bɛd/.
_OBSTRUENTS: Final = "b d d̪ ɟ ɡ β v ʋ ð z ʒ ʐ ʑ ʝ ɣ dʒ dʑ"
_VOICED: Final = frozenset(SOUNDS["de"][ipa] for ipa in _OBSTRUENTS.split())
_KEPT_VOICED: Final = ";|_|"

_ALPHABETS: Final = {
    language: Alphabet(f"espeak ({language})", sounds, length=_LENGTH) for language, sounds in SOUNDS.items()
}


def espeak_knows(language: str) -> bool:
    """Return whether `to_espeak` knows the phonemes of this BCP 47 tag, or of a shorter one: ``fr`` for ``fr-CA``."""
    return _table(language) is not None


def to_espeak(ipa: str, language: str) -> Spelling:
    """Spell *ipa* in the phonemes of espeak-ng's voices of *language*, as they stand within ``[[`` and ``]]``.

    A sound that the voices cannot say is said as the nearest one they can, and is in ``losses``. What the accent of a
    voice does to its own sounds is none: Americans say ``t`` between vowels as ``ɾ``. Where no stress is marked at
    all, the only full vowel of a word has it, in French the last one.

    Raises:
        InvalidText: it is not IPA, or has a sound, such as a click, that is near none of theirs.
        UnsupportedFeature: the phonemes of this language are not known here.
    """
    known = _table(language)
    if known is None:
        raise UnsupportedFeature(
            f"the phonemes of espeak's voices for {language!r} are not known here, only those of "
            f"{', '.join(sorted(_ALPHABETS))}.{nearest(language, _ALPHABETS)}"
        )
    words, losses = spell(ipa, _ALPHABETS[known])
    if not any(letter.stress for word in words for letter in word):
        _stress(words, last=known == "fr")
    spelled: list[str] = []
    for word in words:
        for start in range(0, len(word), _LONGEST):
            part = [_STRESSES[letter.stress] + letter.text for letter in word[start : start + _LONGEST]]
            if known == "de" and part[-1] in _VOICED:
                part.append(_KEPT_VOICED)
            spelled.append("|".join(part))
    return Spelling(" ".join(spelled), losses)


def _stress(words: Sequence[Sequence[Letter]], *, last: bool) -> None:
    """Stress words without any mark, where there is one vowel that can be meant: unstressed ones are mumbled."""
    for word in words:
        full = [letter for letter in word if letter.syllabic and letter.sounds[0].symbol != "ə"]
        if full and (last or len(full) == 1):
            full[-1].stress = "ˈ"


def _table(language: str) -> str | None:
    subtags = language.lower().replace("_", "-").split("-")
    tags = ("-".join(subtags[:length]) for length in range(len(subtags), 0, -1))
    return next((tag for tag in tags if tag in _ALPHABETS), None)
