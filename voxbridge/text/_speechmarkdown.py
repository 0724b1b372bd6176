"""Reading Speech Markdown (speechmarkdown.org), in its standard and its short form.

What looks like no mark of it is words: ``f(x)[1]``, ``2020-10-10``, ``C++``. Of marks that no segment can hold the
words are kept, and what was wanted of them is told when they are said (`Words.ignored`).
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any, Final

from voxbridge.exceptions import UsageError

from ._markup import MOST, check_markup, misread
from ._segments import Break, Mark, Pronunciation, SayAs, Segment, Substitution, Words
from ._values import break_seconds, emphasis_level, language_tag, pause_seconds, rate_factor


__all__ = ["read_speechmarkdown"]

_STRING: Final = r"(?:\"[^\"\n]*+\"|'[^'\n]*+')"
_KEY: Final = r"[A-Za-z][\w-]*+[ \t]*+"
_PAIR: Final = rf"{_KEY}(?::[ \t]*+{_STRING}[ \t]*+)?"
_PAIRS: Final = rf"[ \t]*+{_PAIR}(?:;[ \t]*+{_PAIR})*+;?[ \t]*+"
_TEXT: Final = r"\((?:[^()\[\]\n]|\([^()\[\]\n]*+\)){1,1000}+\)"  # (888) 555-1212 has parentheses
_INNER: Final = r"[^\s+~\-()\[\]]"  # at the edge of emphasis
_MARK: Final = re.compile(
    rf"""
    (?=[\[(\#+~\-!]) (?:  # most of a text can begin none
      \[ (?=[bm\d]) (?: (?P<time>\d+(?:\.\d*)?m?s)\] | (?P<place>break|mark):[ \t]*(?P<value>{_STRING})\] )
    | (?P<text>{_TEXT}) (?: \[(?P<pairs>{_PAIRS})\] | \[/(?P<ipa>[^/\]\n]+)/\] | /(?P<bare_ipa>[^/\s]+)/
                          | \[(?P<sub>{_STRING})\] | \{{(?P<bare_sub>[^{{}}\n]+)\}}
                          | (?P<half>(?=\[[ \t]*(?:{_KEY}[:;]|["'/]))) )
    | \#\[(?P<section>{_PAIRS})\](?:[ \t]*\n)?
    | \+ (?<![\w+]\+) \+ (?P<strong>[^\s+()\[\]](?:[^+()\[\]\n]*[^\s+()\[\]])?) \+\+ (?![\w+])
    | (?=[+~\-]) (?<![\w+~-]) (?P<sign>[+~-])
      (?P<emphasized>{_INNER}(?:(?:(?!(?P=sign))[^()\[\]\n])*{_INNER})?) (?P=sign) (?![\w+~-])
    | (?P<audio>!(?:{_TEXT}|\(\))?\[(?=["']))
    | (?P<broken>\#\[(?=[ \t]*{_KEY}[:;]) | \[(?=[bm\d])(?: (?:break|mark)[ \t]*: | \d[\d.]*m?s[ \t]*\Z ))
    )
    """,
    re.VERBOSE,
)
_EACH: Final = re.compile(rf"(?P<key>[A-Za-z][\w-]*)[ \t]*(?::[ \t]*(?P<value>{_STRING}))?")
_LEVELS: Final = MappingProxyType({None: "strong", "+": "moderate", "-": "reduced", "~": "none"})
_KINDS: Final = MappingProxyType(
    {
        "address": "address",
        "bleep": "expletive",
        "cardinal": "cardinal",
        "characters": "characters",
        "chars": "characters",
        "date": "date",
        "digits": "digits",
        "expletive": "expletive",
        "fraction": "fraction",
        "interjection": "interjection",
        "number": "cardinal",
        "ordinal": "ordinal",
        "phone": "telephone",
        "telephone": "telephone",
        "time": "time",
        "unit": "unit",
    }
)
_IGNORED: Final = frozenset(
    {"defaults", "disappointed", "dj", "drc", "excited", "newscaster", "pitch", "timbre", "vol", "volume", "whisper"}
)
_VOICE: Final = "one utterance has one voice: cut the text, and give each part its voice="


def read_speechmarkdown(text: str) -> list[Segment]:
    """Return what a text says.

    Raises:
        InvalidText: a mark is not closed, there are too many, or one says what cannot be said; with its position.
    """
    segments: list[Segment] = []
    section: dict[str, Any] = {}
    end = 0
    for number, mark in enumerate(_MARK.finditer(check_markup(text))):
        if number == MOST:
            raise misread(text, mark.start(), f"there are more than {MOST} marks: cut the text")
        segments.append(Words(text[end : mark.start()], **section))
        try:
            if mark["section"]:
                section = _section(mark["section"])
            else:
                segments.append(_segment(mark, section))
        except UsageError as error:
            raise misread(text, mark.start(), str(error)) from None
        end = mark.end()
    return [*segments, Words(text[end:], **section)]


def _segment(mark: re.Match[str], section: dict[str, Any]) -> Segment:
    match mark.lastgroup:
        case "time":
            return Break(pause_seconds(mark["time"]))
        case "value":
            return _place(mark["place"], mark["value"][1:-1])
        case "strong" | "emphasized" as group:
            return Words(mark[group], **{**section, "emphasis": _LEVELS[mark["sign"]]})
        case "audio":
            raise UsageError("recordings are not played: take it out")
        case "half" | "broken":
            raise UsageError(f"{mark[0]!r} begins a mark that is not closed or not understood")
    return _modified(mark, section)


def _place(kind: str, value: str) -> Segment:
    if not value.strip():
        raise UsageError(f"{kind} needs a value")
    if kind == "mark":
        return Mark(value)
    return Break(pause_seconds(value) if value[0].isdigit() else break_seconds(value))


def _pairs(written: str) -> dict[str, str]:
    return {pair["key"]: (pair["value"] or "")[1:-1] for pair in _EACH.finditer(written)}


def _modified(mark: re.Match[str], section: dict[str, Any]) -> Words:
    """Return ``(words)[key:"value";...]``, or one of its short forms, as a segment."""
    words = mark["text"][1:-1]
    if not words.strip():
        raise UsageError("there are no words in the parentheses")
    short = {"ipa": mark["ipa"] or mark["bare_ipa"], "sub": mark["bare_sub"] or (mark["sub"] or "")[1:-1]}
    pairs = _pairs(mark["pairs"]) if mark["pairs"] else {key: value for key, value in short.items() if value}
    if any(not value and key not in _KNOWN for key, value in pairs.items()):
        return Words(mark[0], **section)  # (i)[j] is no mark of this language
    manner = _manner(pairs, section)
    said = [key for key in pairs if key in _KINDS or key in {"ipa", "sub"}]
    if len(said) > 1:
        raise UsageError(f"{said[0]} and {said[1]} both tell how {words!r} is said: keep one of them")
    if not said:
        return Words(words, **manner)
    (key,) = said
    if key in _KINDS:
        return SayAs(words, _KINDS[key], pairs[key], **manner)
    if not pairs[key].strip():
        raise UsageError(f'{key} needs a value: ({words})[{key}:"..."]')
    return (Pronunciation if key == "ipa" else Substitution)(words, pairs[key], **manner)


def _section(written: str) -> dict[str, Any]:
    """Return what holds from a section's mark to the next: its keywords of `Words`."""
    pairs = _pairs(written)
    if pairs.get("voice") == "device":
        del pairs["voice"]
    pairs.pop("defaults", None)
    return _manner(pairs, {})


def _manner(pairs: dict[str, str], section: dict[str, Any]) -> dict[str, Any]:
    manner = dict(section)
    for key, value in pairs.items():
        match key:
            case "voice":
                raise UsageError(_VOICE)
            case "emphasis":
                manner["emphasis"] = emphasis_level(value or "moderate")
            case "rate":
                manner["speed"] = rate_factor(value or "medium", section.get("speed"))
            case "lang":
                manner["language"] = language_tag(value)
            case _ if key not in _KNOWN or key in _IGNORED:
                manner["ignored"] = (*manner.get("ignored", ()), key)
    return manner


_KNOWN: Final = frozenset({"emphasis", "ipa", "lang", "rate", "sub", "voice", *_KINDS, *_IGNORED})
