"""Reading SSML 1.1 (W3C Recommendation of 7 September 2010).

White space is as in HTML, one space, unless ``xml:space="preserve"`` holds. The end of a ``p`` or an ``s`` is a blank
line, which ends a sentence. Of the elements and attributes that no segment can hold the words are kept, and what was
wanted of them is told when they are said (`Words.ignored`); an element without words would vanish and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final
from xml.sax.handler import ContentHandler  # the interface alone: defusedxml parses
from xml.sax.xmlreader import AttributesImpl, Locator

from attrs import define

from voxbridge.exceptions import UsageError, nearest

from ._markup import check_markup, misread
from ._segments import Break, Segment, Words
from ._ssml_elements import ATTRIBUTES, EMPTY, LEAVES, check_attributes, check_place, manner_in


__all__ = ["read_ssml"]

_BOUNDARY: Final = "\n\n"
_SPACE: Final = re.compile(r"[ \t\r\n]+")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_BLOCKS: Final = frozenset({"p", "s"})


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
        check_place(name, outer.name, len(self._open), self._elements)
        check_attributes(name, attributes)
        preserve = {"preserve": True, "default": False}.get(attributes.get("xml:space", ""), outer.preserve)
        manner = manner_in(name, attributes, outer.manner)
        self._open.append(_Element(name, attributes, place, manner, preserve))
        if name in _BLOCKS:
            self._end_block(outer.manner)
        self._blamed = None

    def endElement(self, name: str) -> None:  # noqa: N802
        """Take the end of an element."""
        self._hear()
        element = self._open.pop()
        self._blamed = element.place
        if name in EMPTY:
            self._add(EMPTY[name](element.attributes))
        elif name in LEAVES:
            leaf = partial(LEAVES[name], attributes=element.attributes)
            self._say(element.words, element, leaf)
        elif name in _BLOCKS:
            self._end_block(self._open[-1].manner)
        if not element.said and (name in LEAVES or name not in ATTRIBUTES):
            known = "" if name in LEAVES else f", and SSML 1.1 has none of this name.{nearest(name, ATTRIBUTES)}"
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
        if element.name in LEAVES:
            element.words = content
        elif element.name not in EMPTY:
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
