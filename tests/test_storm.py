"""A thousand callers and a vendor that is out of order for ten minutes, under the virtual clock."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.simulate.storm import State, Storm, ailing, crowded, hanging, refusing


DIES, RECOVERS, END = 30, 630, 870
STEADY = 50  # utterances a second


@pytest.fixture(scope="module", params=[refusing, hanging], ids=lambda state: state.__name__)
def storm(request: pytest.FixtureRequest) -> Storm:
    """The first of two vendors is dead for ten minutes."""
    made = Storm(["first", "second"], request.param, until=END)
    made.run()
    return made


class TestOutage:
    def test_nobody_goes_unheard(self, storm: Storm):
        assert sum(storm.offered.values()) == STEADY * END
        assert storm.failed == 0

    def test_in_its_first_ten_seconds_the_dead_vendor_is_asked_at_most_12_times_for_10_utterances(self, storm: Storm):
        asked = storm.asked_between("first", DIES, DIES + 10)
        assert 5 <= len(asked) <= 1.2 * storm.offered_between(DIES, DIES + 10)

    def test_then_it_is_asked_once_each_time_its_breaker_was_open(self, storm: Storm):
        """The breaker is open for 30, 60, 90 s and so on, a fifth more or less: five times, or six, in ten minutes."""
        trials = storm.asked_between("first", DIES + 10, RECOVERS)
        assert 4 <= len(trials) <= 7
        assert all(later - earlier >= 0.8 * 60 for earlier, later in pairwise(trials))

    def test_after_its_recovery_it_is_asked_by_everybody_again_and_never_by_twice_as_many(self, storm: Storm):
        assert storm.busiest("first", RECOVERS) <= 2 * STEADY
        assert storm.busiest("second", 0) <= 2 * STEADY
        assert len(storm.asked_between("first", END - 10, END)) == 10 * STEADY

    def test_all_of_it_costs_next_to_nothing(self, storm: Storm):
        asked = sum(map(len, storm.asked.values()))
        assert asked <= 1.01 * STEADY * END


@pytest.mark.parametrize("state", [refusing, hanging, crowded, ailing], ids=lambda state: state.__name__)
@pytest.mark.parametrize("backends", [["only"], ["first", "second"]], ids=len)
def test_an_outage_costs_at_most_a_fifth_more_whatever_it_is(state: State, backends: list[str]):
    """Also for those who have nobody else to ask: they are not refused, but they do not all ask again."""
    storm = Storm(backends, state, ends=110.0, until=115.0)
    storm.run()
    for begin in range(DIES, 110, 10):
        asked = storm.asked_between(backends[0], begin, begin + 10)
        assert len(asked) <= 1.2 * storm.offered_between(begin, begin + 10)
    assert storm.failed == 0 or len(backends) == 1


def test_the_same_seed_twice_is_the_same_storm():
    storms = [Storm(["first", "second"], ailing, callers=50, until=120.0) for _ in range(2)]
    for storm in storms:
        storm.run()
    assert storms[0].asked == storms[1].asked
