"""Where a config comes from: which file, what stands in it, and on which lines."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from voxbridge.exceptions import InvalidConfig

from ._lines import KeyPath, lines_of
from ._paths import at_home, is_file
from ._secrets import hidden, literal_keys


__all__ = ["Document", "Mistake", "Source", "find", "read_file", "refuse"]

_NAME = "voxbridge.toml"
_LINE = re.compile(r" ?\(at line (\d+), column \d+\)")


@frozen
class Mistake:
    """Something wrong in a config."""

    path: KeyPath
    """The key concerned."""
    message: str
    """What is wrong, and what to do; of the table that the key is in, nothing need be said."""
    whole: bool = False
    """Whether the key is a table's, and all of that is meant."""


@frozen(kw_only=True)
class Source:
    """Where a config comes from."""

    path: Path | None = None
    """None for one that no file holds."""
    profile: str | None = None
    """Which one is laid over the rest."""
    found: bool = False
    """Whether the file was found in the working directory: nobody has asked for this one."""
    lines: Mapping[KeyPath, int] = field(factory=dict, repr=False)

    def __str__(self) -> str:
        return "config" if self.path is None else str(self.path)

    @property
    def folder(self) -> Path:
        """What paths in the config are relative to."""
        return Path() if self.path is None else self.path.parent

    def line_of(self, path: KeyPath) -> int:
        """Return the line of a key, or of what is to hold it; 0 where there are no lines."""
        return next((self.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.lines), 0)

    def place(self, path: KeyPath) -> str:
        """Return file and line of a key, for people."""
        line = self.line_of(path)
        return f"{self}:{line}" if line else str(self)

    def told(self, mistake: Mistake) -> str:
        """Return a mistake with its place."""
        table = dotted(mistake.path if mistake.whole else mistake.path[:-1])
        return ": ".join(filter(None, (self.place(mistake.path), table, mistake.message)))


@frozen(kw_only=True)
class Document:
    """What stands in a config, with its keys hidden."""

    values: Mapping[str, Any]
    source: Source = field(factory=Source)
    mistakes: tuple[Mistake, ...] = ()
    warnings: tuple[str, ...] = ()


def dotted(path: KeyPath) -> str:
    """Return a path as TOML writes it, such as ``routes.live.members[2]``; numbers of people begin at 1."""
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def refuse(source: Source, mistakes: Iterable[Mistake]) -> None:
    """Raise `InvalidConfig` with all mistakes, in the order of the file, if there are any."""
    told = [source.told(mistake) for mistake in sorted(mistakes, key=lambda each: source.line_of(each.path))]
    told = list(dict.fromkeys(told))
    if told:
        raise InvalidConfig("\n  ".join((f"{source} has {len(told)} mistakes:", *told)) if len(told) > 1 else told[0])


def find() -> tuple[Path, bool] | None:
    """Return the config file that nobody has named, and whether it is the working directory's; None: there is none."""
    if named := os.environ.get("VOXBRIDGE_CONFIG", "").strip():
        return at_home(named), False
    if is_file(here := Path(_NAME)):
        return here, True
    from platformdirs import user_config_path

    usual = user_config_path("voxbridge", appauthor=False) / _NAME
    return (usual, False) if is_file(usual) else None


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
