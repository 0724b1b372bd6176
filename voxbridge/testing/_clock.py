"""Time that passes only when a test says so, or when nothing else is left to do."""

from __future__ import annotations

import asyncio
import heapq
import selectors
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any, TypeVar


__all__ = ["Timer", "VirtualClock", "run_virtual"]

_Result = TypeVar("_Result")


class Timer:
    """A call that a `VirtualClock` will make at *when*, unless it is cancelled before."""

    def __init__(self, when: float, call: Callable[[], object]) -> None:
        self.when = when
        self.cancelled = False
        self._call = call

    def cancel(self) -> None:
        """Do not call; nothing happens if it has been called."""
        self.cancelled = True

    def run(self) -> None:
        """Call now, unless cancelled."""
        if not self.cancelled:
            self._call()


class VirtualClock:
    """A monotonic clock in seconds that a test moves, with timers.

    Timers run in the order of their time, those of one time in the order in which they were made.
    ``clock.now`` stands in for ``time.monotonic``.
    """

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self._numbers = count()
        self._timers: list[tuple[float, int, Timer]] = []

    def now(self) -> float:
        """Return the seconds since some fixed point."""
        return self._now

    def call_at(self, when: float, function: Callable[..., object], *args: object) -> Timer:
        """Call *function* with *args* at *when*; at once, but not within this call, if that has passed."""
        timer = Timer(when, lambda: function(*args))
        heapq.heappush(self._timers, (when, next(self._numbers), timer))
        return timer

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass, with every timer in them.

        Raises:
            ValueError: *seconds* is negative.
        """
        if seconds < 0:
            raise ValueError(f"a monotonic clock cannot go back by {-seconds} s")
        self.run_until(self._now + seconds)

    def run_until(self, when: float | None = None) -> None:
        """Run timers up to and at *when*, and let it be *when*; None: until no timer is left."""
        while self._timers and (when is None or self._timers[0][0] <= when):
            due, _, timer = heapq.heappop(self._timers)
            if not timer.cancelled:
                self._now = max(self._now, due)
                timer.run()
        if when is not None:
            self._now = max(self._now, when)


class _JumpingSelector(selectors.DefaultSelector):
    """A selector that never waits: where it would, time jumps."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("every task waits for something that cannot come: nothing is ready and no timer is set")
        if not ready:
            self.now += max(timeout or 0, 0)
        return ready


class _JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._selector_clock = _JumpingSelector()
        super().__init__(self._selector_clock)

    def time(self) -> float:
        return self._selector_clock.now


def run_virtual(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    """Run *coroutine* on an event loop whose time, from 0 on, jumps to the next timer when nothing is ready.

    An hour of ``asyncio.sleep`` takes no time, and ``asyncio.get_running_loop().time()`` tells the hour. Time does
    not wait for threads or for sockets: use it for code that waits for timers, queues and other tasks.

    Raises:
        RuntimeError: every task waits and no timer is set, which a real loop would do for ever.
    """
    with asyncio.Runner(loop_factory=_JumpingLoop) as runner:
        return runner.run(coroutine)
