"""First audio, early close and leftovers of streams on espeak, both clients: ``python tests/bench/streams.py``.

Prints, as medians of 50: how long after the engine's own first callback a chunk is in the caller's hands, and how long
after a close the engine still runs; then what 10,000 streams that were opened, read once and abandoned leave behind.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from voxbridge import AsyncClient, Client
from voxbridge_espeak._engine import Engine


TEXT = "This is a sentence that is long enough for the engine to be at work for some time. " * 20
ROUNDS = 50


class Watch:
    """When the engine gave its first audio of a stream, and when its last call returned."""

    def __init__(self) -> None:
        self.first = self.returned = 0.0
        self._working = 0
        self._idle = threading.Condition()
        self._speak = Engine.speak

    def begin(self) -> None:
        """Begin with another stream."""
        self.wait()
        self.first = 0.0

    def wait(self) -> None:
        """Wait until the engine is idle."""
        with self._idle:
            assert self._idle.wait_for(lambda: not self._working, timeout=5)

    def __call__(
        self, engine: Engine, text: str, voice: Any, rate: int, emit: Callable[[bytes], bool], **more: Any
    ) -> None:
        """Speak, and note the times."""

        def timed(data: bytes) -> bool:
            self.first = self.first or time.perf_counter()
            return emit(data)

        with self._idle:
            self._working += 1
        try:
            self._speak(engine, text, voice, rate, timed, **more)
        finally:
            self.returned = time.perf_counter()
            with self._idle:
                self._working -= 1
                self._idle.notify_all()


def blocking(watch: Watch) -> tuple[list[float], list[float]]:
    """Measure the blocking client."""
    firsts, stops = [], []
    with Client("espeak") as client:
        for _ in range(ROUNDS):
            watch.begin()
            stream = client.stream(TEXT)
            next(stream)
            firsts.append(time.perf_counter() - watch.first)
            closed = time.perf_counter()
            stream.close()
            watch.wait()
            stops.append(max(0.0, watch.returned - closed))
    return firsts, stops


async def on_a_loop(watch: Watch) -> tuple[list[float], list[float]]:
    """Measure the asyncio client."""
    firsts, stops = [], []
    async with AsyncClient("espeak") as client:
        for _ in range(ROUNDS):
            watch.begin()
            stream = client.stream(TEXT)
            await anext(stream)
            firsts.append(time.perf_counter() - watch.first)
            closed = time.perf_counter()
            await stream.aclose()
            await asyncio.to_thread(watch.wait)
            stops.append(max(0.0, watch.returned - closed))
    return firsts, stops


def holdings() -> dict[str, float]:
    """Return what this process holds."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return {
        "threads": threading.active_count(),
        "files": len(list(Path("/proc/self/fd").iterdir())),
        "MB": pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
    }


def settled(before: dict[str, float]) -> dict[str, float]:
    """Return what is held once threads that are about to end have ended."""
    until = time.monotonic() + 10
    while (held := holdings())["threads"] > before["threads"] and time.monotonic() < until:
        time.sleep(0.05)
    return held


def abandon(count: int) -> None:
    """Open, read once and drop so many streams of the blocking client."""
    with Client("espeak") as client:
        for _ in range(count):
            for _ in client.stream("Hello there. How are you?"):
                break


async def abandon_on_a_loop(count: int) -> int:
    """Do the same on a loop; return the tasks that are left."""
    async with AsyncClient("espeak") as client:
        for _ in range(count):
            async for _ in client.stream("Hello there. How are you?"):
                break
            await asyncio.sleep(0)
        await asyncio.sleep(0.1)
        return len(asyncio.all_tasks()) - 1


def main() -> None:
    """Print it all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=10_000)
    count = parser.parse_args().streams
    watch = Watch()
    with patch.object(Engine, "speak", lambda *args, **more: watch(*args, **more)):  # noqa: PLW0108  # it must bind
        for name, (firsts, stops) in (("blocking", blocking(watch)), ("asyncio", asyncio.run(on_a_loop(watch)))):
            print(
                f"{name:9} first audio {statistics.median(firsts) * 1000:6.2f} ms after the engine's"
                f"   engine stops {statistics.median(stops) * 1000:6.2f} ms after close"
            )
    for name, work in (
        ("blocking", lambda: abandon(count)),
        ("asyncio", lambda: asyncio.run(abandon_on_a_loop(count))),
    ):
        abandon(100)
        asyncio.run(abandon_on_a_loop(100))
        before = holdings()
        began = time.perf_counter()
        tasks = work()
        after = settled(before)
        print(
            f"{name:9} {count} abandoned: threads {after['threads'] - before['threads']:+.0f}"
            f"   files {after['files'] - before['files']:+.0f}   tasks {tasks or 0:+d}"
            f"   memory {after['MB'] - before['MB']:+.1f} MB   ({time.perf_counter() - began:.1f} s)"
        )


if __name__ == "__main__":
    main()
