"""What goes wrong at Deepdub comes out as the error of its kind, with all that it says."""

from __future__ import annotations

import pytest

from tests.clients import conftest as clients
from tests.clients.both import heard, speak
from tests.deepdub.emulated import LATER, SOCKETS, TEXT, TRANSPORTS, deepdub, left_over, said, until, with_client
from voxbridge import (
    AuthenticationError,
    BackendError,
    BackendUnavailable,
    InterruptedSpeech,
    OutOfCredits,
    ProtocolError,
    RateLimited,
    RejectedRequest,
    SynthesisTimeout,
    TextTooLong,
    VoiceNotFound,
)
from voxbridge.testing import emulate


speaker, no_proxies, leaves_nothing = clients.speaker, clients.no_proxies, clients.leaves_nothing

FORMATS = {"http": "mulaw/8000"}  # what requests give by themselves; sockets give what a stream gives by default


def failing(speaker, transport, faults=(), settings=None, **options):
    """Return the error that one speech ends with, and the emulator. Afterwards another speech is heard."""

    async def scenario(client):
        format = FORMATS.get(transport)
        with pytest.raises((BackendError, InterruptedSpeech)) as caught:
            await speak(client, TEXT, "whole", format=format)
        if not options:
            await said(client, LATER, format=format)
        await until(lambda: not left_over(client))
        return caught.value

    with emulate("deepdub", voice="oracle", faults=list(faults), **options) as server:
        backend = deepdub(server, transport, **(settings or {}))
        return with_client(speaker, backend, scenario), server


REFUSALS = [
    (400, RejectedRequest),
    (401, AuthenticationError),
    (402, OutOfCredits),
    (403, AuthenticationError),
    (404, VoiceNotFound),
    (413, TextTooLong),
    (422, RejectedRequest),
    (429, RateLimited),
    (500, BackendUnavailable),
    (502, BackendUnavailable),
    (503, BackendUnavailable),
    (504, SynthesisTimeout),
]


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize(("status", "kind"), REFUSALS, ids=str)
def test_a_refused_request_or_handshake_is_the_error_of_its_status(speaker, transport, status, kind):
    error, _ = failing(speaker, transport, [{"on": 0, "kind": "status", "code": status}])
    assert type(error) is kind
    assert (error.backend, error.status_code) == ("deepdub", status)
    assert error.detail
    assert all(part in str(error) for part in ("deepdub", str(status), error.detail.rstrip(".")))


@pytest.mark.parametrize(
    ("status", "kind"), [case for case in REFUSALS if case[0] in {400, 402, 404, 429, 500}], ids=str
)
def test_a_refused_generation_is_the_error_of_its_frame(speaker, status, kind):
    """On a socket it is refused by a frame; those of ``/ws`` have words alone, and no type."""
    for transport in SOCKETS:
        error, server = failing(speaker, transport, [{"on": 1, "kind": "status", "code": status}])
        assert type(error) is kind
        assert (error.backend, error.voice) == ("deepdub", "deepdub/5d3dc622-69bd-4c00-9513-05df47dbdea6_authoritative")
        assert len(error.request_id) == 36
        assert error.detail
        assert server.requests[0].status == 101


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404])
def test_what_would_be_refused_again_is_not_tried_again(speaker, transport, status):
    faults = [{"on": on, "kind": "status", "code": status} for on in range(3)]

    async def scenario(client):
        with pytest.raises(BackendError):
            await client.synthesize(TEXT, format="mulaw/8000")
        assert len(server.requests) == 1

    with emulate("deepdub", voice="oracle", faults=faults) as server:
        with_client(speaker, deepdub(server, transport), scenario, retries=3)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_what_may_succeed_is_tried_again(speaker, transport):
    async def scenario(client):
        await said(client, TEXT, format="mulaw/8000")

    faults = [{"on": 0, "kind": "status", "code": 429, "retry_after": 0.01}]
    with emulate("deepdub", voice="oracle", faults=faults) as server:
        with_client(speaker, deepdub(server, transport), scenario, retries=1)
        assert [request.status for request in server.requests] == [429, 200 if transport == "http" else 101]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_key_of_another_region_is_told_to_be_one(speaker, transport):
    error, server = failing(speaker, transport, keys=["dd-of-europe"], settings={"api_key": "dd-us", "region": "eu"})
    assert type(error) is AuthenticationError
    assert "a key is bound to one region, and this is 'eu'" in str(error)
    assert "dd-us" not in str(error)
    assert [request.status for request in server.requests] == [401]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_the_free_trial_ends_after_ten(speaker, transport):
    async def scenario(client):
        format = FORMATS.get(transport)
        for _ in range(10):
            await said(client, "w1.", format=format)
        for _ in range(2):
            with pytest.raises(RateLimited, match=r"free trial .* get a key of your own") as caught:
                await client.synthesize("w1.", format=format)
            assert "Free tier quota exceeded (used: 10)" in caught.value.detail
            assert not caught.value.retryable
        assert server.billed == pytest.approx(10 * 0.2)

    with emulate("deepdub", voice="oracle", limits={"trials": 10}) as server:
        with_client(speaker, deepdub(server, transport), scenario, retries=2)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_an_account_without_credits_is_told_so(speaker, transport):
    error, _ = failing(speaker, transport, limits={"credits": 0})
    assert type(error) is OutOfCredits
    assert "no remaining credits" in error.detail


def test_words_where_audio_should_be_are_no_audio(speaker):
    for body in (None, '{"success": false, "message": "no audio today"}'):
        error, _ = failing(speaker, "http", [{"on": 0, "kind": "garbage", "body": body}])
        assert type(error) is ProtocolError
        assert error.detail == ("no audio today" if body else "502 Bad Gateway 502 Bad Gateway")


GARBAGE = {
    "bad base64": '{"generationId": "$generationId", "index": 9, "data": "%%%", "isFinished": false}',
    "half of base64": '{"generationId": "$generationId", "index": 9, "data": "abcde", "isFinished": false}',
    "audio that is no str": '{"generationId": "$generationId", "index": 9, "data": [1], "isFinished": false}',
    "bad JSON": '{"generationId": "$generationId", ',
    "no object": "[1, 2]",
    "no JSON": "<html>no</html>",
    "a chunk twice": '{"generationId": "$generationId", "index": 0, "data": "AAAA", "isFinished": false}',
}


@pytest.mark.parametrize("transport", SOCKETS)
@pytest.mark.parametrize("name", GARBAGE)
def test_a_frame_that_makes_no_sense_is_a_protocol_error(speaker, transport, name):
    fault = {"on": 0, "kind": "garbage", "at": 0.5, "body": GARBAGE[name]}
    error, server = failing(speaker, transport, [fault])
    assert type(error) is InterruptedSpeech
    assert error.spoken + error.unspoken == TEXT
    assert type(error.cause) is ProtocolError
    assert server.handshakes == 2  # a socket on which it came is not used again


@pytest.mark.parametrize("how", ["whole", "synthesize"])
def test_audio_of_another_generation_is_nobodys(speaker, how):
    """Of a generation that nobody here has asked for, in the midst of one's own."""
    body = '{"generationId": "11111111-2222-4333-8444-555555555555", "index": 1, "data": "f39/", "isFinished": false}'

    async def scenario(client):
        if how == "synthesize":
            assert (await client.synthesize(TEXT)).duration == pytest.approx(1.2)
        else:
            assert heard(await speak(client, TEXT, how), TEXT).clean
        await said(client, LATER)
        assert server.handshakes == 1

    with emulate("deepdub", voice="oracle", faults=[{"on": 0, "kind": "garbage", "body": body}]) as server:
        with_client(speaker, deepdub(server, "websocket"), scenario)


def test_another_format_than_the_one_asked_for_is_noticed(speaker):
    """``/ws`` silently falls back to WAV for a format that it does not know."""
    sent = '{"generationId": "$generationId", "index": 0, "data": "UklGRiQAAABXQVZFZm10IA==", "isFinished": false}'
    error, _ = failing(speaker, "streaming", [{"on": 0, "kind": "garbage", "at": 0, "body": sent}])
    assert type(error) is ProtocolError
    assert "the service fell back to its default" in str(error)


@pytest.mark.parametrize("code", [1001, 1008, 1009, 1011, 4401])
@pytest.mark.parametrize("transport", SOCKETS)
def test_a_close_says_what_it_says(speaker, transport, code):
    fault = {"on": 0, "kind": "close", "code": code, "at": 0.5, "body": "a reason"}
    error, server = failing(speaker, transport, [fault])
    assert type(error) is InterruptedSpeech
    assert (error.cause.status_code, error.cause.detail) == (code, "a reason")
    assert isinstance(error.cause, (RejectedRequest, BackendError))
    assert server.handshakes == 2


def test_a_service_that_is_not_there_is_unavailable(speaker):
    with emulate("deepdub", voice="oracle") as server:
        pass

    async def scenario(client):
        with pytest.raises(BackendUnavailable, match="deepdub"):
            await client.synthesize(TEXT)

    for transport in TRANSPORTS:
        with_client(speaker, deepdub(server, transport), scenario)
