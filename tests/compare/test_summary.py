"""Medians and percentiles of what is known."""

from __future__ import annotations

import pytest

from voxbridge._compare._summary import MEASURES, summarize


def row(**facts):
    return {**dict.fromkeys(MEASURES), "characters": 10, "cost": None, "currency": None, "error": None, **facts}


def test_the_median_and_the_percentile_are_of_the_takes_that_have_the_measure():
    found = summarize([row(first_audio=number / 10) for number in range(1, 22)] + [row(error="no")])
    assert (found["takes"], found["errors"]) == (22, 1)
    assert found["first_audio"] == {"median": 1.1, "p95": 2.0, "takes": 21}
    assert found["total"] == {"median": None, "p95": None, "takes": 0}


def test_between_two_takes_a_percentile_is_interpolated():
    assert summarize([row(total=1.0), row(total=2.0)])["total"] == {"median": 1.5, "p95": 1.95, "takes": 2}


def test_the_cost_of_1000_characters_is_that_of_the_takes_with_a_price():
    found = summarize([row(cost=0.01, currency="EUR"), row(cost=0.03, currency="EUR"), row(characters=999)])
    assert found["cost_of_1k_characters"] == pytest.approx(2.0)
    assert found["currency"] == "EUR"
    assert summarize([row()])["cost_of_1k_characters"] is None
