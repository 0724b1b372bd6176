"""What a vendor says of a unit of speech: events, each after so many seconds; and what a fault makes of that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import field, frozen

from voxbridge import BackendError


@frozen
class Say:
    """Audio."""

    data: bytes


@frozen
class End:
    """The end of a unit, as the wire marks it."""


@frozen
class Frame:
    """What is no speech, on a socket; an object is JSON, with the generation's id where it has a place for it."""

    content: Any


@frozen
class Close:
    """The end of a socket."""

    code: int
    reason: str = ""


@frozen
class Fail:
    """What the shell makes of a connection that broke."""

    error: BackendError


@frozen
class Refuse:
    """A status in place of a handshake or an answer."""

    status: int
    headers: dict[str, str] = field(factory=dict)
    body: bytes = b""


Event = Say | End | Frame | Close | Fail | Refuse
Script = list[tuple[float, Event]]


@frozen(kw_only=True)
class Fault:
    """What goes wrong, on a wire."""

    connect: Callable[[str], Script] | None = None
    """What comes of a handshake, or of a request, in place of all else."""
    rest: Callable[[str], Script] | None = None
    """What is said in place of the rest of a unit."""
    change: Callable[[str, Script, int], Script] | None = None
    """What becomes of a unit's script from a place on."""
    flush: dict[str, Any] | None = None
    """What Deepgram answers a flush with that it refuses; the text stays where it is."""
    once: bool = False
    """Whether it strikes no second time."""
