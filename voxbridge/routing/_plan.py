"""From what a caller asked to the jobs of the backends that may do it. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property
from typing import Any

from attrs import evolve, field, frozen

from voxbridge._backend import Backend, Capabilities, Job, TextKind
from voxbridge._models import Degradation, Timeouts
from voxbridge.audio import AudioFormat, codecs_installed, is_native, joint, negotiate
from voxbridge.exceptions import UnsupportedFeature, UnsupportedUtterance, VoxbridgeError

from ._accounts import Standing, Visit, affords, enter, standing
from ._casting import Cast, Part, VoiceChoice, options_of, part_of
from ._orders import Grounds, Pace
from ._retry import Clock, Retry, Steps
from ._router import Fallback, Route, Router, arranged, found


__all__ = ["Leaf", "Plan", "SpeechRequest", "loss", "plan"]

_USUAL_RATE = 24000  # Hz
_LOSSY = frozenset({"mp3", "opus", "aac"})


@frozen(kw_only=True)
class SpeechRequest:
    """What a caller asked for, before anybody was chosen to do it."""

    format: AudioFormat
    voice: VoiceChoice = None
    language: str | None = None
    usual_language: str | None = None
    """The client's, where neither the call nor the cast of the voice says."""
    speed: float | None = None
    duration: float | None = None
    options: Mapping[str, Mapping[str, Any]] = field(factory=dict)
    text_kind: TextKind = "synthesize"
    strict: bool = False


@frozen(kw_only=True)
class Leaf:
    """One backend with its job."""

    backend: Backend
    job: Job
    capabilities: Capabilities
    timeouts: Timeouts
    retry: Retry
    strict: bool = False
    degradations: tuple[Degradation, ...] = ()
    account: Hashable
    """Whose budget and breakers its attempts are counted by."""
    transport: str
    pauses: bool = True
    """Whether silence can be put after its audio."""
    pace: Pace = field(factory=Pace, eq=False, repr=False)
    """How soon it was heard of late."""

    def steps(self, start: int, clock: Clock, *, sure: bool = True) -> Steps:
        """Yield attempts at this backend; *sure*: even if its breaker is open."""
        return self.retry.steps(self, start, clock, sure=sure)

    def enter(self, now: float, *, again: bool = False, sure: bool = False) -> Visit | None:
        """Begin an attempt, if its account lets it in."""
        return enter(self.account, self.transport, now, again=again, sure=sure)

    def affords(self, now: float, *, sure: bool = False) -> bool:
        """Return whether its account would let a retry in."""
        return affords(self.account, self.transport, now, sure=sure)

    def standing(self, now: float) -> Standing:
        """Return how its account stands."""
        return standing(self.account, self.transport, now)


@frozen(kw_only=True)
class Plan:
    """Who may speak, in which order, and what the caller gets."""

    asked: AudioFormat
    """What the caller asked for; its sample rate may have been left open."""
    format: AudioFormat
    """Exactly what the caller gets, with its sample rate."""
    leaves: tuple[Leaf, ...]
    root: Leaf | Fallback
    passes: bool
    """Whether a vendor's own compressed stream goes through as it is; then it cannot be joined to another's."""

    @cached_property
    def undivided(self) -> bool:
        """Whether the text is one unit: a vendor that keeps its duration must have all of it at once."""
        return any(leaf.job.duration is not None for leaf in self.leaves)

    def steps(self, start: int = 0, clock: Clock = float) -> Steps:
        """Yield attempts and pauses until all is spoken or nobody is left; the order is chosen now, by *clock*."""
        return self.root.steps(start, clock)

    @cached_property
    def max_characters(self) -> int:
        """The longest unit that every member takes."""
        return min(leaf.capabilities.max_characters for leaf in self.leaves)


def plan(
    target: Backend,
    request: SpeechRequest,
    *,
    find: Callable[[str], Backend],
    timeouts: Timeouts,
    retries: int | None = None,
    grounds: Grounds | None = None,
    voices: Mapping[str, Mapping[str, Cast]] | None = None,
) -> Plan:
    """Return who may speak *request*.

    Args:
        target: a backend or a router.
        request: what was asked for.
        find: returns the backend of a name.
        timeouts: the client's; a route's and a router's own come first.
        retries: extra tries per backend; None: 1 with a fallback, else 2.
        grounds: what the orders of routers go by.
        voices: the logical voices that a choice of voice may name.

    Raises:
        UnsupportedUtterance: no member can do it as asked.
        UsageError: the request is wrong whoever speaks it.
    """
    members = list(_members(target, Route(target), find))
    planner = _Planner(
        request, timeouts, retries, alone=len(members) == 1, grounds=grounds or Grounds(), voices=voices or {}
    )
    able: list[Leaf | None] = []  # of all members, None for those that cannot
    leaves: list[Leaf] = []
    refusals: list[VoxbridgeError] = []
    for backend, route in members:
        try:
            leaf = planner.leaf(backend, route)
        except UnsupportedUtterance as refusal:  # this one cannot; another may
            able.append(None)
            refusals.append(refusal)
            continue
        twice = any(leaf.backend is known.backend and leaf.job.voice == known.job.voice for known in leaves)
        able.append(None if twice else leaf)  # a call's voice may be that of two routes: a second try is `retries`
        leaves += [] if twice else [leaf]
        # A rate that was left open is the first backend's, and from then on everybody's.
        planner = evolve(planner, request=evolve(request, format=planner.format(leaves[0])))
    if not leaves:
        raise refusals[0]
    arrangement = arranged(target, iter(able), find, planner.grounds) if isinstance(target, Router) else None
    order = arrangement.leaves if arrangement and arrangement.varies else None
    return Plan(
        asked=request.format,
        format=planner.request.format,
        leaves=tuple(leaves),
        root=leaves[0] if len(leaves) == 1 else Fallback(leaves, order),
        passes=planner.passes(leaves[0].job.format),
    )


def loss(backend: str, native: AudioFormat, wanted: AudioFormat) -> Degradation | None:
    """Return what making *wanted* from a vendor's own format takes from the sound, where both are lossy."""
    if not {native.encoding, wanted.encoding} <= _LOSSY:
        return None
    done = f"was made from the vendor's {native}, which loses a little of the sound"
    return Degradation(backend, "format", "", done)


def _members(backend: Backend, route: Route, find: Callable[[str], Backend]) -> Any:
    """Yield the backends below *backend*, in order, each with its route; the nearest number wins."""
    if not isinstance(backend, Router):
        yield backend, route
        return
    for member in backend.routes:
        nearer = evolve(
            member,
            voice=_nearest_of(member, backend.defaults, route, "voice"),
            first_audio_timeout=_nearest_of(member, backend.defaults, route, "first_audio_timeout"),
            stall_timeout=_nearest_of(member, backend.defaults, route, "stall_timeout"),
            retries=_nearest_of(member, backend.defaults, route, "retries"),
        )
        yield from _members(found(member, find), nearer, find)


def _nearest_of(member: Route, router: Route, outer: Route, name: str) -> Any:
    return next((value for route in (member, router, outer) if (value := getattr(route, name)) is not None), None)


@frozen
class _Planner:
    request: SpeechRequest
    timeouts: Timeouts
    retries: int | None
    alone: bool = field(kw_only=True)
    grounds: Grounds = field(kw_only=True)
    voices: Mapping[str, Mapping[str, Cast]] = field(kw_only=True)

    def leaf(self, backend: Backend, route: Route) -> Leaf:
        request = self.request
        part = self._part(backend, route.voice)
        voice, spoken = part.voice, request.language or part.language or request.usual_language
        capabilities = backend.capabilities(voice)
        offered = backend.formats(voice, request.text_kind, request.format)
        native = self._native(backend, offered)
        speed, degradations = self._speed(backend, capabilities)
        if not self.passes(native) and (lost := loss(backend.name, native, request.format)):
            degradations = (*degradations, lost)
        if request.strict:
            self._refuse_approximation(backend, capabilities, degradations)
        retries = next((n for n in (route.retries, self.retries) if n is not None), 2 if self.alone else 1)
        job = Job(
            voice=voice,
            format=native,
            language=spoken or (voice.languages[0] if voice.languages else "en-US"),
            speed=speed,
            duration=request.duration if capabilities.duration else None,
            options=options_of(backend, part, request.options.get(backend.name, {})),
            text_kind=request.text_kind,
            max_characters=capabilities.max_characters,
            sample=part.sample,
        )
        return Leaf(
            backend=backend,
            job=job,
            account=backend.account,
            transport=backend.transport_of(job),
            capabilities=capabilities,
            timeouts=evolve(
                self.timeouts,
                first_audio=route.first_audio_timeout or self.timeouts.first_audio,
                stall=route.stall_timeout or self.timeouts.stall,
            ),
            retry=Retry(retries=retries, alone=self.alone),
            strict=request.strict,
            degradations=degradations,
            pauses=not self.passes(native) or codecs_installed(),
            pace=self.grounds.pace((backend.name, voice.id, request.text_kind)),
        )

    def format(self, first: Leaf) -> AudioFormat:
        """Return what the caller gets: a rate that was left open is the first backend's."""
        return self.request.format.settled(first.job.format.sample_rate or _USUAL_RATE)

    def passes(self, native: AudioFormat) -> bool:
        """Return whether a vendor's own compressed stream goes to the caller as it is."""
        wanted = self.request.format
        if wanted.encoding == "flac" and codecs_installed():
            return False  # one stream of it cannot follow another: players lose frames; and encoding again loses none
        return wanted.compressed and not self._joins() and is_native(wanted, native)

    def _joins(self) -> bool:
        """Pieces of compressed streams from different vendors cannot be joined: encode once, ourselves."""
        return not self.alone and codecs_installed()

    def _native(self, backend: Backend, offered: Sequence[AudioFormat]) -> AudioFormat:
        wanted = self.request.format
        if wanted.compressed and self._joins():
            wanted = joint(wanted.settled(_USUAL_RATE))
        native = negotiate(wanted, offered)
        if (native.compressed or wanted.compressed) and not is_native(wanted, native) and not codecs_installed():
            what = f"{backend.name} gives no {wanted}"
            message = f"{what}, and converting needs: pip install 'voxbridge-tts[codecs]'"
            raise UnsupportedFeature(message)
        return native

    def _part(self, backend: Backend, routed: VoiceChoice) -> Part:
        for choice in (self.request.voice, routed):
            cast = self.voices.get(choice) if isinstance(choice, str) else None
            if part := part_of(backend, choice if cast is None else cast):
                return part
        language = self.request.language or self.request.usual_language or "en-US"
        return Part(voice=backend.default_voice(language))

    def _refuse_approximation(
        self, backend: Backend, capabilities: Capabilities, degradations: Sequence[Degradation]
    ) -> None:
        what = f"{degradations[0].feature} {degradations[0].done}" if degradations else ""
        if self.request.duration is not None and not (capabilities.duration or capabilities.speed):
            what = "no duration can be kept: this voice has neither that nor a speed"
        if what:
            message = f"{backend.name} cannot do this as asked, and strict=True: {what}"
            raise UnsupportedUtterance(message)

    def _speed(self, backend: Backend, capabilities: Capabilities) -> tuple[float, tuple[Degradation, ...]]:
        wanted = self.request.speed
        if wanted is None or wanted == 1.0:
            return 1.0, ()
        if capabilities.speed is None:
            return 1.0, (Degradation(backend.name, "speed", "", "was left out: this voice has none"),)
        slowest, fastest = capabilities.speed
        speed = min(max(wanted, slowest), fastest)
        if speed == wanted:
            return speed, ()
        return speed, (Degradation(backend.name, "speed", "", f"was clamped from {wanted:g} to {speed:g}"),)
