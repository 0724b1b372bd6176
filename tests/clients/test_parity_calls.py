"""Checking, opening ahead, and waiting for a place in an account, in both clients."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from attrs import evolve

from tests.clients import conftest
from tests.clients.both import QUICK, heard, read_back, speak
from tests.wires import HttpBackend, LocalBackend, SharedBackend, SocketBackend
from voxbridge import AuthenticationError, HttpRequest, Slots, SynthesisTimeout, refusal
from voxbridge.testing import SpeakingHttp, SpeakingSocket, words_text


speaker = conftest.carrier


class CheckedBackend(HttpBackend):
    """Asks the server for a word."""

    name = "checked"
    region = "eu"
    host = "127.0.0.1"

    def check(self) -> Any:
        answer = yield HttpRequest(
            method="POST", url=self.url, headers={"Authorization": self.key}, body=b'{"text": "w1"}'
        )
        if answer.status != 200:
            raise refusal(answer.status, answer.headers, answer.body)


def crowded(backend: Any, places: int) -> Any:
    """Return a kind of backend whose account has so many places."""
    slots = Slots(("test", uuid4()), places)

    class Crowded(backend):
        def exchange(self, job: Any) -> Any:
            exchange = super().exchange(job)
            exchange.slots = slots
            if exchange.socket and exchange.socket.share == 1:  # on a shared one each generation takes a place
                exchange.socket = evolve(exchange.socket, slots=slots)
            return exchange

    return Crowded


def test_a_check_tells_who_answers_from_where(speaker: Any) -> None:
    async def scenario() -> Any:
        async with speaker([CheckedBackend(server), LocalBackend()]) as client:
            return await client.check()

    with SpeakingHttp() as server:
        vendor, local = asyncio.run(scenario())
    assert (vendor.backend, vendor.ok, vendor.host, vendor.region, vendor.error) == (
        "checked",
        True,
        "127.0.0.1",
        "eu",
        None,
    )
    assert 0 < vendor.latency < 5
    assert (local.backend, local.ok, local.host) == ("local", True, None)


def test_a_check_tells_what_is_wrong_and_goes_on(speaker: Any) -> None:
    async def scenario() -> Any:
        async with speaker([CheckedBackend(server), LocalBackend()], timeouts=QUICK) as client:
            return await client.check()

    words = f"no such key: {CheckedBackend.key.prefixed('').reveal()}"
    with SpeakingHttp(faults=[{"on": 0, "kind": "status", "code": 401, "body": words}]) as server:
        refused, local = asyncio.run(scenario())
    assert isinstance(refused.error, AuthenticationError)
    assert "checked: " in str(refused.error)
    assert "no such key: [key]" in str(refused.error)
    assert (refused.ok, local.ok) == (False, True)


def test_a_check_of_nobody_there_is_an_answer_too(speaker: Any) -> None:
    async def scenario() -> Any:
        async with speaker(CheckedBackend(server), timeouts=QUICK) as client:
            return await client.check()

    with SpeakingHttp() as server:
        pass
    [result] = asyncio.run(scenario())
    assert not result.ok
    assert "could not connect" in str(result.error)


@pytest.mark.parametrize("backend", [SocketBackend, SharedBackend])
def test_a_socket_that_was_opened_ahead_is_the_one_that_speaks(speaker: Any, backend: Any) -> None:
    async def scenario() -> Any:
        async with speaker(backend(server)) as client:
            await client.warm()
            opened = server.handshakes
            async with client.stream("w1 w2.") as stream:
                chunks = [chunk async for chunk in stream]
                return opened, chunks, stream.report

    with SpeakingSocket() as server:
        opened, chunks, report = asyncio.run(scenario())
        assert (opened, server.handshakes) == (1, 1)
    assert heard(chunks, "w1 w2.").clean
    assert [attempt.connected for attempt in report.attempts] == [0.0]


def test_opening_ahead_says_why_it_was_refused(speaker: Any) -> None:
    async def scenario() -> None:
        async with speaker(SocketBackend(server)) as client:
            await client.warm("socket")

    with (
        SpeakingSocket(faults=[{"on": 0, "kind": "status", "code": 401, "body": "who are you?"}]) as server,
        pytest.raises(AuthenticationError, match=r"socket: .*who are you\?"),
    ):
        asyncio.run(scenario())


@pytest.mark.parametrize(("backend", "kind"), [(SocketBackend, SpeakingSocket), (HttpBackend, SpeakingHttp)])
def test_an_account_is_never_used_by_more_than_it_has_places_for(speaker: Any, backend: Any, kind: Any) -> None:
    """Seven at once, two places: everybody is heard, in turn, and waiting is not the vendor's slowness."""
    text = words_text(16)
    most = 0

    async def scenario() -> list[Any]:
        nonlocal most

        async def watch() -> None:
            nonlocal most
            while True:
                most = max(most, len(server.listener._open))
                await asyncio.sleep(0.002)

        async with speaker(crowded(backend, 2)(server), timeouts=QUICK) as client:
            watching = asyncio.create_task(watch())
            speeches = await asyncio.gather(*(client.synthesize(text) for _ in range(7)))
            watching.cancel()
            return speeches

    slow = [{"on": n, "kind": "drip", "pace": 30, "at": 0.5} for n in range(7)]  # thirty times as fast as it plays
    with kind(faults=slow) as server:
        speeches = asyncio.run(scenario())
    assert all(read_back(speech, text).clean for speech in speeches)
    assert most <= 2


def test_who_leaves_while_waiting_for_a_place_takes_none(speaker: Any) -> None:
    backend = crowded(HttpBackend, 1)

    async def scenario() -> Any:
        async with speaker(backend(server), timeouts=QUICK) as client:
            first = client.stream("w1.")
            await anext(first)
            with pytest.raises(SynthesisTimeout) as late:
                await client.synthesize("w2.", deadline=0.1)
            await first.aclose()
            return late.value.phase, await speak(client, "w3.", "whole")

    with SpeakingHttp(faults=[{"on": 0, "kind": "stall", "at": 0.5}]) as server:
        phase, chunks = asyncio.run(scenario())
        assert server.texts == ["w1.", "w3."]
    assert phase == "total"
    assert heard(chunks, "w3.").clean


def test_generations_on_one_socket_are_never_more_than_there_are_places_for(speaker: Any) -> None:
    """Five streams on one socket, two places: waiting for one is not the vendor's slowness."""
    texts = [words_text(16, start=100 * number) for number in range(5)]
    most = done = 0

    class Counted(crowded(SharedBackend, 2)):  # type: ignore[misc]
        def exchange(self, job: Any) -> Any:
            exchange = super().exchange(job)
            receive = exchange.receive_frame

            def count(payload: Any) -> Any:
                nonlocal most, done
                with server.lock:
                    most = max(most, len(server.texts) - done)
                    done += "done" in payload
                return receive(payload)

            exchange.receive_frame = count
            return exchange

    async def scenario() -> list[Any]:
        async with speaker(Counted(server), timeouts=QUICK) as client:
            return await asyncio.gather(*(client.stream(text).collect() for text in texts))

    slow = [{"on": n, "kind": "drip", "pace": 30, "at": 0.5} for n in range(50)]
    with SpeakingSocket(faults=slow) as server:
        speeches = asyncio.run(scenario())
        assert server.handshakes == 1
    assert all(read_back(speech, text).clean for speech, text in zip(speeches, texts, strict=True))
    assert most == 2


def test_a_conversation_that_says_nothing_holds_no_place(speaker: Any) -> None:
    async def scenario() -> None:
        async with speaker(backend(server), timeouts=QUICK) as client, client.stream() as conversation:
            for turn in ("w1.", "w3."):
                await conversation.send(turn)
                await conversation.flush()
                assert heard([chunk async for chunk in until_final(conversation)], turn).clean
                assert heard(await speak(client, "w2.", "whole"), "w2.").clean
            await conversation.end()

    backend = crowded(SharedBackend, 1)
    with SpeakingSocket() as server:
        asyncio.run(scenario())
        assert server.texts == ["w1.", "w2.", "w3.", "w2."]


async def until_final(stream: Any) -> Any:
    async for chunk in stream:
        yield chunk
        if chunk.final:
            return


def test_who_interrupts_gives_the_place_back(speaker: Any) -> None:
    backend = crowded(SharedBackend, 1)

    async def scenario() -> Any:
        async with speaker(backend(server)) as one, speaker(backend(server)) as two, one.stream() as conversation:
            await conversation.send("w1.")
            await conversation.flush()
            await anext(conversation)
            await conversation.clear()
            return await speak(two, "w2.", "whole")

    with SpeakingSocket(faults=[{"on": 0, "kind": "stall", "at": 0.5}]) as server:
        assert heard(asyncio.run(scenario()), "w2.").clean


def test_a_request_that_waits_for_a_place_does_not_excuse_the_one_that_has_it(speaker: Any) -> None:
    async def scenario() -> Any:
        async with speaker(crowded(HttpBackend, 1)(server), timeouts=QUICK, retries=0) as client:
            with pytest.raises(SynthesisTimeout) as late:
                await speak(client, "Say w1. Say w2.", "whole")
            return late.value.phase

    with SpeakingHttp(faults=[{"on": 0, "kind": "stall", "at": 0.0}]) as server:
        assert asyncio.run(scenario()) == "first_audio"
        assert server.texts == ["Say w1. "]
