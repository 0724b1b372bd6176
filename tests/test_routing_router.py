"""Falling back, and what a router may be made of."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from tests.hand import Hand
from voxbridge import BackendUnavailable, Client, InvalidConfig, Route, Router, Timeouts, UsageError
from voxbridge.routing import Attempt, Outcome, Standing, members
from voxbridge.routing._orders import Pace
from voxbridge.routing._router import Fallback


class Member:
    """One that is tried once. A capital is passed over, and reopens the sooner the earlier it is in the alphabet."""

    def __init__(self, name: str) -> None:
        self.name, self.pace, self.timeouts = name, Pace(), Timeouts()

    def steps(self, start: int, clock: Any, *, sure: bool) -> Any:
        return None if self.name.isupper() and not sure else (yield Attempt(self, start, None))

    def standing(self, now: float) -> Standing:
        return Standing("open", ord(self.name))


def drive(members: str, *outcomes: Outcome) -> list[tuple[str, int]]:
    """Return who was tried, from which unit on."""
    steps = Fallback([Member(name) for name in members]).steps(0, float)
    tried = [next(steps)]
    for outcome in outcomes:
        with suppress(StopIteration):
            tried.append(steps.send(outcome))
    return [(attempt.leaf.name, attempt.start) for attempt in tried]


def failed(spoken: int) -> Outcome:
    return Outcome(spoken, error=BackendUnavailable())


def test_members_are_tried_in_order_and_each_once():
    assert drive("abc", failed(0), failed(0), failed(0)) == [("a", 0), ("b", 0), ("c", 0)]


def test_the_next_starts_where_the_one_before_was_cut():
    assert drive("ab", failed(3), Outcome(9)) == [("a", 0), ("b", 3)]


def test_after_progress_everybody_else_has_a_new_chance():
    assert drive("abc", failed(0), failed(2), failed(2), failed(2)) == [("a", 0), ("b", 0), ("c", 2), ("a", 2)]


@pytest.mark.parametrize(
    ("members", "tried"),
    [("Abc", "bcA"), ("aBc", "acB"), ("ABc", "cA"), ("BA", "A"), ("AB", "A"), ("CBA", "A"), ("A", "A")],
)
def test_who_is_passed_over_is_the_last_hope_and_of_several_the_one_that_reopens_first(members, tried):
    assert drive(members, *[failed(0)] * 9) == [(name, 0) for name in tried]


def test_who_is_passed_over_in_the_midst_is_asked_again_only_where_the_others_fail():
    assert drive("ab", Outcome(2, passed=True), Outcome(9)) == [("a", 0), ("b", 2)]
    assert drive("ab", Outcome(2, passed=True), failed(2), Outcome(9)) == [("a", 0), ("b", 2), ("a", 2)]
    assert drive("ab", Outcome(0, passed=True), failed(0), failed(0)) == [("a", 0), ("b", 0), ("a", 0)]


def test_without_progress_it_ends():
    assert len(drive("ab", *[failed(0)] * 2)) == 2


def test_a_bare_backend_or_a_name_will_do_as_a_route():
    hand = Hand()
    router = Router([hand, "acme", Route("other", "voice")])
    assert [route.backend_name for route in router.routes] == ["hand", "acme", "other"]
    assert router.name == "hand+acme+other"
    assert Router([hand], name="live").name == "live"


def test_it_needs_a_member():
    with pytest.raises(UsageError, match="at least one"):
        Router([])


def test_the_same_member_twice_is_a_mistake_but_not_in_another_voice():
    with pytest.raises(InvalidConfig, match="twice"):
        Router(["a", "a"])
    hand = Hand()
    with pytest.raises(InvalidConfig, match="'hand' with voice 'x' is in the route twice: a second try is `retries=`"):
        Router([Route(hand, "x"), "b", Route(hand, "x")])
    assert len(Router([Route("a", "x"), Route("a", "y")]).routes) == 2


def test_a_route_whose_voice_is_not_cast_for_its_member_is_refused_at_once():
    with pytest.raises(
        InvalidConfig, match=r"the voice is not cast for 'deepdub', but for deepgram, depdub\. Did you mean"
    ):
        Router([Route("deepdub", {"deepgram": "aura-2-thalia-en", "depdub": "x"})])
    with pytest.raises(InvalidConfig, match="the voice is not cast for 'hand', but for nobody"):
        Router([Route(Hand(), {})])
    assert Router([Route(Router([Route(Hand(), "own")]), {"other": "x"})]), "a member's own voice comes first"


def test_a_router_that_came_to_be_a_member_of_itself_is_refused_and_not_gone_through_for_ever():
    inner = Router(["a"], name="inner")
    inner.routes = (Route(Router([inner], name="outer")),)
    with pytest.raises(InvalidConfig, match="router 'inner' is a member of itself"):
        list(members(inner))
    with pytest.raises(InvalidConfig, match="is a member of itself"):
        Client(inner)


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), True, "1"])
@pytest.mark.parametrize("name", ["first_audio_timeout", "stall_timeout"])
def test_times_are_seconds_above_0(name, value):
    with pytest.raises(UsageError, match=name):
        Route("a", **{name: value})
    with pytest.raises(UsageError, match=name):
        Router(["a"], **{name: value})


@pytest.mark.parametrize("value", [-1, 1.5, True, "1"])
def test_retries_are_a_number_of_tries(value):
    with pytest.raises(UsageError, match="retries"):
        Route("a", retries=value)


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), True, "1", None])
def test_a_weight_is_a_number_from_0(value):
    with pytest.raises(UsageError, match=r"weight is .*: give a number, 0 for a member that only stands in"):
        Route("a", weight=value)
    assert Route("a", weight=0.5).weight == 0.5
    assert Route("a").weight == 1


@pytest.mark.parametrize(("value", "hint"), [("fastst", "Did you mean 'fastest'"), (None, ""), (7, "")])
def test_an_order_is_one_of_four_or_the_callers_own(value, hint):
    known = "give one of listed, fastest, cheapest, weighted, or a callable that takes the routes"
    with pytest.raises(InvalidConfig, match=rf"order is {value!r}: {known}.*{hint}"):
        Router(["a"], order=value)


def test_it_is_a_backend_whose_members_speak():
    from voxbridge import Voice

    voice = Voice(id="x", backend="hand")
    hand = Hand()
    assert Router([hand]).capabilities(voice) == hand.capabilities(voice)
    with pytest.raises(UsageError, match="is a name"):
        Router(["acme"]).capabilities(voice)
    with pytest.raises(UsageError, match="no exchange"):
        Router([hand]).exchange(None)
