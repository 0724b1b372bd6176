"""Trying one backend again."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from attrs import field, frozen

from voxbridge._exchange import Pause
from voxbridge.exceptions import BackendError, RateLimited, UnsupportedUtterance, VoxbridgeError


if TYPE_CHECKING:
    from ._accounts import Visit
    from ._plan import Leaf


__all__ = ["Attempt", "Clock", "Outcome", "Retry", "Steps"]

# Full jitter, as AWS describes it: a random wait up to a limit that doubles with each try.
_TRANSIENT = (0.05, 1.0)  # seconds: the first limit, and the highest
_THROTTLED = (1.0, 20.0)
_LONGEST_ASKED = 2.0  # seconds of Retry-After that are waited while somebody else could speak
_LONGEST_ALONE = 60.0

Clock = Callable[[], float]
"""Gives monotonic seconds."""


@frozen
class Attempt:
    """Speak with this backend, from unit *start* on."""

    leaf: Leaf
    start: int
    visit: Visit = field(eq=False)
    """To be told of every unit that is whole."""


@frozen
class Outcome:
    """How an attempt ended."""

    spoken: int
    """Units below it are whole."""
    partial: bool = False
    """Whether audio of the next unit was released to the caller."""
    error: VoxbridgeError | None = None
    """None: all was spoken, or it was passed over."""
    passed: bool = False
    """Whether its account was shut while it had nothing to say, so that somebody else should go on."""


Steps = Generator[Attempt | Pause, Outcome | None, Outcome | None]
"""An attempt is answered with its outcome, a pause with None; with an outcome where there is no time for it. It ends
with the last outcome, or None where nobody was asked."""


@frozen(kw_only=True)
class Retry:
    """Try one backend again, as long as that can help and nothing is heard twice."""

    retries: int
    """Extra tries."""
    alone: bool
    """Whether there is nobody else to fall back to."""
    chance: Callable[[], float] = random.random

    def steps(self, leaf: Leaf, start: int, clock: Clock, *, sure: bool) -> Steps:
        """Yield attempts until one succeeds or no other can help; return its outcome.

        Args:
            leaf: who is tried.
            start: the first unit.
            clock: tells its breaker the time.
            sure: whether it is tried even if its breaker is open.
        """
        tried = 0
        visit = leaf.enter(clock(), sure=sure)
        if visit is None:
            return None
        while True:
            with visit:
                outcome = yield Attempt(leaf, start, visit)
                assert outcome is not None  # noqa: S101  # only a pause is answered with None
                if outcome.error is not None:
                    visit.failed(clock(), outcome.error)
            if outcome.spoken > start:  # progress: an hour of speech may have a fault an hour
                tried = 0
            start = outcome.spoken
            if outcome.error is None or outcome.partial or tried >= self.retries:
                return outcome
            wait = self._wait(outcome.error, tried)
            if wait is None or not leaf.affords(clock(), sure=self.alone):
                return outcome
            tried += 1
            if (yield Pause(wait)) is not None:
                return outcome  # it would outlast the deadline
            visit = leaf.enter(clock(), again=True, sure=self.alone)
            if visit is None:
                return outcome  # others have found out meanwhile that it would not help

    def _wait(self, error: VoxbridgeError, tried: int) -> float | None:
        if isinstance(error, UnsupportedUtterance) or not (isinstance(error, BackendError) and error.retryable):
            return None
        if error.retry_after is not None:
            longest = _LONGEST_ALONE if self.alone else _LONGEST_ASKED
            return error.retry_after if error.retry_after <= longest else None
        first, highest = _THROTTLED if isinstance(error, RateLimited) else _TRANSIENT
        return self.chance() * min(first * 2.0**tried, highest)
