"""The blocking client: a shell around the rendition, for any number of threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from ssl import SSLContext
from time import monotonic
from types import TracebackType
from typing import Any, Self

from ._backend import TextKind
from ._calls import asking, opened
from ._deferred import Deferred, collecting, submitting
from ._duration import lasting
from ._models import AttemptReport, Timeouts
from ._settings import Call, Delivery, Settings, is_live, pieces, whole_text
from ._speakers import Target
from ._speech import Speech
from ._sync_calls import Calls
from ._sync_carriers import Connections
from ._sync_stream import SpeechStream, TextSource
from .audio import AudioFormat
from .config import ConfigSource
from .exceptions import VoxbridgeError
from .routing import VoiceChoice
from .text import LexiconSource, Utterance


__all__ = ["Client", "SpeechStream", "stream", "synthesize"]


class Client(Calls):
    """Speak text with any backend. One for the life of an application; any number of threads may use it.

    Args:
        target: who speaks: ``"deepgram"``, ``"deepgram/aura-2-thalia-en"``, a route or a logical voice of the config, a
            `Backend` or `Router`, or a list of these, which stand in for each other in that order. None: the config's
            default, else the first backend with a key.
        config: the path of a ``voxbridge.toml``, a `Config`, or a mapping of the same shape; None: the one that
            `Config.load` finds. What is said here comes before what it says.
        format: what every call gives unless it says otherwise, such as ``"mulaw/8000"``.
        region: binds every connection, such as ``"eu"``: of speech, fallback, voices, clones and checks. A backend
            that this client makes from a name is made with it, one on this machine is always allowed, and any other
            that is not in this region is refused.
        lexicon: how words are said: a `Lexicon`, the path of one, or a list of these.
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
        InvalidConfig: the config is wrong; a backend is in another region, or does not say in which.
    """

    def __init__(
        self,
        target: Target = None,
        *,
        config: ConfigSource = None,
        format: AudioFormat | str | None = None,
        region: str | None = None,
        lexicon: LexiconSource = None,
        timeouts: Timeouts | float | None = None,
        retries: int | None = None,
        http: Any = None,
        connector: Any = None,
        proxy: str | None = None,
        ssl_context: SSLContext | None = None,
        on_attempt: Callable[[AttemptReport], object] | None = None,
    ) -> None:
        self._settings = Settings(
            target, config=config, format=format, region=region, lexicon=lexicon, timeouts=timeouts, retries=retries,
            on_attempt=on_attempt,
        )  # fmt: skip
        self._connections = Connections(self._settings.timeouts, http, connector, proxy, ssl_context)

    def synthesize(
        self,
        text: str | Utterance,
        *,
        voice: VoiceChoice = None,
        format: AudioFormat | str | None = None,
        language: str | None = None,
        speed: float | None = None,
        duration: float | None = None,
        lexicon: LexiconSource = None,
        options: Mapping[str, Mapping[str, Any]] | None = None,
        strict: bool = False,
        deadline: float | None = None,
    ) -> Speech:
        """Speak *text* and return all of it.

        Args:
            text: what to say. A str is only words, whatever it holds.
            voice: a `Voice`, ``"backend/id"``, a logical voice of the config, an id for each backend,
                ``{"deepgram": ..., "deepdub": ...}``, or a `Sample`, whose voice is cloned for this call alone where a
                backend can.
            format: such as ``"wav"``, ``"linear16/16000"`` or ``"mp3"``; default ``wav``, 24 kHz.
            language: BCP 47; default the voice's.
            speed: 1.0 is the voice's own pace.
            duration: seconds that it should last, instead of a speed. Where the vendor has no control for it, it is
                spoken, measured, and spoken again at another speed: both passes are in ``attempts`` and ``billed``.
                More than 3 % off is a `Degradation`.
            lexicon: how words are said, before what the client was given: a `Lexicon`, the path of one, or a list of
                these. A path is read at each call.
            options: a backend's own, ``{"deepdub": {"temperature": 0.4}}``.
            strict: raise rather than drop or approximate anything, before anything is sent; of text in pieces, before
                the unit that it concerns.
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
            voice=voice, format=format, language=language, speed=speed, duration=duration, lexicon=lexicon,
            options=options, strict=strict, deadline=deadline,
        )  # fmt: skip
        said = whole_text(text)
        if duration is not None:
            return self._lasting(call, duration, said)
        return self._speak(call, said, "synthesize", live=False).collect()

    def _lasting(self, call: Call, duration: float, text: str | Utterance) -> Speech:
        """Speak in one or two passes."""
        passes = lasting(self._settings, call, duration, text, monotonic)
        move = partial(next, passes)
        while True:
            try:
                stream = self._speak(move(), text, "synthesize", live=False)
            except StopIteration as done:
                speech: Speech = done.value
                return speech
            try:
                move = partial(passes.send, (stream.collect(), None))
            except VoxbridgeError as error:
                move = partial(passes.send, (stream.report, error))

    def stream(
        self,
        text: TextSource = None,
        *,
        voice: VoiceChoice = None,
        format: AudioFormat | str | None = None,
        language: str | None = None,
        speed: float | None = None,
        lexicon: LexiconSource = None,
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
            voice=voice, format=format, language=language, speed=speed, lexicon=lexicon,
            options=options, strict=strict, deadline=deadline,
        )  # fmt: skip
        whole = isinstance(text, (str, Utterance))
        source = whole_text(text) if whole else pieces(text, waits=False)
        return self._speak(call, source, "stream" if whole else "pieces", live=is_live(delivery))

    def _speak(self, call: Call, text: TextSource, kind: TextKind, *, live: bool) -> SpeechStream:
        return SpeechStream(self._settings, self._connections, call, text, kind=kind, live=live)

    def submit(
        self,
        text: str | Utterance,
        *,
        voice: VoiceChoice = None,
        format: AudioFormat | str | None = None,
        language: str | None = None,
        callback: str | None = None,
        options: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Deferred:
        """Have *text* spoken, and delivered elsewhere or fetched later by `Deferred.result`.

        Arguments and errors are those of `synthesize`, but for these.

        Args:
            callback: where a vendor that needs one (Deepgram) delivers the audio: an https address of yours.

        Raises:
            UnsupportedFeature: the backend delivers speech only where it is asked, or sends it to the callback and
                gives the format only converted.
        """
        call = Call(voice=voice, format=format, language=language, options=options)
        plan = self._settings.plan_of_first(call)
        sent = self._call(submitting(plan, self._settings.said(whole_text(text), plan), callback))
        return Deferred(
            sent.id, sent.url, sent.backend, lambda timeout: self._call(collecting(sent, timeout, monotonic))
        )

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

    def close(self) -> None:
        """Close the connections. Streams that still speak end with an error. The client may be used again."""
        self._connections.close()

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

    The client behind it lasts as long as the process: the config's default speaks, else the first backend with a key,
    unless ``voice`` names one.
    """
    return _client().synthesize(text, **call)


def stream(text: TextSource = None, **call: Any) -> SpeechStream:
    """Speak *text* and give the audio as it comes; arguments and errors as of `Client.stream`."""
    return _client().stream(text, **call)
