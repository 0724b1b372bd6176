"""Backends for the speaking servers: the first exchanges to read before writing one's own."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from voxbridge import (
    Audio,
    Backend,
    BackendUnavailable,
    Capabilities,
    Exchange,
    Fetch,
    HttpExchange,
    HttpRequest,
    Job,
    LocalExchange,
    Render,
    Renew,
    Secret,
    Send,
    Settled,
    SocketExchange,
    SocketSpec,
    TextUnit,
    Told,
    Voice,
    Wait,
    Whole,
)
from voxbridge._exchange import Action, Actions, Finished
from voxbridge.testing import WordVoice


class WireBackend(Backend):
    """What the four have in common: where the server is, which format it speaks, and a key."""

    exchanges: ClassVar[type[Any]]
    key = Secret("a-very-secret-key", "Token ")

    def __init__(self, server: Any, name: str | None = None) -> None:
        self.name = name or type(self).name  # type: ignore[misc]
        self.url = server.url
        self.format = server.format

    def capabilities(self, voice: Voice) -> Capabilities:
        return Capabilities(formats=[self.format])

    def exchange(self, job: Job) -> Exchange:
        return self.exchanges(job, self.url, {"Authorization": self.key})


class AcknowledgedExchange(SocketExchange):
    """Units go out as text; audio comes back as binary frames, and ``done`` with the place on this connection."""

    def __init__(self, job: Job, url: str, headers: Mapping[str, str | Secret]) -> None:
        super().__init__(job)
        self.socket = SocketSpec(url=url, headers=headers)
        self._asked: dict[int, int] = {}  # from places on the connection to units
        self._clearing = self._ended = False

    @property
    def window(self) -> int:
        return 0 if self._clearing else 2

    def open(self, memory: dict[str, Any], clock: Callable[[], float], handshake: Mapping[str, str]) -> Actions:
        self._memory = memory
        return [Told(request_id=handshake.get("x-request-id"))]

    def send_unit(self, unit: TextUnit) -> Actions:
        place = self._memory.get("places", 0)
        self._memory["places"] = place + 1
        self._asked[place] = unit.index
        return [Send(json.dumps({"speak": unit.text}))]

    def send_end(self) -> Actions:
        self._ended = True
        return self._finish()

    def send_clear(self) -> Actions:
        if not self._asked:
            return []
        self._asked.clear()
        self._clearing = True
        return [Send(json.dumps({"clear": True})), Wait(2)]

    def receive_frame(self, payload: Any) -> Actions:
        if isinstance(payload, bytes):
            return [Audio(payload, unit) for unit in list(self._asked.values())[:1]]
        match json.loads(payload):
            case {"done": int(place)} if place in self._asked:
                return [Whole(self._asked.pop(place) + 1), *self._finish()]
            case {"done": int()}:
                return []  # of a unit that was cleared
            case {"cleared": True}:
                self._clearing = False
                return [Wait(None), *self._finish()]
            case {"error": str(words)}:
                return [BackendUnavailable("the vendor sent an error", detail=words)]
            case other:
                raise ValueError(other)

    def receive_close(self, code: int, reason: str) -> Actions:
        self.owed = len(self._asked)
        return super().receive_close(code, reason)

    def receive_timer(self) -> Actions:
        return [Renew()]  # nobody answered the clear: this connection is of no more use

    def _finish(self) -> list[Action]:
        return [Finished()] if self._ended and not self._asked and not self._clearing else []


class SocketBackend(WireBackend):
    """One exchange at a time on a socket."""

    name = "socket"
    exchanges = AcknowledgedExchange


def by_id(frame: str | bytes) -> tuple[str | None, Any]:
    """Say whose a frame of a shared socket is."""
    message = json.loads(frame)
    return message.get("id") or message.get("done"), message


class GenerationExchange(SocketExchange):
    """Each unit is a generation with an id of its own; many exchanges share the socket."""

    window = 2

    def __init__(self, job: Job, url: str, headers: Mapping[str, str | Secret]) -> None:
        super().__init__(job)
        self.socket = SocketSpec(url=url, headers=headers, share=8, route=by_id)
        self._asked: dict[str, int] = {}
        self._ended = False

    def open(self, memory: dict[str, Any], clock: Callable[[], float], handshake: Mapping[str, str]) -> Actions:
        self._memory = memory
        return []

    def send_unit(self, unit: TextUnit) -> Actions:
        number = self._memory["generations"] = self._memory.get("generations", 0) + 1
        name = f"generation-{number}"
        self._asked[name] = unit.index
        return [Send(json.dumps({"speak": unit.text, "id": name}), expects=name)]

    def send_end(self) -> Actions:
        self._ended = True
        return self._finish()

    def send_clear(self) -> Actions:
        settled = [Settled(name) for name in self._asked]  # what still comes of these is nobody's
        self._asked.clear()
        return settled

    def receive_frame(self, payload: Any) -> Actions:
        match payload:
            case {"id": str(name), "audio": str(audio)} if name in self._asked:
                return [Audio(base64.b64decode(audio, validate=True), self._asked[name])]
            case {"done": str(name)} if name == next(iter(self._asked), None):
                return [Settled(name), Whole(self._asked.pop(name) + 1), *self._finish()]
            case {"error": str(words)}:
                return [BackendUnavailable("the vendor sent an error", detail=words)]
        return []

    def receive_close(self, code: int, reason: str) -> Actions:
        self.owed = len(self._asked)
        return super().receive_close(code, reason)

    def _finish(self) -> list[Action]:
        return [Finished()] if self._ended and not self._asked else []


class SharedBackend(WireBackend):
    """Eight exchanges at once on a socket."""

    name = "shared"
    exchanges = GenerationExchange


class PostExchange(HttpExchange):
    """A request a unit."""

    def __init__(self, job: Job, url: str, headers: Mapping[str, str | Secret]) -> None:
        super().__init__(job)
        self._url, self._headers = url, headers

    def launch(self, tag: int, units: Sequence[TextUnit]) -> Fetch:
        body = json.dumps({"text": "".join(unit.text for unit in units)}).encode()
        return Fetch(tag, HttpRequest(method="POST", url=self._url, headers=self._headers, body=body))


class HttpBackend(WireBackend):
    """HTTP, the next request in flight while the present one is heard."""

    name = "http"
    exchanges = PostExchange


class SpokenExchange(LocalExchange):
    """An engine on this machine."""

    def launch(self, tag: int, units: Sequence[TextUnit]) -> Render:
        return Render(tag, partial(self._speak, "".join(unit.text for unit in units)))

    def _speak(self, text: str, emit: Callable[[bytes], bool]) -> None:
        audio = WordVoice(vendor=3).speak(text, self.format.sample_rate or 24000)
        for start in range(0, len(audio), 4800):
            if not emit(audio[start : start + 4800]):
                return


class LocalBackend(Backend):
    """The word oracle itself, as vendor 3."""

    name = "local"

    def capabilities(self, voice: Voice) -> Capabilities:
        return Capabilities(formats=("linear16/24000",), local=True)

    def exchange(self, job: Job) -> Exchange:
        return SpokenExchange(job)
