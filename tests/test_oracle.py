"""Words over real sockets: a sample of what ``python -m tests.oracle`` runs, and proof that it hears what is wrong."""

from __future__ import annotations

from collections import Counter

import pytest
from attrs import evolve

from tests.oracle.__main__ import runs
from tests.oracle.cases import draw
from tests.oracle.rules import problems
from tests.oracle.run import run
from tests.simulate.plants import PLANTS
from voxbridge import AudioFormat, SynthesisTimeout


def test_whatever_goes_wrong_no_word_is_lost_and_what_is_heard_twice_is_flagged():
    results = list(runs(range(30), at_once=4))
    broken = {result.case.name: found for result in results if (found := problems(result))}
    assert broken == {}
    struck = Counter(type(attempt.error).__name__ for result in results for attempt in result.attempts)
    assert len(struck) > 5, "faults that do not strike prove little"


@pytest.mark.parametrize(
    "plant",
    ["skips the cut unit", "starts from the beginning", "does not flag repeats", "forgets the resamplers rest"],
)
def test_a_planted_bug_is_heard(plant):
    """Live speech, a socket that dies in the second of three sentences, and 8000 Hz made of 24000."""
    fault = {"kind": "close", "code": 1011, "on": 1, "at": 0.6}
    case = evolve(
        draw(0), members=(("deepgram", "websocket"), ("deepdub", "websocket")), faults=((fault,), ()), how="pushed",
        delivery="live", text="w0 w1 w2. w3 w4 w5. w6 w7 w8.", format="linear16/22050", patience=0.7, deadline=30.0,
    )  # fmt: skip
    assert problems(run(case)) == []
    with PLANTS[plant]():
        assert problems(run(case)) != []


def test_what_takes_too_long_or_comes_in_another_format_is_found():
    result = run(evolve(draw(0), faults=((), ()), format="linear16/16000"))
    assert problems(result) == []
    assert problems(evolve(result, seconds=31.0)) == ["took 31.00 s"]
    late = evolve(result, error=SynthesisTimeout(phase="total"))
    assert any("called late" in found for found in problems(late))
    first, *others = result.chunks
    changed = evolve(result, chunks=[evolve(first, format=AudioFormat("mulaw", 8000)), *others])
    assert any(found.startswith("gave ") for found in problems(changed))
