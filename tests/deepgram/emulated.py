"""Our clients before the emulator of Deepgram: what these tests share besides the fixtures of all clients' tests."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

from tests.clients.both import QUICK
from voxbridge_deepgram import Deepgram


CODES = {"close": 1011, "status": 503, "rate": 16000}
FAULTS = [
    {"on": 0, "kind": kind, "code": CODES.get(kind)}
    for kind in ("close", "cut", "drip", "garbage", "rate", "split", "stall", "status")
]


def deepgram(server: Any, transport: str = "auto", **settings: Any) -> Deepgram:
    """Return a backend that talks to an emulator."""
    return Deepgram(settings.pop("api_key", server.api_key), base_url=server.url, transport=transport, **settings)


async def call(client: Any, name: str, *args: Any, **settings: Any) -> Any:
    """Call any method of a client, also one that the driver of both does not name."""
    method = getattr(client, name, None) or getattr(client.client, name)
    if inspect.iscoroutinefunction(method):
        return await method(*args, **settings)
    return await asyncio.to_thread(method, *args, **settings)


def with_client(speaker: Any, target: Any, scenario: Any, **settings: Any) -> Any:
    """Run ``scenario(client)``, a coroutine function, with a client, and return what it returns."""

    async def run() -> Any:
        async with speaker(target, **{"retries": 0, "timeouts": QUICK, **settings}) as client:
            return await scenario(client)

    return asyncio.run(run())
