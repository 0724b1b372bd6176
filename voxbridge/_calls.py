"""Calls that are not speech, as both clients make them. All are generators: they yield requests and pauses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from attrs import frozen

from ._backend import Backend, Call
from ._exchange import Exchange
from ._speech import Speech
from .exceptions import (
    BackendError,
    BackendUnavailable,
    SynthesisTimeout,
    UnsupportedFeature,
    UnsupportedUtterance,
    VoxbridgeError,
)
from .routing import Plan
from .text import Break, TextUnit, Utterance, Words


__all__ = ["CheckResult", "Deferred", "asking", "checking", "opened", "submitting"]

T = TypeVar("T")


@frozen(kw_only=True)
class CheckResult:
    """Whether a backend can be reached and lets us in."""

    backend: str
    ok: bool
    host: str | None
    """None for a backend on this machine."""
    region: str | None
    latency: float
    """Seconds that the question took."""
    error: VoxbridgeError | None


@frozen
class Deferred:
    """Speech that is delivered elsewhere."""

    id: str
    """The vendor's id for the request."""
    url: str | None
    """Where it is delivered."""
    backend: str

    def result(self, timeout: float = 120) -> Speech:
        """Return the speech, where the vendor keeps it.

        Raises:
            UnsupportedFeature: the vendor delivers it to the callback and keeps nothing.
        """
        raise UnsupportedFeature(f"{self.backend} delivers to {self.url} and keeps nothing: take it there")


def asking(backend: Backend, call: Call[T]) -> Call[T]:
    """Pass a backend's call on; its errors name the backend."""
    try:
        return (yield from call)
    except BackendError as error:
        error.backend = error.backend or backend.name
        raise


def checking(backend: Backend, clock: Callable[[], float]) -> Call[CheckResult]:
    """Ask a backend whether it lets us in; what is wrong is in the result."""
    began, problem = clock(), None
    try:
        if lacking := backend.missing():
            raise lacking
        yield from asking(backend, backend.check())
    except VoxbridgeError as error:
        problem = error
    return CheckResult(
        backend=backend.name,
        ok=problem is None,
        host=backend.host,
        region=backend.region,
        latency=clock() - began,
        error=problem,
    )


def submitting(plan: Plan, text: str | Utterance, callback: str | None) -> Call[str]:
    """Submit *text* to the first backend of a plan, and return the vendor's id.

    Raises:
        UnsupportedUtterance: the text has a pause, or the backend does not give the format itself.
    """
    leaf = plan.leaves[0]
    if leaf.job.format != plan.format:
        raise UnsupportedFeature(
            f"{leaf.backend.name} gives no {plan.format}, and what it delivers elsewhere is not converted"
        )
    segments = text.segments if isinstance(text, Utterance) else (Words(text),)
    if any(isinstance(segment, Break) for segment in segments):
        raise UnsupportedUtterance(
            f"{leaf.backend.name} has no pauses, and none can be put into what it delivers elsewhere"
        )
    return (yield from asking(leaf.backend, leaf.backend.submit(leaf.job, TextUnit(0, segments), callback)))


def opened(backend: Backend, exchange: Exchange, item: tuple[Any, ...] | None) -> None:
    """Check what came of a socket that was opened ahead.

    Raises:
        BackendError: it was refused, it failed, or (None) nothing came in time.
    """
    if item is not None and item[2] == "opened":
        return
    late = SynthesisTimeout("no connection in time", phase="connect")
    actions = [late] if item is None else getattr(exchange, item[2])(*item[3:])
    closed = BackendUnavailable("the connection was closed as soon as it was open")
    error = next((action for action in actions if isinstance(action, (BackendError, UnsupportedUtterance))), closed)
    if isinstance(error, BackendError):
        error.backend = error.backend or backend.name
    raise error
