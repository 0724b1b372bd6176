"""The pure core against failing vendors, under a virtual clock: no word is lost, and no planted bug is missed."""

from __future__ import annotations

import pytest

from tests.simulate.__main__ import find
from tests.simulate.plants import PLANTS
from tests.simulate.scenario import Scenario


SEEDS, HOURS, CHUNKS = 500, 20.0, 10  # of streams, in all, at least


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_rule_is_broken(chunk):
    """Lost words, repeats that are not flagged, hangs, second finals, wrong offsets and texts are problems."""
    results = []
    while len(results) < SEEDS / CHUNKS or sum(result.hours for result in results) < HOURS / CHUNKS:
        results.append(Scenario(1000 * chunk + len(results)).run())
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
