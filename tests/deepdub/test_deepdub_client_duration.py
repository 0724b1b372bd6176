"""Speech that is to last so long: by the vendor's own control, else by a second pass; what is off is told."""

from __future__ import annotations

import json

import pytest

from tests.clients import conftest as clients
from tests.clients.both import read_back
from tests.deepdub.emulated import TEXT, deepdub, patient, with_client
from voxbridge import UsageError, Utterance
from voxbridge.testing import emulate


speaker, no_proxies, leaves_nothing = clients.speaker, clients.no_proxies, clients.leaves_nothing

SENTENCE = "This is how long it should last, and neither longer nor shorter."
DEAF = {"model": "dd-etts-3.4"}


def spoken(speaker, text, *, voice="oracle", settings=None, **call):
    """Return the speech, and what was asked for where requests did it."""

    async def scenario(client):
        return await client.synthesize(text, **call)

    with emulate("deepdub", voice=voice) as server:
        speech = with_client(speaker, deepdub(server, **(settings or {})), scenario, timeouts=patient(5))
        return speech, [json.loads(request.body) for request in server.requests if request.body], server


def off(speech):
    return [lost for lost in speech.degradations if lost.feature == "duration"]


@pytest.mark.parametrize("transport", [None, "http", "websocket"])
@pytest.mark.parametrize("seconds", [1.5, 2.0])
def test_the_vendor_keeps_it_where_the_model_does(speaker, transport, seconds):
    format = "mulaw/8000" if transport == "http" else None
    speech, asked, server = spoken(speaker, TEXT, settings={"transport": transport}, duration=seconds, format=format)
    assert speech.duration == pytest.approx(seconds, rel=0.03)
    assert read_back(speech, TEXT).clean
    assert (len(server.texts), off(speech)) == (1, [])
    if transport == "http":
        [body] = asked
        assert body["targetDuration"] == seconds
        assert not {"tempo", "duration"} & body.keys()


@pytest.mark.parametrize("factor", [0.75, 1.4])
def test_a_model_that_does_not_keep_it_is_asked_twice(speaker, factor):
    """The second time at the speed that the first one shows."""
    plain, _, _ = spoken(speaker, SENTENCE, voice="espeak", settings=DEAF)
    wanted = plain.duration * factor
    speech, _, server = spoken(speaker, SENTENCE, voice="espeak", settings=DEAF, duration=wanted)
    assert len(server.texts) == 2
    assert abs(speech.duration - wanted) < abs(plain.duration - wanted) / 3
    assert bool(off(speech)) == (abs(speech.duration - wanted) > 0.03 * wanted)
    assert len(speech.attempts) == 2
    assert sum(bill.amount for bill in speech.billed) == pytest.approx(plain.duration + speech.duration, abs=0.01)


def test_what_nobody_keeps_is_told(speaker):
    """The words of the oracle know no speed."""
    speech, _, server = spoken(speaker, TEXT, settings=DEAF, duration=2.0)
    assert len(server.texts) == 2
    [lost] = off(speech)
    assert lost.done == "came out as 1.20 s instead of 2 s"
    assert read_back(speech, TEXT).clean


def test_a_model_of_one_call_that_ignores_it_is_told(speaker):
    speech, _, _ = spoken(speaker, TEXT, duration=2.0, options={"deepdub": {"model": "dd-etts-3.4"}})
    assert {lost.done for lost in off(speech)} == {
        "dd-etts-3.4 is known to ignore it", "came out as 1.20 s instead of 2 s"
    }  # fmt: skip


def test_pauses_are_in_it(speaker):
    text = Utterance().text("w1 w2.").pause(0.5).text(" w3 w4.")
    speech, _, _ = spoken(speaker, text, duration=1.3)
    assert read_back(speech, "w1 w2. w3 w4.").clean
    assert speech.duration == pytest.approx(1.3, rel=0.03) or off(speech)


def test_pauses_that_last_longer_are_refused(speaker):
    with pytest.raises(UsageError, match="pauses"):
        spoken(speaker, Utterance().text("w1.").pause(3).text("w2."), duration=2.0)
