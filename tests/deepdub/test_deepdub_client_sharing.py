"""Many callers share one socket ``/open``: each hears its own words, and nothing is left of anybody."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from itertools import pairwise

import pytest

from tests.clients import conftest as clients
from tests.clients.both import heard, read_back, speak
from tests.deepdub.emulated import TRANSPORTS, deepdub, left_over, patient, places, said, sockets, until, with_client
from voxbridge.testing import emulate, words_text


speaker, no_proxies, leaves_nothing = clients.speaker, clients.no_proxies, clients.leaves_nothing

UTTERANCES, AT_ONCE = 100, 5
TEXTS = [words_text(3, sentence=3, start=10 * number) for number in range(UTTERANCES)]
WAYS = ("whole", "pieces", "pushed", "synthesize")
ONE_SOCKET = {"voice": "oracle", "limits": {"address": AT_ONCE}}


def a_thread_for_each():
    """Have as many threads as callers: who waits for a place must not keep one who has a place from going on."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(UTTERANCES))


async def in_turn(client, number):
    """Speak the text of a caller, in one of the ways there are, and assert that all of it is heard, and only that."""
    text, how = TEXTS[number], WAYS[number % len(WAYS)]
    if how == "synthesize":
        assert read_back(await client.synthesize(text), text).clean
    else:
        assert heard(await speak(client, text, how), text).clean


@pytest.mark.parametrize("interleave", [True, False])
def test_a_hundred_utterances_five_at_once_take_one_handshake(speaker, interleave):
    async def scenario(client):
        todo = iter(range(UTTERANCES))

        async def caller():
            for number in todo:
                await in_turn(client, number)

        await asyncio.gather(*(caller() for _ in range(AT_ONCE)))
        assert [socket.strays for socket in sockets(client)] == [0]
        await until(lambda: not left_over(client))

    with emulate("deepdub", **ONE_SOCKET, habits={"interleave": interleave}) as server:
        with_client(speaker, deepdub(server, "websocket", concurrency=AT_ONCE), scenario, timeouts=patient(5))
    assert server.handshakes == 1
    assert sorted(text.strip() for text in server.texts) == sorted(TEXTS)


def test_a_hundred_callers_at_once_wait_for_their_places(speaker):
    """A wait for a place in the account is no silence of the service: it takes longer than any timeout."""

    async def scenario(client):
        a_thread_for_each()
        callers = [asyncio.ensure_future(said(client, text)) for text in TEXTS]
        await until(lambda: len(server.texts) > AT_ONCE)
        assert {"sinks", "claims", "places"} <= left_over(client).keys()  # it can be seen while they speak
        await asyncio.gather(*callers)
        await until(lambda: not left_over(client))

    with emulate("deepdub", **ONE_SOCKET, delay=0.03) as server:
        with_client(speaker, deepdub(server, "websocket", concurrency=AT_ONCE), scenario)
    assert server.handshakes == 1
    assert sorted(server.texts) == sorted(TEXTS)


def test_requests_and_both_sockets_share_the_places_of_an_account(speaker):
    """The emulator answers a fourth with an error; none ever comes."""

    async def scenario(server):
        a_thread_for_each()
        backends = [deepdub(server, way) for way in TRANSPORTS]
        async with AsyncExitStack() as stack:
            made = [speaker(backend, retries=0, timeouts=patient(5)) for backend in backends]
            callers = [await stack.enter_async_context(client) for client in made]
            await asyncio.gather(*(said(callers[number % 3], TEXTS[number]) for number in range(12)))
            assert places() == 0

    with emulate("deepdub", voice="oracle", delay=0.01) as server:
        asyncio.run(scenario(server))
    assert {request.status for request in server.requests} == {200, 101}
    assert len(server.texts) == 12


def test_what_is_called_off_gives_its_place_back(speaker):
    """Callers interrupt others' speech on the same socket for a while; then all places are free again."""

    async def scenario(client):
        async def interrupted(number):
            async with client.stream() as stream:
                await stream.send(TEXTS[number])
                await stream.flush()
                async for _ in stream:
                    break
                cleared = await stream.clear()
                assert cleared.spoken + cleared.unspoken == TEXTS[number]

        for start in range(0, 20, 2):
            await asyncio.gather(interrupted(start), interrupted(start + 1), said(client, TEXTS[start + 2]))
        await until(lambda: not left_over(client).keys() - {"strays"})

    with emulate("deepdub", voice="oracle", pace=20) as server:
        with_client(speaker, deepdub(server, "websocket"), scenario, timeouts=patient(5))


def test_memory_is_flat_over_many_utterances(speaker):
    """Ten thousand are for ``python -m tests.bench.deepdub_memory``."""

    def held():
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    async def scenario(client):
        async def several(count):
            for _ in range(count):
                await asyncio.gather(*(speak(client, "w1.", "whole") for _ in range(AT_ONCE)))

        await several(8)
        tracemalloc.start(1)
        try:
            await several(4)
            marks = [held()]
            for _ in range(3):
                await several(8)
                marks.append(held())
            return min(after - before for before, after in pairwise(marks))  # a leak grows each time
        finally:
            tracemalloc.stop()

    with emulate("deepdub", **ONE_SOCKET) as server:
        backend = deepdub(server, "websocket", concurrency=AT_ONCE)
        grown = with_client(speaker, backend, scenario, timeouts=patient(5))
        assert server.handshakes == 1
    assert grown < 40 * 1000  # bytes; the emulator's own record of what came is in it
