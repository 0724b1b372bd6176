"""What both shells say of connections: settings, revealed headers, and other libraries' errors in our terms."""

from __future__ import annotations

import logging
import math
import ssl
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ._models import Secret
from .exceptions import (
    BackendError,
    BackendUnavailable,
    InsecureConnection,
    ProtocolError,
    ProxyFailed,
    SynthesisTimeout,
    TruncatedSpeech,
)


if TYPE_CHECKING:
    import httpx
    from websockets.exceptions import InvalidStatus

    from ._exchange import HttpRequest, HttpResponse
    from ._models import Timeouts


__all__ = [
    "answered",
    "certificates",
    "check_time",
    "close_of",
    "environment_proxy",
    "http_failure",
    "http_headers",
    "http_timeout",
    "http_waits",
    "lower",
    "refused",
    "reveal",
    "socket_failure",
    "socket_settings",
]

_LOST = "the connection was lost"
_logger = logging.getLogger("voxbridge.websockets")
_logger.setLevel(logging.INFO)  # at DEBUG the library writes every header, and so the key


def _is_news(record: logging.LogRecord) -> bool:
    """Return whether nobody else tells of it: the library writes a traceback where data, or a ping, meets a reset."""
    error = record.exc_info[1] if record.exc_info else None
    return not (isinstance(error, EOFError) or type(error).__name__.startswith("ConnectionClosed"))


_logger.addFilter(_is_news)


def reveal(headers: Mapping[str, str | Secret]) -> dict[str, str]:
    """Return headers as they go over the wire; a callable key is called here."""
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in headers.items()}


def socket_settings(spec: Any, proxy: str | None, context: ssl.SSLContext | None) -> dict[str, Any]:
    """Return what both of websockets' ``connect`` take for a socket of *spec*."""
    settings: dict[str, Any] = {
        "compression": None,  # audio does not shrink, and base64 not worth its time
        "max_size": spec.max_frame,
        "ping_interval": spec.ping,
        "proxy": proxy or True,  # True: the environment's
        "logger": _logger,
    }
    if spec.url.startswith("wss:") and context is not None:
        settings["ssl"] = context
    return settings


def environment_proxy(url: str) -> bool:
    """Return whether the environment has a proxy for this URL."""
    from websockets.proxy import get_proxy
    from websockets.uri import parse_uri

    return get_proxy(parse_uri(url)) is not None


def close_of(error: BaseException) -> tuple[int, str]:
    """Return close code and reason of an application's own transport, where its error tells them."""
    close = getattr(error, "rcvd", None) or error
    code = getattr(close, "code", None)
    return (code if isinstance(code, int) else 1006), str(getattr(close, "reason", "") or "")


def refused(error: InvalidStatus) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers with lower-case names, and body of a refused handshake."""
    response = error.response
    headers = {name.lower(): value for name, value in response.headers.raw_items()}
    return response.status_code, headers, bytes(response.body or b"")


def _tls(error: BaseException | None) -> ssl.SSLError | None:
    """Return the TLS error behind *error*, however deep it lies."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__ or error.__context__
    return None


def socket_failure(error: BaseException) -> BackendError:  # noqa: PLR0911  # a table
    """Return the error for a WebSocket that could not be connected, or failed below the close handshake."""
    from websockets import exceptions
    from websockets.exceptions import InvalidHandshake, InvalidMessage, PayloadTooBig, ProxyError

    if isinstance(error, TimeoutError):
        return SynthesisTimeout("no connection in time", phase="connect")
    if isinstance(error, ProxyError):
        return ProxyFailed(detail=str(error))
    if tls := _tls(error):
        return InsecureConnection(detail=str(getattr(tls, "reason", None) or tls))
    if isinstance(error, PayloadTooBig):
        return ProtocolError("a frame is larger than is accepted", detail=str(error), retryable=False)
    if isinstance(error, (exceptions.ProtocolError, UnicodeDecodeError)):
        return ProtocolError("what came is not a WebSocket's", detail=str(error))
    if isinstance(error, (OSError, EOFError, InvalidMessage)):
        return BackendUnavailable("could not connect", detail=str(error))
    if isinstance(error, InvalidHandshake):
        return ProtocolError("the handshake is not a WebSocket's", detail=str(error))
    return BackendUnavailable("could not connect", detail=f"{type(error).__name__}: {error}")


def http_failure(error: httpx.HTTPError) -> BackendError:  # noqa: C901, PLR0911  # a table
    """Return the error for an HTTP request that failed below its status."""
    import httpx

    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return SynthesisTimeout("no connection in time", phase="connect")
        case httpx.WriteTimeout():
            return SynthesisTimeout("the vendor does not read", phase="send")
        case httpx.TimeoutException():
            return SynthesisTimeout("the vendor went silent", phase="stall")
        case httpx.ProxyError():
            return ProxyFailed(detail=str(error))
        case httpx.ConnectError() if tls := _tls(error):
            return InsecureConnection(detail=str(getattr(tls, "reason", None) or tls))
        case httpx.ConnectError():
            return BackendUnavailable("could not connect", detail=str(error))
        case httpx.RemoteProtocolError() if "without sending a response" in str(error):
            return BackendUnavailable(_LOST, detail=str(error))
        case httpx.RemoteProtocolError() if "peer closed connection" in str(error):
            return TruncatedSpeech("the answer was cut", detail=str(error))
        case httpx.RemoteProtocolError() | httpx.DecodingError():
            return ProtocolError("the answer is not HTTP", detail=str(error))
        case httpx.NetworkError():
            return BackendUnavailable(_LOST, detail=str(error))
        case _:
            return BackendUnavailable(f"the request failed: {type(error).__name__}", detail=str(error))


def answered(request: HttpRequest, status: int, headers: Mapping[str, str], body: bytes) -> HttpResponse:
    """Return a whole answer; a vendor that complains of a key and repeats it does so in vain."""
    from ._exchange import HttpResponse

    if status >= 400:
        for value in request.headers.values():
            if isinstance(value, Secret):
                body = value.scrub(body.decode("utf-8", "replace")).encode()
    return HttpResponse(status=status, headers=headers, body=body)


def http_headers(request: HttpRequest) -> dict[str, str]:
    """Return a request's headers as they go over the wire."""
    from . import __version__

    # No compression: audio does not shrink, and its length is counted.
    return {"user-agent": f"voxbridge/{__version__}", "accept-encoding": "identity", **reveal(request.headers)}


def lower(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers by their names in lower case; RFC 9110, 5.3: those of one name are joined by commas."""
    found: dict[str, str] = {}
    for raw, text in headers:
        name, value = raw.lower(), text.strip()
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def certificates(context: ssl.SSLContext | None) -> ssl.SSLContext:
    """Return the context of a client, else one that trusts what the system trusts, as sockets do."""
    return context or ssl.create_default_context()


def http_timeout(timeouts: Timeouts, longest: float | None = None) -> httpx.Timeout:
    """Return httpx's clocks: a little behind our own, which know what they wait for, and at most *longest*."""
    import httpx

    connect, read, write = http_waits(timeouts, longest)
    return httpx.Timeout(connect=connect, write=write, read=read, pool=None)


def http_waits(timeouts: Timeouts, longest: float | None = None) -> tuple[float, float, float]:
    """Return the seconds that connecting, reading and writing may take, each at most *longest*."""
    bound = math.inf if longest is None else longest
    silence = max(timeouts.first_audio, timeouts.stall) + 1.0
    return min(timeouts.connect, bound), min(silence, bound), min(timeouts.send, bound)


def check_time(request: HttpRequest, elapsed: float) -> None:
    """Raise `SynthesisTimeout` if the whole answer takes longer than the request allows."""
    if request.timeout is not None and elapsed >= request.timeout:
        raise SynthesisTimeout(f"the answer was not whole within {request.timeout:g} s", phase="body")
