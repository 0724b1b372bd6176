"""Segments: their length at a vendor, and what is lost where they are said as they are written."""

from __future__ import annotations

import pytest

from voxbridge.text import Break, Mark, Pronunciation, SayAs, Substitution, Words, losses
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
        (SayAs("abc", "date"), 3),
        (Substitution("abc", "abcde"), 5),
        (Substitution("abc", "a"), 3),
    ],
)
def test_the_length_is_what_a_vendor_is_sent_at_most(segment, characters):
    assert length([segment]) == characters
    assert length([segment, Words("x")]) == characters + 1


def test_a_pronunciation_is_sent_with_markup():
    assert length([Pronunciation("abc", "eɪ")]) > len('\\{"word": "abc", "pronounce": "eɪ"\\}')


@pytest.mark.parametrize(
    ("segment", "lost"),
    [
        (Words("a"), []),
        (Break(1), []),
        (Words("a", emphasis="none", speed=1.0, language="EN"), []),
        (Words("a", language="en-GB-oxendict"), []),
        (Mark("here"), [("mark", "", "'here' was left out")]),
        (Pronunciation("a", "eɪ"), [("pronunciation", "a", "was said as it is written")]),
        (Substitution("a", "b"), [("substitution", "a", "was said as it is written, not as 'b'")]),
        (SayAs("a", "date"), [("say-as", "a", "was said as it is written, not as 'date'")]),
        (Words("a", language="de"), [("language", "a", "was said in en-GB, not in de")]),
        (
            Words("a", emphasis="strong", speed=1.5, ignored=("volume",)),
            [("emphasis", "a", "was left out"), ("speed", "a", "1.5 was left out"), ("volume", "a", "was left out")],
        ),
    ],
)
def test_what_is_lost_is_told(segment, lost):
    assert list(losses(segment, ipa=False, language="en-GB")) == lost


def test_a_pronunciation_that_is_kept_is_not_lost():
    kept = Pronunciation("a", "eɪ", emphasis="strong")
    assert [feature for feature, _, _ in losses(kept, ipa=True, language="en")] == ["emphasis"]
