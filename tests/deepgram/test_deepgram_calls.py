"""Voices of an account, the check of a key, and speech that is delivered elsewhere."""

from __future__ import annotations

import json

import pytest

from tests.deepgram.service import unit
from voxbridge import (
    AudioFormat,
    AuthenticationError,
    BackendUnavailable,
    HttpResponse,
    InvalidFormat,
    Job,
    Pronunciation,
    ProtocolError,
    TextTooLong,
    UnsupportedUtterance,
    UsageError,
    VoiceNotFound,
)
from voxbridge_deepgram import Deepgram
from voxbridge_deepgram._voices import catalogue


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in ("DEEPGRAM_API_KEY", "DEEPGRAM_TOKEN", "DEEPGRAM_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def drive(call, status=200, answer=None, headers=None):
    """Answer a call's one request; return the request, None if there was none, and the call's value."""
    request = None
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    try:
        request = next(call)
        call.send(HttpResponse(status=status, headers=headers or {}, body=body))
    except StopIteration as done:
        return request, done.value
    raise AssertionError("a second request")


MODELS = {"tts": [{"canonical_name": "aura-2-mine-en"}]}


def test_with_a_key_the_account_is_asked_for_its_voices():
    request, voices = drive(Deepgram("K", region="eu").voices(), answer=MODELS)
    assert (request.method, request.url) == ("GET", "https://api.eu.deepgram.com/v1/models")
    assert request.headers["Authorization"].reveal() == "Token K"
    assert [voice.id for voice in voices if voice.id == "aura-2-mine-en"]
    assert len(voices) == 103


@pytest.mark.parametrize(
    "made",
    [
        Deepgram,
        lambda: Deepgram(access_token="T"),  # a token may only speak
        lambda: Deepgram(base_url="http://localhost:8080"),
    ],
)
def test_without_a_key_the_catalogue_is_listed_without_a_request(made):
    assert drive(made().voices()) == (None, catalogue("deepgram"))


def test_a_service_of_ones_own_need_not_list_voices():
    _, voices = drive(Deepgram("K", base_url="http://localhost:8080").voices(), 404, b"not here")
    assert voices == catalogue("deepgram")


@pytest.mark.parametrize(
    ("status", "kind"), [(401, AuthenticationError), (404, VoiceNotFound), (503, BackendUnavailable)]
)
def test_a_refusal_of_the_list_is_its_error(status, kind):
    with pytest.raises(kind) as caught:
        drive(Deepgram("K").voices(), status, {"err_code": "C"}, {"dg-request-id": "r"})
    assert (caught.value.code, caught.value.request_id) == ("C", "r")


def test_a_list_that_is_no_json_is_a_protocol_error():
    with pytest.raises(ProtocolError, match="not JSON"):
        drive(Deepgram("K").voices(), 200, b"<html>")


def test_the_check_asks_about_the_key():
    request, value = drive(Deepgram(access_token="T").check(), answer={"scopes": []})
    assert (request.method, request.url) == ("GET", "https://api.deepgram.com/v1/auth/token")
    assert request.headers["Authorization"].reveal() == "Bearer T"
    assert value is None


def test_a_key_that_is_echoed_is_not_shown():
    answer = {"err_code": "INVALID_AUTH", "err_msg": "no such key: canary-key"}
    with pytest.raises(AuthenticationError) as caught:
        drive(Deepgram("canary-key").check(), 401, answer)
    assert "canary" not in str(caught.value)
    assert caught.value.detail == "no such key: [key]"


def test_a_service_of_ones_own_that_answers_at_all_is_there():
    request, _ = drive(Deepgram(base_url="http://localhost:8080").check(), 404, b"not here")
    assert "Authorization" not in request.headers
    with pytest.raises(BackendUnavailable):
        drive(Deepgram(base_url="http://localhost:8080").check(), 503, b"")


CALLBACK = "https://example.com:8443/audio"


def submitted(callback=CALLBACK, text="Hello.", format="mp3/22050", **options):
    made = Deepgram("K")
    job = Job(voice=made.default_voice("en-US"), format=AudioFormat.parse(format), options=options)
    return made.submit(job, unit(text), callback)


def test_what_is_submitted_is_a_request_with_a_callback_and_its_id_is_the_answer():
    request, id = drive(submitted(callback_method="PUT"), answer={"request_id": "r"})
    assert request.url == (
        "https://api.deepgram.com/v1/speak?callback=https%3A%2F%2Fexample.com%3A8443%2Faudio&callback_method=PUT"
        "&encoding=mp3&model=aura-2-thalia-en"
    )
    assert request.body == b'{"text":"Hello."}'
    assert id == "r"


@pytest.mark.parametrize(
    "callback", [None, "", "http://example.com", "https://", "https://example.com:81", 7, "https://[x"]
)
def test_a_callback_that_is_not_delivered_to_is_refused_before_anything_is_sent(callback):
    with pytest.raises(UsageError, match="deepgram delivers"):
        next(submitted(callback))


def test_what_one_request_does_not_take_is_refused_before_it_is_sent():
    with pytest.raises(TextTooLong, match="delivers 2000 characters at once, and here are 2001"):
        next(submitted(text="x" * 2001))
    with pytest.raises(InvalidFormat, match="rates of mp3: 22050"):
        next(submitted(format="mp3/44100"))
    with pytest.raises(UnsupportedUtterance, match="15 characters of IPA"):
        next(submitted(text=[Pronunciation("a", "x" * 16)]))


@pytest.mark.parametrize("answer", [{}, [], {"request_id": 7}])
def test_an_answer_without_an_id_is_a_protocol_error(answer):
    with pytest.raises(ProtocolError, match="no request_id"):
        drive(submitted(), answer=answer)


def test_a_refusal_is_its_error():
    with pytest.raises(AuthenticationError):
        drive(submitted(), 401, {"err_code": "INVALID_AUTH"})
