"""The WebSocket ``/v1/speak``: text comes in piece by piece, each flush is spoken, a clear forgets."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

from attrs import define
from starlette.websockets import WebSocket, WebSocketDisconnect

from ._calls import Call, Slots
from ._query import Query, check_speed, parse_query
from ._refusals import Refusal
from ._text import read_text


if TYPE_CHECKING:
    from voxbridge.testing import Fault, FaultScript

    from . import DeepgramEmulator

__all__ = ["SpeakSocket"]

_REASONS: Final = MappingProxyType({1003: "MESSAGE-0000", 1008: "DATA-0000", 1009: "BIG-0000", 1011: "NET-0000"})
_EXCESSIVE_FLUSH: Final = MappingProxyType(  # as it was seen live; the documents say code and description
    {"warn_code": "EXCESSIVE_FLUSH", "warn_msg": "Rate limit exceeded for flushes. Please try again later."}
)


class SpeakSocket:
    """The endpoint."""

    def __init__(self, emulator: DeepgramEmulator) -> None:
        self._emulator = emulator
        self._slots = Slots(emulator.limits.sockets)

    async def __call__(self, call: Call) -> None:
        faults = call.script(self._emulator)
        query = parse_query(call.query, socket=True)
        check_speed(query)
        with self._slots:
            websocket = WebSocket(call.scope, call.receive, call.send)
            await websocket.accept(call.credential.subprotocol, [(b"dg-request-id", call.request_id.encode())])
            with suppress(WebSocketDisconnect):  # a client may leave at any time
                await _Session(self._emulator, call, query, faults, websocket).run()


class _Ending(Exception):
    """The server closes the socket."""

    def __init__(self, code: int, reason: str | None = None) -> None:
        self.code = code
        self.reason = _REASONS.get(code, "") if reason is None else reason


class _Abandoned(Exception):
    """What is being spoken was cleared."""


@define(eq=False)
class _Flush:
    text: str
    fault: Fault | None
    cleared: bool = False


class _Session:
    """One socket: one task listens, one speaks."""

    def __init__(
        self, emulator: DeepgramEmulator, call: Call, query: Query, faults: FaultScript, websocket: WebSocket
    ) -> None:
        self._emulator = emulator
        self._call = call
        self._query = query
        self._faults = faults
        self._websocket = websocket
        self._text = ""  # that was not flushed yet
        self._todo: deque[_Flush | Literal["clear", "close"]] = deque()
        self._woken = asyncio.Event()
        self._speaking: _Flush | None = None
        self._sequence = 0
        self._flushes: deque[float] = deque()  # when they came, by the loop's clock

    async def run(self) -> None:
        """Serve until one side closes."""
        await self._welcome()
        tasks = {asyncio.create_task(self._listen()), asyncio.create_task(self._speak())}
        try:
            async with asyncio.timeout(self._emulator.limits.session_seconds):
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except TimeoutError:
            await self._websocket.close(1011, "NET-0003")
        except _Ending as ending:
            await self._websocket.close(ending.code, ending.reason)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _welcome(self) -> None:
        model = self._query.model
        await self._tell(
            "Metadata",
            request_id=self._call.request_id,
            model_name=model.name,
            model_version=model.version,
            model_uuid=model.uuid,
        )

    async def _tell(self, type: str, **fields: object) -> None:
        await self._websocket.send_text(json.dumps({"type": type, **fields}))

    # What the client says

    async def _listen(self) -> None:
        limit = self._emulator.limits.body
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                raise _Ending(1003)
            if limit is not None and len(text.encode()) > limit:
                raise _Ending(1009)
            await self._obey(_parsed(text))

    async def _obey(self, command: Any) -> None:
        if "close" in self._todo:
            return
        match command:
            case {"type": "Speak", "text": str(text)}:
                self._append(text)
            case {"type": "Flush"}:
                await self._flush()
            case {"type": "Clear" | "Reset"}:  # Reset is its older name
                self._clear()
            case {"type": "Close"}:
                if self._text.strip():
                    self._ask(self._taken())
                self._ask("close")
            case _:
                raise _Ending(1008)

    def _append(self, text: str) -> None:
        limit = self._emulator.limits.characters
        words = read_text(text, controls=self._query.model.controls).words
        if limit is not None and len(words) > limit:
            raise _Ending(1009, "BIG-0001")
        self._text += text

    async def _flush(self) -> None:
        if self._may_flush():
            self._ask(self._taken())
        else:
            await self._tell("Warning", **_EXCESSIVE_FLUSH)

    def _may_flush(self) -> bool:
        limits = self._emulator.limits
        if limits.flushes is None or limits.flush_seconds is None:
            return True
        now = asyncio.get_running_loop().time()
        while self._flushes and now - self._flushes[0] >= limits.flush_seconds:
            self._flushes.popleft()
        if len(self._flushes) >= limits.flushes:
            return False
        self._flushes.append(now)
        return True

    def _taken(self) -> _Flush:
        """Return what was buffered, as one text."""
        text, self._text = self._text, ""
        if not text.strip():
            return _Flush("", None)
        script = read_text(text, controls=self._query.model.controls)
        try:
            script.check(self._emulator.limits.pronunciations)
        except Refusal:
            raise _Ending(1008) from None
        self._emulator.texts.append(text)
        self._emulator.billed += len(script.words)
        return _Flush(script.words, self._faults.text())

    def _clear(self) -> None:
        self._text = ""
        if self._speaking is not None:
            self._speaking.cleared = True
        self._todo = deque(each for each in self._todo if not isinstance(each, _Flush))
        self._ask("clear")

    def _ask(self, item: _Flush | Literal["clear", "close"]) -> None:
        self._todo.append(item)
        self._woken.set()

    # What the server says

    async def _speak(self) -> NoReturn:
        while True:
            while not self._todo:
                self._woken.clear()
                await self._woken.wait()
            match self._todo[0]:
                case "close":
                    raise _Ending(1000)
                case "clear":
                    self._todo.popleft()
                    await self._confirm("Cleared")
                case _Flush() as flush:
                    self._todo.popleft()
                    with suppress(_Abandoned):
                        await self._say(flush)
                        await self._confirm("Flushed")

    async def _confirm(self, type: str) -> None:
        await self._tell(type, sequence_id=self._sequence)
        self._sequence += 1

    async def _say(self, flush: _Flush) -> None:
        if not flush.text:
            return
        self._speaking = flush
        query = self._query.meeting(flush.fault)
        audio, seconds = await self._emulator.speak(
            flush.text, query.audio.format, language=query.model.language, speed=query.pace
        )

        async def send(piece: bytes) -> None:
            if flush.cleared:
                raise _Abandoned
            await self._websocket.send_bytes(piece)

        await self._emulator.deliver(audio, seconds, flush.fault, send=send, strike=self._strike)
        if flush.cleared:
            raise _Abandoned
        self._speaking = None

    async def _strike(self, fault: Fault) -> bool:
        """Let a fault happen; return whether the audio goes on after it."""
        match fault.kind:
            case "close":
                raise _Ending(fault.code or 1011, fault.body)
            case "cut":
                await self._emulator.hang_up(self._call.scope["client"])
                await asyncio.Event().wait()  # the listener hears it
            case "stall":
                await asyncio.Event().wait()  # until the client leaves
            case "garbage":
                await self._websocket.send_text(fault.body or '{"type": "Flushed", "sequence_id": ')
        return True


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
