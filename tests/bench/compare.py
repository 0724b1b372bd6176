"""``voxbridge compare --script demo`` against both emulators with set delays: ``python -m tests.bench.compare``.

Prints the medians of time to first audio (20 takes) beside the delays that the emulators were told to keep, each to be
within 10 ms or 5 %; then, of two runs with the same seed, in which columns they differ: only time may, and what espeak
itself never says twice the same.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from voxbridge._cli._group import commands
from voxbridge.testing import emulate


DELAYS = {"deepgram": 0.2, "deepdub": 0.4}


def compared(file: Path, *, cold: bool) -> dict[str, Any]:
    """Run the command and return what it wrote."""
    options = ["--script", "demo", "--backends", "deepgram,deepdub,espeak", "--repeat", "1", "--seed", "7"]
    commands.main(["compare", *options, *(["--cold"] if cold else []), "--json", str(file)], standalone_mode=False)
    contents: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return contents


def medians(contents: dict[str, Any], *, cold: bool) -> None:
    """Print them beside the delays, which say nothing of a connection's beginning."""
    for backend, delay in DELAYS.items():
        first = contents["summary"][backend]["first_audio"]
        off = first["median"] - delay
        kept = "within 10 ms or 5 %" if abs(off) <= max(0.010, 0.05 * delay) else "NOT within 10 ms or 5 %"
        verdict = "with its connection" if cold else kept
        print(
            f"{backend:9} delay {delay * 1000:4.0f} ms   median {first['median'] * 1000:6.1f} ms   "
            f"p95 {first['p95'] * 1000:6.1f} ms   {first['takes']} takes   {off * 1000:+5.1f} ms: {verdict}"
        )


def differing(one: Iterable[dict[str, Any]], other: Iterable[dict[str, Any]]) -> dict[str, list[str]]:
    """Return by backend the columns in which two runs differ."""
    found: dict[str, dict[str, None]] = {}
    for first, second in zip(one, other, strict=True):
        columns = found.setdefault(first["backend"], {})
        columns.update(dict.fromkeys(name for name in first if first[name] != second[name]))
    return {backend: list(columns) for backend, columns in found.items()}


def main() -> None:
    """Print it all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voice", default="oracle", help="what the emulators speak with: oracle or espeak")
    voice = parser.parse_args().voice
    with (
        tempfile.TemporaryDirectory() as folder,
        emulate("deepgram", delay=DELAYS["deepgram"], voice=voice) as deepgram,
        emulate("deepdub", delay=DELAYS["deepdub"], voice=voice) as deepdub,
    ):
        os.environ |= {**deepgram.env, **deepdub.env}
        runs = []
        for cold in (False, False, True):
            print("-- each take on connections of its own" if cold else "-- connections opened ahead")
            began = time.perf_counter()
            runs.append(compared(Path(folder) / "comparison.json", cold=cold))
            medians(runs[-1], cold=cold)
            print(f"{len(runs[-1]['rows'])} takes in {time.perf_counter() - began:.1f} s")
    print("-- the same seed again differs in")
    for backend, columns in differing(runs[0]["rows"], runs[1]["rows"]).items():
        print(f"{backend:9} {', '.join(columns) or 'nothing'}")


if __name__ == "__main__":
    main()
