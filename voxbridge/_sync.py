"""The blocking client: a shell around the rendition, for any number of threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from queue import Empty, SimpleQueue
from ssl import SSLContext
from threading import Event, Lock
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self, TypeVar
from weakref import WeakSet

from ._backend import Call as BackendCall
from ._backend import TextKind
from ._calls import CheckResult, asking, checking, opened
from ._exchange import HttpRequest
from ._models import AttemptReport, Cleared, Timeouts, Voice
from ._settings import Call, Delivery, Settings, Target, is_live, matching, pieces, whole_text
from ._speech import AudioChunk, Report, Speech, saving
from ._stream import Stream
from ._sync_carriers import Connections
from ._threads import pump, spawn
from .audio import AudioFormat
from .exceptions import BackendError, VoxbridgeError
from .text import Utterance


__all__ = ["Client", "SpeechStream", "stream", "synthesize"]

T = TypeVar("T")
TextSource = str | Utterance | Iterable[str | Utterance] | None


class SpeechStream(Stream):
    """An iterator of `AudioChunk`, and a context manager. Leaving early closes the socket and the source of text.

    Without text it is a conversation: `send` text as it comes, `flush` at the end of each turn, `clear` when the
    listener interrupts, `end` when it is over. These may be called from any thread while another one iterates.
    """

    def __init__(self, client: Client, call: Call, kind: TextKind, text: TextSource, *, live: bool) -> None:
        self._inbox: SimpleQueue[tuple[Any, ...] | None] = SimpleQueue()
        self._lock = Lock()
        self._gate, self._stop = Event(), Event()
        self._client = client
        settings, self._connections = client._settings, client._connections  # noqa: SLF001
        super().__init__(
            settings, self._connections, call, text, kind=kind, live=live, clock=monotonic, post=self._inbox.put
        )

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> AudioChunk:
        rendition, inbox, lock = self._rendition, self._inbox, self._lock
        while True:
            with lock:
                if (chunk := rendition.take()) is not None:
                    return chunk
                if rendition.done:
                    self._finish()
                    raise StopIteration
                if not self._started:
                    self._start()
                    continue
                deadline = rendition.deadline
            try:
                item = inbox.get(timeout=None if deadline is None else max(0.0, deadline - monotonic()))
            except Empty:
                with lock:
                    rendition.tick(monotonic())
                    self._perform()
            else:
                if item is not None:
                    with lock:
                        self._handle(item)

    def _start(self) -> None:
        self._client._remember(self)  # noqa: SLF001
        super()._start()

    def _pump(self, text: Any) -> Callable[[], object]:
        spawn(pump, text, self._inbox.put, self._gate, self._stop, name="text")
        return self._gate.set

    def _stop_pump(self) -> None:
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
        return self._say(lambda: self._rendition.clear(heard))

    def _say(self, act: Callable[[], T]) -> T:
        with self._lock:
            result = self._converse(act)
        self._inbox.put(None)  # whoever waits for audio looks again
        return result

    def collect(self) -> Speech:
        """Return all of it as a `Speech`."""
        chunks: list[bytes] = []
        try:
            with self:
                chunks.extend(chunk.data for chunk in self)
        except VoxbridgeError as error:
            raise self._rendition.with_audio(error, b"".join(chunks)) from None
        return self._rendition.speech(b"".join(chunks))

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
        self._inbox.put(None)

    def _abandon(self) -> None:
        with self._lock:
            self._abort()
        self._inbox.put(None)

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


class Client:
    """Speak text with any backend. One for the life of an application; any number of threads may use it.

    Args:
        target: who speaks: ``"deepgram"``, ``"deepgram/aura-2-thalia-en"``, a `Backend` or `Router`, or a list of
            these, which stand in for each other in that order. None: the first backend with a key.
        format: what every call gives unless it says otherwise, such as ``"mulaw/8000"``.
        timeouts: a `Timeouts`, or seconds.
        retries: extra tries per backend; None: 1 with a fallback, else 2.
        http: your own `httpx.Client` or `requests.Session`.
        connector: an object whose ``connect(url, headers)`` gives ``send``, ``recv`` and ``close``, for sockets over
            something else.
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
        self._lock = Lock()
        self._streams: WeakSet[SpeechStream] = WeakSet()
        self._settings = Settings(target, format=format, timeouts=timeouts, retries=retries, on_attempt=on_attempt)
        self._connections = Connections(self._settings.timeouts, http, connector, proxy, ssl_context)

    def synthesize(
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
        return SpeechStream(self, call, "synthesize", whole_text(text), live=False).collect()

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
    ) -> SpeechStream:
        """Speak *text* and give the audio as it comes.

        Arguments and errors as of `synthesize`, but for these.

        Args:
            text: also an iterable of pieces, as a language model produces them (it runs in a thread); None: a
                conversation, see `SpeechStream`.
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
        source = whole_text(text) if whole else pieces(text, waits=False)
        return SpeechStream(self, call, "stream" if whole else "pieces", source, live=is_live(delivery))

    def voices(
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
            found += self._call(asking(known, known.voices()))
        return matching(found, language=language, gender=gender, search=search)

    def warm(self, backend: str | None = None) -> None:
        """Open a connection ahead, with the format of this client's streams, to each backend that it speaks with.

        Args:
            backend: its name, to warm this one alone.

        Raises:
            BackendError: a connection was refused or failed.
        """
        for leaf in self._settings.plan(Call(), "pieces", backend).leaves:
            exchange = leaf.backend.exchange(leaf.job)
            if exchange.socket:
                opened(leaf.backend, exchange, self._connections.warm(exchange.socket))
            else:
                self._call(asking(leaf.backend, leaf.backend.check()))

    def check(self) -> list[CheckResult]:
        """Ask each backend that this client speaks with whether it can be reached and lets us in, without speaking."""
        return [self._call(checking(backend, monotonic)) for backend in self._settings.named(None)]

    def _call(self, call: BackendCall[Any]) -> Any:
        """Drive a call that is not speech."""
        move = partial(call.send, None)
        while True:
            try:
                step = move()
            except StopIteration as done:
                return done.value
            try:
                if isinstance(step, HttpRequest):
                    move = partial(call.send, self._connections.ask(step))
                else:
                    sleep(step.seconds)
                    move = partial(call.send, None)
            except BackendError as error:
                move = partial(call.throw, error)

    def close(self) -> None:
        """Close the connections. Streams that still speak end with an error. The client may be used again."""
        with self._lock:
            streams = tuple(self._streams)
        for stream in streams:
            stream._abandon()  # noqa: SLF001
        self._connections.close()

    def _remember(self, stream: SpeechStream) -> None:
        with self._lock:
            self._streams.add(stream)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@cache
def _client() -> Client:
    return Client()


def synthesize(text: str | Utterance, **call: Any) -> Speech:
    """Speak *text* and return all of it; arguments and errors as of `Client.synthesize`.

    The client behind it lasts as long as the process: the first backend with a key speaks, unless ``voice`` names one.
    """
    return _client().synthesize(text, **call)


def stream(text: TextSource = None, **call: Any) -> SpeechStream:
    """Speak *text* and give the audio as it comes; arguments and errors as of `Client.stream`."""
    return _client().stream(text, **call)
