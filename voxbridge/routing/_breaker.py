"""When a vendor that fails is left alone, and how it is found out that it works again.

State machines without a clock, a lock or a thread: whoever uses them says what time it is.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from typing import Literal

from voxbridge.exceptions import VoxbridgeError


__all__ = ["Breaker", "Circuit", "State"]

State = Literal["closed", "open", "trial"]

# Five failures in a row are no chance any more (Envoy's outlier detection has the same number); a vendor that fails
# every other time never has five in a row, so half of at least twenty outcomes within ten seconds count as well
# (Hystrix, resilience4j).
_IN_A_ROW = 5
_HALF, _ENOUGH, _WINDOW = 0.5, 20, 10  # share, outcomes, seconds
# Each opening that follows a failed trial is longer, up to five minutes (Envoy), and never the same for two processes,
# or all of them would come back at once.
_OPEN, _LONGEST, _JITTER = 30.0, 300.0, 0.2
# A trial that nothing has come of for so long, as where a listener has interrupted it, leaves its place to another.
_TRIAL = 30.0


class Circuit:
    """Closed, it lets everybody pass. Open, nobody, until its time is over; then one at a time may try."""

    def __init__(self) -> None:
        self.until: float | None = None
        """When a trial is due; None: it is closed."""
        self.cause: VoxbridgeError | None = None
        """What it was opened by."""
        self._trying: object = None
        self._trial_ends = 0.0

    def state(self, now: float) -> State:
        """Return ``trial`` where one is under way or due."""
        if self.until is None:
            return "closed"
        return "open" if now < self.until else "trial"

    def admits(self, now: float) -> bool:
        """Return whether somebody may pass, if only to try."""
        return self.until is None or (now >= self.until and (self._trying is None or now >= self._trial_ends))

    def enter(self, who: object, now: float) -> None:
        """Let somebody pass, admitted or not; the trial is theirs if one is due."""
        if self.until is not None and self.admits(now):
            self._trying, self._trial_ends = who, now + _TRIAL

    def tried_by(self, who: object) -> bool:
        """Return whether the trial is theirs."""
        return self._trying is who

    def leave(self, who: object) -> None:
        """Let somebody go. A trial that proved nothing is the next one's to make."""
        if self._trying is who:
            self._trying = None

    def open(self, until: float, cause: VoxbridgeError) -> None:
        """Let nobody pass until then."""
        self.until, self.cause = until, _kept(cause)

    def succeeded(self, who: object, now: float) -> None:
        """Close it if that was the trial: what began before the vendor failed says nothing of it now."""
        if self._trying is who is not None:  # nobody tries a closed one
            self._close()

    def _close(self) -> None:
        self.until = self.cause = self._trying = None


def _kept(error: VoxbridgeError) -> VoxbridgeError:
    """Return an error as it was before it was raised: its traceback would keep a caller's variables alive."""
    kept = type(error).__new__(type(error), *error.args)
    kept.__dict__.update(error.__dict__)
    return kept


class Breaker(Circuit):
    """A circuit that failures open.

    Args:
        chance: gives numbers from 0 to 1.
    """

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        super().__init__()
        self._chance = chance
        self._openings = 0
        self._in_a_row = 0
        self._seconds: deque[list[int]] = deque()  # the last ones: which, how many outcomes, how many failures

    def succeeded(self, who: object, now: float) -> None:
        """Take note of speech that is whole; it closes the circuit if it was the trial's."""
        super().succeeded(who, now)
        if self.until is None:
            self._in_a_row = 0
            self._second(now)[1] += 1

    def failed(self, who: object, now: float, cause: VoxbridgeError) -> None:
        """Take note of a failure. While it is open only the trial's counts."""
        if self.until is not None:
            if self._trying is who:
                self._trip(now, cause)
            return
        second = self._second(now)
        second[1] += 1
        second[2] += 1
        self._in_a_row += 1
        outcomes = sum(outcomes for _, outcomes, _ in self._seconds)
        failures = sum(failures for _, _, failures in self._seconds)
        if self._in_a_row >= _IN_A_ROW or (outcomes >= _ENOUGH and failures >= _HALF * outcomes):
            self._trip(now, cause)

    def _trip(self, now: float, cause: VoxbridgeError) -> None:
        self._openings += 1
        seconds = min(_OPEN * self._openings, _LONGEST)
        self.open(now + seconds * (1 + _JITTER * (2 * self._chance() - 1)), cause)

    def _close(self) -> None:
        super()._close()
        self._openings = 0

    def _second(self, now: float) -> list[int]:
        """Return the count of this second, and forget those of more than ten seconds ago."""
        seconds, this = self._seconds, int(now)
        if not seconds or seconds[-1][0] != this:
            while seconds and seconds[0][0] <= this - _WINDOW:
                seconds.popleft()
            seconds.append([this, 0, 0])
        return seconds[-1]
