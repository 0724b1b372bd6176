"""Keys in a config: where they stand, how they are hidden, and when they are read."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast

from attrs import frozen

from voxbridge._models import Secret
from voxbridge.exceptions import MissingCredentials

from ._paths import at_home


__all__ = ["Reference", "hidden", "is_key", "literal_keys"]

_LONGEST = 65536  # bytes of a file that may be a key
_HIDDEN = re.compile(r"(key|token|secret|password|credential)s?", re.IGNORECASE)


@frozen
class Reference:
    """A value that stands elsewhere, and is read when a backend is made: ``env:NAME`` or ``file:PATH``."""

    kind: Literal["env", "file"]
    name: str

    def read(self, folder: Path) -> Secret:
        """Return what stands there.

        Args:
            folder: what the path of a file is relative to.

        Raises:
            MissingCredentials: nothing does.
        """
        if self.kind == "env":
            value, problem = os.environ.get(self.name, "").strip(), "is not set"
        else:
            value, problem = _content(folder / at_home(self.name))
        if not value:
            raise MissingCredentials(f"{self}, which {problem}")
        return Secret(value)

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def _content(path: Path) -> tuple[str, str]:
    """Return a file's text, or what is wrong with it."""
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST + 1)
    except (OSError, ValueError) as error:
        return "", f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if len(content) > _LONGEST or not content.isascii():  # no header could have it
        return "", "is no key"
    return content.decode("ascii").strip(), "is empty"


def hidden(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config with every key in a `Secret`, and a `Reference` for each value that stands elsewhere.

    From then on nothing that prints a value, a traceback's locals included, shows a key.
    """
    found = dict(values)
    if isinstance(backends := found.get("backends"), Mapping):
        found["backends"] = {
            name: {key: _hidden(key, value) for key, value in table.items()}
            if isinstance(table, Mapping)
            else _hidden("key", table)  # who forgot the table may have given the key alone
            for name, table in backends.items()
        }
    if isinstance(profiles := found.get("profiles"), Mapping):
        found["profiles"] = {
            name: hidden(profile) if isinstance(profile, Mapping) else profile for name, profile in profiles.items()
        }
    return found


def is_key(name: object) -> bool:
    """Return whether what is called so is a secret."""
    return bool(_HIDDEN.search(str(name)))


def _hidden(name: object, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    kind, colon, where = value.partition(":")
    if colon and kind in {"env", "file"}:
        return Reference(cast("Any", kind), where.strip())
    return Secret(value) if is_key(name) else value


def literal_keys(values: Mapping[str, Any]) -> list[tuple[str | int, ...]]:
    """Return the paths of the keys that stand in a config itself, once they are `hidden`."""
    found: list[tuple[str | int, ...]] = []
    for key, value in values.items():
        if isinstance(value, Secret):
            found.append((key,))
        elif isinstance(value, Mapping):
            found += ((key, *path) for path in literal_keys(value))
    return found
