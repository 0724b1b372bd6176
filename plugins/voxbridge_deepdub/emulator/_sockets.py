"""What both sockets share: JSON in and out, how they end, and what goes wrong on them."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.websockets import WebSocket, WebSocketDisconnect

from ._calls import Call, present, struck


if TYPE_CHECKING:
    from voxbridge.testing import Fault, FaultScript

    from . import DeepdubEmulator
    from ._generation import Generation

__all__ = ["Ending", "Line", "Talk", "converse"]

_GARBAGE = '{"generationId": "'
_ID = "$generationId"


class Ending(Exception):
    """The server closes the socket."""

    def __init__(self, code: int, reason: str = "") -> None:
        self.code = code
        self.reason = reason


class Line:
    """A socket."""

    def __init__(self, emulator: DeepdubEmulator, call: Call, faults: FaultScript, websocket: WebSocket) -> None:
        self.call = call
        self.faults = faults
        self._emulator = emulator
        self._websocket = websocket
        self._used = 0.0  # when, by the loop's clock

    async def tell(self, *, audio: bytes = b"", **fields: Any) -> None:
        """Send a frame; sound goes into its field ``data``."""
        self._used = asyncio.get_running_loop().time()
        content = json.dumps(fields | {"data": base64.b64encode(audio).decode()} if audio else fields)
        if audio and self._emulator.habits.opcode == "binary":
            await self._websocket.send_bytes(content.encode())
        else:
            await self._websocket.send_text(content)

    async def hear(self) -> dict[str, Any] | None:
        """Return the fields of the next frame that are not null; None if it is no JSON object.

        Raises:
            WebSocketDisconnect: the client has left.
            Ending: the socket lay idle for too long.
        """
        message = await self._received()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message["code"])
        return present(message.get("text") or message.get("bytes") or "")

    async def _received(self) -> Any:
        idle = self._emulator.limits.idle_seconds
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(idle):
                    return await self._websocket.receive()
            if asyncio.get_running_loop().time() - self._used >= idle:
                raise Ending(1001)

    def begin(self) -> None:
        """Count a generation that is asked for.

        Raises:
            Refusal: it meets a fault at once.
        """
        if fault := self.faults.opening():
            raise struck(fault)

    async def deliver(
        self,
        generation: Generation,
        made: tuple[bytes, float],
        fault: Fault | None,
        send: Callable[[bytes], Awaitable[None]],
    ) -> bool:
        """Send sound by *send*; return whether its end was reached."""

        async def strike(fault: Fault) -> bool:
            return await self._strike(fault, generation.id)

        seconds = self._emulator.habits.chunk_seconds
        return await self._emulator.deliver(*made, fault, send=send, strike=strike, piece_seconds=seconds)

    async def _strike(self, fault: Fault, generation_id: str) -> bool:
        """Let a fault happen; return whether the audio goes on after it."""
        match fault.kind:
            case "close":
                raise Ending(fault.code or 1011, fault.body or "")
            case "cut":
                await self._emulator.hang_up(self.call.scope["client"])
                await asyncio.Event().wait()  # the listener hears it
            case "stall":
                await asyncio.Event().wait()  # until the client leaves
            case "garbage":
                text = (fault.body or _GARBAGE).replace(_ID, generation_id)
                await self._websocket.send_text(text)
                return "error" not in (present(text) or {})  # nothing follows an error
        return True


Talk: TypeAlias = Callable[[Line, asyncio.TaskGroup], Awaitable[None]]


async def converse(emulator: DeepdubEmulator, call: Call, talk: Talk) -> None:
    """Accept a handshake and talk, until one side closes.

    Args:
        emulator: that of this service.
        call: the handshake.
        talk: what is said; its tasks end with the socket.

    Raises:
        Refusal: the handshake meets a fault.
    """
    faults = call.script(emulator)
    websocket = WebSocket(call.scope, call.receive, call.send)
    await websocket.accept()
    try:
        async with asyncio.TaskGroup() as tasks:
            await talk(Line(emulator, call, faults, websocket), tasks)
    except* WebSocketDisconnect:
        pass  # a client may leave at any time
    except* Ending as endings:
        ending = next(each for each in endings.exceptions if isinstance(each, Ending))
        with suppress(WebSocketDisconnect):
            await websocket.close(ending.code, ending.reason)
