"""Refusals in Deepgram's own words: what its page on errors says, and what was seen live where the two differ."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from attrs import field, frozen


__all__ = ["Refusal", "of_status", "query_error"]

# HTTP status -> err_code, err_msg
_WORDS: Final = MappingProxyType(
    {
        400: ("Bad Request", "Bad Request"),
        401: ("INVALID_AUTH", "Invalid credentials."),
        402: (
            "ASR_PAYMENT_REQUIRED",
            "Project does not have enough credits for an ASR request and does not have an overage agreement.",
        ),
        403: ("INSUFFICIENT_PERMISSIONS", "Project does not have access to the requested model."),
        404: ("PROJECT_NOT_FOUND", "Project not found."),
        413: ("PAYLOAD_TOO_LARGE", "Payload size exceeds limit of 2 MB."),
        415: (
            "UNSUPPORTED_MEDIA_TYPE",
            "`Content-Type` header is not supported. `Content-Type` must be either `text/plain` or `application/json`.",
        ),
        422: ("UNPROCESSABLE_ENTITY", "Failed to handle request."),
        429: ("Too Many Requests", "Please try again later."),
        503: ("Service Unavailable", "Please try again later"),
    }
)


@frozen(kw_only=True)
class Refusal(Exception):
    """An answer that is an error."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = field(factory=dict)
    text: str | None = None
    """A body that is not Deepgram's JSON."""

    def body(self, request_id: str) -> Any:
        """Return the body as JSON has it."""
        if self.status == 503:  # the documents spell this one so, without a full stop
            return {"error_code": self.code, "err_msg": self.message, "request_id": request_id}
        return {"err_code": self.code, "err_msg": self.message, "request_id": request_id}


def of_status(status: int, *, retry_after: float | str | None = None, text: str | None = None) -> Refusal:
    """Return what Deepgram says with a status."""
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error"
    code, message = _WORDS.get(status, (phrase, phrase))
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return Refusal(status=status, code=code, message=message, headers=headers, text=text)


def query_error(detail: str) -> Refusal:
    """Return the refusal of a query that cannot be read."""
    message = f"Failed to deserialize query parameters: {detail}"
    return Refusal(status=400, code="INVALID_QUERY_PARAMETER", message=message)
