"""One way to drive both clients, so that each scenario is written once."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any, Self

from voxbridge import AsyncClient, AudioChunk, Client, Timeouts
from voxbridge.testing import Audit, audit, expected_indices, hear_words


QUICK = Timeouts(connect=0.4, first_audio=0.4, stall=0.3, send=0.3, close=0.3)
"""For servers that never answer. Nothing here takes half as long when all is well."""


class Both(AsyncClient):
    """The asyncio client, with what else a scenario needs to know."""

    blocking = False

    @staticmethod
    def source(pieces: Iterable[Any]) -> Any:
        """Return pieces of text as this client's users have them."""
        return _generated(pieces)


class Fast(Both):
    """The asyncio client where the extra `fast` is installed."""


class Blocking:
    """The blocking client, each of its calls in a thread of its own."""

    blocking = True

    def __init__(self, *args: Any, **settings: Any) -> None:
        self.client = Client(*args, **settings)

    @staticmethod
    def source(pieces: Iterable[Any]) -> Iterator[Any]:
        yield from pieces

    async def synthesize(self, *args: Any, **call: Any) -> Any:
        return await asyncio.to_thread(self.client.synthesize, *args, **call)

    async def voices(self, *args: Any, **call: Any) -> Any:
        return await asyncio.to_thread(self.client.voices, *args, **call)

    async def clone_voice(self, *args: Any, **call: Any) -> Any:
        return await asyncio.to_thread(self.client.clone_voice, *args, **call)

    async def delete_voice(self, voice: Any) -> Any:
        return await asyncio.to_thread(self.client.delete_voice, voice)

    async def classify_gender(self, *args: Any, **call: Any) -> Any:
        return await asyncio.to_thread(self.client.classify_gender, *args, **call)

    async def check(self) -> Any:
        return await asyncio.to_thread(self.client.check)

    def health(self) -> Any:
        return self.client.health()

    async def warm(self, backend: str | None = None) -> None:
        await asyncio.to_thread(self.client.warm, backend)

    async def submit(self, *args: Any, **call: Any) -> Any:
        return await asyncio.to_thread(self.client.submit, *args, **call)

    def stream(self, *args: Any, **call: Any) -> BlockingStream:
        return BlockingStream(self.client.stream(*args, **call))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await asyncio.to_thread(self.client.close)


class BlockingStream:
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        if name in {"format", "report"}:
            return getattr(self._stream, name)

        async def call(*args: Any, **settings: Any) -> Any:
            method = getattr(self._stream, "close" if name == "aclose" else name)
            return await asyncio.to_thread(method, *args, **settings)

        return call

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> AudioChunk:
        chunk = await asyncio.to_thread(next, self._stream, None)
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()


async def _generated(pieces: Iterable[Any]) -> AsyncIterator[Any]:
    for piece in pieces:
        await asyncio.sleep(0)
        yield piece


def hang_up(server: Any) -> None:
    """Have a server end every connection that is open, as if it were restarted."""
    for connection in list(server.listener._open):
        connection.shutdown(socket.SHUT_RDWR)


def words(text: str) -> list[str]:
    """Return *text* in pieces of a word each, as a language model writes it."""
    return [f"{word} " for word in text.split()]


async def speak(client: Any, text: str, how: str, **call: Any) -> list[AudioChunk]:
    """Speak *text* ``whole``, in ``pieces`` or ``pushed``, and return the chunks."""
    if how != "pushed":
        stream = client.stream(text if how == "whole" else client.source(words(text)), **call)
        async with stream:
            return [chunk async for chunk in stream]
    async with client.stream(**call) as stream:
        for word in words(text):
            await stream.send(word)
        await stream.flush()
        await stream.end()
        return [chunk async for chunk in stream]


def heard(chunks: Sequence[AudioChunk], text: str) -> Audit:
    """Return what the word oracle hears, compared with *text*."""
    sound = b"".join(chunk.samples().tobytes() for chunk in chunks)
    return audit(hear_words(sound, chunks[0].format.sample_rate if chunks else 24000), expected_indices(text))


def read_back(speech: Any, text: str) -> Audit:
    """Return what the word oracle hears in a `Speech`."""
    return audit(hear_words(speech.samples().tobytes(), speech.format.sample_rate), expected_indices(text))
