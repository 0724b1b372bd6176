"""Speech over the socket ``/ws``: text goes in, a turn at a time, and the end of the turn is the only confirmation.

The vendor's documents and its own programs disagree about that end. It is ``isFinal`` where that comes; else a second
of quiet after every generation of the turn has finished. Silence before that is never taken for an end.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final

from attrs import define, field

from voxbridge import (
    BackendError,
    Degradation,
    Degraded,
    Finished,
    Job,
    ProtocolError,
    Renew,
    Send,
    Settled,
    SocketSpec,
    TaggedExchange,
    TextUnit,
    Told,
    TruncatedSpeech,
    Wait,
)

from ._account import Account
from ._errors import closed, failed, refused
from ._frames import Generation, charged, read, told
from ._matrix import STREAMING
from ._options import Options, fields, remarks
from ._text import emoji_in, spoken


__all__ = ["StreamingExchange"]

_QUIET: Final = 1.0  # seconds after the last generation has finished; the vendor's own livekit plugin waits as long
_CANCELLED: Final = 2.0  # seconds in which a cancel is answered
_PING: Final = 25.0  # seconds between pings of an idle session
_IDLE: Final = 60.0  # seconds that an unused socket is kept
_PAST: Final = 64  # generations of earlier turns that are remembered, since frames of them may come late
_END, _CANCEL, _PINGED = (json.dumps({"action": action}) for action in ("end-stream", "cancel", "ping"))


class _Private(str):
    """A frame that nobody shall see printed: a voice is in it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{len(self)} characters, with the sample of a voice>"


@define
class _Session:
    """What is to be known of a socket beyond one exchange."""

    id: str | None = None
    digest: bytes = b""
    """Of its configuration, which may hold somebody's voice."""
    keys: frozenset[str] = frozenset()
    turns: int = 0
    past: deque[str] = field(factory=lambda: deque(maxlen=_PAST))
    """Generations of earlier turns."""

    def forget(self, *ids: str) -> None:
        """Let generations be nobody's from now on."""
        self.past += [id for id in ids if id not in self.past]


@define
class _Turn:
    """What came for the text between two ``end-stream``."""

    tag: int
    id: str
    generations: dict[str, Generation] = field(factory=dict)
    """In the order of their first frames, which is that of the text."""
    held: dict[str, bytes] = field(factory=dict)
    """Audio of later generations, until those before have finished."""

    @property
    def quiet(self) -> bool:
        """Whether all that has begun has finished."""
        return bool(self.generations) and all(generation.finished for generation in self.generations.values())

    def take(self, id: str, message: dict[str, Any]) -> bytes:
        """Return the audio that is next now. Raises as `Generation.take`."""
        self.held[id] = self.held.get(id, b"") + self.generations[id].take(message)
        audio = b""
        for each, generation in self.generations.items():
            audio += self.held.pop(each, b"")
            if not generation.finished:
                break
        return audio

    def rest(self) -> bytes:
        """Return all that is left, at the end of the turn."""
        return b"".join([self.held.pop(id, b"") + each.rest() for id, each in self.generations.items()])


class StreamingExchange(TaggedExchange):
    """Speak over ``/ws``: a unit a turn as it is heard, packed ones for whole speech. Arguments as of `Deepdub`'s."""

    ahead = 1

    def __init__(self, job: Job, account: Account, options: Options) -> None:
        super().__init__(job)
        self.socket = SocketSpec(url=account.streaming_url, headers=account.headers, max_idle=_IDLE)
        self.slots = account.slots
        self._region = account.region
        self._config = fields(job, options, STREAMING)
        self._remarks = remarks(job, options, STREAMING)
        self._controls, self._emoji = options.controls, bool(options.accept_emojis)
        self._session, self._began = _Session(), False
        self._turn: _Turn | None = None
        self._fault: BackendError | None = None  # of the session while nothing was owed: the next turn would fail too
        self._cancelled: str | None = None  # the turn whose end is waited for
        self._ends = self._pinged = False

    def open(self, memory: dict[str, Any], clock: Any, handshake: Mapping[str, str]) -> list[Any]:
        """Begin: configure the session, unless it is configured like this already. There is no answer to that."""
        self._session = session = memory.setdefault("deepdub", self._session)
        self._began = True
        frame = _Private(json.dumps({"action": "stream-config", "config": self._config}))
        digest = blake2b(frame.encode()).digest()
        configured: list[Any] = []
        if digest != session.digest:
            if unset := dict.fromkeys(session.keys - self._config.keys()):
                frame = _Private(json.dumps({"action": "stream-config", "config": {**self._config, **unset}}))
            session.digest, session.keys = digest, frozenset(self._config)
            configured = [Send(frame if "voicePrompt" in self._config else str(frame))]
        return [*configured, Told(request_id=session.id), *self._remarks, Wait(_PING)]

    # -- the text's side

    @property
    def window(self) -> int:
        """Units that may have been sent and not be whole."""
        return 0 if self._cancelled is not None else super().window

    def launch(self, tag: int, units: Sequence[TextUnit]) -> Sequence[Any]:
        """Return the messages that speak *units* as one turn."""
        if self._fault:
            return [self._fault]
        self._session.turns += 1
        self._turn = _Turn(tag, f"turn {self._session.turns}")
        words = spoken(units, emoji=self._emoji)
        emoji = emoji_in(units) if self._emoji else ""
        done = Degradation(self.job.voice.backend, "emoji", emoji, "was left out: here it would be a control")
        lost = [Degraded(done)] if emoji else []
        if not words.strip():  # there is no end of a turn without words
            return [*lost, Wait(0.0)]
        message = {"action": "stream-text", "data": {"text": self._controls + words}}
        return [*lost, Wait(None), Send(json.dumps(message), expects=self._turn.id, then=(_END,))]

    def send_end(self) -> Sequence[Any]:
        """Finish as soon as all is whole, and what was cancelled has ended."""
        self._ends = True
        return [] if self._cancelled is not None else self._left(super().send_end())

    def send_clear(self) -> Sequence[Any]:
        """Cancel the turn; what still comes of it is dropped until the service says that it has."""
        super().send_clear()
        turn, self._turn = self._turn, None
        if turn is None:
            return []
        self._cancelled = turn.id
        self._session.forget(*turn.generations)
        unsent = [] if turn.generations else [Settled(turn.id)]  # it may still wait for its place
        return [*unsent, Send(_CANCEL), Wait(_CANCELLED), *charged(self.job, turn.generations.values())]

    # -- the vendor's side

    def receive_frame(self, payload: Any) -> Sequence[Any]:
        """Take a message: of the session, or of a generation."""
        message = read(payload)
        self._pinged = False
        action, id = message.get("action"), message.get("generationId")
        if action == "error" or message.get("error") is not None:
            return self._failed(message)
        if action == "status":
            return self._status(message)
        return self._speech(id, message) if isinstance(id, str) else []

    def receive_close(self, code: int, reason: str) -> Sequence[Any]:
        """Take the end of the socket."""
        return self._over(closed(code, reason, self._region))

    def receive_refusal(self, status: int, headers: Mapping[str, str], body: bytes) -> Sequence[Any]:
        """Take a refused handshake."""
        return [refused(status, headers, body, self._region)]

    def receive_failure(self, tag: int | None, error: BackendError) -> Sequence[Any]:
        """Take a failure to connect, or of the socket."""
        return self._over(error) if self._began else [error]

    def receive_timer(self) -> Sequence[Any]:
        """Take the end of a quiet time: of the turn; of the session, if cancel or ping were not answered."""
        if self._turn is not None:
            return self._whole(self._turn)
        if self._cancelled is not None or self._pinged:
            return [Renew()]
        self._pinged = True
        return [Send(_PINGED), Wait(_PING)]

    def _speech(self, id: str, message: dict[str, Any]) -> Sequence[Any]:
        """Take a message of a generation. Those of a turn that is over, or was cancelled, are nobody's."""
        cancelled = bool(message.get("isCancelled"))
        if self._turn is None or id in self._session.past:
            self._session.forget(id)
            return self._free() if cancelled else []
        if cancelled:
            return self._over(TruncatedSpeech("the service cancelled the speech", request_id=id))
        return self._audio(self._turn, id, message)

    def _audio(self, turn: _Turn, id: str, message: dict[str, Any]) -> Sequence[Any]:
        known, was_quiet = id in turn.generations, turn.quiet
        if not known:
            turn.generations[id] = Generation(self.format, wav=False)
        try:
            audio = self.receive_data(turn.tag, turn.take(id, message))
        except ProtocolError as error:
            error.request_id = id
            return self._over(error)
        actions = audio if known else [told(id), *audio]
        if message.get("isFinal"):
            return [*actions, *self._whole(turn)]
        if turn.quiet or was_quiet:
            return [*actions, Wait(_QUIET if turn.quiet else None)]
        return actions

    def _whole(self, turn: _Turn) -> list[Any]:
        """Note the end of a turn."""
        try:
            audio = self.receive_data(turn.tag, turn.rest())
        except ProtocolError as error:
            return list(self._over(error))
        self._turn = None
        self._session.forget(*turn.generations)
        bill = charged(self.job, turn.generations.values())
        return [*audio, Settled(turn.id), Wait(_PING), *bill, *self._left(self.receive_eof(turn.tag))]

    def _status(self, message: dict[str, Any]) -> Sequence[Any]:
        if message.get("message") == "cancelled":
            return self._free()
        id = message.get("connectionId")
        if not isinstance(id, str):
            return []
        self._session.id = id
        return [Told(request_id=id)]

    def _free(self) -> Sequence[Any]:
        """Note that a cancelled turn has ended."""
        id, self._cancelled = self._cancelled, None
        if id is None:
            return []
        return [Settled(id), Wait(_PING), *(self._left(super().send_end()) if self._ends else [])]

    def _failed(self, message: dict[str, Any]) -> Sequence[Any]:
        """Take an error. A session goes on after one, but perhaps without its configuration."""
        error = failed(message, self._region)
        self._session.digest = b""
        if self._turn is not None:
            return [] if error.request_id in self._session.past else self._over(error)
        if self._cancelled is None and error.request_id is None:
            self._fault = error
        return []

    def _over(self, error: BackendError) -> Sequence[Any]:
        """Take what ends the turn, or the socket: nobody's fault where nothing is owed."""
        if self._turn is None:
            return [Renew()]
        return [*charged(self.job, self._turn.generations.values()), error]

    def _left(self, actions: Sequence[Any]) -> list[Any]:
        """Return actions, but leave a session to nobody that was switched to another voice or emotion."""
        return [
            Finished(clean=False) if isinstance(action, Finished) and self._controls else action for action in actions
        ]
