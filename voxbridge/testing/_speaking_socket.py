"""A WebSocket server that speaks in numbered words, and fails when told to."""

from __future__ import annotations

import base64
import json
import select
import socket
from collections import deque
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from attrs import frozen
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from ._loopback import Fault, LoopbackServer, drain, reset


__all__ = ["SpeakingSocket"]


class SpeakingSocket(LoopbackServer):
    """Answer ``{"speak": text}`` with binary frames of audio and ``{"done": n}``, the n-th unit of the connection.

    With an id, ``{"speak": text, "id": id}``, audio comes as ``{"id": id, "audio": base64}`` and the end as
    ``{"done": id}``. ``{"clear": true}`` drops all that was asked before it and is answered ``{"cleared": true}``.

    Faults: ``close`` (a Close frame with ``code``), ``reset`` (TCP), ``cut`` (the connection ends without a Close
    frame), ``stall`` (not another word, but pings are answered), ``error`` (``{"error": body}`` in place of the
    rest), ``garbage`` (a frame that is no JSON), ``drip`` (slower than real time, by ``pace``), ``empty`` (done
    without audio); and ``status``, which refuses the handshake with ``code``, ``headers`` and ``body``.
    """

    kinds = ("close", "cut", "drip", "empty", "error", "garbage", "reset", "stall", "status")

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.handshakes = 0
        """Those that were asked for, refused ones too."""
        self.frames: list[str] = []
        """The text frames of all connections, as they came in."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"ws://{self.address}/"

    @property
    def requests(self) -> int:
        """How many units were asked for."""
        return len(self.texts)

    def _converse(self, connection: socket.socket) -> None:
        _Conversation(self, connection).run()


@frozen
class _Speak:
    text: str
    id: str | None
    place: int
    """On this connection."""
    fault: Fault | None


@frozen
class _Clear:
    pass


class _Conversation:
    """One connection. Everything happens in its one thread, so that a reset is a reset."""

    def __init__(self, server: SpeakingSocket, connection: socket.socket) -> None:
        self._server = server
        self._connection = connection
        self._protocol = ServerProtocol()
        self._asked: deque[_Speak | _Clear] = deque()
        self._units = 0
        self._over = False

    def run(self) -> None:
        while not self._over:
            if self._asked:
                self._answer(self._asked.popleft())
            else:
                self._receive()

    def _answer(self, asked: _Speak | _Clear) -> None:
        match asked:
            case _Clear():
                self._tell(cleared=True)
            case _Speak():
                self._speak(asked)

    def _speak(self, unit: _Speak) -> None:
        fault = unit.fault
        before, after = self._server.chunks(unit.text, fault)
        wholly = fault is None or fault.kind != "empty"
        if wholly and not self._say(unit, before, pause=0):
            return
        if fault is not None and not self._strike(fault):
            return
        pause = self._server.pause(fault) if fault is not None and fault.kind == "drip" else 0
        if wholly and not self._say(unit, after, pause=pause):
            return
        self._tell(done=unit.place if unit.id is None else unit.id)

    def _say(self, unit: _Speak, chunks: Iterable[bytes], pause: float) -> bool:
        """Send audio, listening in between; tell whether it was neither cleared nor cut short by the client."""
        for chunk in chunks:
            while not self._over and select.select([self._connection], [], [], pause)[0]:
                self._receive()
            if self._over or _Clear() in self._asked:
                return False
            if unit.id is None:
                self._protocol.send_binary(chunk)
                self._write()
            else:
                self._tell(id=unit.id, audio=base64.b64encode(chunk).decode())
        return True

    def _strike(self, fault: Fault) -> bool:
        """Let the fault happen; tell whether the unit goes on after it."""
        match fault.kind:
            case "close":
                self._protocol.send_close(fault.code or 1000, fault.body)
                self._write()
                self._end()
            case "reset":
                reset(self._connection)
                self._over = True
            case "cut":
                self._end()
            case "stall":
                while not self._over:
                    self._receive()
            case "error":
                self._tell(error=fault.body or "the voice failed")
            case "garbage":
                self._protocol.send_text(b'{"audio": ')
                self._write()
        return fault.kind in ("drip", "empty", "garbage")

    def _receive(self) -> None:
        data = self._connection.recv(65536)
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
            self._over = True
        for event in self._protocol.events_received():
            match event:
                case Request():
                    self._shake_hands(event)
                case Frame(Opcode.TEXT, payload):
                    self._ask(bytes(payload).decode())
        self._write()
        if self._protocol.close_expected():
            self._end()

    def _shake_hands(self, request: Request) -> None:
        server = self._server
        with server.lock:
            number = server.handshakes
            server.handshakes += 1
            server.headers.append({name.lower(): value for name, value in request.headers.raw_items()})
        refusal = server.fault(number, "status")
        if refusal is None:
            response = self._protocol.accept(request)
        else:
            response = self._protocol.reject(HTTPStatus(refusal.code or 503), refusal.body)
            for name, value in refusal.headers.items():
                response.headers.pop(name, None)
                response.headers[name] = value
        self._protocol.send_response(response)

    def _ask(self, frame: str) -> None:
        server = self._server
        with server.lock:
            server.frames.append(frame)
            message: Any = json.loads(frame)
            match message:
                case {"speak": str(text)}:
                    fault = server.fault(len(server.texts), *set(server.kinds) - {"status"})
                    server.texts.append(text)
                    self._asked.append(_Speak(text, message.get("id"), self._units, fault))
                    self._units += 1
                case {"clear": True}:
                    self._asked.clear()
                    self._asked.append(_Clear())
                case _:
                    raise ValueError(f"this server knows speak and clear, not {frame!r}")

    def _tell(self, **message: object) -> None:
        self._protocol.send_text(json.dumps(message).encode())
        self._write()

    def _write(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._connection.sendall(data)

    def _end(self) -> None:
        """End the stream without a reset that would take sent audio with it."""
        self._over = True
        self._connection.shutdown(socket.SHUT_WR)
        drain(self._connection)
