"""A rendition whose vendors are moved by hand: no time passes and nothing is sent but what a test says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from voxbridge import AudioChunk, AudioFormat, Backend, Capabilities, Exchange, Job, Router, Timeouts
from voxbridge._rendition import Rendition
from voxbridge.routing import SpeechRequest, plan


SECOND = b"\1\0" * 8000
"""A second of sound in linear16/8000."""


class Clock:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class HandExchange(Exchange):
    """Records what it is told, and answers a frame, which is a list of actions, with that list."""

    def __init__(self, job: Job, backend: Hand) -> None:
        super().__init__(job)
        self.backend, self.socket = backend, backend.socket
        self.calls: list[str] = []

    @property
    def window(self) -> int:
        return self.backend.window

    def send_unit(self, unit):
        self.calls.append(unit.text)
        return []

    def send_flush(self):
        self.calls.append("<flush>")
        return []

    def send_end(self):
        self.calls.append("<end>")
        return self.backend.at_end

    def send_clear(self):
        self.calls.append("<clear>")
        return self.backend.at_clear

    def receive_frame(self, payload):
        if isinstance(payload, Exception):
            raise payload
        return payload

    def receive_timer(self):
        raise ValueError("what the timer found makes no sense")


class Hand(Backend):
    """A backend that does what a test says."""

    def __init__(self, name: str = "hand", **able: Any) -> None:
        self.name, self.window = name, 100
        self.socket: Any = None
        self.at_clear: Any = None
        self.at_end: Any = []
        self.refuses: Exception | None = None
        self.exchanges: list[HandExchange] = []
        self.able = {"formats": ("linear16/8000",), "local": True, **able}

    def capabilities(self, voice):
        return Capabilities(**self.able)

    def exchange(self, job):
        if self.refuses:
            raise self.refuses
        self.exchanges.append(HandExchange(job, self))
        return self.exchanges[-1]

    @property
    def calls(self) -> list[str]:
        """What its last exchange was told."""
        return self.exchanges[-1].calls


class Talk:
    """A rendition, its clock, and a hand on both ends of it."""

    def __init__(
        self,
        *backends: Backend,
        format: str = "linear16/8000",
        live: bool = True,
        push: bool = True,
        deadline: float | None = None,
        retries: int | None = None,
        timeouts: Timeouts | None = None,
        **request: Any,
    ) -> None:
        self.clock = Clock()
        target = backends[0] if len(backends) == 1 else Router(backends)
        self.plan = planned(target, format, retries=retries, timeouts=timeouts, **request)
        self.rendition = Rendition(self.plan, self.clock, live=live, push=push, deadline=deadline)

    def answer(self, *actions: Any) -> list[AudioChunk]:
        """Let the present vendor answer with these actions; return the chunks that come out."""
        self.event("receive_frame", list(actions))
        return self.take()

    def event(self, kind: str, *args: Any) -> None:
        run = self.rendition._run
        assert run is not None, "nobody speaks"
        self.rendition.event(self.clock.now, run.number, kind, *args)

    def take(self) -> list[AudioChunk]:
        chunks = []
        while (chunk := self.rendition.take()) is not None:
            chunks.append(chunk)
        return chunks

    def wait(self, seconds: float) -> None:
        """Let time pass, ticking as a shell does."""
        end = self.clock.now + seconds
        while (due := self.rendition.deadline) is not None and due <= end and not self.rendition.done:
            self.clock.now = max(self.clock.now, due)
            self.rendition.tick(self.clock.now)
        self.clock.now = end

    def fail(self, error: Exception) -> None:
        self.answer(error)

    @property
    def error(self) -> Any:
        return self.rendition.error


def planned(
    target: Backend,
    format: str = "linear16/8000",
    *,
    find: Mapping[str, Backend] | None = None,
    timeouts: Timeouts | None = None,
    retries: int | None = None,
    **request: Any,
) -> Any:
    """Return the plan of a request."""
    wanted = SpeechRequest(format=AudioFormat.parse(format), **request)
    return plan(target, wanted, find=(find or {}).__getitem__, timeouts=timeouts or Timeouts(), retries=retries)


def sound(chunks: Sequence[AudioChunk]) -> bytes:
    """Return the audio of chunks."""
    return b"".join(chunk.data for chunk in chunks)
