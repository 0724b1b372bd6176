"""The letters and signs of the International Phonetic Alphabet (the chart of 2020), and what is taken for them."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final


__all__ = [
    "CONSONANTS",
    "DIACRITICS",
    "LENGTHS",
    "MISTAKEN",
    "PITCHES",
    "STRESSES",
    "TIE",
    "TIES",
    "TONES",
    "TONE_LETTERS",
    "VOWELS",
]

VOWELS: Final = frozenset("iyɨʉɯuɪʏʊeøɘɵɤoəɛœɜɞʌɔæɐaɶɑɒɚɝ")
CONSONANTS: Final = frozenset(
    "pbtdʈɖcɟkɡqɢʔ"  # plosives
    "mɱnɳɲŋɴ"
    "ʙrʀⱱɾɽ"  # trills, taps
    "ɸβfvθðszʃʒʂʐçʝxɣχʁħʕhɦɬɮɕʑɧʜʢʡ"
    "ʋɹɻjɰlɭʎʟɺɫʍwɥ"
    "ʘǀǃǂǁɓɗʄɠʛ"  # clicks, implosives
)
DIACRITICS: Final = frozenset(
    "\u0325\u032c\u0339\u031c\u031f\u0320\u0308\u033d\u0329\u032f"
    "\u0324\u0330\u033c\u0334\u031d\u031e\u0318\u0319\u032a\u033a\u033b\u0303\u031a\u0306"
    "˞ʰʱʷʲˠˤⁿˡʼ"
)
TONES: Final = frozenset("\u030b\u0301\u0304\u0300\u030f\u030c\u0302\u1dc4\u1dc5\u1dc8")
"""Accents: from extra high to extra low, rising, falling, high and low rising, rising-falling."""
TONE_LETTERS: Final = frozenset("˥˦˧˨˩")
PITCHES: Final = frozenset("ꜛꜜ↗↘")
LENGTHS: Final = frozenset("ːˑ")
STRESSES: Final = frozenset("ˈˌ")
TIE: Final = "\u0361"
TIES: Final = frozenset("\u0361\u035c")

MISTAKEN: Final = MappingProxyType(
    {
        "'": "primary stress is 'ˈ' (U+02C8), an ejective 'ʼ' (U+02BC)",
        "\u2019": "primary stress is 'ˈ' (U+02C8), an ejective 'ʼ' (U+02BC)",
        "\u02b9": "primary stress is 'ˈ' (U+02C8)",
        ",": "secondary stress is 'ˌ' (U+02CC)",
        ":": "length is 'ː' (U+02D0)",
        "!": "a click is 'ǃ' (U+01C3)",
        "?": "a glottal stop is 'ʔ' (U+0294)",
        "-": "a syllable break is '.'",
        "/": "leave out the slashes around the transcription",
        "[": "leave out the brackets around the transcription",
        "]": "leave out the brackets around the transcription",
        "(": "a sound is said or not: leave out the parentheses",
        ")": "a sound is said or not: leave out the parentheses",
        "ε": "this is the Greek letter: the vowel is 'ɛ' (U+025B)",
        "ǝ": "this is a letter of other scripts: schwa is 'ə' (U+0259)",
        "∫": "this is the sign of an integral: the sound is 'ʃ' (U+0283)",
        "ß": "the sound is 'β' (U+03B2) or 's'",
        "ı": "the vowel is 'ɪ' or 'i'",
        "ɩ": "since 1989 it is 'ɪ'",
        "ɷ": "since 1989 it is 'ʊ'",
        "ᵻ": "it is 'ɨ' or 'ɪ'",
        "ᵿ": "it is 'ʉ' or 'ʊ'",
        "ʦ": "it is 't͡s'",
        "ʣ": "it is 'd͡z'",
        "ʧ": "it is 't͡ʃ'",
        "ʤ": "it is 'd͡ʒ'",
        "ʨ": "it is 't͡ɕ'",
        "ʥ": "it is 'd͡ʑ'",
    }
)
