"""Straight to the connections of the asyncio client's own httpx client, which are httpcore's.

httpx knows the proxies and the certificates. Speech needs no cookies, no credentials and no redirects, and what httpx
does for these takes longer than all that we do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import httpcore
import httpx

from ._exchange import HttpRequest
from ._wire import http_headers


__all__ = ["FAILURES", "as_httpx", "decoded", "prepared"]

FAILURES = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError)
"""What httpcore raises."""


def prepared(client: Any, request: HttpRequest, **extensions: Any) -> tuple[Any, httpcore.Request]:
    """Return the pool of *client* that leads to where a request goes, and the request as httpcore takes it.

    Args:
        client: one of our own.
        request: what is sent.
        extensions: of httpcore, such as ``trace``.
    """
    url, target, host = _address(request.url)
    headers = [(b"Host", host), *((name.encode(), value.encode()) for name, value in http_headers(request).items())]
    if request.body is not None:
        headers.append((b"Content-Length", b"%d" % len(request.body)))
    pool = client._transport_for_url(url)._pool  # noqa: SLF001
    extensions["timeout"] = client.timeout.as_dict()
    return pool, httpcore.Request(request.method, target, headers=headers, content=request.body, extensions=extensions)


@lru_cache(maxsize=64)  # the same again and again, and slow to take apart
def _address(url: str) -> tuple[httpx.URL, httpcore.URL, bytes]:
    """Return an address as httpx and as httpcore know it, and what names its host."""
    known = httpx.URL(url)
    target = httpcore.URL(scheme=known.raw_scheme, host=known.raw_host, port=known.port, target=known.raw_path)
    return known, target, known.netloc


def decoded(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[str, str]]:
    """Yield headers as text; RFC 9110, 5.5: what is not ASCII has no meaning of its own."""
    return ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)


def as_httpx(error: Exception) -> httpx.HTTPError:
    """Return one of `FAILURES` as that of httpx, which has the same name."""
    same: httpx.HTTPError = getattr(httpx, type(error).__name__)(str(error))
    same.__cause__ = error
    return same
