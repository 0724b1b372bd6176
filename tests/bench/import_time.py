"""Time ``import voxbridge`` next to ``import httpx`` in fresh interpreters: ``python tests/bench/import_time.py``."""

from __future__ import annotations

import statistics
import subprocess
import sys


ROUNDS = 15
COMMAND = "import time; began = time.perf_counter(); import {}; print(time.perf_counter() - began)"


def seconds(module: str) -> float:
    """Return how long a fresh interpreter takes to import *module*."""
    run = subprocess.run([sys.executable, "-c", COMMAND.format(module)], capture_output=True, text=True, check=True)
    return float(run.stdout)


def main() -> None:
    """Print the medians of interleaved rounds, and their ratio."""
    names = ("voxbridge", "httpx", "voxbridge; voxbridge.Client")
    times: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(ROUNDS):
        for name in names:
            times[name].append(seconds(name))
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, median in medians.items():
        print(f"import {name:30} {median * 1000:7.1f} ms   {median / medians['httpx']:.2f} of httpx")


if __name__ == "__main__":
    main()
