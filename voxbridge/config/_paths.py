"""Paths as people write them, and where a config is that nobody has named."""

from __future__ import annotations

import os
from pathlib import Path


__all__ = ["at_home", "find", "is_file"]

_NAME = "voxbridge.toml"


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


def find() -> tuple[Path, bool] | None:
    """Return the config file that nobody has named, and whether it is the working directory's; None: there is none."""
    if named := os.environ.get("VOXBRIDGE_CONFIG", "").strip():
        return at_home(named), False
    if is_file(here := Path(_NAME)):
        return here, True
    from platformdirs import user_config_path

    usual = user_config_path("voxbridge", appauthor=False) / _NAME
    return (usual, False) if is_file(usual) else None
