"""The socket ``/ws``: text comes in piece by piece, and is spoken in generations, turn by turn."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn
from uuid import uuid4

from attrs import define

from ._calls import Call
from ._formats import Chunks
from ._generation import met, say
from ._inline import Inline, Switch
from ._refusals import Refusal
from ._settings import SessionError, Settings, read_settings
from ._sockets import Line, converse


if TYPE_CHECKING:
    from . import DeepdubEmulator
    from ._accounts import Accounts

__all__ = ["StreamSocket"]

_SENTENCES: Final = re.compile(r".*[.!?…。！？][\"'”’)\]]*\s+", re.DOTALL)
_WORDS: Final = re.compile(r".*\s", re.DOTALL)


class StreamSocket:
    """The endpoint."""

    def __init__(self, emulator: DeepdubEmulator, accounts: Accounts) -> None:
        self._emulator = emulator
        self._accounts = accounts

    async def __call__(self, call: Call) -> None:
        async def talk(line: Line, tasks: asyncio.TaskGroup) -> None:
            speaker = _Speaker(self._emulator, self._accounts, line)
            session = _Session(self._emulator, line, speaker)
            try:
                tasks.create_task(speaker.run())
                await session.run()
            finally:
                session.forget()

        await converse(self._emulator, call, talk)


class _Cancelled(Exception):
    """What is being spoken was cancelled."""


@define(eq=False)
class _Flush:
    text: str
    settings: Settings
    cancelled: bool = False


class _Session:
    """Listens: reads text, and flushes it to the speaker."""

    def __init__(self, emulator: DeepdubEmulator, line: Line, speaker: _Speaker) -> None:
        self._emulator = emulator
        self._line = line
        self._speaker = speaker
        self._settings: Settings | None = None
        self._inline = Inline()
        self._text = ""  # that was read, and not flushed
        self._begun = False  # whether the turn's first words have had their time
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> NoReturn:
        """Obey, until one side closes."""
        await self._line.tell(action="status", connectionId=str(uuid4()), message="connected")
        while True:
            fields = await self._line.hear()
            try:
                await self._obey(fields or {})
            except SessionError as error:
                await self._line.tell(action="error", message=str(error), time=int(time.time()))

    async def _obey(self, fields: dict[str, Any]) -> None:
        payload = _payload(fields)
        match fields.get("action"):
            case "stream-config":
                self._settings = read_settings(self._emulator, payload)
            case "stream-text" if isinstance(payload.get("text"), str):
                settings = self._configured()
                self._take(self._inline.feed(payload["text"], emojis=settings.emojis))
                self._wait()
            case "end-stream":
                self._take(self._inline.end(emojis=self._configured().emojis))
                self._flush()
                self._speaker.ask("end")
                self.forget()
            case "cancel":
                self.forget()
                self._speaker.cancel()
            case "ping":
                await self._line.tell(action="pong")
            case _:
                raise SessionError("Invalid message format")

    def forget(self) -> None:
        """Forget the turn, and what of it was not flushed."""
        self._text, self._inline, self._begun = "", Inline(), False
        self._restart(None)

    def _configured(self) -> Settings:
        if self._settings is None:
            raise SessionError("please send 'stream-config' action with model before streaming text")
        return self._settings

    def _take(self, pieces: list[str | Switch]) -> None:
        for piece in pieces:
            if isinstance(piece, str):
                self._text += piece
                self._flush(_SENTENCES)
                continue
            self._emulator.controls.append(piece.source)
            settings = self._configured().after(piece)
            if settings != self._settings:
                self._flush()  # what stands before it is spoken as before
                self._settings = settings

    def _flush(self, part: re.Pattern[str] | None = None) -> None:
        """Have text spoken: all of it, or what matches from its beginning."""
        found = part.match(self._text) if part else None
        end = (found.end() if found else 0) if part else len(self._text)
        text, self._text = self._text[:end], self._text[end:]
        if text.strip():
            self._begun = True
            self._emulator.texts.append(text)
            self._speaker.ask(_Flush(text, self._configured()))

    def _wait(self) -> None:
        """Wait for more text, but not for ever."""
        if not self._text.strip():
            self._restart(None)
        elif self._begun:
            self._restart(self._flush, self._emulator.habits.flush_seconds)
        elif self._timer is None:
            self._restart(self._flush_first, self._configured().first_audio)

    def _flush_first(self) -> None:
        self._begun, self._timer = True, None
        self._flush(_WORDS)
        self._wait()

    def _restart(self, then: Callable[[], None] | None, seconds: float = 0.0) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, then) if then else None


class _Speaker:
    """Speaks: one generation after the other."""

    def __init__(self, emulator: DeepdubEmulator, accounts: Accounts, line: Line) -> None:
        self._emulator = emulator
        self._accounts = accounts
        self._line = line
        self._todo: deque[_Flush | Literal["end", "cancelled"]] = deque()
        self._woken = asyncio.Event()
        self._speaking: _Flush | None = None
        self._last = str(uuid4()), 0  # generation and index, for the end of the turn

    def ask(self, item: _Flush | Literal["end", "cancelled"]) -> None:
        """Have something said after all else."""
        self._todo.append(item)
        self._woken.set()

    def cancel(self) -> None:
        """Drop all that was asked for."""
        if self._speaking is not None:
            self._speaking.cancelled = True
        self._todo.clear()
        self.ask("cancelled")

    async def run(self) -> NoReturn:
        """Speak, until the socket closes."""
        while True:
            while not self._todo:
                self._woken.clear()
                await self._woken.wait()
            match self._todo.popleft():
                case "end":
                    if self._emulator.habits.turn_end == "isFinal":
                        id, index = self._last
                        await self._line.tell(generationId=id, index=index, isFinished=True, isFinal=True)
                case "cancelled":
                    await self._line.tell(action="status", message="cancelled")
                case _Flush() as flush:
                    self._speaking = flush
                    await self._say(flush, str(uuid4()))
                    self._speaking = None

    async def _say(self, flush: _Flush, id: str) -> None:
        self._last = id, 0
        try:
            await self._speak(flush, id)
        except _Cancelled:
            await self._line.tell(generationId=id, isFinished=True, isCancelled=True)
        except Refusal as refusal:
            await self._line.tell(generationId=id, error=refusal.text or refusal.message)

    async def _speak(self, flush: _Flush, id: str) -> None:
        line = self._line
        line.begin()
        generation = flush.settings.generation(self._emulator, line.call.key, id, flush.text)
        fault = line.faults.text()
        chunks = Chunks(met(generation.audio, fault))

        async def send(piece: bytes) -> None:
            if flush.cancelled:
                raise _Cancelled
            if chunk := chunks.take(piece):
                index = self._last[1]
                self._last = id, index + 1
                await line.tell(audio=chunk, generationId=id, index=index, isFinished=False)

        with self._accounts.begin(line.call.key, line.call.address):
            sound, seconds = await say(self._emulator, generation, fault)
            self._accounts.bill(line.call.key, seconds)
            whole = await line.deliver(generation, (generation.audio.head + sound, seconds), fault, send)
        if flush.cancelled:
            raise _Cancelled
        if whole and self._emulator.habits.turn_end != "silent":
            await line.tell(generationId=id, index=self._last[1], isFinished=True)


def _payload(fields: dict[str, Any]) -> dict[str, Any]:
    """Return what a message holds: under ``data`` or ``config``, or beside its action."""
    inner = next((fields[name] for name in ("data", "config") if isinstance(fields.get(name), dict)), fields)
    return {name: value for name, value in inner.items() if value is not None}
