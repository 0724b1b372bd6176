"""aiohttp under the asyncio client, where the extra `fast` is installed: a request takes less than half of the time."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from yarl import URL

from ._exchange import HttpRequest
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


__all__ = ["FAILURES", "failure", "send", "session"]

FAILURES = (aiohttp.ClientError, TimeoutError)
"""What aiohttp raises."""

_IDLE = 30.0  # seconds that an unused connection is kept


def session(context: ssl.SSLContext) -> aiohttp.ClientSession:
    """Return what keeps the connections of one client. It follows no redirect, reads no netrc, keeps no cookies."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=context, keepalive_timeout=_IDLE),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=("Accept", "Accept-Encoding"),
    )


@asynccontextmanager
async def send(
    client: aiohttp.ClientSession, request: HttpRequest, timeouts: Timeouts
) -> AsyncIterator[aiohttp.ClientResponse]:
    """Send a request, and give its answer as soon as its head is there.

    Raises:
        aiohttp.ClientError: it failed below its status.
        TimeoutError: likewise.
    """
    connect, read, _ = http_waits(timeouts)
    async with client.request(
        request.method,
        URL(request.url, encoded=True),  # as it is: a query that is quoted again is another one
        data=request.body,
        headers=http_headers(request),
        allow_redirects=False,  # the key would go along
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect, sock_read=read),
    ) as response:
        yield response


def failure(error: Exception) -> BackendError:  # noqa: PLR0911  # a table
    """Return the error for one of `FAILURES`."""
    match error:
        case aiohttp.ClientSSLError():
            return InsecureConnection(detail=str(error))
        case aiohttp.ConnectionTimeoutError():
            return SynthesisTimeout("no connection in time", phase="connect")
        case TimeoutError():
            return SynthesisTimeout("the vendor went silent", phase="stall")
        case aiohttp.ClientConnectorError():
            return BackendUnavailable("could not connect", detail=str(error))
        case aiohttp.ClientPayloadError():
            return TruncatedSpeech("the answer was cut", detail=str(error))
        case aiohttp.ClientResponseError():
            return ProtocolError("the answer is not HTTP", detail=str(error))
        case _:
            return BackendUnavailable("the connection was lost", detail=str(error))
