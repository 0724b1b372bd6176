"""Conversations: text goes in as it is written, turns end, listeners interrupt; in both clients, over every wire."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import Any

import pytest

from tests.clients.both import QUICK, hang_up, heard, words
from tests.wires import HttpBackend, LocalBackend, SharedBackend, SocketBackend
from voxbridge import Cleared, InvalidText, SynthesisTimeout, UsageError
from voxbridge.testing import SpeakingHttp, SpeakingSocket, words_text


TEXT = words_text(24)
LATER = words_text(16, start=100)


@pytest.fixture(params=[SocketBackend, SharedBackend, HttpBackend, LocalBackend], ids=lambda kind: kind.name)
def backend(request: pytest.FixtureRequest) -> Any:
    with ExitStack() as stack:
        if request.param is LocalBackend:
            yield LocalBackend()
        else:
            server = SpeakingHttp() if request.param is HttpBackend else SpeakingSocket()
            yield request.param(stack.enter_context(server))


async def turn(stream: Any) -> list[Any]:
    """Return the chunks of a turn."""
    chunks = []
    async for chunk in stream:
        chunks.append(chunk)
        if chunk.final:
            break
    return chunks


def test_sentences_speak_as_soon_as_they_end(speaker: Any, backend: Any) -> None:
    async def scenario() -> Any:
        async with speaker(backend) as client, client.stream() as stream:
            for word in words(words_text(9)):
                await stream.send(word)
            return await anext(aiter(stream))

    chunk = asyncio.run(scenario())
    assert chunk.data
    assert not chunk.final


def test_turns_follow_each_other_on_one_stream(speaker: Any, backend: Any) -> None:
    async def scenario() -> Any:
        async with speaker(backend) as client, client.stream() as stream:
            turns = []
            for text in (TEXT, LATER):
                for word in words(text):
                    await stream.send(word)
                await stream.flush()
                turns.append(await turn(stream))
            await stream.end()
            rest = [chunk async for chunk in stream]
        return turns, rest, stream.report

    turns, rest, report = asyncio.run(scenario())
    for chunks, text in zip(turns, (TEXT, LATER), strict=True):
        assert heard(chunks, text).clean
        assert [chunk.final for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert not rest
    assert "".join(unit.text for unit in report.units) == f"{TEXT} {LATER} "


def test_nothing_of_a_turn_comes_out_after_its_clear(speaker: Any, backend: Any) -> None:
    async def scenario() -> Any:
        async with speaker(backend) as client, client.stream() as stream:
            await stream.send(TEXT)
            await stream.flush()
            before = []
            async for chunk in stream:
                before.append(chunk)
                if chunk.unit == 1:
                    break
            cleared = await stream.clear()
            await stream.send(LATER)
            await stream.flush()
            after = await turn(stream)
            await stream.end()
            return before, cleared, after, [chunk async for chunk in stream]

    before, cleared, after, rest = asyncio.run(scenario())
    assert cleared.spoken + cleared.unspoken == TEXT
    assert cleared.spoken.startswith(words_text(8))
    assert heard(before, cleared.spoken).lost == ()
    assert heard(after, LATER).clean
    assert sum(chunk.final for chunk in after) == 1
    assert not rest


def test_a_clear_from_elsewhere_stops_whoever_waits_for_audio(speaker: Any, backend: Any) -> None:
    """Whatever moment it comes at, no chunk of the turn before comes out after it."""

    async def scenario() -> Any:
        chunks: list[Any] = []

        async def listen(stream: Any) -> None:
            async for chunk in stream:
                chunks.append(chunk)
                await asyncio.sleep(0)

        async with speaker(backend) as client, client.stream() as stream:
            await stream.send(TEXT)
            listening = asyncio.create_task(listen(stream))
            while len(chunks) < 3:  # noqa: ASYNC110  # another thread may add them
                await asyncio.sleep(0.001)
            cleared = await stream.clear()
            before = len(chunks)
            await stream.send(LATER)
            await stream.end()
            await listening
            return cleared, chunks[before:]

    cleared, after = asyncio.run(scenario())
    assert cleared.spoken + cleared.unspoken == TEXT
    # One chunk of the cut turn may have been on its way through the test's own thread: it was given before. The later
    # turn has two units, so what comes before them is of the turn that was cut.
    late = [chunk for chunk in after[:1] if chunk.unit < after[-1].unit - 1]
    assert heard(after[len(late) :], LATER).clean


def test_what_was_really_played_decides_what_was_spoken(speaker: Any, backend: Any) -> None:
    async def scenario() -> tuple[Cleared, Cleared]:
        async with speaker(backend) as client, client.stream() as stream:
            results = []
            for heard_seconds in (1.7, 1.5):
                await stream.send(TEXT)
                await stream.flush()
                await turn(stream)
                results.append(await stream.clear(heard=heard_seconds))
            return tuple(results)

    after, before = asyncio.run(scenario())
    assert after == Cleared(words_text(8) + " ", words_text(16, start=8))
    assert before == Cleared("", TEXT)


def test_a_turn_without_words_ends_with_an_empty_final_chunk(speaker: Any, backend: Any) -> None:
    async def scenario() -> Any:
        async with speaker(backend) as client, client.stream() as stream:
            await stream.send(" ... ")
            await stream.flush()
            await stream.end()
            return [chunk async for chunk in stream]

    assert [(chunk.data, chunk.final) for chunk in asyncio.run(scenario())] == [(b"", True)]


def test_an_idle_conversation_has_no_deadline_and_each_turn_has_its_own(speaker: Any) -> None:
    async def scenario() -> Any:
        async with speaker(SocketBackend(server), timeouts=QUICK) as client, client.stream(deadline=0.25) as stream:
            listening = asyncio.create_task(turn(stream))
            await asyncio.sleep(0.3)  # nobody has said anything: nothing is late
            await stream.send(words_text(4))
            await stream.flush()
            await listening
            await stream.send(TEXT)
            with pytest.raises(SynthesisTimeout) as caught:
                await turn(stream)
            return caught.value

    with SpeakingSocket(faults=[{"on": 2, "kind": "stall"}]) as server:
        error = asyncio.run(scenario())
    assert error.phase == "total"
    assert (error.spoken, error.unspoken) == (words_text(8) + " ", words_text(16, start=8))


def test_what_cannot_be_said_is_refused_and_the_conversation_goes_on(speaker: Any, backend: Any) -> None:
    async def scenario() -> Any:
        async with speaker(backend) as client, client.stream() as stream:
            for wrong in (b"bytes", 7, None, "half \ud800"):
                with pytest.raises(InvalidText):
                    await stream.send(wrong)
            await stream.send(TEXT)
            await stream.end()
            chunks = [chunk async for chunk in stream]
            with pytest.raises(UsageError, match="ended"):
                await stream.send("more")
            return chunks

    assert heard(asyncio.run(scenario()), TEXT).clean


def test_a_stream_with_a_text_of_its_own_takes_no_other(speaker: Any) -> None:
    async def scenario() -> None:
        async with speaker(LocalBackend()) as client, client.stream(TEXT) as stream:
            for act in (stream.send("more"), stream.flush(), stream.clear(), stream.end()):
                with pytest.raises(UsageError, match="text of its own"):
                    await act

    asyncio.run(scenario())


def test_a_conversation_outlives_its_socket(speaker: Any) -> None:
    """The vendor closes while nothing is owed: nobody's fault, and the next turn has a new socket."""

    async def scenario() -> Any:
        async with speaker(SocketBackend(server)) as client, client.stream() as stream:
            turns = []
            for text in (TEXT, LATER):
                await stream.send(text)
                await stream.flush()
                turns.append(await turn(stream))
                hang_up(server)
            return turns

    with SpeakingSocket() as server:
        turns = asyncio.run(scenario())
        assert server.handshakes == 2
    assert heard(turns[0], TEXT).clean
    assert heard(turns[1], LATER).clean


def test_a_player_that_is_still_at_it_may_clear_after_the_end(speaker: Any) -> None:
    """All audio was given out, and the listener interrupts what is being played."""

    async def scenario() -> Any:
        async with speaker(LocalBackend()) as client, client.stream() as stream:
            await stream.send("w1 w2. w3 w4.")
            await stream.flush()
            await stream.end()
            chunks = [chunk async for chunk in stream]
            return chunks, await stream.clear(heard=0.5)

    chunks, cleared = asyncio.run(scenario())
    assert heard(chunks, "w1 w2. w3 w4.").clean
    assert (cleared.spoken, cleared.unspoken) == ("w1 w2. ", "w3 w4.")
