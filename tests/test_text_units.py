"""Units: no word is lost or changed, limits hold, and time is in proportion to the text."""

from __future__ import annotations

import time
import unicodedata
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge.text import Break, Pronunciation, TextUnit, Units, Utterance, Words


LETTERS = st.sampled_from("aZé9ßя字あ한ก👍🏽\u200d👩🚒🇩🇪e\u0301 \t\n\r.!?…,;:–—\"'”’»)]。！？」』-$")
TEXT = st.text(LETTERS, max_size=300) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80
)


def cut(*pieces: Any, **limits: Any) -> list[TextUnit]:
    units = Units(**limits)
    made = [unit for piece in pieces for unit in units.feed(piece)]
    return made + units.flush()


def texts(*pieces: Any, **limits: Any) -> list[str]:
    return [unit.text for unit in cut(*pieces, **limits)]


def pieces_of(text: str, cuts: list[int]) -> list[str]:
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    return [text[start:end] for start, end in pairwise(places)]


@given(TEXT, st.lists(st.integers(0, 300)), st.integers(1, 60), st.none() | st.integers(1, 9))
def test_the_words_of_all_units_are_the_words_that_were_fed(text, cuts, characters, words):
    units = cut(*pieces_of(text, cuts), max_characters=characters, max_words=words)
    assert "".join(unit.text for unit in units) == text
    assert [unit.index for unit in units] == list(range(len(units)))


@given(TEXT, st.lists(st.integers(0, 300)), st.integers(1, 60), st.none() | st.integers(1, 9))
def test_no_unit_is_longer_than_the_limits(text, cuts, characters, words):
    for unit in cut(*pieces_of(text, cuts), max_characters=characters, max_words=words):
        assert len(unit.text) <= characters
        assert words is None or len(unit.text.split()) <= words


@given(
    st.lists(st.text("ab,.!\u0301é字", max_size=40), max_size=9),
    st.lists(st.integers(0, 300)),
    st.none() | st.integers(1, 9),
)
def test_how_text_arrives_changes_no_unit_but_for_the_space_between(sentences, cuts, words):
    """White space after a sentence goes to the one or to the next, as it arrives."""
    text = " ".join(sentences)
    whole, pieces = texts(text, max_words=words), texts(*pieces_of(text, cuts), max_words=words)
    assert [unit.split() for unit in pieces if unit.strip()] == [unit.split() for unit in whole if unit.strip()]


SEGMENTS = st.lists(
    st.builds(Words, TEXT)
    | st.builds(Pronunciation, st.text("abc", min_size=1, max_size=5), st.just("a"))
    | st.builds(Break, st.sampled_from([0.0, 0.2, 1.0])),
    max_size=12,
)


@given(SEGMENTS, st.integers(60, 200))
def test_pronunciations_and_pauses_are_kept_in_their_order(segments, characters):
    units = cut(Utterance(segments), max_characters=characters)
    heard: list[Any] = []
    for unit in units:
        heard += [segment for segment in unit.segments if isinstance(segment, Pronunciation)]
        heard += [Break(unit.pause)] if unit.pause else []
        assert unit.length <= characters
    assert heard == [s for s in segments if isinstance(s, Pronunciation) or (isinstance(s, Break) and s.seconds)]
    assert "".join(unit.text for unit in units) == str(Utterance(segments))


def test_a_unit_is_a_sentence():
    assert texts("One. Two! Three? Four… Five") == ["One. ", "Two! ", "Three? ", "Four… ", "Five"]


def test_closing_quotes_and_brackets_belong_to_their_sentence():
    assert texts("“Go.” (He did.) Then.") == ["“Go.” ", "(He did.) ", "Then."]


def test_ideographic_marks_and_blank_lines_end_a_sentence_too():
    assert texts("你好。再见！") == ["你好。", "再见！"]
    assert texts("A title\n\nand text") == ["A title\n\n", "and text"]


@pytest.mark.parametrize(
    "text", ["Dr. Who", "at 3.5 volts", "e.g. this", "J. S. Bach", "(e.g.) this", "No. 5", "a.b.c"]
)
def test_abbreviations_numbers_and_names_are_not_cut(text):
    assert texts(text) == [text]


def test_three_dots_end_a_sentence_after_a_single_letter_too():
    assert texts("Plan a... go") == ["Plan a... ", "go"]


def test_marks_without_words_wait_for_their_words():
    assert texts("... ! Hello. ") == ["... ! Hello. "]
    (unit,) = cut("... !")
    assert not unit.speakable


def test_a_sentence_is_spoken_as_soon_as_it_is_complete():
    units = Units()
    assert units.feed("Hello") == units.feed(" there.") == []
    assert [unit.text for unit in units.feed(" How")] == ["Hello there. "]
    assert units.rest == "How"


def test_a_text_without_a_full_stop_is_spoken_as_it_comes():
    """Held back until its end, a model that writes no full stop would be silence without end."""
    units = Units(max_words=30)
    made = [unit for _ in range(100) for unit in units.feed("word ")]
    assert [len(unit.text.split()) for unit in made] == [30, 30, 30]
    assert len(units.rest.split()) == 10


def test_a_long_sentence_is_cut_at_a_clause_in_its_second_half():
    assert texts("one two, three four five, six seven", max_words=6) == ["one two, three four five, ", "six seven"]
    assert texts("one, two three four five six", max_words=4) == ["one, two three four ", "five six"]


@pytest.mark.parametrize(
    "whole", ["e\u0301", "👩\u200d🚒", "👍🏽", "🇩🇪", "한".encode().decode(), "ก\u0e33", "\u1112\u1161\u11ab"]
)
def test_the_hard_limit_never_cuts_what_reads_as_one_character(whole):
    whole = unicodedata.normalize("NFD", whole)
    for before in range(1, 12):
        text = "x" * before + whole + "y" * 12
        assert any(whole in unit for unit in texts(text, max_characters=12)), text


def test_a_prank_of_a_thousand_marks_is_cut_all_the_same():
    text = "a" + "\u0301" * 1000
    assert all(len(unit) <= 100 for unit in texts(text, max_characters=100))


def test_a_pause_ends_its_unit_and_a_pause_of_nothing_does_not():
    units = cut(Utterance().text("Take ").pause(0.5).text("it").pause(0).text(" now"))
    assert [(unit.text, unit.pause) for unit in units] == [("Take ", 0.5), ("it now", 0.0)]


def test_pauses_at_the_ends_and_in_a_row_are_units_of_their_own():
    units = cut(Utterance().pause(1).pause(2).text("Hello. ").pause(3))
    assert [(unit.text, unit.pause) for unit in units] == [("", 1.0), ("", 2.0), ("Hello. ", 0.0), ("", 3.0)]


def test_clear_forgets_the_rest_and_goes_on_counting():
    units = Units()
    units.feed("One. Two")
    units.clear()
    assert (units.rest, units.speakable) == ("", False)
    assert [(unit.index, unit.text) for unit in units.feed("Three. ")] == [(1, "Three. ")]


def test_a_rest_is_speakable_when_there_is_a_word_in_it():
    units = Units()
    units.feed("... ")
    assert not units.speakable
    units.feed("a")
    assert units.speakable
    units.clear()
    units.feed(Utterance().pronounce("b", "b").text("..."))
    assert units.speakable


@pytest.mark.parametrize("text", ["word ", ".", "a. ", "... ", "x", "\n", "字", "A sentence of words. ", ", "])
@pytest.mark.parametrize("limits", [{}, {"max_words": 30}], ids=["whole", "live"])
def test_time_is_in_proportion_to_the_text(text, limits):
    """A quadratic cut takes minutes of processor time for this."""
    began = time.thread_time()
    made = texts(text * (60_000 // len(text)), **limits)
    assert time.thread_time() - began < 5
    assert sum(map(len, made)) == 60_000 // len(text) * len(text)


def test_time_is_in_proportion_to_the_text_one_character_at_a_time():
    began = time.thread_time()
    assert sum(map(len, texts(*("word " * 10_000)))) == 50_000
    assert time.thread_time() - began < 5


def test_it_is_one_unit_where_sentences_are_not_cut():
    assert texts("One. Two! ", "Three.\n\nFour.", sentences=False) == ["One. Two! Three.\n\nFour."]
    assert texts("One. Two, three.", sentences=False, max_characters=12) == ["One. Two, ", "three."]
