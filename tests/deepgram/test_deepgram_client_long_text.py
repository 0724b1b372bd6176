"""A text of 20,000 characters is spoken whole: every word heard once and in order, however it is sent."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.clients import conftest as clients
from tests.deepgram.emulated import deepgram, with_client
from voxbridge.testing import audit, emulate, expected_indices, hear_words, words_text


speaker, no_proxies, leaves_nothing = clients.speaker, clients.no_proxies, clients.leaves_nothing

TEXT = words_text(3550, sentence=24)[:20000].rpartition(" ")[0] + "."
FORMAT = "linear16/8000"  # the least to listen to


async def spoken(client, how):
    """Speak all of it ``whole``, as a ``stream`` or in ``pieces``, and return the sound."""
    if how == "whole":
        return (await client.synthesize(TEXT, format=FORMAT)).audio
    pieces = [TEXT[start : start + 40] for start in range(0, len(TEXT), 40)]  # in the midst of words
    stream = client.stream(TEXT if how == "stream" else client.source(pieces), format=FORMAT)
    async with stream:
        return b"".join([chunk.data async for chunk in stream])


@pytest.mark.parametrize("how", ["whole", "stream", "pieces"])
@pytest.mark.parametrize("transport", ["http", "websocket"])
def test_every_word_is_heard_once_and_in_order_without_a_gap(speaker, transport, how):
    async def scenario(client):
        return await spoken(client, how)

    assert 19_900 < len(TEXT) <= 20_000
    with emulate("deepgram", voice="oracle") as server:
        words = hear_words(with_client(speaker, deepgram(server, transport), scenario, timeouts=5), 8000)
        assert audit(words, expected_indices(TEXT)).clean
        assert max(after.time - before.time for before, after in pairwise(words)) == pytest.approx(0.2, abs=0.001)
        assert server.billed == pytest.approx(len(TEXT), rel=0.01)
        assert all(request.status in {101, 200} for request in server.requests)
        assert max(map(len, server.texts)) <= 2000 or transport == "websocket"  # there a message's length counts
