"""Exchanges of separate requests: HTTP, and engines on this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import define, field

from ._exchange import NOTHING, Action, Actions, Audio, Drop, Exchange, Finished, Whole
from ._refusal import refusal
from .exceptions import BackendError, EmptyAudio, ProtocolError, TruncatedSpeech


if TYPE_CHECKING:
    from ._backend import Job
    from .text import TextUnit


__all__ = ["HttpExchange", "LocalExchange", "TaggedExchange"]

_ERROR_BODY = 64 * 1024  # bytes of a refusal that are read


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

    def send_unit(self, unit: TextUnit) -> Actions:
        if not self._packs:
            return self._queue((unit,))
        length = sum(packed.length for packed in self._packed) + unit.length
        last = self._packed[-1] if self._packed else unit
        paused = last.pause or unit.index > last.index + 1  # what was left out between may be a pause of its own
        actions = self._pack() if self._packed and (paused or length > self.job.max_characters) else []
        self._packed.append(unit)
        return actions

    def send_flush(self) -> Actions:
        return self._pack()

    def send_end(self) -> Actions:
        self._ended = True
        return [*self._pack(), *self._finish()]

    def send_clear(self) -> Actions:
        drops = [Drop(tag) for tag in self._bodies]
        self._bodies.clear()
        self._waiting.clear()
        self._packed.clear()
        return drops

    def receive_status(self, tag: int, status: int, headers: Mapping[str, str]) -> Actions:
        if not (body := self._bodies.get(tag)):
            return NOTHING
        body.status, body.headers = status, headers
        # Whatever the status, these types are never audio; all other types say nothing (vendors guess them).
        words = headers.get("content-type", "").partition(";")[0].strip().lower() in {"application/json", "text/html"}
        body.refused = status >= 300 or words
        told = None if body.refused else self.decode_status(status, headers, b"")
        return NOTHING if told is None else [told]

    def receive_data(self, tag: int, data: bytes) -> Actions:
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

    def receive_eof(self, tag: int) -> Actions:
        if not (body := self._bodies.get(tag)):
            return NOTHING
        body.done = True
        if body.refused:
            body.fault = self._refused(body)
        elif not body.heard and any(unit.worded for unit in body.units):
            body.fault = EmptyAudio(status_code=body.status, detail=f"no audio for {body.units[0].text[:80]!r}")
        return self._settle()

    def receive_failure(self, tag: int | None, error: BackendError) -> Actions:
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
