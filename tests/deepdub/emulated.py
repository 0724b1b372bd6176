"""Our clients before the emulator of Deepdub: what these tests share besides the fixtures of all clients' tests."""

from __future__ import annotations

import asyncio
import gc
import io
import wave
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.clients.both import QUICK, heard, speak
from voxbridge import Timeouts
from voxbridge._carriers import Carriers
from voxbridge.routing._limits import _accounts
from voxbridge.testing import words_text
from voxbridge_deepdub import Deepdub
from voxbridge_deepdub.emulator._accounts import Accounts


TEXT, LATER = words_text(6, sentence=6), words_text(4, sentence=4, start=50)  # a unit each
SOCKETS = ("websocket", "streaming")
TRANSPORTS = ("http", *SOCKETS)


def deepdub(server: Any, transport: str | None = None, **settings: Any) -> Deepdub:
    """Return a backend that talks to an emulator."""
    return Deepdub(settings.pop("api_key", server.api_key), base_url=server.url, transport=transport, **settings)


def with_client(speaker: Any, target: Any, scenario: Any, **settings: Any) -> Any:
    """Run ``scenario(client)``, a coroutine function, with a client, and return what it returns."""

    async def run() -> Any:
        async with speaker(target, **{"retries": 0, "timeouts": QUICK, **settings}) as client:
            return await scenario(client)

    return asyncio.run(run())


async def said(client: Any, text: str, how: str = "whole", **call: Any) -> None:
    """Speak, and assert that every word is heard once and in order."""
    assert heard(await speak(client, text, how, **call), text).clean


async def until(condition: Callable[[], Any]) -> None:
    """Wait for what another thread does."""
    async with asyncio.timeout(3):
        while not condition():  # noqa: ASYNC110  # no event says so
            await asyncio.sleep(0.005)


def sockets(client: Any) -> list[Any]:
    """Return what a client knows of its sockets."""
    pool = getattr(client, "client", client)._connections._pool
    return [socket for kept in pool.sockets.values() for socket in kept]


def places() -> int:
    """Return how many places of accounts are taken or waited for, in all of this process."""
    return sum(account.used + len(account.waiting) for account in _accounts.values())


def left_over(client: Any) -> dict[str, Any]:
    """Return what is in any table though nobody speaks: of the client, of its streams, of accounts, of emulators."""
    alive = [each for each in gc.get_objects() if type(each) in (Carriers, Accounts)]
    carriers = [each for each in alive if isinstance(each, Carriers)]
    served = [each for each in alive if isinstance(each, Accounts)]
    tables = {
        "sinks": [sink for socket in sockets(client) for sink in socket.sinks],
        "claims": [id for socket in sockets(client) for id in socket.claims],
        "strays": [socket.strays for socket in sockets(client)],
        "carriers": [table for each in carriers for table in (each._sockets, each._work, each._slots, each._queued)],
        "places": [places()],
        "served": [+count for each in served for count in (each._keys, each._addresses)],
    }
    return {name: found for name, found in tables.items() if any(found)}


def patient(seconds: float) -> Timeouts:
    """Return timeouts for a slow answer."""
    return Timeouts(connect=seconds, first_audio=seconds, stall=seconds, send=seconds, close=1)


def noise(seconds: float = 4.0, rate: int = 8000) -> bytes:
    """Return a recording that nobody has made before, as WAV."""
    sink = io.BytesIO()
    with wave.open(sink, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(np.random.default_rng().integers(-9000, 9000, round(seconds * rate), "<i2").tobytes())
    return sink.getvalue()
