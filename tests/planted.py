"""Distributions that tests plant in a folder: a module, and the metadata that an installation would leave beside it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import invalidate_caches
from pathlib import Path
from textwrap import dedent

from voxbridge import _plugins


def plant(folder: Path, name: str, source: str, *, plugin: str | None = None) -> None:
    """Write distribution *name* 1.0 whose one module is a plugin, called *plugin* or as the module."""
    module = name.replace("-", "_")
    (folder / f"{module}.py").write_text(dedent(source))
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[voxbridge]\n{plugin or module} = {module}\n")
    invalidate_caches()


@contextmanager
def installed(folder: Path) -> Iterator[Path]:
    """Let this process find what is planted in *folder*; each `with` finds plugins anew."""
    modules = set(sys.modules)
    sys.path.insert(0, str(folder))
    _forget()
    try:
        yield folder
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - modules:
            if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
                del sys.modules[name]
        _forget()


def _forget() -> None:
    _plugins.plugins.cache_clear()
    _plugins._origins.cache_clear()
    invalidate_caches()
