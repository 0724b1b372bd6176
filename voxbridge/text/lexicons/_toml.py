"""Lexicons as TOML: a table ``[[word]]`` for each entry."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise

from voxbridge.exceptions import nearest

from ._entry import Mistake, Row


__all__ = ["read_toml"]

# The library that reads TOML tells no lines, so tables are found by how they begin, and counted.
_TABLES = (
    re.compile(r"^[ \t]*\[\[[ \t]*word[ \t]*\]\]", re.MULTILINE),
    re.compile(r"^[ \t]*(?:word[ \t]*=[ \t]*\[[ \t]*)?\{", re.MULTILINE),
)
_LINE = re.compile(r"at line (\d+), column \d+")


def read_toml(text: str, source: str) -> tuple[list[Row], list[Mistake]]:
    """Return the entries of a file, and what is wrong with the rest of it."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = _LINE.search(str(error))
        return [], [(int(line[1]) if line else text.count("\n") + 1, f"this is no TOML: {error}")]
    whole = Row(document, source, 1, text)
    mistakes = [
        (whole.line_of(key), f"unknown key {key!r}: a lexicon has [[word]] tables only.{nearest(key, ['word'])}")
        for key in document
        if key != "word"
    ]
    words = document.get("word", [])
    if not isinstance(words, list) or not all(isinstance(word, dict) for word in words):
        return [], [*mistakes, (whole.line_of("word"), "write [[word]], in two brackets, before each entry")]
    return list(_rows(words, whole)), mistakes


def _rows(words: list[dict[str, object]], whole: Row) -> Iterator[Row]:
    text = whole.within
    starts: list[int] = []
    for table in _TABLES:
        if len(starts) != len(words):
            starts = [found.start() for found in table.finditer(text)]
    if len(starts) != len(words):  # it is written in a way of its own
        starts = [0] * len(words)
    line, before = 1, 0
    for word, (start, end) in zip(words, pairwise((*starts, len(text))), strict=True):
        line += text.count("\n", before, start)
        before = start
        yield Row(word, whole.source, line, text[start:end])
