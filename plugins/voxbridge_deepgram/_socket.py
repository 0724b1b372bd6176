"""Speech over a WebSocket, ``/v1/speak``: Speak and Flush for each unit, Clear for a barge-in.

Deepgram answers a Flush with Flushed after its audio, in order, and takes at most 20 of them a minute on a socket.
Units are flushed one by one while there are flushes to spare. When they run short, units that come while another is
being spoken are flushed together; when none is left, the rest goes to a new socket: waiting would be a minute of
silence.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from attrs import define, field

from voxbridge import (
    Audio,
    Billed,
    Finished,
    Job,
    Renew,
    Send,
    SocketExchange,
    SocketSpec,
    TextUnit,
    Told,
    UnsupportedUtterance,
    Wait,
    Warn,
    Whole,
)

from ._account import Account
from ._errors import TOO_FAST, closed, failed, in_words, refused
from ._markup import render
from ._matrix import SOCKET
from ._query import Options, query
from ._voices import has_controls


__all__ = ["TalkExchange"]

_FLUSHES, _PERIOD = 18, 60.0  # two fewer than Deepgram's, since its clock is not ours; seconds
_SHORT = 6  # flushes left at which units begin to share one
_AHEAD = 2  # units in flight, one after another
_TOGETHER = 1000  # characters at which a shared flush takes no more: little is said again after a fault
_CLEARED_WITHIN = 2.0  # seconds
_OLDEST = 3300.0  # seconds; at 3,600 Deepgram closes the socket
_IDLE = 60.0  # seconds that an unused socket is kept, for the next turn of a conversation
_FLUSH, _CLEAR = json.dumps({"type": "Flush"}), json.dumps({"type": "Clear"})


@define
class _Line:
    """What is to be known of a socket beyond one exchange."""

    born: float
    told: Told
    flushes: deque[float] = field(factory=deque)
    """When each flush of the last minute was sent."""
    stale: int = 0
    """Flushes that were cleared: an answer that still comes is nobody's, until there is audio again."""


@lru_cache(maxsize=64)
def _spec(account: Account, asked: str) -> SocketSpec:
    """Return the socket for what is asked; the same again and again."""
    return SocketSpec(
        url=f"{account.socket_origin}/v1/speak?{asked}",
        headers=account.headers,
        max_idle=_IDLE,
        max_age=_OLDEST,
        ping=20.0,
        slots=account.sockets,
        joined=True,
    )


class TalkExchange(SocketExchange):
    """Speak over a socket. Arguments as of `Deepgram`'s, checked."""

    def __init__(self, job: Job, account: Account, options: Options) -> None:
        super().__init__(job)
        self.socket = _spec(account, query(job, SOCKET, options))
        self._ipa = has_controls(job.voice.id)
        self._short = _FLUSHES if job.text_kind == "synthesize" else _SHORT  # what is given whole may always share
        self._units: deque[int] = deque()  # that were said and are not whole
        self._flushed: deque[int] = deque()  # for each flush in flight the unit after its last one
        self._said = 0  # characters that no flush was sent for yet
        self._heard = False  # audio of the first flush in flight
        self._refused = 0  # flushes in flight that will not be answered
        self._sealed = self._clearing = self._ended = False
        self._clock: Callable[[], float] = float
        self._line = _Line(0.0, Told())

    def open(self, memory: dict[str, Any], clock: Callable[[], float], handshake: Mapping[str, str]) -> list[Told]:
        """Begin on a socket, new or used."""
        self._clock = clock
        told = Told(request_id=handshake.get("dg-request-id"))
        self._line = memory.setdefault("deepgram", _Line(clock(), told))
        return [self._line.told]

    # -- the text's side

    @property
    def window(self) -> int:
        """Units that may have been said and not be whole."""
        spare = self._spare()
        if self._clearing or self._refused or self._sealed or (self._flushed and not spare):
            return 0
        if spare > self._short:
            return _AHEAD
        return self.owed + 1 if self._said < _TOGETHER else 0

    def send_unit(self, unit: TextUnit) -> list[Any]:
        """Say a unit, and flush it unless it had better share a flush."""
        if not self._flushed and not self._spare():
            return [Renew()]
        try:
            rendered = render([unit], ipa=self._ipa)
        except UnsupportedUtterance as error:
            return [error]
        apart = self._units and unit.index > self._units[-1] + 1  # there may be a pause of its own between them
        before = self._flush() if apart else []
        self._units.append(unit.index)
        self.owed = len(self._units)
        self._said += rendered.characters
        said = [Send(json.dumps({"type": "Speak", "text": text})) for text in rendered.messages()]
        alone = unit.pause or not self._flushed or self._spare() > self._short
        return [*before, *said, *(self._flush() if alone else ())]

    def send_flush(self) -> list[Any]:
        """End the turn: flush what was said."""
        return self._flush()

    def send_end(self) -> list[Any]:
        """Finish as soon as all is whole."""
        self._ended = True
        return self._go_on()

    def send_clear(self) -> list[Any]:
        """Have Deepgram drop what it was told; its audio is dropped until it says that it has."""
        if not self._units:
            return []  # all was heard, or is being cleared
        self._line.stale += len(self._flushed)
        self._units.clear()
        self._flushed.clear()
        self.owed = self._said = 0
        self._sealed = self._heard = False
        self._clearing = True
        return [Send(_CLEAR), Wait(_CLEARED_WITHIN)]

    def _flush(self) -> list[Any]:
        """Have what was said spoken, if there is a flush for it."""
        if not self._said:
            return []
        if not self._spare():
            self._sealed = True  # until those in flight are whole: more must not be said into it
            return [] if self._flushed else [Renew()]
        self._line.flushes.append(self._clock())
        self._flushed.append(self._units[-1] + 1)
        billed = Billed(self.job.voice.backend, self._said, "characters")  # nobody tells here
        self._said, self._sealed = 0, False
        return [Send(_FLUSH), Told(billed=billed)]

    def _spare(self) -> int:
        """Return how many flushes may be sent now."""
        flushes, now = self._line.flushes, self._clock()
        while flushes and now - flushes[0] > _PERIOD:
            flushes.popleft()
        return _FLUSHES - len(flushes)

    # -- the vendor's side

    def receive_frame(self, payload: Any) -> list[Any]:
        """Take audio, or one of Deepgram's messages. Types that are not known mean nothing, but for errors."""
        if not isinstance(payload, str):
            return self._audio(payload)
        message = json.loads(payload)
        if not isinstance(message, dict):
            raise TypeError(f"a message is an object, not {payload[:80]!r}")
        actions: list[Any] = []
        match message.get("type"):
            case "Flushed":
                actions = self._whole()
            case "Cleared":
                actions = self._cleared()
            case "Metadata":
                actions = self._welcome(message)
            case "Warning":
                actions = self._warned(*in_words(message))
            case kind if kind == "Error" or any(name in message for name in ("err_code", "err_msg", "error")):
                actions = self._over(failed(message))
        return actions

    def receive_close(self, code: int, reason: str) -> list[Any]:
        """Take the end of the socket."""
        return self._over(closed(code, reason))

    def receive_refusal(self, status: int, headers: Mapping[str, str], body: bytes) -> list[Any]:
        """Take a refused handshake."""
        return [refused(status, headers, body)]

    def receive_timer(self) -> list[Any]:
        """Give the socket up if Clear is not answered."""
        return [Renew()] if self._clearing else []

    def _audio(self, data: bytes) -> list[Any]:
        if not self._units:  # nothing is owed, or it was cleared
            return []
        self._heard, self._line.stale = True, 0
        return [Audio(bytes(data), self._units[0])]

    def _whole(self) -> list[Any]:
        """A flush was answered: its units are whole."""
        if self._line.stale:
            self._line.stale -= 1
            return []
        if not self._flushed:
            return []
        upto = self._flushed.popleft()
        while self._units and self._units[0] < upto:
            self._units.popleft()
        self.owed = len(self._units)
        self._heard = False
        return [Whole(upto), *self._go_on()]

    def _go_on(self) -> list[Any]:
        """Do what can be done now that less is owed."""
        if self._refused:  # the last ones that were sent, so those before are still spoken
            return [] if self._heard or len(self._flushed) > self._refused else [Renew()]
        if self._flushed or self._clearing:
            return []
        if self._said:
            return self._flush()
        if self._ended:
            return [Finished(clean=self._spare() > 0)]
        return [Renew()] if self._clock() - self._line.born > _OLDEST else []

    def _cleared(self) -> list[Any]:
        if not self._clearing:
            return []
        self._clearing = False
        return [Wait(None), *self._go_on()]

    def _welcome(self, message: Mapping[str, Any]) -> list[Any]:
        found = {name: message.get(name) for name in ("request_id", "model_name", "model_uuid")}
        told = {name: value for name, value in found.items() if isinstance(value, str)}
        vendor = {f"dg-{name.replace('_', '-')}": told[name] for name in ("model_name", "model_uuid") if name in told}
        self._line.told = Told(request_id=told.get("request_id", self._line.told.request_id), vendor=vendor)
        return [self._line.told]

    def _warned(self, code: str | None, words: str) -> list[Any]:
        """Take a warning. A refused flush is never answered: what it was for is said again on a new socket."""
        warning = Warn(code or "", words)
        if "EXCESSIVE_FLUSH" not in f"{code} {words}".upper():
            return [warning]
        self._refused += 1
        return [warning, *self._go_on()]

    def _over(self, error: Any) -> list[Any]:
        """Take what ends the socket: nobody's fault where nothing is owed, or where text came too fast for it."""
        return [Renew()] if not self.owed or error.code == TOO_FAST else [error]
