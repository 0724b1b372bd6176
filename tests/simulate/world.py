"""The simulation's shell: it carries frames between a rendition and vendors, in no time but the virtual one."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from typing import Any

from voxbridge import BackendUnavailable, Drop, Fetch, Render, Send, TruncatedSpeech
from voxbridge._commands import Carry, Leave, Open
from voxbridge._pool import Pool, Sink, Socket
from voxbridge._rendition import Rendition
from voxbridge.testing import VirtualClock

from .vendors import CONNECT_FAULTS, SPEECH_FAULTS, TEXTS, Vendor


IDLE_CLOSE = 25.0  # seconds after which a vendor closes a socket on which nothing was asked


class World:
    """Vendors, sockets and an inbox under one virtual clock."""

    def __init__(self, clock: VirtualClock, vendors: dict[str, Vendor]) -> None:
        self.clock, self.vendors = clock, vendors
        self.inbox: deque[tuple[Any, ...]] = deque()
        self.pool = Pool()
        self.held: dict[int, tuple[Socket, Sink, Vendor]] = {}
        self.stopped: set[tuple[int, int]] = set()
        self.opened = 0
        self.asked: list[tuple[float, str]] = []
        """When a vendor was asked to speak or to connect, and which."""

    def perform(self, rendition: Rendition) -> None:
        """Do what the rendition says."""
        while rendition.commands:
            match rendition.commands.popleft():
                case Open(run, spec, fresh):
                    self._open(run, spec, fresh=fresh)
                case Carry(run, Send(frame, expects)):
                    socket, sink, _ = self.held[run]
                    if expects:
                        socket.claims[expects] = sink
                    socket.wire.receive(json.loads(frame))
                case Carry(run, Fetch(tag, request)):
                    self._fetch(run, tag, self.vendors[rendition._run.name], request.body.decode())
                case Carry(run, Render(tag, _) as render):
                    _, text = TEXTS.pop(id(render))
                    self._render(run, tag, self.vendors[rendition._run.name], text)
                case Carry(run, Drop(tag)):
                    self.stopped.add((run, tag))
                case Leave(run, clean):
                    self._leave(run, clean=clean)

    def later(self, delay: float, call: Callable[..., None], *args: Any) -> None:
        self.clock.call_at(self.clock.now() + delay, call, *args)

    def _open(self, run: int, spec: Any, *, fresh: bool) -> None:
        vendor, now = self.vendors[spec.url.removeprefix("sim://")], self.clock.now()
        self.asked.append((now, vendor.name))
        socket = None if fresh else self.pool.find(spec, now)
        sink = Sink(self.inbox.append, run)
        if socket is None:
            socket = self.pool.add(spec, now)
            socket.wire = Wire(self, vendor, socket)
            socket.attach(sink, now)
            self._connect(vendor, socket)
        else:
            socket.attach(sink, now)
        self.held[run] = (socket, sink, vendor)

    def _connect(self, vendor: Vendor, socket: Socket) -> None:
        self.opened += 1
        fault = vendor.fault(CONNECT_FAULTS)
        match fault:
            case "hang":
                return
            case "unreachable":
                self.later(0.01, lambda: socket.failed(self.clock.now(), BackendUnavailable("refused")))
            case "refused":
                status = vendor.random.choice([401, 402, 429, 503])
                headers = {"retry-after": "1"} if status == 429 else {}
                self.later(vendor.latency, lambda: socket.refused(self.clock.now(), status, headers, b"no"))
            case _:
                self.later(vendor.latency, lambda: socket.opened(self.clock.now(), {}))

    def _leave(self, run: int, *, clean: bool) -> None:
        self.stopped.add((run, -1))
        if run in self.held:
            socket, sink, _ = self.held.pop(run)
            if socket.leave(sink, self.clock.now(), clean=clean):
                self.pool.remove(socket)
                socket.wire.gone = True

    def _tell(self, run: int, kind: str, tag: int, *args: Any) -> None:
        if (run, tag) not in self.stopped and (run, -1) not in self.stopped:
            self.inbox.append((self.clock.now(), run, kind, tag, *args))

    def _fetch(self, run: int, tag: int, vendor: Vendor, text: str) -> None:
        self.asked.append((self.clock.now(), vendor.name))
        fault = vendor.fault(SPEECH_FAULTS["http"])
        if fault == "unreachable":
            self.later(0.01, self._tell, run, "receive_failure", tag, BackendUnavailable("refused"))
            return
        status = int(fault) if fault and fault.isdecimal() else 200
        words = status != 200 or fault == "words"
        headers = {"content-type": "application/json"} if words else {}
        self.later(vendor.latency, self._tell, run, "receive_status", tag, status, headers)
        if words:
            self.later(vendor.latency, self._tell, run, "receive_data", tag, b'{"message": "no"}')
            self.later(vendor.latency, self._tell, run, "receive_eof", tag)
            return
        pieces, end = vendor.speak(text, fault)
        for at, data in pieces:
            self.later(at, self._tell, run, "receive_data", tag, data)
        if fault == "cut":
            self.later(end, self._tell, run, "receive_failure", tag, TruncatedSpeech("cut"))
        elif fault != "stall":
            self.later(end, self._tell, run, "receive_eof", tag)

    def _render(self, run: int, tag: int, vendor: Vendor, text: str) -> None:
        self.asked.append((self.clock.now(), vendor.name))
        fault = vendor.fault(SPEECH_FAULTS["local"])
        pieces, end = vendor.speak(text, fault)
        for at, data in pieces:
            self.later(at, self._tell, run, "receive_data", tag, data)
        if fault == "raise":
            self.later(end, self._tell, run, "receive_failure", tag, BackendUnavailable("raised", retryable=False))
        elif fault != "stall":
            self.later(end, self._tell, run, "receive_eof", tag)


class Wire:
    """The vendor's end of a socket."""

    def __init__(self, world: World, vendor: Vendor, socket: Socket) -> None:
        self.world, self.vendor, self.socket = world, vendor, socket
        self.gone = False
        self.mute = False  # after a fault it says nothing more of its own
        self.epoch = self.asked = 0
        self.free_at = 0.0

    def receive(self, message: dict[str, Any]) -> None:
        """Take what the client sends."""
        now, later = self.world.clock.now(), self.world.later
        if message.get("clear"):
            # Audio that is under way still arrives before the answer.
            delay = self.vendor.latency + 0.05
            later(delay, self._cleared)
            self.free_at = now + delay
            return
        if self.mute:
            return
        id = message.get("id")
        fault = self.vendor.fault(SPEECH_FAULTS[self.vendor.wire])
        pieces, end = self.vendor.speak(message["say"], fault)
        wait = max(0.0, self.free_at - now) if id is None else 0.0
        for at, data in pieces:
            later(
                wait + at, self._frame, self.epoch, data if id is None else json.dumps({"id": id, "audio": data.hex()})
            )
        self._end(wait + end, fault, id)
        self.mute = fault not in {None, "drip"}
        self.free_at = now + wait + end
        self.asked += 1
        later(wait + end + IDLE_CLOSE, self._idle, self.asked)

    def _end(self, at: float, fault: str | None, id: str | None) -> None:
        of = {} if id is None else {"id": id}
        match fault:
            case None | "drip" | "empty":
                self.world.later(at, self._frame, self.epoch, json.dumps({**of, "done": True}))
            case "error":
                whom = of if self.vendor.random.random() < 0.5 else {}
                self.world.later(at, self._frame, self.epoch, json.dumps({**whom, "error": "no"}))
            case "garbage":
                self.world.later(at, self._frame, self.epoch, "{this is not json")
            case "close1000" | "close1011" | "reset":
                code = {"close1000": 1000, "close1011": 1011, "reset": 1006}[fault]
                self.world.later(at, self._lose, code)

    def _frame(self, epoch: int, frame: str | bytes) -> None:
        if epoch == self.epoch and not self.gone and not self.socket.dead:
            self.socket.deliver(self.world.clock.now(), frame)

    def _lose(self, code: int) -> None:
        if not self.gone:
            self.socket.lost(self.world.clock.now(), code, "")

    def _cleared(self) -> None:
        self.epoch += 1
        self._frame(self.epoch, json.dumps({"cleared": True}))

    def _idle(self, asked: int) -> None:
        if asked == self.asked:
            self._lose(1000)
