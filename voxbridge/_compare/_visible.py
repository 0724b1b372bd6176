"""Words of others, made safe to show."""

from __future__ import annotations

import unicodedata


__all__ = ["visible"]

# Control characters, those that format and could hide or turn what stands beside them, surrogates, separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")  # Persian words and families of emoji are written with them


def visible(words: str) -> str:
    r"""Return *words* with every character that acts instead of showing as its escape, such as ``\x1b``."""
    if words.isascii() and words.isprintable():
        return words
    return "".join(
        ascii(char)[1:-1] if unicodedata.category(char) in _HIDDEN and char not in _JOINERS else char for char in words
    )
