"""Lexicons as CSV: a header with the names of the keys, and a row for each entry.

A list of aliases has ``|`` between them, and ``deepdub.say`` is the column of ``backends.deepdub.say``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from voxbridge.exceptions import nearest

from ._entry import KEYS, SAYINGS, Row


__all__ = ["read_csv"]

_COLUMNS = tuple(key for key in KEYS if key != "backends")
_TRUTH = {"true": True, "false": False}


def read_csv(text: str, source: str) -> tuple[list[Row], list[str]]:
    """Return the entries of a file, and what is wrong with the rest of it."""
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)  # spreadsheets put semicolons where decimals have commas
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip().lower() for name in next(lines, [])]
        wrong = list(_wrong(header, source))
        return list(_rows(header, lines, source)) if "text" in header else [], wrong
    except csv.Error as error:
        return [], [f"{source}:{lines.line_num}: this is no CSV: {error}"]


def _wrong(header: Sequence[str], source: str) -> Iterator[str]:
    if "text" not in header:
        yield f"{source}:1: there is no column 'text': the first line names the columns, {', '.join(_COLUMNS)}"
    for number, name in enumerate(header):
        backend, dot, saying = name.rpartition(".")
        if name in header[:number]:
            yield f"{source}:1: two columns are called {name!r}"
        elif name not in _COLUMNS and not (backend and dot and saying in SAYINGS):
            yield f"{source}:1: unknown column {name!r}: give {', '.join(_COLUMNS)}.{nearest(name, _COLUMNS)}"


def _rows(header: Sequence[str], lines: Iterator[list[str]], source: str) -> Iterator[Row]:
    line = lines.line_num + 1  # type: ignore[attr-defined]  # of csv.reader
    for cells in lines:
        values: dict[str, Any] = {}
        if len(cells) > len(header):
            values["more cells than columns"] = cells[len(header) :]
        for name, cell in zip(header, cells, strict=False):
            if cell.strip():
                _put(values, name, cell.strip())
        if values:
            yield Row(values, source, line)
        line = lines.line_num + 1  # type: ignore[attr-defined]


def _put(values: dict[str, Any], name: str, cell: str) -> None:
    backend, _, saying = name.rpartition(".")
    if backend and saying in SAYINGS:
        values.setdefault("backends", {}).setdefault(backend, {})[saying] = cell
    elif name == "aliases":
        values[name] = [alias.strip() for alias in cell.split("|")]
    elif name in _COLUMNS:
        values[name] = _TRUTH.get(cell.lower(), cell) if name == "case" else cell
