"""When a vendor is left alone, and when it is tried again."""

from __future__ import annotations

import gc
import weakref
from random import Random

import pytest

from voxbridge import BackendUnavailable
from voxbridge.routing._breaker import Breaker, Circuit


DOWN = BackendUnavailable("down")
SOMEBODY, ANOTHER = object(), object()


def breaker(chance: float = 0.5) -> Breaker:
    """Return one whose jitter is nothing unless a chance is given."""
    return Breaker(lambda: chance)


def opened(chance: float = 0.5, now: float = 0.0) -> Breaker:
    made = breaker(chance)
    for _ in range(5):
        made.failed(SOMEBODY, now, DOWN)
    return made


def trial(made: Breaker, who: object = SOMEBODY) -> float:
    """Let somebody make the trial that is due, and return when that is."""
    assert made.until is not None
    assert made.admits(made.until)
    made.enter(who, made.until)
    return made.until


class TestOpening:
    def test_five_failures_in_a_row_open_it(self):
        made = breaker()
        for _ in range(4):
            made.failed(SOMEBODY, 1.0, DOWN)
        assert made.state(1.0) == "closed"
        made.failed(SOMEBODY, 1.0, DOWN)
        assert (made.state(1.0), made.until) == ("open", 31.0)

    def test_a_success_between_them_begins_the_row_anew(self):
        made = breaker()
        for _ in range(3):
            for _ in range(4):
                made.failed(SOMEBODY, 1.0, DOWN)
            made.succeeded(SOMEBODY, 1.0)
        assert made.state(1.0) == "closed"

    @pytest.mark.parametrize(
        ("outcomes", "state"),
        [
            ("ox" * 9, "closed"),
            ("ox" * 10, "open"),
            ("oox" * 20, "closed"),
            ("xxo" * 6 + "x", "closed"),
            ("xxo" * 6 + "xx", "open"),
        ],
    )
    def test_half_of_twenty_within_ten_seconds_open_it(self, outcomes: str, state: str):
        made = breaker()
        for number, outcome in enumerate(outcomes):
            now = 9.0 * number / len(outcomes)
            if outcome == "x":
                made.failed(SOMEBODY, now, DOWN)
            else:
                made.succeeded(SOMEBODY, now)
        assert made.state(9.0) == state

    def test_what_happened_more_than_ten_seconds_ago_is_no_part_of_the_share(self):
        made = breaker()
        for second in range(60):  # every other one fails, but never twenty within ten seconds
            made.failed(SOMEBODY, second, DOWN)
            if second % 2:
                made.succeeded(SOMEBODY, second)
        assert made.state(60) == "closed"

    def test_twenty_successes_outweigh_nineteen_failures_that_are_no_row(self):
        made = breaker()
        for _ in range(4):
            for _ in range(5):
                made.succeeded(SOMEBODY, 0.0)
            for _ in range(4):
                made.failed(SOMEBODY, 0.0, DOWN)
        assert made.state(0.0) == "closed"


class TestOpen:
    def test_nobody_passes_until_its_time_is_over(self):
        made = opened()
        assert [made.admits(now) for now in (0.0, 15.0, 29.9, 30.0)] == [False, False, False, True]
        assert [made.state(now) for now in (29.9, 30.0)] == ["open", "trial"]

    def test_one_at_a_time_may_try(self):
        made = opened()
        now = trial(made)
        assert not made.admits(now)
        assert made.state(now) == "trial"
        made.leave(SOMEBODY)
        assert made.admits(now)

    def test_a_trial_of_which_nothing_comes_is_another_ones_after_half_a_minute(self):
        made = opened()
        now = trial(made)
        assert not made.admits(now + 29.9)
        made.enter(ANOTHER, now + 30)
        made.failed(SOMEBODY, now + 31, DOWN)  # nobody waits for it any more
        made.leave(SOMEBODY)
        assert made.state(now + 31) == "trial"
        assert not made.admits(now + 31)
        made.succeeded(ANOTHER, now + 32)
        assert made.state(now + 32) == "closed"

    def test_its_success_closes_it(self):
        made = opened()
        made.succeeded(SOMEBODY, trial(made))
        assert made.state(40.0) == "closed"
        assert made.cause is None
        for _ in range(4):
            made.failed(SOMEBODY, 40.0, DOWN)
        assert made.state(40.0) == "closed"

    def test_what_began_before_it_opened_changes_nothing(self):
        made = opened()
        made.succeeded(ANOTHER, 1.0)
        for _ in range(100):
            made.failed(ANOTHER, 2.0, DOWN)
        assert made.until == 30.0
        trial(made)
        made.succeeded(ANOTHER, 31.0)
        made.failed(ANOTHER, 31.0, DOWN)
        assert made.state(31.0) == "trial"

    def test_each_failed_trial_keeps_it_open_for_longer_up_to_five_minutes(self):
        made, lengths = opened(), [30.0]
        for _ in range(12):
            now = trial(made)
            made.failed(SOMEBODY, now, DOWN)
            made.leave(SOMEBODY)
            lengths.append(made.until - now)
        assert lengths == pytest.approx([30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300, 300])

    def test_after_a_success_it_begins_with_half_a_minute_again(self):
        made = opened()
        made.failed(SOMEBODY, trial(made), DOWN)
        made.succeeded(SOMEBODY, trial(made))
        for _ in range(5):
            made.failed(SOMEBODY, 1000.0, DOWN)
        assert made.until == 1030.0

    def test_who_passes_although_it_is_open_makes_no_trial(self):
        made = opened()
        made.enter(SOMEBODY, 1.0)
        made.succeeded(SOMEBODY, 2.0)
        made.leave(SOMEBODY)
        assert made.until == 30.0

    def test_who_passes_when_a_trial_is_due_makes_it(self):
        made = opened()
        made.enter(SOMEBODY, 31.0)
        assert not made.admits(31.0)

    @pytest.mark.parametrize(("chance", "seconds"), [(0.0, 24.0), (0.25, 27.0), (0.5, 30.0), (1.0, 36.0)])
    def test_its_time_is_a_fifth_shorter_or_longer_by_chance(self, chance: float, seconds: float):
        assert opened(chance).until == pytest.approx(seconds)

    def test_no_two_processes_come_back_at_once(self):
        untils = []
        for seed in range(200):
            made = Breaker(Random(seed).random)  # noqa: S311  # no secret
            for _ in range(5):
                made.failed(SOMEBODY, 0.0, DOWN)
            untils.append(made.until)
        assert min(untils) >= 24
        assert max(untils) <= 36
        assert max(untils) - min(untils) > 11
        assert len(set(untils)) == 200

    def test_it_says_what_opened_it_and_keeps_no_callers_variables_alive(self):
        class Text(str):
            __slots__ = ("__weakref__",)

        def speak() -> weakref.ref[Text]:
            text = Text("what only the caller should have")
            with pytest.raises(BackendUnavailable) as raised:
                raise BackendUnavailable("down", status_code=503, detail="maintenance", request_id="r1")
            for _ in range(5):
                made.failed(SOMEBODY, 0.0, raised.value)
            return weakref.ref(text)

        made = breaker()
        text = speak()
        gc.collect()
        assert text() is None
        cause = made.cause
        assert isinstance(cause, BackendUnavailable)
        assert (cause.status_code, cause.detail, cause.request_id, cause.__traceback__) == (
            503, "maintenance", "r1", None,
        )  # fmt: skip
        assert str(cause) == str(BackendUnavailable("down", status_code=503, detail="maintenance", request_id="r1"))


def test_a_circuit_is_opened_by_hand_and_closed_by_a_trial_alone():
    made = Circuit()
    made.enter(SOMEBODY, 0.0)
    made.open(300.0, DOWN)
    made.succeeded(SOMEBODY, 10.0)
    made.succeeded(None, 10.0)
    assert made.state(10.0) == "open"
    made.enter(ANOTHER, 300.0)
    made.succeeded(ANOTHER, 301.0)
    assert made.state(301.0) == "closed"
