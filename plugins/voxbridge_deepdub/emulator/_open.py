"""The socket ``/open``: one message asks for one generation, and many may be under way at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import uuid4

from ._calls import Call
from ._formats import SOCKETS, Chunks
from ._gender import classify
from ._generation import Generation, met, read_generation, say
from ._prompts import decoded
from ._refusals import Refusal, invalid
from ._sockets import Line, converse


if TYPE_CHECKING:
    from voxbridge.testing import Fault

    from . import DeepdubEmulator
    from ._accounts import Accounts, Place

__all__ = ["OpenSocket"]


class OpenSocket:
    """The endpoint."""

    def __init__(self, emulator: DeepdubEmulator, accounts: Accounts) -> None:
        self._emulator = emulator
        self._accounts = accounts

    async def __call__(self, call: Call) -> None:
        await converse(self._emulator, call, self._talk)

    async def _talk(self, line: Line, tasks: asyncio.TaskGroup) -> NoReturn:
        turns = None if self._emulator.habits.interleave else asyncio.Lock()
        while True:
            tasks.create_task(self._answer(line, await line.hear(), turns))

    async def _answer(self, line: Line, fields: dict[str, Any] | None, turns: asyncio.Lock | None) -> None:
        fields = fields or {}
        id = fields.get("generationId")
        try:
            match fields.get("action"):
                case "text-to-speech":
                    id = id or str(uuid4())
                    await self._speak(line, fields | {"generationId": id}, turns)
                case "gender-classify":  # the SDK waits for an answer without an id
                    sample = decoded("audio", fields.get("audio"), self._emulator.limits.sample)
                    await line.tell(**classify(sample))
                case None:
                    raise invalid("a message must be a JSON object with an action")
                case action:
                    raise invalid(f"unknown action '{action}'")
        except Refusal as refusal:
            await line.tell(**refusal.frame(id if isinstance(id, str) else None))

    async def _speak(self, line: Line, fields: dict[str, Any], turns: asyncio.Lock | None) -> None:
        """Speak a generation.

        Raises:
            Refusal: it cannot be had.
        """
        line.begin()
        generation = read_generation(self._emulator, line.call.key, fields, SOCKETS, rest=False)
        with self._accounts.begin(line.call.key, line.call.address) as place:
            fault = line.faults.text()
            self._emulator.texts.append(generation.text)
            await line.tell(data="", generationId=generation.id, isFinished=False)
            sound, seconds = await say(self._emulator, generation, fault)
            self._accounts.bill(line.call.key, seconds)
            frames = _Frames(line, generation, fault, place, self._emulator.habits.last)
            made = generation.audio.head + sound, seconds
            if turns is None:
                await frames.send(made)
            else:
                async with turns:
                    await frames.send(made)


class _Frames:
    """The frames of one generation."""

    def __init__(self, line: Line, generation: Generation, fault: Fault | None, place: Place, last: str) -> None:
        self._line = line
        self._generation = generation
        self._fault = fault
        self._place = place
        self._with_audio = last == "audio"
        self._chunks = Chunks(met(generation.audio, fault))
        self._index = 0
        self._left = 0  # bytes

    async def send(self, made: tuple[bytes, float]) -> None:
        """Send all sound, and the end."""
        self._left = len(made[0])
        whole = await self._line.deliver(self._generation, made, self._fault, self._piece)
        if whole and not (self._with_audio and made[0]):
            await self._frame(b"", last=True)

    async def _piece(self, piece: bytes) -> None:
        self._left -= len(piece)
        if chunk := self._chunks.take(piece):
            await self._frame(chunk, last=self._with_audio and not self._left)

    async def _frame(self, audio: bytes, *, last: bool) -> None:
        if last:
            self._place.leave()
        fields = {"index": self._index, "generationId": self._generation.id, "data": "", "isFinished": last}
        self._index += 1
        await self._line.tell(audio=audio, **fields)
