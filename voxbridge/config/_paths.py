"""Paths as people write them."""

from __future__ import annotations

import os
from pathlib import Path


__all__ = ["at_home", "is_file"]


def at_home(path: str | os.PathLike[str]) -> Path:
    """Return a path with ``~`` replaced, if there is a home to replace it."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def is_file(path: Path) -> bool:
    """Return whether there is a file; in a folder that we may not look into there is none."""
    try:
        return path.is_file()
    except OSError:
        return False
