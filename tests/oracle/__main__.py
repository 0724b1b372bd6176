"""``python -m tests.oracle --seeds 300``: speak over real sockets before failing vendors, and judge what is heard."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from .cases import draw
from .rules import problems
from .run import Result, run


def runs(seeds: Iterable[int], at_once: int) -> Iterator[Result]:
    """Yield the runs of *seeds* in their order; most of their time is waiting."""
    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(lambda seed: run(draw(seed)), seeds)


def main() -> int:
    """Run what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=300, help="how many runs")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--at-once", type=int, default=4, help="runs at once")
    arguments = parser.parse_args()
    began, wrong, longest = time.perf_counter(), 0, 0.0
    seen: Counter[str] = Counter()
    for result in runs(range(arguments.first, arguments.first + arguments.seeds), arguments.at_once):
        longest = max(longest, result.seconds)
        seams = sum(chunk.discontinuity for chunk in result.chunks)
        seen["seams"] += seams
        seen[f"ended with {type(result.error).__name__}" if result.error else "were spoken"] += 1
        seen.update(f"attempts with {type(attempt.error).__name__}" for attempt in result.attempts if attempt.error)
        if found := problems(result):
            wrong += 1
            print(f"seed {result.case.seed} ({result.case.name}): {'; '.join(found)[:500]}")
    print(
        f"{arguments.seeds} runs, {wrong} broke a rule, the longest took {longest:.2f} s "
        f"({time.perf_counter() - began:.1f} s in all)"
    )
    for name, count in sorted(seen.items()):
        print(f"{count:6} {name}")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
