"""How long a listener waits where a vendor dies in mid-sentence: ``python -m tests.bench.failover``.

Printed is the time from the fault to the next vendor's first audio, next to that vendor's own first audio, the median
of interleaved rounds over loopback sockets. The need is at most 50 ms more; exits 1 where it is more.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from typing import Any

from tests.clients.both import Blocking, Both
from tests.wires import HttpBackend, SocketBackend
from voxbridge import Router
from voxbridge.routing import forget_accounts
from voxbridge.testing import SpeakingHttp, SpeakingSocket, words_text


TEXT = words_text(24)
MOST = 0.05  # seconds
CLIENTS = {"asyncio": Both, "blocking": Blocking}
FAULTS = ({"kind": "close", "code": 1011}, {"kind": "reset"}, {"kind": "cut"})


async def first_audio(client: Any) -> float:
    """Return the seconds to the first chunk."""
    began = time.perf_counter()
    async with client.stream(TEXT) as stream:
        async for _ in stream:
            return time.perf_counter() - began
    raise AssertionError("nothing was heard")


async def handover(client: Any) -> float:
    """Return the seconds from the last chunk of the first vendor to the first one of the second."""
    last = 0.0
    async with client.stream(TEXT) as stream:
        async for chunk in stream:
            if chunk.backend == "second":
                return time.perf_counter() - last
            last = time.perf_counter()
    raise AssertionError("the first one did not fail")


async def measured(name: str, fault: dict[str, Any], rounds: int) -> tuple[list[float], list[float]]:
    """Return the second vendor's own times, and those of the change to it."""
    own, changes = [], []
    for _ in range(rounds):
        forget_accounts()
        script = [{"on": 1, "at": 0.6, **fault}]
        with SpeakingSocket(faults=script) as first, SpeakingHttp() as second:
            route = Router([SocketBackend(first, "first"), HttpBackend(second, "second")])
            async with CLIENTS[name](HttpBackend(second)) as alone, CLIENTS[name](route, retries=0) as client:
                own.append(await first_audio(alone))
                changes.append(await handover(client))
    return own, changes


def main() -> None:
    """Print it, and exit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    rounds, good = parser.parse_args().rounds, True
    for name in CLIENTS:
        for fault in FAULTS:
            own, changes = asyncio.run(measured(name, fault, rounds))
            extra = statistics.median(change - alone for change, alone in zip(changes, own, strict=True))
            good = good and extra <= MOST
            print(
                f"{name:9} {fault['kind']:6} own first audio {statistics.median(own) * 1e3:.1f} ms, after the fault "
                f"{statistics.median(changes) * 1e3:.1f} ms, more by {extra * 1e3:+.1f} ms (at most {MOST * 1e3:.0f})"
            )
    sys.exit(not good)


if __name__ == "__main__":
    main()
