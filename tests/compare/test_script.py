"""The texts that come with voxbridge."""

from __future__ import annotations

from voxbridge._compare import demo
from voxbridge.testing import expected_indices


def test_there_are_20_different_lines_and_each_can_be_said():
    texts = demo()
    assert len(texts) == len(set(texts)) == 20
    assert all(text == text.strip() and expected_indices(text) for text in texts)


def test_they_hold_what_is_hard_to_say():
    text = "\n".join(demo())
    for hard in (
        "4,812,907",
        "July 2026",
        "€1.24",
        "$12.99",
        "Nguyen",
        "read the book",
        "?",
        "Guten Morgen",
        "https://",
    ):
        assert hard in text
    assert max(map(len, demo())) > 250
