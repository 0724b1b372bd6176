"""HTTP requests of the asyncio client. Loaded when the first one is sent."""

from __future__ import annotations

import asyncio
from ssl import SSLContext
from typing import Any

import httpx

from ._async_carriers import clock
from ._carriers import Post
from ._exchange import Fetch, HttpRequest, HttpResponse
from ._models import Timeouts
from ._wire import answered, check_time, http_failure, http_headers, http_timeout
from .exceptions import BackendError, BackendUnavailable


__all__ = ["Fetching", "ask", "client"]


def client(timeouts: Timeouts, proxy: str | None, context: SSLContext | None) -> httpx.AsyncClient:
    """Return an HTTP client."""
    return httpx.AsyncClient(
        proxy=proxy,
        verify=context if context is not None else True,
        timeout=http_timeout(timeouts),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=30.0),
    )


class Fetching:
    """A request in a task, which posts what comes back.

    Called off while it connects, it goes on until it is connected: anyio would lose the socket, if it was just made.
    Called off while it closes the answer, it goes on to the end: httpcore would keep the connection, and all of the
    request, as one that is in use for ever.
    """

    def __init__(self, http: httpx.AsyncClient, action: Fetch, run: int, post: Post, timeouts: Timeouts) -> None:
        self._http, self._action, self._run, self._post, self._timeouts = http, action, run, post, timeouts
        self._connecting = self._closing = self._off = False
        self.task: asyncio.Task[None] | None = None

    def cancel(self) -> None:
        """Call the request off: it posts nothing more."""
        self._off = True
        if self.task and not (self._connecting or self._closing):
            self.task.cancel()

    async def __call__(self) -> None:
        """Send the request. The task's work."""
        request = self._action.request
        failure: BackendError
        try:
            async with self._http.stream(
                request.method, request.url, headers=http_headers(request), content=request.body,
                timeout=http_timeout(self._timeouts), follow_redirects=False, extensions={"trace": self._trace},
            ) as response:  # fmt: skip
                self._tell("receive_status", response.status_code, dict(response.headers))
                async for data in response.aiter_raw():
                    self._tell("receive_data", data)
        except httpx.HTTPError as error:
            failure = http_failure(error)
        except Exception as error:  # noqa: BLE001  # a transport of the application's own may raise anything
            failure = BackendUnavailable(f"the request failed: {type(error).__name__}", detail=str(error))
        else:
            self._tell("receive_eof")
            return
        self._tell("receive_failure", failure)

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
