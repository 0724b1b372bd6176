"""The catalogue, default voices, names, and what an account adds."""

from __future__ import annotations

from collections import Counter

import pytest

from voxbridge import UnsupportedFeature, Voice, VoiceNotFound
from voxbridge_deepgram._voices import by_id, by_language, catalogue, has_controls, merged


def test_the_catalogue_has_every_voice_that_the_sdk_names():
    languages = Counter(voice.id.rpartition("-")[2] for voice in catalogue("deepgram"))
    assert languages == {"en": 12 + 41, "es": 17, "nl": 9, "fr": 2, "de": 7, "it": 9, "ja": 5}
    assert len({voice.id for voice in catalogue("deepgram")}) == 102


def test_a_voice_has_all_that_is_known_of_it():
    assert by_id("aura-2-draco-en", "deepgram") == Voice(
        id="aura-2-draco-en",
        backend="deepgram",
        name="Draco",
        languages=("en-GB",),
        gender="male",
        description="British accent, adult; warm, approachable, trustworthy, baritone; for storytelling",
        tags=("British", "Adult", "Warm", "Approachable", "Trustworthy", "Baritone", "storytelling"),
    )


def test_every_voice_says_language_gender_and_character():
    for voice in catalogue("deepgram"):
        assert voice.gender in {"female", "male"}
        assert voice.languages[0].count("-") == 1
        assert voice.name
        assert voice.description
        assert len(voice.tags) > 3


def test_voices_that_mix_languages_say_so():
    assert by_id("aura-2-javier-es", "deepgram").languages == ("es-MX", "en")


@pytest.mark.parametrize(
    ("language", "id"),
    [
        ("en-US", "aura-2-thalia-en"),
        ("en", "aura-2-thalia-en"),
        ("EN_us", "aura-2-thalia-en"),
        ("en-GB", "aura-2-draco-en"),
        ("en-AU", "aura-2-hyperion-en"),
        ("en-IE", "aura-angus-en"),
        ("en-ZA", "aura-2-thalia-en"),
        ("es", "aura-2-celeste-es"),
        ("es-ES", "aura-2-nestor-es"),
        ("es-MX", "aura-2-estrella-es"),
        ("de-AT", "aura-2-julius-de"),
        ("fr", "aura-2-agathe-fr"),
        ("it", "aura-2-dionisio-it"),
        ("ja-JP", "aura-2-fujin-ja"),
        ("nl", "aura-2-beatrix-nl"),
    ],
)
def test_the_default_voice_of_a_language_is_its_first_listed_one(language, id):
    assert by_language(language, "deepgram").id == id


@pytest.mark.parametrize("language", ["pt", "e", "", "x-klingon"])
def test_a_language_that_no_voice_speaks_is_refused_with_those_that_are(language):
    with pytest.raises(UnsupportedFeature, match=r"no voice speaks .*; its languages: de-DE en-AU"):
        by_language(language, "deepgram")


def test_a_voice_is_found_whatever_its_capitals():
    assert by_id("Aura-2-Thalia-EN", "deepgram").id == "aura-2-thalia-en"


def test_a_voice_that_is_not_in_the_catalogue_may_be_the_accounts_own():
    assert by_id("aura-2-newcomer-es", "deepgram").languages == ("es",)
    assert by_id("my.model_7", "deepgram") == Voice(id="my.model_7", backend="deepgram")


@pytest.mark.parametrize("id", ["", "a b", "x&callback=https://evil", "../v1/models", "x" * 129, "aura\n"])
def test_what_no_voice_can_be_called_is_refused(id):
    with pytest.raises(VoiceNotFound, match="no voice is called"):
        by_id(id, "deepgram")


@pytest.mark.parametrize("id", ["flux-alexis-en", "Flux-Alexis-EN"])
def test_flux_voices_are_refused_as_another_family(id):
    with pytest.raises(UnsupportedFeature, match=r"Flux voice \(/v2/speak\), which is not supported"):
        by_id(id, "deepgram")


@pytest.mark.parametrize(
    ("id", "controls"),
    [
        ("aura-2-thalia-en", True),
        ("aura-2-celeste-es", True),
        ("aura-2-newcomer-en", True),
        ("aura-asteria-en", False),
        ("aura-2-julius-de", False),
        ("aura-2-fujin-ja", False),
        ("my-model", False),
    ],
)
def test_speed_and_pronunciations_are_aura_2s_in_english_and_spanish(id, controls):
    assert has_controls(id) is controls


MODEL = {
    "name": "angus",
    "canonical_name": "aura-angus-en",
    "architecture": "aura",
    "languages": ["en", "en-IE"],
    "version": "2024-11-19.0",
    "metadata": {"accent": "Gaelic", "color": "#BA80F5", "tags": ["masculine"], "use_cases": ["IVR"]},
}
CUSTOM = {"canonical_name": "aura-2-mine-en", "languages": ["en", "en-US"], "metadata": {"tags": ["feminine"]}}


def found(models):
    return {voice.id: voice for voice in merged(models, "deepgram")}


def test_what_an_account_sees_is_added_to_what_is_shipped():
    voices = found({"tts": [MODEL, CUSTOM]})
    assert len(voices) == 103
    angus = voices["aura-angus-en"]
    assert (angus.languages, angus.gender) == (("en-IE",), "male")
    assert angus.tags == ("Gaelic", "Adult", "Warm", "Friendly", "Natural", "IVR")
    assert voices["aura-2-mine-en"] == Voice(
        id="aura-2-mine-en", backend="deepgram", name="Mine", languages=("en-US", "en"), gender="female"
    )


@pytest.mark.parametrize(
    "models",
    [
        None,
        [],
        {},
        {"tts": None},
        {"tts": [None, 7, {}, {"canonical_name": 7}, {"canonical_name": "flux-a-en"}, {"canonical_name": "a b"}]},
    ],
)
def test_a_list_of_another_shape_adds_nothing(models):
    assert merged(models, "deepgram") == catalogue("deepgram")


def test_a_model_that_says_nothing_is_a_voice_all_the_same():
    odd = {"canonical_name": "odd", "languages": [7], "metadata": {"tags": "feminine", "accent": 7, "age": None}}
    assert found({"tts": [odd]})["odd"] == Voice(id="odd", backend="deepgram", name="odd")
