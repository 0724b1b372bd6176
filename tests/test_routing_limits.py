"""Places in an account."""

from __future__ import annotations

from uuid import uuid4

import pytest

from voxbridge import Slots
from voxbridge.routing import Slot, _limits


@pytest.fixture
def slots() -> Slots:
    return Slots(("vendor", uuid4()), 2)


def test_places_are_taken_at_once_while_there_are_any(slots):
    assert [Slot(slots, pytest.fail).held for _ in range(2)] == [True, True]


def test_who_finds_them_taken_waits_and_is_told_in_order(slots):
    told: list[str] = []
    first, second = Slot(slots, pytest.fail), Slot(slots, pytest.fail)
    third, fourth = Slot(slots, lambda: told.append("third")), Slot(slots, lambda: told.append("fourth"))
    assert (third.held, fourth.held) == (False, False)
    second.release()
    assert told == ["third"]
    first.release()
    assert told == ["third", "fourth"]


def test_who_gives_up_waiting_is_passed_over(slots):
    told: list[str] = []
    first, _ = Slot(slots, pytest.fail), Slot(slots, pytest.fail)
    third, _ = Slot(slots, pytest.fail), Slot(slots, lambda: told.append("fourth"))
    third.release()
    first.release()
    assert told == ["fourth"]


def test_nobody_overtakes_those_who_wait(slots):
    told: list[str] = []
    first, second = Slot(slots, pytest.fail), Slot(slots, pytest.fail)
    Slot(slots, lambda: told.append("third"))
    first.release()
    second.release()
    assert Slot(slots, pytest.fail).held
    assert not Slot(slots, pytest.fail).held


def test_releasing_twice_gives_up_one_place(slots):
    first, _ = Slot(slots, pytest.fail), Slot(slots, pytest.fail)
    first.release()
    first.release()
    assert Slot(slots, pytest.fail).held
    assert not Slot(slots, pytest.fail).held


def test_of_an_account_that_nobody_uses_nothing_is_kept(slots):
    first, second = Slot(slots, pytest.fail), Slot(slots, pytest.fail)
    third = Slot(slots, pytest.fail)
    third.release()
    for slot in (first, first, second):
        assert slots.account in _limits._accounts
        slot.release()
    assert slots.account not in _limits._accounts


def test_a_place_of_before_a_fork_frees_none_of_afterwards(slots):
    before = Slot(slots, pytest.fail)
    _limits._forked()
    after = [Slot(slots, pytest.fail) for _ in range(2)]
    before.release()
    assert not Slot(slots, pytest.fail).held
    assert all(slot.held for slot in after)


def test_who_waits_is_told_so_only_until_the_place_is_there(slots):
    told: list[str] = []
    first, _ = Slot(slots, pytest.fail), Slot(slots, pytest.fail)
    third = Slot(slots, lambda: told.append("granted"))
    third.unless_held(lambda: told.append("waits"))
    first.release()
    third.unless_held(lambda: told.append("waits"))
    assert told == ["waits", "granted"]
