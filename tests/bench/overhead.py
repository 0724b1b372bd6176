"""What a chunk costs through a socket exchange, next to the bare websockets loop: ``python tests/bench/overhead.py``.

A server in another process sends frames of 100 ms of linear16 at 24 kHz. Both sides of each pair only take the frames;
the figures are CPU time of this process per frame, the median of interleaved rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import statistics
import time
from collections.abc import Callable
from typing import Any

import websockets.asyncio.client
import websockets.asyncio.server
import websockets.sync.client

from voxbridge import (
    AsyncClient,
    Audio,
    Backend,
    Capabilities,
    Client,
    Finished,
    Send,
    SocketExchange,
    SocketSpec,
    Whole,
)


FRAME = bytes(4800)


def serve(ports: Any, frames: int, pace: float) -> None:
    """Send so many frames for each message, then ``done``."""

    async def speak(connection: Any) -> None:
        async for _ in connection:
            for _ in range(frames):
                await connection.send(FRAME)
                if pace:
                    await asyncio.sleep(pace)
            await connection.send("done")

    async def main() -> None:
        async with websockets.asyncio.server.serve(speak, "127.0.0.1", 0, compression=None) as server:
            ports.put(server.sockets[0].getsockname()[1])
            await asyncio.get_running_loop().create_future()

    asyncio.run(main())


class Exchange(SocketExchange):
    """One unit, its frames, ``done``."""

    def __init__(self, job: Any, url: str) -> None:
        super().__init__(job)
        self.socket = SocketSpec(url=url)
        self.unit = 0

    def send_unit(self, unit: Any) -> Any:
        self.unit, self.owed = unit.index, 1
        return [Send(unit.text)]

    def receive_frame(self, payload: Any) -> Any:
        if type(payload) is bytes:
            return [Audio(payload, self.unit)]
        self.owed = 0
        return [Whole(self.unit + 1), Finished()]


class Vendor(Backend):
    """The server as a backend."""

    name = "bench"

    def __init__(self, url: str) -> None:
        self.url = url

    def capabilities(self, voice: Any) -> Capabilities:
        return Capabilities(formats=("linear16/24000",), transports=("websocket",))

    def exchange(self, job: Any) -> Exchange:
        return Exchange(job, self.url)


def cpu(work: Callable[[], int], frames: int) -> float:
    """Return microseconds of CPU a frame."""
    began = time.process_time()
    taken = work()
    spent = time.process_time() - began
    assert taken >= frames, taken
    return spent / frames * 1e6


def blocking(url: str, frames: int, rounds: int) -> tuple[list[float], list[float]]:
    """Measure the blocking client and the blocking loop."""
    bare_times, own_times = [], []
    with websockets.sync.client.connect(url, compression=None) as socket, Client(Vendor(url)) as client:

        def bare() -> int:
            socket.send("x")
            taken = 0
            for message in socket:
                if message == "done":
                    return taken
                taken += 1
            return taken

        def own() -> int:
            return sum(len(chunk.data) for chunk in client.stream("Hello.")) // len(FRAME)

        for work in (bare, own):
            work()
        for _ in range(rounds):
            bare_times.append(cpu(bare, frames))
            own_times.append(cpu(own, frames))
    return bare_times, own_times


async def on_a_loop(url: str, frames: int, rounds: int) -> tuple[list[float], list[float]]:
    """Measure the asyncio client and the asyncio loop."""
    bare_times, own_times = [], []

    async def bare(socket: Any) -> int:
        await socket.send("x")
        taken = 0
        async for message in socket:
            if message == "done":
                break
            taken += 1
        return taken

    async def own(client: AsyncClient) -> int:
        size = 0
        async with client.stream("Hello.") as stream:
            async for chunk in stream:
                size += len(chunk.data)
        return size // len(FRAME)

    async with websockets.asyncio.client.connect(url, compression=None) as socket, AsyncClient(Vendor(url)) as client:
        await bare(socket)
        await own(client)
        for _ in range(rounds):
            for work, times in ((bare(socket), bare_times), (own(client), own_times)):
                began = time.process_time()
                taken = await work
                times.append((time.process_time() - began) / frames * 1e6)
                assert taken >= frames, taken
    return bare_times, own_times


def main() -> None:
    """Print both pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--pace", type=float, default=0.0, help="seconds between two frames")
    arguments = parser.parse_args()
    ports: Any = multiprocessing.get_context("spawn").Queue()
    server = multiprocessing.get_context("spawn").Process(
        target=serve, args=(ports, arguments.frames, arguments.pace), daemon=True
    )
    server.start()
    url = f"ws://127.0.0.1:{ports.get()}/"
    try:
        for name, (bare, own) in (
            ("blocking", blocking(url, arguments.frames, arguments.rounds)),
            ("asyncio", asyncio.run(on_a_loop(url, arguments.frames, arguments.rounds))),
        ):
            extra = statistics.median(ours - theirs for ours, theirs in zip(own, bare, strict=True))
            bare_median, own_median = statistics.median(bare), statistics.median(own)
            print(f"{name:9} us a frame: bare {bare_median:.1f}, voxbridge {own_median:.1f}, above it {extra:+.1f}")
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
