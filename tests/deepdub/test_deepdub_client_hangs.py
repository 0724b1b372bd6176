"""The six faults on which Deepdub's own SDK waits for ever: a typed error in time, and nothing is left behind."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.clients import conftest as clients
from tests.clients.both import QUICK, heard
from tests.deepdub.emulated import LATER, SOCKETS, deepdub, left_over, places, said, sockets, until, with_client
from voxbridge import (
    BackendError,
    BackendUnavailable,
    InterruptedSpeech,
    ProtocolError,
    RejectedRequest,
    SynthesisTimeout,
    TruncatedSpeech,
)
from voxbridge.testing import emulate, words_text


speaker, no_proxies, leaves_nothing = clients.speaker, clients.no_proxies, clients.leaves_nothing

ERROR = '{"error": "Invalid request: boom", "errorType": "InvalidInput"}'
# What strikes, the error before any audio of the unit, and the one in the midst of it.
FAULTS = {
    "close 1000": ({"kind": "close", "code": 1000}, TruncatedSpeech, TruncatedSpeech),
    "close 1011": ({"kind": "close", "code": 1011}, BackendUnavailable, TruncatedSpeech),
    "abort": ({"kind": "cut"}, BackendUnavailable, TruncatedSpeech),
    "error without id": ({"kind": "garbage", "body": ERROR}, RejectedRequest, RejectedRequest),
    "broken JSON": ({"kind": "garbage"}, ProtocolError, ProtocolError),
    "silence": ({"kind": "stall"}, SynthesisTimeout, SynthesisTimeout),
}
SLACK = 0.2  # seconds beyond a timeout
CALLERS = 3
TEXTS = [words_text(10, sentence=10, start=100 * number) for number in range(CALLERS + 1)]


async def listen(client, text):
    """Return the chunks of a speech, its error if there is one, and how long that took after the last sign of life."""
    chunks, alive = [], time.monotonic()
    try:
        async with client.stream(text) as stream:
            async for chunk in stream:
                chunks.append(chunk)
                alive = time.monotonic()
    except (BackendError, InterruptedSpeech) as error:
        return chunks, error, time.monotonic() - alive
    return chunks, None, 0.0


@pytest.mark.parametrize("transport", SOCKETS)
@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("at", [0, 0.5])
def test_a_fault_is_a_typed_error_within_the_timeout(speaker, transport, name, at):
    fault, before, amid = FAULTS[name]

    async def scenario(client):
        chunks, error, seconds = await listen(client, TEXTS[0])
        assert seconds < (QUICK.stall if at else QUICK.first_audio) + SLACK
        assert type(error) is (InterruptedSpeech if at else before)
        cause = error.cause if at else error
        assert type(cause) is (amid if at else before)
        assert cause.backend == "deepdub"
        assert bool(b"".join(chunk.data for chunk in chunks)) == bool(at)
        await said(client, LATER)
        assert server.handshakes == 2
        await until(lambda: not left_over(client))

    with emulate("deepdub", voice="oracle", faults=[{"on": 0, "at": at, **fault}]) as server:
        with_client(speaker, deepdub(server, transport), scenario)


@pytest.mark.parametrize("name", FAULTS)
def test_of_many_on_one_socket_each_is_told_or_kept_alive(speaker, name):
    """The last of them meets the fault; only silence is its alone."""
    fault, _, amid = FAULTS[name]

    async def scenario(client):
        await client.warm("deepdub")
        began = time.monotonic()
        others = [asyncio.ensure_future(listen(client, text)) for text in TEXTS[: CALLERS - 1]]
        await until(lambda: len(server.texts) == CALLERS - 1)
        struck = await listen(client, TEXTS[CALLERS - 1])
        results = [*await asyncio.gather(*others), struck]
        assert time.monotonic() - began < 0.2 * 10 / 8 + QUICK.first_audio + SLACK
        for text, (chunks, error, seconds) in zip(TEXTS, results, strict=False):
            if name == "silence" and text != TEXTS[CALLERS - 1]:
                assert (error, heard(chunks, text).clean) == (None, True)
                continue
            cause = error.cause if isinstance(error, InterruptedSpeech) else error
            assert type(cause) in {amid, FAULTS[name][1]}
            assert seconds < QUICK.first_audio + SLACK
        assert server.handshakes == 1
        await until(lambda: not sockets(client))
        assert places() == 0
        await said(client, LATER)
        assert server.handshakes == 2
        await until(lambda: not left_over(client))

    faults = [{"on": CALLERS - 1, "at": 0.2, **fault}]
    room = {"address": 2 * CALLERS, "account": 2 * CALLERS}  # it may learn late that a socket is gone
    with emulate("deepdub", voice="oracle", pace=8, faults=faults, limits=room) as server:
        with_client(speaker, deepdub(server, "websocket"), scenario)
