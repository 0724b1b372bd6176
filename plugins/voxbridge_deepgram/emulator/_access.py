"""Who is let in: keys as ``Token``, the short-lived tokens that they are traded for as ``Bearer``."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ._refusals import Refusal, of_status


if TYPE_CHECKING:
    from . import DeepgramEmulator

__all__ = ["Access", "Credential"]

_SHORTEST = 30  # seconds that a token lives unless more is asked for
_LONGEST = 3600


@frozen
class Credential:
    """What a request proved itself with."""

    scheme: str
    """``token`` or ``bearer``."""
    value: str
    subprotocol: str | None = None
    """Which of those that a handshake offered is taken."""


class Access:
    """Checks credentials, and grants tokens."""

    def __init__(self, emulator: DeepgramEmulator) -> None:
        self._emulator = emulator
        self._granted: dict[str, float] = {}  # until when, by time.monotonic

    def check(self, headers: Mapping[str, str], subprotocols: Sequence[str] = ()) -> Credential:
        """Return the credential of a request or handshake.

        Raises:
            Refusal: there is none, its scheme is another, or it is not let in.
        """
        if "authorization" in headers or len(subprotocols) != 2:
            scheme, _, value = headers.get("authorization", "").partition(" ")
            credential = Credential(scheme.lower(), value.strip())
        else:
            scheme, value = subprotocols
            credential = Credential(scheme.lower(), value, scheme)
        if not self._admits(credential):
            raise of_status(401)
        return credential

    def grant(self, credential: Credential, wish: Any) -> dict[str, Any]:
        """Return a token for a key.

        Args:
            credential: of the request.
            wish: its body, as JSON.

        Raises:
            Refusal: it has not got a key, or the body is wrong.
        """
        if credential.scheme != "token":
            raise Refusal(status=403, code="FORBIDDEN", message="Insufficient permissions.")
        seconds = wish.get("ttl_seconds", _SHORTEST) if isinstance(wish, dict) else None
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 < seconds <= _LONGEST:
            raise Refusal(status=400, code="INVALID_JSON", message="Invalid JSON submitted.")
        token = ".".join(secrets.token_urlsafe(24) for _ in range(3))
        self._granted[token] = time.monotonic() + seconds
        return {"access_token": token, "expires_in": seconds}

    def _admits(self, credential: Credential) -> bool:
        value = credential.value
        if credential.scheme == "token":
            return self._emulator.admits(value)
        if credential.scheme != "bearer" or not value:
            return False
        if value in self._granted:
            return time.monotonic() < self._granted[value]
        # A key is no bearer's token; one of `keys` that looks like a token is one.
        return self._emulator.admits(value) and (self._emulator.keys is None or value.count(".") == 2)
