"""HTTP requests of the asyncio client. Loaded when the first one is sent."""

from __future__ import annotations

from ssl import SSLContext

import httpx

from ._async_carriers import clock
from ._carriers import Post
from ._exchange import Fetch, HttpRequest, HttpResponse
from ._models import Timeouts
from ._wire import answered, http_failure, http_headers, http_timeout
from .exceptions import BackendError, BackendUnavailable


__all__ = ["ask", "client", "fetch"]


def client(timeouts: Timeouts, proxy: str | None, context: SSLContext | None) -> httpx.AsyncClient:
    """Return an HTTP client."""
    return httpx.AsyncClient(
        proxy=proxy,
        verify=context if context is not None else True,
        timeout=http_timeout(timeouts),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=30.0),
    )


async def fetch(http: httpx.AsyncClient, action: Fetch, run: int, post: Post, timeouts: Timeouts) -> None:
    """Send a request and post what comes back. A task's work: cancelled, it posts nothing more."""
    request, tag = action.request, action.tag
    failure: BackendError
    try:
        async with http.stream(
            request.method, request.url, headers=http_headers(request), content=request.body,
            timeout=http_timeout(timeouts), follow_redirects=False,
        ) as response:  # fmt: skip
            post((clock(), run, "receive_status", tag, response.status_code, dict(response.headers)))
            async for data in response.aiter_raw():
                post((clock(), run, "receive_data", tag, data))
    except httpx.HTTPError as error:
        failure = http_failure(error)
    except Exception as error:  # noqa: BLE001  # a transport of the application's own may raise anything
        failure = BackendUnavailable(f"the request failed: {type(error).__name__}", detail=str(error))
    else:
        post((clock(), run, "receive_eof", tag))
        return
    post((clock(), run, "receive_failure", tag, failure))


async def ask(http: httpx.AsyncClient, request: HttpRequest, timeouts: Timeouts) -> HttpResponse:
    """Send a request that is not speech, and return its whole answer.

    Raises:
        BackendError: there was none.
    """
    failure: BackendError
    try:
        response = await http.request(
            request.method, request.url, headers=http_headers(request), content=request.body,
            timeout=http_timeout(timeouts), follow_redirects=False,
        )  # fmt: skip
        return answered(request, response.status_code, dict(response.headers), response.content)
    except httpx.HTTPError as error:
        failure = http_failure(error)
    raise failure
