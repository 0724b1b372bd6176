"""http.client under the blocking client, where no proxy is in the way: it takes half of httpx's time.

A connection is one request's until its answer is whole. (httpcore's pool may close one that it has just given to
another thread: https://github.com/encode/httpcore/issues/1110.)
"""

from __future__ import annotations

import io
import re
import socket
import ssl
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from http.client import HTTPException, IncompleteRead
from threading import Lock
from time import monotonic
from typing import Any, NamedTuple, Protocol

import httpx

from ._exchange import HttpRequest
from ._http_answer import Answer
from ._models import Timeouts
from ._wire import http_headers, http_waits
from .exceptions import (
    BackendError,
    BackendUnavailable,
    InsecureConnection,
    ProtocolError,
    SynthesisTimeout,
    TruncatedSpeech,
)


__all__ = ["Session", "Watcher"]

_IDLE = 30.0  # seconds that an unused connection is kept
_KEPT = 20  # unused connections, at most
_ENDS_LINE = re.compile(r"[\r\n\0]")


class Watcher(Protocol):
    """Who sends a request."""

    def use(self, sock: socket.socket | None) -> None:
        """Note the request's socket; None when it is no longer the request's."""

    def forward(self) -> object:
        """Hand on what has come: the connection is about to wait for more."""


class Session:
    """The connections of one client, for any number of threads."""

    def __init__(self, timeouts: Timeouts, context: ssl.SSLContext) -> None:
        self._connecting, self._reading, self._sending = http_waits(timeouts)
        self._context = context
        self._idle: deque[_Connection] = deque()  # the longest unused first
        self._lock = Lock()
        self._closed = False

    @contextmanager
    def send(self, request: HttpRequest, watcher: Watcher) -> Iterator[Answer]:
        """Send a request, and give its answer as soon as its head is there.

        Raises:
            BackendError: no connection, no answer, or one that is cut; this is raised at the end of the block too.
        """
        address = _address(request.url)
        connection = self._kept(address.origin) or self._new(address.origin, watcher)
        failure: BackendError | None = None
        whole = False
        try:
            connection.ask(request, address, watcher, self._sending)
            with connection.answer(watcher, self._reading) as answer:
                yield answer
                whole = answer.whole and not answer.will_close
        except (OSError, HTTPException) as error:
            failure = _failure(error)
        finally:
            watcher.use(None)
            if whole:
                self._keep(connection)
            else:
                connection.close()
        if failure:
            raise failure

    def _kept(self, origin: _Origin) -> _Connection | None:
        """Return a connection that is still open."""
        while True:
            with self._lock:
                found = next((known for known in reversed(self._idle) if known.origin == origin), None)
                if found is None:
                    return None
                self._idle.remove(found)
            if monotonic() - found.since <= _IDLE and found.is_open():
                return found
            found.close()

    def _new(self, origin: _Origin, watcher: Watcher) -> _Connection:
        failure: BackendError
        sock = None
        try:
            sock = socket.create_connection((origin.host, origin.port), self._connecting)
            watcher.use(sock)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if origin.secure:
                self._context.set_alpn_protocols(["http/1.1"])  # as httpcore does: it may be the application's own
                sock = self._context.wrap_socket(sock, server_hostname=origin.host, do_handshake_on_connect=False)
                watcher.use(sock)
                sock.do_handshake()
            return _Connection(origin, sock)
        except TimeoutError:
            failure = SynthesisTimeout("no connection in time", phase="connect")
        except ssl.SSLError as error:
            failure = InsecureConnection(detail=str(error.reason or error))
        except OSError as error:
            failure = BackendUnavailable("could not connect", detail=str(error))
        watcher.use(None)
        if sock:
            sock.close()
        raise failure

    def _keep(self, connection: _Connection) -> None:
        """Have a connection used again, and close those that have waited for too long."""
        connection.since = monotonic()
        with self._lock:
            self._idle.append(connection)
            kept = 0 if self._closed else _KEPT
            oldest = connection.since - _IDLE
            old = []
            while self._idle and (len(self._idle) > kept or self._idle[0].since < oldest):
                old.append(self._idle.popleft())
        for one in old:
            one.close()

    def close(self) -> None:
        """Close the connections that no request has; the others close when theirs has ended."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, deque()
        for connection in idle:
            connection.close()


class _Origin(NamedTuple):
    secure: bool
    host: str
    port: int


class _Address(NamedTuple):
    origin: _Origin
    authority: str
    target: str


@lru_cache(maxsize=64)  # the same again and again, and slow to take apart
def _address(url: str) -> _Address:
    known = httpx.URL(url)
    secure = known.scheme == "https"
    origin = _Origin(secure, known.raw_host.decode("ascii"), known.port or (443 if secure else 80))
    return _Address(origin, known.netloc.decode("ascii"), known.raw_path.decode("ascii"))


class _Connection:
    def __init__(self, origin: _Origin, sock: socket.socket) -> None:
        self.origin, self.since = origin, 0.0
        self._sock = sock
        self.close = sock.close

    def is_open(self) -> bool:
        """Return whether nothing has come since the last answer; all that would come is the end."""
        self._sock.settimeout(0)
        try:
            socket.socket.recv(self._sock, 1, socket.MSG_PEEK)  # below TLS, which cannot peek
        except BlockingIOError:
            return True
        except OSError:
            pass
        return False

    def ask(self, request: HttpRequest, address: _Address, watcher: Watcher, within: float) -> None:
        """Send a request, in one piece: its head and body would else be two packets."""
        watcher.use(self._sock)
        body = request.body or b""
        headers = {"Host": address.authority, **http_headers(request), "Content-Length": len(body)}
        lines = [f"{request.method} {address.target} HTTP/1.1", *(f"{name}: {text}" for name, text in headers.items())]
        if any(_ENDS_LINE.search(line) for line in lines):
            raise BackendUnavailable("a header of the request has a line break: it was not sent", retryable=False)
        stuck = False
        self._sock.settimeout(within)
        try:
            self._sock.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        except TimeoutError:
            stuck = True  # raised below, where no frame of this error has the key
        except OSError:
            pass  # who refuses a request may do so before it is sent, and then close: the answer tells
        if stuck:
            raise SynthesisTimeout("the vendor does not read", phase="send")

    def answer(self, watcher: Watcher, within: float) -> Answer:
        """Return the answer as soon as its head is there."""
        self._sock.settimeout(within)
        answer = Answer(_Source(self._sock, watcher))  # type: ignore[arg-type]  # all that it needs of a socket
        try:
            answer.begin()
        except BaseException:
            answer.close()
            raise
        return answer


class _Source:
    """What an answer is read from; the watcher is told when that waits."""

    def __init__(self, sock: socket.socket, watcher: Watcher) -> None:
        self._sock, self._watcher = sock, watcher

    def makefile(self, mode: str) -> io.BufferedReader:  # always "rb"
        return io.BufferedReader(_Reading(self._sock.makefile("rb", buffering=0), self._watcher), 65536)


class _Reading(io.RawIOBase):
    def __init__(self, raw: Any, watcher: Watcher) -> None:
        self._raw, self._forward = raw, watcher.forward
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._forward()
        count: int = self._raw.readinto(buffer)
        self.ended = not count
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


def _failure(error: OSError | HTTPException) -> BackendError:
    match error:
        case TimeoutError():
            return SynthesisTimeout("the vendor went silent", phase="stall")
        case IncompleteRead():
            return TruncatedSpeech("the answer was cut", detail=str(error))
        case OSError():  # RemoteDisconnected is one
            return BackendUnavailable("the connection was lost", detail=str(error))
        case _:
            return ProtocolError("the answer is not HTTP", detail=str(error))
