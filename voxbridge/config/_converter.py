"""What each value of a config may be, for the library that makes objects of tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from types import GenericAlias
from typing import Any, get_args, get_origin

from attrs import Attribute, fields, resolve_types
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, override

from voxbridge._backend import Backend
from voxbridge._models import Timeouts
from voxbridge._prices import Price
from voxbridge.audio import AudioFormat
from voxbridge.exceptions import UsageError
from voxbridge.routing import Cast, Route, VoiceChoice

from ._tables import BackendTable, CastTable, LexiconTable, RouteTable, Table


__all__ = ["table_converter"]


@cache
def table_converter() -> Converter:
    """Return what makes a `Table` of a mapping, and takes nothing for what it is not, such as "5" for 5."""
    converter = Converter(forbid_extra_keys=True)
    structure: Any = converter.structure
    scalars: dict[Any, Callable[[Any], Any]] = {
        str: _words,
        Backend | str: _words,
        VoiceChoice: _words,
        bool: partial(_exactly, bool, "true or false"),
        int: partial(_exactly, int, "a whole number"),
        float: _number,
        AudioFormat: AudioFormat.parse,
        Price: Price.parse,
        Cast: partial(_cast, converter),
    }
    for kind, read in scalars.items():
        converter.register_structure_hook(kind, partial(_one, read))
    converter.register_structure_hook_func(
        lambda kind: _origin(kind) is Mapping,
        lambda value, kind: structure(_mapping(value), GenericAlias(dict, get_args(kind))),
    )
    converter.register_structure_hook_func(
        lambda kind: _origin(kind) is tuple,
        lambda value, kind: tuple(structure(_list(value), GenericAlias(list, get_args(kind)[:1]))),
    )
    tables: dict[type[Any], Callable[[Any], Mapping[str, Any]]] = {
        **dict.fromkeys((Table, RouteTable, LexiconTable, CastTable, Timeouts), _mapping),
        BackendTable: _with_settings,
        Route: _member,
    }
    for table, prepare in tables.items():
        converter.register_structure_hook(table, _table_hook(converter, table, prepare))
    return converter


def _table_hook(converter: Converter, kind: type[Any], prepare: Callable[[Any], Mapping[str, Any]]) -> Any:
    """Return what makes an object of a table, each of whose keys is checked by itself: then all mistakes are told."""

    def checked(attribute: Attribute[Any], value: Any, wanted: Any) -> Any:
        found = converter.structure(value, wanted)
        if attribute.validator:
            attribute.validator(None, attribute, found)
        return found

    each: Any = {
        attribute.name: override(struct_hook=partial(checked, attribute))
        for attribute in fields(resolve_types(kind))
        if attribute.validator
    }
    make = make_dict_structure_fn(kind, converter, **each)
    return lambda value, _: make(prepare(value), kind)


def _origin(kind: Any) -> Any:
    return get_origin(kind)


def _one(read: Callable[[Any], Any], value: Any, _: object) -> Any:
    return read(value)


def _exactly(kind: type, wanted: str, value: Any) -> Any:
    if type(value) is not kind:
        raise UsageError(f"is {value!r}: give {wanted}")
    return value


def _words(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"is {value!r}: give words in quotes")
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float):
        raise UsageError(f"is {value!r}: give a number")
    number: float = value
    return number


def _mapping(value: Any, wanted: str = "a table") -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise UsageError(f"is {value!r}: give {wanted}")
    return value


def _list(value: Any) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise UsageError(f"is {value!r}: give a list")
    return value


def _with_settings(value: Any) -> Mapping[str, Any]:
    """Put what is the constructor's in a place of its own."""
    given = _mapping(value)
    ours = {key: each for key, each in given.items() if key in {"plugin", "price"}}
    return {**ours, "settings": {key: each for key, each in given.items() if key not in ours}}


def _member(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, str):
        return _mapping(value, "a backend's name, or a table with backend, voice, ...")
    backend, slash, voice = value.partition("/")
    return {"backend": backend, "voice": voice} if slash else {"backend": backend}


def _cast(converter: Converter, value: Any) -> Cast:
    if isinstance(value, str):
        return Cast(_words(value))
    given = _mapping(value, "a voice's id, or a table with id, language, model, options")
    table = converter.structure(given, CastTable)
    options = dict(table.options) if table.model is None else {"model": table.model, **table.options}
    return Cast(table.id, table.language, options)
