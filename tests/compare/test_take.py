"""What is worked out of one take: gaps, words, bills."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from voxbridge import AttemptReport, Billed
from voxbridge._compare._take import _bill, _words, longest_gap, pieces_of


@pytest.mark.parametrize(
    ("pieces", "gap"),
    [
        ([(0.3, 1.0)], 0.0),
        ([(0.3, 1.0), (1.2, 1.0)], 0.0),  # came before the first was played
        ([(0.3, 1.0), (1.5, 1.0)], 0.2),
        ([(0.3, 1.0), (1.5, 1.0), (2.6, 1.0)], 0.2),  # the gap has moved all that follows
        ([(0.3, 1.0), (1.4, 0.1), (2.5, 1.0)], 1.0),
        ([(0.0, 2.0), (0.1, 2.0), (3.9, 0.5), (5.0, 1.0)], 0.5),
    ],
)
def test_a_gap_is_when_the_player_has_nothing_to_play(pieces, gap):
    assert longest_gap(pieces) == pytest.approx(gap)


def test_a_piece_lasts_until_the_offset_of_the_next():
    assert pieces_of([(0.1, 0.0), (0.2, 0.0), (0.3, 1.5), (0.4, 2.0)], 2.0) == [(0.2, 1.5), (0.3, 0.5)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello there.", 2),
        ("It costs $1,234.56 – don't ask.", 5),
        ("Größe, naïve, co-op", 3),
        ("...", 0),
        ("今日は晴れです。", None),
        ("สวัสดี", None),
    ],
)
def test_words_are_counted_where_they_are_set_apart(text, words):
    assert _words(text) == words


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
    found = _bill(attempts, {"mine": "deepgram"})
    assert tuple(found.values()) == (*bill[:2], bill[2] and pytest.approx(bill[2]), bill[3])
