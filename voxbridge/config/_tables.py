"""The tables of a config, as they are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, fields, frozen

from voxbridge._models import Timeouts
from voxbridge._prices import Price
from voxbridge.audio import AudioFormat
from voxbridge.routing import Cast, Route, order_of


__all__ = ["BackendTable", "CastTable", "LexiconTable", "RouteTable", "Table"]


def _of_route(name: str) -> Any:
    """Return a field that is checked as the one of a `Route`."""
    return field(default=None, validator=getattr(fields(Route), name).validator)


@frozen(kw_only=True)
class BackendTable:
    """``[backends.X]``."""

    plugin: str | None = None
    """The backend's own name, where the table has another one: a second account."""
    price: Price | None = None
    settings: Mapping[str, Any] = field(factory=dict)
    """The keywords of its constructor."""


@frozen(kw_only=True)
class CastTable:
    """A value of ``[voices.X]`` that is more than an id."""

    id: str
    language: str | None = None
    model: str | None = None
    options: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class RouteTable:
    """``[routes.X]``."""

    members: tuple[Route, ...] = ()
    voice: str | None = None
    order: str = field(default="listed", validator=lambda _, __, value: order_of(value))
    first_audio_timeout: float | None = _of_route("first_audio_timeout")
    stall_timeout: float | None = _of_route("stall_timeout")
    retries: int | None = _of_route("retries")
    format: AudioFormat | None = None
    region: str | None = None


@frozen(kw_only=True)
class LexiconTable:
    """``[lexicon]``."""

    files: tuple[str, ...] = ()


@frozen(kw_only=True)
class Table:
    """All of it, or a profile."""

    default: str | None = None
    format: AudioFormat | None = None
    language: str | None = None
    region: str | None = None
    backends: Mapping[str, BackendTable] = field(factory=dict)
    voices: Mapping[str, Mapping[str, Cast]] = field(factory=dict)
    routes: Mapping[str, RouteTable] = field(factory=dict)
    profiles: Mapping[str, Mapping[str, Any]] = field(factory=dict)
    lexicon: LexiconTable = field(factory=LexiconTable)
    timeouts: Timeouts | None = None
