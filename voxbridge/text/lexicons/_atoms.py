"""Atoms: the smallest parts of a text that an entry of a lexicon is compared with.

An atom is a run of letters and digits with their marks, one character of a script without spaces, one sign, or white
space. Entries begin and end where atoms do, so they are whole words, whatever signs are in them: `C++`, `.NET`, `AT&T`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import pairwise

from attrs import frozen

from voxbridge.text._sentences import UNSPACED


__all__ = ["LONGEST_RUN", "Patterns", "folded", "patterns", "signs", "spelled", "split", "start"]

LONGEST_RUN = 1000  # characters without a space; longer ones are data, which is passed over
_LONGEST_GAP = 32  # white space between two words of an entry

_IGNORED = "\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff"  # soft hyphens, joiners, directions, styles of emoji
_UNSEEN = re.compile(f"[{_IGNORED}]")
_TYPESET, _TYPED = "\u2019\u2010\u2011", "'--"
_SAME = str.maketrans(_TYPESET, _TYPED)
_GAP = re.compile(r"\s+")
# Neither of these stands within an address, so what follows may begin one: brackets, quotes, commas, spaces.
_WITHIN_ADDRESS = r"[.@/:+%~=&#-]"


@frozen
class Characters:
    """Classes of characters, for patterns."""

    letter: str
    """Letters and digits of scripts that have spaces between words."""
    mark: str
    """What belongs to the letter before it, or is not seen."""
    solid: str
    """Marks, and the signs of the keyboard: with letters, what stands between spaces."""

    @property
    def word(self) -> str:
        """A whole word."""
        return rf"(?:[A-Za-z0-9]++(?![^\x00-\x7f])|(?:{self.letter}++|{self.mark}++)++)"  # the first for its speed

    @property
    def run(self) -> str:
        """Words and signs without a space."""
        return f"(?:{self.letter}++|{self.solid}++)++"


@cache
def _characters() -> Characters:
    marks = [code for code in range(0x300, 0x10000) if unicodedata.category(chr(code))[0] == "M" and _spaced(code)]
    ranges = "".join(
        f"{chr(first)}-{chr(last)}"
        for first, last in zip(
            [code for before, code in pairwise([0, *marks]) if before + 1 != code],
            [code for code, after in pairwise([*marks, 0]) if code + 1 != after],
            strict=True,
        )
    )
    marks_and_unseen = _IGNORED + ranges
    return Characters(rf"[^\W_{UNSPACED}]", f"[{marks_and_unseen}]", f"[!-~\u2019{marks_and_unseen}]")


def _spaced(code: int) -> bool:
    return re.match(f"[{UNSPACED}]", chr(code)) is None


@frozen
class Patterns:
    """How text is read."""

    atom: re.Pattern[str]
    """Any atom, white space too."""
    run: re.Pattern[str]
    """What stands between spaces: words and signs of the keyboard, as addresses are made of."""
    end_of_run: re.Pattern[str]
    contraction: re.Pattern[str]
    """After a word: what makes it a part of another, as the end of "can't" does. A possessive does not."""
    short: re.Pattern[str]
    """After an apostrophe: a word that is the end of a contraction."""


@cache
def patterns() -> Patterns:
    """Return the patterns. They need the marks of Unicode, which take milliseconds to look up."""
    known = _characters()
    letter, mark, solid = known.letter, known.mark, known.solid
    return Patterns(
        atom=re.compile(rf"{known.word}|\s{{1,{_LONGEST_GAP}}}+|\S"),
        run=re.compile(known.run),
        end_of_run=re.compile(f"(?!{letter}|{solid}).", re.DOTALL),
        contraction=re.compile(f"['\u2019](?!s(?!{letter}|{mark})){letter}"),
        short=re.compile(f"{letter}{{1,2}}(?!{letter}|{mark})"),
    )


@lru_cache(maxsize=64)
def start(signs: str, *, data: bool) -> re.Pattern[str]:
    """Return the pattern of an atom that entries may begin with, or, in the group of this name, of an ``address``.

    Args:
        signs: which signs they begin with; of the others none is an atom here.
        data: whether there are runs in the text that are too long; these are the group ``data``.
    """
    known = _characters()
    letter, solid = known.letter, known.solid
    # The alternatives have characters in common: an atomic group tries them once.
    too_long = f"(?<!{letter})(?<!{solid})(?=(?>{letter}|{solid}){{{LONGEST_RUN + 1}}}){known.run}"
    found = rf"(?P<address>{_address(known)})|{known.word}|[{UNSPACED}{re.escape(signs)}]"
    return re.compile(f"(?P<data>{too_long})|{found}" if data else found)


def _address(known: Characters) -> str:
    letter, mark = known.letter, known.mark
    label = f"(?:{letter}|{mark}|-)++"
    url = rf"(?:(?!['\"<>]){known.solid}|{letter})++"
    return (
        r"(?=[A-Za-z0-9_+%-]*+(?:[^\x00-\x7f]|[.@:]))"  # what has none of these is passed over quickly
        rf"(?<!{letter})(?<!{mark})(?<!{_WITHIN_ADDRESS})"
        rf"(?:[A-Za-z][A-Za-z0-9+.-]*+://{url}"
        rf"|(?:mailto:)?(?:{letter}|{mark}|[._+%-])++@{label}(?:\.{label})+"
        rf"|(?i:www)\.{url}"
        rf"|(?:{label}\.)+[a-z]{{2,}}+(?!{letter}|{mark}|-)(?:[/?#]{url}|:\d+(?:/{url})?)?)"
    )


def spelled(text: str) -> str:
    """Return *text* as any other that a reader sees no difference to: composed or not, with typewriter's signs."""
    if text.isascii():
        return _GAP.sub(" ", text)
    return _GAP.sub(" ", unicodedata.normalize("NFD", _UNSEEN.sub("", text.translate(_SAME))))


def folded(text: str) -> str:
    """Return *text* as any other that differs from it in case alone, or not even so."""
    if text.isascii():
        return " " if text.isspace() else text.lower()
    return _folded(text)


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    return unicodedata.normalize("NFD", spelled(text).casefold())


def signs(texts: Iterable[str]) -> str:
    """Return the signs that any of *texts* begins with, in all ways to write them."""
    first = {each for text in texts for each in (text[0], spelled(text)[0]) if not each.isalnum()}
    first.update(*((each.lower(), each.upper()) for each in first))
    return "".join(sorted(first.union(_TYPESET, _TYPED) if first.intersection(_TYPESET + _TYPED) else first))


def split(text: str) -> tuple[str, ...]:
    """Return the atoms of *text*, folded, but for what is not seen."""
    return tuple(key for atom in patterns().atom.findall(text) if (key := folded(atom)))
