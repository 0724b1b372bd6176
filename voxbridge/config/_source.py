"""Where a config comes from, what stands in it, and how its mistakes are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from voxbridge.exceptions import InvalidConfig


__all__ = ["Document", "KeyPath", "Mistake", "Source", "dotted", "refuse"]

KeyPath = tuple[str | int, ...]
"""Keys and, within lists, numbers from 0: ``("routes", "live", "members", 2, "weight")``."""


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
