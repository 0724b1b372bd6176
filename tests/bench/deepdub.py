"""voxbridge next to the official deepdub SDK, by requests and over ``/open``: ``python tests/bench/deepdub.py``.

A server in another process gives canned audio on Deepdub's wire: 2 seconds in 20 pieces, mu-law or mp3 at 128 kbit/s by
requests, linear16 at 24 kHz over the socket. Printed are CPU time of this process per utterance and time to first
audio; the figure of each side is the median of interleaved rounds. The SDK's requests give no audio before its end.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import multiprocessing
import statistics
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any


sys.path[:] = [place for place in sys.path if Path(place) != Path(__file__).parent]  # this file has the SDK's name

SECONDS, PIECES, RATE = 2, 20, 24000
PIECE = bytes(2 * SECONDS * RATE // PIECES)
FRAME = bytes.fromhex("fffb94c4") + bytes(380)  # silent, 24 ms, 48 kHz mono at 128 kbit/s (ISO 11172-3)
BODIES = {"mulaw": b"\xff" * (8000 * SECONDS // PIECES), "mp3": FRAME * 4}  # a piece of each
LINEAR = f"linear16/{RATE}"
SIZES = {LINEAR: len(PIECE) * PIECES, **{format: len(body) * PIECES for format, body in BODIES.items()}}  # bytes in all
DATA = base64.b64encode(PIECE).decode()
TEXT = "Hello there."
VOICE = "bd1b00bb-be1c-4679-8eaa-0fcbfd4ff773"


# -- the server: as little work as can be


class Wire(asyncio.Protocol):
    """One connection: requests, or a WebSocket."""

    def __init__(self) -> None:
        self.buffer, self.socket = b"", None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
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
        body = BODIES[json.loads(rest)["format"]]
        self.transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ntransfer-encoding: chunked\r\nx-generation-id: 1\r\n\r\n"
        )
        for _ in range(PIECES):
            self.transport.write(b"%x\r\n%b\r\n" % (len(body), body))
        self.transport.write(b"0\r\n\r\n")

    def _upgrade(self) -> None:
        from websockets.server import ServerProtocol

        self.socket = ServerProtocol()
        self.socket.receive_data(self.buffer)
        [request] = self.socket.events_received()
        self.socket.send_response(self.socket.accept(request))
        self._flush()

    def _converse(self) -> None:
        for frame in self.socket.events_received():
            if frame.opcode == 1:
                id = json.loads(frame.data)["generationId"]
                self.socket.send_text(json.dumps({"data": "", "generationId": id, "isFinished": False}).encode())
                for index in range(PIECES):
                    last = index == PIECES - 1
                    chunk = {"index": index, "generationId": id, "data": DATA, "isFinished": last}
                    self.socket.send_binary(json.dumps(chunk).encode())
        self._flush()

    def _flush(self) -> None:
        data = b"".join(self.socket.data_to_send())
        if data:
            self.transport.write(data)
        if self.socket.close_expected():
            self.transport.close()


def serve(ports: Any) -> None:
    """Serve until the process is ended."""

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(Wire, "127.0.0.1", 0)
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


@contextmanager
def served() -> Iterator[str]:
    """Serve in a process of its own, and yield the address of requests."""
    context = multiprocessing.get_context("spawn")
    ports: Any = context.Queue()
    server = context.Process(target=serve, args=(ports,), daemon=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{ports.get()}/api/v1"
    finally:
        server.terminate()


# -- the sides; each takes one utterance and returns the seconds to first audio


class Side(ABC):
    """One way to speak."""

    def __init__(self, url: str) -> None:
        self.url = url

    @abstractmethod
    def __call__(self) -> float:
        """Take an utterance, and return the seconds to first audio."""

    def backend(self, transport: str) -> Any:
        from voxbridge_deepdub import Deepdub

        return Deepdub("key", base_url=self.url, transport=transport, voice=VOICE)

    def sdk(self) -> Any:
        """Return the official client."""
        from deepdub import DeepdubClient

        socket = "ws" + self.url.removeprefix("http").removesuffix("/api/v1")
        return DeepdubClient(
            base_url=self.url,
            base_websocket_url=f"{socket}/open",
            base_websocket_streaming_url=f"{socket}/ws",
            api_key="key",
        )

    @abstractmethod
    def close(self) -> None:
        """Close what it holds."""


class LoopSide(Side):
    """One over ``/open``, on an event loop of its own."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.loop = asyncio.new_event_loop()

    def __call__(self) -> float:
        return self.loop.run_until_complete(self.speak())

    @abstractmethod
    async def speak(self) -> float:
        """Take an utterance, and return the seconds to first audio."""

    async def heard(self, began: float, chunks: Any) -> float:
        """Take all audio of a generation."""
        first, size = 0.0, 0
        async for chunk in chunks:
            first = first or time.perf_counter() - began
            size += len(getattr(chunk, "data", chunk))
        assert size == SIZES[LINEAR], size
        return first

    def close(self) -> None:
        self.loop.close()


class OurSpeech(Side):
    """Our blocking client by requests, whole; it keeps its connection."""

    def __init__(self, url: str, format: str, transport: str = "http") -> None:
        from voxbridge import Client

        super().__init__(url)
        self.client = Client(self.backend(transport), format=format)
        self.size = SIZES[format]

    def __call__(self) -> float:
        began = time.perf_counter()
        assert len(self.client.synthesize(TEXT).audio) == self.size
        return time.perf_counter() - began

    def close(self) -> None:
        self.client.close()


class OurStream(OurSpeech):
    """The same, heard as it comes."""

    def __call__(self) -> float:
        began, first, size = time.perf_counter(), 0.0, 0
        for chunk in self.client.stream(TEXT):
            first = first or time.perf_counter() - began
            size += len(chunk.data)
        assert size == self.size, size
        return first


class SdkRequests(Side):
    """The SDK by requests: a connection for each, as it has it."""

    def __init__(self, url: str, format: str) -> None:
        super().__init__(url)
        self.client, self.format = self.sdk(), format

    def __call__(self) -> float:
        began = time.perf_counter()
        assert len(self.client.tts(TEXT, voice_prompt_id=VOICE, format=self.format)) == SIZES[self.format]
        return time.perf_counter() - began

    def close(self) -> None:
        """Close nothing: it keeps no connection."""


class OurSocket(LoopSide):
    """Our asyncio client over ``/open``, the socket of which it keeps."""

    def __init__(self, url: str) -> None:
        from voxbridge import AsyncClient

        super().__init__(url)
        self.client = AsyncClient(self.backend("websocket"), format=LINEAR)

    async def speak(self) -> float:
        began = time.perf_counter()
        async with self.client.stream(TEXT) as stream:
            return await self.heard(began, stream)

    def close(self) -> None:
        self.loop.run_until_complete(self.client.aclose())
        super().close()


class SdkSocket(LoopSide):
    """The SDK over ``/open``, a socket for each utterance, as it is documented."""

    def said(self, connection: Any) -> Any:
        return connection.async_tts(TEXT, voice_prompt_id=VOICE, format="s16le", sample_rate=RATE)

    async def speak(self) -> float:
        began = time.perf_counter()
        async with self.sdk().async_connect() as connection:
            return await self.heard(began, self.said(connection))


class WarmSdkSocket(SdkSocket):
    """The SDK over one ``/open`` that stays open."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.kept = self.sdk().async_connect()
        self.connection = self.loop.run_until_complete(self.kept.__aenter__())

    async def speak(self) -> float:
        return await self.heard(time.perf_counter(), self.said(self.connection))

    def close(self) -> None:
        self.loop.run_until_complete(self.kept.__aexit__(None, None, None))
        super().close()


SIDES: dict[str, dict[str, Callable[[str], Side]]] = {
    "REST": {
        "voxbridge": partial(OurSpeech, format="mulaw"),
        "voxbridge streamed": partial(OurStream, format="mulaw"),
        "deepdub SDK": partial(SdkRequests, format="mulaw"),
    },
    "mp3": {"voxbridge": partial(OurSpeech, format="mp3"), "deepdub SDK": partial(SdkRequests, format="mp3")},
    "/open": {
        "voxbridge": OurSocket,
        "voxbridge blocking": partial(OurStream, format=LINEAR, transport="websocket"),  # the SDK has none
        "deepdub SDK as documented": SdkSocket,
        "deepdub SDK warm": WarmSdkSocket,
    },
}


# -- measuring


def measured(side: Callable[[], float], count: int) -> tuple[float, float]:
    """Return milliseconds of CPU per utterance, and to first audio (the median), of so many one after another."""
    began = time.process_time()
    firsts = [side() for _ in range(count)]
    return (time.process_time() - began) / count * 1e3, statistics.median(firsts) * 1e3


def compare(name: str, url: str, count: int, rounds: int) -> None:
    """Print the medians of interleaved rounds."""
    sides = {side: make(url) for side, make in SIDES[name].items()}
    found: dict[str, list[tuple[float, float]]] = {side: [] for side in sides}
    for side in sides.values():
        measured(side, count)
    for _ in range(rounds):
        for side, speak in sides.items():
            found[side].append(measured(speak, count))
    for side in sides.values():
        side.close()
    medians = {
        side: tuple(statistics.median(values) for values in zip(*rows, strict=True)) for side, rows in found.items()
    }
    ours = medians["voxbridge"][0]
    for side, (cpu, first) in medians.items():
        ratio = "" if side.startswith("voxbridge") else f"   voxbridge takes {ours / cpu:.2f} of it"
        print(f"{name:6} {side:26} {cpu:7.2f} ms CPU   first audio {first:7.2f} ms{ratio}")


def main() -> None:
    """Print it all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40, help="utterances a round")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    with served() as url:
        for name in SIDES:
            compare(name, url, arguments.count, arguments.rounds)


if __name__ == "__main__":
    main()
