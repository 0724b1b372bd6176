"""What speech is carried by: sockets that are used again and shared, a caller's own HTTP, proxies and transports."""

from __future__ import annotations

import asyncio
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import requests

from tests.clients import conftest
from tests.clients.both import QUICK, hang_up, heard, read_back
from tests.wires import HttpBackend, LocalBackend, SharedBackend, SocketBackend
from voxbridge import HttpRequest, Pause, ProtocolError, ProxyFailed, UsageError, Voice
from voxbridge.testing import SpeakingHttp, SpeakingSocket, words_text


speaker = conftest.carrier
TEXT = words_text(16)
TEXTS = [words_text(16, start=100 * number) for number in range(5)]


def test_one_stream_after_another_has_one_handshake(speaker: Any) -> None:
    async def scenario() -> list[Any]:
        async with speaker(SocketBackend(server)) as client:
            return [await client.stream(text).collect() for text in TEXTS]

    with SpeakingSocket() as server:
        speeches = asyncio.run(scenario())
        assert server.handshakes == 1
    assert all(read_back(speech, text).clean for speech, text in zip(speeches, TEXTS, strict=True))
    assert [speech.attempts[0].connected == 0.0 for speech in speeches] == [False, True, True, True, True]


def test_five_at_once_over_a_shared_socket_have_one_handshake_and_each_its_own_words(speaker: Any) -> None:
    async def scenario() -> list[Any]:
        async with speaker(SharedBackend(server)) as client:
            return await asyncio.gather(*(client.stream(text).collect() for text in TEXTS))

    with SpeakingSocket() as server:
        speeches = asyncio.run(scenario())
        assert server.handshakes == 1
    assert all(read_back(speech, text).clean for speech, text in zip(speeches, TEXTS, strict=True))


def test_a_socket_that_failed_or_was_left_is_not_used_again(speaker: Any) -> None:
    async def scenario() -> None:
        async with speaker(SocketBackend(server), timeouts=QUICK) as client:
            assert read_back(await client.synthesize(TEXT), TEXT).clean  # after a fault and a second try
            assert server.handshakes == 2
            async with client.stream(TEXT) as stream:
                async for _ in stream:
                    break
            assert read_back(await client.synthesize(TEXT), TEXT).clean

    with SpeakingSocket(faults=[{"on": 1, "kind": "error"}]) as server:
        asyncio.run(scenario())
        assert server.handshakes == 3


def test_a_socket_that_died_while_idle_is_nobodys_fault(speaker: Any) -> None:
    async def scenario() -> Any:
        async with speaker(SocketBackend(server), retries=0) as client:
            await client.synthesize(TEXT)
            hang_up(server)
            return await client.synthesize(TEXT)

    with SpeakingSocket() as server:
        speech = asyncio.run(scenario())
        assert server.handshakes == 2
    assert read_back(speech, TEXT).clean
    assert speech.attempts[-1].error is None


def test_a_socket_is_kept_for_its_time_and_then_closed(speaker: Any) -> None:
    class Brief(SocketBackend):
        def exchange(self, job: Any) -> Any:
            exchange = super().exchange(job)
            exchange.socket = type(exchange.socket)(url=self.url, max_idle=0.05)
            return exchange

    async def scenario() -> None:
        async with speaker(Brief(server)) as client:
            for _ in range(2):
                await client.synthesize(TEXT)
            assert len(server.listener._open) == 1
            async with asyncio.timeout(5):
                while server.listener._open:  # noqa: ASYNC110  # a thread empties it
                    await asyncio.sleep(0.01)
            await client.synthesize(TEXT)

    with SpeakingSocket() as server:
        asyncio.run(scenario())
        assert server.handshakes == 2


def test_the_key_goes_with_the_handshake_and_the_request_and_into_no_report(speaker: Any) -> None:
    async def scenario(target: Any) -> Any:
        async with speaker(target) as client:
            return await client.synthesize(TEXT)

    with SpeakingSocket() as sockets, SpeakingHttp() as http:
        for server, backend in ((sockets, SocketBackend(sockets)), (http, HttpBackend(http))):
            speech = asyncio.run(scenario(backend))
            assert server.headers[0]["authorization"] == "Token a-very-secret-key"
            assert "a-very-secret-key" not in repr(speech)


def test_http_may_be_the_applications_own(speaker: Any) -> None:
    def own() -> Any:
        return httpx.Client() if speaker.blocking else httpx.AsyncClient()

    async def scenario() -> Any:
        http = own()
        http.headers["x-own"] = "yes"
        async with speaker(HttpBackend(server), http=http) as client:
            speech = await client.synthesize(TEXT)
        assert not http.is_closed
        await http.aclose() if not speaker.blocking else http.close()
        return speech

    with SpeakingHttp() as server:
        assert read_back(asyncio.run(scenario()), TEXT).clean
        assert server.headers[0]["x-own"] == "yes"


def test_http_of_the_other_kind_is_refused_at_once(speaker: Any) -> None:
    other = httpx.AsyncClient() if speaker.blocking else httpx.Client()
    with pytest.raises(UsageError, match="http="):
        speaker(LocalBackend(), http=other)
    asyncio.run(other.aclose()) if speaker.blocking else other.close()


class Memory:
    """A connector whose transport speaks the server's wire, without a network."""

    def __init__(self, *, plain: bool) -> None:
        self.plain, self.urls, self.closed = plain, [], threading.Event()

    def connect(self, url: str, headers: dict[str, str]) -> Any:
        self.urls.append((url, headers["Authorization"]))
        self._socket = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2].strip("/"))))
        from websockets.sync.client import connect

        self._socket.settimeout(None)
        connection = connect(url, sock=self._socket, additional_headers=headers, legacy=True)
        return Plain(self, connection) if self.plain else Awaited(self, connection)


class Plain:
    def __init__(self, memory: Memory, connection: Any) -> None:
        self._memory, self._connection = memory, connection

    def send(self, frame: Any) -> None:
        self._connection.send(frame)

    def recv(self) -> Any:
        return self._connection.recv()

    def close(self) -> None:
        self._connection.close()
        self._memory.closed.set()


class Awaited(Plain):
    async def send(self, frame: Any) -> None:  # type: ignore[override]
        await asyncio.to_thread(super().send, frame)

    async def recv(self) -> Any:
        return await asyncio.to_thread(super().recv)

    async def close(self) -> None:  # type: ignore[override]
        await asyncio.to_thread(super().close)


def test_sockets_may_go_over_an_applications_own_transport(speaker: Any) -> None:
    async def scenario() -> Any:
        memory = Memory(plain=speaker.blocking)
        async with speaker(SocketBackend(server), connector=memory) as client:
            speeches = [await client.stream(text).collect() for text in TEXTS]
        assert memory.urls == [(server.url, "Token a-very-secret-key")]
        assert memory.closed.wait(2)
        return speeches

    with SpeakingSocket() as server:
        speeches = asyncio.run(scenario())
    assert all(read_back(speech, text).clean for speech, text in zip(speeches, TEXTS, strict=True))


@contextmanager
def proxy(status: str = "200 OK") -> Iterator[tuple[str, list[str]]]:
    """A proxy that knows CONNECT and plain requests; yields its URL and what it was asked for."""
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve_proxy, args=(listener, status, asked))
        thread.start()
        yield "http://{}:{}".format(*listener.getsockname()), asked
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _serve_proxy(listener: socket.socket, status: str, asked: list[str]) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(65536)
            asked.append(head.split(b"\r\n")[0].decode())
            if not status.startswith("200"):
                client.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
                continue
            method, target, _ = asked[-1].split()
            host, _, port = target.removeprefix("http://").partition("/")[0].partition(":")
            with socket.create_connection((host, int(port))) as server:
                if method == "CONNECT":
                    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                else:
                    server.sendall(head)
                _relay(client, server)


def _relay(client: socket.socket, server: socket.socket) -> None:
    other = {client: server, server: client}
    while True:
        for ready in select.select(list(other), [], [])[0]:
            data = ready.recv(65536)
            if not data:
                return
            other[ready].sendall(data)


def test_a_proxy_serves_sockets_and_http(speaker: Any) -> None:
    async def scenario(target: Any) -> Any:
        async with speaker(target, proxy=url) as client:
            return await client.synthesize(TEXT)

    with SpeakingSocket() as sockets, SpeakingHttp() as http:
        for backend, method in ((SocketBackend(sockets), "CONNECT"), (HttpBackend(http), "POST")):
            with proxy() as (url, asked):
                assert read_back(asyncio.run(scenario(backend)), TEXT).clean
            assert [line.split()[0] for line in asked] == [method]


def test_a_proxy_that_refuses_is_named_as_the_cause(speaker: Any) -> None:
    async def scenario() -> Any:
        async with speaker(SocketBackend(server), proxy=url) as client:
            await client.synthesize(TEXT)

    with SpeakingSocket() as server, proxy("407 Proxy Authentication Required") as (url, asked):
        with pytest.raises(ProxyFailed, match="407"):
            asyncio.run(scenario())
        assert len(asked) == 1
        assert server.connections == 0


def test_a_redirect_is_followed_by_no_client_and_over_no_wire(speaker: Any) -> None:
    async def scenario(target: Any) -> None:
        async with speaker(target, retries=0) as client:
            await client.synthesize(TEXT)

    with SpeakingSocket() as elsewhere:
        fault = {"on": 0, "kind": "status", "code": 302, "headers": {"Location": elsewhere.url}}
        with SpeakingSocket(faults=[fault]) as sockets, SpeakingHttp(faults=[fault]) as http:
            for backend in (SocketBackend(sockets), HttpBackend(http)):
                with pytest.raises(ProtocolError) as caught:
                    asyncio.run(scenario(backend))
                assert caught.value.status_code == 302
        assert elsewhere.connections == 0


def test_voices_come_through_the_same_http(speaker: Any) -> None:
    class Listing(HttpBackend):
        def voices(self) -> Any:
            yield Pause(0.01)
            answer = yield HttpRequest(method="POST", url=self.url, body=b'{"text": "w1"}')
            assert answer.status == 200
            spoken = {"one": "en-GB", "two": "de-DE"}
            return tuple(Voice(id=name, backend=self.name, languages=(tag,)) for name, tag in spoken.items())

    async def scenario() -> Any:
        async with speaker(Listing(server)) as client:
            return await client.voices(language="en")

    with SpeakingHttp() as server:
        assert [str(voice) for voice in asyncio.run(scenario())] == ["http/one"]
        assert server.requests == 1


def test_a_session_of_requests_carries_the_blocking_client() -> None:
    from voxbridge import Client

    with SpeakingHttp() as server, requests.Session() as session:
        session.headers["x-own"] = "yes"
        with Client(HttpBackend(server), http=session) as client:
            assert heard(list(client.stream(TEXT)), TEXT).clean
            assert read_back(client.synthesize(TEXT), TEXT).clean
        assert server.headers[0]["x-own"] == "yes"
