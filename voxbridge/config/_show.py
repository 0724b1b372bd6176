"""A config as it was understood, written as TOML, without its keys."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import asdict, fields

from voxbridge._models import Secret
from voxbridge._prices import Price
from voxbridge.audio import AudioFormat
from voxbridge.exceptions import MissingCredentials, UsageError
from voxbridge.routing import Cast, Route

from ._config import Config
from ._secrets import Reference
from ._tables import RouteTable


__all__ = ["shown"]


def shown(config: Config) -> str:
    """Return a config as TOML; comments tell where each backend is, and whether its keys are there."""
    return "\n".join(_lines(config)).strip() + "\n"


def _lines(config: Config) -> Iterator[str]:
    yield f"# {config.source}" + (f", profile {config.source.profile}" if config.source.profile else "")
    top = {"default": config.default, "format": config.format, "language": config.language, "region": config.region}
    yield from _pairs(top)
    for name in config.backends:
        yield from _backend(name, config)
    for name, parts in config.voices.items():
        yield from ("", f"[voices.{_key(name)}]", *_pairs(parts))
    for name, route in config.routes.items():
        yield from ("", f"[routes.{_key(name)}]", *_route(route))
    if config.lexicon_files:
        words = sum(len(lexicon.entries) for lexicon in config.lexicon)
        yield from ("", f"[lexicon]  # {words} entries", *_pairs({"files": config.lexicon_files}))
    if config.timeouts:
        yield from ("", "[timeouts]", *_pairs(asdict(config.timeouts)))


def _backend(name: str, config: Config) -> Iterator[str]:
    table = config.backends[name]
    try:
        made = config.backend(name)
        where = ", ".join(filter(None, (made.host or "this machine", made.region)))
    except UsageError as error:  # the environment is another one than when the config was read
        where = str(error)
    yield from ("", f"[backends.{_key(name)}]  # {where}", *_pairs({"plugin": table.plugin}))
    for key, value in table.settings.items():
        state = f"  # {_state(value, config)}" if isinstance(value, Reference) else ""
        yield from (f"{line}{state}" for line in _pairs({key: value}))
    yield from _pairs({"price": table.price})


def _state(reference: Reference, config: Config) -> str:
    try:
        reference.read(config.source.folder)
    except MissingCredentials as error:
        return str(error).removeprefix(f"{reference}, which ")
    return "is set"


def _route(route: RouteTable) -> Iterator[str]:
    yield from _pairs({"voice": route.voice})
    yield from ("members = [", *(f"    {_value(member)}," for member in route.members), "]")
    rest = asdict(route, recurse=False, filter=lambda field, value: field.name not in {"members", "voice"})
    yield from _pairs(rest)


def _pairs(table: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{_key(key)} = {_value(value)}" for key, value in table.items() if value is not None)


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if plain else _value(name)


def _value(value: Any) -> str:
    """Return a value as TOML writes it."""
    plain = _plain(value)
    if isinstance(plain, Mapping):
        return "{ " + ", ".join(_pairs(plain)) + " }" if plain else "{}"
    if isinstance(plain, (list, tuple)):
        return "[" + ", ".join(map(_value, plain)) + "]"
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007f")  # which TOML reads in the same way


def _plain(value: Any) -> Any:
    """Return a value as it may have been written; never a key."""
    match value:
        case Secret():
            return "hidden"
        case Reference() | AudioFormat():
            return str(value)
        case Price() | Cast() | Route():
            given = {each.name: getattr(value, each.name) for each in fields(type(value))}
            usual = {each.name: each.default for each in fields(type(value))}
            table = {key: each for key, each in given.items() if each not in (usual[key], {})}
            return next(iter(table.values())) if len(table) == 1 else table  # a backend, or an id, alone
        case Mapping() | list() | tuple() | str() | bool() | int() | float():
            return value
    return f"a {type(value).__name__}"
