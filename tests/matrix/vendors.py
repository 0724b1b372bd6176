"""Both vendors' wires from their side: five ways to take text and to answer with audio, and where a fault strikes."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from typing import Any, ClassVar

from attrs import define, field

from tests.simulate.words import say
from voxbridge import AudioFormat, HttpRequest
from voxbridge.audio import conversion

from .network import TRIP, Line
from .scripts import Close, End, Event, Fail, Fault, Frame, Refuse, Say, Script


PIECE = 96  # bytes of audio that are said at once
BEGINS, GOES_ON = 0.05, 0.005  # seconds before the first piece, and before each later one
IDLE = 0.3  # seconds after a unit at which an idle socket is struck


@define(eq=False)
class Vendor:
    """One wire of a vendor that fails at *phase*, if it has a fault.

    Phases: P0 to connect; P1 before the first audio; P2 in its midst, and P3 before its end mark, of the second unit;
    P4 while more text is coming: on a socket of one voice while it is idle, else before the second unit's audio.
    """

    format: AudioFormat
    fault: Fault | None = None
    phase: str = "P0"
    texts: list[str] = field(factory=list)
    struck: list[float] = field(factory=list)
    """When."""
    _idle_done: bool = False

    name: ClassVar[str]
    vendor: ClassVar[str]
    requests: ClassVar[bool] = False
    shared: ClassVar[bool] = False

    # -- where it strikes

    def _strikes(self, phase: str) -> Fault | None:
        fault = self.fault
        return None if fault is None or phase != self.phase or (fault.once and self.struck) else fault

    def connect(self, line: Line) -> None:
        """Take a handshake."""
        late = "P4" if self._idle_done else "P0"
        fault = self._strikes(late)
        if fault and fault.connect:
            self._strike(line, fault.connect(self.name))
        else:
            line.open({})
            self._welcome(line)

    def _strike(self, line: Line, script: Script) -> None:
        self.struck.append(line.network.clock.now())
        self._play(line, script, "")

    def _speak(self, line: Line, text: str, id: str = "") -> None:
        """Speak a unit of text."""
        self.texts.append(text)
        if line.mute:
            return
        script = [(GOES_ON, Say(piece)) for piece in _pieces(self._sound(text))]
        script = [(BEGINS, event) if not number else (delay, event) for number, (delay, event) in enumerate(script)]
        script.append((GOES_ON, End()))
        first, second = "w0 " in text, "w3 " in text
        if first and (fault := self._strikes("P1")):
            self._fail(line, fault, script, 0, id)
        elif second and (fault := self._strikes("P2") or self._strikes("P3")) and not fault.flush:
            self._fail(line, fault, script, len(script) // 2 if self.phase == "P2" else len(script) - 1, id)
        elif second and self._next_unit and (fault := self._strikes("P4")):
            self._fail(line, fault, script, 0, id)
        else:
            end = self._play(line, script, id)
            if first and not self._next_unit and (fault := self._strikes("P4")) and not self._idle_done:
                self._idle_done = True
                idle = [(0.0, Close(1000))] if fault.connect else (fault.rest or _nothing)(self.name)
                line.later(end + IDLE, self._idle, line, idle)

    @property
    def _next_unit(self) -> bool:
        """Whether, while text is coming, the next unit is what may fail."""
        return self.requests or self.shared

    def _idle(self, line: Line, script: Script) -> None:
        if self.fault and not self.fault.connect:
            self.struck.append(line.network.clock.now())
        self._play(line, script, "")

    def _fail(self, line: Line, fault: Fault, script: Script, place: int, id: str) -> None:
        if fault.connect:
            self._strike(line, fault.connect(self.name))
            return
        if fault.change:
            script = fault.change(self.name, script, place)
        elif fault.rest:
            script = [*script[:place], *fault.rest(self.name)]
            line.mute = True
        before = sum(delay for delay, _ in script[:place])
        line.later(max(line.busy - line.network.clock.now(), 0.0) + before, self._note, line)
        self._play(line, script, id)

    def _note(self, line: Line) -> None:
        self.struck.append(line.network.clock.now())

    def _play(self, line: Line, script: Script, id: str) -> float:
        """Say it all after what is being said; return in how many seconds it ends."""
        now = line.network.clock.now()
        at = max(line.busy - now, 0.0)
        if self.requests and not (script and isinstance(script[0][1], (Refuse, Fail))):
            line.later(at + BEGINS / 2, lambda: line.tell("receive_status", 200, self._headers))
        for delay, event in script:
            at += delay
            line.later(at + TRIP, self._emit, line, id, event)
        line.busy = now + at
        return at

    # -- how it is said

    _headers: ClassVar[dict[str, str]] = {"content-type": "audio/raw"}

    def _sound(self, text: str) -> bytes:
        way = conversion(AudioFormat("linear16", 8000), self.format)
        return way.feed(say(text, 8000)) + way.flush()

    def _welcome(self, line: Line) -> None:
        """Say what a fresh socket hears."""

    def _emit(self, line: Line, id: str, event: Event) -> None:
        match event:
            case Say(data):
                line.send(self._audio(line, id, data))
            case End():
                line.send(self._end(line, id))
            case Frame(str() | bytes() as frame):
                line.send(frame)
            case Frame(content):
                line.send(json.dumps(self._of(id, content)))
            case Close(code, reason):
                line.close(code, reason)
            case Fail(error):
                line.fail(error)
            case Refuse(status, headers, body):
                line.refuse(status, headers, body)

    def _audio(self, line: Line, id: str, data: bytes) -> str | bytes:
        raise NotImplementedError

    def _end(self, line: Line, id: str) -> str:
        raise NotImplementedError

    def _of(self, id: str, content: dict[str, Any]) -> dict[str, Any]:
        return content

    def take(self, line: Line, frame: str) -> None:
        """Take a frame."""
        raise NotImplementedError

    def answer(self, line: Line, request: HttpRequest) -> None:
        """Take a request."""
        raise NotImplementedError


def _nothing(wire: str) -> Script:
    return []


def _pieces(sound: bytes) -> Sequence[bytes]:
    return [sound[at : at + PIECE] for at in range(0, len(sound), PIECE)]


class _Requests(Vendor):
    """Audio as the body of an answer."""

    requests = True

    def answer(self, line: Line, request: HttpRequest) -> None:
        body = json.loads(request.body)
        if (fault := self._strikes("P0")) and fault.connect:
            self._strike(line, fault.connect(self.name))
        else:
            self._speak(line, body.get("text") or body["targetText"])

    def _emit(self, line: Line, id: str, event: Event) -> None:
        match event:
            case Say(data):
                line.tell("receive_data", data)
            case End():
                line.tell("receive_eof")
            case _:
                super()._emit(line, id, event)


class DeepgramRequests(_Requests):
    """``POST /v1/speak``."""

    name, vendor = "GR", "deepgram"


class DeepdubRequests(_Requests):
    """``POST /tts``."""

    name, vendor = "DR", "deepdub"


class DeepgramSocket(Vendor):
    """``/v1/speak`` as a WebSocket."""

    name, vendor = "GW", "deepgram"

    def _welcome(self, line: Line) -> None:
        line.send(json.dumps({"type": "Metadata", "request_id": "r", "model_name": "aura"}))

    def take(self, line: Line, frame: str) -> None:
        message = json.loads(frame)
        match message["type"]:
            case "Speak":
                line.state["text"] = line.state.get("text", "") + message["text"]
            case "Flush":
                fault = self._strikes("P2") if "w3 " in line.state.get("text", "") else None
                if fault and fault.flush:
                    self._note(line)
                    line.send(json.dumps(fault.flush))
                else:
                    self._speak(line, line.state.pop("text", ""))

    def _audio(self, line: Line, id: str, data: bytes) -> bytes:
        return data

    def _end(self, line: Line, id: str) -> str:
        return json.dumps({"type": "Flushed", "sequence_id": 0})


class _Generations(Vendor):
    """Audio in base64, under the ids of generations."""

    vendor = "deepdub"

    def _audio(self, line: Line, id: str, data: bytes) -> str:
        index = line.state[id] = line.state.get(id, -1) + 1
        audio = b64encode(data).decode()
        return json.dumps({"generationId": id, "index": index, "data": audio, "isFinished": False})

    def _of(self, id: str, content: dict[str, Any]) -> dict[str, Any]:
        return {"generationId": id, **content} if id else content


class DeepdubOpen(_Generations):
    """``/open``: many generations on a socket."""

    name, shared = "DM", True

    def take(self, line: Line, frame: str) -> None:
        message = json.loads(frame)
        id = message["generationId"]
        line.send(json.dumps({"generationId": id, "data": "", "isFinished": False}))
        self._speak(line, message["targetText"], id)

    def _end(self, line: Line, id: str) -> str:
        return json.dumps({"generationId": id, "index": line.state.get(id, -1) + 1, "data": "", "isFinished": True})


class DeepdubStream(_Generations):
    """``/ws``: a turn at a time."""

    name = "DS"

    def _welcome(self, line: Line) -> None:
        line.send(json.dumps({"action": "status", "connectionId": "c", "message": "connected"}))

    def take(self, line: Line, frame: str) -> None:
        message = json.loads(frame)
        match message["action"]:
            case "stream-text":
                line.state["text"] = line.state.get("text", "") + message["data"]["text"]
            case "end-stream":
                line.state["turns"] = line.state.get("turns", 0) + 1
                self._speak(line, line.state.pop("text"), f"generation-{line.state['turns']}")
            case "ping":
                line.send(json.dumps({"action": "pong"}))

    def _end(self, line: Line, id: str) -> str:
        return json.dumps(
            {"generationId": id, "index": line.state.get(id, -1) + 1, "isFinished": True, "isFinal": True}
        )


WIRES: dict[str, type[Vendor]] = {
    kind.name: kind for kind in (DeepgramRequests, DeepgramSocket, DeepdubRequests, DeepdubOpen, DeepdubStream)
}
