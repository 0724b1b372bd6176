"""What may be wrong in a table ``[backends.X]``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve

from voxbridge._backend import Backend
from voxbridge.exceptions import UsageError, nearest

from ._backends import configured, keywords
from ._known import Known
from ._secrets import Reference
from ._source import Mistake


__all__ = ["backend_mistakes"]

_NAME = re.compile("[a-z][a-z0-9_]*")


def backend_mistakes(name: str, known: Known) -> Iterator[Mistake]:
    """Yield all that is wrong in the table of a backend, and note that it is."""
    if not known.table.backends[name].plugin and known.said(("backends", name, "plugin")):
        known.broken.add(name)  # it has one, which was told to be none
        return
    for mistake in _mistakes(name, known):
        known.broken.add(name)
        yield mistake


def _mistakes(name: str, known: Known) -> Iterator[Mistake]:
    path, table, kind = ("backends", name), known.table.backends[name], known.kind(name)
    if not _NAME.fullmatch(name):
        yield Mistake(path, f"{name!r} is no name: give small letters, digits and _")
        return
    if kind is None:
        second = "" if table.plugin else " A second account of one that is there says `plugin = ...`."
        mistake = known.no_backend((*path, "plugin") if table.plugin else path, table.plugin or name)
        yield evolve(mistake, message=mistake.message + second)
        return
    settings = dict(table.settings)
    for key, message in _key_mistakes(kind, settings):
        del settings[key]
        yield Mistake((*path, key), message)
    try:
        configured(
            name, evolve(table, settings=settings), kind, source=known.source, region=known.table.region
        )  # fmt: skip
    except UsageError as error:
        message = str(error).removeprefix(f"{name}: ").removeprefix(f"{kind.name}: ")
        concerned = _key_in(message, settings)
        yield Mistake((*path, *concerned), message, whole=not concerned)


def _key_mistakes(kind: type[Backend], settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what is wrong with keys, whatever their values."""
    taken = keywords(kind)
    mistakes: list[tuple[str, str]] = []
    for key, value in settings.items():
        if taken is not None and key not in taken:
            keys = (*sorted(taken), "plugin", "price")
            mistakes.append((key, f"unknown key {key!r}: give {', '.join(keys)}.{nearest(key, keys)}"))
        elif isinstance(value, Reference) and not value.name:
            mistakes.append((key, f"{key} is '{value}': write env:NAME or file:PATH"))
    return mistakes


def _key_in(message: str, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the key that a constructor's message is about, where it names one."""
    return next(((key,) for key in settings if re.search(rf"\b{re.escape(key)}\b", message)), ())
