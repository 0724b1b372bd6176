"""X-SAMPA says what the IPA says, in ASCII, and back."""

from __future__ import annotations

import re

import pytest
from gruut_ipa.sampa import IPA_TO_SAMPA
from hypothesis import given
from hypothesis import strategies as st

from tests.text.transcriptions import TRANSCRIPTIONS, refusal
from voxbridge import InvalidText
from voxbridge.text.phonetics import from_xsampa, parse_ipa, to_xsampa
from voxbridge.text.phonetics._ipa import written


WORDS = {
    "duːˈpɪljuːmæb": 'du:"pIlju:m{b',
    "ˌæzəˈθaɪəˌpriːn": '%{z@"TaI@%pri:n',
    "ɛʁˈmɛs": 'ER"mEs',
    "ŋwiən": "Nwi@n",
    "t͡ʃɪˈpoʊtleɪ": 't_SI"poUtleI',
    "ɹˈɝːd": 'r\\"3`:d',
    "ˈmʏnçn̩": '"mYnCn=',
    "bɔ̃ʒuʁ": "bO~ZuR",
    "θaɾaˈɣoθa": 'Ta4a"GoTa',
    "ʂʈɖʐɻ": "s`t`d`z`r\\`",
    "pʰɐ̯kʼ": "p_h6_^k_>",
    "ma˨˩".removesuffix("˨˩") + "̌": "ma_R",
    "t|ǀa ‖ ǁi": "t|-|\\a || |\\|\\i",
    "ɓaʛuː‿n": "b_<aG\\_<u:-\\n",
}


@pytest.mark.parametrize(("ipa", "xsampa"), WORDS.items())
def test_words_are_written_and_read(ipa, xsampa):
    assert to_xsampa(ipa) == xsampa
    assert from_xsampa(xsampa) == written(parse_ipa(ipa))


@pytest.mark.parametrize(
    ("xsampa", "ipa"),
    [("n_=", "n̩"), ("O_~", "ɔ̃"), ("t'", "tʲ"), ("P", "ʋ"), ("I\\", "ɪ̈"), ("a_/", "ǎ"), ("t-s", "ts"), ("a_\\", "â")],
)
def test_other_spellings_are_read_too(xsampa, ipa):
    assert from_xsampa(xsampa) == written(parse_ipa(ipa))


@given(TRANSCRIPTIONS)
def test_what_it_can_write_is_read_as_it_was(ipa):
    if error := refusal(to_xsampa, ipa):
        assert re.search("X-SAMPA has no sign for|would be read as", str(error))
        return
    xsampa = to_xsampa(ipa)
    assert xsampa.isascii()
    assert from_xsampa(xsampa) == written(parse_ipa(ipa))


@pytest.mark.parametrize(
    ("ipa", "position", "reason"),
    [
        ("ma˥", 2, "X-SAMPA has no sign for '˥'"),
        ("aⱱa", 1, "X-SAMPA has no sign for 'ⱱ'"),
        ("bak͡xa", 2, "would be read as 'k̽'"),
        ("t͡θa", 0, "would be read as 't̋'"),
        ("aː t˞", 3, "would be read as 'ʈ'"),
        ("ba͡ǂ", 1, "would be read as 'a_=.*'"),
        ("a:", 1, "length is 'ː'"),
    ],
)
def test_what_it_cannot_say_is_an_error(ipa, position, reason):
    with pytest.raises(InvalidText, match=reason) as caught:
        to_xsampa(ipa)
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("xsampa", "position", "reason"),
    [
        ("", 0, "there is no sound in it"),
        ("du:é", 3, r"'é' \(U\+00E9\) is no sign of X-SAMPA"),
        ('du:"', 3, "it ends in 'ˈ'"),
        ("t_S:::", 5, "length is"),
        ("_da", 0, r"U\+032A changes the letter before it"),
        ("t_", 1, "it ends in a tie bar"),
        ("a" * 1_000_000, 1000, "at most 1000"),
    ],
)
def test_what_is_no_xsampa_is_found_at_its_character(xsampa, position, reason):
    with pytest.raises(InvalidText, match=rf"^character {position} of the X-SAMPA .*{reason}") as caught:
        from_xsampa(xsampa)
    assert caught.value.position == position


@given(st.text(alphabet=st.characters(max_codepoint=0x7F), max_size=20))
def test_any_ascii_is_read_or_refused_at_one_of_its_characters(text):
    if error := refusal(from_xsampa, text):
        assert 0 <= error.position <= max(0, len(text) - 1)


def test_gruut_ipa_has_the_same_signs():
    """It misses some, and has others that are not Wells's."""
    theirs = {"ɝ": "@`", "ʲ": "', _j", "\u0303": "~, _~", "\u0288\u0361\u0282": "ts`", "\u0256\u0361\u0290": "dz`"}
    compared = 0
    for ipa, xsampa in IPA_TO_SAMPA.items():
        whole = f"a{ipa}a" if len(ipa) == 1 else ipa
        try:
            ours = to_xsampa(whole)
        except InvalidText:  # it knows former letters, arrows, and k͡x
            continue
        if xsampa and theirs.get(ipa) != xsampa:
            assert ours in {f"a{xsampa}a", f"a-{xsampa}a", xsampa}
            compared += 1
    assert compared > 130
