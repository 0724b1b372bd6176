"""Cuts within sentences: clauses, words, and nothing that reads as one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge.text._cuts import between_graphemes, clause_end, cut_before, first_word, gap


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("one, two", "one, "),
        ("he said; she", "he said; "),
        ("wait — no", "wait —"),
        ("wait – no", "wait – "),
        ("wait - no", "wait - "),
        ("“one,” he", "“one,” "),
        ("他说，我", "他说，"),
        ("東京、京", "東京、"),
        ("قال، ثم", "قال، "),
    ],
)
def test_a_clause_ends_after_its_mark_and_its_quotes(text, before):
    end, _ = clause_end(text, 0)
    assert text[:end] == before


@pytest.mark.parametrize("text", ["1,000", "12:30", "10–20", "well-known", "one,", "他说，"])
def test_a_clause_does_not_end_in_a_number_or_a_word_nor_before_anything_follows(text):
    assert clause_end(text, 0)[0] is None


@given(st.text("ab,” —，-", max_size=30), st.integers(0, 30))
def test_a_search_for_a_clause_goes_on_where_it_stopped(text, cut):
    end, again = clause_end(text[:cut], 0)
    assert clause_end(text, 0)[0] == (end or clause_end(text, again)[0])


def test_what_can_be_said_begins_with_a_letter_a_digit_or_a_symbol():
    assert [first_word(text) for text in ("“a", " 1", "... €", "-_.!", "👍")] == [1, 1, 4, None, 0]
    assert first_word("a -b", 1) == 3


def test_a_gap_is_a_clause_or_else_a_space_but_not_after_a_digit_or_an_abbreviation():
    assert [gap(text) for text in ("a, b c", "a b c", "a 10 ft", "a Mr. X", "10 000", "a\u00a0b")] == [
        3,
        4,
        2,
        2,
        None,
        None,
    ]


def test_a_cut_before_a_limit_is_at_a_clause_of_the_second_half_or_between_words():
    assert cut_before("one, two three, four", 17) == 16
    assert cut_before("one, two three four", 17) == 15
    assert cut_before("10 000 000", 8) == 7  # where there is nothing better
    assert cut_before("abcdef", 3) == 0


def test_a_hard_cut_is_in_no_word_or_number_of_another_script():
    assert between_graphemes("字字abc字字", 4) == 2
    assert between_graphemes("abcdef", 4) == 4


WHOLES = ["e\u0301", "👩\u200d🚒", "👍🏽", "🇩🇪", "ก\u0e33", "\u1112\u1161\u11ab", "क्षि", "\r\n", "1\ufe0f\u20e3"]


@pytest.mark.parametrize("whole", [*WHOLES, "🏴\U000e0067\U000e007f"])
def test_a_hard_cut_is_in_nothing_that_reads_as_one_character(whole):
    text = "字" * 5 + whole + "字" * 5
    for limit in range(1, len(text)):
        cut = between_graphemes(text, limit)
        assert cut <= 5 or cut >= 5 + len(whole)
