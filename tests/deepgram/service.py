"""Exchanges with Deepgram without a network, and Deepgram's socket in memory, under a clock of its own.

There the audio of a text is the text, two bytes a character, so what was heard can be read.
"""

from __future__ import annotations

import heapq
import json
from collections import deque
from itertools import count
from typing import Any

from voxbridge import Job, Send, TextUnit, Timeouts, Words
from voxbridge._commands import Carry, Leave, Open
from voxbridge._rendition import Rendition
from voxbridge.audio import AudioFormat
from voxbridge.routing import SpeechRequest, plan
from voxbridge_deepgram import Deepgram


def unit(text: Any, index: int = 0, pause: float = 0.0) -> TextUnit:
    """Return a unit of words, or of given segments."""
    return TextUnit(index, (Words(text),) if isinstance(text, str) else tuple(text), pause)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def exchange(memory=None, clock=None, handshake=None, voice="aura-2-thalia-en", text_kind="pieces", **account):
    """Return an exchange on an open socket."""
    backend = Deepgram("key", transport="websocket", **account)
    job = Job(voice=backend.find_voice(voice), format=AudioFormat("linear16", 24000), text_kind=text_kind)
    made = backend.exchange(job)
    made.open({} if memory is None else memory, clock or Clock(), handshake or {})
    return made


def frames(actions):
    """Return the messages that are sent among actions."""
    return [json.loads(action.frame) for action in actions if isinstance(action, Send)]


def answer(talk, **message):
    """Give an exchange a message."""
    return list(talk.receive_frame(json.dumps(message)))


SPEAK = {"type": "Speak", "text": "Hello."}
FLUSH = {"type": "Flush"}
CLEAR = {"type": "Clear"}


class Line:
    """The service's side of one socket."""

    def __init__(self) -> None:
        self.memory: dict[str, Any] = {}
        self.buffer = ""
        self.flushes: list[float] = []
        self.busy = 0.0
        self.clears = 0
        self.open = True


class Talk:
    """Drive a rendition with text, and answer it as Deepgram does.

    Args:
        text: pieces of text; None for a conversation.
        faults: number of a flush, from 1 over all sockets, to what is done instead of answering it: a close
            ``(code, reason)``, or frames, before which the first bytes of audio may stand.
    """

    def __init__(self, text=None, *, faults=None, live=True, latency=0.01, flush_limit=20, **asked) -> None:
        self.now, self.latency, self.flush_limit = 0.0, latency, flush_limit
        self.faults = faults or {}
        self.heard = b""
        self.chunks: list[Any] = []
        self.lines: dict[int, Line] = {}
        self.idle: list[Line] = []
        self.flushes: list[str] = []
        self.cleared: list[Line] = []
        self.mute_clear = False
        self._events: list[Any] = []
        self._order = count()
        backend = Deepgram("key", transport="websocket")
        request = SpeechRequest(format=AudioFormat("linear16", 24000), text_kind="pieces", **asked)
        planned = plan(backend, request, find=lambda name: backend, timeouts=Timeouts(), retries=2)
        self.rendition = Rendition(planned, lambda: self.now, live=live, push=text is None)
        self._pieces = deque(text or ())
        if text is not None:
            self._pieces.append(None)

    def run(self, until: float = 10_000.0) -> Talk:
        """Go on until all is spoken, nothing more happens, or a time has come."""
        while not self.rendition.done:
            while self._pieces and self.rendition.wants_text:
                piece = self._pieces.popleft()
                self.rendition.text_end() if piece is None else self.rendition.text(piece)
            self.perform()
            deadline = self.rendition.deadline
            if self._events and (deadline is None or self._events[0][0] <= deadline):
                if self._events[0][0] > until:
                    break
                at, _, run, kind, args = heapq.heappop(self._events)
                self.now = max(self.now, at)
                self.rendition.event(self.now, run, kind, *args)
            elif deadline is not None and deadline <= until:
                self.now = max(self.now, deadline)
                self.rendition.tick(self.now)
            elif self.rendition.commands or self._pieces:
                continue
            else:
                break
        self.perform()
        return self

    @property
    def text(self) -> str:
        """What was heard."""
        return self.heard.decode("utf-16-le")

    def perform(self) -> None:
        """Carry out the rendition's commands, and take its chunks."""
        commands = self.rendition.commands
        while commands:
            match commands.popleft():
                case Open(run, _, fresh):
                    reused = bool(self.idle) and not fresh
                    line = self.lines[run] = self.idle.pop() if reused else Line()
                    self.tell(0.0 if reused else 4 * self.latency, run, "opened", line.memory, {}, reused)
                case Carry(run, Send(frame)):
                    self._take(run, self.lines[run], json.loads(frame))
                case Leave(run, clean):
                    line = self.lines[run]
                    if clean and line.open:
                        self.idle.append(line)
        while (chunk := self.rendition.take()) is not None:
            self.chunks.append(chunk)
            self.heard += chunk.data

    def tell(self, after: float, run: int, kind: str, *args: Any) -> None:
        """Have something happen to a run."""
        heapq.heappush(self._events, (self.now + after, next(self._order), run, kind, args))

    def _take(self, run: int, line: Line, message: dict[str, str]) -> None:
        if not line.open:
            return
        match message["type"]:
            case "Speak":
                assert 0 < len(message["text"]) <= 2000
                line.buffer += message["text"]
            case "Flush":
                self._flush(run, line)
            case "Clear":
                line.buffer, line.busy = "", 0.0
                heard = self.now + 2 * self.latency  # what was on its way before the service knew
                self._events = [event for event in self._events if event[0] <= heard or event[2] != run]
                heapq.heapify(self._events)
                line.clears += 1
                self.cleared.append(line)
                if not self.mute_clear:
                    self.say(run, {"type": "Cleared", "sequence_id": 0}, after=2 * self.latency)

    def say(self, run: int, frame: Any, after: float = 0.0) -> None:
        """Send a frame to a run: bytes, or an object as JSON."""
        self.tell(after, run, "receive_frame", frame if isinstance(frame, bytes) else json.dumps(frame))

    def _flush(self, run: int, line: Line) -> None:
        line.flushes = [at for at in line.flushes if self.now - at < 60.0]
        if len(line.flushes) >= self.flush_limit:
            warning = {"type": "Warning", "warn_code": "EXCESSIVE_FLUSH", "warn_msg": "Rate limit exceeded"}
            self.say(run, warning, after=2 * self.latency)
            return
        line.flushes.append(self.now)
        self.flushes.append(line.buffer)
        audio, line.buffer = line.buffer.encode("utf-16-le"), ""
        start = max(line.busy, self.now + 2 * self.latency)
        line.busy = start + len(audio) / 48000 / 10  # ten times as fast as it plays
        fault = self.faults.pop(len(self.flushes), None)
        if isinstance(fault, tuple):
            line.open = False
            self.tell(start - self.now, run, "receive_close", *fault)
        elif fault is not None:
            for frame in fault:
                self.say(run, audio[:frame] if isinstance(frame, int) else frame, after=start - self.now)
        else:
            middle = len(audio) // 2 + 1  # in the middle of a character
            self.say(run, audio[:middle], after=start - self.now)
            self.say(run, audio[middle:], after=line.busy - self.now)
            self.say(run, {"type": "Flushed", "sequence_id": 7}, after=line.busy - self.now)
