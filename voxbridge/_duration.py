"""Speech of a given duration: the vendor's own control, else a second pass at the speed that the first one shows.

Pure: a generator yields calls to synthesize, and is sent what came of each. Both clients drive it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from attrs import evolve

from ._models import Degradation
from ._settings import Call, Settings
from ._speech import Report, Speech
from .exceptions import UnsupportedUtterance, UsageError, VoxbridgeError
from .routing import Leaf, Plan
from .text import Break, TextUnit, Utterance, Words


__all__ = ["Passes", "lasting"]

_TOLERANCE = 0.03  # of the duration; what is further off is spoken again, or told

Passes = Generator[Call, tuple[Report, VoxbridgeError | None], Speech]
"""A call is answered with its speech, or with its report and its error."""


def lasting(
    settings: Settings, call: Call, duration: float, text: str | Utterance, clock: Callable[[], float]
) -> Passes:
    """Synthesize *text* so that it lasts for *duration* seconds, its pauses included.

    A second pass that fails takes nothing from the first, which has every word: it is what comes back, and the error
    is in its attempts. With ``strict`` that error is raised.

    Raises:
        UsageError: the pauses alone last that long.
        UnsupportedUtterance: with ``strict``, the duration cannot be kept, or was not.
        VoxbridgeError: the first pass failed.
    """
    segments = text.segments if isinstance(text, Utterance) else (Words(text),)
    pauses = sum(segment.seconds for segment in segments if isinstance(segment, Break))
    if pauses >= duration:
        raise UsageError(f"duration is {duration:g} s, and the pauses of the text alone last {pauses:g} s")
    end = None if call.deadline is None else clock() + call.deadline
    plan = settings.plan(call, "synthesize")
    if plan.undivided and (pauses or TextUnit(0, segments).length > plan.max_characters):
        call = evolve(call, duration=None)  # it takes several requests, and a vendor would keep that of each
        plan = _by_speed(settings.plan(call, "synthesize"), strict=call.strict)
    first, error = yield call
    if error is not None:
        raise error
    needed = round((first.duration - pauses) / (duration - pauses), 3)
    leaf = next((leaf for leaf in plan.leaves if leaf.job.voice == first.voice), None)
    if leaf is None or _keeps(first, duration):  # None: there was nothing to say
        return _best([first], call, duration)
    speed = _speed(leaf, needed)
    left = None if end is None else end - clock()
    if speed == 1.0 or (call.strict and speed != needed) or (left is not None and left <= 0):
        return _best([first], call, duration)
    voice = call.voice if leaf.job.sample else first.voice  # nobody else has this pace
    second, error = yield evolve(call, duration=None, speed=speed, voice=voice, deadline=left)
    if error is not None and (call.strict or isinstance(error, UsageError)):
        raise error
    return _best([first, second], call, duration)


def _by_speed(plan: Plan, *, strict: bool) -> Plan:
    """Return a plan in which no vendor keeps the duration itself."""
    if strict and not any(leaf.capabilities.speed for leaf in plan.leaves):
        raise UnsupportedUtterance(
            f"{plan.leaves[0].backend.name} keeps the duration of one request only, and strict=True: leave the pauses"
            " out, and cut the text into smaller pieces"
        )
    return plan


def _keeps(report: Report, duration: float) -> bool:
    return abs(report.duration - duration) <= _TOLERANCE * duration


def _speed(leaf: Leaf, needed: float) -> float:
    """Return the speed of a second pass; 1.0 where there is none to be had, or the vendor kept the duration itself."""
    if leaf.job.duration is not None or leaf.capabilities.speed is None:
        return 1.0
    slowest, fastest = leaf.capabilities.speed
    return min(max(needed, slowest), fastest)


def _best(reports: Sequence[Report], call: Call, duration: float) -> Speech:
    """Return the speech that is nearest to *duration*, with the attempts and the price of every pass."""
    speeches = [report for report in reports if isinstance(report, Speech)]
    best = min(speeches, key=lambda speech: abs(speech.duration - duration))
    degradations = best.degradations
    if best.backend and not _keeps(best, duration):
        done = f"came out as {best.duration:.2f} s instead of {duration:g} s"
        if call.strict:
            raise UnsupportedUtterance(f"{best.backend} did not keep the duration, and strict=True: it {done}")
        degradations = (*degradations, Degradation(best.backend, "duration", "", done))
    return evolve(
        best,
        attempts=tuple(attempt for report in reports for attempt in report.attempts),
        degradations=degradations,
        billed=tuple(billed for report in reports for billed in report.billed),
    )
