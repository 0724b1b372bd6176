"""Every sound is in every alphabet, or there is one near it; and whatever is not said is told."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from tests.text.transcriptions import LETTERS, TRANSCRIPTIONS, refusal
from voxbridge import InvalidText
from voxbridge.text.phonetics import parse_ipa, respelling, to_arpabet, to_espeak
from voxbridge.text.phonetics._chart import CONSONANTS, VOWELS
from voxbridge.text.phonetics._espeak_sounds import SOUNDS
from voxbridge.text.phonetics._nearest import NEAREST


CLICKS = frozenset("ʘǀǃǂǁ")
ALPHABETS = {
    "cmu": to_arpabet,
    "arpabet": lambda ipa: to_arpabet(ipa, cmu=False),
    "respelling": respelling,
    **{f"espeak-{language}": lambda ipa, language=language: to_espeak(ipa, language) for language in SOUNDS},
}
alphabets = pytest.mark.parametrize("spell", ALPHABETS.values(), ids=ALPHABETS)


@alphabets
def test_every_sound_but_clicks_is_said_or_told_of(spell):
    spellings = {letter: spell(letter) for letter in LETTERS if letter not in CLICKS}
    unsaid = [spelling for spelling in spellings.values() if not spelling.text]
    assert all(loss.done == "left out" for spelling in unsaid for loss in spelling.losses)
    assert all(spelling.losses for spelling in unsaid)


@alphabets
@pytest.mark.parametrize("click", ["ʘ", "ǃ"])
def test_a_click_is_refused_at_its_character(spell, click):
    with pytest.raises(InvalidText, match=f"has no sound near '{click}'") as caught:
        spell(f"a{click}")
    assert caught.value.position == 1


@alphabets
@given(TRANSCRIPTIONS)
def test_what_is_told_to_be_lost_stands_there(spell, ipa):
    if refusal(spell, ipa):
        return
    items = {item.position: str(item) for item in parse_ipa(ipa)}
    losses = spell(ipa).losses
    assert [loss.position for loss in losses] == sorted(loss.position for loss in losses)
    assert all(re.fullmatch("said .*|left out.*", loss.done) for loss in losses)
    assert all(loss.ipa in items[loss.position] for loss in losses)


@alphabets
def test_breaks_have_no_sound_and_are_no_loss(spell):
    assert spell("ˈpi.lu‿mɛ pi").losses == spell("ˈpilumɛpi").losses
    assert [loss.done for loss in spell("pi|pi‖pi").losses] == ["left out", "left out"]


def test_sounds_are_near_other_sounds():
    for letter, near in NEAREST.items():
        assert letter in VOWELS | CONSONANTS
        parts = "+".join(near).split("+")
        assert letter not in parts
        assert set(parts) <= VOWELS | CONSONANTS


def test_affricates_are_one_sound_with_a_tie_bar_or_without_and_two_around_a_break():
    assert to_espeak("t͡ʃi", "en").text == to_espeak("tʃi", "en").text == "tS|'i"
    assert to_espeak("it.ʃi", "en").text == "i|t|S|i"
    assert to_espeak("p͡fi", "en").text == "p|f|'i"
    assert to_espeak("p͡fi", "de").text == "pF|'i2"
