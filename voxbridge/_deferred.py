"""Speech that is not waited for: it is submitted, and delivered elsewhere or fetched later. For both clients."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from attrs import evolve, field, frozen

from ._backend import Backend, Call
from ._calls import asking
from ._exchange import Pause
from ._losses import given, lost
from ._models import Unit
from ._speech import Speech
from .audio import AudioFormat, is_native, seconds, sounding
from .exceptions import (
    EmptyAudio,
    SynthesisTimeout,
    UnsupportedFeature,
    UnsupportedUtterance,
    UsageError,
    VoxbridgeError,
)
from .routing import Leaf, Plan, loss
from .text import Break, TextUnit, Utterance, Words


__all__ = ["AsyncDeferred", "Deferred", "Submitted", "collecting", "submitting"]

T = TypeVar("T")


@frozen
class Deferred:
    """Speech that is delivered elsewhere, or fetched later."""

    id: str
    """The vendor's id for the request."""
    url: str | None
    """Where it is delivered; None where `result` fetches it."""
    backend: str
    _collect: Callable[[float], Speech] = field(repr=False, eq=False)

    def result(self, timeout: float = 120) -> Speech:
        """Wait until the speech is ready, and return it in the format that was asked for.

        Args:
            timeout: seconds. When they have passed, it may be asked for again.

        Raises:
            UnsupportedFeature: the vendor delivers it to the callback and keeps nothing, or converting it needs the
                extra ``codecs``.
            SynthesisTimeout: it was not ready in time (phase ``total``).
            BackendError: the vendor failed.
        """
        return self._collect(timeout)


@frozen
class AsyncDeferred:
    """Speech that is delivered elsewhere, or fetched later."""

    id: str
    """The vendor's id for the request."""
    url: str | None
    """Where it is delivered; None where `result` fetches it."""
    backend: str
    _collect: Callable[[float], Awaitable[Speech]] = field(repr=False, eq=False)

    async def result(self, timeout: float = 120) -> Speech:  # noqa: ASYNC109  # it bounds more than one wait
        """Wait until the speech is ready, and return it; arguments and errors as of `Deferred.result`."""
        return await self._collect(timeout)


@frozen
class Submitted:
    """What was submitted, and what the vendor calls it."""

    leaf: Leaf
    wanted: AudioFormat
    unit: TextUnit
    url: str | None
    id: str

    @property
    def backend(self) -> str:
        """The vendor's name."""
        return self.leaf.backend.name


def submitting(plan: Plan, text: str | Utterance, callback: str | None) -> Call[Submitted]:
    """Submit *text* to the first backend of a plan.

    Raises:
        UnsupportedFeature: the vendor delivers it elsewhere, where nothing can convert it to the format.
        UnsupportedUtterance: the text has a pause.
    """
    leaf = plan.leaves[0]
    backend = leaf.backend
    fetched = type(backend).delivered is not Backend.delivered
    if not fetched and leaf.job.format != plan.format:
        raise UnsupportedFeature(
            f"{backend.name} gives no {plan.format}, and what it delivers elsewhere is not converted"
        )
    segments = text.segments if isinstance(text, Utterance) else (Words(text),)
    if any(isinstance(segment, Break) for segment in segments):
        raise UnsupportedUtterance(f"{backend.name} has no pauses, and none can be put into what it delivers elsewhere")
    unit = TextUnit(0, segments)
    id = yield from asking(backend, backend.submit(leaf.job, given(leaf, unit), callback))
    return Submitted(leaf, plan.asked, unit, callback, id)


def collecting(submitted: Submitted, timeout: float, clock: Callable[[], float]) -> Call[Speech]:
    """Fetch what was submitted, and convert it; arguments and errors as of `Deferred.result`."""
    backend, job = submitted.leaf.backend, submitted.leaf.job
    if (
        isinstance(timeout, bool)
        or not isinstance(timeout, (int, float))
        or not (math.isfinite(timeout) and timeout > 0)
    ):
        raise UsageError(f"timeout is {timeout!r}: give seconds above 0")
    if submitted.url is not None:
        raise UnsupportedFeature(f"{backend.name} delivers to {submitted.url} and keeps nothing: take it there")
    return (
        yield from asking(backend, _fetched(submitted, within(timeout, backend.delivered(job, submitted.id), clock)))
    )


def _fetched(submitted: Submitted, delivered: Call[tuple[AudioFormat, bytes]]) -> Call[Speech]:
    format, audio = yield from delivered
    format = sounding(format, audio)
    if not audio or not seconds(format, audio):
        raise EmptyAudio(request_id=submitted.id)
    backend, text = submitted.backend, submitted.unit.text
    worse = None if is_native(submitted.wanted, format) else loss(backend, format, submitted.wanted)
    unsaid = tuple(dict.fromkeys(lost(submitted.leaf, submitted.unit.segments)))
    speech = Speech(
        audio=audio,
        format=format,
        duration=seconds(format, audio),
        voice=submitted.leaf.job.voice,
        backend=backend,
        backends=(backend,),
        degradations=(*unsaid, worse) if worse else unsaid,
        request_id=submitted.id,
    ).convert(submitted.wanted)
    duration = seconds(speech.format, speech.audio)
    return evolve(speech, duration=duration, units=(Unit(text, 0.0, duration, backend),))


def within(timeout: float, call: Call[T], clock: Callable[[], float]) -> Call[T]:
    """Pass a call on for so many seconds at most. A pause that would outlast them is not begun."""
    end = clock() + timeout
    late = SynthesisTimeout(f"not ready within {timeout:g} s", phase="total")
    move: Callable[[], Any] = partial(next, call)
    while True:
        try:
            step = move()
        except StopIteration as done:
            value: T = done.value
            return value
        left = end - clock()
        if left <= (step.seconds if isinstance(step, Pause) else 0):
            raise late
        try:
            answer = yield step if isinstance(step, Pause) else evolve(step, timeout=left)
        except VoxbridgeError as error:
            if clock() >= end:
                raise late from error
            move = partial(call.throw, error)
        else:
            move = partial(call.send, answer)
