"""The sockets, requests and engines of an asyncio client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from ssl import SSLContext
from threading import Event
from typing import Any
from weakref import WeakSet

from ._carriers import Post, renewed_after_fork
from ._exchange import Fetch, HttpRequest, HttpResponse, Render, SocketSpec
from ._models import Timeouts
from ._pool import Pool, Sink, Socket
from ._stream import Stream
from ._threads import render, spawn
from .exceptions import UsageError


__all__ = ["Connections", "clock", "from_threads"]

_GRACE = 0.1  # seconds, for tasks that wait for just as long themselves


def clock() -> float:
    """Return the running loop's time, which need not be the machine's."""
    return asyncio.get_running_loop().time()


def from_threads(post: Post) -> Post:
    """Return a *post* for threads. What comes after the loop's end is dropped."""
    loop = asyncio.get_running_loop()

    def arrive(item: tuple[Any, ...]) -> None:
        post((loop.time(), *item[1:]))

    def post_from_thread(item: tuple[Any, ...]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody listens
            loop.call_soon_threadsafe(arrive, item)

    return post_from_thread


class Connections:
    """What one asyncio client connects with. It belongs to the loop that first used it. Arguments as of `Client`."""

    def __init__(
        self, timeouts: Timeouts, http: Any, connector: Any, proxy: str | None, context: SSLContext | None
    ) -> None:
        if http is not None and not hasattr(http, "aclose"):
            message = f"http= of an AsyncClient is an httpx.AsyncClient, not {type(http).__name__}"
            raise UsageError(message)
        self.timeouts, self.connector, self.proxy, self.context = timeouts, connector, proxy, context
        self._given = http
        self.forked()
        renewed_after_fork(self)

    def forked(self) -> None:
        """Start with nothing: at first, and again in a forked child, whose sockets are the parent's."""
        self._pool = Pool()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle: asyncio.TimerHandle | None = None
        self._http: Any = self._given
        self._streams: WeakSet[Stream] = WeakSet()

    def bind(self) -> asyncio.AbstractEventLoop:
        """Return the loop that this client belongs to: the running one, or it is an error.

        Raises:
            UsageError: another loop used the client before.
        """
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            message = "this AsyncClient was used in another event loop: make one in each, or aclose() it there first"
            raise UsageError(message)
        return loop

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task that `aclose` waits for."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def open(self, spec: SocketSpec, sink: Sink, *, fresh: bool) -> Socket:
        """Return a socket for a run, which is told when it may be used."""
        now = clock()
        socket = None if fresh else self._pool.find(spec, now)
        if socket is None:
            from ._async_sockets import Line

            socket = self._pool.add(spec, now)
            socket.wire = Line(socket, self.timeouts, self.spawn)
            socket.wire.connect(self.proxy, self.context, self.connector)
        socket.attach(sink, now)
        return socket

    async def warm(self, spec: SocketSpec) -> tuple[Any, ...] | None:
        """Open a socket and leave it to the next run; return what came of it, None for nothing in time."""
        came: asyncio.Future[tuple[Any, ...]] = asyncio.get_running_loop().create_future()
        sink = Sink(lambda item: None if came.done() else came.set_result(item), 0)
        socket = self.open(spec, sink, fresh=False)
        item = None
        try:
            with suppress(TimeoutError):
                item = await asyncio.wait_for(came, self.timeouts.connect)
        finally:
            self.leave(socket, sink, clean=item is not None and item[2] == "opened")
        return item

    def remember(self, stream: Stream) -> None:
        """Have a stream that has begun ended by `aclose`."""
        self._streams.add(stream)

    def claim(self, socket: Socket, routing_id: str, sink: Sink) -> None:
        """Give frames of this id to a run."""
        socket.claims[routing_id] = sink

    def unclaim(self, socket: Socket, routing_id: str) -> None:
        """Let frames of this id be nobody's."""
        socket.claims.pop(routing_id, None)

    def leave(self, socket: Socket, sink: Sink, *, clean: bool) -> None:
        """Let a run go from its socket, which is closed, kept for the next, or still in use."""
        if socket.leave(sink, clock(), clean=clean):
            self._pool.remove(socket)
            socket.wire.close()
        elif socket.idle is not None and self._idle is None:
            self._tidy()

    def _tidy(self) -> None:
        """Close sockets that are idle for too long, now and when the next one will be."""
        loop = asyncio.get_running_loop()
        for socket in self._pool.expired(loop.time()):
            socket.wire.close()
        expiry = self._pool.next_expiry()
        self._idle = None if expiry is None else loop.call_at(expiry + 0.01, self._tidy)

    def fetch(self, action: Fetch, run: int, post: Post) -> Callable[[], object]:
        """Start a request in a task; return what stops it."""
        from ._async_http import Fetching

        fetching = Fetching(self.http, action, run, post, self.timeouts)
        fetching.task = self.spawn(fetching())
        return fetching.cancel

    def teller(self, post: Post) -> Callable[..., None]:
        """Return what posts ``(now, *args)`` from any thread."""
        post_from_thread = from_threads(post)

        def tell(*args: Any) -> None:
            post_from_thread((0.0, *args))  # it is stamped where it arrives

        return tell

    def render(self, action: Render, run: int, post: Post) -> Callable[[], object]:
        """Start an engine in a thread; return what stops it."""
        stop = Event()
        spawn(render, action, run, from_threads(post), stop, name="engine")
        return stop.set

    @property
    def http(self) -> Any:
        """The HTTP client, made when it is first needed."""
        if self._http is None:
            from ._async_http import client

            self._http = client(self.timeouts, self.proxy, self.context)
        return self._http

    async def ask(self, request: HttpRequest) -> HttpResponse:
        """Send a request that is not speech."""
        from ._async_http import ask

        return await ask(self.http, request, self.timeouts)

    async def aclose(self) -> None:
        """Close everything that is not the application's own, and wait until it is closed.

        Tasks do it, so that nothing stays open where this is cancelled.
        """
        self.bind()
        for stream in tuple(self._streams):
            stream._abandon()  # noqa: SLF001
        if self._idle:
            self._idle.cancel()
        for socket in self._pool.drain():
            socket.wire.close()
        if self._http is not self._given:
            self.spawn(self._http.aclose())
        self._http, self._idle, self._loop = self._given, None, None
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=self.timeouts.close + _GRACE)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
