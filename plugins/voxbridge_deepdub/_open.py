"""Speech over the socket ``/open``: one message for each generation, any number of streams on one socket.

Nothing can be called off here. A generation that nobody wants any more goes on at the service, so it keeps its place
in the account until it ends, or for a while; its audio is dropped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

from voxbridge import (
    BackendError,
    Job,
    ProtocolError,
    Renew,
    Send,
    Settled,
    SocketSpec,
    TaggedExchange,
    TextUnit,
    Wait,
)

from ._account import Account
from ._errors import closed, failed, refused
from ._frames import Generation, charged, route, told
from ._matrix import OPEN
from ._options import Options, fields, remarks
from ._text import spoken


__all__ = ["OpenExchange"]

_STREAMS: Final = 100  # that share a socket
_IDLE: Final = 60.0  # seconds without a generation after which the far end may have dropped the socket unsaid
_ABANDONED: Final = 3.0  # seconds; by then a sentence was made, several times as fast as it plays


class OpenExchange(TaggedExchange):
    """Speak over ``/open``. Arguments as of `Deepdub`'s, checked."""

    ahead = 1
    """Generations in flight for a stream: the account has few places."""

    def __init__(self, job: Job, account: Account, options: Options) -> None:
        super().__init__(job)
        self.socket = SocketSpec(
            url=account.open_url, headers=account.headers, share=_STREAMS, route=route, max_idle=_IDLE
        )
        self.slots = account.slots
        self._region = account.region
        self._asked = fields(job, options, OPEN)
        self._remarks = remarks(job, options, OPEN)
        self._first_id = options.generation_id
        self._under_way: dict[str, tuple[int, Generation]] = {}
        self._abandoned: set[str] = set()
        self._memory: dict[str, Any] = {}
        self._clock: Callable[[], float] = float

    def open(self, memory: dict[str, Any], clock: Callable[[], float], handshake: Mapping[str, str]) -> Sequence[Any]:
        """Begin on a socket that others may be using; it remembers when it last had something to do."""
        self._memory, self._clock = memory, clock
        memory.setdefault("used", clock())
        return self._remarks

    def send_unit(self, unit: TextUnit) -> Sequence[Any]:
        """Speak a unit, over a new socket where this one was idle for too long."""
        if not self._under_way and self._clock() - self._memory["used"] > _IDLE:
            return [Renew()]
        return super().send_unit(unit)

    def launch(self, tag: int, units: Sequence[TextUnit]) -> Sequence[Any]:
        """Return the message that speaks *units*. An id that was asked for is the first one's: it is of one use."""
        id, self._first_id = self._first_id or str(uuid4()), None
        self._under_way[id] = tag, Generation(self.format, wav=True)
        self._memory["used"] = self._clock()
        message = {"action": "text-to-speech", "generationId": id, "targetText": spoken(units), **self._asked}
        return [Send(json.dumps(message), expects=id), told(id)]

    def send_clear(self) -> Sequence[Any]:
        """Drop what is under way. What the service has begun keeps its place until it ends."""
        super().send_clear()
        begun = {id for id, (_, generation) in self._under_way.items() if generation.begun}
        unheard = self._under_way.keys() - begun
        bill = self._charged()
        self._under_way.clear()
        self._abandoned |= begun
        return [*bill, *map(Settled, unheard), *([Wait(_ABANDONED)] if begun else [])]

    def receive_frame(self, payload: Any) -> Sequence[Any]:
        """Take a message of one of its generations, or one that is for everybody on the socket."""
        id = payload.get("generationId")
        failure = payload.get("error") is not None
        if id in self._abandoned:
            return self._end(id) if failure or payload.get("isFinished") else []
        if failure:
            return self._over(failed(payload, self._region))
        if id not in self._under_way:
            return []
        tag, generation = self._under_way[id]
        try:
            audio = self.receive_data(tag, generation.take(payload))
        except ProtocolError as error:
            error.request_id = id
            return self._over(error)
        if not generation.finished:
            return audio
        del self._under_way[id]
        return [*audio, *self._end(id), *charged(self.job, [generation]), *self.receive_eof(tag)]

    def receive_close(self, code: int, reason: str) -> Sequence[Any]:
        """Take the end of the socket."""
        return self._over(closed(code, reason, self._region))

    def receive_refusal(self, status: int, headers: Mapping[str, str], body: bytes) -> Sequence[Any]:
        """Take a refused handshake."""
        return [refused(status, headers, body, self._region)]

    def receive_failure(self, tag: int | None, error: BackendError) -> Sequence[Any]:
        """Take a failure to connect, or of the socket: perhaps a frame that could not be read, whoever's it was."""
        return self._over(error) if self._memory else [error]

    def receive_timer(self) -> Sequence[Any]:
        """Give up the places of what was abandoned."""
        abandoned, self._abandoned = self._abandoned, set()
        return [Settled(id) for id in abandoned]

    def _end(self, id: str) -> list[Any]:
        """Note that the service is done with a generation."""
        self._abandoned.discard(id)
        self._memory["used"] = self._clock()
        return [Settled(id)]

    def _over(self, error: BackendError) -> list[Any]:
        """Take what ends the generation, or the socket: nobody's fault where nothing is owed."""
        return [*self._charged(), error] if self._under_way else [Renew()]

    def _charged(self) -> list[Any]:
        return charged(self.job, (generation for _, generation in self._under_way.values()))
