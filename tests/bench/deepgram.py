"""voxbridge next to the official deepgram-sdk, over REST and WebSocket: ``python tests/bench/deepgram.py``.

A server in another process gives canned audio: 2 seconds of linear16 at 24 kHz, in 20 pieces, on the wire of Deepgram.
Printed are CPU time of this process per utterance and time to first audio, alone and 16 at once; the figure of each
side is the median of interleaved rounds. With ``--rtt`` every byte is delayed by so much each way, and first audio is
counted in round trips.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import statistics
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any


sys.path[:] = [place for place in sys.path if Path(place) != Path(__file__).parent]  # this file has the SDK's name

SECONDS, PIECES, RATE = 2, 20, 24000
PIECE = bytes(2 * SECONDS * RATE // PIECES)
TEXT = "Hello there."
VOICE = "aura-2-thalia-en"
AT_ONCE = 16
FLUSHES = 16
"""How many utterances a socket is used for."""


# -- the server: as little work as can be


class Wire(asyncio.Protocol):
    """One connection: requests, or a WebSocket."""

    def __init__(self, delay: float) -> None:
        self.delay, self.buffer, self.socket = delay, b"", None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self._take, data)
        else:
            self._take(data)

    def _send(self, data: bytes) -> None:
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self.transport.write, data)
        else:
            self.transport.write(data)

    def _take(self, data: bytes) -> None:
        if self.socket is not None:
            self.socket.receive_data(data)
            self._converse()
            return
        self.buffer += data
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return
        if b"upgrade: websocket" in head.lower():
            self._upgrade()
            return
        length = next(
            int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
        )
        if len(rest) < length:
            return
        self.buffer = rest[length:]
        self._send(
            b"HTTP/1.1 200 OK\r\ncontent-type: audio/l16;rate=24000\r\ntransfer-encoding: chunked\r\n"
            b"dg-request-id: 1\r\ndg-char-count: 12\r\ndg-model-name: aura-2-thalia-en\r\n\r\n"
        )
        for _ in range(PIECES):
            self._send(b"%x\r\n%b\r\n" % (len(PIECE), PIECE))
        self._send(b"0\r\n\r\n")

    def _upgrade(self) -> None:
        from websockets.server import ServerProtocol

        self.socket = ServerProtocol()
        self.socket.receive_data(self.buffer)
        [request] = self.socket.events_received()
        self.socket.send_response(self.socket.accept(request))
        self.socket.send_text(json.dumps({"type": "Metadata", "request_id": "1", "model_name": VOICE}).encode())
        self._flush()

    def _converse(self) -> None:
        for frame in self.socket.events_received():
            if frame.opcode == 1 and json.loads(frame.data)["type"] == "Flush":
                for _ in range(PIECES):
                    self.socket.send_binary(PIECE)
                self.socket.send_text(b'{"type": "Flushed", "sequence_id": 0}')
            elif frame.opcode == 1 and json.loads(frame.data)["type"] == "Close":
                self.socket.send_close(1000)
        self._flush()

    def _flush(self) -> None:
        data = b"".join(self.socket.data_to_send())
        if data:
            self._send(data)
        if self.socket.close_expected():
            self.transport.close()


def serve(ports: Any, delay: float) -> None:
    """Serve until the process is ended."""

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: Wire(delay), "127.0.0.1", 0)
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


# -- the two sides; each takes one utterance and returns the seconds to first audio


class Ours:
    """voxbridge, blocking."""

    def __init__(self, url: str, transport: str) -> None:
        from voxbridge import Client
        from voxbridge_deepgram import Deepgram

        backend = Deepgram("key", base_url=url, transport=transport, voice=VOICE, concurrency=AT_ONCE)
        self.client = Client(backend, format=f"linear16/{RATE}")

    def __call__(self) -> float:
        began, first, size = time.perf_counter(), 0.0, 0
        for chunk in self.client.stream(TEXT):
            first = first or time.perf_counter() - began
            size += len(chunk.data)
        assert size == SECONDS * RATE * 2, size
        return first

    def close(self) -> None:
        self.client.close()


class OursWarm:
    """voxbridge on sockets that are open before a round begins. Each keeps to Deepgram's 20 flushes a minute."""

    def __init__(self, url: str) -> None:
        self.url, self.clients, self.turns = url, [], iter(())

    def prepare(self, count: int) -> None:
        """Open new sockets for so many utterances, one after another. Clients live as long as an application."""
        while len(self.clients) * FLUSHES < count:
            self.clients.append(Ours(self.url, "websocket"))
        for ours in self.clients:
            ours.client.close()
            ours.client.warm()
        self.turns = (ours for ours in self.clients for _ in range(FLUSHES))

    def __call__(self) -> float:
        return next(self.turns)()

    def close(self) -> None:
        for ours in self.clients:
            ours.close()


class InLoop(ABC):
    """A side in asyncio: each utterance is a task of one loop."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()

    @abstractmethod
    async def speak(self) -> float:
        """Take one utterance, and return the seconds to first audio."""

    def many(self, count: int, width: int) -> list[float]:
        """Take so many utterances, *width* at a time."""

        async def all_of_them() -> list[float]:
            firsts: list[float] = []
            for _ in range(count // width):
                firsts += await asyncio.gather(*(self.speak() for _ in range(width)))
            return firsts

        return self.runner.run(all_of_them())

    def close(self) -> None:
        self.runner.close()


class OursInLoop(InLoop):
    """voxbridge, asyncio, with or without the extra `fast`."""

    def __init__(self, url: str, *, fast: bool) -> None:
        from voxbridge import AsyncClient
        from voxbridge_deepgram import Deepgram

        super().__init__()
        backend = Deepgram("key", base_url=url, transport="http", voice=VOICE, concurrency=AT_ONCE)
        self.client = AsyncClient(backend, format=f"linear16/{RATE}")
        if not fast:
            sys.modules["voxbridge._aiohttp"] = None  # type: ignore[assignment]  # as if it were not installed
        self.many(1, 1)  # connections are made with the first request
        sys.modules.pop("voxbridge._aiohttp", None)

    async def speak(self) -> float:
        began, first, size = time.perf_counter(), 0.0, 0
        async with self.client.stream(TEXT) as stream:
            async for chunk in stream:
                first = first or time.perf_counter() - began
                size += len(chunk.data)
        assert size == SECONDS * RATE * 2, size
        return first

    def close(self) -> None:
        self.runner.run(self.client.aclose())
        super().close()


class SdkInLoop(InLoop):
    """The SDK over REST, its asyncio client."""

    def __init__(self, url: str) -> None:
        from deepgram import AsyncDeepgramClient

        super().__init__()
        self.client = AsyncDeepgramClient(api_key="key", environment=sdk_place(url))

    async def speak(self) -> float:
        began, first, size = time.perf_counter(), 0.0, 0
        async for data in self.client.speak.v1.audio.generate(
            text=TEXT, model=VOICE, encoding="linear16", container="none", sample_rate=RATE
        ):
            first = first or time.perf_counter() - began
            size += len(data)
        assert size == SECONDS * RATE * 2, size
        return first


def sdk_place(url: str) -> Any:
    """Return *url* as the official clients are given it."""
    from deepgram.environment import DeepgramClientEnvironment

    return DeepgramClientEnvironment(base=url, production=url.replace("http", "ws"), agent=url, agent_rest=url)


def sdk_client(url: str) -> Any:
    """Return the official client, pointed at *url*."""
    from deepgram import DeepgramClient

    return DeepgramClient(api_key="key", environment=sdk_place(url))


class SdkRest:
    """The SDK over REST, one client."""

    def __init__(self, url: str) -> None:
        self.client = sdk_client(url)

    def __call__(self) -> float:
        began, first, size = time.perf_counter(), 0.0, 0
        for data in self.client.speak.v1.audio.generate(
            text=TEXT, model=VOICE, encoding="linear16", container="none", sample_rate=RATE
        ):
            first = first or time.perf_counter() - began
            size += len(data)
        assert size == SECONDS * RATE * 2, size
        return first

    def close(self) -> None:
        pass


class SdkSocket:
    """The SDK over a WebSocket: one for every utterance, as it is documented, or one that is kept warm."""

    def __init__(self, url: str, *, warm: bool) -> None:
        self.client, self.warm = sdk_client(url), warm
        self.kept = self._connect() if warm else None
        self.socket = self.kept.__enter__() if self.kept else None

    def _connect(self) -> Any:
        return self.client.speak.v1.connect(model=VOICE, encoding="linear16", sample_rate=RATE)

    def _speak(self, socket: Any, began: float) -> float:
        from deepgram.speak.v1.types import SpeakV1Text

        first, size = 0.0, 0
        socket.send_text(SpeakV1Text(text=TEXT))
        socket.send_flush()
        while True:
            message = socket.recv()
            if isinstance(message, bytes):
                first = first or time.perf_counter() - began
                size += len(message)
            elif message.type == "Flushed":
                assert size == SECONDS * RATE * 2, size
                return first

    def __call__(self) -> float:
        began = time.perf_counter()
        if self.socket is not None:
            return self._speak(self.socket, began)
        with self._connect() as socket:
            return self._speak(socket, began)

    def close(self) -> None:
        if self.kept:
            self.kept.__exit__(None, None, None)


# -- measuring


def measured(work: Callable[[], list[float]], count: int) -> tuple[float, float]:
    """Return milliseconds of CPU per utterance, and to first audio (the median)."""
    began = time.process_time()
    firsts = work()
    return (time.process_time() - began) / count * 1e3, statistics.median(firsts) * 1e3


def alone(side: Callable[[], float], count: int) -> Callable[[], list[float]]:
    """Return the work of so many utterances one after another."""
    return lambda: [side() for _ in range(count)]


def at_once(side: Callable[[], float], count: int, threads: ThreadPoolExecutor) -> Callable[[], list[float]]:
    """Return the work of so many utterances, sixteen at a time."""
    return lambda: list(threads.map(lambda _: side(), range(count)))


def work(side: Any, count: int, threads: ThreadPoolExecutor | None) -> Callable[[], list[float]]:
    """Return the work of so many utterances, one after another or sixteen at a time."""
    if isinstance(side, InLoop):
        return lambda: side.many(count, AT_ONCE if threads else 1)
    return at_once(side, count, threads) if threads else alone(side, count)


def compare(name: str, sides: dict[str, Any], count: int, rounds: int, threads: ThreadPoolExecutor | None) -> None:
    """Print the medians of interleaved rounds."""
    found: dict[str, list[tuple[float, float]]] = {side: [] for side in sides}
    works = {side: work(take, count, threads) for side, take in sides.items()}
    for round in range(rounds + 1):
        for side, take in works.items():
            if isinstance(sides[side], OursWarm):
                sides[side].prepare(count)
            time.sleep(0.05)  # what closes in the background is not of this round; and each side begins after a rest
            times = measured(take, count)
            found[side] += [times] if round else []  # the first one warms up
    medians = {
        side: tuple(statistics.median(values) for values in zip(*rows, strict=True)) for side, rows in found.items()
    }
    ours = medians["voxbridge"][0]
    for side, (cpu, first) in medians.items():
        ratio = "" if side == "voxbridge" else f"   voxbridge takes {ours / cpu:.2f} of it"
        print(f"{name:24} {side:24} {cpu:7.2f} ms CPU   first audio {first:7.2f} ms{ratio}")


def main() -> None:
    """Print it all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=48, help="utterances a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rtt", type=float, default=0.0, help="milliseconds that every byte takes each way")
    arguments = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    ports: Any = context.Queue()
    server = context.Process(target=serve, args=(ports, arguments.rtt / 1e3), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{ports.get()}"
    try:
        if arguments.rtt:
            round_trips(url, 2 * arguments.rtt)
        else:
            with ThreadPoolExecutor(AT_ONCE) as threads:
                for many, pool in (("alone", None), ("16 at once", threads)):
                    sides = {"voxbridge": Ours(url, "http"), "deepgram-sdk": SdkRest(url)}
                    compare(f"REST, {many}", sides, arguments.count, arguments.rounds, pool)
                    in_loop(url, many, arguments, pool)
                    sides = {
                        "voxbridge": Ours(url, "websocket"),
                        "deepgram-sdk as documented": SdkSocket(url, warm=False),
                    }
                    compare(f"WebSocket, {many}", sides, arguments.count, arguments.rounds, pool)
                sides = {"voxbridge": OursWarm(url), "deepgram-sdk": SdkSocket(url, warm=True)}
                compare("WebSocket, warm", sides, arguments.count, arguments.rounds, None)
    finally:
        server.terminate()


def in_loop(url: str, many: str, arguments: Any, pool: ThreadPoolExecutor | None) -> None:
    """Compare requests in asyncio, and with the extra `fast` where it is installed."""
    for fast in (False, True):
        if fast and not find_spec("aiohttp"):
            print("REST fast: install the extra `fast`")
            return
        sides = {"voxbridge": OursInLoop(url, fast=fast), "deepgram-sdk": SdkInLoop(url)}
        compare(f"REST {'fast' if fast else 'asyncio'}, {many}", sides, arguments.count, arguments.rounds, pool)
        for side in sides.values():
            side.close()


def round_trips(url: str, trip: float) -> None:
    """Print first audio in round trips of *trip* milliseconds."""
    ours = Ours(url, "websocket")
    ours.client.warm()
    for side, take in {"voxbridge warm": ours, "deepgram-sdk as documented": SdkSocket(url, warm=False)}.items():
        first = statistics.median(take() for _ in range(5)) * 1e3
        print(f"WebSocket {side:28} first audio {first:7.1f} ms = {first / trip:.2f} round trips of {trip:g} ms")


if __name__ == "__main__":
    main()
