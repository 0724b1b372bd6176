"""Who speaks for a client: what its target, a voice and the names of backends mean to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress

from ._backend import Backend
from ._models import Voice
from ._plugins import backend_classes
from ._sample import Sample
from .audio import AudioFormat
from .config import Config
from .exceptions import (
    InvalidConfig,
    MissingCredentials,
    UnknownBackend,
    UnsupportedFeature,
    UsageError,
    VoxbridgeError,
    nearest,
)
from .routing import Route, Router, VoiceChoice, check_region, members, region_name


__all__ = ["Speakers", "Target"]

Target = str | Backend | Route | Sequence["str | Backend | Route"] | None

_PREFERRED = ("deepgram", "deepdub")


class Speakers:
    """The backends of a client.

    Args:
        target: as of `Client`.
        config: what it is told by a file.
        region: binds every connection; None: the config's.

    Raises:
        UsageError: the target is wrong.
        InvalidConfig: a backend is in another region, or does not say in which.
    """

    def __init__(self, target: Target, config: Config, region: str | None) -> None:
        self._config = config
        self._region = region_name(region) or config.region
        self._backends: dict[str, Backend] = {}
        self._pinned: str | None = None  # the voice, where the target is "backend/voice"
        said = config.default if target is None else target
        self.format: AudioFormat | None = config.format
        """What the target's route, else the config, gives unless a call or the client says otherwise."""
        if isinstance(said, str) and said in config.routes:
            self.format = config.routes[said].format or config.format
        self._target = self._resolve(said)

    def _resolve(self, target: Target) -> Backend | None:
        match target:
            case None:
                return None
            case str():
                return self._called(target)
            case Backend():
                self._know(target)
                return target
            case Route():
                return self._resolve([target])
            case list() | tuple():
                router = Router([self._route(member) for member in target])
                self._know(router)
                return router
            case _:
                raise UsageError(f"target is {target!r}: give a name, a Backend, a Router, or a list of these")

    def _called(self, target: str) -> Backend:
        """Return what is called so: a route or a voice of the config, or a backend."""
        if router := self._config.router(target):
            self._know(router)
            return router
        name, _, voice = target.partition("/")
        self._pinned = voice or None
        try:
            return self.backend(name)
        except UnknownBackend as error:
            near = nearest(target, {*self._config.routes, *self._config.voices})
            raise UnknownBackend(f"{error}{near}") from None

    def _route(self, member: str | Backend | Route) -> Route | Backend:
        if isinstance(member, str):
            if router := self._config.router(member):
                return router
            name, _, voice = member.partition("/")
            return Route(name, voice or None)
        if not isinstance(member, (Route, Backend)):
            raise UsageError(f"{member!r} cannot speak: give a name, a Backend or a Route")
        return member

    def _know(self, target: Backend) -> None:
        """Remember the objects below a target by their names; then its names can mean them. All keep to the region."""
        bound = list(members(target, self._region))
        for known, _ in bound:
            if isinstance(known, Backend) and self._backends.setdefault(known.name, known) is not known:
                message = f"two backends are called {known.name!r}: give the later a `name=` of its own"
                raise UsageError(message)
        for member, region in bound:  # raises for a name that no backend has
            check_region(self.backend(member, region) if isinstance(member, str) else member, region)

    def backend(self, name: str, region: str | None = None) -> Backend:
        """Return the backend of this name: the client's own object, else the config's, else one from the environment.

        A new one is bound to *region*; None: the client's.
        """
        if name not in self._backends:
            self._backends[name] = self._config.backend(name, region or self._region)
        return self._backends[name]

    def named(self, name: str | None) -> list[Backend]:
        """Return the backend of this name, or all that the client speaks with."""
        if name is not None:
            return [self.backend(name)]
        if self._target is None:
            return [backend for backend in self._available() if not backend.missing()]
        return list(self._leaves(self._target))

    def _available(self) -> Iterator[Backend]:
        """Yield all that there is; where a region binds the client, those alone that keep to it."""
        for name in sorted({*backend_classes(), *self._config.backends}):
            with suppress(InvalidConfig) if self._region else nullcontext():
                yield self.backend(name)

    def _leaves(self, target: Backend) -> Iterator[Backend]:
        if not isinstance(target, Router):
            yield target
            return
        for route in target.routes:
            yield from self._leaves(self.backend(route.backend) if isinstance(route.backend, str) else route.backend)

    def demand_credentials(self, target: Backend) -> None:
        """Refuse a target some of whose members could not speak: the others would have to, unasked.

        Raises:
            MissingCredentials: keys are missing; all are named.
            UnsupportedFeature: an extra is missing.
        """
        problems = [problem for backend in self._leaves(target) if (problem := backend.missing())]
        unable = [problem for problem in problems if isinstance(problem, UnsupportedFeature)]
        lacking = [problem for problem in problems if isinstance(problem, MissingCredentials)]
        if len(lacking) > 1:
            raise MissingCredentials("\n".join(str(problem) for problem in lacking))
        if lacking or unable:
            raise (*lacking, *unable)[0]

    def choose(self, voice: VoiceChoice) -> tuple[Backend, VoiceChoice]:
        """Return who speaks, and in which voice. A voice of one backend leaves no fallback."""
        if not (voice is None or isinstance(voice, (Voice, Sample, str, Mapping))):
            kinds = "give a Voice, 'backend/id', a Sample, or a mapping of backends to voices"
            raise UsageError(f"voice is of type {type(voice).__name__}: {kinds}")
        if isinstance(voice, Voice):
            return self.backend(voice.backend), voice
        if isinstance(voice, str) and voice not in self._config.voices:
            name, slash, id = voice.partition("/")
            if not (id if slash else name):
                raise UsageError(f"voice {voice!r} names none: give 'backend/id', or leave voice out")
            if slash:
                return self.backend(name), id
            if self._target is None or isinstance(self._target, Router):
                message = (
                    f"voice {voice!r}: say whose it is, as 'backend/{voice}'.{nearest(voice, self._config.voices)}"
                )
                raise UsageError(message)
        target = self._target or self._default()
        return target, voice if voice is not None else self._pinned

    def _default(self) -> Backend:
        """Return the first backend with a key."""
        names = sorted(
            {*backend_classes(), *self._config.backends},
            key=lambda name: (name not in _PREFERRED, _PREFERRED.index(name) if name in _PREFERRED else 0, name),
        )
        ways: dict[str, object] = {}
        for name in names:
            try:
                backend = self.backend(name)
            except VoxbridgeError as error:  # one that cannot be made is no reason not to look at the others
                ways[name] = error
                continue
            problem = backend.missing()
            if problem is None and not backend.capabilities(backend.default_voice("en-US")).local:
                return backend
            ways[name] = problem or f"ask for it by name, Client({name!r})"
        if not ways:
            ways["none is installed"] = "pip install 'voxbridge-tts[espeak]'"
        ways_out = "".join(f"\n  {name}: {str(way).removeprefix(f'{name}: ')}" for name, way in ways.items())
        message = f"no backend has a key, and none was asked for. Ways out:{ways_out}"
        raise MissingCredentials(message)
