"""The clocks of tests: time passes when it is told to, and in one order."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge.testing import VirtualClock, run_virtual


def test_time_stands_until_it_is_advanced() -> None:
    clock = VirtualClock()
    assert clock.now() == 0
    clock.advance(1.5)
    clock.advance(0)
    assert clock.now() == 1.5


def test_a_clock_does_not_go_back() -> None:
    clock = VirtualClock(start=10)
    with pytest.raises(ValueError, match="cannot go back"):
        clock.advance(-1)
    clock.run_until(3)
    assert clock.now() == 10


def test_a_timer_runs_at_its_own_time_and_not_before() -> None:
    clock = VirtualClock()
    calls: list[tuple[str, float]] = []
    clock.call_at(2, lambda name: calls.append((name, clock.now())), "two")
    clock.advance(1.99)
    assert calls == []
    clock.advance(5)
    assert calls == [("two", 2)]
    assert clock.now() == pytest.approx(6.99)


def test_a_timer_that_is_late_already_runs_at_the_next_turn_without_moving_time_back() -> None:
    clock = VirtualClock(start=5)
    calls: list[float] = []
    clock.call_at(1, lambda: calls.append(clock.now()))
    assert calls == []
    clock.advance(0)
    assert calls == [5]


def test_a_cancelled_timer_does_not_run_and_moves_no_time() -> None:
    clock = VirtualClock()
    calls: list[str] = []
    late = clock.call_at(9, calls.append, "late")
    clock.call_at(1, late.cancel)
    clock.run_until()
    assert calls == []
    assert clock.now() == 1


def test_run_until_idle_runs_timers_that_timers_set() -> None:
    clock = VirtualClock()
    ticks: list[float] = []

    def tick() -> None:
        ticks.append(clock.now())
        if len(ticks) < 3:
            clock.call_at(clock.now() + 10, tick)

    clock.call_at(10, tick)
    clock.run_until()
    assert ticks == [10, 20, 30]


@given(st.lists(st.integers(0, 5)))
def test_timers_run_by_time_and_then_in_the_order_in_which_they_were_made(times: list[int]) -> None:
    clock = VirtualClock()
    calls: list[tuple[int, int]] = []
    for number, when in enumerate(times):
        clock.call_at(when, calls.append, (when, number))
    clock.run_until()
    assert calls == sorted((when, number) for number, when in enumerate(times))


def test_an_hour_of_sleep_takes_no_time() -> None:
    async def sleeper() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    started = time.monotonic()
    assert run_virtual(sleeper()) == pytest.approx(3600)
    assert time.monotonic() - started < 1


def test_tasks_wake_in_the_order_of_their_timers() -> None:
    async def main() -> list[tuple[str, float]]:
        woken: list[tuple[str, float]] = []

        async def wake(name: str, seconds: float) -> None:
            await asyncio.sleep(seconds)
            woken.append((name, round(asyncio.get_running_loop().time(), 6)))

        await asyncio.gather(wake("c", 30), wake("a", 0.5), wake("b", 7), wake("now", 0))
        return woken

    assert run_virtual(main()) == [("now", 0), ("a", 0.5), ("b", 7), ("c", 30)]


def test_a_timeout_fires_at_its_own_time() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await asyncio.Event().wait()
        return asyncio.get_running_loop().time()

    assert run_virtual(main()) == pytest.approx(5)


def test_a_wait_that_cannot_end_is_an_error_and_not_a_hang() -> None:
    async def forever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="cannot come"):
        run_virtual(forever())


def test_an_error_of_the_coroutine_comes_out() -> None:
    async def fail() -> None:
        await asyncio.sleep(1)
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        run_virtual(fail())
