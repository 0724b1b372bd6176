"""Reading a config file: what stands in it, and on which lines."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voxbridge.exceptions import InvalidConfig

from ._lines import lines_of
from ._secrets import hidden, literal_keys
from ._source import Document, Mistake, Source, dotted


__all__ = ["read_file"]

_LINE = re.compile(r" ?\(at line (\d+), column \d+\)")


def read_file(path: Path, *, found: bool = False) -> Document:
    """Read a config file.

    Raises:
        InvalidConfig: it cannot be read, or is no TOML.
    """
    try:
        document = _read(path, found=found)
    except (OSError, ValueError) as error:
        raise InvalidConfig(f"cannot read the config {path}: {getattr(error, 'strerror', None) or error}") from None
    if isinstance(document, str):
        raise InvalidConfig(document)
    return document


def _read(path: Path, *, found: bool) -> Document | str:
    """Return what stands in a file, or what is wrong with it.

    Nothing but a refusal to open it is raised from here, where a traceback would hold the keys.
    """
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        content = file.read()
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
        values = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return f"{path}:{line}: byte {content[error.start]:#x} is not UTF-8: save the file as UTF-8"
    except tomllib.TOMLDecodeError as error:
        at = _LINE.search(str(error))
        line = int(at[1]) if at else text.count("\n") + 1
        return f"{path}:{line}: this is no TOML: {_LINE.sub('', str(error))}"
    values = hidden(values)
    source = Source(path=path, found=found, lines=lines_of(text))
    return _with_literal_keys(values, source, open_to_all=os.name == "posix" and bool(mode & stat.S_IROTH))


def _with_literal_keys(values: Mapping[str, Any], source: Source, *, open_to_all: bool) -> Document:
    """Refuse keys that everybody on this machine can read, and warn of the others."""
    keys = literal_keys(values)
    if open_to_all:
        advice = f"take the key out (env:NAME or file:PATH), or close the file: chmod 600 {source}"
        message = f"is a key, in a file that everybody on this machine can read: {advice}"
        return Document(
            values=values, source=source, mistakes=tuple(Mistake(path, f"{path[-1]} {message}") for path in keys)
        )
    advice = "env:NAME or file:PATH keeps it out of the file"
    warnings = tuple(f"{source.place(path)}: {dotted(path)} is a key: {advice}" for path in keys)
    return Document(values=values, source=source, warnings=warnings)
