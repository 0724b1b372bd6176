"""What is known of WebSockets that are open, and who may use which. No I/O: the shells connect, send and close."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import define, field, frozen

from ._exchange import UNREADABLE, SocketSpec
from .exceptions import BackendError, ProtocolError


__all__ = ["Pool", "Sink", "Socket"]


@frozen(eq=False)
class Sink:
    """Where the events of one run go.

    It knows its stream's inbox and nothing else, so that an abandoned stream is not kept alive by its socket.
    """

    post: Callable[[tuple[Any, ...]], object]
    run: int


@define(eq=False)
class Socket:
    """What the pool knows of one WebSocket."""

    spec: SocketSpec
    born: float
    wire: Any = None
    """What the shell sends on and closes; None until it is connected."""
    memory: dict[str, Any] = field(factory=dict)
    """The exchanges' own, which outlives each of them."""
    handshake: Mapping[str, str] = field(factory=dict)
    sinks: list[Sink] = field(factory=list)
    claims: dict[str, Sink] = field(factory=dict)
    """Whose the frames of an id are."""
    idle: float | None = None
    """Since when nobody uses it."""
    up: bool = False
    dead: bool = False
    retired: bool = False
    """It serves those who use it to their end, and nobody else."""
    used: int = 0
    """How many exchanges it has served or serves."""
    strays: int = 0
    """Frames of an id that nobody expects."""
    _last: tuple[Any, ...] = ()

    def free(self, now: float) -> bool:
        """Whether it takes another exchange."""
        aged = now - self.born > self.spec.max_age or (self.idle is not None and now - self.idle > self.spec.max_idle)
        return not (self.dead or self.retired or aged) and len(self.sinks) < self.spec.share

    def opened(self, at: float, handshake: Mapping[str, str]) -> None:
        """Note that it is connected, and tell everybody who waits."""
        self.up, self.handshake, self.born = True, handshake, at
        for sink in tuple(self.sinks):
            self._welcome(sink, at, reused=False)

    def attach(self, sink: Sink, now: float) -> None:
        """Let another run use it."""
        self.sinks.append(sink)
        self.idle = None
        self.used += 1
        if self.dead:
            sink.post((now, sink.run, *self._last))
        elif self.up:
            self._welcome(sink, now, reused=self.used > 1)

    def _welcome(self, sink: Sink, at: float, *, reused: bool) -> None:
        sink.post((at, sink.run, "opened", self.memory, self.handshake, reused))

    def deliver_all(self, at: float, frames: list[memoryview]) -> None:
        """Take frames that came together to whom they belong; whoever takes them out of the inbox makes `bytes`."""
        if self.spec.route is None:
            for sink in self.sinks:
                sink.post((at, sink.run, "frames", frames))
        else:
            self._sort(at, map(bytes, frames), self.spec.route)

    def deliver(self, at: float, frame: str | bytes) -> None:
        """Take a frame to whom it belongs."""
        if self.spec.route is None:
            for sink in self.sinks:
                sink.post((at, sink.run, "receive_frame", frame))
        else:
            self._sort(at, (frame,), self.spec.route)

    def _sort(self, at: float, frames: Iterable[str | bytes], route: Callable[[str | bytes], tuple[Any, Any]]) -> None:
        """Take the frames of a shared socket to whom they belong; those of one that follow each other go together."""
        owners: tuple[Sink, ...] = ()
        payloads: list[Any] = []
        failure: ProtocolError | None = None
        try:
            for frame in frames:
                id, payload = route(frame)
                owner = self.claims.get(id) if id is not None else None
                if owner is None and id is not None:
                    self.strays += 1
                    continue
                whose = (owner,) if owner else tuple(self.sinks)
                if whose != owners:
                    self._post(at, owners, payloads)
                    owners, payloads = whose, []
                payloads.append(payload)
        except UNREADABLE as error:
            detail = f"{type(error).__name__}: {error}"
            failure = ProtocolError("could not read what the vendor sent", detail=detail)
        finally:
            self._post(at, owners, payloads)
        if failure:
            self.retired = True
            self.failed(at, failure)

    @staticmethod
    def _post(at: float, owners: Iterable[Sink], payloads: list[Any]) -> None:
        for sink in owners:
            if len(payloads) == 1:
                sink.post((at, sink.run, "receive_frame", payloads[0]))
            else:
                sink.post((at, sink.run, "frames", payloads))

    def lost(self, at: float, code: int, reason: str) -> None:
        """Note that it was closed."""
        self._end(at, "receive_close", code, reason)

    def refused(self, at: float, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Note that the handshake was refused."""
        self._end(at, "receive_refusal", status, headers, body)

    def failed(self, at: float, error: BackendError) -> None:
        """Note that there is no connection."""
        self._end(at, "receive_failure", None, error)

    def _end(self, at: float, kind: str, *args: Any) -> None:
        if not self.dead:
            self.dead, self._last = True, (kind, *args)
            for sink in tuple(self.sinks):
                sink.post((at, sink.run, kind, *args))

    def leave(self, sink: Sink, now: float, *, clean: bool) -> bool:
        """Let a run go; return whether the socket is to be closed now."""
        if sink not in self.sinks:
            return False
        self.sinks.remove(sink)
        for id in [id for id, owner in self.claims.items() if owner is sink]:
            del self.claims[id]
        self.retired |= not clean or not self.up
        self.idle = now if not self.sinks else None
        return not self.sinks and (self.retired or self.dead)


class Pool:
    """The sockets of one client."""

    def __init__(self) -> None:
        self.sockets: dict[tuple[object, ...], list[Socket]] = {}

    def find(self, spec: SocketSpec, now: float) -> Socket | None:
        """Return a socket that takes another exchange: the one in use before one that is idle, the freshest first."""
        free = [socket for socket in self.sockets.get(spec.key, ()) if socket.free(now)]
        return max(free, key=lambda socket: (len(socket.sinks), socket.idle or 0.0), default=None)

    def add(self, spec: SocketSpec, now: float) -> Socket:
        """Make a place for a socket that is about to be connected."""
        socket = Socket(spec, now)
        self.sockets.setdefault(spec.key, []).append(socket)
        return socket

    def remove(self, socket: Socket) -> None:
        """Forget a socket."""
        sockets = self.sockets.get(socket.spec.key, [])
        if socket in sockets:
            sockets.remove(socket)
        if not sockets:
            self.sockets.pop(socket.spec.key, None)

    def expired(self, now: float) -> list[Socket]:
        """Return, and forget, the sockets that nobody will use again."""
        gone = [
            socket
            for sockets in self.sockets.values()
            for socket in sockets
            if not socket.sinks and socket.idle is not None and not socket.free(now)
        ]
        for socket in gone:
            self.remove(socket)
        return gone

    def next_expiry(self) -> float | None:
        """When to call `expired` again."""
        return min(
            (s.idle + s.spec.max_idle for sockets in self.sockets.values() for s in sockets if s.idle is not None),
            default=None,
        )

    def drain(self) -> list[Socket]:
        """Return, and forget, all sockets."""
        sockets = [socket for sockets in self.sockets.values() for socket in sockets]
        self.sockets.clear()
        return sockets
