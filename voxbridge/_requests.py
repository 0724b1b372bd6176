"""An application's own `requests.Session`, with its adapters, proxies and credentials."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

import requests
import urllib3

from ._exchange import HttpRequest, HttpResponse
from ._models import Timeouts
from ._wire import answered, check_time, http_headers, http_waits
from .exceptions import (
    BackendError,
    BackendUnavailable,
    InsecureConnection,
    ProxyFailed,
    SynthesisTimeout,
    TruncatedSpeech,
)


__all__ = ["ask", "stream"]


def stream(session: requests.Session, request: HttpRequest, tell: Callable[..., bool], timeouts: Timeouts) -> None:
    """Send a request and tell what comes back, as it comes.

    A request that waits for its answer cannot be called off: requests gives no way to its socket.

    Raises:
        BackendError: the request failed below its status.
    """
    failure: BackendError | None = None
    try:
        with _send(session, request, timeouts) as response:
            if not tell("receive_status", response.status_code, _lower(response)):
                return
            # iter_content holds back bodies with a length, and loses what it has when they are cut.
            while data := response.raw.read1(65536, decode_content=True):
                if not tell("receive_data", data):
                    return
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        failure = _failure(error)
    if failure:
        raise failure
    tell("receive_eof")


def ask(session: requests.Session, request: HttpRequest, timeouts: Timeouts) -> HttpResponse:
    """Send a request that is not speech, and return its whole answer.

    Raises:
        BackendError: there was none.
    """
    failure: BackendError
    began, body = monotonic(), bytearray()
    try:
        with _send(session, request, timeouts) as response:
            for data in response.iter_content(65536):
                body += data
                check_time(request, monotonic() - began)
            return answered(request, response.status_code, _lower(response), bytes(body))
    except requests.RequestException as error:
        failure = _failure(error)
    raise failure


def _send(session: requests.Session, request: HttpRequest, timeouts: Timeouts) -> requests.Response:
    connect, read, _ = http_waits(timeouts, request.timeout)
    return session.request(
        request.method,
        request.url,
        data=request.body,
        headers=http_headers(request),
        stream=True,
        allow_redirects=False,  # the key would go along
        timeout=(connect, read),
    )


def _lower(response: requests.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _failure(error: Any) -> BackendError:  # noqa: PLR0911  # a table, a line each
    match error:
        case requests.exceptions.SSLError():
            return InsecureConnection(detail=str(error))
        case requests.exceptions.ProxyError():
            return ProxyFailed(detail=str(error))
        case requests.exceptions.ConnectTimeout():
            return SynthesisTimeout("no connection in time", phase="connect")
        case requests.exceptions.Timeout() | urllib3.exceptions.TimeoutError():
            return SynthesisTimeout("the vendor went silent", phase="stall")
        case urllib3.exceptions.IncompleteRead() | requests.exceptions.ChunkedEncodingError():
            return TruncatedSpeech("the answer was cut", detail=str(error))
        case urllib3.exceptions.ProtocolError() if "IncompleteRead" in str(error) or "Response ended" in str(error):
            return TruncatedSpeech("the answer was cut", detail=str(error))
        case _:
            return BackendUnavailable("the connection failed", detail=str(error))
