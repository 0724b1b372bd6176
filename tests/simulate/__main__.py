"""``python -m tests.simulate --seeds 20000``, or ``--hours 1000``: run the pure core against failing vendors.

Then plant bugs, one at a time, which must be found. An hour is one of a stream's, under the virtual clock.
"""

from __future__ import annotations

import argparse
import sys
import time

from .plants import PLANTS
from .scenario import Scenario


def simulate(first: int, seeds: int, least: float = 0.0) -> int:
    """Run so many seeds, and as many more as make up the *least* hours; print what broke, and return how many did."""
    began, hours, broken, failed, attempts, count = time.perf_counter(), 0.0, 0, 0, 0, 0
    while count < seeds or hours < least:
        seed, count = first + count, count + 1
        result = Scenario(seed).run()
        hours += result.hours
        failed += result.error is not None
        attempts += result.attempts
        if result.problems:
            broken += 1
            print(f"seed {seed}: {'; '.join(result.problems)[:300]}")
    print(
        f"{count} runs, {hours:.1f} virtual hours, {attempts} attempts: {failed} ended in an error that was right, "
        f"{broken} broke a rule ({time.perf_counter() - began:.1f} s)"
    )
    return broken


def find(plant: str, most: int = 1000) -> int | None:
    """Return the first seed that finds a planted bug, or None."""
    with PLANTS[plant]():
        for seed in range(most):
            try:
                if Scenario(seed).run().problems:
                    return seed
            except Exception:  # noqa: BLE001  # a crash is found, too
                return seed
    return None


def main() -> int:
    """Run what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=500, help="how many runs, at least")
    parser.add_argument("--hours", type=float, default=0.0, help="how many virtual hours, at least")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    arguments = parser.parse_args()
    broken = simulate(arguments.first, arguments.seeds, arguments.hours)
    missed = 0
    for plant in PLANTS:
        seed = find(plant)
        missed += seed is None
        print(f"planted: {plant}: {'NOT FOUND' if seed is None else f'found by seed {seed}'}")
    return bool(broken or missed)


if __name__ == "__main__":
    sys.exit(main())
