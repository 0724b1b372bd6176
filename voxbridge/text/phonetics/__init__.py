"""Phonetic alphabets: IPA, X-SAMPA, ARPAbet, the phonemes of espeak-ng, and respelling for readers of English."""

from ._arpabet import from_arpabet, to_arpabet
from ._espeak import espeak_knows, to_espeak
from ._ipa import Mark, Sound, parse_ipa
from ._respelling import respelling
from ._spelling import Loss, Spelling
from ._xsampa import from_xsampa, to_xsampa


__all__ = [
    "Loss",
    "Mark",
    "Sound",
    "Spelling",
    "espeak_knows",
    "from_arpabet",
    "from_xsampa",
    "parse_ipa",
    "respelling",
    "to_arpabet",
    "to_espeak",
    "to_xsampa",
]
