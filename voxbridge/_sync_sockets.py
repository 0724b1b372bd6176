"""WebSockets of the blocking client. Loaded when the first one is opened."""

from __future__ import annotations

import selectors
import socket
from collections import deque
from contextlib import suppress
from ssl import SSLContext
from threading import Lock, Thread
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import InvalidStatus
from websockets.frames import Close, Frame, Opcode
from websockets.sync import client

from ._models import Timeouts
from ._pool import Socket
from ._wire import refused, reveal, socket_failure, socket_settings
from .exceptions import SynthesisTimeout


__all__ = ["Line", "connect"]

_AT_ONCE = 16 * 1024  # bytes that a socket which can be written to takes without waiting


class Line:
    """The way from the pool's socket to the network: connects and writes in threads, so that nobody waits for it.

    Args:
        socket: what the pool knows of it; is told what happens.
        lock: guards what the pool knows.
        timeouts: for connecting, sending and closing.
    """

    def __init__(self, socket: Socket, lock: Any, timeouts: Timeouts) -> None:
        self.socket, self.lock, self.timeouts = socket, lock, timeouts
        self._dialled: list[Any] = []  # what `close` shuts down while it is being connected
        self._closed = False
        self._outbox: deque[str | bytes] = deque()
        self._writing = Lock()
        self.transport: Any = None

    def send(self, frame: str | bytes) -> None:
        """Send a frame, now if that cannot block, else in a thread."""
        self._outbox.append(frame)
        if not self._writing.acquire(blocking=False):
            return
        if len(frame) <= _AT_ONCE and self._writable(0):
            self._write()
        else:
            Thread(target=self._write, daemon=True, name="voxbridge-send").start()

    def _writable(self, timeout: float) -> bool:
        sock = getattr(self.transport, "socket", None)
        if not isinstance(sock, socket.socket):
            return False
        with selectors.DefaultSelector() as selector:
            try:
                selector.register(sock, selectors.EVENT_WRITE)
            except ValueError:  # closed meanwhile: writing will tell
                return True
            return bool(selector.select(timeout))

    def _write(self) -> None:
        """Write what is in the outbox. The lock of writing is held, and released at its end."""
        while True:
            while self._outbox:
                frame = self._outbox.popleft()
                try:
                    if isinstance(self.transport, _Connection) and not self._writable(self.timeouts.send):
                        error = SynthesisTimeout(f"nothing was read within {self.timeouts.send:g} s", phase="send")
                        with self.lock:
                            self.socket.failed(monotonic(), error)
                        self._outbox.clear()
                        break
                    self.transport.send(frame)
                except Exception:  # noqa: BLE001  # whatever it is, the reader tells why the connection ended
                    self._outbox.clear()
            self._writing.release()
            if not self._outbox or not self._writing.acquire(blocking=False):
                return

    def opened(self, transport: Any, handshake: dict[str, str]) -> None:
        """Note that the handshake has succeeded."""
        self.transport = transport
        with self.lock:
            self.socket.opened(monotonic(), handshake)
        if self._closed:
            self.close()

    def lost(self, code: int, reason: str) -> None:
        """Note that the connection has ended."""
        with self.lock:
            self.socket.lost(monotonic(), code, reason)

    def dial(self, host: str, port: int) -> socket.socket:
        """Return a TCP connection to the first address that answers; `close` ends a dial that hangs."""
        error = OSError(f"{host} has no address")
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            made = socket.socket(family, kind, protocol)
            self._dialled.append(made)
            try:
                if self._closed:
                    break
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


class _Connect(client.connect):
    def process_redirect(self, exc: Exception) -> Exception:
        """Follow none: the key would go along."""
        return exc


class _Connection(client.ClientConnection):
    """Give every message to the pool in the thread that reads it: no second queue, and no second thread."""

    def __init__(self, sock: socket.socket, protocol: Any, *, line: Line, **settings: Any) -> None:
        self._line = line
        self._parts: list[bytes] = []
        super().__init__(sock, protocol, **settings)

    def process_event(self, event: Any) -> None:
        """Take a frame. Runs in the library's reading thread."""
        if self.response is None:
            super().process_event(event)
            if self.protocol.handshake_exc is None:
                headers = {name.lower(): value for name, value in event.headers.raw_items()}
                self._line.opened(self, headers)
        elif event.opcode is Opcode.BINARY and event.fin:
            self._line.socket.deliver(monotonic(), event.data)
        elif event.opcode in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
            self._assemble(event)
        else:
            super().process_event(event)
            if event.opcode is Opcode.CLOSE:
                close = Close.parse(event.data)
                self._line.lost(close.code, close.reason)

    def _assemble(self, frame: Frame) -> None:
        if frame.opcode is not Opcode.CONT:
            self._text = frame.opcode is Opcode.TEXT
        self._parts.append(frame.data)
        if frame.fin:
            message, self._parts = b"".join(self._parts), []
            self._line.socket.deliver(monotonic(), message.decode("utf-8", "replace") if self._text else message)

    def recv_events(self) -> None:
        """Read until the end. The library's thread."""
        try:
            super().recv_events()
        finally:
            if self.response is not None:
                self._line.lost(self.protocol.close_code or 1006, self.protocol.close_reason or "")


def connect(line: Line, proxy: str | None, context: SSLContext | None, connector: Any) -> None:
    """Connect in a thread; the line's socket is told how that ends."""
    run = (lambda: _converse(line, connector)) if connector is not None else (lambda: _connect(line, proxy, context))
    Thread(target=run, daemon=True, name="voxbridge-connect").start()


def _connect(line: Line, proxy: str | None, context: SSLContext | None) -> None:
    spec, timeouts = line.socket.spec, line.timeouts
    settings = socket_settings(spec, proxy, context)
    url = urlsplit(spec.url)
    try:
        if settings["proxy"] is True and not _environment_proxy(spec.url):
            settings |= {"sock": line.dial(url.hostname or "", url.port or (443 if url.scheme == "wss" else 80)), "proxy": None}
        _Connect(
            spec.url,
            additional_headers=reveal(spec.headers),
            open_timeout=timeouts.connect,
            close_timeout=timeouts.close,
            create_connection=lambda sock, protocol, **more: _Connection(sock, protocol, line=line, **more),
            **settings,
        ).__enter__()
    except InvalidStatus as error:
        status, headers, body = refused(error)
        with line.lock:
            line.socket.refused(monotonic(), status, headers, body)
    except Exception as error:  # noqa: BLE001  # sorted by socket_failure
        with line.lock:
            line.socket.failed(monotonic(), socket_failure(error))


def _environment_proxy(url: str) -> bool:
    from websockets.proxy import get_proxy
    from websockets.uri import parse_uri

    return get_proxy(parse_uri(url)) is not None


def _converse(line: Line, connector: Any) -> None:
    """Read from an application's own transport until it ends."""
    spec = line.socket.spec
    try:
        transport = getattr(connector, "connect", connector)(spec.url, reveal(spec.headers))
    except Exception as error:  # noqa: BLE001  # sorted by socket_failure
        with line.lock:
            line.socket.failed(monotonic(), socket_failure(error))
        return
    line.opened(transport, {})
    try:
        while (frame := transport.recv()) is not None:
            line.socket.deliver(monotonic(), frame)
    except Exception as error:  # noqa: BLE001  # transports say in their own ways that they have ended
        line.lost(*close_of(error))
    else:
        line.lost(1000, "")


def close_of(error: BaseException) -> tuple[int, str]:
    """Return close code and reason of an application's own transport, where its error tells them."""
    close = getattr(error, "rcvd", None) or error
    code = getattr(close, "code", None)
    return (code if isinstance(code, int) else 1006), str(getattr(close, "reason", "") or "")
