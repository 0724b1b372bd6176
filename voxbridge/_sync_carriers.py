"""What a blocking client's streams are carried by: shared connections, and each stream's own part of them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ssl import SSLContext
from threading import Condition, Event, Lock, Thread
from time import monotonic
from typing import Any
from weakref import WeakSet

from attrs import define, field

from ._exchange import Drop, Fetch, HttpRequest, HttpResponse, Render, Send, SocketSpec
from ._models import Timeouts
from ._pool import Pool, Sink, Socket
from ._rendition import Carry, Command, Leave, Open
from ._threads import render, spawn


__all__ = ["Carriers", "Connections"]


class Connections:
    """The sockets and the HTTP client of one blocking client, for any number of threads."""

    def __init__(self, timeouts: Timeouts, http: Any, connector: Any, proxy: str | None, context: SSLContext | None) -> None:
        self.timeouts, self.connector, self.proxy, self.context = timeouts, connector, proxy, context
        self._given = http
        self.orphans: deque[Carriers] = deque()  # of streams that were dropped without a close
        self._begin()
        _alive.add(self)

    def _begin(self) -> None:
        """Start with nothing: at first, and again in a forked child, whose sockets are the parent's."""
        self._pool = Pool()
        self._lock = Lock()
        self._expiry = Condition(self._lock)
        self._janitor: Thread | None = None
        self._http: Any = self._given

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the pool; orphans that came meanwhile are taken care of at the end."""
        with self._lock:
            yield
        self.reap()

    def reap(self) -> None:
        """Release what abandoned streams held. It never waits, so a garbage collection may call it anywhere."""
        while self.orphans and self._lock.acquire(blocking=False):
            try:
                orphan = self.orphans.popleft() if self.orphans else None
            finally:
                self._lock.release()
            if orphan:
                orphan.leave()

    def open(self, spec: SocketSpec, sink: Sink, *, fresh: bool) -> Socket:
        """Return a socket for a run, which is told when it may be used."""
        now = monotonic()
        with self.locked():
            socket = None if fresh else self._pool.find(spec, now)
            new = socket is None
            if socket is None:
                socket = self._pool.add(spec, now)
            socket.attach(sink, now)
            if new:
                from ._sync_sockets import Line, connect

                socket.wire = Line(socket, self._lock, self.timeouts)
                connect(socket.wire, self.proxy, self.context, self.connector)
        return socket

    def claim(self, socket: Socket, id: str, sink: Sink) -> None:
        """Give frames of *id* to a run."""
        with self.locked():
            socket.claims[id] = sink

    def leave(self, socket: Socket, sink: Sink, *, clean: bool) -> None:
        """Let a run go from its socket, which is closed, kept for the next, or still in use."""
        with self.locked():
            close = socket.leave(sink, monotonic(), clean=clean)
            if close:
                self._pool.remove(socket)
            elif socket.idle is not None and self._janitor is None:
                self._janitor = Thread(target=self._expire, name="voxbridge-idle", daemon=True)
                self._janitor.start()
        if close:
            socket.wire.close()

    def _expire(self) -> None:
        """Close sockets that are idle for too long. Runs in a thread for as long as there are idle ones."""
        with self._expiry:
            while (expiry := self._pool.next_expiry()) is not None:
                self._expiry.wait(max(0.0, expiry - monotonic()) + 0.01)
                for socket in self._pool.expired(monotonic()):
                    socket.wire.close()
            self._janitor = None

    @property
    def http(self) -> Any:
        """The HTTP client, made when it is first needed."""
        with self.locked():
            if self._http is None:
                from ._sync_http import client

                self._http = client(self.timeouts, self.proxy, self.context)
            return self._http

    def ask(self, request: HttpRequest) -> HttpResponse:
        """Send a request that is not speech."""
        from ._sync_http import ask

        return ask(self.http, request, self.timeouts)

    def close(self) -> None:
        """Close everything that is not the application's own."""
        with self.locked():
            sockets, http = self._pool.drain(), self._http
            self._http = self._given
            self._expiry.notify_all()
        for socket in sockets:
            socket.wire.close()
        if http is not None and http is not self._given:
            http.close()

    def forked(self) -> None:
        """Begin anew in a child process."""
        self._begin()


_alive: WeakSet[Connections] = WeakSet()


def _forked() -> None:
    for connections in tuple(_alive):
        connections.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


@define(eq=False)
class Carriers:
    """One stream's sockets, requests and engines. Knows the stream's inbox, and not the stream."""

    connections: Connections
    post: Callable[[tuple[Any, ...]], object]
    _sockets: dict[int, tuple[Socket, Sink]] = field(factory=dict)
    _work: dict[tuple[int, int], Callable[[], object]] = field(factory=dict)
    """How to stop each request and engine."""

    def perform(self, commands: deque[Command]) -> None:
        """Do what the rendition says. Never blocks."""
        while commands:
            match commands.popleft():
                case Open(run, spec, fresh):
                    sink = Sink(self.post, run)
                    self._sockets[run] = (self.connections.open(spec, sink, fresh=fresh), sink)
                case Carry(run, Send(frame, expects)):
                    socket, sink = self._sockets[run]
                    if expects is not None:
                        self.connections.claim(socket, expects, sink)
                    socket.wire.send(frame)
                case Carry(run, Fetch() as fetch):
                    self._fetch(run, fetch)
                case Carry(run, Render() as action):
                    stop = Event()
                    self._work[run, action.tag] = stop.set
                    spawn(render, action, run, self.post, stop, name="engine")
                case Carry(run, Drop(tag)):
                    if cancel := self._work.pop((run, tag), None):
                        cancel()
                case Leave(run, clean):
                    self._leave(run, clean=clean)

    def _fetch(self, run: int, fetch: Fetch) -> None:
        from ._sync_http import Fetching

        fetching = Fetching(self.connections.http, fetch, run, self.post, self.connections.timeouts)
        self._work[run, fetch.tag] = fetching.cancel
        spawn(fetching, name="http")

    def _leave(self, run: int, *, clean: bool) -> None:
        for key in [key for key in self._work if key[0] == run]:
            self._work.pop(key)()
        if held := self._sockets.pop(run, None):
            socket, sink = held
            self.connections.leave(socket, sink, clean=clean)

    def leave(self) -> None:
        """Give up everything."""
        for run in {*self._sockets, *(run for run, _ in self._work)}:
            self._leave(run, clean=False)
