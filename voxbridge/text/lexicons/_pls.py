"""Lexicons as W3C PLS 1.0: a ``lexeme`` for each entry.

The first grapheme is its text, the others are aliases. Of several phonemes and aliases the preferred one counts, else
the first (PLS 4.6 and 4.7). Roles, which tell a verb from a noun, are not known of plain text.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final
from xml.sax.handler import ContentHandler  # the interface alone: defusedxml parses
from xml.sax.xmlreader import AttributesImpl

from voxbridge.exceptions import nearest

from ._entry import Mistake, Row


__all__ = ["read_pls"]

# PLS names IPA alone; the alphabets of vendors begin with x-.
_KEYS: Final = MappingProxyType({"ipa": "ipa", "x-sampa": "xsampa", "x-arpabet": "arpabet", "x-cmu": "arpabet"})
_WITHIN: Final = MappingProxyType(
    {
        "": ("lexicon",),
        "lexicon": ("lexeme", "meta", "metadata"),
        "lexeme": ("grapheme", "phoneme", "alias", "example"),
    }
)
_DEEPEST = 50  # elements within each other; a lexicon has 3, and what is passed over a few
_PASSED_OVER: Final = frozenset({"meta", "metadata", "example"})


def read_pls(document: bytes, source: str) -> tuple[list[Row], list[Mistake]]:
    """Return the entries of a file, and what is wrong with the rest of it."""
    from xml.sax import SAXParseException

    from defusedxml.common import DefusedXmlException
    from defusedxml.expatreader import create_parser

    parser = create_parser(forbid_dtd=True)
    reader = _Reader(parser, source)
    parser.setContentHandler(reader)
    try:
        parser.feed(document)
        parser.close()
    except SAXParseException as error:
        reader.wrong(f"this is no XML: {error.getMessage()}")
    except DefusedXmlException:
        reader.wrong("a DOCTYPE and its entities are never read: take it out")
    except RecursionError as error:
        reader.wrong(str(error))
    return reader.rows, reader.mistakes


class _Reader(ContentHandler):
    def __init__(self, parser: Any, source: str) -> None:
        super().__init__()
        self._parser, self._source = parser, source
        self._open: list[str] = []
        self._skipped = 0  # how deep it is in what is passed over
        self._alphabet = "ipa"
        self._language: str | None = None
        self._line = 1
        self._graphemes: list[str] = []
        self._sayings: list[tuple[bool, str, str]] = []  # whether it is preferred, the key, the value
        self._saying = (False, "say")
        self._text: list[str] = []
        self.rows: list[Row] = []
        self.mistakes: list[Mistake] = []

    def wrong(self, mistake: str) -> None:
        """Note what is wrong here."""
        self.mistakes.append((self._parser.getLineNumber(), mistake))

    def startElement(self, name: str, attrs: AttributesImpl[str]) -> None:  # noqa: N802  # SAX calls it so
        """Take the start of an element."""
        name = name.rpartition(":")[2]
        if self._skipped or name in _PASSED_OVER:
            self._skipped += 1
            if self._skipped > _DEEPEST:
                raise RecursionError(f"more than {_DEEPEST} elements stand within each other")
            return
        known = _WITHIN.get(self._open[-1] if self._open else "", ())
        if name not in known:
            where = f"within <{self._open[-1]}>" if self._open else "at the beginning"
            self.wrong(f"<{name}> {where} is unknown.{nearest(name, known)}")
            self._skipped += 1
            return
        self._open.append(name)
        self._text.clear()
        match name:
            case "lexicon":
                self._alphabet, self._language = attrs.get("alphabet", "ipa"), attrs.get("xml:lang")
            case "lexeme":
                self._line = self._parser.getLineNumber()
                self._graphemes, self._sayings = [], []
            case "phoneme":
                self._saying = (attrs.get("prefer") == "true", self._key(attrs.get("alphabet", self._alphabet)))
            case "alias":
                self._saying = (attrs.get("prefer") == "true", "say")

    def characters(self, content: str) -> None:
        """Take words of it."""
        if not self._skipped:
            self._text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802
        """Take its end."""
        if self._skipped:
            self._skipped -= 1
            return
        text = " ".join("".join(self._text).split())
        match self._open.pop():
            case "grapheme":
                self._graphemes.append(text)
            case "phoneme" | "alias":
                self._sayings.append((*self._saying, text))
            case "lexeme":
                self._end_of_lexeme()

    def _key(self, alphabet: str) -> str:
        key = _KEYS.get(alphabet.lower(), "")
        if not key:
            self.wrong(f"unknown alphabet {alphabet!r}: give {', '.join(_KEYS)}.{nearest(alphabet, _KEYS)}")
        return key

    def _end_of_lexeme(self) -> None:
        values: dict[str, object] = {}
        if self._graphemes:
            values = {"text": self._graphemes[0], "aliases": self._graphemes[1:]}
        if self._language:
            values["language"] = self._language
        if self._sayings:
            _, key, text = max(self._sayings, key=lambda saying: saying[0])  # the first of the preferred ones
            if not key:
                return  # its alphabet is unknown, which was told
            values[key] = text
        self.rows.append(Row(values, self._source, self._line))
