"""Plain text never acts as a control, and no letter or digit of it is lost."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge import Pronunciation, TextUnit, Words
from voxbridge_deepdub._text import is_emoji, neutral, spoken


TEXT = st.text(st.characters(codec="utf-8") | st.sampled_from("<>[]＜［﹤/ c😀🇺🇸1️⃣🌍😐"), max_size=40)


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        ('a <config locale="he-IL" /> b', 'a (config locale="he-IL" /) b'),
        ("I [angry] am [default].", "I (angry) am (default)."),
        ("3 < 5 > 2", "3 ( 5 ) 2"),
        ("＜config＞［sigh］", "(config)(sigh)"),
        ('Tom & Jerry; it\'s "100%" {fine} 😀', 'Tom & Jerry; it\'s "100%" {fine} 😀'),
    ],
)
def test_brackets_become_parentheses(words, sent):
    assert neutral(words) == sent


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        ("Hi 😀!", "Hi  !"),
        ("🇮🇱שלום", "  שלום"),
        ("a👩‍👩‍👧b", "a     b"),
        ("1️⃣ and ❶ and ②", "1   and ❶ and ②"),
        ("20° © 5 €", "20° © 5 €"),
    ],
)
def test_where_emoji_are_controls_they_become_spaces(words, sent):
    assert neutral(words, emoji=True) == sent
    assert neutral(words) == words


@given(TEXT, st.booleans())
def test_nothing_of_a_control_is_left(words, emoji):
    sent = neutral(words, emoji=emoji)
    assert not set(sent) & set("<>[]")
    if emoji:
        assert not any(is_emoji(character) for character in sent)


@given(TEXT, TEXT, st.booleans())
def test_it_makes_no_difference_where_a_text_is_cut(first, second, emoji):
    assert neutral(first + second, emoji=emoji) == neutral(first, emoji=emoji) + neutral(second, emoji=emoji)


@given(TEXT, st.booleans())
def test_no_letter_and_no_digit_is_lost(words, emoji):
    kept = [character for character in words if character.isalnum()]
    assert [character for character in neutral(words, emoji=emoji) if character.isalnum()] == kept


@given(TEXT)
def test_what_is_plain_stays_as_it_is(words):
    assert neutral(neutral(words)) == neutral(words)


def test_no_character_turns_into_a_bracket_in_a_normal_form():
    brackets = [
        f"U+{code:04X}"
        for code in range(sys.maxunicode + 1)
        if not set(unicodedata.normalize("NFKC", neutral(chr(code)))).isdisjoint("<>[]")
    ]
    assert brackets == []


def test_a_pronounced_word_is_said_as_it_is_written():
    units = [TextUnit(0, (Words("Take "), Pronunciation("[dupilumab]", "duːˈpɪl"))), TextUnit(1, (Words(" now."),))]
    assert spoken(units) == "Take (dupilumab) now."


@pytest.mark.parametrize("value", ["😀", "🇺🇸", "👩‍👩‍👧", "👍🏽", "🌍"])
def test_emoji_are_known(value):
    assert is_emoji(value)


@pytest.mark.parametrize("value", ["", "a", "[", "😀a", "<config/>", "］", None, 7, "😀" * 17, "1️⃣"])
def test_what_is_no_emoji_is_none(value):
    assert not is_emoji(value)
