"""Writing SSML 1.1."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Final

from ._segments import Break, Mark, Pronunciation, SayAs, Segment, Substitution, Words


__all__ = ["write_ssml"]

_NAMESPACE: Final = "http://www.w3.org/2001/10/synthesis"
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2
# A literal CR would be read as LF, and a literal TAB or LF in an attribute as a space.
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ESCAPES_IN_QUOTES: Final = {**_ESCAPES, ord('"'): "&quot;", ord("\t"): "&#9;", ord("\n"): "&#10;"}
_LAID_OUT: Final = re.compile(r"[\t\r\n]| {2}|\A | \Z")  # a reader would take it for layout


def write_ssml(segments: Sequence[Segment]) -> str:
    """Return *segments* as a document."""
    words = [each for each in segments if isinstance(each, Words)]
    languages = {each.language for each in words}
    language = languages.pop() if len(languages) == 1 else None
    attributes = [("version", "1.1"), ("xmlns", _NAMESPACE)]
    if language:
        attributes.append(("xml:lang", language))
    if _is_laid_out(segments):
        attributes.append(("xml:space", "preserve"))
    return _element("speak", attributes, "".join(_spans(segments, language)))


def _is_laid_out(segments: Iterable[Segment]) -> bool:
    """Return whether white space must be said to be meant."""
    shown = "".join(each.text if type(each) is Words else "x" for each in segments)
    others = [each.text for each in segments if isinstance(each, Words) and type(each) is not Words]
    return any(_LAID_OUT.search(text) for text in (shown, *others))


def _spans(segments: Iterable[Segment], language: str | None) -> Iterator[str]:
    """Yield segments, those that are said in the same manner within the same elements."""
    for manner, group in groupby(segments, lambda each: each.manner if isinstance(each, Words) else None):
        together = list(group)
        first = together[0]
        content = "".join(map(_segment, together))
        if manner and isinstance(first, Words):
            if first.emphasis:
                content = _element("emphasis", [("level", first.emphasis)], content)
            if first.speed is not None:
                content = _element("prosody", [("rate", f"{_plain(Decimal(repr(first.speed)) * 100)}%")], content)
            if first.language != language:
                content = _element("lang", [("xml:lang", first.language or "")], content)
        yield content


def _segment(segment: Segment) -> str:
    match segment:
        case Break(seconds):
            return _element("break", [("time", f"{_plain(Decimal(repr(seconds)))}s")])
        case Mark(name):
            return _element("mark", [("name", name)])
        case Pronunciation(text, ipa):
            return _element("phoneme", [("alphabet", "ipa"), ("ph", ipa)], _words(text))
        case Substitution(text, alias):
            return _element("sub", [("alias", alias)], _words(text))
        case SayAs(text, kind, format):
            details = [("format", format)] if format else []
            return _element("say-as", [("interpret-as", kind), *details], _words(text))
        case _:
            return _words(segment.text)


def _element(name: str, attributes: Iterable[tuple[str, str]], content: str = "") -> str:
    written = "".join(f' {key}="{_sayable(value).translate(_ESCAPES_IN_QUOTES)}"' for key, value in attributes)
    return f"<{name}{written}>{content}</{name}>" if content or name == "speak" else f"<{name}{written}/>"


def _words(text: str) -> str:
    return _sayable(text).translate(_ESCAPES)


def _sayable(text: str) -> str:
    return _NO_XML.sub(" ", text)


def _plain(number: Decimal) -> str:
    """Return a number with all its digits and no exponent."""
    return f"{number.normalize():f}"
