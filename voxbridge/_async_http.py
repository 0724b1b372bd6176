"""HTTP requests of the asyncio client. Loaded when the first one is sent."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from ssl import SSLContext
from typing import Any
from weakref import ref

import httpx

from ._async_carriers import clock
from ._asyncio_network import USER, Network, Stream
from ._carriers import Post
from ._exchange import Fetch, HttpRequest, HttpResponse
from ._httpcore import FAILURES, as_httpx, decoded, prepared
from ._models import Timeouts
from ._wire import answered, certificates, check_time, http_failure, http_headers, http_timeout, lower
from .exceptions import BackendError, BackendUnavailable


__all__ = ["Fetching", "ask", "client"]


class OwnClient(httpx.AsyncClient):
    """A client that speech has to itself.

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
            pool._network_backend = Network()  # noqa: SLF001
    if not made._mounts and proxy is None:  # noqa: SLF001
        with suppress(ImportError):  # the extra is not installed
            from ._aiohttp import session

            made.fast = session(timeouts, certificates(context))
    return made


class Fetching:
    """A request in a task, which posts what comes back.

    Called off while it connects, it goes on until it is connected: the socket would be lost, if it was just made, and
    httpcore keeps a tunnel for ever in which TLS was not agreed on. Called off while it closes the answer, it goes on
    to the end: httpcore would keep the connection, and all of the request, as one that is in use. So a request over
    our own connections is never cancelled: its connection breaks.
    """

    def __init__(self, http: httpx.AsyncClient, action: Fetch, run: int, post: Post, timeouts: Timeouts) -> None:
        self._http, self._action, self._run, self._post, self._timeouts = http, action, run, post, timeouts
        self._shielded = self._off = False
        self._stream: Stream | None = None
        self._gathered: list[bytes] = []
        self.task: asyncio.Task[None] | None = None

    def cancel(self) -> None:
        """Call the request off: it posts nothing more."""
        self._off = True
        if self._stream:
            self._stream.abort()
        elif self.task and not self._shielded:
            self.task.cancel()

    async def __call__(self) -> None:
        """Send the request. The task's work."""
        failure: BackendError
        try:
            # Credentials in an address are httpx's to take out of it.
            if not isinstance(self._http, OwnClient) or "@" in self._action.request.url:
                await self._fetch_foreign()
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
        self.waits()
        self._tell("receive_failure", failure)

    async def _fetch(self, http: OwnClient) -> None:
        self._shielded = True
        USER.set(ref(self))
        pool, request = prepared(http, self._action.request)
        response = await pool.handle_async_request(request)
        try:
            self._tell("receive_status", response.status, lower(decoded(response.headers)))
            async for data in response.aiter_stream():
                self._gathered.append(data)
        finally:
            self._stream = None  # the connection may be another's before this one hears that it is free
            await response.aclose()
        self.waits()

    async def _fetch_fast(self, session: Any) -> None:
        from . import _aiohttp

        failure: BackendError
        try:
            async with _aiohttp.send(session, self._action.request) as response:
                try:
                    self._tell("receive_status", response.status, lower(decoded(response.raw_headers)))
                    async for data in response.content.iter_any():
                        self._tell("receive_data", data)
                except BaseException:
                    _aiohttp.abort(response)
                    raise
        except _aiohttp.FAILURES as error:
            failure = _aiohttp.failure(error)
        else:
            return
        raise failure

    async def _fetch_foreign(self) -> None:
        request = self._action.request
        async with self._http.stream(
            request.method, request.url, headers=http_headers(request), content=request.body,
            timeout=http_timeout(self._timeouts), follow_redirects=False, extensions={"trace": self._trace},
        ) as response:  # fmt: skip
            self._tell("receive_status", response.status_code, dict(response.headers))
            async for data in response.aiter_raw():
                self._tell("receive_data", data)

    def holds(self, stream: Stream | None) -> None:
        """Know which connection to break. A request that was called off meanwhile is not sent."""
        self._stream = stream
        if stream and self._off:
            stream.abort()

    def waits(self) -> None:
        """Post what was gathered: the connection is about to wait for more."""
        if self._gathered:
            pieces, self._gathered = self._gathered, []
            self._tell("pieces", pieces)

    def _tell(self, kind: str, *args: Any) -> None:
        if not self._off:
            self._post((clock(), self._run, kind, self._action.tag, *args))

    async def _trace(self, event: str, info: Any) -> None:
        """Follow what the httpcore of somebody else's client does."""
        if event.endswith(("connect_tcp.started", "start_tls.started", "response_closed.started")):
            self._shielded = True
        elif self._shielded and event.startswith("http") and "response_closed" not in event:
            self._shielded = False
            if self._off:
                raise asyncio.CancelledError


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
