"""Random transcriptions, for the tests of phonetic alphabets."""

from __future__ import annotations

from hypothesis import strategies as st

from voxbridge import InvalidText
from voxbridge.text.phonetics._chart import CONSONANTS, DIACRITICS, TIE, TONES, VOWELS


LETTERS = sorted(VOWELS | CONSONANTS)
SOUNDS = st.tuples(
    st.sampled_from(LETTERS),
    st.lists(st.sampled_from(sorted(DIACRITICS)), max_size=2, unique=True).map("".join),
    st.sampled_from(["", "", "", *sorted(TONES)]),
    st.sampled_from(["", "", "", "ː", "ˑ", "ːː"]),
).map("".join)
TIED = st.tuples(st.sampled_from(LETTERS), st.just(TIE), SOUNDS).map("".join)
SYLLABLES = st.tuples(
    st.sampled_from(["", "", "ˈ", "ˌ", "ꜛ", "↘"]),
    st.lists(st.one_of(SOUNDS, SOUNDS, TIED), min_size=1, max_size=4).map("".join),
).map("".join)


def joined(breaks):
    """Return transcriptions whose syllables stand side by side, or have one of *breaks* between them."""
    syllables = st.lists(st.tuples(SYLLABLES, st.sampled_from(["", *breaks])), min_size=1, max_size=6)
    return syllables.map(lambda pairs: "".join(part for pair in pairs for part in pair).rstrip(".‿|‖ "))


def refusal(call, text):
    """Return why *call* refuses *text*, or None."""
    try:
        call(text)
    except InvalidText as error:
        return error
    return None


TRANSCRIPTIONS = joined([".", " ", "‿", "|", "‖"])
