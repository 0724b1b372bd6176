"""From what TOML holds to tables of known types, with all mistakes at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from attrs import fields

from voxbridge.exceptions import nearest

from ._source import KeyPath, Mistake
from ._tables import Table


__all__ = ["structured"]


def structured(values: Mapping[str, Any]) -> tuple[Table, list[Mistake]]:
    """Return a config's tables without what is wrong in them, and that."""
    table, mistakes = _structured(values)
    for name in table.profiles:
        mistakes += (Mistake(("profiles", name, *each.path), each.message) for each in _profile(table.profiles[name]))
    return table, mistakes


def _profile(values: Mapping[str, Any]) -> list[Mistake]:
    mistakes = _structured({key: value for key, value in values.items() if key != "profiles"})[1]
    if "profiles" in values:
        mistakes.append(Mistake(("profiles",), "a profile has no profiles of its own"))
    return mistakes


def _structured(values: Mapping[str, Any]) -> tuple[Table, list[Mistake]]:
    from cattrs import BaseValidationError

    from ._converter import table_converter

    converter = table_converter()
    try:
        return converter.structure(values, Table), []
    except BaseValidationError as error:
        mistakes = list(_mistakes(error, ()))
    good = deepcopy(dict(values))
    wrong = [mistake.path for mistake in mistakes]
    while sum(_remove(good, path) for path in wrong):  # what is without the key that it needs goes too
        try:
            return converter.structure(good, Table), mistakes
        except BaseValidationError as error:
            wrong = [mistake.path for mistake in _mistakes(error, ())]
    return Table(), mistakes


def _remove(values: Any, path: KeyPath) -> bool:
    """Take a key out of nested tables; of a list, all of it. Return whether anything was there to take."""
    holder = values
    for key in path[:-1]:
        try:
            holder = holder[key]
        except (LookupError, TypeError):  # it has gone with something else
            return False
    if isinstance(holder, dict) and path[-1] in holder:
        del holder[path[-1]]
        return True
    return len(path) > 1 and _remove(values, path[:-1])


def _mistakes(error: BaseException, path: KeyPath) -> Iterator[Mistake]:
    """Yield what is wrong, out of the tree of errors that the converter raises."""
    from cattrs import AttributeValidationNote, BaseValidationError, ForbiddenExtraKeysError, IterableValidationNote

    if isinstance(error, BaseValidationError):
        for inner in error.exceptions:
            key = path
            for note in getattr(inner, "__notes__", ()):
                if isinstance(note, AttributeValidationNote):
                    key = path if note.name == "settings" else (*path, note.name)  # which have no table of their own
                elif isinstance(note, IterableValidationNote):
                    key = (*path, note.index)
            yield from _mistakes(inner, key)
    elif isinstance(error, ForbiddenExtraKeysError):
        known = [attribute.name for attribute in fields(error.cl)]
        for name in error.extra_fields:
            yield Mistake((*path, name), f"unknown key {name!r}: give {', '.join(known)}.{nearest(str(name), known)}")
    elif isinstance(error, KeyError):
        yield Mistake((*path[:-1], error.args[0]), f"{error.args[0]} is missing")
    else:
        yield Mistake(path, _named(path[-1], str(error)))


def _named(key: str | int, message: str) -> str:
    """Return a message that begins with the key that it is about."""
    name = f"number {key + 1}" if isinstance(key, int) else key
    if message.startswith("is "):
        return f"{name} {message}"
    return message if message.startswith(name) else f"{name}: {message}"
