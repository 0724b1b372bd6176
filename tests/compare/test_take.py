"""What is worked out of one take: gaps and words."""

from __future__ import annotations

import pytest

from voxbridge._compare._take import _words, longest_gap, pieces_of


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
