"""The IPA is read sound by sound, and what is wrong is found at its character."""

from __future__ import annotations

import time
import tracemalloc
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ipatok.ipa import chart

from tests.text.transcriptions import LETTERS, TRANSCRIPTIONS, refusal
from voxbridge import InvalidText
from voxbridge.text.phonetics import Mark, Sound, parse_ipa
from voxbridge.text.phonetics._chart import (
    CONSONANTS,
    DIACRITICS,
    LENGTHS,
    PITCHES,
    TONE_LETTERS,
    TONES,
    VOWELS,
)
from voxbridge.text.phonetics._ipa import written


def test_a_word_is_its_sounds_and_marks():
    assert parse_ipa("duːˈpɪl.t͡ʃãʰ˥") == (
        Sound("d"),
        Sound("u", length="ː"),
        Mark("ˈ"),
        Sound("p"),
        Sound("ɪ"),
        Sound("l"),
        Mark("."),
        Sound("t͡ʃ"),
        Sound("a", "̃ʰ"),
        Mark("˥"),
    )


def test_every_sound_and_mark_knows_where_it_stood():
    assert [item.position for item in parse_ipa("  ãːˈt͡ʃ e")] == [2, 4, 5, 8, 9]


def test_a_tone_is_apart_from_other_diacritics():
    assert parse_ipa("ɔ̃́ː") == (Sound("ɔ", "̃", "́", "ː"),)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ç", "ç"),
        ("ã", "ã"),
        ("gate", "ɡate"),
        ("t͜ʃ", "t͡ʃ"),
        ("t̪͡s", "t̪͡s"),
        ("ŋ̊", "ŋ̥"),
        ("ə˞", "ɚ"),
        ("ɜ˞ː", "ɝː"),
        ("ã̰", "ã̰"),
        ("tʰ̪", "t̪ʰ"),
        (" a  b ", "a b"),
    ],
)
def test_two_ways_to_write_a_sound_are_the_same(one, other):
    assert parse_ipa(one) == parse_ipa(other)


@pytest.mark.parametrize(
    ("ipa", "syllabic"),
    [("a", True), ("t", False), ("n̩", True), ("i̯", False), ("a͡ɪ", True), ("t͡ʃ", False), ("ɚ", True)],
)
def test_vowels_and_marked_consonants_are_the_cores_of_syllables(ipa, syllabic):
    (sound,) = parse_ipa(ipa)
    assert sound.syllabic is syllabic


@pytest.mark.parametrize(
    ("ipa", "position", "reason"),
    [
        ("", 0, "there is no sound in it"),
        ("  ", 0, "there is no sound in it"),
        ("ˈ", 0, "there is no sound in it"),
        ("du:", 2, r"length is 'ː' \(U\+02D0\)"),
        ("du'pɪl", 2, r"primary stress is 'ˈ' \(U\+02C8\)"),
        ("ˈpɪl,mæb", 4, r"secondary stress is 'ˌ'"),
        ("/pɪl/", 0, "leave out the slashes"),
        ("[pɪl]", 0, "leave out the brackets"),
        ("pɪ(l)", 2, "leave out the parentheses"),
        ("ʧɪp", 0, "it is 't͡ʃ'"),
        ("pεt", 1, "Greek letter: the vowel is 'ɛ'"),
        ("pil5", 3, r"'5' \(U\+0035\): it is no letter or sign of the IPA"),
        ("PIL", 0, "it is no letter or sign"),
        ("pi\nl", 2, "it is no letter or sign"),
        ("pi\0l", 2, r"U\+0000"),
        ("pi\ud800l", 2, r"U\+D800"),
        ("pi\u200fl", 2, r"U\+200F"),
        ("ː", 0, r"U\+02D0 changes the letter before it, and there is none"),
        ("pɪ.ːl", 3, r"U\+02D0 changes the letter before it"),
        ("̃a", 0, r"U\+0303 changes the letter"),
        ("͡ts", 0, r"U\+0361 changes the letter"),
        ("t͡", 1, "it ends in a tie bar"),
        ("t͡ˈs", 2, "a tie bar joins two letters"),
        ("aː͡ɪ", 2, "a tie bar stands before the length"),
        ("aːːː", 3, "length is 'ˑ', 'ː' or 'ːː'"),
        ("a\u0301\u0300", 2, "a sound has one tone"),
        ("ãã̃", 2, r"U\+0303 stands here twice"),
        ("aˈ", 1, "it ends in 'ˈ'"),
        ("pɪl.", 3, "it ends in '.'"),
        ("pɪlˈ ", 3, "a stress mark stands directly before a sound"),
        ("ˈˈpɪl", 0, "a stress mark stands directly before a sound"),
        ("ˈ.pɪl", 1, "'.' stands between sounds"),
        (".pɪl", 0, "'.' stands between sounds"),
        ("pɪ..l", 3, "two breaks stand side by side"),
        ("˥pɪl", 0, "a tone letter follows a sound"),
        ("a" * 1001, 1000, "here are 1001 characters, at most 1000"),
    ],
)
def test_what_is_wrong_is_said_with_its_character(ipa, position, reason):
    with pytest.raises(InvalidText, match=rf"^character {position} of the IPA .*: .*{reason}") as caught:
        parse_ipa(ipa)
    assert caught.value.position == position


@given(TRANSCRIPTIONS)
def test_what_is_written_is_read_as_the_same(ipa):
    items = parse_ipa(ipa)
    assert parse_ipa(written(items)) == items


@given(TRANSCRIPTIONS)
def test_the_normal_form_does_not_matter(ipa):
    assert parse_ipa(unicodedata.normalize("NFC", ipa)) == parse_ipa(unicodedata.normalize("NFD", ipa))


@given(st.text(alphabet=st.sampled_from([*LETTERS, *"ˈˌː.̃́͡ʰ |g'\0"]), max_size=12))
def test_any_text_is_read_or_refused_at_one_of_its_characters(text):
    if error := refusal(parse_ipa, text):
        assert 0 <= error.position <= max(0, len(text) - 1)
    else:
        assert any(isinstance(item, Sound) for item in parse_ipa(text))


def test_letters_and_signs_are_those_of_the_chart():
    """Ipatok has it as a table. It does without the letters that Unicode has for two signs in one."""
    assert set(VOWELS | CONSONANTS) == chart.consonants | chart.vowels | set("ɚɝɫ")
    theirs = {"\u032b", "\u030a"}  # U+032B is a mistake for U+033C; the ring above we take as the one below
    assert set(DIACRITICS) == (chart.diacritics | {"ʱ", "\u033c", "\u0306"}) - theirs
    assert set(LENGTHS) | {"\u0306"} == chart.lengths
    assert chart.tones == TONES | TONE_LETTERS | PITCHES


def test_hostile_transcriptions_take_no_time_and_no_room():
    tracemalloc.start()
    for text in ("ˈ" * 1_000_000, "a" + "̃" * 1_000_000, "a" + "͡" * 1000, "a" * 1000, "\0" * 1000, "t͡" * 499 + "t"):
        began = time.perf_counter()
        error = refusal(parse_ipa, text)
        assert len(str(error)) < 400
        assert time.perf_counter() - began < 0.05
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()
