"""Speech over TLS, by requests and over sockets: with whom it is trusted, with whom not, and cut in mid-record."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from tests.clients import conftest
from tests.clients.both import QUICK, Fast, read_back
from tests.tls import TlsFront, trusting
from tests.wires import HttpBackend, SharedBackend, SocketBackend
from voxbridge import InsecureConnection, SynthesisTimeout
from voxbridge.testing import SpeakingHttp, SpeakingSocket, words_text


speaker = conftest.carrier
TEXT = words_text(40)
WIRES = pytest.mark.parametrize(
    ("backend", "service"),
    [(SocketBackend, SpeakingSocket), (SharedBackend, SpeakingSocket), (HttpBackend, SpeakingHttp)],
)


@WIRES
def test_all_words_come_over_tls_and_the_connection_is_used_again(speaker: Any, backend: Any, service: Any) -> None:
    async def scenario() -> list[Any]:
        async with speaker(backend(front), ssl_context=trusting()) as client:
            return [await client.stream(TEXT).collect() for _ in range(3)]

    with service() as server, TlsFront(server) as front:
        speeches = asyncio.run(scenario())
        assert front.connections == (2 if backend is HttpBackend else 1)  # two requests are in flight at once
    assert all(read_back(speech, TEXT).clean for speech in speeches)


@WIRES
def test_who_is_not_vouched_for_is_sent_nothing(speaker: Any, backend: Any, service: Any) -> None:
    async def scenario() -> None:
        async with speaker(backend(front), retries=0) as client:
            await client.synthesize(TEXT)

    with service() as server, TlsFront(server) as front:
        with pytest.raises(InsecureConnection, match=r"VERIFY_FAILED|verify failed"):
            asyncio.run(scenario())
        assert server.requests == 0


@WIRES
@pytest.mark.parametrize("most", [6000, 30001])
def test_silence_in_the_midst_of_a_record_is_found_in_time(speaker: Any, backend: Any, service: Any, most: int) -> None:
    if speaker is Fast and most == 6000:
        pytest.skip("aiohttp lets nobody abort a connection whose answer has no head yet: it closes 30 s later")

    async def scenario() -> None:
        async with speaker(backend(front), ssl_context=trusting(), retries=0, timeouts=QUICK) as client:
            await client.synthesize(TEXT)

    with service() as server, TlsFront(server, most) as front:
        began = time.monotonic()
        with pytest.raises(SynthesisTimeout) as caught:
            asyncio.run(scenario())
        assert caught.value.phase in {"first_audio", "stall"}
        assert time.monotonic() - began < 3
