"""Compressed speech in every form and both deliveries, with the extra `codecs` and without, as one vendor dies."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from tests.clients.both import QUICK, speak
from voxbridge import AudioChunk, AudioFormat, InterruptedSpeech, Route, Router
from voxbridge.audio import conversion
from voxbridge.testing import Audit, audit, emulate, expected_indices, hear_words, words_text
from voxbridge_deepdub import Deepdub
from voxbridge_deepgram import Deepgram


TEXT = words_text(12, sentence=4)
DEATH = {"on": 1, "at": 0.6, "kind": "cut"}
WAYS = ("whole", "pieces", "pushed")
CASES = [
    *((how, AudioFormat("mp3")) for how in WAYS),
    ("whole", AudioFormat("opus", 48000)),
    ("pieces", AudioFormat("flac", 16000)),
    ("pushed", AudioFormat("aac", 24000, bit_rate=128000)),  # with fewer bits, some words are none any more
]


@pytest.fixture
def no_codecs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the extra away from our side; the emulators go on to need it."""
    for room in ("routing._plan", "_output"):
        monkeypatch.setattr(f"voxbridge.{room}.codecs_installed", lambda: False)


def decoded(audio: bytes, format: AudioFormat, text: str = TEXT) -> Audit:
    """Return what the word oracle hears in compressed audio."""
    rate = format.sample_rate or 0
    way = conversion(format, AudioFormat("linear16", rate))
    return audit(hear_words(way.feed(audio) + way.flush(), rate), expected_indices(text))


def heard(chunks: Sequence[AudioChunk], text: str = TEXT) -> Audit:
    assert len({chunk.format for chunk in chunks}) == 1
    return decoded(b"".join(chunk.data for chunk in chunks), chunks[0].format, text)


async def listen(client: Any, how: str, **call: Any) -> list[AudioChunk]:
    return await speak(client, TEXT, how, **call)


def route(first: Any, second: Any, transport: str = "auto") -> Router:
    return Router([Deepgram("K", base_url=first.url, transport=transport), Route(Deepdub("K", base_url=second.url))])


@pytest.mark.parametrize("delivery", ["live", "whole"])
@pytest.mark.parametrize(("how", "format"), CASES)
def test_with_codecs_another_vendor_finishes_compressed_speech_as_any_other(
    speaker: Any, format: AudioFormat, how: str, delivery: str
) -> None:
    """One stream, encoded once, of which nothing is lost; live repeats the cut sentence, and says so."""

    async def scenario() -> list[AudioChunk]:
        async with speaker(route(first, second), format=format, timeouts=QUICK, retries=0) as client:
            return await listen(client, how, delivery=delivery)

    with emulate("deepgram", voice="oracle", faults=[DEATH]) as first, emulate("deepdub", voice="oracle") as second:
        chunks = asyncio.run(scenario())
    found = heard(chunks)
    assert found.lost == found.out_of_order == found.unexpected == ()
    assert chunks[0].format.encoding == format.encoding
    assert [chunk.final for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    seams = [chunk.backend for chunk in chunks if chunk.discontinuity]
    if delivery == "whole":
        assert (found.clean, seams) == (True, [])
    else:
        assert len({index // 4 for index in found.repeated}) <= 1
        assert seams == ["deepdub"] or not (seams or found.repeated or found.broken)  # a reset took all it had said


@pytest.mark.usefixtures("no_codecs")
@pytest.mark.parametrize("how", ["synthesize", *WAYS])
def test_without_codecs_a_vendors_own_mp3_is_given(speaker: Any, how: str) -> None:
    """Deepdub's socket and both vendors' requests have it."""

    async def scenario() -> Any:
        async with speaker(Deepdub("K", base_url=vendor.url), format="mp3", timeouts=QUICK) as client:
            if how == "synthesize":
                speech = await client.synthesize(TEXT)
                return decoded(speech.audio, speech.format), speech.degradations
            return heard(await listen(client, how)), ()

    with emulate("deepdub", voice="oracle") as vendor:
        found, degradations = asyncio.run(scenario())
    assert (found.lost, found.repeated, degradations) == ((), (), ())


@pytest.mark.usefixtures("no_codecs")
def test_without_codecs_a_fallback_says_all_of_it_again_from_the_first_word(speaker: Any) -> None:
    """Deepgram takes two thousand characters at once: the second request is cut."""
    words = [f"{'long' * 13}{number:03}" for number in range(48)]
    text = " ".join(f"{' '.join(words[at : at + 8])}." for at in range(0, len(words), 8))

    async def scenario() -> Any:
        async with speaker(route(first, second), format="mp3", retries=0) as client:
            return await client.synthesize(text)

    with emulate("deepgram", voice="oracle", faults=[DEATH]) as first, emulate("deepdub", voice="oracle") as second:
        speech = asyncio.run(scenario())
        assert len(first.texts) == 2
        assert any(text.startswith(words[0]) for text in second.texts)
    found = decoded(speech.audio, speech.format, text)
    assert (found.lost, found.repeated, found.seams) == ((), (), ())
    assert (speech.backends, [attempt.backend for attempt in speech.attempts]) == (
        ("deepdub",),
        ["deepgram", "deepdub"],
    )
    assert {unit.backend for unit in speech.units} == {"deepdub"}


@pytest.mark.usefixtures("no_codecs")
@pytest.mark.parametrize("delivery", ["live", "whole"])
def test_without_codecs_a_stream_that_was_heard_cannot_fall_back(speaker: Any, delivery: str) -> None:
    """The third request is cut, which cannot overtake the first two."""
    chunks: list[AudioChunk] = []

    async def scenario() -> None:
        async with (
            speaker(route(first, second), format="mp3", timeouts=QUICK, retries=0) as client,
            client.stream(TEXT, delivery=delivery) as stream,
        ):
            async for chunk in stream:
                chunks.append(chunk)  # noqa: PERF401  # those before an error count

    death = {**DEATH, "on": 2}
    with emulate("deepgram", voice="oracle", faults=[death]) as first, emulate("deepdub", voice="oracle") as second:
        with pytest.raises(InterruptedSpeech) as caught:
            asyncio.run(scenario())
        assert second.texts == []
    error = caught.value
    assert error.spoken + error.unspoken == TEXT
    assert {chunk.backend for chunk in chunks} == {"deepgram"}
    if delivery == "whole":  # else it ends within a frame
        assert heard(chunks, error.spoken).clean


@pytest.mark.usefixtures("no_codecs")
@pytest.mark.parametrize("delivery", ["live", "whole"])
def test_without_codecs_a_stream_of_which_nothing_was_heard_can_fall_back(speaker: Any, delivery: str) -> None:
    async def scenario() -> list[AudioChunk]:
        async with speaker(route(first, second), format="mp3", timeouts=QUICK, retries=0) as client:
            return await listen(client, "whole", delivery=delivery)

    refused = {"on": 0, "kind": "status", "code": 503}
    with (
        emulate("deepgram", voice="oracle", faults=[refused, {**refused, "on": 1}]) as first,
        emulate("deepdub", voice="oracle") as second,
    ):
        chunks = asyncio.run(scenario())
    found = heard(chunks)
    assert (found.lost, found.repeated, {chunk.backend for chunk in chunks}) == ((), (), {"deepdub"})
