"""The elements of SSML 1.1: where they may stand, what attributes they have, and what segments they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from voxbridge.exceptions import UsageError, nearest

from ._markup import MOST
from ._segments import Break, Mark, Pronunciation, SayAs, Segment, Substitution, Words
from ._values import break_seconds, emphasis_level, language_tag, pause_seconds, rate_factor
from .phonetics import from_arpabet, from_xsampa


__all__ = ["ATTRIBUTES", "EMPTY", "LEAVES", "check_attributes", "check_place", "manner_in"]

_DEEPEST: Final = 64  # elements within elements
_LONGEST: Final = 1000  # characters of a name or a value
_SHOWN: Final = 20  # of these, of what is too long
ATTRIBUTES: Final[Mapping[str, set[str]]] = MappingProxyType(
    {
        "speak": {"version"},
        "p": set(),
        "s": set(),
        "token": {"role"},
        "w": {"role"},
        "break": {"time", "strength"},
        "phoneme": {"ph", "alphabet", "type"},
        "sub": {"alias"},
        "say-as": {"interpret-as", "format", "detail"},
        "prosody": {"rate", "pitch", "contour", "range", "volume", "duration"},
        "emphasis": {"level"},
        "lang": set(),
        "mark": {"name"},
    }
)
_EVERYWHERE: Final = frozenset({"xmlns", "onlangfailure"})
_REQUIRED: Final = MappingProxyType(
    {
        "phoneme": ("ph",),
        "sub": ("alias",),
        "say-as": ("interpret-as",),
        "lang": ("xml:lang",),
        "mark": ("name",),
    }
)
_IGNORED: Final = MappingProxyType(
    {"prosody": ("pitch", "contour", "range", "volume", "duration"), "say-as": ("detail",)}
)
_REFUSED: Final = MappingProxyType(
    {
        "lexicon": "a document cannot bring its own lexicon: give it to the client or the call, lexicon=",
        "lookup": "a document cannot bring its own lexicon: give it to the client or the call, lexicon=",
        "voice": "one utterance has one voice: cut the text, and give each part its voice=",
        "meta": "it is about the document, and nothing to say: take it out",
        "metadata": "it is about the document, and nothing to say: take it out",
        "desc": "it is about a recording, and nothing to say: take it out",
    }
)
_ALPHABETS: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {
        "ipa": str,
        "x-sampa": from_xsampa,
        "xsampa": from_xsampa,
        "cmu": from_arpabet,
        "arpabet": from_arpabet,
        "cmu-arpabet": from_arpabet,
        "x-arpabet": from_arpabet,
    }
)


def check_place(name: str, outer: str, depth: int, elements: int) -> None:
    if name in _REFUSED:
        raise UsageError(f"<{name}>: {_REFUSED[name]}")
    if not outer and name != "speak":
        raise UsageError(f"SSML is within <speak> and </speak>, and this begins with <{name}>")
    if outer and name == "speak":
        raise UsageError("one <speak> is within another: take it out")
    if outer in LEAVES or outer in EMPTY:
        raise UsageError(f"<{name}> is within <{outer}>, which holds {'words only' if outer in LEAVES else 'nothing'}")
    if depth >= _DEEPEST:
        raise UsageError(f"more than {_DEEPEST} elements are within each other")
    if elements > MOST:
        raise UsageError(f"there are more than {MOST} elements: cut the text")


def check_attributes(name: str, attributes: Mapping[str, str]) -> None:
    if any(len(each) > _LONGEST for each in (name, *attributes, *attributes.values())):
        raise UsageError(f"<{name[:_SHOWN]}> has a name or a value of more than {_LONGEST} characters")
    known = ATTRIBUTES.get(name, attributes.keys())
    for each in attributes:
        if each not in known and ":" not in each and each not in _EVERYWHERE:
            raise UsageError(f"<{name}> has no attribute {each!r}.{nearest(each, known)}")
    for each in _REQUIRED.get(name, ()):
        if not attributes.get(each, "").strip():
            raise UsageError(f'<{name}> needs {each}="..."')


def manner_in(name: str, attributes: Mapping[str, str], outer: dict[str, Any]) -> dict[str, Any]:
    """Return what holds for the words in an element."""
    inner = dict(outer)
    if language := attributes.get("xml:lang"):
        inner["language"] = language_tag(language)
    elif language == "":
        inner["language"] = None
    if name == "emphasis":
        inner["emphasis"] = emphasis_level(attributes.get("level", "moderate"))
    if rate := attributes.get("rate") if name == "prosody" else None:
        inner["speed"] = rate_factor(rate, outer.get("speed"))
    lost = tuple(each for each in _IGNORED.get(name, ()) if each in attributes)
    if name not in ATTRIBUTES:
        lost = (f"<{name}>",)
    if lost:
        inner["ignored"] = tuple(dict.fromkeys((*outer.get("ignored", ()), *lost)))
    return inner


def _break(attributes: Mapping[str, str]) -> Break:
    if time := attributes.get("time"):
        return Break(pause_seconds(time))
    return Break(break_seconds(attributes.get("strength", "medium")))


def _phoneme(words: str, attributes: Mapping[str, str], **manner: Any) -> Pronunciation:
    alphabet = attributes.get("alphabet", "ipa")
    if alphabet not in _ALPHABETS:
        known = ", ".join(_ALPHABETS)
        raise UsageError(f"alphabet {alphabet!r}: give one of {known}.{nearest(alphabet, _ALPHABETS)}")
    return Pronunciation(words, _ALPHABETS[alphabet](attributes["ph"]), **manner)


def _sub(words: str, attributes: Mapping[str, str], **manner: Any) -> Substitution:
    return Substitution(words, attributes["alias"], **manner)


def _say_as(words: str, attributes: Mapping[str, str], **manner: Any) -> SayAs:
    return SayAs(words, attributes["interpret-as"], attributes.get("format", ""), **manner)


def _mark(attributes: Mapping[str, str]) -> Mark:
    return Mark(attributes["name"])


EMPTY: Final[Mapping[str, Callable[[Mapping[str, str]], Segment]]] = MappingProxyType({"break": _break, "mark": _mark})
LEAVES: Final[Mapping[str, Callable[..., Words]]] = MappingProxyType(
    {"phoneme": _phoneme, "sub": _sub, "say-as": _say_as}
)
"""They hold words only."""
