"""The server side of Deepgram's wire, as its documents have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from voxbridge.testing import Emulator


if TYPE_CHECKING:
    from starlette.types import ASGIApp

__all__ = ["DeepgramEmulator", "Limits"]


@frozen(kw_only=True)
class Limits:
    """What the documents limit; None is no limit."""

    characters: int | None = 2000
    """Of a request's text, or of a Speak message; a pronunciation counts as its word."""
    body: int | None = 2_000_000
    """Bytes of a request's body, or of a message."""
    pronunciations: int | None = 500
    """In a request, or a flush."""
    flushes: int | None = 20
    """Of a socket within `flush_seconds`."""
    flush_seconds: float | None = 60.0
    requests: int | None = 15
    """At once."""
    sockets: int | None = 45
    """At once."""
    session_seconds: float | None = 3600.0
    """How long a socket lives."""
    callback_seconds: float | None = 30.0
    """Between two tries to deliver audio to a callback, which are 11 at most; None: no second try."""


class DeepgramEmulator(Emulator):
    """Text to speech of Deepgram, ``/v1``: REST, WebSocket, voices, tokens, callbacks."""

    name = "deepgram"
    vendor = 1
    limits_of_vendor = Limits

    def app(self) -> ASGIApp:
        """Return the application."""
        from ._app import build

        return build(self)

    def variables(self) -> dict[str, str]:
        """Return what clients read."""
        return {"DEEPGRAM_API_KEY": self.api_key, "DEEPGRAM_BASE_URL": self.url}
