"""Where each key of a TOML document stands: the library that reads it does not tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from ._source import KeyPath


__all__ = ["lines_of"]

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'  # up to two quotes may stand before the closing three
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'"
    r"|\#[^\n]*"
    r"|[A-Za-z0-9_-]+"
    r"|\S|\n",
    re.DOTALL,
)
_END = ""


def lines_of(text: str) -> dict[KeyPath, int]:
    """Return the line, from 1, on which each table, key and item of a list begins.

    Args:
        text: a document that is known to be good TOML.
    """
    return _Scanner(text).lines


class _Scanner:
    def __init__(self, text: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._arrays: dict[KeyPath, int] = {}  # of tables: the number of the last one
        self._tokens = _tokens(text)
        self._next()
        table: KeyPath = ()
        while self._here != _END:
            if self._here == "\n":
                self._next()
            elif self._here == "[":
                table = self._header()
            else:
                self._pair(table)

    def _next(self) -> str:
        token = getattr(self, "_here", _END)
        self._here, self._line = next(self._tokens, (_END, 0))
        return token

    def _header(self) -> KeyPath:
        """Read ``[a.b]`` or ``[[a.b]]`` and return what it begins."""
        line = self._line
        self._next()
        several = self._here == "["
        if several:
            self._next()
        *above, last = self._key()
        path: KeyPath = ()
        for key in above:
            path = self._within((*path, key), line)
        path = (*path, last)
        if several:
            self._arrays[path] = self._arrays.get(path, -1) + 1
        path = self._within(path, line)
        while self._here == "]":
            self._next()
        return path

    def _within(self, path: KeyPath, line: int) -> KeyPath:
        """Note a table, and return it, or the last one where there are several."""
        self.lines.setdefault(path, line)
        if path in self._arrays:
            path = (*path, self._arrays[path])
            self.lines.setdefault(path, line)
        return path

    def _pair(self, table: KeyPath) -> None:
        """Read ``a.b = value``."""
        line = self._line
        path = table
        for key in self._key():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self._next()  # =
        self._value(path)

    def _key(self) -> list[str]:
        """Read a key with its dots."""
        keys: list[str] = []
        while True:
            token = self._next()
            keys.append(tomllib.loads(f"key = {token}")["key"] if token[0] in "\"'" else token)
            if self._here != ".":
                return keys
            self._next()

    def _value(self, path: KeyPath) -> None:
        if self._here == "[":
            self._items(path)
        elif self._here == "{":
            self._table(path)
        else:
            while self._here not in {",", "]", "}", "\n", _END}:
                self._next()

    def _items(self, path: KeyPath) -> None:
        self._next()
        number = 0
        while self._here != "]":
            if self._here in {",", "\n"}:
                self._next()
                continue
            self.lines[*path, number] = self._line
            self._value((*path, number))
            number += 1
        self._next()

    def _table(self, path: KeyPath) -> None:
        self._next()
        while self._here != "}":
            if self._here in {",", "\n"}:
                self._next()
            else:
                self._pair(path)
        self._next()


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Yield what a document consists of, without comments and spaces, each with its line."""
    line, before = 1, 0
    for found in _TOKEN.finditer(text):
        line += text.count("\n", before, found.start())
        before = found.start()
        if not found[0].startswith("#"):
            yield found[0], line
