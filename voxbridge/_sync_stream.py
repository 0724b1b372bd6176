"""The blocking client's stream: the caller's own thread runs the rendition, and waits at one inbox."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from queue import Empty
from threading import Event, Lock
from time import monotonic
from types import TracebackType
from typing import Any, Self, TypeVar

from ._backend import TextKind
from ._models import Cleared
from ._settings import Call, Settings, whole_text
from ._speech import AudioChunk, Report, Speech, saving
from ._stream import Stream
from ._sync_carriers import Connections
from ._sync_inbox import Ear, Inbox
from ._threads import pump, spawn
from .exceptions import VoxbridgeError
from .text import Utterance


__all__ = ["SpeechStream", "TextSource"]

T = TypeVar("T")
TextSource = str | Utterance | Iterable[str | Utterance] | None


class SpeechStream(Stream):
    """An iterator of `AudioChunk`, and a context manager. Leaving early closes the socket and the source of text.

    Without text it is a conversation: `send` text as it comes, `flush` at the end of each turn, `clear` when the
    listener interrupts, `end` when it is over. These may be called from any thread while another one iterates.
    """

    def __init__(
        self, settings: Settings, connections: Connections, call: Call, text: TextSource, *, kind: TextKind, live: bool
    ) -> None:
        self._inbox = Inbox()
        self._ear: Ear | None = None
        self._lock = Lock()
        self._gate: Event | None = None
        self._stop: Event | None = None
        self._connections = connections
        super().__init__(
            settings, connections, call, text, kind=kind, live=live, clock=monotonic, post=self._inbox.post
        )

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> AudioChunk:
        try:
            chunk = self._look(None)
            while chunk is None:
                chunk = self._look(self._wait())
            return chunk
        finally:
            if self._ear is not None:
                with self._lock:
                    self._pause()

    def _look(self, item: tuple[Any, ...] | None) -> AudioChunk | None:
        """Take all that has happened, *item* first; return the next chunk, or None where that has to be waited for."""
        rendition, inbox = self._rendition, self._inbox
        with self._lock:
            while True:
                if item is not None:
                    self._handle(item)
                    item = None  # an error's traceback shows no vendor's words that may echo a key
                if (chunk := rendition.take()) is not None and not self._closed:
                    return chunk
                if rendition.done:
                    self._finish()
                    raise StopIteration
                if not self._started:
                    self._start()
                    self._ear = Ear(inbox)
                    self._ear.turn_to(self._carriers.wire)  # before anything is asked for that comes over it
                elif inbox.empty():
                    return None
                else:
                    with suppress(Empty):  # another thread iterates as well
                        item = inbox.get_nowait()  # what has happened comes before any clock

    def _wait(self) -> tuple[Any, ...] | None:
        """Return what happens next, or None where the inbox is to be looked at."""
        with self._lock:
            ear, self._ear = self._ear or Ear(self._inbox), None
        try:
            with self._lock:
                deadline = self._rendition.deadline
                ear.turn_to(self._carriers.wire)
            return ear.hear(deadline)
        except Empty:
            ear.rest()
            with self._lock:
                self._rendition.tick(monotonic())
                self._perform()
        finally:
            ear.rest()
        return None

    def _pause(self) -> None:
        """Let another thread read, while the application's own code runs in this one."""
        if self._ear is not None:
            self._ear.rest()
            self._ear = None

    def _start(self) -> None:
        self._connections.remember(self)
        super()._start()

    def _pump(self, text: Any) -> Callable[[], object]:
        self._gate, self._stop = Event(), Event()
        spawn(pump, text, self._inbox.post, self._gate, self._stop, name="text")
        return self._gate.set

    def _stop_pump(self) -> None:
        if self._gate and self._stop:
            self._stop.set()
            self._gate.set()

    def send(self, text: str | Utterance) -> None:
        """Say more, joined to what came before as it is. It never waits for audio.

        Raises:
            UsageError: the stream has a text of its own, or has ended.
            InvalidText: the text cannot be spoken.
        """
        said = whole_text(text)
        self._say(lambda: self._rendition.text(said))

    def flush(self) -> None:
        """End the turn: its last chunk has ``final``."""
        self._say(self._rendition.flush)

    def end(self) -> None:
        """End the conversation: iteration ends after the last audio."""
        self._say(self._rendition.text_end)

    def clear(self, heard: float | None = None) -> Cleared:
        """Cut the turn, as when a listener interrupts: no earlier chunk comes out after this.

        Args:
            heard: seconds of this turn that the player really played; None: all that was given out.

        Returns:
            What was spoken and what was not; together exactly the turn's text.
        """
        return self._say(lambda: self._rendition.clear(heard), afterwards=True)  # a player may still be at it

    def _say(self, act: Callable[[], T], *, afterwards: bool = False) -> T:
        with self._lock:
            result = self._converse(act, afterwards=afterwards)
        self._inbox.post(None)  # whoever waits for audio looks again
        return result

    def collect(self) -> Speech:
        """Return all of it as a `Speech`."""
        chunks: list[bytes] = []
        try:
            with self:
                chunks.extend(chunk.data for chunk in self)
        except VoxbridgeError as error:
            raise self._rendition.record.with_audio(error, b"".join(chunks)) from None
        return self._rendition.record.speech(b"".join(chunks))

    def save(self, path: str | os.PathLike[str]) -> Report:
        """Write the audio to *path* as it comes: beside it first, then renamed when it is whole.

        Raises:
            OSError: the file cannot be written.
        """
        with self, saving(Path(path), self.format) as file:
            for chunk in self:
                file.write(chunk.data)
        return self.report

    def play(self) -> Report:
        """Play it as it comes, and wait for its end (extra ``play``)."""
        from ._play import play

        with self:
            play((chunk.samples() for chunk in self), self.format.sample_rate or 24000)
        return self.report

    def close(self) -> None:
        """Leave it: sockets, requests, engines and the source of text are let go of."""
        with self._lock:
            self._leave()
        self._inbox.post(None)

    def _abandon(self) -> None:
        with self._lock:
            super()._abandon()
        self._inbox.post(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # A bare `break`: this may run inside any lock, so it only says what is to be done.
        if getattr(self, "_started", False):
            self._stop_pump()
            self._connections.orphans.append(self._carriers)
            self._connections.reap()
