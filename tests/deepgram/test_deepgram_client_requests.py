"""What is asked of Deepgram, and what is refused or changed before it is asked."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.clients import conftest as clients
from tests.clients.both import read_back
from tests.deepgram.emulated import call, deepgram, with_client
from voxbridge import (
    AuthenticationError,
    MissingCredentials,
    Route,
    Router,
    TextTooLong,
    UnsupportedFeature,
    UnsupportedUtterance,
    UsageError,
    Utterance,
    VoiceNotFound,
)
from voxbridge.testing import WordVoice, emulate
from voxbridge_deepgram import Deepgram


speaker, no_proxies, leaves_nothing = clients.speaker, clients.no_proxies, clients.leaves_nothing

TRANSPORTS = pytest.mark.parametrize("transport", ["http", "websocket"])
FORMAT = "linear16/8000"


@pytest.fixture
def server():
    with emulate("deepgram", voice="oracle", keys=["good-key", "a.good.token"]) as server:
        yield server


def speech_of(speaker, backend, *args, **settings):
    """Return what speaking whole gives."""

    async def scenario(client):
        return await client.synthesize(*args, **settings)

    return with_client(speaker, backend, scenario)


@TRANSPORTS
@pytest.mark.parametrize("voice", ["aura-2-nobody-en", "aura-2-thalia-xx"])
def test_a_voice_that_deepgram_does_not_know_is_not_found(speaker, server, transport, voice):
    with pytest.raises(VoiceNotFound, match="No such model") as caught:
        speech_of(speaker, deepgram(server, transport), "One.", voice=f"deepgram/{voice}")
    assert (caught.value.voice, caught.value.status_code) == (f"deepgram/{voice}", 400)
    assert caught.value.request_id


@pytest.mark.parametrize(
    ("voice", "kind"), [("aura 2", VoiceNotFound), ("flux-alexis-en", UnsupportedFeature)], ids=str
)
def test_what_can_be_no_voice_is_refused_before_anything_is_sent(speaker, server, voice, kind):
    with pytest.raises(kind):
        speech_of(speaker, deepgram(server), "One.", voice=f"deepgram/{voice}")
    assert server.requests == []


@TRANSPORTS
@pytest.mark.parametrize(("speed", "sent"), [(9, "1.5"), (0.1, "0.7")])
def test_a_speed_out_of_range_is_clamped_and_told(speaker, server, transport, speed, sent):
    speech = speech_of(speaker, deepgram(server, transport), "One.", speed=speed)
    assert [(each.backend, each.feature) for each in speech.degradations] == [("deepgram", "speed")]
    assert dict(server.requests[0].query)["speed"] == sent


def test_a_speed_that_the_voice_has_not_is_left_out_and_told(speaker, server):
    speech = speech_of(speaker, deepgram(server), "Eins.", voice="deepgram/aura-2-julius-de", speed=1.2)
    assert [each.feature for each in speech.degradations] == ["speed"]
    assert "speed" not in dict(server.requests[0].query)


@TRANSPORTS
@pytest.mark.parametrize(("voice", "speed"), [("aura-2-thalia-en", 9), ("aura-2-julius-de", 1.2)])
def test_strict_speech_at_such_a_speed_is_refused_before_anything_is_sent(speaker, server, transport, voice, speed):
    with pytest.raises(UnsupportedUtterance, match="speed"):
        speech_of(speaker, deepgram(server, transport), "One.", voice=f"deepgram/{voice}", speed=speed, strict=True)
    assert server.requests == []


@TRANSPORTS
def test_strict_speech_with_a_pronunciation_against_the_rules_is_refused_before_anything_is_sent(
    speaker, server, transport
):
    text = Utterance().text("One. " * 500).pronounce("a", "x" * 16)
    with pytest.raises(UnsupportedUtterance, match="at most 15 characters of IPA for 'a'"):
        speech_of(speaker, deepgram(server, transport), text, strict=True)
    assert server.requests == []


def test_a_text_beyond_the_limit_of_one_delivery_is_refused_before_it_is_sent(speaker, server):
    async def scenario(client):
        with pytest.raises(TextTooLong, match="2000"):
            await call(client, "submit", "word " * 500, callback="https://example.com/audio")

    with_client(speaker, deepgram(server), scenario)
    assert server.requests == []


def test_a_longer_unit_is_cut_to_the_limit(speaker, server):
    text = "word" * 1200 + "."  # without a single place to breathe
    speech = speech_of(speaker, deepgram(server), text)
    assert "".join(unit.text for unit in speech.units) == text
    assert sorted(map(len, server.texts)) == [801, 2000, 2000]  # the next is under way: which comes first is open


def test_without_a_key_nothing_is_sent(speaker, monkeypatch):
    for name in ("DEEPGRAM_API_KEY", "DEEPGRAM_TOKEN", "DEEPGRAM_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(MissingCredentials, match="DEEPGRAM_API_KEY"):
        speech_of(speaker, Deepgram(), "One.")


@TRANSPORTS
def test_a_pause_is_silence_of_its_exact_length(speaker, server, transport):
    utterance = Utterance().text("w1 w2.").pause(0.35).text(" w3.")
    speech = speech_of(speaker, deepgram(server, transport), utterance, format=FORMAT)
    words = WordVoice(vendor=1)
    assert speech.audio == words.speak("w1 w2.", 8000) + bytes(2 * 2800) + words.speak("w3.", 8000)
    assert speech.degradations == ()
    assert np.count_nonzero(speech.samples()[3200:6000]) == 0


@TRANSPORTS
def test_pronunciations_are_sent_inline_and_counted(speaker, server, transport):
    utterance = Utterance().text("w1 ").pronounce("w2", "duːpɪl").text(" w3 ").pronounce("w4", "ˈæb").text(".")
    speech = speech_of(speaker, deepgram(server, transport), utterance, format=FORMAT)
    assert read_back(speech, "w1 w2 w3 w4.").clean
    assert server.texts == [r'w1 \{"word": "w2", "pronounce": "duːpɪl"\} w3 \{"word": "w4", "pronounce": "ˈæb"\}.']
    assert speech.degradations == ()
    assert [billed.amount for billed in speech.billed] == [len("w1 w2 w3 w4.")]
    if transport == "http":
        assert speech.attempts[0].vendor["dg-pronunciations-applied"] == "2"


def test_a_pronunciation_that_deepgram_warns_of_is_told(speaker, server):
    speech = speech_of(speaker, deepgram(server), Utterance().pronounce("w2", "ˈmæb").text("."))
    assert [(each.feature, each.text) for each in speech.degradations] == [("pronunciation", "w2")]
    assert "PRON-008" in speech.degradations[0].done


def test_an_option_that_there_is_not_is_refused_with_those_there_are(speaker, server):
    with pytest.raises(UsageError, match=r"mip_opt_out.*tags"):
        speech_of(speaker, deepgram(server), "One.", options={"deepgram": {"tag": ["a"]}})
    assert server.requests == []


@TRANSPORTS
def test_tags_and_the_opt_out_are_on_the_wire(speaker, server, transport):
    backend = deepgram(server, transport, tags=["of the backend"])
    options = {"deepgram": {"tags": ["a", "b c"], "mip_opt_out": True}}
    speech_of(speaker, backend, "One.", options=options)
    query = server.requests[0].query
    assert [value for name, value in query if name == "tag"] == ["a", "b c"]
    assert ("mip_opt_out", "true") in query


def test_submitted_speech_goes_to_its_callback(speaker, server):
    async def scenario(client):
        options = {"deepgram": {"callback_method": "put"}}
        callback = "https://example.com/audio"
        deferred = await call(client, "submit", "One.", format="mp3", callback=callback, options=options)
        with pytest.raises(UnsupportedFeature, match=r"deepgram delivers to https://example\.com/audio"):
            await call(deferred, "result")
        return deferred

    deferred = with_client(speaker, deepgram(server), scenario)
    (request,) = server.requests
    assert (request.method, request.status, json.loads(request.body)) == ("POST", 200, {"text": "One."})
    asked = dict(request.query)
    assert (asked["callback"], asked["callback_method"]) == ("https://example.com/audio", "PUT")
    assert (len(deferred.id), deferred.url, deferred.backend) == (36, "https://example.com/audio", "deepgram")


def test_submitted_speech_goes_by_the_first_of_a_route_in_its_own_format_and_voice(speaker, server):
    """Nobody joins it to another's, so a compressed format is the vendor's own."""

    async def scenario(client):
        await call(client, "submit", "One.", format="mp3", callback="https://example.com/audio")

    route = Router([Route(deepgram(server), "aura-2-draco-en"), "espeak"])
    with_client(speaker, route, scenario)
    asked = dict(server.requests[0].query)
    assert (asked["encoding"], asked["model"]) == ("mp3", "aura-2-draco-en")


@pytest.mark.parametrize("callback", [None, "http://example.com/audio", "https://example.com:1234/"])
def test_a_callback_that_deepgram_does_not_deliver_to_is_refused_before_anything_is_sent(speaker, server, callback):
    async def scenario(client):
        with pytest.raises(UsageError, match="https"):
            await call(client, "submit", "One.", callback=callback)

    with_client(speaker, deepgram(server), scenario)
    assert server.requests == []


@pytest.mark.parametrize(
    ("credential", "ok"),
    [
        ({"api_key": "good-key"}, True),
        ({"api_key": lambda: "good-key"}, True),
        ({"api_key": None, "access_token": "a.good.token"}, True),
        ({"api_key": "wrong-key"}, False),
        ({"api_key": None, "access_token": "good-key"}, False),
    ],
    ids=["key", "callable", "token", "wrong", "wrong scheme"],
)
def test_a_check_says_whether_the_key_is_let_in(speaker, server, credential, ok):
    async def scenario(client):
        return await client.check()

    (result,) = with_client(speaker, deepgram(server, **credential), scenario)
    assert (result.backend, result.ok, result.host) == ("deepgram", ok, "127.0.0.1")
    assert ok == (result.error is None)
    assert ok or type(result.error) is AuthenticationError
    assert [request.path for request in server.requests] == ["/v1/auth/token"]
    assert server.billed == 0
