"""What is said at a backend that has no markup for a segment, and what is lost by that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.text.transcriptions import TRANSCRIPTIONS
from voxbridge.text import Break, Mark, Pronunciation, SayAs, Substitution, Words, losses, said
from voxbridge.text._segments import Choice


DRUG = Pronunciation("dupilumab", "duːˈpɪljuːmæb")
RESPELLING = ("respelling",)


@pytest.mark.parametrize(
    ("segment", "lost"),
    [
        (Words("a"), []),
        (Break(1), []),
        (Words("a", emphasis="none", speed=1.0, language="EN"), []),
        (Words("a", language="en-GB-oxendict"), []),
        (Mark("here"), [("mark", "", "'here' was left out")]),
        (Pronunciation("a", "eɪ"), [("pronunciation", "a", "was said as it is written")]),
        (Substitution("a", "b"), []),
        (Substitution("a", "b", emphasis="strong"), [("emphasis", "a", "was left out")]),
        (SayAs("ab", "characters", speed=2.0), [("speed", "ab", "2 was left out")]),
        (SayAs("a", "date"), [("say-as", "a", "was said as it is written, not as 'date'")]),
        (Words("a", language="de"), [("language", "a", "was said in en-GB, not in de")]),
        (
            Words("a", emphasis="strong", speed=1.5, ignored=("volume",)),
            [("emphasis", "a", "was left out"), ("speed", "a", "1.5 was left out"), ("volume", "a", "was left out")],
        ),
    ],
)
def test_what_is_lost_is_told(segment, lost):
    assert list(losses(segment, (), phonemes=(), language="en-GB")) == lost


def test_a_pronunciation_that_is_kept_is_not_lost():
    kept = Pronunciation("a", "eɪ", emphasis="strong")
    assert [feature for feature, _, _ in losses(kept, (), phonemes=("ipa",), language="en")] == ["emphasis"]


@pytest.mark.parametrize("language", ["en", "en-US", "EN-gb"])
def test_a_pronunciation_is_respelled_for_who_reads_english(language):
    assert said(DRUG, (), phonemes=RESPELLING, language=language) == Words("doo-PIL-yoo-mab")
    lost = list(losses(DRUG, (), phonemes=RESPELLING, language=language))
    assert lost == [("pronunciation", "dupilumab", "was respelled 'doo-PIL-yoo-mab'")]


@pytest.mark.parametrize(
    ("segment", "language"),
    [
        (DRUG, "fr-FR"),
        (DRUG, "enm"),
        (Pronunciation("dupilumab", DRUG.ipa, language="de"), "en"),
        (Pronunciation("click", "ǃa"), "en"),
        (Pronunciation("nothing", "ʔ"), "en"),
    ],
)
def test_what_english_letters_cannot_hint_at_is_said_as_it_is_written(segment, language):
    assert said(segment, (), phonemes=RESPELLING, language=language) == segment
    (feature, _, done), *_ = losses(segment, (), phonemes=RESPELLING, language=language)
    assert (feature, done) == ("pronunciation", "was said as it is written")


def test_a_pronunciation_is_kept_where_ipa_is():
    assert said(DRUG, (), phonemes=("ipa", "respelling"), language="en") == DRUG
    assert list(losses(DRUG, (), phonemes=("ipa", "respelling"), language="en")) == []


@given(TRANSCRIPTIONS)
def test_what_is_told_is_what_is_said(ipa):
    segment = Pronunciation("word", ipa)
    given = said(segment, (), phonemes=RESPELLING, language="en")
    ((_, _, done),) = losses(segment, (), phonemes=RESPELLING, language="en")
    assert done == ("was said as it is written" if given == segment else f"was respelled {given.text!r}")


@pytest.mark.parametrize("kind", ["characters", "spell-out", "digits", "verbatim"])
@pytest.mark.parametrize(
    ("written", "spelled"),
    [("SQL", "S Q L"), (" 4 711 ", " 4 7 1 1 "), ("été", "é t é"), ("e\u0301a", "e\u0301 a"), (" ", " "), ("", "")],
)
def test_what_is_spelled_out_is_said_in_single_characters(kind, written, spelled):
    assert said(SayAs(written, kind), ()) == Words(spelled)


@given(st.text(), st.sampled_from(["characters", "date"]))
def test_no_character_is_lost_of_words_of_a_kind(text, kind):
    heard = said(SayAs(text, kind), ()).text
    assert "".join(heard.split()) == "".join(said(Words(text), ()).text.split())


def test_what_stands_for_words_is_said_in_their_manner():
    manner = {"emphasis": "strong", "speed": 2.0, "language": "en", "ignored": ("volume",)}
    for segment in (Substitution("a", "x y", **manner), SayAs("xy", "characters", **manner)):
        assert said(segment, ()) == Words("x y", **manner)


def test_a_backend_loses_what_its_own_choice_loses():
    choice = Choice("SQL", usual=Substitution("SQL", "sequel"), others=(("other", Pronunciation("SQL", "ˈsiːkwəl")),))
    assert said(choice, ("one",)) == Words("sequel")
    assert list(losses(choice, ("one",), phonemes=(), language="en")) == []
    assert [text for _, text, _ in losses(choice, ("x", "other"), phonemes=(), language="en")] == ["SQL"]


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("One\ttwo\r\nthree\u2028four\x0bfive\x85", "One two  three four five "),
        ("bell\x07 and \x1b[31mred\x9b", "bell  and  [31mred "),
        ("\ufeffa\u200bb\u200d\u202ec\u200f \u2066d\u00ad", "abc d"),
        ("é 字 नमस्ते \u00a0 x", "é 字 नमस्ते \u00a0 x"),
    ],
)
def test_no_control_and_nothing_unseen_is_sent(text, given):
    assert said(Words(text, speed=2.0), ()) == Words(given, speed=2.0)
    assert said(Words(text), ()) == Words(given)
    assert said(Substitution("a", text), ()) == Words(given)
    assert said(Pronunciation(text, "a"), ()) == Pronunciation(given, "a")


def test_control_characters_are_told_and_what_is_unseen_is_not():
    lost = [("control character", "b\x07c", "U+0007, U+001B: a space instead")]
    for segment in (Words("a b\x07c \x1b\x07"), Substitution("x", "a b\x07c \x1b")):
        assert list(losses(segment, (), phonemes=(), language="en")) == lost
    assert list(losses(Words("a\tb\r\n\u200b\u202e\ufeff"), (), phonemes=(), language="en")) == []
