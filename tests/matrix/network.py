"""What a client connects with, where all is virtual: sockets and requests end at services that a test has written."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from attrs import define, field

from voxbridge import BackendError, Fetch, HttpRequest, SocketSpec
from voxbridge._carriers import Carriers, Post
from voxbridge._pool import Pool, Sink, Socket
from voxbridge._rendition import Rendition
from voxbridge.testing import VirtualClock


TRIP = 0.01  # seconds from one end of the network to the other


class Service(Protocol):
    """A vendor's side of the network."""

    def connect(self, line: Line) -> None:
        """Take a socket's handshake: let it open, refuse it, or leave it waiting."""

    def take(self, line: Line, frame: str) -> None:
        """Take a frame."""

    def answer(self, line: Line, request: HttpRequest) -> None:
        """Take a request."""


@define(eq=False)
class Line:
    """The vendor's end of a socket or a request. What it says arrives after so many seconds."""

    network: Network
    service: Service
    socket: Socket | None = None
    tell: Callable[..., None] = lambda *event: None
    """Tells the run of a request."""
    gone: bool = False
    """Whether the client has left, or the line was cut."""
    busy: float = 0.0
    """When what was asked of it so far is said."""
    mute: bool = False
    """Whether the service says nothing more of its own."""
    state: dict[str, Any] = field(factory=dict)
    """The service's own."""

    def later(self, delay: float, act: Callable[..., None], *args: Any) -> None:
        """Do something, unless nobody listens any more by then."""

        def unless_gone() -> None:
            if not self.gone:
                act(*args)

        self.network.clock.call_at(self.network.clock.now() + delay, unless_gone)

    def open(self, headers: dict[str, str]) -> None:
        """Accept the handshake."""
        self._of_socket(Socket.opened, headers)

    def refuse(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Refuse the handshake, or answer the request."""
        if self.socket:
            self._of_socket(Socket.refused, status, headers, body)
            return
        self.tell("receive_status", status, headers)
        self.tell("receive_data", body)
        self.tell("receive_eof")

    def send(self, frame: str | bytes) -> None:
        """Send a frame."""
        self._of_socket(Socket.deliver, frame)

    def close(self, code: int, reason: str) -> None:
        """Close the socket."""
        self._of_socket(Socket.lost, code, reason)
        self.gone = True

    def fail(self, error: BackendError) -> None:
        """Break below the vendor's words."""
        if self.socket:
            self._of_socket(Socket.failed, error)
        else:
            self.tell("receive_failure", error)
        self.gone = True

    def _of_socket(self, act: Callable[..., None], *args: Any) -> None:
        assert self.socket is not None
        act(self.socket, self.network.clock.now(), *args)

    # -- what the client does with it

    def take(self, *frames: str | bytes) -> None:
        """Carry frames to the service."""
        for frame in frames:
            self.later(TRIP, self.service.take, self, frame)


class Network:
    """The `Connections` of one client, to services by the hosts of their addresses."""

    def __init__(self, clock: VirtualClock, services: dict[str, Service]) -> None:
        self.clock, self._services, self._pool = clock, services, Pool()
        self.lines: list[Line] = []

    def open(self, spec: SocketSpec, sink: Sink, *, fresh: bool) -> Socket:
        now = self.clock.now()
        socket = None if fresh else self._pool.find(spec, now)
        if socket is None:
            socket = self._pool.add(spec, now)
            line = self._line(spec.url, socket=socket)
            socket.wire = _Wire(line)
            line.later(2 * TRIP, line.service.connect, line)
        socket.attach(sink, now)
        return socket

    def claim(self, socket: Socket, routing_id: str, sink: Sink) -> None:
        socket.claims[routing_id] = sink

    def unclaim(self, socket: Socket, routing_id: str) -> None:
        socket.claims.pop(routing_id, None)

    def leave(self, socket: Socket, sink: Sink, *, clean: bool) -> None:
        if socket.leave(sink, self.clock.now(), clean=clean):
            self._pool.remove(socket)
            socket.wire.line.gone = True

    def fetch(self, action: Fetch, run: int, post: Post) -> Callable[[], object]:
        line = self._line(action.request.url)
        line.tell = lambda kind, *args: post((self.clock.now(), run, kind, action.tag, *args))
        line.later(TRIP, line.service.answer, line, action.request)

        def stop() -> None:
            line.gone = True

        return stop

    def render(self, action: Any, run: int, post: Post) -> Callable[[], object]:
        raise NotImplementedError

    def forked(self) -> None:
        raise NotImplementedError

    def teller(self, post: Post) -> Callable[..., None]:
        return lambda *event: post((self.clock.now(), *event))

    def _line(self, url: str, **of: Any) -> Line:
        service = next(service for part, service in self._services.items() if part in url)
        self.lines.append(Line(self, service, **of))
        return self.lines[-1]


@define
class _Wire:
    line: Line

    def send(self, *frames: str | bytes) -> None:
        self.line.take(*frames)


class Shell:
    """Carries events between a network and a rendition, as a client's stream does."""

    def __init__(self, network: Network, rendition: Rendition) -> None:
        self.network, self.rendition = network, rendition
        self.inbox: deque[tuple[Any, ...]] = deque()
        self._carriers = Carriers(network, self.inbox.append)

    def do(self, act: Callable[..., Any], *args: Any) -> None:
        """Do something to the rendition, and what it says then."""
        act(*args)
        self._carriers.perform(self.rendition.commands)

    def handle(self) -> None:
        """Take one thing that happened."""
        item = self.inbox.popleft()
        if item[2] in {"receive_eof", "receive_failure"}:
            self._carriers.ended(item[1], item[3])
        elif item[2] == "granted":
            self._carriers.granted(item[1], item[3])
        self.do(self.rendition.event, *item)

    def wait(self, longest: float) -> bool:
        """Let time pass to the next thing that happens; return whether there is one before *longest*."""
        clock, deadline = self.network.clock, self.rendition.deadline
        times = [when for when, _, _ in clock._timers[:1]] + ([] if deadline is None else [deadline])
        due = min(times, default=None)
        if due is None or due > longest:
            return False
        clock.run_until(due)
        if not self.inbox and deadline is not None and deadline <= clock.now():
            self.do(self.rendition.tick, clock.now())
        return True

    def leave(self) -> None:
        """Give up everything."""
        self.do(self.rendition.close)
        self._carriers.leave()

    def left(self) -> list[Any]:
        """Return what is in any table of the client's, once nobody speaks."""
        carriers = self._carriers
        return [*carriers._sockets, *carriers._work, *carriers._slots, *carriers._queued]
