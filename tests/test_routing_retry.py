"""Trying one backend again."""

from __future__ import annotations

from typing import Any
from unittest.mock import MagicMock

import pytest

from voxbridge import AuthenticationError, BackendUnavailable, RateLimited, RejectedRequest, UnsupportedUtterance
from voxbridge._exchange import Pause
from voxbridge.routing import Attempt, Outcome, Retry


class Leaf:
    """One whose account bears everything."""

    def enter(self, now: float, **how: bool) -> Any:
        return MagicMock()

    def affords(self, now: float, **how: bool) -> bool:
        return True


LEAF = Leaf()


def tried(start: int) -> Attempt:
    return Attempt(LEAF, start, None)


def drive(retry: Retry, *outcomes: Outcome | None) -> list[Any]:
    """Return what is yielded, and at the end the outcome that is returned."""
    steps = retry.steps(LEAF, 0, float, sure=True)
    seen = [next(steps)]
    try:
        for outcome in outcomes:
            seen.append(steps.send(outcome))  # noqa: PERF401  # a comprehension would swallow the end
    except StopIteration as end:
        seen.append(end.value)
    return seen


def failed(error: Any = None, spoken: int = 0, *, partial: bool = False) -> Outcome:
    return Outcome(spoken, partial, error or BackendUnavailable())


def always(chance: float = 1.0, retries: int = 2, *, alone: bool = True) -> Retry:
    return Retry(retries=retries, alone=alone, chance=lambda: chance)


def test_it_tries_as_often_as_it_may_and_waits_longer_each_time():
    error = failed()
    seen = drive(always(), error, None, error, None, error)
    assert seen == [tried(0), Pause(0.05), tried(0), Pause(0.1), tried(0), error]


def test_no_wait_is_longer_than_its_limit():
    for error, limit in [(BackendUnavailable(), 1.0), (RateLimited(), 20.0)]:
        seen = drive(always(retries=40), *[failed(error), None] * 40)
        assert max(step.seconds for step in seen if isinstance(step, Pause)) == limit


def test_the_wait_is_a_part_of_the_limit_by_chance():
    assert drive(always(0.5), failed())[1] == Pause(0.025)
    assert drive(always(0.0), failed())[1] == Pause(0.0)


def test_success_ends_it():
    assert drive(always(), Outcome(3)) == [tried(0), Outcome(3)]


def test_the_next_try_starts_at_the_first_unit_that_is_not_whole():
    assert drive(always(), failed(spoken=4), None)[-1] == tried(4)


def test_progress_gives_the_tries_back():
    seen = drive(always(retries=1), *[item for n in range(1, 9) for item in (failed(spoken=n), None)])
    assert [step.start for step in seen if isinstance(step, Attempt)] == list(range(9))


@pytest.mark.parametrize(
    "outcome",
    [
        failed(partial=True),
        failed(AuthenticationError()),
        failed(RejectedRequest()),
        failed(UnsupportedUtterance("no")),
    ],
    ids=["heard", "key", "refused", "unable"],
)
def test_what_cannot_help_is_not_tried(outcome):
    assert drive(always(), outcome)[-1] is outcome


def test_no_retries_means_none():
    assert len(drive(always(retries=0), failed())) == 2


@pytest.mark.parametrize(
    ("asked", "alone", "waits"), [(2, False, True), (3, False, False), (60, True, True), (61, True, False)]
)
def test_what_the_vendor_asks_to_wait_is_waited_unless_somebody_else_could_speak(asked, alone, waits):
    outcome = failed(RateLimited(retry_after=asked))
    assert drive(always(alone=alone), outcome)[1] == (Pause(asked) if waits else outcome)


def test_where_there_is_no_time_to_wait_it_gives_up():
    outcome = failed()
    assert drive(always(), outcome, Outcome(0)) == [tried(0), Pause(0.05), outcome]
