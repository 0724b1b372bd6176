"""Where sentences end, in many languages, told whole and one character at a time."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge.text import Units
from voxbridge.text._sentences import SentenceEnds


LINES = (Path(__file__).parent / "data" / "sentences.txt").read_text(encoding="utf-8").splitlines()
CASES = [line for line in LINES if line and not line.startswith("#")]


def cut(language: str, *pieces: str) -> list[str]:
    units = Units(language=language)
    return [unit.text for piece in pieces for unit in units.feed(piece)] + [unit.text for unit in units.flush()]


@pytest.mark.parametrize("case", CASES)
def test_a_sentence_ends_where_a_reader_sees_it_end(case):
    language, _, marked = case.partition(" ")
    sentences = marked.replace("\\n", "\n").split("|")
    assert cut(language, "".join(sentences)) == sentences
    assert cut(language, *"".join(sentences)) == sentences


def test_the_table_is_long_and_in_many_languages():
    assert len(CASES) >= 100
    assert len({case.partition(" ")[0] for case in CASES}) >= 20


@pytest.mark.parametrize("language", ["", "xx", "en-US", "zh-Hant-TW", "DE"])
def test_any_language_tag_is_taken(language):
    assert cut(language, "Hello there. He left.") == ["Hello there. ", "He left."]


def test_what_must_be_seen_is_told_from_what_is_certain():
    ends = SentenceEnds()
    assert ends.find("Hello there", 0) == (None, 11)
    assert ends.find("Hello there.", 0) == (None, 11)
    assert ends.find("Hello there. ", 0) == (13, 13)
    assert ends.find("See Mr.", 0, last=True) == (None, 7)
    assert ends.find("See it.", 0, last=True) == (7, 7)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.booleans())
def test_an_end_is_within_the_text_and_after_where_the_search_began(text, last):
    end, searched = SentenceEnds().find(text, 0, last=last)
    assert 0 <= searched <= len(text)
    assert end is None or 0 < end <= len(text)
    assert not last or end is not None or searched == len(text)
