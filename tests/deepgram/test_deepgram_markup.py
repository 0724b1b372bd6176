"""Plain words are never a control, and pronunciations are written as the SDK writes them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.deepgram.service import unit
from voxbridge import Pronunciation, UnsupportedUtterance, Words
from voxbridge_deepgram._markup import render


CASES = json.loads(Path(__file__).with_name("vectors.json").read_text("utf-8"))["text_builder"]["cases"]
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60) | st.text(
    '\\{}"wordpnuce: a', max_size=60
)
WORD = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)
IPA = st.text("duːˈpɪljuːmæbʒɔ̃ .", min_size=1, max_size=15)


def controls(text):
    r"""Return the controls of a text, read as loosely as any release of the service ever has.

    A control begins with a brace, with or without a backslash before it, and ends with the next closing one.
    """
    found = []
    for inside in re.findall(r"\\?\{(.*?)\\?\}", text, re.DOTALL):
        try:
            found.append(tuple(json.loads("{" + inside + "}").values()))
        except ValueError:
            found.append((inside,))
    return found


def rendered(*segments, ipa=True):
    return render([unit(segments)], ipa=ipa)


@given(TEXT)
def test_plain_words_hold_no_control_and_keep_every_other_character(text):
    sent = rendered(Words(text))
    assert controls(sent.text) == []
    assert sent.text.replace("(", "").replace(")", "") == re.sub(r"[{}()]", "", text)
    assert sent.characters == len(text) == len(sent.text)


@given(st.lists(st.one_of(TEXT.map(Words), st.builds(Pronunciation, WORD, IPA)), max_size=6))
def test_among_any_words_exactly_the_pronunciations_are_controls(segments):
    sent = rendered(*segments)
    said = [segment for segment in segments if isinstance(segment, Pronunciation)]
    braces = str.maketrans("{}", "()")
    assert controls(sent.text) == [(each.text.translate(braces), each.ipa) for each in said]
    assert sent.text.count("\\{") == sent.text.count("\\}") == len(said)
    assert sent.characters == sum(len(segment.text) for segment in segments)


def test_a_control_that_a_user_writes_is_spoken_as_words():
    assert rendered(Words(r'Say \{"word": "a", "pronounce": "b"\}.')).text == r'Say \("word": "a", "pronounce": "b"\).'
    assert rendered(Words(r"Wait \{pause:500ms\} here.")).text == r"Wait \(pause:500ms\) here."


def test_a_control_in_two_units_is_none_either():
    units = [unit([Words("Say \\")], 0), unit([Words('{"word": "a", "pronounce": "b"\\}')], 1)]
    assert controls(render(units, ipa=True).text) == []


def test_a_backslash_before_a_pronunciation_does_not_disarm_it():
    assert rendered(Words("a\\"), Pronunciation("b", "c")).text == r'a\ \{"word": "b", "pronounce": "c"\}'


BUILT = [
    (match, case["output"])
    for case in CASES
    if "output" in case
    and (match := re.fullmatch(r'T\(\)\.pronunciation\("(.+)",\s*"(.+)"\)\.build\(\)', case["input"]))
]


@pytest.mark.parametrize(("call", "output"), BUILT, ids=lambda value: getattr(value, "string", None))
def test_pronunciations_are_written_as_the_sdks_text_builder_writes_them(call, output):
    word = call[1].replace("\\\\", "\\")  # as Python reads it
    assert rendered(Pronunciation(word, call[2])).text == output


def test_enough_of_the_sdks_cases_were_found():
    assert len(BUILT) >= 2


def test_of_a_pronunciation_its_word_is_charged_for():
    sent = rendered(Words("Hello, "), Pronunciation("Mr.", "ˈmɪstɚ"), Words(" Bond."))
    assert (sent.characters, sent.pronounced) == (16, ("Mr.",))  # the documents' own example


def test_without_pronunciations_the_word_is_said_as_it_is_written():
    sent = rendered(Words("Take "), Pronunciation("{dupilumab}", "x" * 500), Words("."), ipa=False)
    assert (sent.text, sent.pronounced) == ("Take (dupilumab).", ())


@pytest.mark.parametrize(
    ("word", "length"), [("a", 15), ("ab", 20), ("dupilumab", 90), ("a" * 12, 120), ("a" * 50, 128)]
)
def test_ipa_may_have_ten_characters_a_letter_at_least_15_and_at_most_128(word, length):
    assert rendered(Pronunciation(word, "x" * length)).pronounced == (word,)
    with pytest.raises(UnsupportedUtterance, match=f"at most {length} characters of IPA .* here are {length + 1}"):
        rendered(Pronunciation(word, "x" * (length + 1)))


@pytest.mark.parametrize("character", ['"', "\\", "{", "}", "\n", "\r", "\t"])
def test_ipa_without_a_place_in_an_inline_object_is_refused(character):
    with pytest.raises(UnsupportedUtterance, match=r"takes no .* in the IPA of 'word'"):
        rendered(Pronunciation("word", f"a{character}b"))


def test_five_hundred_pronunciations_are_the_most():
    assert len(rendered(*[Pronunciation("a", "b")] * 500).pronounced) == 500
    with pytest.raises(UnsupportedUtterance, match="500 pronunciations at once, and here are 501"):
        rendered(*[Pronunciation("a", "b")] * 501)


@given(st.lists(st.one_of(st.text("ab ", max_size=3000).map(Words), st.builds(Pronunciation, WORD, IPA)), max_size=8))
def test_messages_are_short_enough_cut_no_control_and_are_together_the_text(segments):
    sent = rendered(*segments)
    messages = list(sent.messages())
    assert "".join(messages) == sent.text
    assert all(0 < len(message) <= 2000 for message in messages)
    assert sum(len(controls(message)) for message in messages) == len(sent.pronounced)
