"""What is wrong with a call, a sample or a setting is told before anything is sent to Deepdub."""

from __future__ import annotations

import pytest

from tests.clients import conftest as clients
from tests.clients.both import speak
from tests.deepdub.emulated import TEXT, deepdub, noise, with_client
from voxbridge import (
    InvalidConfig,
    InvalidFormat,
    MissingCredentials,
    Sample,
    UnsupportedFeature,
    UsageError,
    VoiceNotFound,
)
from voxbridge.testing import emulate
from voxbridge_deepdub import Deepdub


speaker, no_proxies, leaves_nothing = clients.speaker, clients.no_proxies, clients.leaves_nothing


def own(**options):
    return {"options": {"deepdub": options}}


CALLS = {
    "tempo with duration": ({"speed": 1.2, "duration": 3.0}, UsageError, "duration"),
    "tempo with target_duration": ({"speed": 1.2, **own(target_duration=3.0)}, UsageError, "exclude each other"),
    "two durations": ({"duration": 2.0, **own(target_duration=3.0)}, UsageError, "exclude each other"),
    "no accent's ratio": (own(accent={"base": "en-US", "target": "fr-FR"}), UsageError, "all three"),
    "no accent's base": (own(accent={"target": "fr-FR", "ratio": 0.5}), UsageError, "all three"),
    "an accent's ratio of 2": (own(accent={"base": "en-US", "target": "fr-FR", "ratio": 2}), UsageError, "0 to 1"),
    "a rate of nobody": ({"format": "linear16/96000"}, InvalidFormat, "96000"),
    "a rate of no mp3": ({"format": "mp3/36000"}, InvalidFormat, "36000"),
    "a rate of no opus": ({"format": "opus/24000"}, InvalidFormat, "24000"),
    "a format of nobody": ({"format": "s16le"}, InvalidFormat, "linear16"),
    "headerless-wav": ({"format": "headerless-wav"}, InvalidFormat, "headerless-wav"),
    "a bad locale": ({"language": "english"}, UsageError, "'english'"),
    "a language of no region": ({"language": "xx"}, UsageError, "no region"),
    "no voice at all": ({"voice": "deepdub/"}, UsageError, "'deepdub/' names none"),
    "no name of a voice": ({"voice": ""}, UsageError, "'' names none"),
    "a voice of no such form": ({"voice": "deepdub/no such"}, VoiceNotFound, "no such"),
    "an option of nobody": (own(temprature=0.4), UsageError, "Did you mean 'temperature'"),
    "a temperature of 2": (own(temperature=2), UsageError, "0 to 1"),
    "a generation that is no UUID": (own(generation_id="mine"), UsageError, "UUID"),
    "a wrong gender": (own(target_gender="robot"), UsageError, "'male' or 'female'"),
    "a field twice": (own(extra={"locale": "fr-FR"}), UsageError, "asked for already"),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_is_wrong_with_a_call_is_told_before_anything_is_sent(speaker, name):
    call, kind, words = CALLS[name]

    async def scenario(client):
        with pytest.raises(kind, match=words):
            await client.synthesize(TEXT, **call)
        if "duration" not in call:
            with pytest.raises(kind, match=words):
                await speak(client, TEXT, "whole", **call)

    with emulate("deepdub", voice="oracle") as server:
        for transport in (None, "http"):
            with_client(speaker, deepdub(server, transport), scenario)
        assert server.connections == 0


SAMPLES = {
    "no audio": (b"I am no recording of a voice. " * 100, "no recording"),
    "nothing": (b"", "empty"),
    "too short": (noise(2.5), "3 to 60 s"),
    "too long": (noise(61), "more than 60 s"),
    "too big": (bytes(20_000_001), "more than 20 MB"),
    "a directory": (".", "is a directory"),
    "nowhere": ("nowhere.wav", "No such file"),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_wrong_with_a_sample_is_told_before_anything_is_sent(speaker, name):
    source, words = SAMPLES[name]

    async def scenario(client):
        with pytest.raises(UsageError, match=words):
            await client.synthesize(TEXT, voice=Sample(source))
        with pytest.raises(UsageError, match=words):
            await client.clone_voice("Maria", source, backend="deepdub", language="en-US", consent="Maria Lopez")
        with pytest.raises(UsageError, match=words):
            await client.classify_gender(source, backend="deepdub")

    with emulate("deepdub", voice="oracle") as server:
        with_client(speaker, deepdub(server), scenario)
        assert server.connections == 0


def test_a_sample_over_open_is_refused_before_anything_is_sent(speaker):
    async def scenario(client):
        with pytest.raises(UnsupportedFeature, match="no sample over /open"):
            await client.synthesize(TEXT, voice=Sample(noise()))

    with emulate("deepdub", voice="oracle") as server:
        with_client(speaker, deepdub(server, "websocket"), scenario)
        assert server.connections == 0


def test_without_a_key_nothing_is_sent(speaker, monkeypatch):
    monkeypatch.delenv("DEEPDUB_API_KEY", raising=False)
    monkeypatch.setattr("socket.getaddrinfo", lambda *args, **settings: pytest.fail("it looks for a host"))

    async def scenario(client):
        for call in (
            client.synthesize(TEXT),
            speak(client, TEXT, "pieces"),
            client.submit(TEXT),
            client.clone_voice("M", noise(), backend="deepdub", language="en-US", consent="Maria Lopez"),
            client.delete_voice("deepdub/any"),
        ):
            with pytest.raises(MissingCredentials, match="DEEPDUB_API_KEY"):
                await call

    with_client(speaker, Deepdub(), scenario)


@pytest.mark.parametrize("settings", [{"region": "mars"}, {"transport": "pigeon"}, {"concurrency": 0}, {"voice": " "}])
def test_a_wrong_setting_is_told_when_it_is_made(settings):
    with pytest.raises(InvalidConfig, match=next(iter(settings))):
        Deepdub("key", **settings)
