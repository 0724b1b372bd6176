"""Words of others are shown, and do nothing else."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from voxbridge._compare._visible import visible


def test_plain_words_stay_as_they_are():
    for words in ("Hello.", "Größe 3 €", "今日", "👨\u200d👩\u200d👧", "می\u200cخواهم"):
        assert visible(words) == words


def test_what_would_act_is_shown_as_its_escape():
    assert visible("\x1b[31mred\a") == r"\x1b[31mred\x07"
    assert visible("abc\u202edef\u2066") == r"abc\u202edef\u2066"
    assert visible("two\nlines\r\tend\u2028") == r"two\nlines\r\tend\u2028"
    assert visible("\ufeffzero\u200bwidth\ud800") == r"\ufeffzero\u200bwidth\ud800"


@given(st.text())
def test_nothing_acts_any_more(words):
    assert not {unicodedata.category(char) for char in visible(words)} & {"Cc", "Cs", "Zl", "Zp"}
    assert visible(visible(words)) == visible(words)
