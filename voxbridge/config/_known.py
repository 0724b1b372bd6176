"""What a config has, for those who look for mistakes in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from voxbridge._backend import Backend
from voxbridge._plugins import backend_classes
from voxbridge.exceptions import UsageError, nearest

from ._backends import find_backend
from ._source import KeyPath, Mistake, Source
from ._tables import Table


__all__ = ["Known"]


@frozen
class Known:
    """A config's tables, and what was said in it, right or wrong."""

    table: Table
    """Without what is wrong by itself."""
    values: Mapping[str, Any]
    """As it was read: what is wrong in one place is no mistake in another, too."""
    source: Source
    classes: Mapping[str, type[Backend]] = field(factory=backend_classes)
    broken: set[str] = field(factory=set)
    """Backends that are known to be wrong."""
    warnings: list[str] = field(factory=list)
    """What is not wrong, and good to know."""

    @property
    def backends(self) -> set[str]:
        """The names that stand for a backend."""
        return {*self._names("backends"), *self.classes}

    @property
    def voices(self) -> set[str]:
        """The names of logical voices."""
        return self._names("voices")

    @property
    def routes(self) -> set[str]:
        """The names of routes."""
        return self._names("routes")

    def _names(self, key: str) -> set[str]:
        table = self.values.get(key)
        return {name for name in table if isinstance(name, str)} if isinstance(table, Mapping) else set()

    def said(self, path: KeyPath) -> Any:
        """Return what stands at a place, or None."""
        value: Any = self.values
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def kind(self, backend: str) -> type[Backend] | None:
        """Return the class behind a name, or None where its table does not have one."""
        table = self.table.backends.get(backend)
        return self.classes.get((table and table.plugin) or backend)

    def backend(self, name: str, region: str | None) -> Backend | UsageError | None:
        """Return a backend that keeps to *region*, or what is wrong with that; None: this was told elsewhere."""
        if name in self.broken or self.kind(name) is None:
            return None
        try:
            return find_backend(name, self.table.backends, self.source, region)
        except UsageError as error:
            return error

    def no_backend(self, path: KeyPath, name: str) -> Mistake:
        """Return what is wrong with a name that no backend has."""
        there = self.backends - {name}
        has = ", ".join(sorted(there)) or "none"
        return Mistake(path, f"no backend is called {name!r}; there are: {has}.{nearest(name, there)}")

    def name_mistakes(self, path: KeyPath) -> list[Mistake]:
        """Return what is wrong with the name of a voice or a route: it may be a backend's."""
        name = path[-1]
        if name not in self.backends:
            return []
        return [Mistake(path, f"a backend is called {name!r}: give another name")]
