"""Reading SSML 1.1 (W3C Recommendation of 7 September 2010).

White space is as in HTML, one space, unless ``xml:space="preserve"`` holds. The end of a ``p`` or an ``s`` is a blank
line, which ends a sentence. Of the elements and attributes that no segment can hold the words are kept, and what was
wanted of them is told when they are said (`Words.ignored`); an element without words would vanish and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final
from xml.sax.handler import ContentHandler  # the interface alone: defusedxml parses
from xml.sax.xmlreader import AttributesImpl, Locator

from attrs import define

from voxbridge.exceptions import UsageError, nearest

from ._markup import MOST, check_markup, misread
from ._segments import Break, Mark, Pronunciation, SayAs, Segment, Substitution, Words
from ._values import break_seconds, emphasis_level, language_tag, pause_seconds, rate_factor
from .phonetics import from_arpabet, from_xsampa


__all__ = ["read_ssml"]

_DEEPEST: Final = 64  # elements within elements
_LONGEST: Final = 1000  # characters of a name or a value
_SHOWN: Final = 20  # of these, of what is too long
_BOUNDARY: Final = "\n\n"
_SPACE: Final = re.compile(r"[ \t\r\n]+")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_ATTRIBUTES: Final[Mapping[str, set[str]]] = MappingProxyType(
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
_BLOCKS: Final = frozenset({"p", "s"})
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


def read_ssml(text: str) -> list[Segment]:
    """Return what a document says.

    Raises:
        InvalidText: it is no SSML, is too large or too deep, or says what cannot be said; with its position.
    """
    from xml.sax import SAXParseException

    from defusedxml.common import DefusedXmlException
    from defusedxml.expatreader import create_parser

    parser = create_parser(forbid_dtd=True)
    reader = _Reader(check_markup(text), parser)
    parser.setContentHandler(reader)
    try:
        parser.feed(text)
        parser.close()
    except SAXParseException as error:
        reason = _no_xml(text, error.getMessage())
    except DefusedXmlException:
        reason = "a DOCTYPE and its entities are never read: take it out"
    except UsageError as error:
        reason = str(error)
    else:
        return reader.segments
    raise misread(text, reader.position, reason)


def _no_xml(text: str, message: str) -> str:
    if "<speak" not in text:
        return "SSML is XML within <speak> and </speak>"
    hint = {
        "undefined entity": "XML knows &amp; &lt; &gt; &quot; &apos; and numbers such as &#160;",
        "not well-formed (invalid token)": "in words & is written &amp; and < is written &lt;",
    }.get(message, "")
    return f"this is no XML, {message}{': ' if hint else ''}{hint}"


@define
class _Element:
    name: str
    attributes: Mapping[str, str]
    place: tuple[int, int]
    """Its line, from 1, and column, from 0."""
    manner: dict[str, Any]
    """What holds for the words in it: keywords of `Words`."""
    preserve: bool
    """Whether white space is kept as it is."""
    said: bool = False
    """Whether there were words in it."""
    words: str = ""
    """Of an element that holds nothing else."""


class _Reader(ContentHandler):
    """Turn elements and text into segments. What is wrong is a `UsageError`, at `position`."""

    def __init__(self, text: str, locator: Locator) -> None:
        super().__init__()
        self.segments: list[Segment] = []
        self._text = text
        self._locator = locator
        self._open: list[_Element] = []
        self._pieces: list[str] = []
        self._elements = 0
        self._gap = Words("")  # white space that is due before what comes next
        self._blamed: tuple[int, int] | None = None

    @property
    def position(self) -> int:
        """The index of what is to blame: the element at hand, else the character that is being read."""
        line, column = self._blamed or self._place
        ends = [end.end() for end in _LINE_END.finditer(self._text)]
        return min([0, *ends][line - 1] + column, len(self._text))

    @property
    def _place(self) -> tuple[int, int]:
        return self._locator.getLineNumber() or 1, self._locator.getColumnNumber() or 0

    def startElement(self, name: str, attrs: AttributesImpl[str]) -> None:  # noqa: N802  # SAX calls it so
        """Take the start of an element."""
        attributes = dict(attrs.items())
        self._hear()
        place = self._blamed = self._place
        outer = self._open[-1] if self._open else _Element("", {}, place, {}, preserve=False)
        self._elements += 1
        _check_place(name, outer.name, len(self._open), self._elements)
        _check_attributes(name, attributes)
        preserve = {"preserve": True, "default": False}.get(attributes.get("xml:space", ""), outer.preserve)
        manner = _manner(name, attributes, outer.manner)
        self._open.append(_Element(name, attributes, place, manner, preserve))
        if name in _BLOCKS:
            self._end_block(outer.manner)
        self._blamed = None

    def endElement(self, name: str) -> None:  # noqa: N802
        """Take the end of an element."""
        self._hear()
        element = self._open.pop()
        self._blamed = element.place
        if name in _EMPTY:
            self._add(_EMPTY[name](element.attributes))
        elif name in _LEAVES:
            leaf = partial(_LEAVES[name], attributes=element.attributes)
            self._say(element.words, element, leaf)
        elif name in _BLOCKS:
            self._end_block(self._open[-1].manner)
        if not element.said and (name in _LEAVES or name not in _ATTRIBUTES):
            known = "" if name in _LEAVES else f", and SSML 1.1 has none of this name.{nearest(name, _ATTRIBUTES)}"
            raise UsageError(f"<{name}> holds no words{known}")
        if self._open:
            self._open[-1].said |= element.said
        self._blamed = None

    def characters(self, content: str) -> None:
        """Take a piece of text, cut where the parser likes."""
        self._pieces.append(content)

    def _hear(self) -> None:
        """Read the text since the last tag."""
        content = "".join(self._pieces)
        if not content:
            return
        self._pieces.clear()
        element = self._open[-1]
        if element.name in _LEAVES:
            element.words = content
        elif element.name not in _EMPTY:
            self._say(content, element, Words)
        elif content.strip():
            self._blamed = element.place
            raise UsageError(f"<{element.name}> holds no words: put them after it")

    def _say(self, text: str, element: _Element, segment: Callable[..., Words]) -> None:
        """Add words, with white space as it counts there."""
        element.said = element.said or bool(text.strip())
        if element.preserve:
            self._add(segment(text, **element.manner))
            return
        text = _SPACE.sub(" ", text)
        words = text.strip(" ")
        self._keep(" " if text.startswith(" ") else "", element.manner)
        if words:
            self._add(segment(words, **element.manner))
            self._keep(" " if text.endswith(" ") else "", element.manner)

    def _end_block(self, manner: dict[str, Any]) -> None:
        """Keep a sentence from running on into the next; after a pause it does not."""
        if not (self.segments and isinstance(last := self.segments[-1], Break) and last.seconds):
            self._keep(_BOUNDARY, manner)

    def _keep(self, gap: str, manner: dict[str, Any]) -> None:
        if len(gap) > len(self._gap.text):
            self._gap = Words(gap, **manner)

    def _add(self, segment: Segment) -> None:
        if self.segments and self._gap.text:
            self.segments.append(self._gap)
        self._gap = Words("")
        self.segments.append(segment)


def _check_place(name: str, outer: str, depth: int, elements: int) -> None:
    if name in _REFUSED:
        raise UsageError(f"<{name}>: {_REFUSED[name]}")
    if not outer and name != "speak":
        raise UsageError(f"SSML is within <speak> and </speak>, and this begins with <{name}>")
    if outer and name == "speak":
        raise UsageError("one <speak> is within another: take it out")
    if outer in _LEAVES or outer in _EMPTY:
        raise UsageError(f"<{name}> is within <{outer}>, which holds {'words only' if outer in _LEAVES else 'nothing'}")
    if depth >= _DEEPEST:
        raise UsageError(f"more than {_DEEPEST} elements are within each other")
    if elements > MOST:
        raise UsageError(f"there are more than {MOST} elements: cut the text")


def _check_attributes(name: str, attributes: Mapping[str, str]) -> None:
    if any(len(each) > _LONGEST for each in (name, *attributes, *attributes.values())):
        raise UsageError(f"<{name[:_SHOWN]}> has a name or a value of more than {_LONGEST} characters")
    known = _ATTRIBUTES.get(name, attributes.keys())
    for each in attributes:
        if each not in known and ":" not in each and each not in _EVERYWHERE:
            raise UsageError(f"<{name}> has no attribute {each!r}.{nearest(each, known)}")
    for each in _REQUIRED.get(name, ()):
        if not attributes.get(each, "").strip():
            raise UsageError(f'<{name}> needs {each}="..."')


def _manner(name: str, attributes: Mapping[str, str], outer: dict[str, Any]) -> dict[str, Any]:
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
    if name not in _ATTRIBUTES:
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


_EMPTY: Final[Mapping[str, Callable[[Mapping[str, str]], Segment]]] = MappingProxyType({"break": _break, "mark": _mark})
_LEAVES: Final[Mapping[str, Callable[..., Words]]] = MappingProxyType(
    {"phoneme": _phoneme, "sub": _sub, "say-as": _say_as}
)
"""They hold words only."""
