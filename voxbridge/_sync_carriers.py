"""The sockets, requests and engines of a blocking client."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from ssl import SSLContext
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any
from weakref import WeakSet

from ._carriers import Carriers, Post, renewed_after_fork
from ._exchange import Fetch, HttpRequest, HttpResponse, Render, SocketSpec
from ._models import Timeouts
from ._pool import Pool, Sink, Socket
from ._stream import Stream
from ._threads import Crew, render, spawn
from .exceptions import UsageError


__all__ = ["Connections"]


class Connections:
    """What one blocking client connects with, for any number of threads. Arguments as of `Client`."""

    def __init__(
        self, timeouts: Timeouts, http: Any, connector: Any, proxy: str | None, context: SSLContext | None
    ) -> None:
        if hasattr(http, "aclose"):
            message = "http= of a blocking Client is an httpx.Client or a requests.Session; this one is for AsyncClient"
            raise UsageError(message)
        self.timeouts, self.connector, self.proxy, self.context = timeouts, connector, proxy, context
        self._given = http
        self.orphans: deque[Carriers] = deque()  # of streams that were dropped without a close
        self.forked()
        renewed_after_fork(self)

    def forked(self) -> None:
        """Start with nothing: at first, and again in a forked child, whose sockets are the parent's."""
        self._pool = Pool()
        self._lock = Lock()
        self._drained = Event()
        self._janitor: Thread | None = None
        self._http: Any = self._given
        self._crew = Crew("http")
        self._streams: WeakSet[Stream] = WeakSet()

    def __enter__(self) -> None:
        """Hold the pool; orphans that came meanwhile are taken care of at the end, so nobody holds it otherwise."""
        self._lock.acquire()

    def __exit__(self, *failure: object) -> None:
        self._lock.release()
        if self.orphans:
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
        with self:
            socket = None if fresh else self._pool.find(spec, now)
            new = socket is None
            if socket is None:
                socket = self._pool.add(spec, now)
            socket.attach(sink, now)
            if new:
                from ._sync_sockets import Line, connect

                socket.wire = Line(socket, self, self.timeouts)
                connect(socket.wire, self.proxy, self.context, self.connector)
        return socket

    def warm(self, spec: SocketSpec) -> tuple[Any, ...] | None:
        """Open a socket and leave it to the next run; return what came of it, None for nothing in time."""
        inbox: SimpleQueue[tuple[Any, ...]] = SimpleQueue()
        sink = Sink(inbox.put, 0)
        socket = self.open(spec, sink, fresh=False)
        item = None
        with suppress(Empty):
            item = inbox.get(timeout=self.timeouts.connect)
        self.leave(socket, sink, clean=item is not None and item[2] == "opened")
        return item

    def remember(self, stream: Stream) -> None:
        """Have a stream that has begun ended by `close`."""
        with self:
            self._streams.add(stream)

    def claim(self, socket: Socket, routing_id: str, sink: Sink) -> None:
        """Give frames of this id to a run."""
        with self:
            socket.claims[routing_id] = sink

    def unclaim(self, socket: Socket, routing_id: str) -> None:
        """Let frames of this id be nobody's."""
        with self:
            socket.claims.pop(routing_id, None)

    def leave(self, socket: Socket, sink: Sink, *, clean: bool) -> None:
        """Let a run go from its socket, which is closed, kept for the next, or still in use."""
        with self:
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
        while True:
            with self:
                expiry = self._pool.next_expiry()
                if expiry is None:
                    self._janitor = None
                    return
            self._drained.wait(max(0.0, expiry - monotonic()) + 0.01)
            self._drained.clear()
            with self:
                expired = self._pool.expired(monotonic())
            for socket in expired:
                socket.wire.close()

    def fetch(self, action: Fetch, run: int, post: Post) -> Callable[[], object]:
        """Start a request in a thread; return what stops it."""
        from ._sync_http import Fetching

        fetching = Fetching(self.http, action, run, post, self.timeouts)
        self._crew.run(fetching)
        return fetching.cancel

    def teller(self, post: Post) -> Callable[..., None]:
        """Return what posts ``(now, *args)`` from any thread."""

        def tell(*args: Any) -> None:
            post((monotonic(), *args))

        return tell

    def render(self, action: Render, run: int, post: Post) -> Callable[[], object]:
        """Start an engine in a thread; return what stops it."""
        stop = Event()
        spawn(render, action, run, post, stop, name="engine")
        return stop.set

    @property
    def http(self) -> Any:
        """The HTTP client, made when it is first needed."""
        with self:
            if self._http is None:
                from ._sync_http import client

                self._http = client(self.timeouts, self.proxy, self.context)
            return self._http

    def ask(self, request: HttpRequest) -> HttpResponse:
        """Send a request that is not speech."""
        from ._sync_http import ask

        return ask(self.http, request, self.timeouts)

    def close(self) -> None:
        """Close everything that is not the application's own, and end the streams that still speak."""
        with self:
            streams = tuple(self._streams)
        for stream in streams:
            stream._abandon()  # noqa: SLF001
        with self:
            sockets, http = self._pool.drain(), self._http
            self._http = self._given
        self._drained.set()
        self._crew.dismiss()
        for socket in sockets:
            socket.wire.close()
        if http is not None and http is not self._given:
            http.close()
