"""What the driver does with text before the engine gets it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voxbridge_espeak._text import pieces, words_only


@given(st.text(max_size=300))
def test_pieces_together_are_the_text(text):
    assert "".join(pieces(text)) == (text if text.strip() else "")


def test_ordinary_text_is_one_piece():
    assert len(list(pieces("The quick brown fox jumps over the lazy dog. " * 30))) == 1


def test_a_long_clause_is_cut_between_words():
    cut = list(pieces("1234567 " * 40))
    assert len(cut) > 1
    assert all(piece.endswith(" ") for piece in cut)


@given(st.text())
def test_control_characters_become_spaces_and_nothing_else_changes(text):
    words = words_only(text)
    assert len(words) == len(text)
    for before, after in zip(text, words, strict=True):
        command = before not in "\t\n" and (before < " " or "\x7f" <= before <= "\x9f")
        assert after == (" " if command else before)
