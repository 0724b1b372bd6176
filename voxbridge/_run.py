"""One exchange at work for a rendition: what it was sent, what it owes, which clock is running, what to report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from attrs import define, field

from ._exchange import UNREADABLE, Actions, Audio, Exchange, Fetch, Renew, Told
from ._models import AttemptReport, Billed, Degradation, Secret
from .audio import Aligner, AudioFormat, Stage, conversion
from .exceptions import (
    BackendError,
    BackendUnavailable,
    Phase,
    ProtocolError,
    SynthesisTimeout,
    TruncatedSpeech,
    UnsupportedUtterance,
    VoxbridgeError,
)
from .routing import Leaf


__all__ = ["Run"]

# A vendor that is three seconds behind its own audio, for five seconds, will not catch up.
_SLOW_BEHIND = 3.0
_SLOW_FOR = 5.0
_HEADER = 68  # bytes: the longest one without a list of tags, that of WAVE_FORMAT_EXTENSIBLE with its chunk `fact`
_TOGETHER = 0.5  # seconds of audio that go out as one chunk where they were read together
_COMPRESSED = 8 * 1024  # bytes, where nobody knows how long they last
_WHAT_RAN_OUT = {
    "connect": "no connection",
    "first_audio": "no audio",
    "stall": "no more audio",
    "end_marker": "no end of the audio",
}
_NOTHING = Told()


@define(eq=False)
class Run:
    """The state of one exchange."""

    number: int
    leaf: Leaf
    exchange: Exchange
    target: AudioFormat
    """What its audio is converted to."""
    began: float
    start: int
    """The unit that it begins with."""
    sent: int = field(init=False)
    """Units below it were handed to the exchange, or have nothing to say."""
    started: datetime = field(factory=lambda: datetime.now(UTC))
    fresh: bool = False
    """Whether the socket must be a new one."""
    opened: bool = False
    reused: bool = False
    answered: bool = False
    """Whether anything came from the vendor."""
    flushed: int = -1
    """The last end of a turn that the exchange was told of."""
    ended: bool = False
    finished: bool = False
    """Whether the exchange left its carrier clean."""
    owed: int = 0
    due: float | None = None
    phase: Phase = "connect"
    timer: float | None = None
    held: list[tuple[int, bytes]] = field(factory=list)
    front: Stage | None = None
    unit: int = -1
    """The unit that audio is coming for."""
    unit_bytes: int = 0
    sounded: bool = False
    """Whether sound came of it, for the units that are next, not just bytes such as a header's."""
    unit_began: float = 0.0
    slow_since: float | None = None
    size: int = 0
    """Bytes of audio."""
    connected: float | None = None
    first_audio: float | None = None
    told: Told = _NOTHING
    whole: list[int] = field(factory=list)
    degradations: list[Degradation] = field(init=False)
    """Those to be told once something of it is heard."""
    secrets: list[Secret] = field(factory=list)
    host: str | None = None
    rate: int = field(init=False)
    """Bytes of its audio a second; 0 where that varies."""
    header: int = field(init=False)
    """Bytes of a unit that may all be a header."""
    joined: bool = False
    """Whether its socket's binary frames are pieces of one stream."""
    last_asked: float = 0.0

    def __attrs_post_init__(self) -> None:
        self.sent = self.start
        self.degradations = list(self.leaf.degradations)
        format = self.exchange.format
        self.rate = (format.frame_size or 0) * (format.sample_rate or 0)
        self.header = _HEADER if format.container == "wav" else 0
        if spec := self.exchange.socket:
            self.joined = spec.joined and spec.route is None
            self._know(spec.url, spec.headers)

    @property
    def name(self) -> str:
        """The backend's name."""
        return self.leaf.backend.name

    def received(self, kind: str, *args: Any) -> Actions:
        """Give the exchange what came from the vendor. What it cannot read is the vendor's fault."""
        try:
            actions: Actions = getattr(self.exchange, kind)(*args)
        except UNREADABLE as error:
            return [ProtocolError("could not read what the vendor sent", detail=f"{type(error).__name__}: {error}")]
        if self.due is None and self.owed and self.opened and actions and isinstance(actions[-1], BackendError):
            return [Renew()]  # all that is owed waits for its place: it was not sent, so nobody is to blame
        return actions

    def received_together(self, kind: str, *args: Any) -> Iterator[Actions]:
        """Give the exchange pieces that were read together, the last of *args*; their audio is joined a little."""
        pieces: Iterable[Any] = args[-1]
        joined: list[bytes] = []
        unit, size, longest = -1, 0, self.rate * _TOGETHER or _COMPRESSED
        if self.joined or kind == "receive_data":
            pieces = _blocks(pieces, longest)
        for piece in pieces:
            actions = self.received(kind, *args[:-1], bytes(piece) if type(piece) is memoryview else piece)
            if len(actions) == 2 and type(told := actions[1]) is Told:  # what it costs, say
                self.tell(told)
                actions = actions[:1]
            audio = actions[0] if len(actions) == 1 else None
            if type(audio) is Audio and audio.unit == unit and size + len(audio.data) <= longest:
                joined.append(audio.data)
                size += len(audio.data)
                continue
            if joined:
                yield [Audio(b"".join(joined), unit)]
            if type(audio) is Audio:
                joined, unit, size = [audio.data], audio.unit, len(audio.data)
            else:
                joined, unit = [], -1
                yield actions
        if joined:
            yield [Audio(b"".join(joined), unit)]

    def open(self, now: float, *, reused: bool) -> None:
        """Note that the carrier is there."""
        self.opened, self.reused, self.due = True, reused, None
        self.connected = 0.0 if reused or not self.exchange.socket else now - self.began

    def asked(self, now: float) -> None:
        """Note that a unit is handed over: its audio is due."""
        self.owed += 1
        self.last_asked = now
        if self.due is None:
            self._expect(now, "first_audio", self.leaf.timeouts.first_audio)

    def heard(self, now: float, unit: int, size: int) -> SynthesisTimeout | None:
        """Note audio: more is due. Return an error where it has been too slow for too long."""
        if unit != self.unit:
            self.unit, self.unit_bytes, self.unit_began, self.slow_since = unit, 0, now, None
        self.size += size
        self.unit_bytes += size
        if self.unit_bytes <= self.header:
            return None  # that is no audio yet: the clock for the first of it goes on
        if self.first_audio is None:
            self.first_audio = now - self.began
            if self.due is not None:  # counted from when it was asked, which is when the clock began
                waited = self.leaf.timeouts.first_audio - (self.due - now)
                self.leaf.pace.note((self.connected or 0.0) + waited, now)
        self.due, self.phase = now + self.leaf.timeouts.stall, "stall"
        late = now - self.unit_began
        if late < _SLOW_BEHIND or not self.rate or late - self.unit_bytes / self.rate < _SLOW_BEHIND:
            self.slow_since = None
        elif self.slow_since is None:
            self.slow_since = now
        elif now - self.slow_since > _SLOW_FOR:
            return SynthesisTimeout(f"audio came slower than it plays, for {_SLOW_FOR:g} s", phase="slow")
        return None

    def confirmed(self, now: float, units: list[int]) -> None:
        """Note that units are whole: the next ones' audio is due, if any is owed."""
        self.whole += units
        self.owed -= len(units)
        self.unit, self.unit_bytes, self.due, self.sounded = -1, 0, None, False
        if self.owed > 0:  # counted from the later of the two, else a slow consumer would let it run out
            self._expect(max(now, self.last_asked), "first_audio", self.leaf.timeouts.first_audio)

    def cleared(self, upto: int) -> None:
        """Note that nothing below *upto* is owed any more."""
        self.sent, self.owed, self.due, self.unit, self.unit_bytes = upto, 0, None, -1, 0
        self.held.clear()
        self.front, self.sounded = None, False

    def opening(self, now: float) -> None:
        """Note that the carrier was asked for."""
        self._expect(now, "connect", self.leaf.timeouts.connect)

    def queue(self, now: float, *, waiting: bool) -> None:
        """Note that all it asked for waits for a place in its account, or that a place was got.

        The vendor's clock stands still meanwhile.
        """
        if waiting:
            self.due = None
        elif not self.opened:
            self.opening(now)
        elif self.owed and self.due is None:
            self._expect(now, "first_audio", self.leaf.timeouts.first_audio)

    def overdue(self) -> SynthesisTimeout:
        """Return the error of the clock that ran out."""
        seconds = getattr(self.leaf.timeouts, self.phase)
        return SynthesisTimeout(f"{_WHAT_RAN_OUT[self.phase]} within {seconds:g} s", phase=self.phase)

    def _expect(self, now: float, phase: Phase, seconds: float) -> None:
        self.due, self.phase = now + seconds, phase

    def convert(self, data: bytes) -> bytes:
        """Return audio in the target format; some may stay behind until `drain`."""
        if self.front is None:
            source = self.exchange.format
            whole = source.frame_size or 1  # vendors cut samples in two, and a chunk has whole frames
            self.front = conversion(source, self.target)
            if whole > 1 and not self.front.stages:
                self.front = Aligner(whole)
        return self.front.feed(data)

    def convert_held(self, upto: int) -> list[tuple[int, bytes]]:
        """Return the held audio of units below *upto*, converted unit by unit; the last one's rest comes by `drain`."""
        held = [(unit, data) for unit, data in self.held if unit < upto]
        self.held = [(unit, data) for unit, data in self.held if unit >= upto]
        converted: list[tuple[int, bytes]] = []
        for unit, group in groupby(held, key=lambda piece: piece[0]):
            if converted:
                before, audio = converted[-1]
                converted[-1] = (before, audio + self.drain())
            converted.append((unit, self.convert(b"".join(data for _, data in group))))
        return converted

    def drain(self) -> bytes:
        """Return what stayed behind in the conversion; the next audio starts anew."""
        front, self.front = self.front, None
        return front.flush() if front else b""

    def tell(self, told: Told) -> None:
        """Keep what the vendor told."""
        if self.told is _NOTHING:
            self.told = told
            return
        self.told = Told(
            request_id=told.request_id or self.told.request_id,
            billed=self._add(told.billed),
            vendor={**self.told.vendor, **told.vendor},
        )

    def _add(self, billed: Billed | None) -> Billed | None:
        before = self.told.billed
        if billed and before and before.unit == billed.unit:
            return Billed(billed.backend, before.amount + billed.amount, billed.unit)
        return billed or before

    def carry(self, action: Any) -> None:
        """Remember which keys are sent, so that no vendor's echo of them is ever shown."""
        if isinstance(action, Fetch):
            self._know(action.request.url, action.request.headers)

    def _know(self, url: str, headers: Any) -> None:
        self.host = _host(url)
        self.secrets = [value for value in headers.values() if isinstance(value, Secret)]

    def blame(self, error: BackendError | UnsupportedUtterance) -> BackendError | UnsupportedUtterance:
        """Return the error with everything that is known here."""
        if not isinstance(error, BackendError):
            return error
        if type(error) is BackendUnavailable and self.unit_bytes:
            error = TruncatedSpeech(
                error.message or "the connection was lost", status_code=error.status_code, code=error.code,
                detail=error.detail, request_id=error.request_id, retry_after=error.retry_after,
                retryable=error.retryable,
            )  # fmt: skip
        error.backend = self.name
        error.voice = str(self.leaf.job.voice)
        error.request_id = error.request_id or self.told.request_id
        error.message, error.detail = self.scrubbed(error.message), self.scrubbed(error.detail)
        error.code = error.code and self.scrubbed(error.code)
        error.request_id = error.request_id and self.scrubbed(error.request_id)
        error.args = (error.message,)
        return error

    def scrubbed(self, words: str) -> str:
        """Return a vendor's words without the keys that were sent."""
        for secret in self.secrets:
            words = secret.scrub(words)
        return words

    def report(self, now: float, error: VoxbridgeError | None) -> AttemptReport:
        """Return the report of this run."""
        return AttemptReport(
            backend=self.name,
            voice=str(self.leaf.job.voice),
            region=self.leaf.backend.region,
            host=self.host,
            request_id=self.told.request_id or getattr(error, "request_id", None),
            started=self.started,
            connected=self.connected,
            first_audio=self.first_audio,
            elapsed=now - self.began,
            audio_seconds=self.size / self.rate if self.rate else 0.0,
            billed=self.told.billed,
            units=tuple(self.whole),
            error=error,
            vendor=self.told.vendor,
        )


def _blocks(pieces: Iterable[bytes | memoryview], longest: float) -> Iterator[bytes]:
    """Join pieces whose bounds mean nothing, as those of a body, to blocks of at most so many bytes."""
    block: list[bytes | memoryview] = []
    size = 0
    for piece in pieces:
        if block and size + len(piece) > longest:
            yield b"".join(block)
            block, size = [], 0
        block.append(piece)
        size += len(piece)
    if block:
        yield b"".join(block)


@lru_cache(maxsize=64)  # the same again and again
def _host(url: str) -> str | None:
    return urlsplit(url).hostname
