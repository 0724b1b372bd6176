"""Calls that are not speech: listing voices, checking the key, and speech that is delivered elsewhere."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from voxbridge import Call, HttpRequest, HttpResponse, Job, ProtocolError, TextTooLong, TextUnit, UsageError, Voice

from ._account import Account
from ._errors import refused
from ._markup import LONGEST, render
from ._matrix import REQUEST
from ._query import Options, query
from ._rest import request
from ._voices import catalogue, has_controls, merged


__all__ = ["check", "list_voices", "submit"]

_CALLBACK_PORTS: Final = (None, 80, 443, 8080, 8443)


def list_voices(account: Account, backend: str) -> Call[tuple[Voice, ...]]:
    """List the shipped voices, and with a key those that the account sees. A token may not ask for them."""
    if account.key is None or account.is_token:
        return catalogue(backend)
    response = yield from _ask(account, "/v1/models")
    if response.status == 404 and not account.hosted:  # a service of one's own need not have a list
        return catalogue(backend)
    return merged(_checked(response, account).json(), backend)


def check(account: Account) -> Call[None]:
    """Prove that the key is good; where none is needed, that somebody answers."""
    response = yield from _ask(account, "/v1/auth/token")
    if response.status != 404 or account.hosted:
        _checked(response, account)


def submit(account: Account, job: Job, unit: TextUnit, options: Options, callback: str | None) -> Call[str]:
    """Have speech delivered to *callback*, and return the request's id.

    Raises:
        UsageError: the callback is none that Deepgram delivers to, or the format is none that it gives.
        UnsupportedUtterance: a pronunciation breaks one of Deepgram's rules.
        TextTooLong: it is more than one request takes.
    """
    _check_callback(callback)
    text = render([unit], ipa=has_controls(job.voice.id)).text
    if len(text) > LONGEST:
        raise TextTooLong(f"deepgram delivers {LONGEST} characters at once, and here are {len(text)}")
    response = yield request(account, query(job, REQUEST, options, callback), text)
    answer = _checked(response, account).json()
    id = answer.get("request_id") if isinstance(answer, dict) else None
    if not isinstance(id, str):
        raise ProtocolError("the answer has no request_id", detail=str(answer)[:200])
    return id


def _check_callback(callback: str | None) -> None:
    if callback is None:
        raise UsageError("deepgram delivers what is submitted to an address of yours: give callback='https://...'")
    try:
        parts = urlsplit(callback)
        good = parts.scheme == "https" and bool(parts.hostname) and parts.port in _CALLBACK_PORTS
    except (ValueError, AttributeError, TypeError):
        good = False
    if not good:
        raise UsageError("deepgram delivers to https addresses with port 80, 443, 8080 or 8443: this callback is none")


def _ask(account: Account, path: str) -> Call[HttpResponse]:
    response = yield HttpRequest(method="GET", url=account.origin + path, headers=account.headers)
    return _answered(response)


def _answered(response: HttpResponse | None) -> HttpResponse:
    if response is None:
        raise TypeError("a request is answered with a response")
    return response


def _checked(response: HttpResponse | None, account: Account) -> HttpResponse:
    """Return a successful answer, or raise what is wrong, without the key should it be echoed."""
    answer = _answered(response)
    if answer.status < 300:
        return answer
    error: Any = refused(answer.status, answer.headers, answer.body)
    if account.key:
        error.detail, error.code = account.key.scrub(error.detail), error.code and account.key.scrub(error.code)
    raise error
