"""How many retries an account can bear."""

from __future__ import annotations

from voxbridge.routing._budget import Budget


def test_five_failures_are_the_last_ones_after_which_somebody_tries_again():
    budget, afforded = Budget(), []
    for _ in range(7):
        budget.failed()
        afforded.append(budget.affords())
    assert afforded == [True, True, True, True, False, False, False]


def test_ten_successes_earn_one_retry():
    budget = Budget()
    for _ in range(5):
        budget.failed()
    assert not budget.affords()
    for _ in range(10):
        budget.succeeded()
    assert budget.affords()
    budget.failed()
    assert not budget.affords()


def test_what_is_owed_and_what_is_saved_have_their_limits():
    budget = Budget()
    for _ in range(1000):
        budget.succeeded()
    for _ in range(5):
        budget.failed()
    assert not budget.affords()
    for _ in range(1000):
        budget.failed()
    for _ in range(51):
        budget.succeeded()
    assert budget.affords()


def test_a_quiet_account_has_three_retries_at_once():
    budget = Budget()
    for _ in range(3):
        assert budget.affords()
        budget.enter(again=True)
    assert not budget.affords()
    budget.leave(again=True)
    assert budget.affords()


def test_a_busy_one_has_a_fifth_of_those_at_work():
    budget = Budget()
    for _ in range(100):
        budget.enter(again=False)
    again = 0
    while budget.affords():
        budget.enter(again=True)
        again += 1
    assert again == 25  # a fifth of the 125 that are then at work
    for _ in range(100):
        budget.leave(again=False)
    assert not budget.affords()
    assert budget.active == 25
