"""The asyncio client: a shell around the rendition, for one event loop."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self, TypeVar
from weakref import WeakSet

from ._async_carriers import Connections, clock, from_threads
from ._async_inbox import Inbox, pump
from ._backend import Call as BackendCall
from ._backend import TextKind
from ._calls import CheckResult, asking, checking, opened
from ._carriers import Carriers
from ._exchange import HttpRequest
from ._models import AttemptReport, Cleared, Timeouts, Voice
from ._settings import Call, Delivery, Settings, Target, is_live, matching, pieces, whole_text
from ._speech import AudioChunk, Report, Speech, saving
from ._stream import Stream
from ._threads import pump as pump_in_thread
from ._threads import spawn
from .audio import AudioFormat
from .exceptions import BackendError, VoxbridgeError
from .text import Utterance


__all__ = ["AsyncClient", "AsyncSpeechStream"]

T = TypeVar("T")
TextSource = str | Utterance | Iterable[str | Utterance] | AsyncIterable[str | Utterance] | None


class AsyncSpeechStream(Stream):
    """An asynchronous iterator of `AudioChunk`, and a context manager, which lets go of everything at its end.

    Without text it is a conversation: `send` text as it comes, `flush` at the end of each turn, `clear` when the
    listener interrupts, `end` when it is over. Other tasks of the loop may call these while one iterates.
    """

    def __init__(self, client: AsyncClient, call: Call, kind: TextKind, text: TextSource, *, live: bool) -> None:
        self._inbox = Inbox()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._gate: asyncio.Event | threading.Event | None = None
        self._stop: asyncio.Event | threading.Event | None = None
        self._client = client
        settings, self._connections = client._settings, client._connections  # noqa: SLF001
        super().__init__(
            settings, self._connections, call, text, kind=kind, live=live, clock=clock, post=self._inbox.post
        )

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> AudioChunk:
        rendition, inbox = self._rendition, self._inbox
        while True:
            if (chunk := rendition.take()) is not None:
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
        self._client._streams.add(self)  # noqa: SLF001
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
        return self._say(lambda: self._rendition.clear(heard))

    def _say(self, act: Callable[[], T]) -> T:
        result = self._converse(act)
        self._inbox.wake()  # whoever waits for audio looks again
        return result

    async def collect(self) -> Speech:
        """Return all of it as a `Speech`."""
        chunks: list[bytes] = []
        try:
            async with self:
                chunks.extend([chunk.data async for chunk in self])
        except VoxbridgeError as error:
            raise self._rendition.with_audio(error, b"".join(chunks)) from None
        return self._rendition.speech(b"".join(chunks))

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


class AsyncClient:
    """Speak text with any backend. One for the life of an application, in one event loop.

    Args:
        target: who speaks: ``"deepgram"``, ``"deepgram/aura-2-thalia-en"``, a `Backend` or `Router`, or a list of
            these, which stand in for each other in that order. None: the first backend with a key.
        format: what every call gives unless it says otherwise, such as ``"mulaw/8000"``.
        timeouts: a `Timeouts`, or seconds.
        retries: extra tries per backend; None: 1 with a fallback, else 2.
        http: your own `httpx.AsyncClient`.
        connector: an object whose ``connect(url, headers)`` gives ``send``, ``recv`` and ``close``, for sockets over
            something else; any of these may be a coroutine, and a plain one must not block.
        proxy: for HTTP and sockets, such as ``"http://proxy:3128"``; None: the environment's.
        ssl_context: for HTTP and sockets; None: the system's certificates.
        on_attempt: called with the `AttemptReport` of each attempt.

    Raises:
        UsageError: an argument is wrong.
    """

    def __init__(
        self,
        target: Target = None,
        *,
        format: AudioFormat | str | None = None,
        timeouts: Timeouts | float | None = None,
        retries: int | None = None,
        http: Any = None,
        connector: Any = None,
        proxy: str | None = None,
        ssl_context: SSLContext | None = None,
        on_attempt: Callable[[AttemptReport], object] | None = None,
    ) -> None:
        self._streams: WeakSet[AsyncSpeechStream] = WeakSet()
        self._settings = Settings(target, format=format, timeouts=timeouts, retries=retries, on_attempt=on_attempt)
        self._connections = Connections(self._settings.timeouts, http, connector, proxy, ssl_context)

    async def synthesize(
        self,
        text: str | Utterance,
        *,
        voice: Voice | str | Mapping[str, str] | None = None,
        format: AudioFormat | str | None = None,
        language: str | None = None,
        speed: float | None = None,
        options: Mapping[str, Mapping[str, Any]] | None = None,
        strict: bool = False,
        deadline: float | None = None,
    ) -> Speech:
        """Speak *text* and return all of it.

        Args:
            text: what to say. A str is only words, whatever it holds.
            voice: a `Voice`, ``"backend/id"``, or an id for each backend, ``{"deepgram": ..., "deepdub": ...}``.
            format: such as ``"wav"``, ``"linear16/16000"`` or ``"mp3"``; default ``wav``, 24 kHz.
            language: BCP 47; default the voice's.
            speed: 1.0 is the voice's own pace.
            options: a backend's own, ``{"deepdub": {"temperature": 0.4}}``.
            strict: raise rather than drop or approximate anything.
            deadline: seconds for all of it.

        Raises:
            UsageError: the call is wrong; nothing was sent.
            UnsupportedUtterance: no backend can do it as asked.
            BackendError: the backend failed.
            AllBackendsFailed: all of them did.
            InterruptedSpeech: they failed after a part was spoken; it has that part.
            SynthesisTimeout: the deadline passed.
        """
        call = Call(
            voice=voice, format=format, language=language, speed=speed,
            options=options, strict=strict, deadline=deadline,
        )  # fmt: skip
        return await AsyncSpeechStream(self, call, "synthesize", whole_text(text), live=False).collect()

    def stream(
        self,
        text: TextSource = None,
        *,
        voice: Voice | str | Mapping[str, str] | None = None,
        format: AudioFormat | str | None = None,
        language: str | None = None,
        speed: float | None = None,
        options: Mapping[str, Mapping[str, Any]] | None = None,
        strict: bool = False,
        deadline: float | None = None,
        delivery: Delivery = "live",
    ) -> AsyncSpeechStream:
        """Speak *text* and give the audio as it comes.

        Arguments and errors as of `synthesize`, but for these.

        Args:
            text: also an iterable of pieces, as a language model produces them (one that is not asynchronous runs
                in a thread); None: a conversation, see `AsyncSpeechStream`.
            format: default ``linear16``, 24 kHz.
            deadline: in a conversation, seconds for each turn.
            delivery: ``"live"`` releases audio at once: after a fault at most one unit is heard again, marked
                ``discontinuity``. ``"whole"`` releases a unit when it is whole: nothing is heard twice.
        """
        call = Call(
            voice=voice, format=format, language=language, speed=speed,
            options=options, strict=strict, deadline=deadline,
        )  # fmt: skip
        whole = isinstance(text, (str, Utterance))
        source = whole_text(text) if whole else pieces(text, waits=True)
        return AsyncSpeechStream(self, call, "stream" if whole else "pieces", source, live=is_live(delivery))

    async def voices(
        self,
        backend: str | None = None,
        *,
        language: str | None = None,
        gender: str | None = None,
        search: str | None = None,
    ) -> list[Voice]:
        """List voices.

        Args:
            backend: its name; None: all that this client speaks with.
            language: BCP 47; ``"en"`` stands for all kinds of English.
            gender: ``"female"``, ``"male"`` or ``"neutral"``.
            search: words that must stand in the voice's id, name, description or tags.

        Raises:
            UnknownBackend: there is no such backend.
            BackendError: a vendor failed.
        """
        found: list[Voice] = []
        for known in self._settings.named(backend):
            found += await self._call(asking(known, known.voices()))
        return matching(found, language=language, gender=gender, search=search)

    async def warm(self, backend: str | None = None) -> None:
        """Open a connection ahead, with the format of this client's streams, to each backend that it speaks with.

        Args:
            backend: its name, to warm this one alone.

        Raises:
            BackendError: a connection was refused or failed.
        """
        for leaf in self._settings.plan(Call(), "pieces", backend).leaves:
            exchange = leaf.backend.exchange(leaf.job)
            if exchange.socket:
                opened(leaf.backend, exchange, await self._connections.warm(exchange.socket))
            else:
                await self._call(asking(leaf.backend, leaf.backend.check()))

    async def check(self) -> list[CheckResult]:
        """Ask each backend that this client speaks with whether it can be reached and lets us in, without speaking."""
        return [await self._call(checking(backend, clock)) for backend in self._settings.named(None)]

    async def _call(self, call: BackendCall[Any]) -> Any:
        """Drive a call that is not speech."""
        self._connections.bind()
        move = partial(call.send, None)
        while True:
            try:
                step = move()
            except StopIteration as done:
                return done.value
            try:
                if isinstance(step, HttpRequest):
                    move = partial(call.send, await self._connections.ask(step))
                else:
                    await asyncio.sleep(step.seconds)
                    move = partial(call.send, None)
            except BackendError as error:
                move = partial(call.throw, error)

    async def aclose(self) -> None:
        """Close the connections and wait for their end. Streams that still speak end with an error.

        The client may be used again, with new connections, in another loop too.
        """
        for stream in tuple(self._streams):
            stream._abort()  # noqa: SLF001
        await self._connections.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
