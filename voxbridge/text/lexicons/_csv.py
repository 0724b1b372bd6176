"""Lexicons as CSV: a header with the names of the keys, and a row for each entry.

A list of aliases has ``|`` between them, and ``deepdub.say`` is the column of ``backends.deepdub.say``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from voxbridge.exceptions import nearest

from ._entry import KEYS, SAYINGS, Mistake, Row


__all__ = ["read_csv"]

_COLUMNS = tuple(key for key in KEYS if key != "backends")
_TRUTH = {"true": True, "false": False}


def read_csv(text: str, source: str) -> tuple[list[Row], list[Mistake]]:
    """Return the entries of a file, and what is wrong with the rest of it."""
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)  # spreadsheets put semicolons where decimals have commas
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip().lower() for name in next(lines, [])]
        mistakes = [(1, mistake) for mistake in _wrong(header)]
        if "text" not in header:
            return [], mistakes
        rows = []
        for line, cells in _numbered(lines):
            if len(cells) > len(header):
                mistakes.append((line, f"there are {len(cells)} cells, and {len(header)} columns"))
            if any(cell.strip() for cell in cells):
                rows.append(Row(_values(header, cells), source, line))
    except csv.Error as error:
        return [], [(lines.line_num, f"this is no CSV: {error}")]
    return rows, mistakes


def _wrong(header: Sequence[str]) -> Iterator[str]:
    if "text" not in header:
        yield f"there is no column 'text': the first line names the columns, {', '.join(_COLUMNS)}"
    for number, name in enumerate(header):
        backend, dot, saying = name.rpartition(".")
        if name in header[:number]:
            yield f"two columns are called {name!r}"
        elif name not in _COLUMNS and not (backend and dot and saying in SAYINGS):
            yield f"unknown column {name!r}: give {', '.join(_COLUMNS)}.{nearest(name, _COLUMNS)}"


def _numbered(lines: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield rows with the line that each begins in: cells in quotes may go on over several."""
    before = lines.line_num
    for cells in lines:
        yield before + 1, cells
        before = lines.line_num


def _values(header: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, cell in zip(header, cells, strict=False):
        if cell.strip():
            _put(values, name, cell.strip())
    return values


def _put(values: dict[str, Any], name: str, cell: str) -> None:
    backend, _, saying = name.rpartition(".")
    if backend and saying in SAYINGS:
        values.setdefault("backends", {}).setdefault(backend, {})[saying] = cell
    elif name == "aliases":
        values[name] = [alias.strip() for alias in cell.split("|")]
    elif name in _COLUMNS:
        values[name] = _TRUTH.get(cell.lower(), cell) if name == "case" else cell
