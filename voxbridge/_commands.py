"""What a rendition says to its shell. Performing it never waits."""

from __future__ import annotations

from attrs import frozen

from ._exchange import Drop, Fetch, Render, Send, Settled, Slots, SocketSpec


__all__ = ["Carry", "Command", "Leave", "Open"]


@frozen
class Open:
    """Get a socket for a run: one that is open already, unless *fresh*."""

    run: int
    spec: SocketSpec
    fresh: bool


@frozen
class Carry:
    """Perform an exchange's `Send`, `Settled`, `Fetch`, `Render` or `Drop`."""

    run: int
    action: Send | Settled | Fetch | Render | Drop
    slots: Slots | None = None
    """The places of which a `Fetch`, or a `Send` that expects an id, takes one."""


@frozen
class Leave:
    """Give up a run's carriers; a clean socket may serve the next."""

    run: int
    clean: bool


Command = Open | Carry | Leave
