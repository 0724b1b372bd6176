"""The shipped presets, an account's own voices, and ids."""

from __future__ import annotations

import pytest

from voxbridge import Voice, VoiceNotFound
from voxbridge_deepdub._models import LOCALES
from voxbridge_deepdub._voices import DEFAULT, by_id, catalogue, merged


# Those that the wire reference names.
REFERENCE = {
    "bd1b00bb-be1c-4679-8eaa-0fcbfd4ff773": ("male", "en-US"),
    "50a537cf-1ec8-4714-b07e-c589ab76be4b": ("male", "en-US"),
    "c0866c1c-0731-45b2-9c90-21be974513b4": ("female", "en-US"),
    "02215cf5-04af-46f3-a061-48a4c81989bf": ("female", "en-US"),
    "060acdd4-cd61-4b78-a513-90e00afa8835": ("male", "en-US"),
    "b2abb241-ac92-48bf-a890-fec03f43e209": ("male", "en-US"),
    "4202cbc4-5862-4af5-83f4-286ef487d593_reading-neutral": ("female", "es-ES"),
    "731912b7-7e63-4de9-acf6-b16c4bdb0c9e_prompt-V2-Newscaster-Headlines": ("male", "hi-IN"),
}


@pytest.mark.parametrize(("id", "known"), REFERENCE.items())
def test_a_preset_is_known_by_its_id(id, known):
    voice = by_id(id, "deepdub")
    assert (voice.gender, voice.languages[0]) == known
    assert voice in catalogue("deepdub")
    assert not voice.cloned


def test_the_catalogue_is_sound():
    voices = catalogue("second")
    assert len({voice.id for voice in voices}) == len(voices) == 27
    assert {voice.backend for voice in voices} == {"second"}
    for voice in voices:
        assert voice.name
        assert voice.tags
        assert voice.languages[0] in LOCALES
        assert voice.gender in {"female", "male", None}


def test_the_default_voice_is_the_one_of_the_vendors_own_tools():
    assert DEFAULT == "5d3dc622-69bd-4c00-9513-05df47dbdea6_authoritative"
    assert by_id(DEFAULT, "deepdub").languages == ("en-US",)


@pytest.mark.parametrize("id", ["vp_12345abcde", "asset:narrator", "99e250e9-5c12-45e6-adf2-d00f582cc275_x.y"])
def test_any_other_id_is_an_accounts_own(id):
    assert by_id(id, "deepdub") == Voice(id=id, backend="deepdub")


@pytest.mark.parametrize("id", ["", " ", "two words", "a/b", "<config>", 'x"', "x" * 300, "é"])
def test_what_can_be_no_id_is_no_voice(id):
    with pytest.raises(VoiceNotFound) as caught:
        by_id(id, "deepdub")
    assert caught.value.voice == f"deepdub/{id}"


MINE = {
    "id": "vp_1", "title": "T", "name": "Maria", "locale": "es-MX", "text": "hola", "createdAt": "2026-01-01T00:00:00Z",
    "speakerId": "s", "gender": "FEMALE", "speakingStyle": "Neutral",
}  # fmt: skip


@pytest.mark.parametrize("wrap", [lambda own: {"voicePrompts": own}, lambda own: {"voices": own}, lambda own: own])
def test_an_accounts_voices_are_found_however_they_are_listed(wrap):
    voices = merged(wrap([MINE]), "deepdub")
    assert voices[:-1] == catalogue("deepdub")
    assert voices[-1] == Voice(
        id="vp_1",
        backend="deepdub",
        name="Maria",
        languages=("es-MX",),
        gender="female",
        description="neutral style",
        tags=("Neutral",),
        cloned=True,
    )


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("MALE", "male"), ("male", "male"), ("NON_BINARY", "neutral"), ("other", None), (None, None), (7, None)],
)
def test_genders_are_read_in_either_case(theirs, ours):
    assert merged([{"id": "vp_1", "gender": theirs}], "deepdub")[-1].gender == ours


def test_only_the_id_must_be_there():
    assert merged([{"id": "vp_1"}], "deepdub")[-1] == Voice(id="vp_1", backend="deepdub", cloned=True)
    assert merged([{"id": "vp_1", "title": "T"}], "deepdub")[-1].name == "T"


@pytest.mark.parametrize(
    "listed",
    [None, {}, [], 7, "x", {"voicePrompts": None}, [7], [{}], [{"id": 7}], [{"id": ""}], [{"id": "a b"}], [None]],
)
def test_what_is_no_voice_is_passed_over(listed):
    assert merged(listed, "deepdub") == catalogue("deepdub")


def test_a_preset_that_is_listed_too_is_not_there_twice():
    voices = merged([{"id": DEFAULT}], "deepdub")
    assert voices == catalogue("deepdub")
