"""A listener who interrupts hears nothing more of what was interrupted. ``VOXBRIDGE_BARGE_INS`` says how often."""

from __future__ import annotations

import os

import pytest

from tests.clients import conftest as clients
from tests.clients.both import heard
from tests.deepgram.emulated import deepgram, with_client
from voxbridge.testing import WordVoice, emulate, words_text
from voxbridge_deepgram.emulator import DeepgramEmulator


speaker, no_proxies, leaves_nothing = clients.speaker, clients.no_proxies, clients.leaves_nothing

TIMES = int(os.environ.get("VOXBRIDGE_BARGE_INS", "200"))
FORMAT = "linear16/8000"


def turn_of(number):
    """Return a text whose words no other turn of the last hundreds has."""
    return words_text(6, sentence=3, start=number * 6)


def begins(chunks, text):
    """Return whether chunks are, to the sample, the beginning of *text*, and nothing of any other."""
    voice = WordVoice(vendor=DeepgramEmulator.vendor)
    return voice.speak(text, 8000).startswith(b"".join(chunk.data for chunk in chunks))


async def some(stream, most):
    """Return the next chunks of a stream, up to the end of its turn."""
    chunks = []
    if most:
        async for chunk in stream:
            chunks.append(chunk)
            if chunk.final or len(chunks) == most:
                break
    return chunks


@pytest.mark.timeout(60 + TIMES)
@pytest.mark.parametrize("transport", ["websocket", "http"])
def test_after_each_clear_only_the_new_turn_is_heard(speaker, transport):
    """Of each turn more or less is heard before it is cut: nothing, one chunk, or a few."""
    times = TIMES if transport == "websocket" else TIMES // 4

    async def scenario(client):
        late = []
        async with client.stream(format=FORMAT) as stream:
            for number in range(times):
                text = turn_of(number)
                await stream.send(text)
                if flushed := number % 5:
                    await stream.flush()
                chunks = await some(stream, number % 4 if flushed else number % 2)  # half of it may be two chunks
                late += [] if begins(chunks, text) else [number]
                cleared = await stream.clear()
                if chunks and chunks[-1].final:
                    assert (cleared.spoken, cleared.unspoken) in {(text, ""), ("", "")}
                else:
                    assert cleared.spoken + cleared.unspoken == text
            await stream.send(turn_of(times))
            await stream.flush()
            await stream.end()
            rest = [chunk async for chunk in stream]
        assert late == []
        assert heard(rest, turn_of(times)).clean
        assert [chunk.final for chunk in rest][-1]

    with emulate("deepgram", voice="oracle") as server:
        with_client(speaker, deepgram(server, transport), scenario, timeouts=5)  # the machine may be busy
        assert server.handshakes <= 1 + times / 10  # of which each has 18 flushes a minute
