"""What HTTP statuses and WebSocket closes mean, whichever vendor sends them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from .exceptions import (
    AuthenticationError,
    BackendError,
    BackendUnavailable,
    OutOfCredits,
    ProtocolError,
    RateLimited,
    RejectedRequest,
    SynthesisTimeout,
    TextTooLong,
    TruncatedSpeech,
    VoiceNotFound,
)


__all__ = ["refusal", "refusal_of_close"]


def refusal(
    status: int, headers: Mapping[str, str], body: bytes, *, code: str | None = None, detail: str | None = None
) -> BackendError:
    """Return the error that an HTTP status means.

    Args:
        headers: with lower-case names; ``retry-after`` and ``retry-after-ms`` are read.
        body: the vendor's reason; its usual JSON fields are looked for.
        code: the vendor's code, where its backend knows better.
        detail: the vendor's words, likewise.
    """
    found_code, words = _reason(body)
    error: type[BackendError]
    match status:
        case 401 | 403:
            error = AuthenticationError
        case 402:
            error = OutOfCredits
        case 404:
            error = VoiceNotFound
        case 408 | 504:
            error = SynthesisTimeout
        case 413:
            error = TextTooLong
        case 429:
            error = RateLimited
        case _ if 400 <= status < 500:
            error = RejectedRequest
        case _ if status >= 500:
            error = BackendUnavailable
        case _:
            error = ProtocolError
    return error(
        status_code=status,
        code=code or found_code,
        detail=detail if detail is not None else words,
        retry_after=_retry_after(headers),
        phase="first_audio" if error is SynthesisTimeout else None,
    )


def refusal_of_close(code: int, reason: str) -> BackendError:
    """Return the error that a WebSocket close means while something is owed (RFC 6455, 7.4.1)."""
    match code:
        case 1003 | 1008:
            return RejectedRequest("the socket was closed", status_code=code, detail=reason)
        case 1009:
            return TextTooLong("the socket was closed", status_code=code, detail=reason)
        case 1006 | 1011:  # the rendition calls it TruncatedSpeech where audio of the unit was heard
            return BackendUnavailable("the socket was closed", status_code=code, detail=reason)
        case _:
            return TruncatedSpeech("the socket was closed before the end", status_code=code, detail=reason)


def _reason(body: bytes) -> tuple[str | None, str]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None, body[:2048].decode("utf-8", "replace")
    if not isinstance(answer, dict):
        return None, str(answer)

    def first(*names: str) -> str | None:
        return next((str(answer[name]) for name in names if isinstance(answer.get(name), (str, int))), None)

    code = first("err_code", "error_code", "errorType", "category", "code")
    return code, first("err_msg", "message", "error", "detail", "description") or json.dumps(answer)[:2048]


def _retry_after(headers: Mapping[str, str]) -> float | None:
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        try:
            seconds = float(value) * scale
        except ValueError:
            pass
        else:
            return max(0.0, seconds) if math.isfinite(seconds) else None
        try:
            # A date depends on two wall clocks, so it is bounded.
            return min(60.0, max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()))
        except (ValueError, TypeError):
            pass
    return None
