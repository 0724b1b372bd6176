"""Respelling: what a reader of English, or a voice without phonemes, makes of it."""

from __future__ import annotations

import difflib
import re

import pytest
from hypothesis import given

from tests.espeak.traces import trace
from tests.text.transcriptions import TRANSCRIPTIONS, refusal
from voxbridge import InvalidText
from voxbridge.text.phonetics import respelling


WORDS = {
    "duːˈpɪljuːmæb": "doo-PIL-yoo-mab",
    "dupˈɪljumæb": "doo-PIL-yoo-mab",
    "ˌæzəˈθaɪəˌpriːn": "az-uh-THYE-uh-preen",
    "ˈnwɪn": "nwin",
    "ɛɹˈmɛz": "air-MEZ",
    "ˌɛskjuːˈɛl": "es-kew-EL",
    "ˌædəˈlɪmjumæb": "ad-uh-LIM-yoo-mab",
    "sɪˈmæɡluːˌtaɪd": "sih-MAG-loo-tide",
    "ˈoʊzɛmpɪk": "OH-zem-pik",
    "ˌæsəˈtæmɪnəfən": "as-uh-TAM-in-uh-fun",
    "ˈtaɪlənɒl": "TYE-luh-nol",
    "ˌaɪbjuˈproʊfən": "eye-bew-PROH-fun",
    "təˈfæsɪtɪnɪb": "tuh-FAS-it-in-ib",
    "ləˈvoʊθaɪrɒksiːn": "luh-VOH-thye-rok-seen",
    "ˌzɒlpɪˈdɛm": "zol-pih-DEM",
    "ˈpɔːrʃə": "POR-shuh",
    "t͡ʃɪˈpoʊtleɪ": "chih-POHT-lay",
    "ˈaɪkiə": "EYE-kee-uh",
    "ˈnaɪki": "NYE-kee",
    "ˈhaʊs": "houss",
    "ˈbʌtn̩": "BUT-un",
    "ˈsæŋkʃən": "SANK-shun",
    "ˈɡɛtɪŋ": "GHET-ing",
    "ˈdʒaɪənt": "JYE-unt",
    "ˈriːdər wɜːrks": "REE-dur wurks",
    "ˈmeɪs": "mayss",
    "ˈmɛri ɡəʊ ˈraʊnd": "MAIR-ee goh round",
    "pɪ.ˈloʊ": "pih-LOH",
    "ˈpɪl.oʊ": "PIL-oh",
    "ˈækˌsɛs": "AK-ses",
    "kjuːˈmjuːlə": "kew-MEW-luh",
    "tin": "teen",
    "stɹɛŋkθs": "strenkths",
    "ˈvɪʒən": "VIZH-un",
    "aɪ ˈlaɪk": "eye like",
    "kənˈsaɪs": "kun-SICE",
    "raɪzd": "ryzd",
    "ˈɔɪ.stər": "OY-stur",
    "ʍɪt͡ʃ": "which",
}


@pytest.mark.parametrize(("ipa", "respelled"), WORDS.items())
def test_words_are_respelled_by_syllable_and_stress(ipa, respelled):
    assert respelling(ipa).text == respelled
    assert respelling(ipa).losses == ()


@pytest.mark.parametrize(
    ("ipa", "respelled", "losses"),
    [
        ("ɛʁmɛs", "er-mes", ["'ʁ' is said as 'r'"]),
        ("ʒiˈvɑ̃ʃi", "zhee-VAH-shee", ["'ɑ̃' is said as 'ɑ'"]),
        ("ˈpøʃo", "PUR-shoh", ["'ø' is said as 'ɜ'"]),
        ("ˈmaɲana", "MAH-nyah-nah", ["'ɲ' is said as 'nj'"]),
        ("ˈwɔːɾɚ", "WAW-der", ["'ɾ' is said as 'd'"]),
        ("ˈkʰʊʔ", "koo", ["'kʰ' is said as 'k'", "'ʔ' is left out"]),
        ("ˈbax", "bahkh", []),
    ],
)
def test_what_english_cannot_hint_at_is_reported(ipa, respelled, losses):
    spelling = respelling(ipa)
    assert spelling.text == respelled
    assert list(map(str, spelling.losses)) == losses


@given(TRANSCRIPTIONS)
def test_it_is_only_letters_hyphens_and_spaces(ipa):
    """So whoever is given it can only read it."""
    if error := refusal(respelling, ipa):
        assert "English respelling has no sound near" in str(error)
    else:
        assert re.fullmatch(r"([A-Z]+|[a-z]+)([- ]([A-Z]+|[a-z]+))*|", respelling(ipa).text)


@pytest.mark.parametrize("ipa", ["ˈkǃa", "ˈˈa", ""])
def test_what_is_no_ipa_or_has_clicks_is_refused(ipa):
    with pytest.raises(InvalidText):
        respelling(ipa)


def test_a_voice_without_phonemes_reads_it_nearly_as_it_was_meant():
    """The engine reads the syllables as words of English; its vowels are not far from those that were asked for."""

    def told(ipa):
        return re.sub("[ˈˌː. ]", "", ipa).translate(str.maketrans("ɚɜɐɒɔr", "əəəɑɑɹ"))

    likeness = []
    for ipa, respelled in WORDS.items():
        read = trace(respelled.lower().replace("-", " "), phonemes=False)
        likeness.append(difflib.SequenceMatcher(None, told(ipa.replace("\u0361", "")), told(read)).ratio())
    assert sum(likeness) / len(likeness) > 0.85
