"""What speech costs."""

from __future__ import annotations

from datetime import date

import pytest

from voxbridge import Billed, InvalidConfig, backends
from voxbridge._prices import Price, _entries, listed_price


GIVEN = {"per": "1k characters", "amount": 0.03, "currency": "USD"}


@pytest.mark.parametrize(
    ("per", "unit", "size"),
    [
        ("1k characters", "characters", 1000),
        ("1 k characters", "characters", 1000),
        ("1m characters", "characters", 1_000_000),
        ("character", "characters", 1),
        ("500 characters", "characters", 500),
        ("minute", "seconds", 60),
        ("10 minutes", "seconds", 600),
        ("hour", "seconds", 3600),
        ("second", "seconds", 1),
    ],
)
def test_it_is_for_so_many_characters_or_so_much_time(per, unit, size):
    price = Price.parse({**GIVEN, "per": per})
    assert (price.unit, price.size) == (unit, size)


def test_what_was_billed_in_its_unit_has_a_cost():
    price = Price.parse(GIVEN)
    assert price.cost(Billed("deepgram", 2500, "characters")) == pytest.approx(0.075)
    assert price.cost(Billed("deepgram", 2500, "seconds")) is None


def test_prices_of_both_kinds_are_compared_by_the_minute():
    assert Price.parse(GIVEN).a_minute == pytest.approx(0.027)  # 900 characters
    assert Price.parse({**GIVEN, "per": "hour", "amount": 6}).a_minute == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.03, "give a table such as { per = "),
        ({**GIVEN, "pre": 1}, "no 'pre'; it has: per, amount, currency. Did you mean 'per'"),
        ({"per": "minute"}, "lacks amount and currency"),
        ({**GIVEN, "per": "word"}, "per 'word': give '1k characters', 'minute'"),
        ({**GIVEN, "per": "0 minutes"}, "per '0 minutes'"),
        ({**GIVEN, "per": 1000}, "per 1000"),
        ({**GIVEN, "amount": -1}, "amount of a price is -1"),
        ({**GIVEN, "amount": True}, "amount of a price is True"),
        ({**GIVEN, "amount": float("nan")}, "amount of a price is nan"),
        ({**GIVEN, "currency": "dollars"}, "currency of a price is 'dollars': give three letters"),
    ],
)
def test_what_is_no_price_is_refused_with_what_would_be_one(value, said):
    with pytest.raises(InvalidConfig, match=said):
        Price.parse(value)


def test_the_list_knows_voices_by_how_their_ids_begin():
    assert listed_price("deepgram", "aura-2-thalia-en").amount == 0.030
    assert listed_price("deepgram", "aura-asteria-en").amount == 0.015
    assert listed_price("deepdub", "anything").per == "minute"
    assert listed_price("deepgram", "a-voice-of-my-own") is None
    assert listed_price("acme", "aura-2-thalia-en") is None


def test_every_entry_is_of_a_backend_that_there_is_and_has_a_date_and_a_source():
    for entry in _entries():
        assert entry.backend in backends()
        assert isinstance(entry.price.date, date)
        assert entry.price.source
