"""Finding plugins, and asking them. A plugin that fails to import is reported, and the others work."""

from __future__ import annotations

import os
from functools import cache
from importlib import metadata
from inspect import signature
from logging import getLogger
from typing import TYPE_CHECKING, Any

import pluggy
from attrs import frozen

from . import hookspecs
from ._backend import Backend, Capabilities
from ._models import AttemptReport
from .exceptions import InvalidConfig, UnknownBackend, UsageError, VoxbridgeError, nearest
from .routing import check_region


if TYPE_CHECKING:
    from .testing import Emulator
    from .text import Markup

__all__ = [
    "BackendInfo",
    "attempted",
    "backend_classes",
    "backend_in",
    "backends",
    "emulator_classes",
    "get_backend",
    "markups",
    "plugins",
]

_GROUP = "voxbridge"
_logger = getLogger("voxbridge.plugins")


@frozen(kw_only=True)
class BackendInfo:
    """What an installed backend can do, and whether it could do it now."""

    name: str
    distribution: str
    """Name and version of the package that it came from."""
    ready: bool
    missing: str | None = None
    """What to do to make it ready."""
    capabilities: Capabilities | None = None
    """With its default voice; None where it is not ready."""


@frozen
class Plugins:
    """The plugins of this process."""

    manager: pluggy.PluginManager
    distributions: dict[str, str]
    """Plugin name to package and version."""
    failures: dict[str, BaseException]
    """Plugin name to what it raised."""

    def failed(self, name: str, error: Exception) -> None:
        """Note that a plugin cannot be used."""
        self.failures[name] = error
        _logger.warning("plugin %s (%s) cannot be loaded: %r", name, self.distributions[name], error)


@cache
def plugins() -> Plugins:
    """Load the plugins, once: every entry point of the group, or those that ``VOXBRIDGE_PLUGINS`` names."""
    manager = pluggy.PluginManager(_GROUP)
    manager.add_hookspecs(hookspecs)
    found = Plugins(manager, {}, {})
    pinned = os.environ.get("VOXBRIDGE_PLUGINS")
    names = None if pinned is None else {name.strip() for name in pinned.split(",") if name.strip()}
    for entry in metadata.entry_points(group=_GROUP):
        if names is not None and entry.name not in names:
            continue
        package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "unknown"
        if entry.name in found.distributions:
            packages = f"{found.distributions[entry.name]} and {package}"
            raise InvalidConfig(f"two packages have a plugin {entry.name!r}: {packages}; uninstall one")
        found.distributions[entry.name] = package
        try:
            manager.register(entry.load(), name=entry.name)
        except Exception as error:  # noqa: BLE001  # whatever a stranger's module raises, the others work
            found.failed(entry.name, error)
    return found


@cache
def _origins() -> dict[str, tuple[type[Backend], str]]:
    """Return each backend's class and the plugin that it came from."""
    return _offers("voxbridge_backends", "a backend")


def _offers(hook: str, what: str) -> dict[str, tuple[Any, str]]:
    """Return each class that plugins offer through a hook, by its name, and the plugin that it came from."""
    found = plugins()
    offers: dict[str, tuple[Any, str]] = {}
    for plugin_name, plugin in found.manager.list_name_plugin():
        offer = getattr(plugin, hook, None)
        try:
            offered = list(offer()) if offer else []
        except Exception as error:  # noqa: BLE001  # as on import
            found.failed(plugin_name, error)
            continue
        for each in offered:
            if each.name in offers:
                packages = " and ".join(found.distributions[name] for name in (offers[each.name][1], plugin_name))
                message = f"two packages have {what} {each.name!r}: {packages}; uninstall one, "
                raise InvalidConfig(message + "or pin VOXBRIDGE_PLUGINS")
            offers[each.name] = (each, plugin_name)
    return offers


def backend_classes() -> dict[str, type[Backend]]:
    """Return every installed backend by its name."""
    return {name: backend for name, (backend, _) in _origins().items()}


def emulator_classes() -> dict[str, type[Emulator]]:
    """Return every installed emulator by the name of its vendor."""
    return {name: emulator for name, (emulator, _) in _offers("voxbridge_emulators", "an emulator").items()}


def markups() -> dict[str, Markup]:
    """Return every markup that an installed plugin reads, by its name."""
    return {name: markup for name, (markup, _) in _offers("voxbridge_markups", "a markup").items()}


def get_backend(name: str, /, **settings: Any) -> Backend:
    """Return a new backend.

    Args:
        name: such as ``"espeak"``; installed plugins have them.
        settings: the keyword arguments of its constructor.

    Raises:
        UnknownBackend: no plugin has it.
        UsageError: a setting is wrong.
    """
    classes = backend_classes()
    if name not in classes:
        failed = plugins().failures.items()
        failures = "".join(f" Plugin {plugin!r} cannot be loaded: {error!r}." for plugin, error in failed)
        known = ", ".join(sorted(classes)) or "none"
        message = f"no backend is called {name!r}; installed: {known}.{nearest(name, classes)}{failures}"
        raise UnknownBackend(message)
    try:
        return classes[name](**settings)
    except TypeError as error:
        message = f"{name}: {error}"
        raise UsageError(message) from None


def backend_in(region: str | None, name: str) -> Backend:
    """Return a new backend that keeps to *region*; errors as of `get_backend`.

    Raises:
        InvalidConfig: it cannot be bound to this region.
    """
    known = backend_classes().get(name)
    if region is None or known is None or "region" not in signature(known).parameters:
        backend = get_backend(name)  # perhaps an engine on this machine, which needs no region
    else:
        backend = get_backend(name, region=region)
    check_region(backend, region)
    return backend


def backends() -> dict[str, BackendInfo]:
    """Return what is installed, by name: what each can do, whether it is ready, and if not what makes it so."""
    found = plugins()
    infos: dict[str, BackendInfo] = {}
    for name, (_, plugin) in sorted(_origins().items()):
        distribution = found.distributions.get(plugin, "unknown")
        try:
            backend = get_backend(name)
            if problem := backend.missing():
                infos[name] = BackendInfo(name=name, distribution=distribution, ready=False, missing=str(problem))
            else:
                able = backend.capabilities(backend.default_voice("en-US"))
                infos[name] = BackendInfo(name=name, distribution=distribution, ready=True, capabilities=able)
        except Exception as error:  # noqa: BLE001  # one that cannot even be made is no reason not to list the others
            missing = str(error) if isinstance(error, VoxbridgeError) else f"{type(error).__name__}: {error}"
            infos[name] = BackendInfo(name=name, distribution=distribution, ready=False, missing=missing)
    for plugin, failure in found.failures.items():
        missing = f"it cannot be loaded: {type(failure).__name__}: {failure}"
        package = found.distributions[plugin]
        infos.setdefault(plugin, BackendInfo(name=plugin, distribution=package, ready=False, missing=missing))
    return infos


def attempted(report: AttemptReport) -> None:
    """Give an attempt's report to every plugin that wants it. One that fails at this is no reason to stop speaking."""
    try:
        plugins().manager.hook.voxbridge_attempt(report=report)
    except Exception:
        _logger.exception("a plugin failed at voxbridge_attempt")
