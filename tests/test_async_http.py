"""The asyncio client's own requests: what is left of those that are called off, and connections that are kept."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest

from tests.clients import conftest as clients
from tests.clients.test_async import called_off_at
from tests.test_http_client import SIZED, SOON, Service
from tests.tls import offering, trusting
from voxbridge import Fetch, HttpRequest
from voxbridge._async_http import Fetching, client


no_proxies, leaves_nothing = clients.no_proxies, clients.leaves_nothing


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what comes in a moment."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.001)


@pytest.fixture(scope="module")
def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Those of a server and of who trusts it."""
    return offering(), trusting()


def asked(service: Service, http: Any) -> tuple[Fetching, list[Any]]:
    """Return a request, and where it will post."""
    posted: list[Any] = []
    request = HttpRequest(method="POST", url=service.url, body=b'{"text": "Hello."}', headers={"Authorization": "key"})
    return Fetching(http, Fetch(3, request), 1, posted.append, SOON), posted


async def _run(work: Any) -> Any:
    return await work


@asynccontextmanager
async def tunnel() -> AsyncIterator[str]:
    """Yield the address of a proxy that knows CONNECT."""
    serving: list[Any] = []

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.transport.abort()

    async def each(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        with suppress(EOFError):
            head = await reader.readuntil(b"\r\n\r\n")
            host, _, port = head.split()[1].decode().partition(":")
            there = await asyncio.open_connection(host, int(port))
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await asyncio.gather(relay(reader, there[1]), relay(there[0], writer))
        writer.transport.abort()

    async with await asyncio.start_server(each, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await asyncio.wait_for(asyncio.gather(*serving), 5)
        await asyncio.sleep(0)


@pytest.mark.parametrize("proxied", [False, True], ids=["straight", "through a proxy"])
@pytest.mark.parametrize("again", [False, True], ids=["new", "kept"])
def test_a_request_over_tls_that_is_called_off_at_any_wait_leaves_no_connection_in_use(
    contexts, *, again: bool, proxied: bool
) -> None:
    async def scenario(nth: int) -> bool:
        with Service(SIZED, SIZED, tls=contexts[0]) as service:
            async with tunnel() as proxy, client(SOON, proxy if proxied else None, contexts[1]) as http:
                if again:
                    await asked(service, http)[0]()
                fetching, posted = asked(service, http)
                fetching.task = asyncio.create_task(_run(called_off_at(nth, fetching)))
                came = await fetching.task
                pool = http._transport_for_url(httpx.URL(service.url))._pool
                assert pool._requests == []
                assert [known for known in pool.connections if not (known.is_idle() or known.is_closed())] == []
                assert came or posted[-1][2] == "receive_eof"
                assert not posted or posted[-1][2] != "receive_failure"
                return came

    for nth in range(1, 100):
        if not asyncio.run(scenario(nth)):
            break
    assert 3 < nth < 99


def test_a_request_that_is_called_off_while_it_connects_is_not_sent() -> None:
    async def scenario(service: Service) -> None:
        async with client(SOON, None, None) as http:
            fetching, posted = asked(service, http)
            fetching.task = asyncio.create_task(fetching())
            await asyncio.sleep(0)
            fetching.cancel()
            await fetching.task
            assert (posted, service.requests) == ([], [])

    with Service(SIZED) as service:
        asyncio.run(scenario(service))


@pytest.mark.parametrize("answer", [b"", SIZED[:-3]], ids=["no answer", "half"])
def test_a_request_that_is_called_off_while_it_waits_ends_at_once_and_says_nothing_more(answer: bytes) -> None:
    async def scenario(service: Service) -> None:
        async with client(SOON, None, None) as http:
            fetching, posted = asked(service, http)
            fetching.task = asyncio.create_task(fetching())
            await until(lambda: bool(service.requests) and len(posted) == (2 if answer else 0))
            fetching.cancel()
            async with asyncio.timeout(1):
                await fetching.task
            assert [item[2] for item in posted] == (["receive_status", "pieces"] if answer else [])

    with Service(answer) as service:
        asyncio.run(scenario(service))


def test_a_request_that_is_called_off_after_its_end_leaves_the_connection_to_the_next() -> None:
    async def scenario(service: Service) -> None:
        async with client(SOON, None, None) as http:
            fetching, _ = asked(service, http)
            await fetching()
            fetching.cancel()
            after, posted = asked(service, http)
            await after()
            assert [item[2] for item in posted][-1] == "receive_eof"
            assert len(service.connections) == 1

    with Service(SIZED, SIZED) as service:
        asyncio.run(scenario(service))


def test_a_connection_that_is_kept_keeps_no_request() -> None:
    async def scenario(service: Service) -> None:
        async with client(SOON, None, None) as http:
            fetching, _ = asked(service, http)
            gone = weakref.ref(fetching)
            await asyncio.create_task(fetching())
            del fetching
            gc.collect()
            assert (len(http._transport._pool.connections), gone()) == (1, None)

    with Service(SIZED) as service:
        asyncio.run(scenario(service))


def test_a_connection_that_ended_while_nobody_looked_is_not_used_again() -> None:
    async def scenario(service: Service) -> None:
        async with client(SOON, None, None) as http:
            await asked(service, http)[0]()
            [kept] = service.connections
            socket.socket.shutdown(kept, socket.SHUT_RDWR)  # the loop does not hear of it before the next request
            after, posted = asked(service, http)
            await after()
            assert [item[2] for item in posted][-1] == "receive_eof"
            assert len(service.connections) == 2

    with Service(SIZED, SIZED) as service:
        asyncio.run(scenario(service))
