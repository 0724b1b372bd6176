"""The asyncio client's own network: what is read and sent, TLS, ends of every kind, and that nothing is left."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpcore
import pytest

from tests.clients import conftest as clients
from tests.clients.test_async import cancelled_at
from tests.tls import offering, trusting
from voxbridge._asyncio_network import Network, Stream


no_proxies, leaves_nothing = clients.no_proxies, clients.leaves_nothing

MUCH = bytes(range(256)) * (1 << 14)  # 4 MB
SMALL = [(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096), (socket.SOL_SOCKET, socket.SO_RCVBUF, 131072)]
RESET = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[Stream, socket.socket]]:
    """Yield a connection and the socket at its other end, which both take little at a time."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stream = await Network().connect_tcp("127.0.0.1", listener.getsockname()[1], 5, socket_options=SMALL)
        peer, _ = await asyncio.get_running_loop().sock_accept(listener)
    with peer:
        try:
            yield stream, peer
        finally:
            await stream.aclose()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what comes in a moment."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.001)


def is_closed(stream: Stream) -> Callable[[], bool]:
    """Return what tells whether the socket of a connection is closed."""
    its_socket = stream.get_extra_info("socket")
    return lambda: its_socket.fileno() == -1


async def everything(stream: Stream) -> bytes:
    """Read to the end."""
    pieces = []
    while piece := await stream.read(65536, 5):
        assert len(piece) <= 65536
        pieces.append(piece)
    return b"".join(pieces)


def at_once(work: Coroutine[Any, Any, bytes]) -> bytes:
    """Do what does not wait."""
    with pytest.raises(StopIteration) as caught:
        work.send(None)
    value: bytes = caught.value.value
    return value


def over(scenario: Callable[[Stream, socket.socket], Awaitable[None]]) -> None:
    """Play a scenario over a connection."""

    async def played() -> None:
        async with connected() as (stream, peer):
            await scenario(stream, peer)

    asyncio.run(played())


def test_what_has_come_is_read_at_once_and_no_more_of_it_than_was_asked_for() -> None:
    async def scenario(stream: Stream, peer: socket.socket) -> None:
        assert not stream.get_extra_info("is_readable")
        peer.sendall(b"speech")
        assert stream.get_extra_info("is_readable")  # before the loop has looked
        assert await stream.read(4, 5) == b"spee"
        assert stream.get_extra_info("is_readable")
        assert at_once(stream.read(4, 5)) == b"ch"
        assert not stream.get_extra_info("is_readable")

    over(scenario)


def test_the_end_is_read_after_all_that_came_before_and_again_and_again() -> None:
    async def scenario(stream: Stream, peer: socket.socket) -> None:
        peer.sendall(b"speech")
        peer.shutdown(socket.SHUT_WR)
        await until(lambda: stream._ended)
        assert [at_once(stream.read(4)) for _ in range(4)] == [b"spee", b"ch", b"", b""]
        assert stream.get_extra_info("is_readable")
        with pytest.raises(httpcore.WriteError, match="closed"):
            await stream.write(b"more", 5)

    over(scenario)


def test_a_reset_is_an_error_after_all_that_came_before() -> None:
    async def scenario(stream: Stream, peer: socket.socket) -> None:
        peer.sendall(b"speech")
        await until(lambda: bool(stream._pieces))
        peer.setsockopt(*RESET)
        peer.close()
        await until(lambda: stream._ended)
        assert at_once(stream.read(9)) == b"speech"
        with pytest.raises(httpcore.ReadError, match="reset") as caught:
            await stream.read(9, 5)
        assert isinstance(caught.value.__cause__, ConnectionResetError)
        with pytest.raises(httpcore.WriteError, match="reset"):
            await stream.write(b"more", 5)

    over(scenario)


def test_silence_and_a_peer_that_takes_nothing_are_waited_for_as_long_as_was_said() -> None:
    async def scenario(stream: Stream, peer: socket.socket) -> None:
        with pytest.raises(httpcore.ReadTimeout):
            await stream.read(1, 0.01)
        peer.sendall(b"speech")
        assert await stream.read(9, 5) == b"speech"
        with pytest.raises(httpcore.WriteTimeout):
            await stream.write(MUCH, 0.01)

    over(scenario)


def test_what_is_not_read_holds_up_the_peer() -> None:
    async def scenario(stream: Stream, peer: socket.socket) -> None:
        sending = asyncio.create_task(asyncio.get_running_loop().sock_sendall(peer, MUCH))
        await until(lambda: stream._size > 256 * 1024)
        for _ in range(100):
            await asyncio.sleep(0)
        assert stream._size <= 512 * 1024
        assert not sending.done()
        sending.add_done_callback(lambda _: peer.shutdown(socket.SHUT_WR))
        assert await everything(stream) == MUCH

    over(scenario)


def test_a_peer_that_takes_nothing_holds_up_what_is_written() -> None:
    async def scenario(stream: Stream, peer: socket.socket) -> None:
        loop, taken = asyncio.get_running_loop(), bytearray()
        sending = asyncio.create_task(stream.write(MUCH, 5))
        peer.sendall(b"speech")
        assert await stream.read(9, 5) == b"speech"
        assert not sending.done()
        while len(taken) < len(MUCH):
            taken += await loop.sock_recv(peer, 65536)
        await sending
        assert taken == MUCH

    over(scenario)


def test_who_reads_or_writes_has_an_error_when_the_connection_is_aborted() -> None:
    async def scenario(stream: Stream, peer: socket.socket) -> None:
        waiting = [asyncio.create_task(stream.read(1)), asyncio.create_task(stream.write(MUCH))]
        await until(lambda: not stream._room.is_set())
        closed = is_closed(stream)
        stream.abort()
        errors = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(error) for error in errors] == [httpcore.ReadError, httpcore.WriteError]
        await until(closed)

    over(scenario)


def test_nobody_there_and_nobody_who_answers_are_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with pytest.raises(httpcore.ConnectError) as caught:
            await Network().connect_tcp("localhost", port, 5)
        assert isinstance(caught.value.__cause__, OSError)
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "sock_connect", lambda *_: asyncio.sleep(60))
        with pytest.raises(httpcore.ConnectTimeout):
            await Network().connect_tcp("127.0.0.1", port, 0.01)

    asyncio.run(scenario())


def test_addresses_are_those_of_the_socket_and_options_are_set() -> None:
    async def scenario(stream: Stream, peer: socket.socket) -> None:
        assert stream.get_extra_info("client_addr") == peer.getpeername()
        assert stream.get_extra_info("server_addr") == peer.getsockname()
        assert stream.get_extra_info("ssl_object") is None
        assert stream.get_extra_info("socket").getsockopt(*SMALL[0][:2]) == 2 * SMALL[0][2]  # Linux counts its own

    over(scenario)


# -- TLS


@pytest.fixture(scope="module")
def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Those of a server and of who trusts it."""
    return offering(), trusting()


@asynccontextmanager
async def served(serve: Callable[[Any, Any], Coroutine[Any, Any, None]], **settings: Any) -> AsyncIterator[Stream]:
    """Yield a connection to a server."""
    serving: list[Any] = []

    async def each(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        try:
            with suppress(OSError, EOFError):
                await serve(reader, writer)
        finally:
            writer.transport.abort()

    async with await asyncio.start_server(each, "127.0.0.1", 0, **settings) as server:
        stream = await Network().connect_tcp("127.0.0.1", server.sockets[0].getsockname()[1], 5)
        try:
            yield stream
        finally:
            await stream.aclose()
            await asyncio.wait_for(asyncio.gather(*serving), 5)
            await asyncio.sleep(0)


async def echo(reader: Any, writer: Any) -> None:
    """Give back what comes, up to an empty line; then end as TLS does."""
    while line := (await reader.readline()).strip():
        writer.write(line)
    writer.close()
    await writer.wait_closed()


async def flood(reader: Any, writer: Any) -> None:
    """Send much, and end as TLS does."""
    writer.write(MUCH)
    writer.close()
    await writer.wait_closed()


def test_tls_is_read_and_written_to_its_end(contexts) -> None:
    async def scenario() -> None:
        async with served(echo, ssl=contexts[0]) as plain:
            stream = await plain.start_tls(contexts[1], "localhost", 5)
            assert stream.get_extra_info("ssl_object").version() == "TLSv1.3"
            await stream.write(b"speech\n", 5)
            assert await stream.read(65536, 5) == b"speech"
            assert not stream.get_extra_info("is_readable")
            await stream.write(b"\n", 5)
            assert await stream.read(65536, 5) == b""

    asyncio.run(scenario())


def test_much_over_tls_is_held_up_and_whole_though_it_ends_before_it_is_read(contexts) -> None:
    async def scenario() -> None:
        async with served(flood, ssl=contexts[0]) as plain:
            stream = await plain.start_tls(contexts[1], "localhost", 5)
            await until(lambda: stream._size > 256 * 1024)
            await asyncio.sleep(0.01)
            assert stream._size <= 1024 * 1024
            assert await everything(stream) == MUCH

    asyncio.run(scenario())


def test_a_peer_that_takes_nothing_holds_up_what_is_written_over_tls_too(contexts) -> None:
    async def scenario() -> None:
        async with served(silent, ssl=contexts[0]) as plain:
            stream = await plain.start_tls(contexts[1], "localhost", 5)
            with pytest.raises(httpcore.WriteTimeout):
                await stream.write(MUCH * 4, 0.02)

    async def silent(reader: Any, writer: Any) -> None:
        writer.transport.pause_reading()
        await asyncio.sleep(0.1)

    asyncio.run(scenario())


def test_tls_goes_through_the_tls_of_a_proxy(contexts) -> None:
    async def proxy(reader: Any, writer: Any) -> None:
        assert await reader.readline() == b"CONNECT\n"
        writer.write(b"yes")
        await writer.start_tls(contexts[0])
        await echo(reader, writer)

    async def scenario() -> None:
        async with served(proxy, ssl=contexts[0]) as plain:
            stream = await plain.start_tls(contexts[1], "localhost", 5)
            await stream.write(b"CONNECT\n", 5)
            assert await stream.read(65536, 5) == b"yes"
            stream = await stream.start_tls(contexts[1], "localhost", 5)
            await stream.write(b"speech\n", 5)
            assert await stream.read(65536, 5) == b"speech"

    asyncio.run(scenario())


@pytest.mark.parametrize("name", ["localhost", "elsewhere"])
def test_whom_nobody_vouches_for_is_refused(contexts, name: str) -> None:
    async def scenario() -> None:
        async with served(echo, ssl=contexts[0]) as stream:
            closed = is_closed(stream)
            trusting = ssl.create_default_context() if name == "localhost" else contexts[1]
            with pytest.raises(httpcore.ConnectError, match="CERTIFICATE_VERIFY_FAILED") as caught:
                await stream.start_tls(trusting, name, 5)
            assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)
            await until(closed)

    asyncio.run(scenario())


async def silence(reader: Any, writer: Any) -> None:
    """Say nothing until the other side has gone."""
    await reader.read()
    await reader.read()


async def no_tls(reader: Any, writer: Any) -> None:
    """Speak no TLS."""
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await silence(reader, writer)


async def gone(reader: Any, writer: Any) -> None:
    """Go."""


@pytest.mark.parametrize(
    ("serve", "seconds", "error"),
    [
        (silence, 0.02, httpcore.ConnectTimeout),
        (no_tls, 5, httpcore.ConnectError),
        (gone, 5, httpcore.ConnectError),
    ],
)
def test_no_tls_is_an_error_and_the_connection_is_closed(contexts, serve, seconds, error) -> None:
    async def scenario() -> None:
        async with served(serve) as stream:
            closed = is_closed(stream)
            with pytest.raises(error):
                await stream.start_tls(contexts[1], "localhost", seconds)
            await until(closed)

    asyncio.run(scenario())


def test_a_connection_that_is_aborted_while_it_agrees_on_tls_is_an_error(contexts) -> None:
    async def scenario() -> None:
        async with served(silence) as stream:
            agreeing = asyncio.create_task(stream.start_tls(contexts[1], "localhost", 5))
            await asyncio.sleep(0.01)
            stream.abort()
            with pytest.raises(httpcore.ConnectError, match="closed"):
                await agreeing

    asyncio.run(scenario())


def test_what_came_in_the_clear_is_not_read_as_if_it_had_been_encrypted(contexts) -> None:
    async def liar(reader: Any, writer: Any) -> None:
        writer.write(b"yes, lies")
        await writer.start_tls(contexts[0])
        await echo(reader, writer)

    async def scenario() -> None:
        async with served(liar) as stream:
            assert await stream.read(3, 5) == b"yes"
            await stream.start_tls(contexts[1], "localhost", 5)
            await stream.write(b"speech\n", 5)
            assert await stream.read(65536, 5) == b"speech"

    asyncio.run(scenario())


# -- cancelled


async def thank(reader: Any, writer: Any) -> None:
    """Take much."""
    await reader.readexactly(len(MUCH))
    writer.write(b"thanks")
    await silence(reader, writer)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_cancel_at_any_wait_of_a_connection_leaves_nothing(contexts, *, tls: bool) -> None:
    async def work(stream: Stream) -> None:
        try:
            if tls:
                await stream.start_tls(contexts[1], "localhost", 5)
            await stream.write(MUCH, 5)
            assert await stream.read(65536, 5) == b"thanks"
        finally:
            await stream.aclose()

    async def scenario(nth: int) -> bool:
        async with served(thank, ssl=contexts[0] if tls else None) as stream:
            closed = is_closed(stream)
            task = asyncio.ensure_future(_run(cancelled_at(nth, work(stream))))
            await asyncio.wait([task])
            await until(closed)
            return task.cancelled()

    for nth in range(1, 20):
        if not asyncio.run(scenario(nth)):
            break
    assert nth == (5 if tls else 4)


async def _run(work: Any) -> Any:
    return await work
