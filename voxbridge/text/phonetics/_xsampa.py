"""X-SAMPA (J. C. Wells, 1995): the IPA in ASCII."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

from voxbridge.exceptions import InvalidText

from ._chart import TIE
from ._ipa import Sound, check_length, parse_ipa, written, wrong


__all__ = ["from_xsampa", "to_xsampa"]


def _pairs(text: str) -> dict[str, str]:
    words = text.replace("◌", "").split()
    return dict(zip(words[::2], words[1::2], strict=True))


_LETTERS: Final = {letter: letter for letter in "abcdefhijklmnopqrstuvwxyz"} | _pairs(
    r"""ɓ b_< ɖ d` ɗ d_< ɡ g ɠ g_< ɦ h\ ʝ j\ ɭ l` ɺ l\ ɳ n` ɸ p\ ɽ r` ɹ r\ ɻ r\` ʂ s` ɕ s\ ʈ t` ʋ v\ ɧ x\ ʐ z` ʑ z\
    ɑ A β B ʙ B\ ç C ð D ɛ E ɱ F ɣ G ɢ G\ ʛ G\_< ɥ H ʜ H\ ɪ I ɲ J ɟ J\ ʄ J\_< ɬ K ɮ K\ ʎ L ʟ L\ ɯ M ɰ M\ ŋ N ɴ N\
    ɔ O ʘ O\ ɒ Q ʁ R ʀ R\ ʃ S θ T ʊ U ʌ V ʍ W χ X ħ X\ ʏ Y ʒ Z ə @ ɘ @\ ɚ @` æ { ʉ } ɨ 1 ø 2 ɜ 3 ɝ 3` ɞ 3\ ɾ 4 ɫ 5
    ɐ 6 ɤ 7 ɵ 8 œ 9 ɶ & ʔ ? ʕ ?\ ʢ <\ ʡ >\ ǃ !\ ǀ |\ ǁ |\|\ ǂ =\ """
)
_SIGNS: Final = _pairs(
    r"""◌̥ _0 ◌̬ _v ʰ _h ʱ _h\ ◌̹ _O ◌̜ _c ◌̟ _+ ◌̠ _- ◌̈ _" ◌̽ _x ◌̩ = ◌̯ _^ ˞ ` ◌̤ _t ◌̰ _k ◌̼ _N ʷ _w ʲ _j ˠ _G ˤ _?\
    ◌̴ _e ◌̝ _r ◌̞ _o ◌̘ _A ◌̙ _q ◌̪ _d ◌̺ _a ◌̻ _m ◌̃ ~ ⁿ _n ˡ _l ◌̚ _} ◌̆ _X ʼ _>
    ◌̋ _T ◌́ _H ◌̄ _M ◌̀ _L ◌̏ _B ◌̌ _R ◌̂ _F ◌᷄ _H_T ◌᷅ _B_L ◌᷈ _R_F ː : ˑ :\ """
)
_MARKS: Final = _pairs(r"""ˈ " ˌ % . . | | ‖ || ‿ -\ ꜛ ^ ꜜ ! ↗ <R> ↘ <F>""") | {" ": " "}
_TO: Final = MappingProxyType({**_LETTERS, **_SIGNS, **_MARKS, TIE: "_"})
_FROM: Final = MappingProxyType(
    {xsampa: ipa for ipa, xsampa in _TO.items()}
    | {"_=": "\u0329", "_~": "\u0303", "'": "ʲ", "_/": "\u030c", "_\\": "\u0302", "P": "ʋ", "I\\": "ɪ̈", "U\\": "ʊ̈"}
    | {"-": ""}  # keeps apart what would be read as one
)
_TOKEN: Final = re.compile("|".join(map(re.escape, sorted(_FROM, key=len, reverse=True))))


def to_xsampa(ipa: str) -> str:
    """Return *ipa* in X-SAMPA. Nothing is lost: `from_xsampa` gives it back.

    Raises:
        InvalidText: it is not IPA, or X-SAMPA has no sign for something in it (tone letters, ``ⱱ``), or none that
            could not be read as another (``k͡x``: ``_x`` is mid-centralised).
    """
    items = parse_ipa(ipa)
    text = last = ""
    for item in items:
        signs = [_TO.get(character) for character in str(item)]
        if None in signs:
            raise wrong(ipa, item.position, f"X-SAMPA has no sign for {str(item)!r}")
        sound = "".join(filter(None, signs))
        if isinstance(item, Sound) and (read := _read(sound)) != str(item):
            raise wrong(ipa, item.position, f"in X-SAMPA {str(item)!r} would be read as {read!r}")
        text += f"-{sound}" if _merges(last, sound) else sound
        last = sound
    return text


def _read(xsampa: str) -> str:
    """Return the IPA of *xsampa*, or itself where it cannot be read."""
    try:
        return from_xsampa(xsampa)
    except InvalidText:
        return xsampa


def _merges(sound: str, following: str) -> bool:
    """Return whether the last sign of *sound* would be read as another one with what follows."""
    *_, last = [found[0] for found in _TOKEN.finditer(sound)] or [""]
    read = _TOKEN.match(last + following)
    return bool(last and read and read.end() > len(last))


def from_xsampa(xsampa: str) -> str:
    """Return the IPA of *xsampa*.

    Raises:
        InvalidText: it is not X-SAMPA; ``position`` is the first wrong character.
    """
    check_length(xsampa, "X-SAMPA")
    ipa, start = "", 0
    origins: list[int] = []  # of each character of the IPA
    while start < len(xsampa):
        token = _TOKEN.match(xsampa, start)
        if not token:
            reason = f"{xsampa[start]!r} (U+{ord(xsampa[start]):04X}) is no sign of X-SAMPA"
            raise wrong(xsampa, start, reason, "X-SAMPA")
        signs = _FROM[token[0]]
        ipa += signs
        origins += [start] * len(signs)
        start = token.end()
    try:
        return written(parse_ipa(ipa))
    except InvalidText as error:
        position = origins[error.position] if error.position is not None and error.position < len(origins) else 0
        raise wrong(xsampa, position, f"as IPA, {error}", "X-SAMPA") from None
