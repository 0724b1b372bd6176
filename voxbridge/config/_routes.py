"""From a table ``[routes.X]``, or the cast of a voice, to the router that it describes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from attrs import evolve

from voxbridge.exceptions import InvalidConfig
from voxbridge.routing import Cast, Order, Route, Router


if TYPE_CHECKING:
    from ._tables import RouteTable

__all__ = ["Voices", "cast_router", "member_voice", "route_router"]

Voices = Mapping[str, Mapping[str, Cast]]
"""Logical voices, each with its part at every backend that it is cast for."""


def route_router(name: str, table: RouteTable, voices: Voices) -> Router:
    """Return the router of a route.

    Raises:
        UsageError: as of `Router`.
        InvalidConfig: a voice is not cast for a member.
    """
    return Router(
        [evolve(member, voice=member_voice(member, table, voices)) for member in table.members],
        name=name,
        region=table.region,
        first_audio_timeout=table.first_audio_timeout,
        stall_timeout=table.stall_timeout,
        retries=table.retries,
        order=cast("Order", table.order),
    )


def cast_router(name: str, parts: Mapping[str, Cast]) -> Router:
    """Return the router of a logical voice: all that it is cast for, in the order of the table."""
    return Router([Route(backend, part) for backend, part in parts.items()], name=name)


def member_voice(member: Route, table: RouteTable, voices: Voices) -> Cast | str | None:
    """Return who speaks for a member: by its own ``voice``, else by the route's; None: its usual voice.

    Raises:
        InvalidConfig: it is not cast for it.
    """
    backend, voice = cast("str", member.backend), cast("str | None", member.voice or table.voice)
    if voice is None or voice not in voices:
        return voice
    part = voices[voice].get(backend)
    if part is None:
        has = f"the voice {voice!r} is not cast for {backend!r}"
        raise InvalidConfig(f"{has}: add it to [voices.{voice}], or give the member a voice of its own")
    return part
