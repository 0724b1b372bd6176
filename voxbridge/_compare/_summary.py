"""What all takes of a target come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


__all__ = ["MEASURES", "summarize"]

MEASURES = (
    "connect",
    "first_audio",
    "total",
    "audio_seconds",
    "words_per_minute",
    "real_time_factor",
    "longest_gap",
    "billed",
    "cost",
    "loudness",
    "peak",
    "leading_silence",
    "trailing_silence",
    "attempts",
)
"""The columns of which there is a median."""


def summarize(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return, of a target's rows, how many there are and failed, and the median and 95th percentile of each measure.

    Both are None where it is known of no take. Between two takes they are interpolated.
    """
    return {
        "takes": len(rows),
        "errors": sum(row["error"] is not None for row in rows),
        **{name: _spread([row[name] for row in rows if row[name] is not None]) for name in MEASURES},
        "cost_of_1k_characters": _rate(rows),
        "currency": next((row["currency"] for row in rows if row["currency"]), None),
    }


def _spread(values: Sequence[float]) -> dict[str, Any]:
    median, p95 = (round(float(np.percentile(values, part)), 6) if values else None for part in (50, 95))
    return {"median": median, "p95": p95, "takes": len(values)}


def _rate(rows: Sequence[Mapping[str, Any]]) -> float | None:
    priced = [row for row in rows if row["cost"] is not None and row["characters"]]
    characters = sum(row["characters"] for row in priced)
    return round(1000 * sum(row["cost"] for row in priced) / characters, 6) if priced else None
