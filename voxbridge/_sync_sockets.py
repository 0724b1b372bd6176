"""WebSockets of the blocking client. Loaded when the first one is opened."""

from __future__ import annotations

import selectors
import socket
from collections import deque
from contextlib import suppress
from ssl import SSLContext
from threading import Lock, Thread, Timer
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync import client

from ._frames import AT_ONCE, handful, tell_why
from ._models import Timeouts
from ._pool import Socket
from ._sync_connection import Connection, shut
from ._wire import close_of, environment_proxy, reveal, socket_failure, socket_settings
from .exceptions import BackendError, SynthesisTimeout


__all__ = ["Line", "connect"]

_Poll = getattr(selectors, "PollSelector", selectors.SelectSelector)  # the ones that take no descriptor of their own


class Line:
    """The way from the pool's socket to the network: connects and writes in threads, so that nobody waits for it.

    Args:
        socket: what the pool knows of it; is told what happens.
        lock: guards what the pool knows; a context manager.
        timeouts: for connecting, sending and closing.
    """

    clock = staticmethod(monotonic)

    def __init__(self, socket: Socket, lock: Any, timeouts: Timeouts) -> None:
        self.socket, self.lock, self.timeouts = socket, lock, timeouts
        self._dialled: list[Any] = []  # what `close` shuts down while it is being connected
        self._closed = False
        self._outbox: deque[str | bytes] = deque()
        self._writing = Lock()
        self._poll: selectors.BaseSelector | None = None  # whether it can be written to; not of other transports
        self.transport: Any = None
        self.reader: Connection | None = None
        """The transport, where who waits for what comes may read it in person."""

    def send(self, *frames: str | bytes) -> None:
        """Send frames, now if that cannot block, else in a thread."""
        self._outbox += frames
        if not self._writing.acquire(blocking=False):
            return
        if sum(map(len, self._outbox)) <= AT_ONCE and self._writable(0):
            self._write(ready=True)
        else:
            Thread(target=self._write, daemon=True, name="voxbridge-send").start()

    def _writable(self, timeout: float) -> bool:
        return self._poll is not None and bool(self._poll.select(timeout))

    def _write(self, *, ready: bool = False) -> None:
        """Write what is in the outbox. The lock of writing is held, and released at its end."""
        while True:
            while self._outbox:
                frames = handful(self._outbox)
                try:
                    if not ready and self._poll is not None and not self._writable(self.timeouts.send):
                        self._stuck()
                    elif len(frames[0]) <= AT_ONCE:
                        self._put(frames)
                    else:
                        self._put_slowly(frames)
                except ConnectionClosed:  # the reader tells why
                    self._outbox.clear()
                except Exception as error:  # noqa: BLE001  # a frame that was not sent must not go unnoticed
                    self.failed(socket_failure(error))
                    self._outbox.clear()
                ready = False
            self._writing.release()
            if not self._outbox or not self._writing.acquire(blocking=False):
                return

    def _put(self, frames: list[str | bytes]) -> None:
        if isinstance(self.transport, Connection):
            self.transport.put(frames)
        else:
            for frame in frames:
                self.transport.send(frame)

    def _put_slowly(self, frames: list[str | bytes]) -> None:
        """Send what may take a while, but not for ever."""
        timer = Timer(self.timeouts.send, self._stuck)
        timer.daemon = True
        timer.start()
        try:
            self._put(frames)
        finally:
            timer.cancel()

    def _stuck(self) -> None:
        """Give up a connection that the vendor does not read from."""
        self.failed(SynthesisTimeout(f"nothing was read within {self.timeouts.send:g} s", phase="send"))
        self._outbox.clear()
        if isinstance(self.transport, Connection):
            shut(self.transport.socket)

    def opened(self, transport: Any, handshake: dict[str, str]) -> None:
        """Note that the handshake has succeeded."""
        self.transport = transport
        if isinstance(transport, Connection):
            self.reader = transport
            self._poll = _Poll()
            self._poll.register(transport.socket, selectors.EVENT_WRITE)
        with self.lock:
            self.socket.opened(monotonic(), handshake)
        if self._closed:
            self.close()

    def lost(self, code: int, reason: str) -> None:
        """Note that the connection has ended."""
        with self.lock:
            self.socket.lost(monotonic(), code, reason)

    def failed(self, error: BackendError) -> None:
        """Note that the connection has failed below the close handshake."""
        with self.lock:
            self.socket.failed(monotonic(), error)

    def dial(self, host: str, port: int) -> socket.socket:
        """Return a TCP connection to the first address that answers; `close` ends a dial that hangs."""
        error = OSError(f"{host} has no address")
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            made = socket.socket(family, kind, protocol)
            self._dialled.append(made)
            try:
                if self._closed:
                    raise ConnectionAbortedError("nobody waits for it any more")
                made.settimeout(self.timeouts.connect)
                made.connect(address)
            except OSError as failed:
                error = failed
                made.close()
            else:
                made.settimeout(None)
                return made
        raise error

    def close(self) -> None:
        """Close it politely, in a thread; one that is being connected is called off."""
        self._closed = True
        if self.transport is not None:
            Thread(target=self._close, daemon=True, name="voxbridge-close").start()
            return
        for made in self._dialled:
            with suppress(OSError):
                made.shutdown(socket.SHUT_RDWR)

    def _close(self) -> None:
        with suppress(Exception):
            self.transport.close()


def connect(line: Line, proxy: str | None, context: SSLContext | None, connector: Any) -> None:
    """Connect in a thread; the line's socket is told how that ends."""
    target, args = (_connect, (line, proxy, context)) if connector is None else (_converse, (line, connector))
    Thread(target=target, args=args, daemon=True, name="voxbridge-connect").start()


def _connect(line: Line, proxy: str | None, context: SSLContext | None) -> None:
    spec, timeouts = line.socket.spec, line.timeouts
    settings = socket_settings(spec, proxy, context)
    url = urlsplit(spec.url)
    try:
        if settings["proxy"] is True and not environment_proxy(spec.url):
            port = url.port or (443 if url.scheme == "wss" else 80)
            settings |= {"sock": line.dial(url.hostname or "", port), "proxy": None}
        _connecter(
            spec.url,
            additional_headers=reveal(spec.headers),
            open_timeout=timeouts.connect,
            close_timeout=timeouts.close,
            create_connection=lambda sock, protocol, **more: Connection(sock, protocol, line=line, **more),
            **settings,
        ).__enter__()
    except Exception as error:  # noqa: BLE001  # sorted by socket_failure
        with line.lock:
            tell_why(line.socket, monotonic(), error)


def _connecter(url: str, **settings: Any) -> Any:
    """Return what connects and follows no redirect: the key would go along."""
    if not hasattr(client, "reconnect"):  # older versions of websockets follow none
        return client.connect(url, **settings)
    made = client.reconnect(url, **settings)
    made.process_redirect = lambda exc: exc  # type: ignore[method-assign]
    return made


def _converse(line: Line, connector: Any) -> None:
    """Read from an application's own transport until it ends."""
    spec = line.socket.spec
    try:
        transport = getattr(connector, "connect", connector)(spec.url, reveal(spec.headers))
    except Exception as error:  # noqa: BLE001  # sorted by socket_failure
        line.failed(socket_failure(error))
        return
    line.opened(transport, {})
    try:
        while (frame := transport.recv()) is not None:
            line.socket.deliver(monotonic(), frame)
    except Exception as error:  # noqa: BLE001  # transports say in their own ways that they have ended
        line.lost(*close_of(error))
    else:
        line.lost(1000, "")
