"""The contract between a vendor's wire and the rest of voxbridge.

An exchange is fed units of text and what comes from the vendor, and answers every call with one ordered list of
actions: things to send, audio, and what has been spoken whole. It does no input or output, so a test of it is a
table of frames. An error may stand as the last action: audio that was found before it is not lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from ._models import Billed, Degradation, Secret
from .exceptions import (
    AuthenticationError,
    BackendError,
    BackendUnavailable,
    EmptyAudio,
    OutOfCredits,
    ProtocolError,
    RateLimited,
    RejectedRequest,
    SynthesisTimeout,
    TextTooLong,
    TruncatedSpeech,
    UnsupportedUtterance,
    VoiceNotFound,
)


if TYPE_CHECKING:
    from ._backend import Job
    from .audio import AudioFormat
    from .text import TextUnit


__all__ = [
    "Action",
    "Audio",
    "Degraded",
    "Drop",
    "Exchange",
    "Fetch",
    "Finished",
    "HttpExchange",
    "HttpRequest",
    "HttpResponse",
    "LocalExchange",
    "Pause",
    "Render",
    "Renew",
    "Send",
    "SocketExchange",
    "SocketSpec",
    "TaggedExchange",
    "Told",
    "Wait",
    "Warn",
    "Whole",
    "refusal",
    "refusal_of_close",
]

_ERROR_BODY = 64 * 1024  # bytes of a refusal that are read


@frozen(kw_only=True)
class HttpRequest:
    """A request to a vendor. A `Secret` among the headers is revealed only as it is sent."""

    method: str
    url: str
    headers: Mapping[str, str | Secret] = field(factory=dict)
    body: bytes = b""


@frozen(kw_only=True)
class HttpResponse:
    """A whole answer, for calls that are not speech. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON, or raise `ProtocolError`."""
        try:
            return json.loads(self.body)
        except ValueError:
            message = "the answer is not JSON"
            raise ProtocolError(message, status_code=self.status, detail=self.body[:200].decode("utf-8", "replace")) from None


@frozen
class Pause:
    """Wait so many seconds before going on (routing and calls yield it)."""

    seconds: float


@frozen(kw_only=True)
class SocketSpec:
    """The WebSocket that an exchange needs. Equal specs may use the same socket, one after another or at once."""

    url: str
    headers: Mapping[str, str | Secret] = field(factory=dict)
    share: int = 1
    """Exchanges that may use the socket at once."""
    route: Callable[[str | bytes], tuple[str | None, Any]] | None = None
    """For shared sockets: a pure function from a frame to its routing id and what `receive_frame` gets. A frame of
    an id that nobody expects is counted and dropped; None goes to every exchange on the socket."""
    max_idle: float = 30.0
    """Seconds that an unused socket is kept."""
    max_age: float = 3000.0
    """Seconds after which a socket takes no new exchange."""
    max_frame: int = 16 * 1024 * 1024
    """Bytes of the longest frame."""
    ping: float | None = 20.0
    """Seconds between WebSocket pings; None for none."""

    @property
    def key(self) -> tuple[object, ...]:
        """What two specs have in common when they may use one socket. It holds no secret."""
        return (self.url, tuple(sorted(self.headers.items(), key=lambda item: item[0])), self.share, self.route)


@frozen
class Send:
    """Send a frame, text or binary, on the socket."""

    frame: str | bytes
    expects: str | None = None
    """A routing id that belongs to this exchange from now on."""


@frozen
class Fetch:
    """Start an HTTP request; what comes back arrives under *tag*."""

    tag: int
    request: HttpRequest


@frozen
class Render:
    """Start a local engine in a thread of its own; what it emits arrives under *tag*.

    ``run(emit)`` calls ``emit(data)`` for each piece of audio, and stops as soon as that returns False.
    """

    tag: int
    run: Callable[[Callable[[bytes], bool]], None]


@frozen
class Drop:
    """Stop the request or engine of *tag*; nothing more of it arrives."""

    tag: int


@frozen
class Audio:
    """Audio of a unit, in the exchange's own format."""

    data: bytes
    unit: int


@frozen
class Whole:
    """All units below *upto* have been given completely."""

    upto: int


@frozen
class Finished:
    """Nothing is owed any more; *clean*: the socket may serve the next exchange."""

    clean: bool = True


@frozen
class Renew:
    """The carrier is gone or used up, nothing is owed, and nobody is to blame."""


@frozen
class Wait:
    """Call `Exchange.receive_timer` after so many seconds; replaces the one before, None: not at all."""

    seconds: float | None


@frozen
class Warn:
    """The vendor warns of something."""

    code: str
    message: str


@frozen
class Degraded:
    """Something was not done as asked."""

    degradation: Degradation


@frozen(kw_only=True)
class Told:
    """What the vendor told about the request, for the report. Fields that are None change nothing."""

    request_id: str | None = None
    billed: Billed | None = None
    vendor: Mapping[str, str] = field(factory=dict)


Action = (
    Send | Fetch | Render | Drop | Audio | Whole | Finished | Renew | Wait | Warn | Degraded | Told
    | BackendError | UnsupportedUtterance
)  # fmt: skip
Actions = Sequence[Action]
NOTHING: tuple[Action, ...] = ()


class Exchange:
    """One conversation with a vendor, for one voice and one format, about any number of units.

    The text side is `send_unit`, `send_flush`, `send_end` and `send_clear`; the vendor side the methods that
    begin with ``receive_``. Every one returns actions. Out of ``receive_`` a `ValueError`, `LookupError` or
    `TypeError` counts as the vendor's `ProtocolError`.
    """

    socket: SocketSpec | None = None
    """The socket it needs, or None if it carries itself by `Fetch` and `Render`."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.format: AudioFormat = job.format
        """What its `Audio` is in."""

    @property
    def window(self) -> int:
        """Units that may have been sent and not be whole yet; 0 for none now."""
        return 1

    def open(self, memory: dict[str, Any], clock: Callable[[], float], handshake: Mapping[str, str]) -> Actions:
        """Begin: the carrier is there.

        Args:
            memory: the socket's own, which outlives this exchange.
            clock: gives monotonic seconds.
            handshake: the headers that answered the WebSocket handshake.
        """
        return NOTHING

    def send_unit(self, unit: TextUnit) -> Actions:
        """Speak a unit."""
        raise NotImplementedError

    def send_flush(self) -> Actions:
        """The turn's text is complete: speak what was held back."""
        return NOTHING

    def send_end(self) -> Actions:
        """No more text will come: answer `Finished` once nothing is owed."""
        return NOTHING

    def send_clear(self) -> Actions | None:
        """Forget all that was sent. None: that cannot be said on this wire, so the carrier is left instead."""
        return None

    def receive_frame(self, payload: Any) -> Actions:
        """Take a frame, or what `SocketSpec.route` made of it."""
        raise NotImplementedError

    def receive_close(self, code: int, reason: str) -> Actions:
        """Take the end of the socket: `Renew` where nothing is owed."""
        raise NotImplementedError

    def receive_refusal(self, status: int, headers: Mapping[str, str], body: bytes) -> Actions:
        """Take a refused handshake. Vendors keep their reason in different places."""
        return [refusal(status, headers, body)]

    def receive_failure(self, tag: int | None, error: BackendError) -> Actions:
        """Take a failure below the vendor's words: no connection, a body cut short, an engine that raised."""
        return [error]

    def receive_status(self, tag: int, status: int, headers: Mapping[str, str]) -> Actions:
        """Take the head of an HTTP answer. Header names are lower case."""
        return NOTHING

    def receive_data(self, tag: int, data: bytes) -> Actions:
        """Take a piece of an HTTP body or of an engine's audio."""
        raise NotImplementedError

    def receive_eof(self, tag: int) -> Actions:
        """Take the proper end of an HTTP body or of an engine's run."""
        raise NotImplementedError

    def receive_timer(self) -> Actions:
        """The time of the last `Wait` has come."""
        return NOTHING


class SocketExchange(Exchange):
    """An exchange over a WebSocket. Set ``socket``; write ``send_unit`` and ``receive_frame``.

    Keep ``owed`` up to date: how many units were sent and are not whole.
    """

    owed: int = 0

    def receive_close(self, code: int, reason: str) -> Actions:
        """Blame the close for what is owed; with nothing owed it is nobody's fault."""
        return [refusal_of_close(code, reason)] if self.owed else [Renew()]


@define
class _Body:
    """What has arrived of one request, while it is in flight."""

    units: tuple[TextUnit, ...]
    status: int = 200
    headers: Mapping[str, str] = field(factory=dict)
    refused: bool = False
    heard: bool = False
    held: list[bytes] = field(factory=list)  # until the requests before it have been heard
    fault: BackendError | None = None
    done: bool = False


class TaggedExchange(Exchange):
    """An exchange of requests that are launched one by one and heard in order: HTTP and local engines.

    The next request is in flight while the present one is heard, and its fault waits for its turn. In
    `synthesize`, units are packed together up to the voice's limit of characters; a stream sends one a request.
    Write `launch`.
    """

    ahead = 2
    """Requests in flight at once."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._packs = job.text_kind == "synthesize"
        self._packed: list[TextUnit] = []
        self._waiting: list[tuple[TextUnit, ...]] = []
        self._bodies: dict[int, _Body] = {}
        self._tag = 0
        self._ended = False

    @property
    def window(self) -> int:
        """All of the text at once when it is packed, else one unit ahead."""
        return 1 << 30 if self._packs else self.ahead

    def launch(self, tag: int, units: Sequence[TextUnit]) -> Action | Actions:
        """Return the `Fetch` or `Render` that speaks *units* under *tag*, alone or with other actions."""
        raise NotImplementedError

    def decode_status(self, status: int, headers: Mapping[str, str], body: bytes) -> Action | None:
        """Say what an answer's head means.

        For a success the body is still to come and *body* is empty: return `Told` or None. For anything else
        *body* is the vendor's reason: return its error.
        """
        return None if status < 300 else refusal(status, headers, body)

    def send_unit(self, unit: TextUnit) -> Actions:  # noqa: D102
        if not self._packs:
            return self._queue((unit,))
        length = sum(len(packed.text) for packed in self._packed) + len(unit.text)
        full = self._packed and (length > self.job.max_characters or self._packed[-1].pause)
        actions = self._pack() if full else []
        self._packed.append(unit)
        return actions

    def send_flush(self) -> Actions:  # noqa: D102
        return self._pack()

    def send_end(self) -> Actions:  # noqa: D102
        self._ended = True
        return [*self._pack(), *self._finish()]

    def send_clear(self) -> Actions:  # noqa: D102
        drops = [Drop(tag) for tag in self._bodies]
        self._bodies.clear()
        self._waiting.clear()
        self._packed.clear()
        return drops

    def receive_status(self, tag: int, status: int, headers: Mapping[str, str]) -> Actions:  # noqa: D102
        if not (body := self._bodies.get(tag)):
            return NOTHING
        body.status, body.headers = status, headers
        # Whatever the status, these types are never audio; all other types say nothing (vendors guess them).
        words = headers.get("content-type", "").partition(";")[0].strip().lower() in {"application/json", "text/html"}
        body.refused = status >= 300 or words
        told = None if body.refused else self.decode_status(status, headers, b"")
        return NOTHING if told is None else [told]

    def receive_data(self, tag: int, data: bytes) -> Actions:  # noqa: D102
        if not (body := self._bodies.get(tag)) or not data:
            return NOTHING
        if body.refused:
            if sum(map(len, body.held)) < _ERROR_BODY:
                body.held.append(data)
            return NOTHING
        body.heard = True
        if tag == next(iter(self._bodies)):
            return [Audio(data, body.units[0].index)]
        body.held.append(data)
        return NOTHING

    def receive_eof(self, tag: int) -> Actions:  # noqa: D102
        if not (body := self._bodies.get(tag)):
            return NOTHING
        body.done = True
        if body.refused:
            body.fault = self._refused(body)
        elif not body.heard:
            body.fault = EmptyAudio(status_code=body.status, detail=f"no audio for {body.units[0].text[:80]!r}")
        return self._settle()

    def receive_failure(self, tag: int | None, error: BackendError) -> Actions:  # noqa: D102
        if tag is None or not (body := self._bodies.get(tag)):
            return [error] if tag is None else NOTHING
        if body.refused and isinstance(error, TruncatedSpeech):
            error = self._refused(body)  # the vendor's own reason says more than the cut of it
        body.done, body.fault = True, error
        return self._settle()

    def _refused(self, body: _Body) -> BackendError:
        words = b"".join(body.held)
        body.held.clear()
        error = self.decode_status(body.status, body.headers, words)
        if isinstance(error, BackendError):
            return error
        return ProtocolError(
            "words came where audio should be", status_code=body.status, detail=words[:500].decode("utf-8", "replace")
        )

    def _pack(self) -> list[Action]:
        if not self._packed:
            return []
        units, self._packed = tuple(self._packed), []
        return self._queue(units)

    def _queue(self, units: tuple[TextUnit, ...]) -> list[Action]:
        self._waiting.append(units)
        return self._launch()

    def _launch(self) -> list[Action]:
        actions: list[Action] = []
        while self._waiting and len(self._bodies) < self.ahead:
            units = self._waiting.pop(0)
            self._bodies[self._tag] = _Body(units)
            launched = self.launch(self._tag, units)
            actions.extend(launched if isinstance(launched, Sequence) else [launched])
            self._tag += 1
        return actions

    def _settle(self) -> Actions:
        """Give what has become due: the first request's end, then the next one's audio, and so on."""
        actions: list[Action] = []
        while self._bodies:
            body = next(iter(self._bodies.values()))
            if body.held and not body.refused:
                actions.append(Audio(b"".join(body.held), body.units[0].index))
                body.held.clear()
            if not body.done:
                break
            if body.fault:
                return [*actions, body.fault]
            del self._bodies[next(iter(self._bodies))]
            actions += [Whole(body.units[-1].index + 1), *self._launch()]
        return [*actions, *self._finish()]

    def _finish(self) -> list[Action]:
        return [Finished()] if self._ended and not self._bodies and not self._waiting else []


class HttpExchange(TaggedExchange):
    """An exchange of HTTP requests: write `launch`, which returns a `Fetch`, and where needed `decode_status`."""


class LocalExchange(TaggedExchange):
    """An exchange with an engine on this machine, or with a blocking SDK: write `launch`, which returns a `Render`."""


def refusal(
    status: int, headers: Mapping[str, str], body: bytes, *, code: str | None = None, detail: str | None = None
) -> BackendError:
    """Return the error that an HTTP status means.

    Args:
        headers: with lower-case names; ``retry-after`` and ``retry-after-ms`` are read.
        body: the vendor's reason; its usual JSON fields are looked for.
        code: the vendor's code, where its backend knows better.
        detail: the vendor's words, likewise.
    """
    found_code, words = _reason(body)
    error: type[BackendError]
    match status:
        case 401 | 403:
            error = AuthenticationError
        case 402:
            error = OutOfCredits
        case 404:
            error = VoiceNotFound
        case 408 | 504:
            error = SynthesisTimeout
        case 413:
            error = TextTooLong
        case 429:
            error = RateLimited
        case _ if 400 <= status < 500:
            error = RejectedRequest
        case _ if status >= 500:
            error = BackendUnavailable
        case _:
            error = ProtocolError
    return error(
        status_code=status,
        code=code or found_code,
        detail=detail if detail is not None else words,
        retry_after=_retry_after(headers),
        phase="first_audio" if error is SynthesisTimeout else None,
    )


def refusal_of_close(code: int, reason: str) -> BackendError:
    """Return the error that a WebSocket close means while something is owed (RFC 6455, 7.4.1)."""
    match code:
        case 1003 | 1008:
            return RejectedRequest("the socket was closed", status_code=code, detail=reason)
        case 1009:
            return TextTooLong("the socket was closed", status_code=code, detail=reason)
        case 1006 | 1011:  # the rendition calls it TruncatedSpeech where audio of the unit was heard
            return BackendUnavailable("the socket was closed", status_code=code, detail=reason)
        case _:
            return TruncatedSpeech("the socket was closed before the end", status_code=code, detail=reason)


def _reason(body: bytes) -> tuple[str | None, str]:
    try:
        answer = json.loads(body)
    except ValueError:
        return None, body[:2048].decode("utf-8", "replace")
    if not isinstance(answer, dict):
        return None, str(answer)

    def first(*names: str) -> str | None:
        return next((str(answer[name]) for name in names if isinstance(answer.get(name), (str, int))), None)

    code = first("err_code", "error_code", "errorType", "category", "code")
    return code, first("err_msg", "message", "error", "detail", "description") or json.dumps(answer)[:2048]


def _retry_after(headers: Mapping[str, str]) -> float | None:
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        try:
            return max(0.0, float(value) * scale)
        except ValueError:
            pass
        try:
            # A date depends on two wall clocks, so it is bounded.
            return min(60.0, max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()))
        except (ValueError, TypeError):
            pass
    return None
