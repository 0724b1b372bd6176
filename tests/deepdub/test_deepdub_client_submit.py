"""Speech that is made in Deepdub's own time, and fetched when it is there."""

from __future__ import annotations

import asyncio
import inspect
import json

import pytest

from tests.clients import conftest as clients
from tests.clients.both import read_back
from tests.deepdub.emulated import TEXT, deepdub, noise, with_client
from voxbridge import AuthenticationError, BackendUnavailable, SynthesisTimeout, UnsupportedFeature, UsageError
from voxbridge.testing import emulate


speaker, no_proxies, leaves_nothing = clients.speaker, clients.no_proxies, clients.leaves_nothing


async def result(deferred, **settings):
    """Wait for speech, with either client's handle."""
    if inspect.iscoroutinefunction(deferred.result):
        return await deferred.result(**settings)
    return await asyncio.to_thread(deferred.result, **settings)


def polls(server):
    return [request.status for request in server.requests if request.method == "GET"]


@pytest.mark.parametrize("format", [None, "mp3", "wav/16000", "linear16/24000", "mulaw/8000", "flac/24000"])
def test_what_was_submitted_is_fetched_in_the_format_that_was_asked_for(speaker, format):
    async def scenario(client):
        deferred = await client.submit(TEXT, format=format)
        assert deferred.id
        await asyncio.sleep(0.1)  # it is likely to be ready then: a poll that comes too early costs a second
        return await result(deferred, timeout=5)

    with emulate("deepdub", voice="oracle") as server:
        speech = with_client(speaker, deepdub(server), scenario)
        assert polls(server)[-1] == 200
    assert read_back(speech, TEXT).clean
    assert speech.backend == "deepdub"
    assert str(speech.format).startswith((format or "wav").partition("/")[0])


def test_it_is_asked_for_again_until_it_is_there(speaker):
    async def scenario(client):
        deferred = await client.submit(TEXT, voice="deepdub/any", language="fr-FR")
        return await result(deferred, timeout=5)

    with emulate("deepdub", voice="oracle", delay=0.5) as server:
        assert read_back(with_client(speaker, deepdub(server), scenario), TEXT).clean
        assert polls(server) == [404, 200]
        sent = json.loads(server.requests[0].body)
    assert sent == {"targetText": TEXT, "model": "dd-etts-3.2", "voicePromptId": "any", "locale": "fr-FR"}


def test_a_wait_for_it_has_an_end(speaker):
    async def scenario(client):
        deferred = await client.submit(TEXT)
        with pytest.raises(SynthesisTimeout):
            await result(deferred, timeout=0.3)

    with emulate("deepdub", voice="oracle", delay=1.0) as server:
        with_client(speaker, deepdub(server), scenario)


@pytest.mark.parametrize(("status", "kind"), [(401, AuthenticationError), (503, BackendUnavailable)])
def test_a_refusal_is_told_at_once(speaker, status, kind):
    async def scenario(client):
        with pytest.raises(kind, match="deepdub"):
            await client.submit(TEXT)

    with emulate("deepdub", voice="oracle", faults=[{"on": 0, "kind": "status", "code": status}]) as server:
        with_client(speaker, deepdub(server), scenario)


@pytest.mark.parametrize("call", [
    {"callback": "https://example.com/audio"}, {"options": {"deepdub": {"accent": {}}}}, {"format": "s16le"},
], ids=lambda call: next(iter(call)))  # fmt: skip
def test_what_it_does_not_take_is_told_before_anything_is_sent(speaker, call):
    async def scenario(client):
        with pytest.raises((UsageError, UnsupportedFeature)):
            await client.submit(TEXT, **call)

    with emulate("deepdub", voice="oracle") as server:
        with_client(speaker, deepdub(server), scenario)
        assert server.connections == 0


def test_a_cloned_voice_may_be_submitted(speaker):
    async def scenario(client):
        maria = await client.clone_voice("M", noise(), backend="deepdub", language="en-US", consent="Maria Lopez")
        deferred = await client.submit(TEXT, voice=maria)
        await asyncio.sleep(0.1)
        return await result(deferred, timeout=5)

    with emulate("deepdub", voice="oracle") as server:
        speech = with_client(speaker, deepdub(server), scenario)
        assert speech.voice.cloned
    assert read_back(speech, TEXT).clean
