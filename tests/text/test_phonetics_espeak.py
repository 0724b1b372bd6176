"""What is sent to espeak sounds as it was meant: the engine is asked what it speaks."""

from __future__ import annotations

import unicodedata

import pytest
from gruut_ipa.espeak import IPA_TO_ESPEAK
from hypothesis import given
from hypothesis import strategies as st

from tests.espeak.traces import trace
from tests.text.transcriptions import TRANSCRIPTIONS, refusal
from voxbridge import InvalidText, UnsupportedFeature
from voxbridge.text.phonetics import espeak_knows, parse_ipa, to_espeak
from voxbridge.text.phonetics._chart import VOWELS
from voxbridge.text.phonetics._espeak_sounds import SOUNDS


# What the engine prints for a sound where it writes it otherwise, or where the accent of the voice says it otherwise.
EVERYWHERE = {"i̯": "j", "u̯": "w", "ɹ": "ɹ r", "r": "r", "ai": "aɪ", "ei": "eɪ", "oi": "oɪ", "ui": "uɪ", "au": "aʊ"}
ENGLISH = {"r": "ɹ r", "ɐ": "ʌ", "ɜ": "ɜː", "ɝ": "ɜː", "ɑ": "ɑː", "e": "ɛ", "ɪə": "iə"}
PRINTED = {
    "en": ENGLISH | {"ɚ": "ə", "æ": "a", "oʊ": "əʊ", "ɛə": "eə"},
    "en-us": ENGLISH | {"t": "t ɾ", "ɒ": "ɑː", "ɨ": "ᵻ", "əʊ": "oʊ", "ɑɹ": "ɑːɹ", "ɔɹ": "ɔːɹ"},
    "de": {"aː": "ɑː", "ɐ": "ɜ", "ɐ̯": "ɜ", "ɔʏ": "ɔø", "ɔɪ": "ɔø"},
    "fr": {"ɥ": "y"},
    "es": {"b": "b β", "d": "d ð", "ɡ": "ɡ ɣ", "eu": "eʊ"},
    "it": {"eu": "eʊ"},
}


def printed(ipa, language):
    """Return the ways in which the trace may have a sound."""
    rhotic = "ɜː" if language == "en-us" and ipa in {"ɜːɹ", "ɜɹ", "ɝɹ", "ɜːr", "ɜr", "ɝr"} else ""
    ipa = ipa.replace("r", "ɹ") if len(ipa) > 1 and language == "en-us" else ipa
    known = rhotic or PRINTED[language].get(ipa) or EVERYWHERE.get(ipa, ipa)
    return [unicodedata.normalize("NFD", way) for way in known.split()]


def spoken(ipa, language):
    heard = unicodedata.normalize("NFD", trace(f"[[{to_espeak(ipa, language)}]]", language))
    return heard.replace("ɚ", "ə") if heard[0] == "ɚ" else heard  # so Americans say ə before r


@pytest.mark.parametrize(("language", "ipa"), [(language, ipa) for language in SOUNDS for ipa in SOUNDS[language]])
def test_every_sound_is_the_one_that_the_voice_speaks(language, ipa):
    assert to_espeak(ipa, language).losses == ()
    ways = printed(ipa, language)
    if parse_ipa(ipa)[0].syllabic and ipa[0] in VOWELS:
        assert spoken(f"sˈ{ipa}s", language) in [f"sˈ{way}s" for way in ways]
        return
    assert spoken(f"ˈis{ipa}", language) in [f"ˈis{way}" for way in ways]
    if "\u0329" not in ipa:
        assert spoken(f"əˈ{ipa}i", language) in [f"ə{way}ˈi" for way in ways]
        assert spoken(f"{ipa}ˈi", language) in [f"{way}ˈi" for way in ways]


WORDS = [
    ("en-US", "duːˈpɪljuːmæb", "duːpˈɪljuːmæb"),
    ("en-US", "dupˈɪljumæb", "dupˈɪljumæb"),
    ("en-US", "ˌæzəˈθaɪəˌpriːn", "ˌæzəθˈaɪəpɹˌiːn"),
    ("en-US", "ɛɹˈmɛz", "ɛɹmˈɛz"),
    ("en-US", "ˌɛs.kjuːˈɛl", "ˌɛskjuːˈɛl"),
    ("en-US", "ˈŋwiən", "ŋwˈiən"),
    ("en-US", "sɪˈmæɡluːˌtaɪd", "sɪmˈæɡluːtˌaɪd"),
    ("en-US", "t͡ʃɪˈpoʊtleɪ", "tʃɪpˈoʊtleɪ"),
    ("en-US", "ˈbʌʔn̩", "bˈʌʔn̩"),
    ("en-US", "ˈwɔtɚ", "wˈɔːɾɚ wˈɔɾɚ"),
    ("en-US", "haʊs", "hˈaʊs"),
    ("en-GB", "ˈwʊstə", "wˈʊstə"),
    ("en-GB", "ˌpærəˈsiːtəmɒl", "pˌaɹəsˈiːtəmɒl"),
    ("en-GB", "ˈəʊzɛmpɪk", "ˈəʊzɛmpɪk"),
    ("en-GB-scotland", "lɒx", "lˈɒx"),
    ("de", "aspiˈʁiːn", "aspiʁˈiːn"),
    ("de", "ˈmʏnçn̩", "mˈʏnçn̩"),
    ("de", "paʁatseːtaˈmoːl", "paʁatseːtamˈoːl"),
    ("de", "ˈt͡saɪ̯t", "tsˈaɪt"),
    ("de", "ˈʔapfl̩", "ʔˈapfl̩"),
    ("de", "bɛd", "bˈɛd"),
    ("de", "ˈʃpʁaxə", "ʃpʁˈaxə"),
    ("fr", "ɛʁmɛs", "ɛʁmˈɛs"),
    ("fr", "bɔ̃ʒuʁ", "bɔ̃ʒˈuʁ"),
    ("fr-CA", "pø.ʒo", "pøʒˈo"),
    ("fr", "dypilymab", "dypilymˈab"),
    ("es", "ˈpero", "pˈero"),
    ("es", "ˈpeɾo", "pˈeɾo"),
    ("es-MX", "iβupɾoˈfeno", "iβupɾofˈeno"),
    ("es", "ˈɲandu", "ɲˈandu"),
    ("it", "ˈpitːsa", "pˈitːsa"),
    ("it", "ˈɲɔkki", "ɲˈɔkkɪ"),
    ("it", "parat͡ʃetaˈmɔlo", "paratʃetamˈɔlo"),
]
VOICES = {"en-gb": "en", "en-gb-scotland": "en-gb-scotland", "fr-ca": "fr", "es-mx": "es-419"}


@pytest.mark.parametrize(("language", "ipa", "said"), WORDS)
def test_words_are_spoken_as_they_are_written(language, ipa, said):
    spelling = to_espeak(ipa, language)
    heard = trace(f"[[{spelling}]]", VOICES.get(language.lower(), language.lower()))
    assert unicodedata.normalize("NFD", heard) in unicodedata.normalize("NFD", said).split()
    assert spelling.losses == ()


@pytest.mark.parametrize(
    ("language", "ipa", "espeak", "losses"),
    [
        ("en-US", "bax", "b|'A:|x", ["'a' is said as 'ɑ'"]),
        ("en-US", "tʰin", "t|'i|n", ["'tʰ' is said as 't'"]),
        ("en-US", "ˈʃøːnə", "S|'3:|n|@", ["'øː' is said as 'ɜː'"]),
        ("en-US", "bɔ̃bõ", "b|O~|b|o", ["'õ' is said as 'o'"]),
        ("de", "duːˈpɪljuːmæb", "d|u:|p|'I|l|j|u:|m|a|b|;|_|", ["'æ' is said as 'a'"]),
        ("de", "ʁyk", "Q\"|'y:|k", ["'y' is said as 'yː'"]),
        ("fr", "ˈwɔtɚ", "w|'O|t|@|R", ["'ɚ' is said as 'ər'"]),
        ("es", "sɪˈɡaɾo", "s|i|g|'a|**|o", ["'ɪ' is said as 'i'"]),
        ("it", "mǎ˥", "m|'a", ["'ǎ' is said without its tone", "'˥' is left out"]),
        ("it", "ˈaˑ", "'a:", ["'aˑ' is said as 'aː'"]),
    ],
)
def test_what_a_voice_cannot_say_is_said_as_what_is_near_and_reported(language, ipa, espeak, losses):
    spelling = to_espeak(ipa, language)
    assert spelling.text == espeak
    assert [unicodedata.normalize("NFC", str(loss)) for loss in spelling.losses] == losses


@pytest.mark.parametrize(
    ("language", "ipa", "espeak"),
    [
        ("en", "kæt", "k|'a|t"),
        ("en", "ðə", "D|@"),
        ("en", "bəˈnɑːnə bæd", "b|@|n|'A:|n|@ b|a|d"),
        ("en", "bənɑːnə", "b|@|n|'A:|n|@"),
        ("en", "pɪloʊ", "p|I|l|oU"),
        ("fr", "pətit", "p|@|t|'i|t"),
        ("fr", "lə paʁi", "l|@ p|a|r|'i"),
    ],
)
def test_without_any_mark_a_vowel_that_can_be_meant_is_stressed(language, ipa, espeak):
    assert to_espeak(ipa, language).text == espeak


@given(TRANSCRIPTIONS, st.sampled_from(sorted(SOUNDS)))
def test_the_engine_takes_whatever_it_is_sent(ipa, language):
    """It ends a word without a message at what it does not know; so each gets an x at its end, which must be heard."""
    if refusal(lambda ipa: to_espeak(ipa, language), ipa):
        return
    for word in to_espeak(ipa, language).text.split():
        assert trace(f"[[{word}|x]]", language).endswith("x")


def test_a_word_is_cut_before_the_engine_writes_beyond_its_memory():
    words = to_espeak("ˈpɪlə" * 100, "en-US").text.split()
    assert max(len(word.split("|")) for word in words) <= 60
    assert trace(" ".join(f"[[{word}]]" for word in words), to_the_end=True).count("pˈɪl") == 100


@pytest.mark.parametrize("ipa", ["ˈkǃa", "ʘ"])
def test_a_click_is_near_nothing(ipa):
    with pytest.raises(InvalidText, match=r"espeak \(en-us\) has no sound near '[ǃʘ]'") as caught:
        to_espeak(ipa, "en-US")
    assert caught.value.position == ipa.index(ipa[-2] if len(ipa) > 1 else ipa)


@pytest.mark.parametrize(
    ("language", "known"),
    [("en-US", True), ("en_us", True), ("EN-gb-x-rp", True), ("fr-CH", True), ("es-419", True), ("ja", False)],
)
def test_it_is_known_whose_phonemes_are_known(language, known):
    assert espeak_knows(language) is known
    if not known:
        with pytest.raises(
            UnsupportedFeature, match=r"voices for 'ja' are not known here, only those of de, en, en-us"
        ):
            to_espeak("ka", language)


def test_gruut_ipa_knows_the_same_phonemes():
    """Where it names phonemes of English that the engine has; those it prints otherwise are settled by its trace."""
    otherwise = set("ɑɒeɜɝɨʝɫɬrɾʁʍ")
    same = [ipa for ipa in SOUNDS["en-us"] if ipa in IPA_TO_ESPEAK and ipa not in otherwise]
    assert len(same) > 45
    assert [SOUNDS["en-us"][ipa] for ipa in same] == [IPA_TO_ESPEAK[ipa] for ipa in same]
