"""Refusals in Deepdub's own words, as far as its documents give any; the rest is in their manner."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from attrs import frozen


__all__ = ["Refusal", "invalid", "missing_field", "of_status"]

_WORDS: Final = MappingProxyType(
    {
        400: "Invalid request",
        401: "Unauthorized: invalid or missing API key",
        402: "InsufficientCredits: your account has no remaining credits",
        403: "Voice prompt limit reached for your account",
        404: "Voice prompt not found",
        429: "RateLimit: concurrent request limit exceeded",
        500: "Internal server error",
    }
)
# How sockets say it; late errors have no type, so a service that breaks has none.
_TYPES: Final = MappingProxyType(
    {400: "InvalidInput", 402: "InsufficientCredits", 403: "MaxExceeded", 404: "InvalidInput", 429: "RateLimit"}
)


@frozen(kw_only=True)
class Refusal(Exception):
    """An answer that is an error."""

    status: int
    message: str
    retry_after: float | str | None = None
    text: str | None = None
    """A body that is not Deepdub's JSON."""

    @property
    def headers(self) -> dict[str, str]:
        """What goes with a response."""
        return {} if self.retry_after is None else {"retry-after": str(self.retry_after)}

    def body(self, path: str) -> dict[str, Any]:
        """Return the body in the envelope of a path: gender detection has its own."""
        if path.startswith("/api/v1/gender-detection"):
            return {"error": _phrase(self.status), "detail": self.message}
        return {"success": False, "message": self.message}

    def frame(self, generation_id: str | None) -> dict[str, Any]:
        """Return the frame that says it on ``/open``."""
        kind = {"errorType": _TYPES[self.status]} if self.status in _TYPES else {}
        return {
            "error": self.text or self.message,
            **kind,
            **({"generationId": generation_id} if generation_id else {}),
        }


def of_status(status: int, *, retry_after: float | str | None = None, text: str | None = None) -> Refusal:
    """Return what Deepdub says with a status."""
    return Refusal(status=status, message=_WORDS.get(status, _phrase(status)), retry_after=retry_after, text=text)


def invalid(detail: str) -> Refusal:
    """Return the refusal of a request that cannot be met."""
    return Refusal(status=400, message=f"Invalid request: {detail}")


def missing_field(name: str) -> Refusal:
    """Return the refusal of a request that lacks a field."""
    return invalid(f"missing required field '{name}'")


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error"
