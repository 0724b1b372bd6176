"""The pure core against failing vendors, under a virtual clock: no word is lost, and no planted bug is missed."""

from __future__ import annotations

import pytest

from tests.simulate.__main__ import find
from tests.simulate.plants import PLANTS
from tests.simulate.scenario import Scenario


CHUNK = 100


@pytest.mark.parametrize("first", range(0, 500, CHUNK))
def test_no_rule_is_broken(first):
    """Lost words, repeats that are not flagged, hangs, second finals, wrong offsets and texts are problems."""
    results = [Scenario(seed).run() for seed in range(first, first + CHUNK)]
    assert {result.seed: result.problems for result in results if result.problems} == {}
    assert any(result.error for result in results), "faults that never end in an error prove little"


@pytest.mark.parametrize("plant", PLANTS)
def test_every_planted_bug_is_found(plant):
    assert find(plant) is not None


def test_the_same_seed_twice_gives_the_same_history():
    def history(seed):
        result = Scenario(seed).run()
        return result.attempts, result.hours, str(result.error)

    assert [history(seed) for seed in range(20)] == [history(seed) for seed in range(20)]
