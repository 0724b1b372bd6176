"""`--fail-if`: what is read, what is refused, and what holds."""

from __future__ import annotations

import pytest

from voxbridge import UsageError
from voxbridge._compare import Condition


TARGETS = ["deepgram", "deepgram/aura.2", "espeak"]
SUMMARY = {
    "deepgram": {"first_audio": {"median": 0.5, "p95": 0.9}, "errors": 1, "cost_of_1k_characters": None},
    "deepgram/aura.2": {"first_audio": {"median": 0.1, "p95": 0.2}, "errors": 0, "cost_of_1k_characters": 0.03},
    "espeak": {"first_audio": {"median": None, "p95": None}, "errors": 3, "cost_of_1k_characters": None},
}


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("deepgram.first_audio.p95 > 0.8", "deepgram.first_audio.p95 > 0.8: it is 0.9"),
        ("deepgram.first_audio.p95>1", None),
        ("deepgram.first_audio.median >= .5", "deepgram.first_audio.median >= .5: it is 0.5"),
        (" deepgram.first_audio.median <= 0.4 ", None),
        ("deepgram/aura.2.first_audio.p95 > 0.1", "deepgram/aura.2.first_audio.p95 > 0.1: it is 0.2"),
        ("deepgram.errors != 0", "deepgram.errors != 0: it is 1"),
        ("deepgram/aura.2.errors == 0", "deepgram/aura.2.errors == 0: it is 0"),
        ("deepgram/aura.2.cost_of_1k_characters < 1", "deepgram/aura.2.cost_of_1k_characters < 1: it is 0.03"),
        ("espeak.first_audio.median < -1", "espeak.first_audio.median < -1: it is not known"),
    ],
)
def test_a_condition_tells_what_it_found(expression, found):
    assert Condition.parse(expression, TARGETS).found(SUMMARY) == found


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("", "no condition: give one such as"),
        ("deepgram.first_audio.p95", "no condition"),
        ("deepgram.first_audio.p95 > fast", "no condition"),
        ("deepgram.first_audio.p95 => 1", "say which of first_audio"),
        ("deepgran.first_audio.p95 > 1", "names no target. Did you mean 'deepgram'"),
        ("deepgram.first_adio.p95 > 1", "'first_adio' is no measure. Did you mean 'first_audio'"),
        ("deepgram.first_audio > 1", "first_audio.median or first_audio.p95"),
        ("deepgram.first_audio.p99 > 1", "first_audio.median or first_audio.p95"),
        ("deepgram.errors.median > 1", "errors is one number"),
        ("__class__.__init__ > 1", "names no target"),
    ],
)
def test_what_is_no_condition_is_refused_with_what_would_be(expression, words):
    with pytest.raises(UsageError) as refused:
        Condition.parse(expression, TARGETS)
    assert words in str(refused.value)
