"""The backends of this package, with the tests that every backend passes."""

from __future__ import annotations

import numpy as np
import pytest
from voxbridge_tone import Morse, Relay

from voxbridge import AuthenticationError, Client, InvalidConfig, MissingCredentials, VoiceNotFound
from voxbridge.testing import BackendConformance, SpeakingHttp, audit, expected_indices, hear_words


class TestMorse(BackendConformance):
    text = "This is one. Two now."

    def make_backend(self, server):
        return Morse()


class TestRelay(BackendConformance):
    def make_server(self):
        return SpeakingHttp()

    def make_backend(self, server):
        return Relay("a key", base_url=server.url)


def marks(samples, dot):
    """Return the dots and dashes of Morse code, by how long its tones last."""
    loud = np.abs(samples.astype(int)).reshape(-1, round(dot * 16000)).mean(axis=1) > 1000
    return "".join("-" if len(tone) == 3 else "." for tone in "".join("x" if on else " " for on in loud).split())


def test_sos_is_three_dots_three_dashes_three_dots():
    speech = Client(Morse(words_per_minute=24)).synthesize("SOS", format="linear16/16000")
    assert marks(speech.samples(), 0.05) == "...---..."


def test_twice_the_speed_is_half_the_time():
    client = Client(Morse(words_per_minute=24))
    assert client.synthesize("Paris").duration == pytest.approx(2.5)
    assert client.synthesize("Paris", speed=2).duration == pytest.approx(1.25)


def test_wrong_settings_are_refused():
    with pytest.raises(InvalidConfig, match="5 to 60"):
        Morse(words_per_minute=0)
    with pytest.raises(VoiceNotFound, match="high and low"):
        Client(Morse()).synthesize("SOS", voice="morse/middle")


def test_the_relay_says_every_word_and_sends_its_key():
    text = "A first sentence. And a second one."
    with SpeakingHttp() as server, Client(Relay("the key", base_url=server.url)) as client:
        speech = client.synthesize(text, format="linear16/8000")
        assert audit(hear_words(speech.audio, 8000), expected_indices(text)).clean
        assert server.headers[0]["authorization"] == "Bearer the key"


def test_a_refused_key_is_an_authentication_error():
    refusal = {"on": 0, "kind": "status", "code": 401, "body": "no such key"}
    with (
        SpeakingHttp(faults=[refusal]) as server,
        Client(Relay("wrong", base_url=server.url)) as client,
        pytest.raises(AuthenticationError, match="no such key"),
    ):
        client.synthesize("Hello.")


def test_without_a_key_it_says_what_to_do(monkeypatch):
    monkeypatch.delenv("RELAY_API_KEY", raising=False)
    with pytest.raises(MissingCredentials, match="RELAY_API_KEY"):
        Client(Relay()).synthesize("Hello.")
