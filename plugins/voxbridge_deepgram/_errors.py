"""Deepgram's refusals, closes and error frames as errors of ours. It spells them in several ways."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from voxbridge import (
    BackendError,
    BackendUnavailable,
    ProtocolError,
    TextTooLong,
    VoiceNotFound,
    refusal,
    refusal_of_close,
)


__all__ = ["TOO_FAST", "closed", "failed", "in_words", "refused"]

TOO_FAST: Final = "DATA-0001"

_CODE: Final = re.compile(r"(MESSAGE|DATA|BIG|NET)-\d{4}", re.IGNORECASE)
_CLOSE_OF: Final = {"MESSAGE": 1003, "DATA": 1008, "BIG": 1009, "NET": 1011}
_MEANINGS: Final = {
    "MESSAGE-0000": "it takes no frames of this type",
    "DATA-0000": "a message was no valid command",
    "DATA-0001": "too many characters in a short time",
    "BIG-0000": "a message was too large",
    "BIG-0001": "the text has too many characters",
    "NET-0000": "an internal error",
    "NET-0001": "it did not receive the message",
    "NET-0002": "it could not send",
    "NET-0003": "the connection's time is over",
}
# Codes of HTTP bodies, should an error frame have one.
_STATUS_OF: Final = {
    "INVALID_AUTH": 401,
    "INSUFFICIENT_PERMISSIONS": 403,
    "FORBIDDEN": 403,
    "ASR_PAYMENT_REQUIRED": 402,
    "TOO_MANY_REQUESTS": 429,
    "PAYLOAD_TOO_LARGE": 413,
    "INVALID_QUERY_PARAMETER": 400,
    "UNSUPPORTED_AUDIO_FORMAT": 400,
    "UNPROCESSABLE_ENTITY": 422,
}
_SPELLINGS: Final = {
    "code": ("err_code", "error_code", "warn_code", "category", "code", "variant"),
    "words": ("err_msg", "message", "warn_msg", "description", "error", "reason"),
}


def in_words(message: Mapping[str, Any]) -> tuple[str | None, str]:
    """Return code and words of an error or a warning, whichever way they are spelt."""
    code, words = (
        next(
            (str(message[name]) for name in names if isinstance(message.get(name), (str, int)) and message[name]), None
        )
        for names in _SPELLINGS.values()
    )
    details = message.get("details")
    return code, ": ".join(filter(None, (words, details if isinstance(details, str) else None)))


def refused(status: int, headers: Mapping[str, str], body: bytes) -> BackendError:
    """Return the error of a refused request or handshake. Header names are lower case.

    The reason is in the body, as JSON of one of three shapes, as text or as a proxy's page; else in ``dg-error``.
    """
    code, words, request_id = _reason(body)
    words = words or headers.get("dg-error", "")
    error = refusal(status, headers, body, code=code, detail=words)
    if status in {400, 404, 422} and "no such model" in words.lower():
        error = VoiceNotFound(status_code=status, code=code, detail=words)
    elif status == 400 and "exceeds maximum character limit" in words.lower():
        error = TextTooLong(status_code=status, code=code, detail=words)
    elif status < 300:
        error = ProtocolError("words came where audio should be", status_code=status, code=code, detail=words)
    error.request_id = headers.get("dg-request-id") or request_id
    return error


def _reason(body: bytes) -> tuple[str | None, str, str | None]:
    """Return code, words and request id of a body."""
    try:
        answer = json.loads(body)
    except ValueError:
        return None, _plain(body.decode("utf-8", "replace")), None
    if not isinstance(answer, dict):
        return None, str(answer), None
    request_id = answer.get("request_id")
    code, words = in_words(answer)
    return code, words or json.dumps(answer), request_id if isinstance(request_id, str) else None


def _plain(page: str) -> str:
    """Return the words of a page of HTML; other text as it is."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split()) if page.lstrip().startswith("<") else page


def closed(code: int, reason: str) -> BackendError:
    """Return the error of a close while something is owed. The reason is a code, or prose that holds one."""
    found = _CODE.search(reason)
    known = found[0].upper() if found else None
    if code not in _CLOSE_OF.values() and found:
        code = _CLOSE_OF[found[1].upper()]
    error = refusal_of_close(code, reason)
    error.code = known
    if known in _MEANINGS:
        error.message += f": {_MEANINGS[known]}"
    return error


def failed(message: Mapping[str, Any]) -> BackendError:
    """Return the error of an error frame: that of the close, or of the HTTP status, whose code it has."""
    code, words = in_words(message)
    if found := _CODE.search(f"{code} {words}"):
        error = closed(_CLOSE_OF[found[1].upper()], found[0])
        error.detail = words or found[0]
        return error
    status = _STATUS_OF.get((code or "").upper().replace(" ", "_"))
    if status:
        return refusal(status, {}, b"", code=code, detail=words)
    return BackendUnavailable("an error frame came", code=code, detail=words or json.dumps(dict(message)))
