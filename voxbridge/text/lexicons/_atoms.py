"""Atoms: the smallest parts of a text that an entry of a lexicon is compared with.

An atom is a run of letters and digits with their marks, one character of a script without spaces, one sign, or white
space. Entries begin and end where atoms do, so they are whole words, whatever signs are in them: `C++`, `.NET`, `AT&T`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from attrs import frozen

from voxbridge.text._sentences import UNSPACED


__all__ = ["LONGEST_RUN", "Patterns", "folded", "patterns", "spelled", "split"]

LONGEST_RUN = 1000  # characters without a space; longer ones are data, which is passed over
_LONGEST_GAP = 32  # white space between two words of an entry

_IGNORED = "\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff"  # soft hyphens, joiners, directions, styles of emoji
_UNSEEN = re.compile(f"[{_IGNORED}]")
_SAME = str.maketrans("\u2019\u2010\u2011", "'--")  # what stands on keyboards, and what typesetters make of it
_GAP = re.compile(r"\s+")
# Neither of these stands within an address, so what follows may begin one: brackets, quotes, commas, spaces.
_WITHIN_ADDRESS = r"[.@/:+%~=&#-]"


@frozen
class Patterns:
    """How text is read. They know the marks of Unicode, which take milliseconds to look up."""

    start: re.Pattern[str]
    """An atom that an entry may begin with, or, in the group of this name, an ``address``."""
    start_in_data: re.Pattern[str]
    """As `start`, in text with runs that are too long: the group ``data`` is such a run."""
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
    """Return the patterns."""
    characters = map(chr, range(0x300, 0x10000))
    marks = _IGNORED + "".join(each for each in characters if unicodedata.category(each)[0] == "M" and _spaced(each))
    letter, mark, solid = rf"[^\W_{UNSPACED}]", f"[{marks}]", f"[!-~\u2019{marks}]"
    word = rf"(?:[A-Za-z0-9]++(?![^\x00-\x7f])|(?:{letter}++|{mark}++)++)"  # the first is the second, but quick
    run = f"(?:{letter}++|{solid}++)++"
    start = rf"(?P<address>{_address(letter, mark, solid)})|{word}|\S"
    data = f"(?<!{letter})(?<!{solid})(?=(?>{letter}|{solid}){{{LONGEST_RUN + 1}}}){run}"
    return Patterns(
        start=re.compile(start),
        start_in_data=re.compile(f"(?P<data>{data})|{start}"),
        atom=re.compile(rf"{word}|\s{{1,{_LONGEST_GAP}}}+|\S"),
        run=re.compile(run),
        end_of_run=re.compile(f"(?!{letter}|{solid}).", re.DOTALL),
        contraction=re.compile(f"['\u2019](?!s(?!{letter}|{mark})){letter}"),
        short=re.compile(f"{letter}{{1,2}}(?!{letter}|{mark})"),
    )


def _address(letter: str, mark: str, solid: str) -> str:
    label = f"(?:{letter}|{mark}|-)++"
    url = rf"(?:(?!['\"<>]){solid}|{letter})++"
    return (
        rf"(?=[A-Za-z0-9_+%-]*+(?:[^\x00-\x7f]|[.@:]))"  # what has none of these is passed over quickly
        rf"(?<!{letter})(?<!{mark})(?<!{_WITHIN_ADDRESS})"
        rf"(?:[A-Za-z][A-Za-z0-9+.-]*+://{url}"
        rf"|(?:mailto:)?(?:{letter}|{mark}|[._+%-])++@{label}(?:\.{label})+"
        rf"|(?i:www)\.{url}"
        rf"|(?:{label}\.)+[a-z]{{2,}}+(?!{letter}|{mark}|-)(?:[/?#]{url}|:\d+(?:/{url})?)?)"
    )


def _spaced(character: str) -> bool:
    return re.match(f"[{UNSPACED}]", character) is None


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


def split(text: str) -> tuple[str, ...]:
    """Return the atoms of *text*, folded, but for what is not seen."""
    return tuple(key for atom in patterns().atom.findall(text) if (key := folded(atom)))
