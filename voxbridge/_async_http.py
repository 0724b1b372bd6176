"""HTTP requests of the asyncio client. Loaded when the first one is sent."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from contextvars import ContextVar
from ssl import SSLContext
from typing import Any

import httpcore
import httpx

from ._async_carriers import clock
from ._carriers import Post
from ._exchange import Fetch, HttpRequest, HttpResponse
from ._httpcore import FAILURES, as_httpx, decoded, prepared
from ._models import Timeouts
from ._wire import answered, certificates, check_time, http_failure, http_headers, http_timeout, lower
from .exceptions import BackendError, BackendUnavailable


__all__ = ["Fetching", "ask", "client"]


_current: ContextVar[Fetching] = ContextVar("fetching")


class OwnClient(httpx.AsyncClient):
    """A client whose connections tell the request that uses them when they wait for more.

    Speech goes over `fast`, where aiohttp is installed and no proxy is in the way: aiohttp takes half of the time.
    """

    fast: Any = None

    async def aclose(self) -> None:
        """Close all connections."""
        await super().aclose()
        if self.fast:
            await self.fast.close()


def client(timeouts: Timeouts, proxy: str | None, context: SSLContext | None) -> OwnClient:
    """Return an HTTP client."""
    made = OwnClient(
        proxy=proxy,
        verify=certificates(context),
        timeout=http_timeout(timeouts),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=30.0),
    )
    for transport in (made._transport, *made._mounts.values()):  # noqa: SLF001  # it passes no network backend through
        if pool := getattr(transport, "_pool", None):
            pool._network_backend = _Network()  # noqa: SLF001
    if not made._mounts and proxy is None:  # noqa: SLF001
        with suppress(ImportError):  # the extra is not installed
            from ._aiohttp import session

            made.fast = session(timeouts, certificates(context))
    return made


class Fetching:
    """A request in a task, which posts what comes back.

    Called off while it connects, it goes on until it is connected: anyio would lose the socket, if it was just made.
    Called off while it closes the answer, it goes on to the end: httpcore would keep the connection, and all of the
    request, as one that is in use for ever.
    """

    def __init__(self, http: httpx.AsyncClient, action: Fetch, run: int, post: Post, timeouts: Timeouts) -> None:
        self._http, self._action, self._run, self._post, self._timeouts = http, action, run, post, timeouts
        self._connecting = self._closing = self._off = False
        self._gathered: list[bytes] = []
        self.task: asyncio.Task[None] | None = None

    def cancel(self) -> None:
        """Call the request off: it posts nothing more."""
        self._off = True
        if self.task and not (self._connecting or self._closing):
            self.task.cancel()

    async def __call__(self) -> None:
        """Send the request. The task's work."""
        _current.set(self)
        failure: BackendError
        try:
            # Credentials in an address are httpx's to take out of it.
            if not isinstance(self._http, OwnClient) or "@" in self._action.request.url:
                await self._stream()
            elif self._http.fast:
                await self._fetch_fast(self._http.fast)
            else:
                await self._fetch(self._http)
        except BackendError as error:
            error.__traceback__ = None
            failure = error
        except httpx.HTTPError as error:
            failure = http_failure(error)
        except FAILURES as error:
            failure = http_failure(as_httpx(error))
        except Exception as error:  # noqa: BLE001  # a transport of the application's own may raise anything
            failure = BackendUnavailable(f"the request failed: {type(error).__name__}", detail=str(error))
        else:
            self._tell("receive_eof")
            return
        self.forward()
        self._tell("receive_failure", failure)

    async def _fetch(self, http: OwnClient) -> None:
        pool, request = prepared(http, self._action.request, trace=self._trace)
        response = await pool.handle_async_request(request)
        try:
            self._tell("receive_status", response.status, lower(decoded(response.headers)))
            async for data in response.aiter_stream():
                self._gathered.append(data)
        finally:
            await response.aclose()
        self.forward()

    async def _fetch_fast(self, session: Any) -> None:
        from . import _aiohttp

        failure: BackendError
        try:
            async with _aiohttp.send(session, self._action.request) as response:
                self._tell("receive_status", response.status, lower(decoded(response.raw_headers)))
                async for data in response.content.iter_any():
                    self._tell("receive_data", data)
        except _aiohttp.FAILURES as error:
            failure = _aiohttp.failure(error)
        else:
            return
        raise failure

    async def _stream(self) -> None:
        request = self._action.request
        async with self._http.stream(
            request.method, request.url, headers=http_headers(request), content=request.body,
            timeout=http_timeout(self._timeouts), follow_redirects=False, extensions={"trace": self._trace},
        ) as response:  # fmt: skip
            self._tell("receive_status", response.status_code, dict(response.headers))
            async for data in response.aiter_raw():
                self._tell("receive_data", data)

    def forward(self) -> None:
        """Post what was gathered: the connection is about to wait for more."""
        if self._gathered:
            pieces, self._gathered = self._gathered, []
            self._tell("pieces", pieces)

    def _tell(self, kind: str, *args: Any) -> None:
        if not self._off:
            self._post((clock(), self._run, kind, self._action.tag, *args))

    async def _trace(self, event: str, info: Any) -> None:
        """Follow what httpcore does."""
        if event.endswith(("connect_tcp.started", "start_tls.started")):
            self._connecting = True
        elif event.endswith("response_closed.started"):
            self._closing = True
        elif self._connecting and event.startswith("http"):
            self._connecting = False
            if self._off:
                raise asyncio.CancelledError


class _Network(httpcore.AnyIOBackend):
    """Tell each request when its connection waits for more."""

    async def connect_tcp(self, *args: Any, **settings: Any) -> httpcore.AsyncNetworkStream:
        return _Watched(await super().connect_tcp(*args, **settings))


class _Watched(httpcore.AsyncNetworkStream):
    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self.write = stream.write  # type: ignore[method-assign]
        self.aclose = stream.aclose  # type: ignore[method-assign]
        self.get_extra_info = stream.get_extra_info  # type: ignore[method-assign]

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        if fetching := _current.get(None):
            fetching.forward()
        return await self._stream.read(max_bytes, timeout)

    async def start_tls(self, *args: Any, **settings: Any) -> httpcore.AsyncNetworkStream:
        return _Watched(await self._stream.start_tls(*args, **settings))


async def ask(http: httpx.AsyncClient, request: HttpRequest, timeouts: Timeouts) -> HttpResponse:
    """Send a request that is not speech, and return its whole answer.

    Raises:
        BackendError: there was none.
    """
    failure: BackendError
    began, body = clock(), bytearray()
    try:
        async with http.stream(
            request.method, request.url, headers=http_headers(request), content=request.body,
            timeout=http_timeout(timeouts, request.timeout), follow_redirects=False,
        ) as response:  # fmt: skip
            async for data in response.aiter_bytes():
                body += data
                check_time(request, clock() - began)
            return answered(request, response.status_code, dict(response.headers), bytes(body))
    except httpx.HTTPError as error:
        failure = http_failure(error)
    raise failure
