"""What a `Router` with a healthy first member costs, next to the bare backend: ``python -m tests.bench.routing``.

A server in another process answers each text with a few frames. Printed is CPU time of this process an utterance, the
median of interleaved rounds, and the median of what a round with the router took above the one beside it. At most 5 %
of the bare backend's, or 20 us, whichever is more: exits 1 where it is not so.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable
from itertools import cycle
from typing import Any

from tests.bench.overhead import FRAME, Vendor, serve
from voxbridge import AsyncClient, Backend, Client, Router


FRAMES = 5
SHARE, LEAST = 0.05, 20.0  # of the bare backend's time; us


def named(url: str, name: str) -> Vendor:
    """Return the server as a backend of this name."""
    vendor = Vendor(url)
    vendor.name = name
    return vendor


def targets(url: str) -> dict[str, Backend]:
    """Return what is measured, the bare backend first."""
    return {
        "bare": named(url, "bench"),
        "router of 1": Router([named(url, "bench")]),
        "router of 3": Router([named(url, name) for name in ("bench", "second", "third")]),
    }


Work = dict[str, Callable[[int], float]]


def interleaved(work: Work, utterances: int, rounds: int) -> dict[str, list[float]]:
    """Return the times of each in us an utterance; each begins a round as often as the others."""
    times: dict[str, list[float]] = {name: [] for name in work}
    names = cycle(work)
    gc.collect()
    gc.disable()
    for _ in range(rounds):
        next(names)
        for name in [next(names) for _ in work]:
            times[name].append(work[name](utterances) / utterances * 1e6)
        gc.collect()
    gc.enable()
    return times


def blocking(url: str, utterances: int, rounds: int) -> dict[str, list[float]]:
    """Measure the blocking client."""

    def measure(client: Client) -> Callable[[int], float]:
        def work(count: int) -> float:
            began = time.process_time()
            for _ in range(count):
                assert sum(len(chunk.data) for chunk in client.stream("Hello.")) == FRAMES * len(FRAME)
            return time.process_time() - began

        work(3)
        return work

    clients = {name: Client(target) for name, target in targets(url).items()}
    times = interleaved({name: measure(client) for name, client in clients.items()}, utterances, rounds)
    for client in clients.values():
        client.close()
    return times


def on_a_loop(url: str, utterances: int, rounds: int) -> dict[str, list[float]]:
    """Measure the asyncio client."""

    async def speak(client: AsyncClient, count: int) -> float:
        began = time.process_time()
        for _ in range(count):
            async with client.stream("Hello.") as stream:
                assert sum([len(chunk.data) async for chunk in stream]) == FRAMES * len(FRAME)
        return time.process_time() - began

    with asyncio.Runner() as runner:

        def measure(client: AsyncClient) -> Callable[[int], float]:
            runner.run(speak(client, 3))
            return lambda count: runner.run(speak(client, count))

        clients = {name: AsyncClient(target) for name, target in targets(url).items()}
        times = interleaved({name: measure(client) for name, client in clients.items()}, utterances, rounds)
        for client in clients.values():
            runner.run(client.aclose())
    return times


def told(kind: str, times: dict[str, list[float]]) -> bool:
    """Print the figures, and return whether they are good."""
    bare = times.pop("bare")
    print(f"{kind:9} us an utterance: bare {statistics.median(bare):.0f}")
    allowed, good = max(LEAST, SHARE * statistics.median(bare)), True
    for name, own in times.items():
        extra = statistics.median(ours - theirs for ours, theirs in zip(own, bare, strict=True))
        good = good and extra <= allowed
        print(f"{'':9} {name} {statistics.median(own):.0f}, above it {extra:+.1f} (at most {allowed:.1f})")
    return good


def main() -> None:
    """Print it, and exit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--utterances", type=int, default=100, help="a round")
    parser.add_argument("--rounds", type=int, default=41)
    arguments = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    ports: Any = spawn.Queue()
    server = spawn.Process(target=serve, args=(ports, FRAMES, 0.0), daemon=True)
    server.start()
    url = f"ws://127.0.0.1:{ports.get()}/"
    try:
        good = [
            told(kind, measured(url, arguments.utterances, arguments.rounds))
            for kind, measured in (("blocking", blocking), ("asyncio", on_a_loop))
        ]
    finally:
        server.terminate()
    sys.exit(not all(good))


if __name__ == "__main__":
    main()
