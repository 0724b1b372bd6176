"""HTTP requests of the blocking client. Loaded when the first one is sent."""

from __future__ import annotations

import socket
from collections.abc import Callable
from ssl import SSLContext
from threading import Lock, local
from time import monotonic
from typing import Any

import httpcore
import httpx

from ._exchange import Fetch, HttpRequest, HttpResponse
from ._http_client import Session
from ._models import Timeouts
from ._wire import answered, certificates, check_time, http_failure, http_headers, http_timeout, lower
from .exceptions import BackendError, BackendUnavailable


__all__ = ["Fetching", "ask", "client"]

_current = local()


class OwnClient(httpx.Client):
    """A client whose requests can be called off at any moment.

    Speech goes over `fast`, where no proxy is in the way.
    """

    fast: Session | None = None

    def close(self) -> None:
        """Close all connections."""
        super().close()
        if self.fast:
            self.fast.close()


def client(timeouts: Timeouts, proxy: str | None, context: SSLContext | None) -> OwnClient:
    """Return an HTTP client."""
    context = certificates(context)
    made = OwnClient(
        proxy=proxy,
        verify=context,
        timeout=http_timeout(timeouts),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=30.0),
    )
    # httpx passes no network backend through, and a thread that waits for headers can be woken only below it.
    for transport in (made._transport, *made._mounts.values()):  # noqa: SLF001
        if pool := getattr(transport, "_pool", None):
            pool._network_backend = _Network()  # noqa: SLF001
    if not made._mounts and proxy is None:  # noqa: SLF001
        made.fast = Session(timeouts, context)
    return made


class Fetching:
    """A request in a thread."""

    def __init__(
        self, http: Any, action: Fetch, run: int, post: Callable[[tuple[Any, ...]], object], timeouts: Timeouts
    ) -> None:
        self._http, self._action, self._run, self._post, self._timeouts = http, action, run, post, timeouts
        self.off = False
        self._socket: socket.socket | None = None
        self._holding = Lock()  # of the socket: once it is let go, it may be another request's
        self._head: tuple[int, dict[str, str]] | None = None
        self._gathered: list[bytes] = []

    def __call__(self) -> None:
        """Send the request and post what comes back. Runs in the thread."""
        _current.fetching = self
        try:
            # Credentials in an address are httpx's to take out of it.
            if isinstance(self._http, OwnClient) and self._http.fast and "@" not in self._action.request.url:
                self._fetch(self._http.fast)
            elif isinstance(self._http, httpx.Client):
                self._stream(self._http)
            else:
                from ._requests import stream

                stream(self._http, self._action.request, self._tell, self._timeouts)
        except httpx.HTTPError as error:
            self._fail(http_failure(error))
        except BackendError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001  # a transport of the application's own may raise anything
            self._fail(BackendUnavailable(f"the request failed: {type(error).__name__}", detail=str(error)))
        finally:
            _current.fetching = None

    def _fetch(self, session: Session) -> None:
        with session.send(self._action.request, self) as response:
            self._head = response.status, lower(response.getheaders())
            for data in response.pieces():
                self._gathered.append(data)
                if self.off:
                    return
        self.forward()
        self._tell("receive_eof")

    def _stream(self, http: httpx.Client) -> None:
        request = self._action.request
        with http.stream(
            request.method, request.url, headers=http_headers(request), content=request.body,
            timeout=http_timeout(self._timeouts), follow_redirects=False,
        ) as response:  # fmt: skip
            self.use(_socket(response.extensions.get("network_stream")))
            try:
                if not self._tell("receive_status", response.status_code, dict(response.headers.items())):
                    return
                for data in response.iter_raw():
                    if not self._tell("receive_data", data):
                        return
            finally:
                self.use(None)
        self._tell("receive_eof")

    def forward(self) -> bool:
        """Post what was gathered: the connection is about to wait for more."""
        if self._head:
            head, self._head = self._head, None
            self._tell("receive_status", *head)
        if self._gathered:
            pieces, self._gathered = self._gathered, []
            return self._tell("pieces", pieces)
        return not self.off

    def _tell(self, kind: str, *args: Any) -> bool:
        if not self.off:
            self._post((monotonic(), self._run, kind, self._action.tag, *args))
        return not self.off

    def _fail(self, error: BackendError) -> None:
        error.__traceback__ = None
        self.forward()
        self._tell("receive_failure", error)

    def use(self, sock: socket.socket | None) -> None:
        """Note which socket the request has, or that it has none any more."""
        with self._holding:
            self._socket = sock
        if self.off:
            self.cancel()

    def cancel(self) -> None:
        """Call the request off; its thread ends at once, also while it waits for the answer."""
        self.off = True
        if self._holding.acquire(blocking=False):  # else the thread is in `use`, which sees to it
            try:
                if self._socket:
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # below TLS, which another thread reads
            except OSError:
                pass  # closed already
            finally:
                self._holding.release()


def _socket(stream: Any) -> socket.socket | None:
    """Return the socket of httpcore's network stream."""
    sock = stream.get_extra_info("socket") if stream is not None else None
    return sock if isinstance(sock, socket.socket) else None


class _Network(httpcore.SyncBackend):
    """Tell each request which connection it has got."""

    def connect_tcp(self, *args: Any, **settings: Any) -> httpcore.NetworkStream:
        if (fetching := getattr(_current, "fetching", None)) and fetching.off:
            raise httpcore.ConnectError("nobody waits for it any more")
        return _Watched(super().connect_tcp(*args, **settings))


class _Watched(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self.read = stream.read  # type: ignore[method-assign]
        self.close = stream.close  # type: ignore[method-assign]
        self.get_extra_info = stream.get_extra_info  # type: ignore[method-assign]

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if fetching := getattr(_current, "fetching", None):
            fetching.use(_socket(self._stream))
        self._stream.write(buffer, timeout)

    def start_tls(self, *args: Any, **settings: Any) -> httpcore.NetworkStream:
        return _Watched(self._stream.start_tls(*args, **settings))


def ask(http: Any, request: HttpRequest, timeouts: Timeouts) -> HttpResponse:
    """Send a request that is not speech, and return its whole answer.

    Raises:
        BackendError: there was none.
    """
    if not isinstance(http, httpx.Client):
        from ._requests import ask as ask_session

        return ask_session(http, request, timeouts)
    failure: BackendError
    began, body = monotonic(), bytearray()
    try:
        with http.stream(
            request.method, request.url, headers=http_headers(request), content=request.body,
            timeout=http_timeout(timeouts, request.timeout), follow_redirects=False,
        ) as response:  # fmt: skip
            for data in response.iter_bytes():
                body += data
                check_time(request, monotonic() - began)
            return answered(request, response.status_code, dict(response.headers), bytes(body))
    except httpx.HTTPError as error:
        failure = http_failure(error)
    raise failure
