"""What only the asyncio client has: cancellation at every wait, event loops, and time that is the loop's."""

from __future__ import annotations

import asyncio
import gc
import inspect
import sys
import types
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import nullcontext
from typing import Any

import pytest

from tests.clients.both import QUICK, Both, heard, read_back, words
from tests.clients.conftest import held
from tests.wires import HttpBackend, LocalBackend, SharedBackend, SocketBackend
from voxbridge import (
    AsyncClient,
    AudioFormat,
    Client,
    Fetch,
    HttpRequest,
    ProxyFailed,
    Router,
    SynthesisTimeout,
    UsageError,
)
from voxbridge.testing import SpeakingHttp, SpeakingSocket, run_virtual, words_text


TEXT = words_text(24)
Scenario = Callable[[Any], Coroutine[Any, Any, None]]


@types.coroutine
def cancelled_at(nth: int, work: Coroutine[Any, Any, Any]) -> Generator[Any, None, None]:
    """Run *work* in this task, which is cancelled while *work* waits for the *nth* time."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    raised: BaseException | None = None
    waits = 0
    while True:
        try:
            future = work.send(None) if raised is None else work.throw(raised)
        except StopIteration:
            return
        waits += 1
        if waits == nth:
            loop.call_soon(task.cancel)
        try:
            yield future
            raised = None
        except BaseException as error:  # noqa: BLE001  # it is thrown into the work
            raised = error


async def whole_text(client: Any) -> None:
    async with client.stream(TEXT) as stream:
        assert heard([chunk async for chunk in stream], TEXT).clean


async def pieces_of_text(client: Any) -> None:
    async with client.stream(Both.source(words(TEXT))) as stream:
        assert heard([chunk async for chunk in stream], TEXT).clean


async def synthesized(client: Any) -> None:
    assert read_back(await client.synthesize(TEXT), TEXT).clean


async def conversation(client: Any) -> None:
    async with client.stream() as stream:
        await stream.send(TEXT)
        await stream.flush()
        async for _ in stream:
            break
        await stream.clear()
        await stream.send(TEXT)
        await stream.end()
        assert heard([chunk async for chunk in stream], TEXT).clean


async def forgotten(client: Any) -> None:
    async for _ in client.stream(Both.source(words(TEXT))):
        break


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the extra `fast` installed."""
    pytest.importorskip("aiohttp")
    monkeypatch.delitem(sys.modules, "voxbridge._aiohttp")


@pytest.mark.parametrize("work", [whole_text, pieces_of_text, synthesized, conversation, forgotten])
@pytest.mark.parametrize("kind", [SocketBackend, SharedBackend, HttpBackend, LocalBackend])
def test_a_cancel_at_any_wait_passes_through_and_leaves_nothing(kind: Any, work: Scenario) -> None:
    assert cancelled_everywhere(kind, work) > 1


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("work", [whole_text, conversation, forgotten])
def test_a_cancel_at_any_wait_leaves_nothing_where_requests_are_fast(work: Scenario) -> None:
    assert cancelled_everywhere(HttpBackend, work) > 1


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize(("settings", "asked"), [({}, 0), ({"proxy": "http://127.0.0.1:1"}, 1)])
def test_requests_are_fast_where_no_proxy_is_in_the_way(monkeypatch: pytest.MonkeyPatch, settings, asked) -> None:
    import httpcore

    async def refuse(self: Any, request: Any) -> Any:
        nonlocal seen
        seen += 1
        raise httpcore.ProxyError("refused")

    async def scenario() -> None:
        async with AsyncClient(HttpBackend(server), **settings) as client:
            await client.synthesize(TEXT)

    seen = 0
    monkeypatch.setattr(httpcore.AsyncConnectionPool, "handle_async_request", refuse)
    with SpeakingHttp() as server, pytest.raises(ProxyFailed) if settings else nullcontext():
        asyncio.run(scenario())
    assert seen == asked


def cancelled_everywhere(kind: Any, work: Scenario) -> int:
    """Do the work again and again, cancelled at its first wait, its second, and so on; return which it has no more."""

    async def scenario(target: Any) -> None:
        async with AsyncClient(target, timeouts=QUICK) as client:
            await work(client)

    async def every(target: Any) -> int:
        nth = 0
        while True:
            nth += 1
            before = held()
            task = asyncio.create_task(_run(cancelled_at(nth, scenario(target))))
            try:
                await task
            except asyncio.CancelledError:
                pass
            else:
                return nth
            finally:
                del task
                await _nothing_left(before)

    server = SpeakingHttp() if kind is HttpBackend else SpeakingSocket()
    with server:
        return asyncio.run(every(LocalBackend() if kind is LocalBackend else kind(server)))


async def _run(work: Any) -> Any:
    return await work


async def _nothing_left(before: set[object]) -> None:
    """Wait a little for what is on its way out."""
    async with asyncio.timeout(3):
        while asyncio.all_tasks() != {asyncio.current_task()} or not held() <= before:
            gc.collect()
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("again", [False, True], ids=["new", "kept"])
def test_a_request_that_is_called_off_at_any_wait_leaves_no_connection_in_use(*, again: bool) -> None:
    """Over a new connection and over one that was kept; httpcore itself keeps those whose closing is cancelled."""
    from voxbridge._async_http import Fetching, client

    async def scenario(server: SpeakingHttp, nth: int) -> bool:
        body = b'{"text": "w1 w2. w3 w4."}'
        action = Fetch(0, HttpRequest(method="POST", url=server.url, body=body, headers={"Authorization": "any"}))
        async with client(QUICK, None, None) as http:
            if again:
                await Fetching(http, action, 1, lambda item: None, QUICK)()
            fetching = Fetching(http, action, 1, lambda item: None, QUICK)
            fetching.task = asyncio.create_task(_run(called_off_at(nth, fetching)))
            done = await asyncio.gather(fetching.task, return_exceptions=True)
            pool = http._transport._pool
            assert [request for request in pool._requests if not request.is_queued()] == []
            assert [known for known in pool.connections if not (known.is_idle() or known.is_closed())] == []
            return done == [False]

    with SpeakingHttp() as server:
        for nth in range(1, 200):
            if asyncio.run(scenario(server, nth)):
                break
    assert 4 < nth < 199


@types.coroutine
def called_off_at(nth: int, fetching: Any) -> Generator[Any, None, bool]:
    """Do a request, which is called off at its *nth* wait; return whether it came to that."""
    work, waits = fetching(), 0
    raised: BaseException | None = None
    while True:
        try:
            future = work.send(None) if raised is None else work.throw(raised)
        except StopIteration:
            return waits >= nth
        waits += 1
        if waits == nth:
            asyncio.get_running_loop().call_soon(fetching.cancel)
        try:
            yield future
            raised = None
        except BaseException as error:  # noqa: BLE001  # it is thrown into the work
            raised = error


def test_a_cancel_while_the_first_vendor_is_silent_starts_no_second(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with AsyncClient(Router([SocketBackend(first), HttpBackend(second)]), timeouts=QUICK) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await client.synthesize(TEXT)

    with SpeakingSocket(faults=[{"on": 0, "kind": "stall", "at": 0.0}]) as first, SpeakingHttp() as second:
        asyncio.run(scenario())
        assert second.connections == 0


def test_a_stream_goes_on_after_a_wait_for_it_was_cancelled() -> None:
    async def scenario() -> Any:
        async with AsyncClient(SocketBackend(server)) as client, client.stream() as stream:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(stream), 0.02)
            await stream.send(TEXT)
            await stream.end()
            return [chunk async for chunk in stream]

    with SpeakingSocket() as server:
        assert heard(asyncio.run(scenario()), TEXT).clean


def test_a_client_belongs_to_the_loop_that_first_used_it() -> None:
    async def scenario() -> None:
        await client.synthesize("w1 w2.")

    async def elsewhere() -> None:
        for use in (client.synthesize("w1."), anext(client.stream("w1.")), client.voices(), client.aclose()):
            with pytest.raises(UsageError, match="another event loop"):
                await use

    with SpeakingSocket() as server, asyncio.Runner() as runner:
        client = AsyncClient(SocketBackend(server))
        runner.run(scenario())
        with asyncio.Runner() as other:
            other.run(elsewhere())
        runner.run(scenario())
        runner.run(client.aclose())
        assert server.handshakes == 1


def test_two_tasks_cannot_read_one_stream() -> None:
    async def scenario() -> None:
        async with AsyncClient(LocalBackend()) as client, client.stream() as stream:
            first = asyncio.create_task(anext(stream))
            await asyncio.sleep(0)
            with pytest.raises(UsageError, match="two tasks"):
                await anext(stream)
            first.cancel()

    asyncio.run(scenario())


def test_a_source_that_was_cancelled_itself_ends_the_stream_with_that() -> None:
    async def source() -> AsyncIterator[str]:
        yield "w1 w2. "
        raise asyncio.CancelledError("mine")

    async def scenario() -> None:
        async with AsyncClient(LocalBackend()) as client, client.stream(source()) as stream:
            with pytest.raises(asyncio.CancelledError, match="mine"):
                async for _ in stream:
                    pass

    asyncio.run(scenario())


class SilentTransport:
    """An httpx transport that waits for an hour before each answer."""

    def client(self) -> Any:
        import httpx

        class Waits(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                await asyncio.sleep(3600)
                return httpx.Response(200, content=b"\0\0" * 2400)

        return httpx.AsyncClient(transport=Waits())


def test_all_waiting_is_by_the_loops_own_clock() -> None:
    """An hour passes in no time where the loop says so: nothing looks at the machine's clock."""

    class Vendor:
        url = "http://vendor.invalid/speak"
        format = AudioFormat.parse("linear16/24000")

    async def scenario() -> tuple[Any, float]:
        began = asyncio.get_running_loop().time()
        async with AsyncClient(HttpBackend(Vendor), http=SilentTransport().client(), timeouts=1000) as client:
            with pytest.raises(SynthesisTimeout) as caught:
                await client.synthesize("w1.")
        return caught.value, asyncio.get_running_loop().time() - began

    error, elapsed = run_virtual(scenario())
    assert error.phase == "first_audio"
    assert 3000 <= elapsed < 3010  # three tries


def test_an_abandoned_stream_whose_loop_is_gone_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    kept: list[Any] = []

    async def scenario() -> None:
        stream = AsyncClient(LocalBackend()).stream(TEXT)
        async for _ in stream:
            break
        kept.append(stream)

    asyncio.run(scenario())
    kept.clear()
    gc.collect()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["__init__", "synthesize", "stream", "voices", "warm", "check"])
def test_both_clients_take_the_same_arguments(name: str) -> None:
    blocking, asynchronous = (inspect.signature(getattr(kind, name)).parameters for kind in (Client, AsyncClient))
    assert list(blocking) == list(asynchronous)
    assert [each.default for each in blocking.values()] == [each.default for each in asynchronous.values()]
