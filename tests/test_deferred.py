"""The bound on a call that is asked again and again: by a clock, a step at a time."""

from __future__ import annotations

import pytest

from voxbridge import BackendUnavailable, HttpRequest, HttpResponse, Pause, SynthesisTimeout
from voxbridge._deferred import within


ASK = HttpRequest(method="GET", url="http://127.0.0.1/")
ANSWER = HttpResponse(status=200, headers={}, body=b"")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def bounded(call, clock, timeout=10.0):
    """Return a bounded call at its first step, with that step."""
    passed = within(timeout, call, clock)
    return passed, next(passed)


def test_each_request_may_take_what_is_left():
    def call():
        yield ASK
        yield Pause(3)
        yield ASK

    clock = Clock()
    passed, first = bounded(call(), clock)
    clock.now += 2
    pause = passed.send(ANSWER)
    clock.now += 3
    assert (first.timeout, pause, passed.send(None).timeout) == (10, Pause(3), 5)


def test_answers_and_the_value_go_through():
    def call():
        answer = yield ASK
        return answer, (yield Pause(0))

    passed, _ = bounded(call(), Clock())
    passed.send(ANSWER)
    with pytest.raises(StopIteration) as end:
        passed.send(None)
    assert end.value.value == (ANSWER, None)


def test_an_error_is_the_calls_own_matter_while_there_is_time():
    def call():
        try:
            yield ASK
        except BackendUnavailable:
            yield Pause(1)

    passed, _ = bounded(call(), Clock())
    assert passed.throw(BackendUnavailable()) == Pause(1)


def test_a_pause_that_would_outlast_it_is_not_begun():
    def call():
        yield ASK
        yield Pause(8)

    clock = Clock()
    passed, _ = bounded(call(), clock)
    clock.now += 2
    with pytest.raises(SynthesisTimeout, match="not ready within 10 s") as late:
        passed.send(ANSWER)
    assert late.value.phase == "total"


def test_what_fails_when_the_time_is_over_fails_because_of_it():
    def call():
        yield ASK

    clock = Clock()
    passed, _ = bounded(call(), clock)
    clock.now += 10
    cause = BackendUnavailable()
    with pytest.raises(SynthesisTimeout) as late:
        passed.throw(cause)
    assert (late.value.phase, late.value.__cause__) == ("total", cause)
