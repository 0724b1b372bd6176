"""The asyncio client's stream: the caller's own task runs the rendition, and waits at one inbox."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterable, Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from ._async_carriers import Connections, clock, from_threads
from ._async_inbox import Inbox, pump
from ._backend import TextKind
from ._carriers import Carriers
from ._models import Cleared
from ._settings import Call, Settings, whole_text
from ._speech import AudioChunk, Report, Speech, saving
from ._stream import Stream
from ._threads import pump as pump_in_thread
from ._threads import spawn
from .exceptions import VoxbridgeError
from .text import Utterance


__all__ = ["AsyncSpeechStream", "TextSource"]

T = TypeVar("T")
TextSource = str | Utterance | Iterable[str | Utterance] | AsyncIterable[str | Utterance] | None


class AsyncSpeechStream(Stream):
    """An asynchronous iterator of `AudioChunk`, and a context manager, which lets go of everything at its end.

    Without text it is a conversation: `send` text as it comes, `flush` at the end of each turn, `clear` when the
    listener interrupts, `end` when it is over. Other tasks of the loop may call these while one iterates.
    """

    def __init__(
        self, settings: Settings, connections: Connections, call: Call, text: TextSource, *, kind: TextKind, live: bool
    ) -> None:
        self._inbox = Inbox()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._gate: asyncio.Event | threading.Event | None = None
        self._stop: asyncio.Event | threading.Event | None = None
        self._connections = connections
        super().__init__(settings, connections, call, text, kind=kind, live=live, clock=clock, post=self._inbox.post)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> AudioChunk:
        rendition, inbox = self._rendition, self._inbox
        while True:
            if not self._closed and (chunk := rendition.take()) is not None:
                return chunk
            if rendition.done:
                self._finish()
                raise StopAsyncIteration
            if not self._started:
                self._start()
            elif inbox.items:
                self._handle(inbox.items.popleft())
            elif (deadline := rendition.deadline) is not None and deadline <= (now := clock()):
                rendition.tick(now)
                self._perform()
            else:
                await inbox.wait(deadline)

    def _start(self) -> None:
        self._loop = self._connections.bind()
        self._connections.remember(self)
        super()._start()

    def _pump(self, text: Any) -> Callable[[], object]:
        if hasattr(text, "__aiter__"):
            gate, stop = asyncio.Event(), asyncio.Event()
            self._connections.spawn(pump(text, self._inbox.post, gate, stop))
            self._gate, self._stop = gate, stop
        else:
            self._gate, self._stop = threading.Event(), threading.Event()
            spawn(pump_in_thread, text, from_threads(self._inbox.post), self._gate, self._stop, name="text")
        return self._gate.set

    def _stop_pump(self) -> None:
        self._inbox.close()
        if self._gate and self._stop:
            self._stop.set()
            self._gate.set()

    async def send(self, text: str | Utterance) -> None:
        """Say more, joined to what came before as it is. It never waits for audio.

        Raises:
            UsageError: the stream has a text of its own, or has ended.
            InvalidText: the text cannot be spoken.
        """
        said = whole_text(text)
        self._say(lambda: self._rendition.text(said))

    async def flush(self) -> None:
        """End the turn: its last chunk has ``final``."""
        self._say(self._rendition.flush)

    async def end(self) -> None:
        """End the conversation: iteration ends after the last audio."""
        self._say(self._rendition.text_end)

    async def clear(self, heard: float | None = None) -> Cleared:
        """Cut the turn, as when a listener interrupts: no earlier chunk comes out after this.

        Args:
            heard: seconds of this turn that the player really played; None: all that was given out.

        Returns:
            What was spoken and what was not; together exactly the turn's text.
        """
        return self._say(lambda: self._rendition.clear(heard), afterwards=True)  # a player may still be at it

    def _say(self, act: Callable[[], T], *, afterwards: bool = False) -> T:
        result = self._converse(act, afterwards=afterwards)
        self._inbox.wake()  # whoever waits for audio looks again
        return result

    async def collect(self) -> Speech:
        """Return all of it as a `Speech`."""
        chunks: list[bytes] = []
        try:
            async with self:
                async for chunk in self:
                    chunks.append(chunk.data)  # noqa: PERF401  # a comprehension would lose those before an error
        except VoxbridgeError as error:
            raise self._rendition.record.with_audio(error, b"".join(chunks)) from None
        return self._rendition.record.speech(b"".join(chunks))

    async def save(self, path: str | os.PathLike[str]) -> Report:
        """Write the audio to *path* as it comes: beside it first, then renamed when it is whole.

        Raises:
            OSError: the file cannot be written.
        """
        async with self:
            with saving(Path(path), self.format) as file:
                async for chunk in self:
                    file.write(chunk.data)
        return self.report

    async def play(self) -> Report:
        """Play it as it comes, and wait for its end (extra ``play``)."""
        from ._play import open_output

        async with self:
            with open_output(self.format.sample_rate or 24000) as write:
                async for chunk in self:
                    await asyncio.to_thread(write, chunk.samples())
        return self.report

    async def aclose(self) -> None:
        """Leave it: sockets, requests, engines and the source of text are let go of."""
        self._leave()
        self._inbox.wake()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __del__(self) -> None:
        # A bare `break`: this may run in any thread, so it only says what is to be done.
        if (loop := getattr(self, "_loop", None)) and not self._closed:
            with suppress(RuntimeError):  # the loop is closed, and everything with it
                loop.call_soon_threadsafe(_release, self._carriers, self._inbox, self._stop, self._gate)


def _release(carriers: Carriers, inbox: Inbox, *events: asyncio.Event | threading.Event | None) -> None:
    """Let go of what an abandoned stream held."""
    carriers.leave()
    inbox.close()
    for event in events:
        if event:
            event.set()
