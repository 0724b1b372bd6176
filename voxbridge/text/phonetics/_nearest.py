"""Which sounds are near which: what is said where an alphabet has no letter for a sound."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final


__all__ = ["NEAREST"]

# Each line: a sound, then those near it, the nearest first; + joins two. Clicks are near nothing.
_LINES: Final = """
i ɪ
ɪ i e
y ʏ ʉ u i
ʏ y ʊ u
ɨ ɪ i
ʉ u y ʊ
ɯ u ʊ
u ʊ
ʊ u o
e ɛ
ø œ ɜ e
œ ø ɜ ɛ
ɘ ə ɜ e
ɵ ʊ ø o
ɤ ʌ o
o ɔ
ɔ o
ə ɜ ɘ ɐ e
ɛ e
ɜ ə œ
ɞ ɜ œ ʌ ɔ
ʌ a ɐ
æ a ɛ
ɐ ʌ a
a ɑ æ
ɶ œ a ɑ
ɑ a ɒ
ɒ ɔ ɑ
ɚ ə+ɹ ə+r ə
ɝ ɜ+ɹ ɜ+r ə+r
ʈ t
ɖ d
c k
ɟ ɡ
q k
ɢ ɡ
ʕ ʔ
ʡ ʔ
ʢ ʕ ʔ
ɱ m
ɳ n
ɲ n+j
ŋ n
ɴ ŋ n
ʙ b
r ɾ ɹ
ʀ ʁ r ɹ
ʁ ʀ r ɹ
ɾ r ɹ
ɽ ɾ r ɹ
ɹ r ɾ ʁ
ɻ ɹ r
ɺ ɾ l
ⱱ v
ɸ f
β v b
ʋ v
ʂ ʃ
ʐ ʒ
ɕ ʃ
ʑ ʒ
ɧ ʃ
ç ɕ ʃ
ʝ j
x χ k
χ x k
ɣ ɡ
ɰ ɣ ɡ
ħ h
ʜ h
ɦ h
ɬ l
ɮ l
ɭ l
ɫ l
ʟ ɫ l
ʎ l+j
ʍ w
ɥ w
ɓ b
ɗ d
ʄ ɟ ɡ
ɠ ɡ
ʛ ɢ ɡ
"""
NEAREST: Final = MappingProxyType({line.split()[0]: tuple(line.split()[1:]) for line in _LINES.strip().splitlines()})
