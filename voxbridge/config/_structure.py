"""From what TOML holds to tables of known types, with all mistakes at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from functools import cache, partial
from typing import TYPE_CHECKING, Any, get_args, get_origin

from attrs import Attribute, fields, resolve_types

from voxbridge._backend import Backend
from voxbridge._models import Timeouts
from voxbridge._prices import Price
from voxbridge.audio import AudioFormat
from voxbridge.exceptions import UsageError, nearest
from voxbridge.routing import Cast, Route, VoiceChoice

from ._lines import KeyPath
from ._source import Mistake
from ._tables import BackendTable, CastTable, LexiconTable, RouteTable, Table


if TYPE_CHECKING:
    from cattrs import Converter

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

    converter = _converter()
    try:
        return converter.structure(values, Table), []
    except BaseValidationError as error:
        mistakes = list(_mistakes(error, ()))
    good = deepcopy(dict(values))
    wrong = [mistake.path for mistake in mistakes]
    while wrong:  # what is without the key that it needs goes too
        for path in wrong:
            _remove(good, path)
        try:
            return converter.structure(good, Table), mistakes
        except BaseValidationError as error:
            wrong = [mistake.path for mistake in _mistakes(error, ())]
    return Table(), mistakes


def _remove(values: Any, path: KeyPath) -> None:
    """Take a key out of nested tables; of a list, all of it."""
    holder = values
    for key in path[:-1]:
        try:
            holder = holder[key]
        except (LookupError, TypeError):  # it has gone with something else
            return
    if isinstance(holder, dict) and path[-1] in holder:
        del holder[path[-1]]
    elif len(path) > 1:
        _remove(values, path[:-1])


def _mistakes(error: BaseException, path: KeyPath) -> Iterator[Mistake]:
    """Yield what is wrong, out of the tree of errors that the converter raises."""
    from cattrs import AttributeValidationNote, BaseValidationError, ForbiddenExtraKeysError, IterableValidationNote

    if isinstance(error, BaseValidationError):
        for inner in error.exceptions:
            key = path
            for note in getattr(inner, "__notes__", ()):
                if isinstance(note, AttributeValidationNote):
                    key = (*path, note.name)
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


@cache
def _converter() -> Converter:
    from cattrs import Converter

    converter = Converter(forbid_extra_keys=True)
    for kind, wanted in ((str, "words in quotes"), (bool, "true or false"), (int, "a whole number")):
        converter.register_structure_hook(kind, partial(_plain, wanted=wanted))
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook(AudioFormat, lambda value, _: AudioFormat.parse(value))
    converter.register_structure_hook(Price, lambda value, _: Price.parse(value))
    converter.register_structure_hook(Backend | str, lambda value, _: _plain(value, str))
    converter.register_structure_hook(VoiceChoice, lambda value, _: _plain(value, str))
    converter.register_structure_hook_func(
        lambda kind: get_origin(kind) is Mapping,
        lambda value, kind: converter.structure(_mapping(value), dict[get_args(kind)]),
    )
    converter.register_structure_hook_func(
        lambda kind: get_origin(kind) is tuple,
        lambda value, kind: tuple(converter.structure(_list(value), list[get_args(kind)[0]])),
    )
    for kind, before in ((Table, _mapping), (RouteTable, _mapping), (LexiconTable, _mapping), (Timeouts, _mapping),
                         (CastTable, _mapping), (BackendTable, _with_settings), (Route, _member)):  # fmt: skip
        converter.register_structure_hook(kind, _table_hook(converter, kind, before))
    converter.register_structure_hook(Cast, lambda value, _: _cast(value, converter))
    return converter


def _table_hook(converter: Converter, kind: type[Any], before: Callable[[Any], Mapping[str, Any]]) -> Any:
    """Return what makes an object of a table, and has each of its keys checked by itself."""
    from cattrs.gen import make_dict_structure_fn, override

    def checked(attribute: Attribute[Any], value: Any, wanted: Any) -> Any:
        found = converter.structure(value, wanted)
        attribute.validator(None, attribute, found)
        return found

    overrides = {
        attribute.name: override(struct_hook=partial(checked, attribute))
        for attribute in fields(resolve_types(kind))
        if attribute.validator
    }
    make = make_dict_structure_fn(kind, converter, **overrides)
    return lambda value, _: make(before(value), kind)


def _plain(value: Any, kind: type, wanted: str = "words in quotes") -> Any:
    if type(value) is not kind or (kind is str and not value.strip()):
        raise UsageError(f"is {value!r}: give {wanted}")
    return value


def _number(value: Any, _: object = None) -> float:
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
    table, settings = {}, {}
    for key, each in _mapping(value).items():
        (table if key in {"plugin", "price"} else settings)[key] = each
    return {**table, "settings": settings}


def _member(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, str):
        return _mapping(value, "a backend's name, or a table with backend, voice, ...")
    backend, slash, voice = value.partition("/")
    return {"backend": backend, "voice": voice} if slash else {"backend": backend}


def _cast(value: Any, converter: Converter) -> Cast:
    if isinstance(value, str):
        return Cast(_plain(value, str))
    _mapping(value, "the id of a voice, or a table with id, language, model, options")
    table = converter.structure(value, CastTable)
    options = dict(table.options) if table.model is None else {"model": table.model, **table.options}
    return Cast(table.id, table.language, options)
