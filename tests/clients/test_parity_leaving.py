"""Whoever leaves early, by whatever way, leaves nothing behind: `leaves_nothing` watches every test here."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.clients import conftest
from tests.clients.both import QUICK
from tests.wires import HttpBackend, LocalBackend, SharedBackend, SocketBackend, SpokenExchange
from voxbridge import UsageError
from voxbridge.testing import SpeakingHttp, SpeakingSocket, words_text


speaker = conftest.carrier
TEXT = words_text(80)
_SLOW = [{"on": 0, "kind": "drip", "at": 0.2}]


class SlowExchange(SpokenExchange):
    """An engine that emits for a minute, unless it is stopped."""

    def _speak(self, text: str, emit: Callable[[bytes], bool]) -> None:
        for _ in range(600):
            if not emit(b"\0" * 4800):
                return
            time.sleep(0.1)


class SlowLocal(LocalBackend):
    def exchange(self, job: Any) -> Any:
        return SlowExchange(job)


@pytest.fixture(params=[SocketBackend, SharedBackend, HttpBackend, SlowLocal], ids=lambda kind: kind.__name__)
def backend(request: pytest.FixtureRequest) -> Any:
    """A backend that speaks slowly, so that it is always left in the middle."""
    with ExitStack() as stack:
        if request.param is SlowLocal:
            yield SlowLocal()
        else:
            server = SpeakingHttp if request.param is HttpBackend else SpeakingSocket
            yield request.param(stack.enter_context(server(faults=_SLOW)))


class Source:
    """A source of text that tells when it was closed."""

    def __init__(self) -> None:
        self.closed = False

    def __iter__(self) -> Iterator[str]:
        try:
            for number in range(10_000):
                yield f"w{number} w{number}. "
        finally:
            self.closed = True

    async def wait_closed(self) -> None:
        async with asyncio.timeout(3):
            while not self.closed:  # noqa: ASYNC110  # a thread sets it
                await asyncio.sleep(0.001)


def test_a_break_out_of_with_lets_go_of_everything(speaker: Any, backend: Any) -> None:
    async def scenario() -> None:
        async with speaker(backend, timeouts=QUICK) as client:
            async with client.stream(TEXT) as stream:
                async for _ in stream:
                    break
            assert stream.report.attempts

    asyncio.run(scenario())


def test_a_source_of_text_is_closed_when_its_stream_is_left(speaker: Any, backend: Any) -> None:
    async def scenario() -> None:
        source = Source()
        async with speaker(backend, timeouts=QUICK) as client:
            async with client.stream(client.source(source)) as stream:
                async for _ in stream:
                    break
            await source.wait_closed()

    asyncio.run(scenario())


def test_a_bare_break_lets_go_once_the_stream_is_forgotten(speaker: Any, backend: Any) -> None:
    async def scenario() -> None:
        source = Source()
        async with speaker(backend, timeouts=QUICK) as client:

            async def forgetful() -> None:
                async for _ in client.stream(client.source(source)):
                    break

            await forgetful()
            gc.collect()
            await source.wait_closed()

    asyncio.run(scenario())


def test_an_exception_in_the_body_comes_out_and_everything_is_let_go_of(speaker: Any, backend: Any) -> None:
    async def scenario() -> None:
        async with speaker(backend, timeouts=QUICK) as client, client.stream(TEXT) as stream:
            async for _ in stream:
                raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        asyncio.run(scenario())


def test_a_closed_stream_gives_nothing_more(speaker: Any, backend: Any) -> None:
    async def scenario() -> Any:
        async with speaker(backend, timeouts=QUICK) as client:
            stream = client.stream(TEXT)
            async for _ in stream:
                break
            await stream.aclose()
            await stream.aclose()
            return [chunk async for chunk in stream]

    assert asyncio.run(scenario()) == []


def test_audio_that_was_ready_is_not_given_after_the_close_either(speaker: Any) -> None:
    async def scenario() -> Any:
        async with speaker(LocalBackend()) as client:
            stream = client.stream(TEXT, delivery="whole")
            async for _ in stream:
                break  # the rest of this unit is ready
            await stream.aclose()
            return [chunk async for chunk in stream]

    assert asyncio.run(scenario()) == []


def test_whoever_waits_for_audio_is_woken_by_a_close_from_elsewhere(speaker: Any) -> None:
    async def scenario() -> None:
        async with speaker(LocalBackend()) as client, client.stream() as stream:

            async def listen() -> int:
                return len([chunk async for chunk in stream])

            listening = asyncio.create_task(listen())
            await asyncio.sleep(0.05)
            await stream.aclose()
            async with asyncio.timeout(3):
                assert await listening == 0

    asyncio.run(scenario())


def test_a_stream_that_was_never_read_costs_nothing(speaker: Any) -> None:
    async def scenario() -> None:
        source = Source()
        async with speaker(HttpBackend(vendor)) as client:
            client.stream(client.source(source))
            client.stream(TEXT)
            async with client.stream():
                pass

    with SpeakingHttp() as vendor:
        asyncio.run(scenario())
        assert vendor.connections == 0


def test_a_client_that_is_closed_ends_its_streams_with_an_error(speaker: Any, backend: Any) -> None:
    """Nobody shall take it for the end of the speech."""

    async def scenario() -> None:
        source = Source()
        async with speaker(backend, timeouts=QUICK) as client:
            stream = client.stream(client.source(source))
            async for _ in stream:
                break
        with pytest.raises(UsageError, match="client was closed"):
            async for _ in stream:
                pass
        await source.wait_closed()

    asyncio.run(scenario())


def test_a_client_may_be_used_again_after_its_close(speaker: Any) -> None:
    async def scenario() -> None:
        client = speaker(SocketBackend(vendor))
        for _ in range(2):
            async with client:
                assert (await client.synthesize("w1 w2.")).duration > 0

    with SpeakingSocket() as vendor:
        asyncio.run(scenario())
        assert vendor.handshakes == 2


def test_five_hundred_abandoned_streams_leave_nothing(speaker: Any) -> None:
    async def scenario() -> None:
        async with speaker(LocalBackend()) as client:
            for _ in range(500):
                async for _ in client.stream(TEXT):
                    break

    asyncio.run(scenario())
