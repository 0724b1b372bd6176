"""Exchanges with Deepdub's sockets without a network, and what comes over them."""

from __future__ import annotations

import json
import struct
from base64 import b64encode
from collections import deque
from pathlib import Path
from typing import Any

from voxbridge import Audio, AudioFormat, Job, Send, TextUnit, Timeouts, Voice, Words
from voxbridge._commands import Carry, Leave, Open
from voxbridge._exchange import Settled
from voxbridge._pool import Sink, Socket
from voxbridge._rendition import Rendition
from voxbridge.routing import SpeechRequest, plan
from voxbridge_deepdub import Deepdub


V = "bd1b00bb-be1c-4679-8eaa-0fcbfd4ff773"
VECTORS = {
    vector["name"]: vector
    for vector in json.loads(Path(__file__).with_name("vectors.json").read_text("utf-8"))["vectors"]
}


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def unit(text: str, index: int = 0, pause: float = 0.0) -> TextUnit:
    """Return a unit of words."""
    return TextUnit(index, (Words(text),), pause)


def exchange(transport: str, *, memory=None, clock=None, format="linear16/24000", text_kind="pieces", **said):
    """Return an exchange on an open socket, and what it said to that."""
    backend = Deepdub("dd-a-secret-key", transport=transport)
    voice = Voice(id=V, backend="deepdub")
    made = backend.exchange(Job(voice=voice, format=AudioFormat.parse(format), text_kind=text_kind, **said))
    actions = made.open({} if memory is None else memory, clock or Clock(), {})
    return made, list(actions)


def sent(actions: Any) -> list[Any]:
    """Return the messages that are sent among actions."""
    return [
        json.loads(frame) for action in actions if isinstance(action, Send) for frame in (action.frame, *action.then)
    ]


def sound(actions: Any) -> bytes:
    """Return the audio among actions."""
    return b"".join(action.data for action in actions if isinstance(action, Audio))


def chunk(id: str, index: int | None, data: bytes = b"", **more: Any) -> dict[str, Any]:
    """Return a message with audio."""
    numbered = {} if index is None else {"index": index}
    return {**numbered, "generationId": id, "data": b64encode(data).decode(), "isFinished": False, **more}


def wav(data: bytes, rate: int = 24000, channels: int = 1) -> bytes:
    """Return audio under the header that the vendor writes: 68 bytes, of which 24 are nothing."""
    fmt = struct.pack("<HHIIHH", 1, channels, rate, rate * 2 * channels, 2 * channels, 16) + bytes(24)
    sizes = struct.pack("<I", 60 + len(data)), struct.pack("<I", len(fmt)), struct.pack("<I", len(data))
    return b"RIFF" + sizes[0] + b"WAVEfmt " + sizes[1] + fmt + b"data" + sizes[2] + data


class Line:
    """Renditions of several callers on what the pool knows of sockets, moved by hand."""

    def __init__(self, transport: str, callers: int = 1, *, push: bool = True, retries: int = 0, **asked: Any) -> None:
        self.clock = Clock()
        self.inbox: deque[Any] = deque()
        self.sockets: list[Socket] = []
        self.frames: list[str | bytes] = []
        backend = Deepdub("dd-a-secret-key", transport=transport)
        request = SpeechRequest(
            format=AudioFormat("linear16", 24000), text_kind="pieces" if push else "synthesize", voice=V, **asked
        )
        planned = plan(backend, request, find=lambda name: backend, timeouts=Timeouts(), retries=retries)
        self.callers = [Rendition(planned, self.clock, live=push, push=push) for _ in range(callers)]
        self.heard = [b""] * callers
        self._held: dict[tuple[int, int], tuple[Socket, Sink]] = {}

    @property
    def socket(self) -> Socket:
        """The latest socket."""
        return self.sockets[-1]

    @property
    def ids(self) -> list[str]:
        """The generations that were asked for."""
        return [id for frame in self.frames if (id := json.loads(frame).get("generationId"))]

    @property
    def errors(self) -> list[Any]:
        return [caller.error for caller in self.callers]

    def say(self, text: str, *numbers: int) -> None:
        """Have callers say something, all of them if none is named, and end their turns."""
        for number in numbers or range(len(self.callers)):
            self.callers[number].text(text)
            self.callers[number].flush()
        self.settle()

    def answer(self, message: Any) -> None:
        """Let the service send a message: an object, or a frame as it is."""
        frame = message if isinstance(message, (str, bytes)) else json.dumps(message)
        self.socket.deliver(self.clock.now, frame)
        self.settle()

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        end = self.clock.now + seconds
        while dues := [d for c in self.callers if not c.done and (d := c.deadline) is not None and d <= end]:
            self.clock.now = max(self.clock.now, min(dues))
            for caller in self.callers:
                if not caller.done and caller.deadline is not None and caller.deadline <= self.clock.now:
                    caller.tick(self.clock.now)
            self.settle()
        self.clock.now = end

    def settle(self) -> None:
        """Perform all commands and hand on all that happened."""
        while self.inbox or any(caller.commands for caller in self.callers):
            for number, caller in enumerate(self.callers):
                while caller.commands:
                    self._perform(number, caller.commands.popleft())
            if self.inbox:
                number, item = self.inbox.popleft()
                self.callers[number].event(*item)
        for number, caller in enumerate(self.callers):
            while (piece := caller.take()) is not None:
                self.heard[number] += piece.data

    def _perform(self, number: int, command: Any) -> None:
        match command:
            case Open(run, spec, fresh):
                free = [] if fresh else [socket for socket in self.sockets if socket.free(self.clock.now)]
                if not free:
                    self.sockets.append(Socket(spec, self.clock.now))
                socket = free[-1] if free else self.sockets[-1]
                sink = Sink(lambda item: self.inbox.append((number, item)), run)
                self._held[number, run] = socket, sink
                socket.attach(sink, self.clock.now)
                if not free:
                    socket.opened(self.clock.now, {})
            case Carry(run, Send() as action):
                socket, sink = self._held[number, run]
                if action.expects:
                    socket.claims[action.expects] = sink
                self.frames += [action.frame, *action.then]
            case Carry(run, Settled(id)):
                self._held[number, run][0].claims.pop(id, None)
            case Leave(run, clean):
                socket, sink = self._held.pop((number, run))
                socket.leave(sink, self.clock.now, clean=clean)
