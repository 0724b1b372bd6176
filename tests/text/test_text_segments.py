"""Segments: which are one, and their length at a vendor."""

from __future__ import annotations

import pytest

from voxbridge.text import Break, Mark, Pronunciation, SayAs, Substitution, Words
from voxbridge.text._segments import joined, length


def test_plain_words_that_stand_together_are_one_segment():
    a, b, fast = Words("a"), Words("b"), Words("c", speed=2.0)
    assert joined([a, Words(""), b, fast, fast, a]) == (Words("ab"), Words("cc", speed=2.0), Words("a"))
    assert joined([Words("", speed=2.0), Break(1), Break(1)]) == (Break(1), Break(1))
    twice = [Substitution("a", "b"), Substitution("a", "b")]
    assert joined(twice) == tuple(twice)


@pytest.mark.parametrize(
    ("segment", "characters"),
    [
        (Words("abc"), 3),
        (Break(1), 0),
        (Mark("here"), 0),
        (SayAs("abc", "date"), 6),  # "a b c" and a space
        (Substitution("abc", "abcde"), 5),
        (Substitution("abc", "a"), 3),
    ],
)
def test_the_length_is_what_a_vendor_is_sent_at_most(segment, characters):
    assert length([segment]) == characters
    assert length([segment, Words("x")]) == characters + 1


def test_a_pronunciation_is_sent_with_markup():
    assert length([Pronunciation("abc", "eɪ")]) > len('\\{"word": "abc", "pronounce": "eɪ"\\}')
