"""Many requests that fail or are left: ``python -m tests.bench.soak``. Printed is what they leave behind.

A server in another process speaks Deepdub's wire, by requests and over ``/open``; three attempts of ten fail, and of
callers three in ten leave in the middle. After 10,000 requests of each client nothing may be left of them, neither
task, thread, file, nor entry in any map, and the memory may grow by at most 50 bytes a request, else it exits 1.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import sys
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from attrs import Factory, define

from tests.bench._failing import served
from voxbridge import AsyncClient, Client, Timeouts, VoxbridgeError
from voxbridge.routing import _accounts, _limits, forget_accounts
from voxbridge_deepdub import Deepdub


CANCELS = 0.3
AT_ONCE = 8
MOST = 50.0  # bytes a request
POINTS = 10
SETTLING = 0.05  # seconds, for what is being closed
T95 = 2.306  # Student's t, two-sided, for so many points
VOICE = "bd1b00bb-be1c-4679-8eaa-0fcbfd4ff773"
TEXT = "One and two. Three and four. Five."
PATIENCE = Timeouts(connect=2.0, first_audio=2.0, stall=2.0, send=2.0, close=0.5)


@define
class Soak:
    """What became of the requests to a server, and what is left of them."""

    url: str
    ends: Counter[str] = Factory(Counter)
    """How many were spoken, failed or were left, and how many attempts there were and failed."""
    memory: list[tuple[int, int]] = Factory(list)
    """After how many requests it was how many bytes."""
    left: list[str] = Factory(list)
    """What should not be there."""

    def slope(self) -> tuple[float, float]:
        """Return by how many bytes a request the memory grows, and the bound of that at 95 %."""
        counts, sizes = zip(*self.memory, strict=True)
        slope, start = statistics.linear_regression(counts, sizes)
        rest = sum((size - start - slope * count) ** 2 for count, size in self.memory)
        spread = sum((count - statistics.fmean(counts)) ** 2 for count in counts)
        return slope, slope + T95 * (rest / (len(counts) - 2) / spread) ** 0.5

    def note(self, count: int) -> None:
        """Measure the memory after so many requests; what was made before the first time is not counted."""
        gc.collect()
        if not tracemalloc.is_tracing():
            tracemalloc.start()
        self.memory.append((count, tracemalloc.get_traced_memory()[0]))

    def attempted(self, report: Any) -> None:
        self.ends["attempts"] += 1
        self.ends["failed attempts"] += report.error is not None

    def check(self, client: Any) -> None:
        """Note what is left although nobody speaks."""
        for sockets in client._connections._pool.sockets.values():
            self.left += [f"socket in use: {socket}" for socket in sockets if socket.sinks or socket.claims]
        self.left += [f"places of an account: {key}" for key in _limits._accounts if self.url in key]
        self.left += [f"attempt under way: {key}" for key, known in _accounts._accounts.items() if known.budget.active]
        if len(_accounts._accounts) > 2:
            self.left.append(f"{len(_accounts._accounts)} accounts")


def made(kind: Callable[..., Any], soak: Soak) -> Any:
    """Return a client whose two members fail alike."""
    members = [
        Deepdub("key-of-one", base_url=soak.url, transport="http", voice=VOICE, concurrency=AT_ONCE),
        Deepdub(
            "key-of-two", base_url=soak.url, transport="websocket", voice=VOICE, concurrency=AT_ONCE, name="second"
        ),
    ]
    return kind(members, format="mulaw/8000", timeouts=PATIENCE, on_attempt=soak.attempted)


def batches(requests: int) -> Iterator[range]:
    """Yield the requests between two looks at the memory; a fifth comes before the first."""
    first = requests // 5
    ends = [first + (requests - first) * point // (POINTS - 1) for point in range(POINTS)]
    for begin, end in pairwise([0, *ends]):
        yield range(begin, end)


async def call(client: AsyncClient, number: int, soak: Soak) -> None:
    """Make one request of the asyncio client, in a way that its number says."""
    random = Random(number)  # noqa: S311  # it is meant to be repeated
    how, leaves = random.choice(["synthesize", "whole", "pieces", "pushed"]), random.random() < CANCELS
    late = random.uniform(0.0, 0.02) if leaves and random.random() < 0.5 else None
    try:
        async with asyncio.timeout(late):
            await speak(client, how, leaves=leaves and late is None)
        soak.ends["left" if leaves else "spoken"] += 1
    except TimeoutError:
        soak.ends["left"] += 1
    except VoxbridgeError:
        soak.ends["failed"] += 1


async def speak(client: AsyncClient, how: str, *, leaves: bool = False) -> None:
    """Speak; leave after the first chunk if so."""
    if how == "synthesize" and not leaves:
        await client.synthesize(TEXT)
        return
    text = {"pieces": [f"{word} " for word in TEXT.split()], "pushed": None}.get(how, TEXT)
    async with client.stream(text) as stream:
        if text is None:
            await stream.send(TEXT)
            await stream.flush()
            await stream.end()
        async for _ in stream:
            if leaves:
                return


def call_blocking(client: Client, number: int, soak: Soak) -> None:
    """Make one request of the blocking client, in a way that its number says."""
    random = Random(number)  # noqa: S311  # it is meant to be repeated
    how, leaves = random.choice(["synthesize", "whole", "pieces", "pushed"]), random.random() < CANCELS
    try:
        if how == "synthesize" and not leaves:
            client.synthesize(TEXT)
        else:
            text: Any = {"pieces": (f"{word} " for word in TEXT.split()), "pushed": None}.get(how, TEXT)
            stream = client.stream(text)
            if text is None:
                stream.send(TEXT)
                stream.flush()
                stream.end()
            for _ in stream:
                if leaves:
                    break
            if leaves and random.random() < 0.5:
                stream.close()  # the other half is only let go of
        soak.ends["left" if leaves else "spoken"] += 1
    except VoxbridgeError:
        soak.ends["failed"] += 1


def asynchronous(url: str, requests: int) -> Soak:
    """Soak the asyncio client."""
    soak = Soak(url)

    async def caller(client: AsyncClient, todo: Iterator[int]) -> None:
        for number in todo:
            await call(client, number, soak)

    async def main() -> None:
        tasks = asyncio.all_tasks()
        async with made(AsyncClient, soak) as client:
            for batch in batches(requests):
                todo = iter(batch)
                await asyncio.gather(*(caller(client, todo) for _ in range(AT_ONCE)))
                await asyncio.sleep(SETTLING)
                soak.note(batch.stop)
            soak.check(client)
        soak.left += [f"task: {task}" for task in asyncio.all_tasks() - tasks]

    asyncio.run(main())
    return soak


def blocking(url: str, requests: int) -> Soak:
    """Soak the blocking client."""
    soak = Soak(url)

    def caller(client: Client, todo: Iterator[int]) -> None:
        for number in todo:
            call_blocking(client, number, soak)

    with made(Client, soak) as client, ThreadPoolExecutor(AT_ONCE) as threads:
        for batch in batches(requests):
            todo = iter(batch)
            for future in [threads.submit(caller, client, todo) for _ in range(AT_ONCE)]:
                future.result()
            time.sleep(SETTLING)
            soak.note(batch.stop)
        soak.check(client)
    return soak


CLIENTS = {"asyncio": asynchronous, "blocking": blocking}


def held() -> set[object]:
    """Return the threads, and the numbers of the open files."""
    files = list(Path("/proc/self/fd").iterdir()) if Path("/proc/self/fd").exists() else []
    return {*threading.enumerate(), *(file for file in files if file.exists())}  # the listing itself is gone by now


def soaked(name: str, requests: int) -> Soak:
    """Make so many requests with one client, and return what became of them."""
    with served() as url:
        before = held()
        forget_accounts()
        try:
            soak = CLIENTS[name](url, requests)
        finally:
            tracemalloc.stop()
        end = time.monotonic() + 3
        while not held() <= before and time.monotonic() < end:
            gc.collect()
            time.sleep(0.01)
        soak.left += [f"thread or file: {thing}" for thing in held() - before]
    return soak


def main() -> None:
    """Print it, and exit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000, help="of each client")
    requests, good = parser.parse_args().requests, True
    for name in CLIENTS:
        began = time.perf_counter()
        soak = soaked(name, requests)
        slope, bound = soak.slope()
        good = good and not soak.left and bound <= MOST
        ends = ", ".join(f"{count} {what}" for what, count in soak.ends.items())
        print(f"{name:9} {requests} requests in {time.perf_counter() - began:.0f} s: {ends}")
        print(f"{'':9} {slope:+.1f} bytes a request (with 95 % certainty below {bound:.1f}, at most {MOST:.0f})")
        print(f"{'':9} left behind: {soak.left or 'nothing'}")
    sys.exit(not good)


if __name__ == "__main__":
    main()
