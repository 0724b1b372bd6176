"""The contract between a vendor's wire and the rest of voxbridge.

An exchange is fed units of text and what comes from the vendor, and answers every call with one ordered list of
actions: things to send, audio, and what has been spoken whole. It does no input or output, so a test of it is a
table of frames. An error may stand as the last action: audio that was found before it is not lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from ._models import Billed, Degradation, Secret
from ._refusal import refusal, refusal_of_close
from .exceptions import BackendError, ProtocolError, UnsupportedUtterance


if TYPE_CHECKING:
    from ._backend import Job
    from .audio import AudioFormat
    from .text import TextUnit


__all__ = [
    "NOTHING",
    "UNREADABLE",
    "Action",
    "Actions",
    "Audio",
    "Degraded",
    "Drop",
    "Exchange",
    "Fetch",
    "Finished",
    "HttpRequest",
    "HttpResponse",
    "Pause",
    "Render",
    "Renew",
    "Send",
    "Settled",
    "Slots",
    "SocketExchange",
    "SocketSpec",
    "Told",
    "Wait",
    "Warn",
    "Whole",
]


@frozen(kw_only=True)
class HttpRequest:
    """A request to a vendor.

    A `Secret` among the headers is revealed only as it is sent; the body, which may hold somebody's voice, does not
    print.
    """

    method: str
    url: str
    headers: Mapping[str, str | Secret] = field(factory=dict)
    body: bytes = field(default=b"", repr=lambda body: f"<{len(body)} bytes>")
    timeout: float | None = None
    """Seconds for the whole answer, in calls that are not speech; None: the client's timeouts alone."""


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
        except (ValueError, RecursionError):
            message, words = "the answer is not JSON", self.body[:200].decode("utf-8", "replace")
            raise ProtocolError(message, status_code=self.status, detail=words) from None


@frozen
class Pause:
    """Wait so many seconds before going on (routing and calls yield it)."""

    seconds: float


@frozen
class Slots:
    """The places that an account has at its vendor; who finds them all taken waits in order."""

    account: Hashable
    """Vendor, key, region or address, and what is counted; no secret in clear."""
    size: int
    """How many may be in use at once, by all clients of the process."""


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
    slots: Slots | None = None
    """The account's places, of which each socket takes one while it is used."""
    joined: bool = False
    """Whether binary frames are pieces of one stream of audio: those that were read together may come as one. Of no
    meaning where there is a `route`."""

    @cached_property
    def key(self) -> tuple[object, ...]:
        """What two specs have in common when they may use one socket. It holds no secret."""
        return (self.url, tuple(sorted(self.headers.items(), key=lambda item: item[0])), self.share, self.route)


@frozen
class Send:
    """Send a frame, text or binary, on the socket."""

    frame: str | bytes
    expects: str | None = None
    """A routing id that belongs to this exchange until it is `Settled`. Such a frame waits for a place in the account
    where `Exchange.slots` are said; other frames do not wait for it."""
    then: tuple[str | bytes, ...] = ()
    """Frames that go right after it, and wait with it."""


@frozen
class Settled:
    """Nothing more is expected of a routing id: its place is free, and frames of it that still come are nobody's."""

    id: str


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
    Send | Settled | Fetch | Render | Drop | Audio | Whole | Finished | Renew | Wait | Warn | Degraded | Told
    | BackendError | UnsupportedUtterance
)  # fmt: skip
Actions = Sequence[Action]
NOTHING: tuple[Action, ...] = ()
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What code that reads a vendor's words raises where they are not what it expects: ``[]`` for ``{}``, or ``[[[…``."""


class Exchange:
    """One conversation with a vendor, for one voice and one format, about any number of units.

    The text side is `send_unit`, `send_flush`, `send_end` and `send_clear`; the vendor side the methods that
    begin with ``receive_``. Every one returns actions. Out of ``receive_`` a `ValueError`, `LookupError`,
    `TypeError`, `AttributeError` or `RecursionError` counts as the vendor's `ProtocolError`.
    """

    socket: SocketSpec | None = None
    """The socket it needs, or None if it carries itself by `Fetch` and `Render`."""
    slots: Slots | None = None
    """The account's places, of which each `Fetch`, and each `Send` that expects an id, takes one."""

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
