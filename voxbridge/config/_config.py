"""The config: who speaks, in whose voice, in which order, as a file says it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen

from voxbridge._backend import Backend
from voxbridge._models import Timeouts
from voxbridge._prices import Price
from voxbridge.audio import AudioFormat
from voxbridge.exceptions import InvalidConfig, UsageError
from voxbridge.routing import Router
from voxbridge.text import Lexicon

from ._backends import find_backend
from ._paths import at_home, find
from ._routes import Voices, cast_router, route_router
from ._secrets import hidden
from ._source import Document, Source


if TYPE_CHECKING:
    from ._tables import BackendTable, RouteTable

__all__ = ["Config", "ConfigSource"]


@frozen(kw_only=True)
class Config:
    """What a ``voxbridge.toml`` says, checked: `Config.load` reads it.

    A config that says nothing has no effect.
    """

    default: str | None = None
    """The target of clients that name none: a route, a logical voice, a backend, or ``"backend/voice"``."""
    format: AudioFormat | None = None
    language: str | None = None
    """BCP 47."""
    region: str | None = None
    """Binds every connection."""
    backends: Mapping[str, BackendTable] = field(factory=dict)
    voices: Voices = field(factory=dict)
    routes: Mapping[str, RouteTable] = field(factory=dict)
    lexicon: tuple[Lexicon, ...] = field(default=(), repr=False)
    lexicon_files: tuple[str, ...] = ()
    timeouts: Timeouts | None = None
    source: Source = field(factory=Source)
    warnings: tuple[str, ...] = ()
    """What is not wrong, and good to know."""

    @classmethod
    def load(cls, path: str | os.PathLike[str] | None = None, profile: str | None = None) -> Config:
        """Read a config file.

        Args:
            path: None: ``$VOXBRIDGE_CONFIG``, else ``voxbridge.toml`` in the working directory, else in the user's
                config folder; where there is none, the config says nothing.
            profile: the name of a table ``[profiles.X]`` that is laid over the rest; None: ``$VOXBRIDGE_PROFILE``.

        Raises:
            InvalidConfig: it cannot be read, or is wrong; all mistakes at once, each with its line.
        """
        named = (at_home(path), False) if path is not None else find()
        profile = profile or _asked_profile()
        if named is None:
            if profile:
                raise InvalidConfig(f"there is no profile {profile!r}: there is no config")
            return cls()
        from ._file import read_file

        return cls._of(read_file(named[0], found=named[1]), profile)

    @classmethod
    def of(cls, config: ConfigSource) -> Config:
        """Return the config that a caller gives: one, the path of one, a mapping of the same shape, or None.

        Raises:
            InvalidConfig: as of `load`.
            UsageError: it is something else.
        """
        if config is None or isinstance(config, (str, os.PathLike)):
            return cls.load(config)
        if isinstance(config, Config):
            return config
        if isinstance(config, Mapping):
            return cls._of(Document(values=hidden(config)), _asked_profile())
        raise UsageError(f"config is of type {type(config).__name__}: give a path, a Config or a mapping")

    @classmethod
    def _of(cls, document: Document, profile: str | None) -> Config:
        from ._reading import read  # most processes have no config

        table, found, told = read(document, profile)
        for warning in told:
            warnings.warn(warning, stacklevel=2)
        return cls(
            default=table.default,
            format=table.format,
            language=table.language,
            region=table.region,
            backends=table.backends,
            voices=table.voices,
            routes=table.routes,
            lexicon=found,
            lexicon_files=table.lexicon.files,
            timeouts=table.timeouts,
            source=evolve(document.source, profile=profile),
            warnings=told,
        )

    def backend(self, name: str, region: str | None = None) -> Backend:
        """Return the backend of a name: as its table says, else a new one from the environment.

        Args:
            name: a table's, or an installed backend's.
            region: what binds it; None: the config's.

        Raises:
            UnknownBackend: there is none.
            InvalidConfig: it may leave the region.
        """
        return find_backend(name, self.backends, self.source, region or self.region)

    def router(self, name: str) -> Router | None:
        """Return what a route, or a logical voice, stands for as a target; None: none is called so."""
        if name in self.routes:
            return route_router(name, self.routes[name], self.voices)
        return cast_router(name, self.voices[name]) if name in self.voices else None

    def shown(self) -> str:
        """Return all of it as TOML, without its keys; comments tell where each backend is, and whether keys are set."""
        from ._show import shown

        return shown(self)

    def price(self, backend: str) -> Price | None:
        """Return what its table says a backend costs, or None."""
        return self.backends[backend].price if backend in self.backends else None


ConfigSource = Config | str | os.PathLike[str] | Mapping[str, Any] | None
"""What ``config=`` takes."""


def _asked_profile() -> str | None:
    """Return the profile that the environment asks for."""
    return os.environ.get("VOXBRIDGE_PROFILE", "").strip() or None
