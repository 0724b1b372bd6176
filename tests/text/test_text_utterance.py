"""What may be said, and how a mistake is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge import Break, InvalidText, Mark, Pronunciation, SayAs, Substitution, UsageError, Utterance, Words
from voxbridge.text import check_text


def test_each_call_returns_a_new_utterance():
    empty = Utterance()
    full = empty.text("Take ").pronounce("it", "ɪt").pause(0.5)
    assert empty.segments == ()
    assert full.segments == (Words("Take "), Pronunciation("it", "ɪt"), Break(0.5))
    assert str(full) == "Take it"


def test_there_is_a_call_for_every_kind_of_segment():
    utterance = (
        Utterance()
        .substitute("W3C", "World Wide Web Consortium")
        .say_as("10/11/12", "date", "mdy")
        .say_as("SQL", "characters")
        .mark("here")
        .emphasize("a")
        .speed("b", 2)
        .language("c", "de-AT")
    )
    assert utterance.segments == (
        Substitution("W3C", "World Wide Web Consortium"),
        SayAs("10/11/12", "date", "mdy"),
        SayAs("SQL", "characters"),
        Mark("here"),
        Words("a", emphasis="moderate"),
        Words("b", speed=2.0),
        Words("c", language="de-AT"),
    )
    assert str(utterance) == "W3C10/11/12SQLabc"


def test_of_spans_within_spans_the_innermost_holds():
    inner = Utterance().text("a").emphasize("b", "strong").pause(1).pronounce("c", "siː")
    utterance = Utterance().speed(Utterance().emphasize(inner, "reduced").speed("d", 0.5), 2)
    assert utterance.segments == (
        Words("a", emphasis="reduced", speed=2.0),
        Words("b", emphasis="strong", speed=2.0),
        Break(1.0),
        Pronunciation("c", "siː", emphasis="reduced", speed=2.0),
        Words("d", speed=0.5),
    )


def test_what_is_shown_is_what_was_said_of_the_words():
    shown = repr(Utterance().text("a").speed("b", 2).say_as("c", "date"))
    assert shown == (
        "Utterance(segments=(Words(text='a'), Words(text='b', speed=2.0),"
        " SayAs(text='c', interpret_as='date', format='')))"
    )


def test_equal_words_said_in_another_manner_are_not_equal():
    assert Utterance().text("a") == Utterance().text("a")
    assert Utterance().text("a") != Utterance().emphasize("a")
    assert Words("a") != Pronunciation("a", "eɪ")
    assert len({Utterance().text("a"), Utterance().text("a"), Utterance().speed("a", 2)}) == 2


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Utterance().substitute("", "a"), "needs words and what is said"),
        (lambda: Utterance().substitute("a", " "), "needs words and what is said"),
        (lambda: Utterance().say_as(" ", "date"), "needs words and their kind"),
        (lambda: Utterance().say_as("a", ""), "needs words and their kind"),
        (lambda: Utterance().mark(""), "needs a name"),
        (lambda: Utterance().mark("a\0"), "character 1 of the text is NUL"),
        (lambda: Utterance().speed(5, 2), "text is int"),
        (lambda: Utterance().speed("a", 0), "above 0"),
        (lambda: Utterance().speed("a", float("nan")), "above 0"),
        (lambda: Utterance().speed("a", True), "above 0"),  # noqa: FBT003  # it is what is wrong
        (lambda: Utterance().speed("a", "fast"), "above 0"),
        (lambda: Utterance().speed("a", 150), "not percent: 1.5?"),
        (lambda: Utterance().language("a", "en_US"), "BCP 47"),
        (lambda: Utterance().language("a", None), "BCP 47"),
        (lambda: Utterance().emphasize("a", "strang"), "Did you mean 'strong'?"),
    ],
)
def test_what_a_segment_cannot_hold_is_refused(call, words):
    with pytest.raises(UsageError) as caught:
        call()
    assert words in str(caught.value)


def test_utterances_and_words_are_joined_as_they_are():
    joined = Utterance().text("a") + "b" + Utterance().pause(1)
    assert joined.segments == (Words("ab"), Break(1.0))
    assert joined == Utterance().text("ab").pause(1)
    assert (Utterance().text("a") + "").segments == (Words("a"),)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_all_other_text_is_words_and_nothing_else(text):
    assert check_text(text) == text == str(Utterance().text(text))


@pytest.mark.parametrize(("text", "position"), [("\0", 0), ("ab\0c", 2), ("😀\ud83d", 1), ("x\udc00", 1)])
def test_nul_and_halves_of_surrogate_pairs_are_refused_with_their_position(text, position):
    for say in (check_text, Utterance().text, lambda text: Utterance().pronounce("a", text)):
        with pytest.raises(InvalidText, match=f"character {position} ") as caught:
            say(text)
        assert caught.value.position == position


@pytest.mark.parametrize("text", [None, 5, b"bytes", ["a"]])
def test_what_is_no_text_is_refused(text):
    with pytest.raises(InvalidText, match=type(text).__name__):
        check_text(text)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (0, 0),
        (0.5, 0.5),
        (30, 30),
        ("200ms", 0.2),
        ("0.5s", 0.5),
        (" 2 s ", 2),
        (".5s", 0.5),
        ("+1s", 1),
        ("30000ms", 30),
    ],
)
def test_a_pause_is_seconds_or_a_time_in_words(value, seconds):
    assert Utterance().pause(value).segments == (Break(seconds),)


@pytest.mark.parametrize("value", [200, 30.1, "31s", "300000ms"])
def test_a_pause_of_more_than_30_seconds_was_meant_in_milliseconds(value):
    with pytest.raises(UsageError, match="seconds, not milliseconds"):
        Utterance().pause(value)


def test_the_hint_says_the_seconds_that_were_meant():
    with pytest.raises(UsageError, match=r"0\.2\?"):
        Utterance().pause(200)


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), True, None, "soon", "5", "1e3s", "", "-1s"])
def test_what_is_no_time_is_refused(value):
    with pytest.raises(UsageError, match="give seconds"):
        Utterance().pause(value)


@pytest.mark.parametrize(("word", "ipa"), [("", "a"), ("a", ""), (" ", "a"), ("a", " ")])
def test_a_pronunciation_needs_both_of_its_parts(word, ipa):
    with pytest.raises(InvalidText, match="needs a word and its IPA"):
        Utterance().pronounce(word, ipa)
