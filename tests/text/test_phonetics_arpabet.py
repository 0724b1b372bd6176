"""ARPAbet, CMU's and the larger one, to and from IPA."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.text.transcriptions import TRANSCRIPTIONS, refusal
from voxbridge import InvalidText
from voxbridge.text.phonetics import Loss, from_arpabet, parse_ipa, to_arpabet


TABLE = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH"
VOWELS = [vowel + digit for vowel in TABLE.split()[:15] for digit in "012"]
CONSONANTS = TABLE.split()[15:]

# As CMU's dictionary has them, and for names what it would have.
WORDS = {
    "duˈpɪljuˌmæb": "D UW0 P IH1 L Y UW0 M AE2 B",
    "ˌæzəˈθaɪəˌpɹin": "AE2 Z AH0 TH AY1 AH0 P R IY2 N",
    "ˈæspɹən": "AE1 S P R AH0 N",
    "ˌaɪbjuˈpɹoʊfən": "AY2 B Y UW0 P R OW1 F AH0 N",
    "t͡ʃɪˈpoʊtleɪ": "CH IH0 P OW1 T L EY0",
    "ˈmɝd͡ʒɚ": "M ER1 JH ER0",
    "ˈnʌtˌʃɛl": "N AH1 T SH EH2 L",
    "əˈbaʊt": "AH0 B AW1 T",
    "ɪkˈstɹim": "IH0 K S T R IY1 M",
    "ˈsæŋkʃən": "S AE1 NG K SH AH0 N",
    "ˈdɹɔ.ɪŋ": "D R AO1 IH0 NG",
    "ˈblʌdˌhaʊnd": "B L AH1 D HH AW2 N D",
}


@pytest.mark.parametrize(("ipa", "arpabet"), WORDS.items())
def test_words_are_written_and_read(ipa, arpabet):
    assert to_arpabet(ipa).text == arpabet
    assert to_arpabet(ipa).losses == ()
    assert from_arpabet(arpabet) == ipa


@given(st.lists(st.sampled_from([*CONSONANTS, *VOWELS, *VOWELS]), min_size=1, max_size=10))
def test_any_symbols_of_cmu_come_back(symbols):
    arpabet = " ".join(symbols)
    assert to_arpabet(from_arpabet(arpabet)).text == arpabet


@pytest.mark.parametrize(
    ("ipa", "arpabet"),
    [
        ("ˈriːdɪŋ", "R IY1 D IH0 NG"),
        ("ɡəʊ", "G OW0"),
        ("ˈnɜːs", "N ER1 S"),
        ("ˈbɜːrd", "B ER1 D"),
        ("ˈfɑːðə", "F AA1 DH AH0"),
        ("ˈbɛɫ", "B EH1 L"),
        ("ˈhaʊ̯s", "HH AW1 S"),
        ("ˈbʌtn̩", "B AH1 T AH0 N"),
        ("dupˈɪl", "D UW0 P IH1 L"),
        ("ˈuː.æ ˈæ", "UW1 AE0 AE1"),
        ("bæt͡ʃ", "B AE0 CH"),
        ("bæt.ʃ", "B AE0 T SH"),
    ],
)
def test_english_is_spelled_however_dictionaries_write_it(ipa, arpabet):
    assert to_arpabet(ipa).text == arpabet
    assert to_arpabet(ipa).losses == ()


@pytest.mark.parametrize(
    ("ipa", "arpabet", "losses"),
    [
        ("ɛʁˈmɛs", "EH0 R M EH1 S", [("ʁ", 1, "said as 'r'")]),
        ("bax", "B AA0 K", [("a", 1, "said as 'ɑ'"), ("x", 2, "said as 'k'")]),
        ("ˈniɲo", "N IY1 N Y OW0", [("ɲ", 3, "said as 'nj'")]),
        ("ˈʃøːnə", "SH ER1 N AH0", [("øː", 2, "said as 'ɜː'")]),
        ("tʰɪn", "T IH0 N", [("tʰ", 0, "said as 't'")]),
        ("bʌʔ", "B AH0", [("ʔ", 2, "left out")]),
        ("ˈwɑɾɚ", "W AA1 D ER0", [("ɾ", 3, "said as 'd'")]),
        ("ˈʃ", "SH", [("ˈ", 0, "left out: it is on no vowel")]),
        ("má˥", "M AA0", [("á", 1, "said as 'ɑ'"), ("˥", 2, "left out")]),
        ("bǽd", "B AE0 D", [("ǽ", 1, "said without its tone")]),
        ("t͡sɯ|p", "T S UW0 P", [("ɯ", 3, "said as 'u'"), ("|", 4, "left out")]),
    ],
)
def test_what_english_has_not_is_said_as_what_is_near_and_reported(ipa, arpabet, losses):
    spelling = to_arpabet(ipa)
    assert spelling.text == arpabet
    assert [(unicodedata.normalize("NFC", loss.ipa), loss.position, loss.done) for loss in spelling.losses] == losses


def test_the_larger_set_has_other_symbols_and_no_stress():
    spelling = to_arpabet("əˈbʌɾɚ ˈbɒtl̩ ʍɪt͡ʃ", cmu=False)
    assert spelling.text == "AX B AH DX AXR B AA T EL WH IH CH"
    assert [str(loss) for loss in spelling.losses] == [
        "'ˈ' is left out",
        "'ˈ' is left out",
        "'ɒ' is said as 'ɑ'",
    ]


@pytest.mark.parametrize(
    ("arpabet", "ipa"),
    [
        ("d uw p ih l", "dupɪl"),
        ("AH B AW T", "ʌbaʊt"),
        ("AX B AH1 DX AXR", "əˈbʌɾɚ"),
        ("B AA1 T EL", "ˈbɑtl̩"),
        ("H AE1 T", "ˈhæt"),
        ("S T R EH1 NG K TH S", "ˈstɹɛŋkθs"),
        ("Q IX NX UX", "ʔɨɾ̃ʉ"),
    ],
)
def test_it_reads_either_set_with_stress_and_without(arpabet, ipa):
    assert from_arpabet(arpabet) == ipa


@pytest.mark.parametrize(
    ("arpabet", "position", "reason"),
    [
        ("", 0, "there is no symbol in it"),
        ("D UW0 P IHH1 L", 8, r"there is no symbol 'IHH1'\. Did you mean .*'IH'"),
        ("K AE3 T", 2, "vowels have 0, 1, 2 or no digit"),
        ("K1 AE T", 0, "consonants none"),
        ("duːˈpɪl", 0, "there is no symbol"),
        ("K AE1\0 T", 2, "there is no symbol"),
        ("AH0 " * 100_000, 1000, "at most 1000"),
    ],
)
def test_what_is_no_arpabet_is_found_at_its_character(arpabet, position, reason):
    with pytest.raises(InvalidText, match=rf"^character {position} of the ARPAbet .*{reason}") as caught:
        from_arpabet(arpabet)
    assert caught.value.position == position


@given(TRANSCRIPTIONS)
def test_whatever_ipa_says_is_in_the_symbols_or_in_the_losses(ipa):
    if error := refusal(to_arpabet, ipa):
        assert "has no sound near" in str(error)
        return
    spelling = to_arpabet(ipa)
    assert set(spelling.text.split()) <= {*CONSONANTS, *VOWELS}
    items = parse_ipa(ipa)
    lost = {loss.position for loss in spelling.losses}
    for item in items:
        known = to_arpabet(str(item)).losses == () if str(item) not in ".‿ ˈˌ|‖ꜛ↘" else True
        assert known or item.position in lost


def test_a_loss_reads_as_a_sentence():
    assert str(Loss("ʁ", 1, "said as 'r'")) == "'ʁ' is said as 'r'"
    assert str(to_arpabet("bæd")) == "B AE0 D"
