"""Deepdub's refusals, closes and error frames as errors of ours. It has four ways to spell them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from voxbridge import (
    AuthenticationError,
    BackendError,
    BackendUnavailable,
    ProtocolError,
    RateLimited,
    RejectedRequest,
    TextTooLong,
    VoiceNotFound,
    refusal,
    refusal_of_close,
)


__all__ = ["closed", "failed", "refused"]

_TYPES: Final = {
    "RateLimit": 429,
    "MaxExceeded": 402,
    "InsufficientCredits": 402,
    "InvalidInput": 400,
    "Unauthorized": 401,
}
# What frames say that have no type. The words are examples, not a contract: hence the loose reading.
_WORDS: Final = (
    (re.compile(r"rate ?limit|free tier|concurren", re.IGNORECASE), 429),
    (re.compile(r"insufficient ?credits|no remaining credits|max ?exceeded", re.IGNORECASE), 402),
    (re.compile(r"unauthori[sz]ed|api key", re.IGNORECASE), 401),
    (re.compile(r"invalid (request|input)|missing required field", re.IGNORECASE), 400),
)
_TYPED: Final = re.compile(rf"({'|'.join(_TYPES)})\b", re.IGNORECASE)
_NO_VOICE: Final = re.compile(r"voice[\w ]* not found|(unknown|invalid) voice", re.IGNORECASE)
_TOO_LONG: Final = re.compile(r"text[\w ]* too long|(character|length) limit|max\w* (character|length)", re.IGNORECASE)
_TRIAL: Final = re.compile(r"free tier|free trial", re.IGNORECASE)


def refused(status: int, headers: Mapping[str, str], body: bytes, region: str | None = None) -> BackendError:
    """Return the error of a refused request or handshake, or of words where audio should be.

    Args:
        status: of HTTP; below 300 the words are in audio's place.
        headers: their names in lower case.
        body: JSON of one of three shapes, text, or a proxy's page.
        region: where it was asked, for the advice about keys.
    """
    words = _reason(body)
    if status < 300:
        error: BackendError = ProtocolError("words came where audio should be", status_code=status, detail=words)
    else:
        error = _error(status, words, headers, region=region)
    error.request_id = error.request_id or headers.get("x-generation-id")
    return error


def failed(message: Mapping[str, Any], region: str | None = None) -> BackendError:
    """Return the error of an error frame: of a generation (``error``, ``errorType``) or a session (``message``)."""
    words = _in_words(message)
    kind = message.get("errorType")
    kind = kind if isinstance(kind, str) and kind else None
    status = _TYPES.get(kind or "") or next((status for pattern, status in _WORDS if pattern.search(words)), None)
    id = message.get("generationId")
    if status is None and (message.get("action") == "error" or _NO_VOICE.search(words)):
        status = 400  # a session's errors are all about what it was told
    if status is None:
        error: BackendError = BackendUnavailable("an error frame came", code=kind, detail=words)
    else:
        error = _error(status, words, {}, code=kind, region=region)
    error.request_id = id if isinstance(id, str) else None
    return error


def closed(code: int, reason: str, region: str | None = None) -> BackendError:
    """Return the error of a close while something is owed. No codes are documented; 4000 and above are refusals."""
    status = next((status for pattern, status in _WORDS if pattern.search(reason)), None)
    if status is not None:
        return _error(status, reason, {}, region=region)
    if code >= 4000:
        return RejectedRequest("the socket was closed", status_code=code, detail=reason)
    return refusal_of_close(code, reason)


def _error(
    status: int, words: str, headers: Mapping[str, str], *, code: str | None = None, region: str | None = None
) -> BackendError:
    found = _TYPED.match(words)
    code = code or (found[1] if found else None)
    error = refusal(status, headers, b"", code=code, detail=words)
    if isinstance(error, AuthenticationError):
        error.message = _advice(status, words, region)
    elif isinstance(error, RateLimited) and _TRIAL.search(words):
        error.message = "the free trial of this address is used up for today: get a key of your own"
        error.retryable = False
    elif status in {400, 404, 422}:
        named = _NO_VOICE.search(words) or (status == 404 and not re.search("model|generation", words, re.IGNORECASE))
        kind = VoiceNotFound if named else TextTooLong if _TOO_LONG.search(words) else RejectedRequest
        error = kind(status_code=status, code=code, detail=words)
    return error


def _advice(status: int, words: str, region: str | None) -> str:
    if status == 403 and re.search("limit|quota", words, re.IGNORECASE):
        return "a limit of the account is reached"
    here = f", and this is {region!r}" if region else ""
    return f"the key was refused; a key is bound to one region{here}"


def _reason(body: bytes) -> str:
    """Return the words of a body."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return _plain(body[:4096].decode("utf-8", "replace"))
    return _in_words(answer) if isinstance(answer, dict) else str(answer)


def _in_words(answer: Mapping[str, Any]) -> str:
    found = [answer[name] for name in ("message", "error", "detail") if isinstance(answer.get(name), str)]
    return ": ".join(filter(None, found)) if found else json.dumps(dict(answer))[:2048]


def _plain(page: str) -> str:
    """Return the words of a page of HTML; other text as it is."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split()) if page.lstrip().startswith("<") else page
