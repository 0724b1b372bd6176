"""aiohttp under the asyncio client, where the extra `fast` is installed: a request takes less than half of the time."""

from __future__ import annotations

import ssl
from contextlib import AbstractAsyncContextManager
from functools import lru_cache

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


__all__ = ["FAILURES", "abort", "failure", "send", "session"]

FAILURES = (aiohttp.ClientError, TimeoutError)
"""What aiohttp raises."""

_IDLE = 30.0  # seconds that an unused connection is kept


def session(timeouts: Timeouts, context: ssl.SSLContext) -> aiohttp.ClientSession:
    """Return what keeps the connections of one client. It reads no netrc and keeps no cookies."""
    connect, read, _ = http_waits(timeouts)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=context, keepalive_timeout=_IDLE),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect, sock_read=read),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
    )


def send(client: aiohttp.ClientSession, request: HttpRequest) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
    """Send a request, and give its answer as soon as its head is there. It may raise one of `FAILURES`."""
    return client.request(
        request.method,
        _address(request.url),
        data=request.body,
        headers=http_headers(request),
        skip_auto_headers=("Accept",),
        allow_redirects=False,  # the key would go along
    )


@lru_cache(maxsize=64)  # the same again and again
def _address(url: str) -> URL:
    return URL(url, encoded=True)  # what is quoted already is not quoted again


def abort(response: aiohttp.ClientResponse) -> None:
    """Close the connection of an answer that was cut at once: TLS would wait for the farewell of a silent vendor."""
    if (connection := response.connection) and connection.transport:
        connection.transport.abort()


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
