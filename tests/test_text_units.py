"""Units: no word is lost or changed, how text arrives makes no difference, limits hold, and time is in proportion."""

from __future__ import annotations

import time
import unicodedata
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge.text import Break, Mark, Pronunciation, SayAs, Substitution, TextUnit, Units, Utterance, Words


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


PIECES = ["Mr. ", "J. R. ", " 3. ", "He ", "Mai ", "Inc.", "U.S. ", "p.m.", ". ", "... ", "hello. ", "[1]", " » ", "- "]
PIECES += ["”他说", "」と", "，", "。", "ไทยไทยไทย ", "\n\n", "http://a.b?c ", "👩\u200d🚒", "e\u0301", '"', "”"]
HARD = st.sampled_from([*"aZß字ก !?…,;:—“«»()[]1*_।؟\n", *PIECES])
LIMITS = st.fixed_dictionaries(
    {
        "max_characters": st.sampled_from([1, 5, 20, 60, 2000]),
        "max_words": st.none() | st.integers(1, 9),
        "first_words": st.none() | st.integers(1, 4),
        "language": st.sampled_from(["en-GB", "de", "fr", "zh", "th", "xx"]),
        "sentences": st.sampled_from([True, True, True, False]),
    }
)


@given(st.lists(HARD, max_size=60).map("".join) | TEXT, st.lists(st.integers(0, 200)), LIMITS)
def test_how_text_arrives_changes_no_unit(text, cuts, limits):
    whole = cut(text, **limits)
    assert cut(*pieces_of(text, cuts), **limits) == whole
    assert cut(*text, **limits) == whole


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


MANNERS = st.fixed_dictionaries({"speed": st.sampled_from([None, 1.5]), "language": st.sampled_from([None, "de"])})
KINDS = st.lists(
    st.builds(lambda text, manner: Words(text, **manner), TEXT, MANNERS)
    | st.builds(lambda text, manner: SayAs(text, "date", **manner), st.text("abc. ", min_size=1, max_size=5), MANNERS)
    | st.builds(Substitution, st.text("ab", min_size=1), st.text("ab", min_size=1))
    | st.builds(Mark, st.just("here")),
    max_size=12,
)


@given(KINDS, st.integers(60, 200), st.booleans())
def test_every_word_keeps_what_holds_for_it(segments, characters, singly):
    said = [Utterance([segment]) for segment in segments] if singly else [Utterance(segments)]
    units = cut(*said, max_characters=characters)
    assert Utterance(segment for unit in units for segment in unit.segments) == Utterance(segments)
    assert all(unit.length <= characters for unit in units)


def test_words_in_another_manner_are_of_the_same_sentence():
    utterance = Utterance().text("Take ").emphasize("two", "strong").mark("here").text(" now. Then") + " go. "
    assert texts(utterance, "On.") == ["Take two now. ", "Then go. ", "On."]
    assert texts(Utterance().speed("One. Two.", 1.5).speed(" Three.", 2)) == ["One. ", "Two.", " Three."]


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


def test_three_dots_end_a_sentence_where_a_capital_follows():
    assert texts("Plan a... Go") == ["Plan a... ", "Go"]
    assert texts("Plan a... go") == ["Plan a... go"]


def test_marks_without_words_wait_for_their_words():
    assert texts("... ! Hello. ") == ["... ! Hello. "]
    (unit,) = cut("... !")
    assert not unit.speakable


def test_a_sentence_is_spoken_as_soon_as_it_is_complete():
    units = Units()
    assert units.feed("Hello") == units.feed(" there.") == []
    assert [unit.text for unit in units.feed(" How")] == ["Hello there. "]
    assert units.rest == "How"


def test_an_ordinary_sentence_waits_for_no_more_than_a_space():
    assert [unit.text for unit in Units().feed("Hello there. ")] == ["Hello there. "]


@pytest.mark.parametrize(
    "text", ["Hello", "Hello.", "Hello Mr. ", "He said “go.” ", "Wait... ", "你好。", "Chapter 3. "]
)
def test_what_may_go_on_is_held_back(text):
    units = Units()
    assert units.feed(text) == []
    assert units.rest == text


def test_a_start_that_proves_the_end_lets_it_go():
    units = Units()
    assert units.feed("He lives in the U.S. ") == units.feed("Th") == units.feed("e") == []
    assert [unit.text for unit in units.feed(" ")] == ["He lives in the U.S. "]
    assert units.rest == "The "


def test_a_pronunciation_proves_the_end_before_it_and_takes_the_full_stop_after_it():
    hers = Utterance().text("He said “go.” ").pronounce("Dupilumab", "a").text(". Then ")
    assert texts(hers) == ["He said “go.” ", "Dupilumab. ", "Then "]
    assert texts(Utterance().text("Mr. ").pronounce("Nguyen", "a").text(" came")) == ["Mr. Nguyen came"]


def test_a_text_without_a_full_stop_is_spoken_as_it_comes():
    """Held back until its end, a model that writes no full stop would be silence without end."""
    units = Units(max_words=30)
    made = [unit for _ in range(100) for unit in units.feed("word ")]
    assert [len(unit.text.split()) for unit in made] == [30, 30, 30]
    assert len(units.rest.split()) == 10


def test_a_long_sentence_is_cut_at_a_clause_in_its_second_half():
    assert texts("one two, three four five, six seven", max_words=6) == ["one two, three four five, ", "six seven"]
    assert texts("one, two three four five six", max_words=4) == ["one, two three four ", "five six"]


def test_white_space_after_a_sentence_goes_to_it_but_for_what_is_more_than_one():
    assert texts("One.  Two.\n\nThree") == ["One. ", " Two.\n", "\nThree"]


def test_two_characters_of_a_script_without_spaces_are_a_word():
    assert texts("我们明天早上，六点钟出发", max_words=4) == ["我们明天早上，", "六点钟出发"]


@pytest.mark.parametrize(
    "text", ["call 555 0100 for more", "in 10 000 years from now", "at https://example.com/a/b", "by J. R. R. Tolkien"]
)
def test_a_cut_between_words_spares_numbers_addresses_and_initials(text):
    wholes = ["555 0100", "10 000", "https://example.com/a/b", "J. R. R. Tolkien"]
    for characters in range(26, 40):
        units = texts("so " * 7 + text, max_characters=characters)
        assert any(whole in unit for whole in wholes for unit in units), units


def test_a_number_in_a_script_without_spaces_is_spared():
    assert texts("共有" * 5 + "1234567人", max_characters=15) == ["共有" * 5, "1234567人"]


def test_the_first_unit_of_a_turn_may_end_at_a_clause():
    units = Units(first_words=3)
    assert units.feed("Well, he said") == []
    assert [unit.text for unit in units.feed(" so, and")] == ["Well, he said so, "]
    assert [unit.text for unit in units.feed(" we went, and we came. Then")] == ["and we went, and we came. "]
    assert [unit.text for unit in units.flush()] == ["Then"]
    assert [unit.text for unit in units.feed("In the end, all")] == ["In the end, "]


def hurried(*pieces: Any) -> tuple[list[str], str]:
    units = Units()
    assert [unit for piece in pieces for unit in units.feed(piece)] == []
    return [unit.text for unit in units.hurry()], units.rest


def test_what_has_waited_too_long_is_given_up_to_a_sentence():
    assert hurried("Hello there.") == (["Hello there."], "")
    assert hurried("你好。") == (["你好。"], "")
    assert hurried("He said “go.” ") == (["He said “go.” "], "")


def test_what_has_waited_too_long_is_given_up_to_a_clause_or_a_word_that_is_whole():
    assert hurried("one, two thr") == (["one, "], "two thr")
    assert hurried("one two thr") == (["one two "], "thr")
    assert hurried("I know Dr. ") == (["I know "], "Dr. ")
    assert hurried("in 10 ") == (["in "], "10 ")


def test_what_has_waited_too_long_is_held_while_there_is_no_whole_word():
    assert hurried("Hel") == ([], "Hel")
    assert hurried(" ... ") == ([], " ... ")
    assert hurried(Utterance().pronounce("Nguyen", "a").text("s")) == ([], "Nguyens")
    assert hurried(Utterance().pronounce("Nguyen", "a")) == (["Nguyen"], "")


@given(st.lists(HARD, max_size=40), LIMITS)
def test_hurry_loses_and_repeats_nothing(pieces, limits):
    units = Units(**limits)
    made = [unit for piece in pieces for unit in units.feed(piece) + units.hurry()] + units.flush()
    assert "".join(unit.text for unit in made) == "".join(pieces)
    assert all(len(unit.text) <= limits["max_characters"] for unit in made)


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


@pytest.mark.parametrize(
    "text",
    ["word ", ".", "a. ", "... ", "x", "\n", "字", "A sentence of words. ", ", ", "A.B. ", "“", "[", "1. ", "\n "],
)
@pytest.mark.parametrize("limits", [{}, {"max_words": 30}], ids=["whole", "live"])
def test_time_is_in_proportion_to_the_text(text, limits):
    """A quadratic cut takes minutes of processor time for this."""
    began = time.thread_time()
    made = texts(text * (60_000 // len(text)), **limits)
    assert time.thread_time() - began < 5
    assert sum(map(len, made)) == 60_000 // len(text) * len(text)


@pytest.mark.parametrize("text", ["word ", "a. ", "Mr. ", "x", "\n ", "“", "A.B. "])
def test_time_is_in_proportion_to_the_text_one_character_at_a_time(text):
    began = time.thread_time()
    assert sum(map(len, texts(*(text * (50_000 // len(text)))))) == 50_000 // len(text) * len(text)
    assert time.thread_time() - began < 5


def test_time_is_in_proportion_to_a_word_of_millions_of_letters():
    began = time.thread_time()
    assert len(texts("x" * 9_000_000 + " y.", max_characters=30_000_000)) == 1
    assert time.thread_time() - began < 5


def test_it_is_one_unit_where_sentences_are_not_cut():
    assert texts("One. Two! ", "Three.\n\nFour.", sentences=False) == ["One. Two! Three.\n\nFour."]
    assert texts("One. Two, three.", sentences=False, max_characters=12) == ["One. Two, ", "three."]
