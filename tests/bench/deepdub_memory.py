"""Memory over many utterances on one ``/open`` socket of Deepdub: ``python -m tests.bench.deepdub_memory``.

Five callers at once share the socket, which a server in another process answers. Printed is the resident memory of
a process with one client; the need is that 10,000 utterances make it grow by less than 5 MB. Exits 1 if they do.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from tests.bench.deepdub import PIECES, RATE, SECONDS, TEXT, VOICE, served
from voxbridge import AsyncClient, Client
from voxbridge_deepdub import Deepdub


AT_ONCE = 5
WARM_UP = 0.3  # of the utterances come first: threads get memory of their own from the allocator, and keep it
MOST = 5.0  # MB


def resident() -> float:
    """Return the memory of this process in MB."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def made(url: str, client: Callable[..., Any]) -> Any:
    """Return a client of either kind."""
    backend = Deepdub("key", base_url=url, transport="websocket", voice=VOICE, concurrency=AT_ONCE)
    return client(backend, format=f"linear16/{RATE}")


def blocking(url: str, counts: Iterator[int]) -> Iterator[float]:
    """Speak so many times, and yield the memory after each count."""

    def caller(todo: Iterator[int]) -> None:
        for _ in todo:
            assert sum(len(chunk.data) for chunk in client.stream(TEXT)) == SECONDS * RATE * 2

    with made(url, Client) as client, ThreadPoolExecutor(AT_ONCE) as threads:
        for count in counts:
            for callers in wait([threads.submit(caller, todo) for todo in [iter(range(count))] * AT_ONCE]).done:
                callers.result()
            yield resident()


def asynchronous(url: str, counts: Iterator[int]) -> Iterator[float]:
    """The same with the asyncio client."""

    async def caller(client: AsyncClient, todo: Iterator[int]) -> None:
        for _ in todo:
            async with client.stream(TEXT) as stream:
                assert sum([len(chunk.data) async for chunk in stream]) == SECONDS * RATE * 2

    async def speak(client: AsyncClient, count: int) -> None:
        todo = iter(range(count))
        await asyncio.gather(*(caller(client, todo) for _ in range(AT_ONCE)))

    with asyncio.Runner() as runner:
        client = made(url, AsyncClient)
        for count in counts:
            runner.run(speak(client, count))
            yield resident()
        runner.run(client.aclose())


CLIENTS = {"asyncio": asynchronous, "blocking": blocking}


def measured(name: str, count: int) -> float:
    """Print the memory of one client, and return by how many MB it has grown."""
    with served() as url:
        before, *after = CLIENTS[name](url, iter([round(count * WARM_UP), count // 2, count - count // 2]))
    steps = " ".join(f"{memory:.1f}" for memory in (before, *after))
    print(f"{name:9} {count} utterances of {PIECES} chunks: {steps} MB, grown by {after[-1] - before:.2f} MB")
    return after[-1] - before


def main() -> None:
    """Print it, and exit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="utterances of each client")
    count = parser.parse_args().count
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn, max_tasks_per_child=1) as each:  # neither inherits the other's memory
        grown = list(each.map(measured, CLIENTS, [count] * len(CLIENTS)))
    sys.exit(max(grown) >= MOST)


if __name__ == "__main__":
    main()
