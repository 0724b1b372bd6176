"""Speech that is submitted now and fetched later, in both clients."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Sequence
from typing import Any

import pytest

from tests.clients.both import QUICK, read_back
from tests.wires import HttpBackend, LocalBackend
from voxbridge import (
    AsyncDeferred,
    AudioFormat,
    BackendUnavailable,
    Deferred,
    EmptyAudio,
    HttpRequest,
    Pause,
    ProtocolError,
    RateLimited,
    SynthesisTimeout,
    UnsupportedFeature,
    UnsupportedUtterance,
    UsageError,
    Utterance,
    refusal,
)
from voxbridge.audio import codecs_installed, conversion, seconds
from voxbridge.testing import SpeakingHttp


TEXT = "w1 w2 w3."
NOT_YET = {"kind": "status", "code": 404, "body": "not yet"}


class Later(HttpBackend):
    """Asks for what was submitted until it is there. The id is the text."""

    name = "later"
    wait = 0.001
    delivers: AudioFormat | None = None

    def submit(self, job: Any, unit: Any, callback: str | None = None) -> Any:
        if callback:
            raise UsageError("later has no callbacks")
        yield Pause(0)
        return unit.text

    def delivered(self, job: Any, id: str) -> Any:
        body = b'{"text": "%b"}' % id.encode()
        while True:
            answer = yield HttpRequest(method="POST", url=self.url, headers={"Authorization": self.key}, body=body)
            if answer.status == 200:
                return self.delivers or self.format, self.made(answer.body)
            if answer.status != 404:
                raise refusal(answer.status, answer.headers, answer.body)
            yield Pause(self.wait)

    def made(self, audio: bytes) -> bytes:
        """Return what it gives for the server's audio."""
        return audio


async def result(deferred: Any, *timeout: float) -> Any:
    """Wait for what was submitted, as this client's users do."""
    if isinstance(deferred, AsyncDeferred):
        return await deferred.result(*timeout)
    return await asyncio.to_thread(deferred.result, *timeout)


def fetch(speaker: Any, backend: Any, *timeout: float, **call: Any) -> Any:
    """Submit a text and return what comes of it, after it was fetched."""

    async def scenario() -> Any:
        async with speaker(backend) as client:
            deferred = await client.submit(call.pop("text", TEXT), **call)
            return deferred, await result(deferred, *timeout)

    return asyncio.run(scenario())


def faults(*kinds: Any) -> list[dict[str, Any]]:
    return [{"on": n, **fault} for n, fault in enumerate(kinds)]


def test_it_is_asked_for_until_it_is_there(speaker: Any) -> None:
    with SpeakingHttp(faults=faults(NOT_YET, NOT_YET, NOT_YET)) as server:
        deferred, speech = fetch(speaker, Later(server))
        assert server.texts == [TEXT] * 4
    assert (deferred.id, deferred.url, deferred.backend) == (TEXT, None, "later")
    assert read_back(speech, TEXT).clean
    assert (str(speech.format), speech.voice.backend, speech.backend, speech.backends, speech.request_id) == (
        "wav/24000",
        "later",
        "later",
        ("later",),
        TEXT,
    )
    [unit] = speech.units
    assert (unit.text, unit.start, unit.end, unit.backend) == (TEXT, 0.0, speech.duration, "later")
    assert speech.duration == pytest.approx(seconds(speech.format, speech.audio))


def test_both_kinds_have_the_same_fields_and_tell_nothing_but_them(speaker: Any) -> None:
    with SpeakingHttp() as server:
        deferred, _ = fetch(speaker, Later(server))
    assert repr(deferred) == f"{type(deferred).__name__}(id={TEXT!r}, url=None, backend='later')"
    assert list(inspect.signature(Deferred.result).parameters) == list(
        inspect.signature(AsyncDeferred.result).parameters
    )
    assert not any(name.startswith("_") for name in inspect.signature(Deferred).parameters)


@pytest.mark.parametrize("format", ["linear16/16000", "mulaw/8000", "wav/48000"])
def test_it_comes_in_the_format_that_was_asked_for(speaker: Any, format: str) -> None:
    with SpeakingHttp() as server:
        _, speech = fetch(speaker, Later(server), format=format)
    assert str(speech.format) == str(AudioFormat.parse(format))
    assert read_back(speech, TEXT).clean


def test_what_was_lost_of_the_words_is_told(speaker: Any) -> None:
    text = Utterance().pronounce("w1", "wʌn").text(" ").emphasize("w2", "strong").text(" w3.")
    with SpeakingHttp() as server:
        deferred, speech = fetch(speaker, Later(server), text=text)
    assert [(told.feature, told.text) for told in speech.degradations] == [("pronunciation", "w1"), ("emphasis", "w2")]
    assert deferred.id == TEXT


class Compressing(Later):
    """Gives mp3 whatever it is asked for, and does not say at which rate."""

    delivers = AudioFormat("mp3")

    def made(self, audio: bytes) -> bytes:
        pipeline = conversion(self.format, AudioFormat("mp3", 22050))
        return pipeline.feed(audio) + pipeline.flush()


@pytest.mark.skipif(not codecs_installed(), reason="needs the extra codecs")
@pytest.mark.parametrize(
    ("format", "given", "degraded"),
    [
        ("mp3", "mp3/22050", []),
        ("wav", "wav/24000", []),
        ("flac/22050", "flac/22050", []),
        ("mp3/44100", "mp3/44100", ["format"]),
        ("opus", "opus/48000", ["format"]),
    ],
)
def test_a_vendors_own_mp3_stays_as_it_is_or_is_made_into_what_was_asked_for(
    speaker: Any, format: str, given: str, degraded: Sequence[str]
) -> None:
    with SpeakingHttp() as server:
        _, speech = fetch(speaker, Compressing(server), format=format)
    assert (str(speech.format), [told.feature for told in speech.degradations]) == (given, degraded)
    assert read_back(speech, TEXT).clean


def test_it_may_be_asked_for_again_when_it_was_not_ready(speaker: Any) -> None:
    class Slow(Later):
        wait = 0.1

    async def scenario() -> Any:
        async with speaker(Slow(server)) as client:
            deferred = await client.submit(TEXT)
            began = time.monotonic()
            with pytest.raises(SynthesisTimeout, match=r"later: not ready within 0.15 s") as late:
                await result(deferred, 0.15)
            return time.monotonic() - began, late.value.phase, await result(deferred)

    with SpeakingHttp(faults=faults(NOT_YET, NOT_YET)) as server:
        took, phase, speech = asyncio.run(scenario())
        assert len(server.texts) == 3
    assert (took < 0.35, phase) == (True, "total")
    assert read_back(speech, TEXT).clean


@pytest.mark.parametrize("fault", [{"kind": "stall", "at": 0.5}, {"kind": "drip", "at": 0.0, "pace": 0.5}])
@pytest.mark.parametrize("session", [False, True])
def test_a_vendor_that_goes_silent_or_drips_does_not_hold_it_beyond_its_timeout(
    speaker: Any, fault: Any, *, session: bool
) -> None:
    async def scenario() -> float:
        import requests

        http = requests.Session() if session and speaker.blocking else None
        async with speaker(Later(server), http=http) as client:
            deferred = await client.submit(TEXT)
            began = time.monotonic()
            with pytest.raises(SynthesisTimeout) as late:
                await result(deferred, 0.2)
            assert late.value.phase == "total"
            if http:
                http.close()
            return time.monotonic() - began

    if session and not speaker.blocking:
        pytest.skip("requests is blocking")
    with SpeakingHttp(faults=faults(fault)) as server:
        assert asyncio.run(scenario()) < 0.4


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "code": 503}, BackendUnavailable),
        ({"kind": "status", "code": 429}, RateLimited),
        ({"kind": "empty"}, EmptyAudio),
    ],
)
def test_what_goes_wrong_is_the_vendors_error(speaker: Any, fault: Any, error: Any) -> None:
    with SpeakingHttp(faults=faults(NOT_YET, fault)) as server, pytest.raises(error) as raised:
        fetch(speaker, Later(server))
    assert raised.value.backend == "later"


def test_what_is_not_audio_is_an_error_of_the_vendor(speaker: Any) -> None:
    class Confused(Later):
        delivers = AudioFormat("mp3")

    with SpeakingHttp() as server, pytest.raises(ProtocolError) as raised:
        fetch(speaker, Confused(server), format="mp3")
    assert raised.value.backend == "later"


def test_nobody_there_is_an_error_too(speaker: Any) -> None:
    with SpeakingHttp() as server:
        pass

    async def scenario() -> None:
        async with speaker(Later(server), timeouts=QUICK) as client:
            deferred = await client.submit(TEXT)
            with pytest.raises(BackendUnavailable, match="later"):
                await result(deferred)

    asyncio.run(scenario())


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), True, "2"])
def test_a_timeout_is_seconds_above_0(speaker: Any, timeout: Any) -> None:
    with SpeakingHttp() as server:
        with pytest.raises(UsageError, match="give seconds above 0"):
            fetch(speaker, Later(server), timeout)
        assert server.texts == []


def test_a_pause_cannot_be_submitted(speaker: Any) -> None:
    with SpeakingHttp() as server, pytest.raises(UnsupportedUtterance, match="later has no pauses"):
        fetch(speaker, Later(server), text=Utterance().text("w1.").pause(1))


class Elsewhere(HttpBackend):
    """Delivers to a callback."""

    name = "elsewhere"

    def submit(self, job: Any, unit: Any, callback: str | None = None) -> Any:
        yield Pause(0)
        return "id"


def test_what_is_delivered_elsewhere_is_not_to_be_had_here(speaker: Any) -> None:
    callback = "https://example.com/audio"
    with SpeakingHttp() as server:
        with pytest.raises(UnsupportedFeature, match=f"elsewhere delivers to {callback} and keeps nothing"):
            fetch(speaker, Elsewhere(server), format="linear16/24000", callback=callback)
        with pytest.raises(UnsupportedFeature, match="elsewhere gives no mulaw/8000"):
            fetch(speaker, Elsewhere(server), format="mulaw/8000", callback=callback)
        with pytest.raises(UnsupportedFeature, match="local delivers speech only where it is asked"):
            fetch(speaker, LocalBackend(), format="linear16/24000")
        assert server.texts == []
