"""Sockets are opened ahead, used again while they are good, never after a fault; they may be an application's own."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import time
import warnings
from typing import ClassVar

import pytest

from tests.clients import conftest as clients
from tests.clients.both import heard, speak
from tests.deepgram.emulated import FAULTS, deepgram, with_client
from voxbridge import BackendError, InterruptedSpeech
from voxbridge.testing import emulate, words_text
from voxbridge_deepgram._socket import _OLDEST


speaker, no_proxies, leaves_nothing = clients.speaker, clients.no_proxies, clients.leaves_nothing

TEXT, LATER = words_text(6, sentence=3), words_text(4, sentence=2, start=10)


async def said(client, text, how="pieces", **call):
    """Speak, and assert that every word is heard once and in order."""
    assert heard(await speak(client, text, how, **call), text).clean


async def until(condition):
    """Wait for what another thread does."""
    end = time.monotonic() + 3
    while not condition() and time.monotonic() < end:  # noqa: ASYNC110  # no event says so
        await asyncio.sleep(0.005)
    assert condition()


@pytest.mark.parametrize("how", ["pieces", "pushed", "whole"])
def test_a_second_utterance_makes_no_handshake(speaker, how):
    async def scenario(client):
        for text in (TEXT, LATER, TEXT):
            await said(client, text, how)
            assert server.handshakes == 1

    with emulate("deepgram", voice="oracle") as server:
        with_client(speaker, deepgram(server, "websocket"), scenario)


def test_an_utterance_with_other_parameters_makes_a_handshake_of_its_own(speaker):
    async def scenario(client):
        await said(client, TEXT)
        await said(client, TEXT, format="linear16/16000")
        assert server.handshakes == 2
        await said(client, TEXT, voice="deepgram/aura-2-celeste-es")
        assert server.handshakes == 3
        await said(client, LATER)
        assert server.handshakes == 3

    with emulate("deepgram", voice="oracle") as server:
        with_client(speaker, deepgram(server, "websocket"), scenario)


def test_a_socket_that_was_opened_ahead_is_used(speaker):
    async def scenario(client):
        await client.warm("deepgram")
        await until(lambda: server.handshakes == 1)
        stream = client.stream(client.source([TEXT]))
        async with stream:
            assert heard([chunk async for chunk in stream], TEXT).clean
        assert server.handshakes == 1
        assert stream.report.attempts[0].connected == pytest.approx(0.0, abs=0.005)

    with emulate("deepgram", voice="oracle") as server:
        with_client(speaker, deepgram(server), scenario)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["kind"])
def test_after_a_fault_the_socket_is_not_used_again(speaker, fault):
    """Slow, odd and wrongly pitched raw audio is no fault that the wire shows; every other one ends the socket."""
    harmless = fault["kind"] in {"drip", "split", "rate"}

    async def scenario(client):
        with contextlib.suppress(BackendError, InterruptedSpeech):
            await speak(client, "w1 w2 w3.", "pieces")
        before = server.handshakes
        await said(client, LATER)
        assert server.handshakes == before + (not harmless)

    with emulate("deepgram", voice="oracle", faults=[{**fault, "pace": 4.0}]) as server:
        with_client(speaker, deepgram(server, "websocket"), scenario)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["kind"])
def test_with_retries_a_fault_loses_no_word(speaker, fault):
    async def scenario(client):
        speech = await client.synthesize(TEXT, format="linear16/24000")
        assert speech.duration == pytest.approx(1.2) or fault["kind"] == "rate"
        await said(client, LATER)

    with emulate("deepgram", voice="oracle", faults=[{**fault, "pace": 4.0}]) as server:
        with_client(speaker, deepgram(server, "websocket"), scenario, retries=2)


def test_a_socket_is_replaced_before_its_hour(speaker):
    """The client's sockets are made older, for an hour is long."""

    async def scenario(client):
        await said(client, TEXT)
        (pooled,) = [socket for sockets in pool(client).sockets.values() for socket in sockets]
        pooled.born -= _OLDEST - 60
        await said(client, TEXT)
        assert server.handshakes == 1
        pooled.born -= 61
        await said(client, TEXT)
        assert server.handshakes == 2

    assert _OLDEST < 3600
    with emulate("deepgram", voice="oracle") as server:
        with_client(speaker, deepgram(server, "websocket"), scenario)


def pool(client):
    """Return what a client knows of its sockets."""
    return getattr(client, "client", client)._connections._pool


class Transport:
    """A class written to the `SyncTransport` of Deepgram's SDK, as one would give it as `transport_factory`."""

    made: ClassVar[list[Transport]] = []

    def __init__(self, url, headers):
        from websockets.sync.client import connect

        self.url, self.headers, self.closed = url, headers, False
        self._connection = connect(url, additional_headers=headers).__enter__()
        self.made.append(self)

    def send(self, data):
        self._connection.send(data)

    def recv(self):
        return self._connection.recv()

    def __iter__(self):
        return iter(self._connection)

    def close(self):
        self._connection.close()
        self.closed = True


class AsyncTransport:
    """The same to its `AsyncTransport`: made at once, and so connected when it is first used."""

    made: ClassVar[list[AsyncTransport]] = []

    def __init__(self, url, headers):
        from websockets.asyncio.client import connect

        self.url, self.headers, self.closed = url, headers, False
        self._connection = asyncio.ensure_future(connect(url, additional_headers=headers).__aenter__())
        self.made.append(self)

    async def send(self, data):
        await (await self._connection).send(data)

    async def recv(self):
        return await (await self._connection).recv()

    async def __aiter__(self):
        async for message in await self._connection:
            yield message

    async def close(self):
        await (await self._connection).close()
        self.closed = True


def test_a_transport_factory_of_the_sdk_is_a_connector(speaker):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it asks websockets for names of long ago
        protocols = importlib.import_module("deepgram.transport_interface")
    factory = Transport if speaker.blocking else AsyncTransport
    factory.made.clear()

    async def scenario(client):
        await said(client, TEXT)
        await said(client, LATER)
        (transport,) = factory.made
        assert isinstance(transport, protocols.SyncTransport if speaker.blocking else protocols.AsyncTransport)
        assert transport.headers["Authorization"] == f"Token {server.api_key}"
        assert transport.url.startswith(server.url.replace("http", "ws"))
        return transport

    with emulate("deepgram", voice="oracle") as server:
        transport = with_client(speaker, deepgram(server), scenario, connector=factory)
        assert server.handshakes == 1
        asyncio.run(until(lambda: transport.closed))
