"""What a client's backends are known to be up to: the answer of ``client.health()``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from attrs import frozen

from ._backend import Backend
from .exceptions import VoxbridgeError
from .routing import standing


__all__ = ["Health", "health"]


@frozen(kw_only=True)
class Health:
    """What the speech of this process has shown of a backend, over one of its transports."""

    backend: str
    region: str | None
    transport: str
    state: Literal["closed", "open", "trial", "suspended"]
    """``closed``: it works, as far as is known. ``open``: it failed again and again, and routes pass over it.
    ``suspended``: its key was refused or it has no credit, and routes pass over it. ``trial``: one request, under way
    or the next one, finds out whether it works again."""
    until: datetime | None
    """When an ``open`` or ``suspended`` one gets its trial, in UTC."""
    cause: VoxbridgeError | None
    """The error that this is for."""


def health(backends: Sequence[Backend], now: float) -> list[Health]:
    """Return what is known of each backend over each transport that it has; *now* in monotonic seconds."""
    distinct = {id(backend): backend for backend in backends}.values()  # one may be in a route in several voices
    return [_health(backend, transport, now) for backend in distinct for transport in _transports(backend)]


def _transports(backend: Backend) -> tuple[str, ...]:
    return backend.capabilities(backend.default_voice("en-US")).transports


def _health(backend: Backend, transport: str, now: float) -> Health:
    found = standing(backend.account, transport, now)
    waits = found.until - now if found.until is not None and found.state in {"open", "suspended"} else None
    return Health(
        backend=backend.name,
        region=backend.region,
        transport=transport,
        state=found.state,
        until=None if waits is None else datetime.now(UTC) + timedelta(seconds=waits),
        cause=found.cause,
    )
