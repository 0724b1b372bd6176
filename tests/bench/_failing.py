"""A server that speaks Deepdub's wire, by requests and over ``/open``, and often fails."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from websockets.protocol import State
from websockets.server import ServerProtocol


FAULTS = 0.18  # of the texts; of the attempts, most of which are of three, that is three in ten
PIECE = b"\xff" * 800  # silence, 0.1 s of mulaw/8000
PIECES = 8


class Wire(asyncio.Protocol):
    """One connection: requests, or a WebSocket; some texts end badly."""

    random = Random(0)  # noqa: S311  # it is meant to be repeated

    def connection_made(self, transport: Any) -> None:
        self.transport, self.buffer, self.socket, self.over = transport, b"", None, False

    def data_received(self, data: bytes) -> None:
        if self.socket is not None:
            self.socket.receive_data(data)
            self.converse()
            return
        self.buffer += data
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if end and b"upgrade: websocket" in head.lower():
            self.socket = ServerProtocol()
            self.socket.receive_data(self.buffer)
            [request] = self.socket.events_received()
            self.socket.send_response(self.socket.accept(request))
            self.flush()
        elif end:
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            if len(rest) >= length:
                self.buffer = rest[length:]
                self.answer(self.fault("503", "429", "400", "words", "cut", "reset"))

    def fault(self, *kinds: str) -> str | None:
        return self.random.choice(kinds) if self.random.random() < FAULTS else None

    def answer(self, fault: str | None) -> None:
        write = self.transport.write
        if fault == "reset":
            self.transport.abort()
        elif fault in {"503", "429", "400", "words"}:
            status = fault if fault.isdecimal() else "200"
            write(b"HTTP/1.1 %b No\r\nretry-after: 0\r\ncontent-length: 2\r\n\r\n{}" % status.encode())
        else:
            write(b"HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ntransfer-encoding: chunked\r\n\r\n")
            for _ in range(PIECES // 2 if fault else PIECES):
                write(b"%x\r\n%b\r\n" % (len(PIECE), PIECE))
            if fault:
                self.transport.close()
            else:
                write(b"0\r\n\r\n")

    def converse(self) -> None:
        for frame in self.socket.events_received():
            if frame.opcode == 1 and self.socket.state is State.OPEN and not self.over:
                self.speak(json.loads(frame.data)["generationId"], self.fault("error", "close", "cut", "garbage"))
        self.flush()

    def speak(self, id: str, fault: str | None) -> None:
        data = base64.b64encode(PIECE).decode()
        for index in range(PIECES // 2 if fault else PIECES):
            chunk = {"index": index, "generationId": id, "data": data, "isFinished": index == PIECES - 1}
            self.socket.send_text(json.dumps(chunk).encode())
        self.over = fault in {"close", "cut"}
        match fault:
            case "error":
                self.socket.send_text(json.dumps({"error": "internal error", "generationId": id}).encode())
            case "garbage":
                self.socket.send_text(b"{")
            case "close":
                self.socket.send_close(1011)
            case "cut":
                self.flush()
                self.transport.abort()

    def flush(self) -> None:
        if data := b"".join(self.socket.data_to_send()):
            self.transport.write(data)
        if self.socket.close_expected():
            self.transport.close()


def serve(ports: Any) -> None:
    """Serve until the process is ended."""
    logging.disable()  # that clients hang up is the purpose

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(Wire, "127.0.0.1", 0)
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


@contextmanager
def served() -> Iterator[str]:
    """Serve in a process of its own, and yield the address."""
    spawn = multiprocessing.get_context("spawn")
    ports: Any = spawn.Queue()
    server = spawn.Process(target=serve, args=(ports,), daemon=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{ports.get(timeout=30)}/api/v1"
    finally:
        server.terminate()
        server.join()
        ports.close()
        ports.join_thread()
