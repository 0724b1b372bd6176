"""From a table ``[backends.X]`` to the backend that it describes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, NoReturn

from attrs import Factory, define, field

from voxbridge._backend import Backend
from voxbridge._models import Secret
from voxbridge._plugins import backend_classes, backend_in, get_backend
from voxbridge.exceptions import InvalidConfig, MissingCredentials, VoxbridgeError
from voxbridge.routing import check_region

from ._secrets import Reference, is_key
from ._source import Source
from ._strangers import strangers


if TYPE_CHECKING:
    from ._tables import BackendTable

__all__ = ["addresses", "configured", "find_backend", "keywords"]


def keywords(kind: type[Backend]) -> frozenset[str] | None:
    """Return the keywords of a backend's constructor but ``name``, which its table has; None: it takes any."""
    parameters = signature(kind).parameters.values()
    if any(parameter.kind is Parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return frozenset(parameter.name for parameter in parameters) - {"name"}


def addresses(settings: Mapping[str, Any]) -> list[str]:
    """Return the keys of a table that say where a service is."""
    return [key for key, value in settings.items() if isinstance(value, str) and "://" in value]


def find_backend(name: str, tables: Mapping[str, BackendTable], source: Source, region: str | None = None) -> Backend:
    """Return the backend of a name: its table's, else a new one from the environment.

    Raises:
        UnknownBackend: no plugin has it.
        InvalidConfig: its constructor refuses what the table says, or it may leave the *region* that binds it.
    """
    table = tables.get(name)
    if table is None:
        return backend_in(region, name)
    return configured(name, table, backend_classes()[table.plugin or name], source=source, region=region)


def configured(
    name: str, table: BackendTable, kind: type[Backend], *, source: Source, region: str | None = None
) -> Backend:
    """Return the backend of a table.

    Args:
        name: the table's.
        table: what it says.
        kind: the backend's class.
        source: what a path in it is relative to.
        region: what binds it; a table that says neither region nor address is made with it.

    Raises:
        InvalidConfig: the constructor refuses it, it may leave the region, or a file that nobody has named would send
            a key to a stranger.
    """
    settings = dict(table.settings)
    taken = signature(kind).parameters
    if region and "region" in taken and "region" not in settings and not addresses(settings):
        settings["region"] = region
    if name != kind.name and "name" in taken:
        settings["name"] = name
    made = _made(name, kind.name, settings, source)
    if isinstance(made, str):
        raise InvalidConfig(made)
    if source.found and (foreign := strangers(made, table.settings)):
        raise InvalidConfig(
            f"{' and '.join(foreign)} would send a key of the environment to a host that is not {kind.name}'s, and this"
            " file was only found in the working directory: name it yourself (config=, --config, VOXBRIDGE_CONFIG), if"
            " it is yours"
        )
    if made.name != name:
        made.name = name  # an object may have a name of its own
    check_region(made, region)
    return made


@define
class _Arguments:
    """What a constructor is given, with its keys revealed: only until it has been called."""

    values: dict[str, Any] = field(repr=False)
    secrets: list[Secret] = Factory(list)
    lacking: dict[str, str] = Factory(dict)
    """The keys that are nowhere, and what to say of them."""

    def reveal(self, name: str, source: Source) -> None:
        for key, value in self.values.items():
            secret = value
            if isinstance(value, Reference):
                try:
                    secret = value.read(source.folder)
                except MissingCredentials as error:
                    message = f"{name}: {key} ({source.place(('backends', name, key))}) is {error}"
                    if not is_key(key):  # without an address, it would be another service
                        raise InvalidConfig(message) from None
                    self.lacking[key] = message
                    self.values[key] = _refusing(message)
            if isinstance(secret, Secret):
                self.secrets.append(secret)
                self.values[key] = secret.reveal()


def _made(name: str, plugin: str, settings: Mapping[str, Any], source: Source) -> Backend | str:
    """Return a backend, or what is wrong. Nothing is raised from here, where a traceback would hold the keys."""
    arguments = _Arguments(dict(settings))
    try:
        arguments.reveal(name, source)
        backend = _constructed(plugin, arguments)
    except Exception as error:  # noqa: BLE001  # whatever a stranger's constructor raises, it is about the table
        message = str(error) if isinstance(error, VoxbridgeError) else f"{plugin}: {type(error).__name__}: {error}"
        for secret in arguments.secrets:
            message = secret.scrub(message)
        return "; ".join((*arguments.lacking.values(), message))
    return backend


def _constructed(plugin: str, arguments: _Arguments) -> Backend:
    if not arguments.lacking:
        return get_backend(plugin, **arguments.values)
    backend = get_backend(plugin, **{k: v for k, v in arguments.values.items() if k not in arguments.lacking})
    if not isinstance(backend.missing(), MissingCredentials):  # it has found another account's, in the environment
        backend = get_backend(plugin, **arguments.values)
    missing = MissingCredentials("; ".join(arguments.lacking.values()))
    backend.missing = lambda: missing  # type: ignore[method-assign]  # its own answer would be about the environment
    return backend


def _refusing(message: str) -> Callable[[], NoReturn]:
    """Return a key that cannot be sent."""

    def refuse() -> NoReturn:
        raise MissingCredentials(message)

    return refuse
