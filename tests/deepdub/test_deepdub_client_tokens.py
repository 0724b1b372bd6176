"""Text comes as a language model writes it, and is heard while it is still being written."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.clients import conftest as clients
from tests.clients.both import heard
from tests.deepdub.emulated import SOCKETS, deepdub, left_over, until, with_client
from voxbridge.testing import emulate, words_text


speaker, no_proxies, leaves_nothing = clients.speaker, clients.no_proxies, clients.leaves_nothing

EVERY = 0.03  # seconds
TEXT = words_text(24, sentence=6)
TOKENS = [TEXT[start : start + 3] for start in range(0, len(TEXT), 3)]


class Model:
    """A language model: a token every 30 ms, which need not be a word."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def __iter__(self):
        for token in TOKENS:
            time.sleep(EVERY)
            self.times.append(time.monotonic())
            yield token

    async def __aiter__(self):
        for token in TOKENS:
            await asyncio.sleep(EVERY)
            self.times.append(time.monotonic())
            yield token


@pytest.mark.parametrize("transport", [None, *SOCKETS])
def test_speech_begins_before_the_last_token_is_written(speaker, transport):
    model = Model()

    async def scenario(client):
        chunks, times = [], []
        async with client.stream(iter(model) if speaker.blocking else model) as stream:
            async for chunk in stream:
                chunks.append(chunk)
                times.append(time.monotonic())
        assert heard(chunks, TEXT).clean
        assert len(model.times) == len(TOKENS)
        assert times[0] < model.times[len(TOKENS) // 2]  # there are four sentences
        assert b"".join(chunk.data for chunk, at in zip(chunks, times, strict=True) if at < model.times[-1])
        await until(lambda: not left_over(client))

    with emulate("deepdub", voice="oracle") as server:
        with_client(speaker, deepdub(server, transport), scenario)
        assert len(server.texts) == 4
        assert server.handshakes == 1
