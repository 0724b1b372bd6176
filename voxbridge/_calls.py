"""Calls that are not speech, as both clients make them: most are generators, which yield requests and pauses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from attrs import frozen

from ._backend import Backend, Call
from ._exchange import Exchange
from ._models import Voice
from .exceptions import (
    BackendError,
    BackendUnavailable,
    SynthesisTimeout,
    UnsupportedUtterance,
    VoxbridgeError,
)


__all__ = ["CheckResult", "asking", "checking", "matching", "opened"]

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


def matching(voices: Sequence[Voice], *, language: str | None, gender: str | None, search: str | None) -> list[Voice]:
    """Return the voices that are what was asked for."""

    def fits(voice: Voice) -> bool:
        spoken = [known.lower() for known in voice.languages]
        wanted = (language or "").lower().replace("_", "-")
        words = " ".join((voice.id, voice.name, voice.description, *voice.tags, *voice.languages)).lower()
        return (
            (not wanted or any(known == wanted or known.startswith(f"{wanted}-") for known in spoken))
            and (gender is None or voice.gender == gender.lower())
            and all(word in words for word in (search or "").lower().split())
        )

    return [voice for voice in voices if fits(voice)]
