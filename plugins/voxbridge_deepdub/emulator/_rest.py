"""``POST /tts``: a text in, audio out as it is made; ``/tts/retroactive``: audio that is fetched later."""

from __future__ import annotations

import asyncio
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from attrs import define
from starlette.responses import Response

from voxbridge.testing import while_connected

from ._calls import Call
from ._formats import REST
from ._generation import Generation, read_generation, say
from ._refusals import Refusal


if TYPE_CHECKING:
    from voxbridge.testing import Fault

    from . import DeepdubEmulator
    from ._accounts import Accounts, Place

__all__ = ["Retroactive", "Speech"]

_PAGE: Final = "<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>"
_SNIFFED: Final = MappingProxyType({"text/plain": "text/plain; charset=utf-8", "missing": None})
_ID: Final = re.compile(r"[\w-]+", re.ASCII)


class Speech:
    """Sends the audio of a generation as a response."""

    def __init__(self, emulator: DeepdubEmulator, accounts: Accounts) -> None:
        self._emulator = emulator
        self._accounts = accounts

    async def __call__(self, call: Call) -> None:
        """Answer ``POST /tts``."""
        faults = call.script(self._emulator)
        generation = read_generation(self._emulator, call.key, await call.fields(), REST, rest=True)
        with self._accounts.begin(call.key, call.address) as place:
            await while_connected(self._speak(call, generation, faults.text(), place), call.receive)

    async def _speak(self, call: Call, generation: Generation, fault: Fault | None, place: Place) -> None:
        made = await self.make(call.key, generation, fault)
        await self.send(call, generation, made, fault, place)

    async def make(self, key: str, generation: Generation, fault: Fault | None = None) -> tuple[bytes, float]:
        """Return the sound of a generation and its seconds, and take their price."""
        self._emulator.texts.append(generation.text)
        sound, seconds = await say(self._emulator, generation, fault)
        self._accounts.bill(key, seconds)
        return generation.audio.head + sound, seconds

    async def send(
        self,
        call: Call,
        generation: Generation,
        made: tuple[bytes, float],
        fault: Fault | None,
        place: Place | None = None,
    ) -> None:
        """Send what was made, piece by piece, and let the fault strike in its place."""
        if fault is not None and fault.kind == "garbage":
            await Response(fault.body or _PAGE, media_type="text/html")(call.scope, call.receive, call.send)
            return
        if fault is not None and fault.at == 0 and not await self._strike(call, fault):
            return
        kind = _SNIFFED.get(self._emulator.habits.content_type, generation.audio.content_type)
        headers = [(b"x-generation-id", generation.id.encode())]
        if kind is not None:
            headers.append((b"content-type", kind.encode()))
        await call.send({"type": "http.response.start", "status": 200, "headers": headers})

        async def send(piece: bytes) -> None:
            await call.send({"type": "http.response.body", "body": piece, "more_body": True})

        async def strike(fault: Fault) -> bool:
            return await self._strike(call, fault)

        if await self._emulator.deliver(*made, fault, send=send, strike=strike):
            if place is not None:
                place.leave()
            await call.send({"type": "http.response.body", "body": b""})

    async def _strike(self, call: Call, fault: Fault) -> bool:
        """Let a fault happen; return whether the audio goes on after it."""
        if fault.kind == "stall":
            await asyncio.Event().wait()  # until the client leaves
        if fault.kind in ("cut", "close"):
            await self._emulator.hang_up(call.scope["client"], reset=fault.kind == "close")
            return False
        return True


@define(eq=False)
class _Result:
    generation: Generation
    account: str
    fault: Fault | None
    made: tuple[bytes, float] | None = None


class Retroactive:
    """Generations that are made in their own time, and kept until the server ends."""

    def __init__(self, emulator: DeepdubEmulator, speech: Speech) -> None:
        self._emulator = emulator
        self._speech = speech
        self._results: dict[str, _Result] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    async def submit(self, call: Call) -> None:
        """Answer ``POST /tts/retroactive``: the result is always MP3."""
        faults = call.script(self._emulator)
        fields = await call.fields() | {"format": "mp3"}
        generation = read_generation(self._emulator, call.key, fields, REST, rest=True)
        id, result = str(uuid4()), _Result(generation, call.key, faults.text())
        self._results[id] = result
        task = asyncio.create_task(self._make(result))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        await call.answer({"url": f"{self._emulator.url}/tts/retroactive/{id}"})

    async def _make(self, result: _Result) -> None:
        result.made = await self._speech.make(result.account, result.generation, result.fault)

    async def fetch(self, call: Call) -> None:
        """Answer ``GET /tts/retroactive/{id}``."""
        id = call.scope["path"].rpartition("/")[2].partition(".")[0]  # of an extension nothing is thought
        if not _ID.fullmatch(id):
            raise Refusal(status=400, message="Invalid generation ID")
        result = self._results.get(id)
        if result is None or result.account != call.key or result.made is None:
            raise Refusal(status=404, message="Generation not found")
        fault, result.fault = result.fault, None  # it strikes once
        await while_connected(self._speech.send(call, result.generation, result.made, fault), call.receive)
