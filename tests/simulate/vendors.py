"""Vendors of the simulation: five wires, and everything that goes wrong on them."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from voxbridge import (
    Audio,
    AuthenticationError,
    Backend,
    BackendUnavailable,
    Capabilities,
    Fetch,
    Finished,
    HttpExchange,
    HttpRequest,
    InsecureConnection,
    LocalExchange,
    ProtocolError,
    RateLimited,
    RejectedRequest,
    Render,
    Send,
    SocketExchange,
    SocketSpec,
    Wait,
    Whole,
)
from voxbridge.routing import enter, standing

from .words import RATE, say


SPEECH_FAULTS = {
    "flush": ("close1000", "close1011", "reset", "stall", "error", "drip", "garbage", "empty"),
    "shared": ("close1000", "close1011", "reset", "stall", "error", "garbage", "empty"),
    "turn": ("close1000", "close1011", "reset", "stall", "error"),
    "http": ("cut", "stall", "429", "503", "401", "400", "empty", "words", "unreachable", "drip"),
    "local": ("raise", "stall"),
}
"""What can go wrong with a unit on each wire."""
TRANSPORT = "simulated"
CONNECT_FAULTS = ("refused", "unreachable", "hang")
"""What can go wrong with a socket."""


class FlushExchange(SocketExchange):
    """One unit after another; each is acknowledged, and Clear too."""

    window_size = 2

    def __init__(self, job: Any, vendor: Vendor) -> None:
        super().__init__(job)
        self.socket = SocketSpec(url=f"sim://{vendor.name}", max_idle=20.0)
        self._units: list[int] = []
        self._clearing = False
        self._ended = False

    @property
    def window(self) -> int:
        return 0 if self._clearing else self.window_size

    def send_unit(self, unit):
        self._units.append(unit.index)
        self.owed = len(self._units)
        return [Send(json.dumps({"say": unit.text}))]

    def send_end(self):
        self._ended = True
        return self._finish()

    def send_clear(self):
        if self._clearing:
            return []  # nothing was said since; a second answer would be taken for one to the next Clear
        self._units.clear()
        self.owed = 0
        self._clearing = True
        return [Send(json.dumps({"clear": True})), Wait(2.0)]

    def receive_timer(self):
        return [ProtocolError("clear was never answered")] if self._clearing else []

    def receive_frame(self, payload):
        if isinstance(payload, bytes):
            return [Audio(payload, self._units[0])] if self._units and not self._clearing else []
        match json.loads(payload):
            case {"cleared": True}:
                self._clearing = False
                return [Wait(None), *self._finish()]
            case {"done": True} if self._units and not self._clearing:
                unit = self._units.pop(0)
                self.owed = len(self._units)
                return [Whole(unit + 1), *self._finish()]
            case {"error": str(words)}:
                return [RejectedRequest(detail=words)]
            case _:
                return []

    def _finish(self):
        return [Finished()] if self._ended and not self._units and not self._clearing else []


class SharedExchange(SocketExchange):
    """Many generations at once on one socket, told apart by an id; nothing can be taken back."""

    def __init__(self, job: Any, vendor: Vendor) -> None:
        super().__init__(job)
        self.vendor = vendor
        self.socket = SocketSpec(url=f"sim://{vendor.name}", share=3, route=self.route, max_idle=20.0)
        self._units: dict[str, int] = {}
        self._done: set[str] = set()
        self._held: dict[str, list[bytes]] = {}
        self._ended = False

    @staticmethod
    def route(frame):
        message = json.loads(frame)
        return message.get("id"), message

    @property
    def window(self) -> int:
        return 3

    def send_unit(self, unit):
        id = self.vendor.fresh_id()
        self._units[id] = unit.index
        self._held[id] = []
        self.owed = len(self._units)
        return [Send(json.dumps({"say": unit.text, "id": id}), expects=id)]

    def send_end(self):
        self._ended = True
        return [Finished()] if not self._units else []

    def receive_frame(self, payload):
        if "error" in payload:
            return [RejectedRequest(detail=payload["error"])]
        id = payload["id"]
        if "audio" in payload:
            if id != next(iter(self._units), None):
                self._held[id].append(bytes.fromhex(payload["audio"]))
                return []
            return [Audio(bytes.fromhex(payload["audio"]), self._units[id])]
        self._done.add(id)
        actions: list[Any] = []
        while self._units and (first := next(iter(self._units))) in self._done:
            unit = self._units.pop(first)
            self._held.pop(first)
            self.owed = len(self._units)
            actions.append(Whole(unit + 1))
            if following := next(iter(self._units), None):
                held, self._held[following] = self._held[following], []
                actions += [Audio(data, self._units[following]) for data in held]
        return [*actions, *([Finished()] if self._ended and not self._units else [])]


class TurnExchange(SocketExchange):
    """Only the end of a whole turn is acknowledged."""

    def __init__(self, job: Any, vendor: Vendor) -> None:
        super().__init__(job)
        self.socket = SocketSpec(url=f"sim://{vendor.name}", max_idle=20.0)
        self._sent: list[int] = []
        self._ended = False

    @property
    def window(self) -> int:
        return 1  # live: one unit a turn, so that little is repeated

    def send_unit(self, unit):
        self._sent.append(unit.index)
        self.owed = 1
        return [Send(json.dumps({"say": unit.text}))]

    def send_end(self):
        self._ended = True
        return [Finished()] if not self._sent else []

    def receive_frame(self, payload):
        if isinstance(payload, bytes):
            return [Audio(payload, self._sent[0])] if self._sent else []
        message = json.loads(payload)
        if "error" in message:
            return [RejectedRequest(detail=message["error"])]
        upto = self._sent.pop() + 1
        self._sent.clear()
        self.owed = 0
        return [Whole(upto), *([Finished()] if self._ended else [])]


class WebExchange(HttpExchange):
    """A request a unit."""

    def launch(self, tag, units):
        text = "".join(unit.text for unit in units)
        return Fetch(tag, HttpRequest(method="POST", url="http://sim", body=text.encode()))


class EngineExchange(LocalExchange):
    """An engine; the simulation looks at the text that it is given."""

    def launch(self, tag, units):
        render = Render(tag, lambda emit: None)
        TEXTS[id(render)] = (render, "".join(unit.text for unit in units))
        return render


TEXTS: dict[int, tuple[Render, str]] = {}
EXCHANGES: dict[str, Callable[..., Any]] = {
    "flush": FlushExchange,
    "shared": SharedExchange,
    "turn": TurnExchange,
    "http": lambda job, vendor: WebExchange(job),
    "local": lambda job, vendor: EngineExchange(job),
}


class Vendor(Backend):
    """A vendor with a wire of one kind and a habit of failing."""

    def __init__(
        self, name: str, wire: str, random: Random, *, faults: float, max_faults: int, rate: int = RATE
    ) -> None:
        self.name = name
        self.wire, self.random, self.rate = wire, random, rate
        self.faults, self.max_faults = faults, max_faults
        self.latency = random.choice([0.02, 0.1, 0.5, 1.5])
        self._ids = 0

    def capabilities(self, voice):
        formats = [f"linear16/{self.rate}"]
        return Capabilities(formats=formats, transports=(TRANSPORT,), local=True, max_characters=2000)

    def exchange(self, job):
        return EXCHANGES[self.wire](job, self)

    def fresh_id(self) -> str:
        self._ids += 1
        return f"{self.name}-{self._ids}"

    def fault(self, kinds: tuple[str, ...]) -> str | None:
        """Return what goes wrong this time."""
        if self.max_faults <= 0 or self.random.random() > self.faults:
            return None
        self.max_faults -= 1
        return self.random.choice(kinds)

    def speak(self, text: str, fault: str | None) -> tuple[list[tuple[float, bytes]], float]:
        """Return the audio of *text* in pieces of any size, each with its delay, and the delay of the end.

        A fault cuts it somewhere, and dripping slows it down from there on.
        """
        audio, random = say(text, self.rate), self.random
        at, done, pieces = self.latency, 0, []
        cut = random.randrange(len(audio)) if fault and audio else len(audio)
        while done < len(audio):
            if done >= cut and fault != "drip":
                break
            size = random.choice([37, 160, 801, 4000])
            at += random.choice([0.001, 0.02, 0.2]) * (30.0 if fault == "drip" and done >= cut else 1.0)
            stop = len(audio) if fault in {None, "drip"} else cut
            pieces.append((at, audio[done : min(done + size, stop)]))
            done += size
        if fault == "empty":
            pieces = []
        return pieces, at + 0.001

    def found_out(self) -> float:
        """Let others have found out something of it, or not; return until when that passes over it.

        One that will speak keeps its retries: an idle socket may be closed just as it is used.
        """
        errors = [InsecureConnection(), InsecureConnection(), AuthenticationError()]
        if self.max_faults:
            errors += [BackendUnavailable(), BackendUnavailable(), RateLimited()]
        error = self.random.choice(errors)
        for _ in range(self.random.choice([0, 0, 0, 1, 4, 5, 5])):
            with enter(self.account, TRANSPORT, 0.0, sure=True) as visit:
                visit.failed(0.0, error)
        return standing(self.account, TRANSPORT, 0.0).until or 0.0
