"""What only the blocking client has: many threads, forks, and sources of text that run in a thread of their own."""

from __future__ import annotations

import contextvars
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.clients.both import heard, read_back, words
from tests.wires import HttpBackend, LocalBackend, SharedBackend, SocketBackend
from voxbridge import AsyncClient, Client, InvalidText
from voxbridge.testing import SpeakingHttp, SpeakingSocket, words_text


@pytest.mark.parametrize("kind", [SocketBackend, SharedBackend, HttpBackend, LocalBackend])
def test_sixteen_threads_on_one_client_each_get_their_own_words(kind: Any) -> None:
    texts = [words_text(24, start=100 * number) for number in range(16)]

    def speak(client: Client, text: str) -> bool:
        with client.stream(iter(words(text))) as stream:
            return heard(list(stream), text).clean and read_back(client.synthesize(text), text).clean

    server = SpeakingHttp() if kind is HttpBackend else SpeakingSocket()
    target = LocalBackend() if kind is LocalBackend else None
    with server, Client(target or kind(server)) as client, ThreadPoolExecutor(16) as pool:
        assert all(pool.map(lambda text: speak(client, text), texts))


def test_a_clear_from_another_thread_holds_at_any_moment() -> None:
    """When it has returned, no chunk of the turn before comes out."""
    text, later = words_text(40), words_text(8, start=100)
    with SpeakingSocket() as server, Client(SocketBackend(server)) as client:
        for chunks_before in range(1, 12):
            with client.stream() as stream:
                taken: list[tuple[bool, Any]] = []
                cleared = threading.Event()

                def listen(stream: Any = stream, taken: Any = taken, cleared: Any = cleared) -> None:
                    for chunk in iter(lambda: (cleared.is_set(), next(stream, None)), None):
                        if chunk[1] is None:
                            return
                        taken.append(chunk)

                stream.send(text)
                listening = threading.Thread(target=listen)
                listening.start()
                while len(taken) < chunks_before:
                    pass
                both = stream.clear()
                cleared.set()
                stream.send(later)
                stream.end()
                listening.join()
            assert both.spoken + both.unspoken == text
            # Those whose `next` began after the clear had returned.
            assert not set(heard([chunk for after, chunk in taken if after], later).unexpected)


@pytest.mark.parametrize("kind", [SocketBackend, SharedBackend])
def test_a_stream_that_is_let_go_of_at_any_moment_gives_its_socket_back(kind: Any) -> None:
    """Also while the pool is in use: a garbage collection may come anywhere."""
    with SpeakingSocket() as server, Client(kind(server)) as client:
        stream = client.stream(words_text(40))
        next(stream)
        [[socket]] = client._connections._pool.sockets.values()
        assert len(socket.sinks) == 1
        with socket.wire.lock:
            del stream
        assert (socket.sinks, socket.claims) == ([], {})


def test_the_source_of_text_sees_the_callers_context() -> None:
    who = contextvars.ContextVar("who", default="nobody")
    seen: list[str] = []

    def source() -> Any:
        seen.append(who.get())
        yield "w1."

    who.set("caller")
    with Client(LocalBackend()) as client:
        list(client.stream(source()))
    assert seen == ["caller"]


def test_an_asynchronous_source_is_refused_with_where_it_belongs() -> None:
    async def source() -> Any:
        yield "w1."

    with Client(LocalBackend()) as client, pytest.raises(InvalidText, match="AsyncClient"):
        client.stream(source())  # type: ignore[arg-type]


def test_a_stream_that_is_left_while_its_source_waits_ends_after_the_present_piece() -> None:
    go_on, closed = threading.Event(), threading.Event()

    def source() -> Any:
        try:
            yield "w1 w2. "
            go_on.wait(5)
            yield "w3."
        finally:
            closed.set()

    with Client(LocalBackend()) as client:
        with client.stream(source()) as stream:
            next(stream)
        assert not closed.is_set()
        go_on.set()
        assert closed.wait(2)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("kind", ["blocking", "asyncio"])
def test_a_forked_child_opens_connections_of_its_own(kind: str) -> None:
    import asyncio

    def speak(client: Any) -> bool:
        text = words_text(8)
        if kind == "blocking":
            return read_back(client.synthesize(text), text).clean

        async def once() -> bool:
            return read_back(await client.synthesize(text), text).clean

        if os.getpid() == parent:
            return runner.run(once())
        return asyncio.run(once())

    parent = os.getpid()
    with SpeakingSocket() as server, asyncio.Runner() as runner:
        client: Any = (Client if kind == "blocking" else AsyncClient)(SocketBackend(server))
        assert speak(client)
        child = os.fork()
        if not child:
            status = 1
            try:
                status = 0 if speak(client) else 2
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert speak(client)  # over the parent's socket, which the child has not touched
        assert server.handshakes == 2
        runner.run(client.aclose()) if kind == "asyncio" else client.close()
