"""Profiles: what a config says otherwise on some occasions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve

from voxbridge.exceptions import nearest

from ._source import Document, KeyPath, Mistake


__all__ = ["with_profile"]


def with_profile(document: Document, name: str | None) -> Document:
    """Return a document as a profile has it: its tables are added to, all else is replaced."""
    if name is None:
        return document
    profiles = document.values.get("profiles", {})
    profile = profiles.get(name) if isinstance(profiles, Mapping) else None
    if profile is None:
        has = f"there are: {', '.join(profiles)}" if profiles else "there are none"
        message = f"there is no profile {name!r}; {has}.{nearest(name, profiles)}"
        return evolve(document, mistakes=(*document.mistakes, Mistake(("profiles",), message)))
    if not isinstance(profile, Mapping):
        return document  # it is told with all other mistakes
    over = {key: value for key, value in profile.items() if key != "profiles"}
    source = document.source
    lines = dict(source.lines)
    for path in _replaced(document.values, over):
        lines = {key: line for key, line in lines.items() if key[: len(path)] != path}
        place = ("profiles", name, *path)
        lines |= {key[2:]: line for key, line in source.lines.items() if key[: len(place)] == place}
    return evolve(document, values=_merged(document.values, over), source=evolve(source, lines=lines))


def _replaced(values: Mapping[str, Any], over: Mapping[str, Any], path: KeyPath = ()) -> Iterator[KeyPath]:
    """Yield the paths of what a profile adds or replaces."""
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(values.get(key), Mapping):
            yield from _replaced(values[key], value, (*path, key))
        else:
            yield (*path, key)


def _merged(values: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(values)
    for key, value in over.items():
        both = isinstance(value, Mapping) and isinstance(values.get(key), Mapping)
        merged[key] = _merged(values[key], value) if both else value
    return merged
