"""What goes wrong at Deepgram comes out as the error of its kind, with backend, status, code and request id."""

from __future__ import annotations

import pytest

from tests.clients import conftest as clients
from tests.clients.both import heard, speak
from tests.deepgram.emulated import deepgram, with_client
from voxbridge import (
    AuthenticationError,
    BackendError,
    BackendUnavailable,
    EmptyAudio,
    InterruptedSpeech,
    OutOfCredits,
    ProtocolError,
    RateLimited,
    RejectedRequest,
    SynthesisTimeout,
    TextTooLong,
    TruncatedSpeech,
    VoiceNotFound,
)
from voxbridge.testing import emulate, words_text


speaker, no_proxies, leaves_nothing = clients.speaker, clients.no_proxies, clients.leaves_nothing

TEXT = words_text(8)  # one unit, so that the first request is the first one
TRANSPORTS = pytest.mark.parametrize("transport", ["http", "websocket"])
REFUSALS = [
    (400, RejectedRequest, "Bad Request"),
    (401, AuthenticationError, "INVALID_AUTH"),
    (402, OutOfCredits, "ASR_PAYMENT_REQUIRED"),
    (403, AuthenticationError, "INSUFFICIENT_PERMISSIONS"),
    (404, VoiceNotFound, "PROJECT_NOT_FOUND"),
    (408, SynthesisTimeout, "Request Timeout"),
    (413, TextTooLong, "PAYLOAD_TOO_LARGE"),
    (415, RejectedRequest, "UNSUPPORTED_MEDIA_TYPE"),
    (422, RejectedRequest, "UNPROCESSABLE_ENTITY"),
    (429, RateLimited, "Too Many Requests"),
    (500, BackendUnavailable, "Internal Server Error"),
    (502, BackendUnavailable, "Bad Gateway"),
    (503, BackendUnavailable, "Service Unavailable"),
    (504, SynthesisTimeout, "Gateway Timeout"),
]
CLOSES = [
    (1000, TruncatedSpeech, TruncatedSpeech),
    (1001, TruncatedSpeech, TruncatedSpeech),
    (1003, RejectedRequest, RejectedRequest),
    (1008, RejectedRequest, RejectedRequest),
    (1009, TextTooLong, TextTooLong),
    (1011, BackendUnavailable, TruncatedSpeech),
    (4000, TruncatedSpeech, TruncatedSpeech),
]


def failing(speaker, transport, faults, how="whole", **settings):
    """Return the error that one speech ends with, and the emulator."""

    async def scenario(client):
        speech = client.synthesize(TEXT) if how == "synthesize" else speak(client, TEXT, how)
        with pytest.raises((BackendError, InterruptedSpeech)) as caught:
            await speech
        return caught.value

    with emulate("deepgram", voice="oracle", faults=faults) as server:
        return with_client(speaker, deepgram(server, transport), scenario, **settings), server


@TRANSPORTS
@pytest.mark.parametrize(("status", "kind", "code"), REFUSALS, ids=str)
def test_a_refusal_is_the_error_of_its_status(speaker, transport, status, kind, code):
    """Of a request as of a handshake, where the SDK loses the reason."""
    error, server = failing(speaker, transport, [{"on": 0, "kind": "status", "code": status}])
    assert type(error) is kind
    assert (error.backend, error.voice) == ("deepgram", "deepgram/aura-2-thalia-en")
    assert (error.status_code, error.code) == (status, code)
    assert len(error.request_id) == 36
    assert error.detail
    assert all(part in str(error) for part in ("deepgram", str(status), error.detail.rstrip("."), error.request_id))
    assert error.retry_after is None
    assert server.requests[0].status == status


@TRANSPORTS
@pytest.mark.parametrize("status", [429, 503])
def test_the_vendors_wish_to_wait_is_told(speaker, transport, status):
    fault = {"on": 0, "kind": "status", "code": status, "retry_after": 7}
    error, _ = failing(speaker, transport, [fault])
    assert error.retry_after == 7


@TRANSPORTS
@pytest.mark.parametrize("status", [429, 503])
def test_a_short_wish_to_wait_is_granted(speaker, transport, status):
    async def scenario(client):
        assert heard(await speak(client, TEXT, "whole"), TEXT).clean

    faults = [{"on": 0, "kind": "status", "code": status, "retry_after": 0.01}]
    with emulate("deepgram", voice="oracle", faults=faults) as server:
        with_client(speaker, deepgram(server, transport), scenario, retries=1)
        assert server.requests[0].status == status


@TRANSPORTS
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 415, 422])
def test_what_would_be_refused_again_is_not_tried_again(speaker, transport, status):
    faults = [{"on": on, "kind": "status", "code": status} for on in range(4)]
    _, server = failing(speaker, transport, faults, "synthesize", retries=3)
    assert len(server.requests) == 1


@TRANSPORTS
@pytest.mark.parametrize(
    "body", ["", "<html><body><h1>Forbidden</h1></body></html>", "no", "[1]", '{"category": "NO", "message": "no"}']
)
def test_a_refusal_in_other_words_is_told_in_those(speaker, transport, body):
    error, _ = failing(speaker, transport, [{"on": 0, "kind": "status", "code": 403, "body": body}])
    assert type(error) is AuthenticationError
    assert "<" not in str(error)
    assert error.code == ("NO" if "category" in body else None)


@pytest.mark.parametrize("how", ["synthesize", "whole"])
@pytest.mark.parametrize("body", [None, '{"err_code": "OOPS", "err_msg": "no audio today"}', ""])
def test_words_or_nothing_in_a_success_are_no_audio(speaker, how, body):
    faults = [{"on": 0, "kind": "garbage", "body": body}, {"on": 0, "kind": "status", "code": 200, "body": ""}]
    error, _ = failing(speaker, "http", faults[1:] if body == "" else faults[:1], how)
    assert type(error) is (EmptyAudio if body == "" else ProtocolError)
    assert (error.backend, error.request_id is None) == ("deepgram", False)
    if body:
        assert (error.code, error.detail) == ("OOPS", "no audio today")


@TRANSPORTS
@pytest.mark.parametrize("kind", ["cut", "close", "stall"])
def test_audio_that_ends_in_mid_speech_is_interrupted(speaker, transport, kind):
    error, _ = failing(speaker, transport, [{"on": 0, "kind": kind}])
    assert type(error) is InterruptedSpeech
    assert error.spoken + error.unspoken == TEXT
    assert type(error.cause) is (SynthesisTimeout if kind == "stall" else TruncatedSpeech)
    assert (error.cause.backend, len(error.cause.request_id)) == ("deepgram", 36)
    assert error.cause.phase == ("stall" if kind == "stall" else None)


@TRANSPORTS
@pytest.mark.parametrize("kind", ["cut", "close", "stall"])
def test_nothing_of_it_is_given_where_nothing_may_be_lost(speaker, transport, kind):
    error, _ = failing(speaker, transport, [{"on": 0, "kind": kind}], "synthesize")
    assert type(error) is (SynthesisTimeout if kind == "stall" else TruncatedSpeech)


@pytest.mark.parametrize(("code", "before", "after"), CLOSES, ids=str)
def test_a_close_is_the_error_of_its_code(speaker, code, before, after):
    for at, kind in ((0.0, before), (0.5, after)):
        faults = [{"on": 0, "kind": "close", "code": code, "at": at, "body": "a reason"}]
        error, _ = failing(speaker, "websocket", faults, "synthesize")
        assert type(error) is kind
        assert (error.backend, error.status_code, error.detail) == ("deepgram", code, "a reason")
        assert len(error.request_id) == 36


def test_a_close_for_too_much_text_in_a_short_time_loses_nothing(speaker):
    async def scenario(client):
        assert heard(await speak(client, TEXT, "pieces"), TEXT).clean

    faults = [{"on": 0, "kind": "close", "code": 1008, "at": 0, "body": "DATA-0001"}]
    with emulate("deepgram", voice="oracle", faults=faults) as server:
        with_client(speaker, deepgram(server), scenario)
        assert server.handshakes == 2


def test_frames_that_make_no_sense_are_a_protocol_error(speaker):
    error, _ = failing(speaker, "websocket", [{"on": 0, "kind": "garbage", "at": 0}])
    assert type(error) is ProtocolError
    assert len(error.request_id) == 36


def test_a_service_that_is_not_there_is_unavailable(speaker):
    with emulate("deepgram", voice="oracle") as server:
        pass

    async def scenario(client):
        with pytest.raises(BackendUnavailable, match="deepgram") as caught:
            await client.synthesize(TEXT)
        return caught.value

    for transport in ("http", "websocket"):
        assert with_client(speaker, deepgram(server, transport), scenario).status_code is None
