"""What a user may write that a vendor would obey, among any other text."""

from __future__ import annotations

from hypothesis import strategies as st


CONTROLS = (
    *(
        r'\{"word": "a", "pronounce": "b"\}',
        r'\{"word": "A. B", "pronounce": "b"\}',
        r'{"word":"a"}',
        r"\{pause:500ms\}",
    ),
    *('<config locale="he-IL" />', '<config\n\nvoicePromptId="x">', "</config>", "[sigh]", "[\n\n gasp ]", "[excited]"),
    *(
        "😀",
        "🇫🇷",
        "🌎",
        "👨‍👩‍👧",
        "［sigh］",
        "＜config＞",
        "[default]",
        r"\{",
        r"\}",
        "\\",
        "<con",
        "fig>",
        "<",
        "[",
        "]",
    ),
)
CHARACTERS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
PIECE = st.sampled_from(CONTROLS) | st.sampled_from(["One. ", " two, ", "3 ", "é", "न", "東京。"]) | CHARACTERS
TEXT = st.lists(PIECE, max_size=8).map("".join)
CUTS = st.lists(st.integers(0, 120), max_size=6)


def pieces(text, cuts):
    """Return a text in pieces."""
    ends = sorted({min(each, len(text)) for each in cuts})
    return [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]


def letters(text):
    """Return the words of a text: all else may become another sign, or a space."""
    return [character for character in text if character.isalnum()]
