"""Voices of an account, clones, gender, the check of a key, and speech that is fetched later."""

from __future__ import annotations

import json
from base64 import b64decode
from uuid import UUID

import pytest

from tests.deepdub.recordings import drive, sample
from voxbridge import (
    AudioFormat,
    AuthenticationError,
    BackendUnavailable,
    Gender,
    HttpRequest,
    Job,
    Pause,
    ProtocolError,
    TextUnit,
    UsageError,
    Voice,
    VoiceNotFound,
    Words,
)
from voxbridge_deepdub import _calls
from voxbridge_deepdub._account import find_account
from voxbridge_deepdub._options import Options
from voxbridge_deepdub._voices import catalogue


BASE = "https://restapi.eu.deepdub.ai/api/v1"
HERE = "http://127.0.0.1:9/api/v1"


@pytest.fixture
def account():
    return find_account(api_key="canary-key", region="eu")


@pytest.fixture
def nobodys():
    return find_account(base_url=HERE, api_key="canary-key")


def body(request):
    return json.loads(request.body)


# -- voices


def test_with_a_key_the_account_is_asked_for_its_voices(account):
    (request,), voices = drive(_calls.list_voices(account, "deepdub"), (200, {"voicePrompts": [{"id": "vp_1"}]}))
    assert (request.method, request.url, request.body) == ("GET", f"{BASE}/voice", b"")
    assert request.headers["x-api-key"].reveal() == "canary-key"
    assert (len(voices), voices[-1].id) == (28, "vp_1")


def test_a_full_page_is_asked_for_again_whole(account):
    page = [{"id": f"vp_{number}"} for number in range(100)]
    (_, again), voices = drive(_calls.list_voices(account, "deepdub"), (200, page), (200, [*page, {"id": "vp_100"}]))
    assert again.url == f"{BASE}/voice?limit=10000"
    assert voices[-1].id == "vp_100"


def test_without_a_key_the_presets_are_listed_without_a_request():
    assert drive(_calls.list_voices(find_account(base_url=HERE), "deepdub")) == ([], catalogue("deepdub"))


def test_a_service_of_ones_own_need_not_list_voices(nobodys):
    _, voices = drive(_calls.list_voices(nobodys, "deepdub"), (404, b"not here"))
    assert voices == catalogue("deepdub")


# -- check


def test_the_check_asks_for_one_voice(account):
    (request,), nothing = drive(_calls.check(account), (200, {"voicePrompts": []}))
    assert (request.method, request.url) == ("GET", f"{BASE}/voice?limit=1")
    assert nothing is None


def test_a_service_of_ones_own_need_only_answer(nobodys):
    drive(_calls.check(nobodys), (404, b""))
    with pytest.raises(AuthenticationError):
        drive(_calls.check(nobodys), (401, b""))


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AuthenticationError), (403, AuthenticationError), (404, VoiceNotFound), (503, BackendUnavailable)],
)
@pytest.mark.parametrize("call", [_calls.check, lambda account: _calls.list_voices(account, "deepdub")])
def test_a_refusal_is_its_error_without_the_key(status, kind, call, account):
    account.key.reveal()
    answer = (status, {"message": "canary-key is refused"}, {"x-generation-id": "r"})
    with pytest.raises(kind) as caught:
        drive(call(account), answer)
    assert "canary" not in str(caught.value)
    assert caught.value.request_id == "r"
    assert kind is not AuthenticationError or "this is 'eu'" in str(caught.value)


# -- clones


def clone(account, recording=None, *, answer=(200, {"response": {"voice_prompt_id": "vp_12345abcde"}}), **asked):
    asked = {"language": "en-US", "gender": "female", "options": {}, **asked}
    call = _calls.clone_voice(account, "deepdub", "Maria", recording or sample(), **asked)
    (request,), voice = drive(call, answer)
    return request, voice


def test_a_clone_is_private_and_its_files_name_stays_here(account):
    recording = sample()
    request, voice = clone(account, recording)
    sent = body(request)
    assert (request.method, request.url) == ("POST", f"{BASE}/voice")
    assert sent["publish"] is False
    assert b64decode(sent.pop("data"), validate=True) == recording.data
    filename, speaker = sent.pop("filename"), sent.pop("speaker_id")
    assert str(UUID(filename)) == filename
    assert str(UUID(speaker)) == speaker
    assert sent == {
        "name": "Maria",
        "gender": "FEMALE",
        "age": 0,
        "locale": "en-US",
        "publish": False,
        "speaking_style": "Neutral",
        "title": "Maria-female-0-en-US-Neutral",
    }
    assert voice == Voice(
        id="vp_12345abcde", backend="deepdub", name="Maria", languages=("en-US",), gender="female", cloned=True
    )
    assert repr(recording.data[100:120])[2:-1] not in repr(request) + repr(voice)


def test_every_clone_is_a_speaker_of_its_own(account):
    first, second = (body(clone(account)[0]) for _ in range(2))
    assert first["speaker_id"] != second["speaker_id"]
    assert first["filename"] != second["filename"]


@pytest.mark.parametrize(
    ("gender", "sent"), [("male", "MALE"), ("female", "FEMALE"), ("neutral", "NON_BINARY"), (None, None)]
)
def test_genders_are_sent_as_the_documents_have_them(account, gender, sent):
    request, voice = clone(account, gender=gender)
    assert body(request).get("gender") == sent
    assert voice.gender == gender


def test_options_of_a_clone_are_sent(account):
    options = {"age": 35, "publish": True, "speaking_style": "narrative", "text": "What was said."}
    sent = body(clone(account, options=options, language="fr")[0])
    assert options.items() <= sent.items()
    assert sent["title"] == "Maria-female-35-fr-FR-narrative"
    assert options.keys() == _calls.CLONE_OPTIONS


@pytest.mark.parametrize(
    "asked",
    [
        {"gender": "woman"},
        {"language": "english"},
        {"options": {"publish": "no"}},
        {"options": {"age": True}},
        {"options": {"text": 7}},
    ],
)
def test_a_wrong_argument_of_a_clone_is_refused_before_anything_is_sent(account, asked):
    with pytest.raises(UsageError, match=r"deepdub: .*give"):
        next(_calls.clone_voice(account, "deepdub", "M", sample(), **{
            "language": "en-US", "gender": None, "options": {}, **asked}))  # fmt: skip


@pytest.mark.parametrize(
    "answer", [{}, [], {"response": {}}, {"response": None}, {"response": {"voice_prompt_id": ""}}]
)
def test_an_answer_without_an_id_is_no_clone(account, answer):
    with pytest.raises(ProtocolError, match=r"voice_prompt_id|no JSON object"):
        clone(account, answer=(200, answer))


def test_a_full_account_is_its_own_error(account):
    with pytest.raises(AuthenticationError, match="a limit of the account is reached"):
        clone(account, answer=(403, {"message": "Voice prompt limit reached for your account"}))


def test_a_voice_is_deleted_by_its_id(account):
    call = _calls.delete_voice(account, Voice(id="asset:a_b", backend="deepdub"))
    (request,), nothing = drive(call, (200, {"success": True}))
    assert (request.method, request.url) == ("DELETE", f"{BASE}/voice/asset%3Aa_b")
    assert nothing is None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((404, {"success": False, "message": "Voice prompt not found"}), VoiceNotFound),
        ((200, {"success": False, "message": "busy"}), ProtocolError),
        ((200, b"<html>"), ProtocolError),
    ],
)
def test_a_voice_that_is_not_deleted_is_an_error(account, answer, kind):
    with pytest.raises(kind):
        drive(_calls.delete_voice(account, Voice(id="vp_1", backend="deepdub")), answer)


def test_gender_is_what_the_classifier_says(account):
    recording = sample()
    answer = {"predicted_gender": "female", "confidence": 0.95, "prediction": {"female": 0.95, "male": 0.05}}
    (request,), gender = drive(_calls.classify_gender(account, recording), (200, answer))
    assert (request.method, request.url) == ("POST", f"{BASE}/gender-detection/classify")
    assert {name: b64decode(value) for name, value in body(request).items()} == {"audio_base64": recording.data}
    assert gender == Gender("female", 0.95)


@pytest.mark.parametrize(
    "answer",
    [{}, [], {"predicted_gender": "female"}, {"predicted_gender": "x", "confidence": 1},
     {"predicted_gender": "male", "confidence": 7}, {"predicted_gender": "male", "confidence": "1"}],
)  # fmt: skip
def test_an_answer_that_says_no_gender_is_an_error(account, answer):
    with pytest.raises(ProtocolError):
        drive(_calls.classify_gender(account, sample()), (200, answer))


# -- speech that is fetched later


def job(**more):
    return Job(voice=Voice(id="V", backend="deepdub"), format=AudioFormat("linear16", 24000), **more)


def submit(account, answer, callback=None, **options):
    unit = TextUnit(0, (Words("Hello [you]."),))
    (request,), id = drive(_calls.submit(account, job(), unit, Options().updated(options), callback), answer)
    return request, id


def test_what_is_submitted_says_no_format_and_its_id_is_the_end_of_a_url(account):
    request, id = submit(account, (200, {"url": "https://elsewhere.example/tts/retroactive/abc123-def456"}))
    assert (request.method, request.url) == ("POST", f"{BASE}/tts/retroactive")
    assert body(request) == {
        "targetText": "Hello (you).",
        "model": "dd-etts-3.2",
        "voicePromptId": "V",
        "locale": "en-US",
    }
    assert id == "abc123-def456"


def test_options_are_submitted_too(account):
    request, _ = submit(account, (200, {"url": "x/abc"}), model="dd-etts-3.0", temperature=0.5,
                        generation_id="22222222-2222-4222-8222-222222222222")  # fmt: skip
    sent = body(request)
    assert (sent["model"], sent["temperature"]) == ("dd-etts-3.0", 0.5)
    assert sent["generationId"].startswith("2222")


def test_there_are_no_callbacks(account):
    with pytest.raises(UsageError, match="no callbacks"):
        submit(account, (200, {}), callback="https://mine.example")


@pytest.mark.parametrize("answer", [{}, [], {"url": ""}, {"url": 7}, {"url": "https://h/"}, {"url": "https://h/a%20b"}])
def test_an_answer_without_an_id_was_not_submitted(account, answer):
    with pytest.raises(ProtocolError):
        submit(account, (200, answer))


MP3 = b"ID3\4" + bytes(60)
NOT_READY = (404, {"success": False, "message": "Generation not found"})


def test_what_is_not_ready_is_asked_for_again_and_again(account):
    asked, (format, audio) = drive(_calls.delivered(account, "abc"), *[NOT_READY] * 6, (200, MP3))
    assert [pause.seconds for pause in asked if isinstance(pause, Pause)] == [1, 2, 4, 5, 5, 5]
    assert {(request.method, request.url) for request in asked if isinstance(request, HttpRequest)} == {
        ("GET", f"{BASE}/tts/retroactive/abc")
    }
    assert (format, audio) == (AudioFormat("mp3"), MP3)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((200, b'{"message": "soon"}'), ProtocolError),
        ((200, b""), ProtocolError),
        ((401, b""), AuthenticationError),
        ((500, b""), BackendUnavailable),
    ],
)
def test_anything_but_speech_is_an_error(account, answer, kind):
    with pytest.raises(kind):
        drive(_calls.delivered(account, "abc"), answer)
