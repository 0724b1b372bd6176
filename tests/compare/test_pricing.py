"""Bills and costs of a take's attempts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from voxbridge import AttemptReport, Billed
from voxbridge._compare._plan import Plan
from voxbridge._compare._pricing import Prices
from voxbridge.config import Config
from voxbridge.testing import ScriptedBackend


CONFIG = {
    "backends": {
        "deepdub": {"price": {"per": "minute", "amount": 2, "currency": "EUR"}},
        "second": {"plugin": "deepgram"},
    }
}


def billed(attempts):
    class Deepgram(ScriptedBackend):
        name = "deepgram"

    plan = Plan.of("x", [Deepgram(name="mine")], repeat=1, format="wav", warm=True, seed=0)
    return tuple(Prices(Config.of(CONFIG), plan).bill(attempts).values())


def attempt(billed, backend="deepgram", voice="aura-2-thalia-en"):
    return AttemptReport(
        backend=backend, voice=f"{backend}/{voice}", region=None, host=None, request_id=None, started=datetime.now(UTC),
        connected=0.0, first_audio=None, elapsed=1.0, audio_seconds=1.0, billed=billed, units=(), error=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("attempts", "bill"),
    [
        ([attempt(Billed("deepgram", 500, "characters"))], (500, "characters", 0.015, "USD")),
        ([attempt(Billed("deepgram", 500, "characters"))] * 2, (1000, "characters", 0.03, "USD")),
        ([attempt(None), attempt(Billed("deepgram", 500, "characters"))], (500, "characters", 0.015, "USD")),
        ([attempt(Billed("acme", 500, "characters"), "acme")], (500, "characters", None, None)),
        ([attempt(Billed("mine", 500, "characters"), "mine")], (500, "characters", 0.015, "USD")),
        ([attempt(Billed("second", 500, "characters"), "second")], (500, "characters", 0.015, "USD")),
        (
            [attempt(Billed("deepgram", 500, "characters")), attempt(Billed("acme", 2, "seconds"), "acme")],
            (None, None, None, None),
        ),
        ([attempt(Billed("deepgram", 5, "seconds"))], (5, "seconds", None, None)),
        ([attempt(None)], (None, None, None, None)),
        ([], (None, None, None, None)),
    ],
)
def test_a_cost_is_known_where_all_of_it_has_a_price(attempts, bill):
    assert billed(attempts) == (*bill[:2], bill[2] and pytest.approx(bill[2]), bill[3])


def test_the_price_of_the_config_comes_before_the_list():
    assert billed([attempt(Billed("deepdub", 30, "seconds"), "deepdub")]) == (30, "seconds", 1.0, "EUR")


def test_two_currencies_have_no_sum():
    attempts = [attempt(Billed("deepgram", 500, "characters")), attempt(Billed("deepdub", 30, "seconds"), "deepdub")]
    assert billed(attempts)[2:] == (None, None)
