"""What a client was told once, and what a call adds to it. Both shells begin here."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from typing import Any, Literal

from attrs import evolve, field, frozen

from ._backend import Backend, TextKind
from ._log import log_attempt
from ._models import AttemptReport, Timeouts, Voice
from ._plugins import attempted, backend_classes, backend_in
from ._prices import Price, listed_price
from ._rendition import Rendition
from ._sample import Sample
from .audio import AudioFormat
from .exceptions import InvalidConfig, InvalidText, MissingCredentials, UnsupportedFeature, UsageError, VoxbridgeError
from .routing import Grounds, Plan, Route, Router, SpeechRequest, VoiceChoice, check_region, members, plan, region_name
from .text import Lexicon, LexiconReader, LexiconSource, Utterance, check_text, lexicons


__all__ = ["Call", "Delivery", "Settings", "Target", "is_live", "pieces", "whole_text"]

Target = str | Backend | Route | Sequence["str | Backend | Route"] | None
Delivery = Literal["live", "whole"]

_PREFERRED = ("deepgram", "deepdub")
_PLANS = 64  # that are kept: callers ask for the same again and again


@frozen(kw_only=True)
class Call:
    """What a caller says of one utterance or stream."""

    voice: VoiceChoice = None
    format: AudioFormat | str | None = None
    language: str | None = None
    speed: float | None = field(default=None)
    duration: float | None = field(default=None)
    lexicon: tuple[Lexicon, ...] = field(default=None, converter=lexicons)
    options: Mapping[str, Mapping[str, Any]] | None = None
    strict: bool = False
    deadline: float | None = field(default=None)

    @speed.validator
    @duration.validator
    @deadline.validator
    def _positive(self, attribute: Any, value: object) -> None:
        if value is None:
            return
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not (math.isfinite(value) and value > 0):
            message = f"{attribute.name} is {value!r}: give a number above 0"
            raise UsageError(message)

    def __attrs_post_init__(self) -> None:
        if self.speed is not None and self.duration is not None:
            raise UsageError("a duration is kept by the speed that it takes: give duration= or speed=, not both")


class Settings:
    """A client's settings. Arguments as of `Client`."""

    def __init__(
        self,
        target: Target,
        *,
        format: AudioFormat | str | None,
        region: str | None = None,
        lexicon: LexiconSource = None,
        timeouts: Timeouts | float | None,
        retries: int | None,
        on_attempt: Callable[[AttemptReport], object] | None,
    ) -> None:
        if retries is not None and (isinstance(retries, bool) or not isinstance(retries, int) or retries < 0):
            message = f"retries is {retries!r}: give the number of extra tries, 0 or more"
            raise UsageError(message)
        self._format = None if format is None else AudioFormat.parse(format)
        self._region = region_name(region)
        self._lexicons = lexicons(lexicon)
        if self._lexicons:
            LexiconReader(self._lexicons, "en")  # they are sorted now, not when somebody waits for speech
        self.timeouts = Timeouts.of(timeouts)
        self._retries, self._on_attempt = retries, on_attempt
        self._backends: dict[str, Backend] = {}
        self._plans: dict[tuple[Hashable, ...], Plan] = {}
        self._grounds = Grounds(price=self.price)
        self._pinned: str | None = None  # the voice, where the target is "backend/voice"
        self._target = self._resolve(target)

    def _resolve(self, target: Target) -> Backend | None:
        match target:
            case None:
                return None
            case str():
                name, _, voice = target.partition("/")
                self._pinned = voice or None
                return self.backend(name)
            case Backend():
                self._know(target)
                return target
            case Route():
                return self._resolve([target])
            case list() | tuple():
                router = Router([_route(member) for member in target])
                self._know(router)
                return router
            case _:
                raise UsageError(f"target is {target!r}: give a name, a Backend, a Router, or a list of these")

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
        """Return the backend of this name: the client's own object, else a new one from the environment.

        A new one is bound to *region*; None: the client's.
        """
        if name not in self._backends:
            self._backends[name] = backend_in(region or self._region, name)
        return self._backends[name]

    def named(self, name: str | None) -> list[Backend]:
        """Return the backend of this name, or all that the client speaks with."""
        if name is not None:
            return [self.backend(name)]
        if self._target is None:
            return [backend for backend in self._available() if not backend.missing()]
        return list(_leaves(self._target, self.backend))

    def _available(self) -> Iterator[Backend]:
        """Yield all that is installed; where a region binds the client, those alone that keep to it."""
        for name in sorted(backend_classes()):
            with suppress(InvalidConfig) if self._region else nullcontext():
                yield self.backend(name)

    def rendition(
        self, call: Call, kind: TextKind, clock: Callable[[], float], *, live: bool = False, push: bool = False
    ) -> Rendition:
        """Return what will speak a call's text; errors as of `plan`."""
        known = (*call.lexicon, *self._lexicons)
        plan = self.plan(call, kind)
        return Rendition(plan, clock, live=live, push=push, deadline=call.deadline, lexicons=known)

    def said(self, text: str | Utterance, plan: Plan) -> str | Utterance:
        """Return a whole text as the client's lexicons have it said."""
        if not self._lexicons:
            return text
        return LexiconReader(self._lexicons, plan.leaves[0].job.language).feed(text, last=True)

    def plan(self, call: Call, kind: TextKind, backend: str | None = None) -> Plan:
        """Return who may speak a call's text.

        Args:
            call: what the caller says of it.
            kind: how the text comes.
            backend: its name, where it is to be this one.

        Raises:
            UsageError: the call is wrong; nothing was sent.
            UnsupportedUtterance: no backend can do it as asked.
        """
        asked = (call.voice, call.format, call.language, call.speed, call.duration, call.options, call.strict)
        try:
            known = self._plans.get((*asked, kind, backend))
        except TypeError:  # some of it has no hash: a mapping, or what will be refused
            return self._plan(call, kind, backend)
        if known is None:
            known = self._plan(call, kind, backend)
            if not isinstance(call.voice, Sample):  # a sample is gone after its use
                if len(self._plans) >= _PLANS:
                    self._plans.clear()
                self._plans[*asked, kind, backend] = known
        return known

    def plan_of_first(self, call: Call) -> Plan:
        """Return the plan of the first who may speak: nobody can stand in where speech is delivered elsewhere."""
        first = self.plan(call, "synthesize").leaves[0]
        voice = call.voice if first.job.sample else first.job.voice
        return self.plan(evolve(call, voice=voice), "synthesize", first.backend.name)

    def _plan(self, call: Call, kind: TextKind, backend: str | None) -> Plan:
        target, voice = self._choose(call.voice) if backend is None else (self.backend(backend), call.voice)
        for name in call.options or ():
            self.backend(name)  # raises for a name that no backend has
        default = "wav" if kind == "synthesize" else "linear16/24000"
        chosen = call.format if call.format is not None else self._format
        request = SpeechRequest(
            format=AudioFormat.parse(chosen if chosen is not None else default),
            voice=voice,
            language=call.language,
            speed=call.speed,
            duration=call.duration,
            options=call.options or {},
            text_kind=kind,
            strict=call.strict,
        )
        _demand_credentials(list(_leaves(target, self.backend)))
        return plan(
            target, request, find=self.backend, timeouts=self.timeouts, retries=self._retries, grounds=self._grounds
        )

    def price(self, backend: Backend, voice: Voice) -> Price | None:
        """Return what a voice costs, or None where nobody says."""
        return listed_price(type(backend).name, voice.id)

    def _choose(self, voice: VoiceChoice) -> tuple[Backend, VoiceChoice]:
        """Return who speaks, and in which voice. A voice of one backend leaves no fallback."""
        if not (voice is None or isinstance(voice, (Voice, Sample, str, Mapping))):
            kinds = "give a Voice, 'backend/id', a Sample, or a mapping of backends to voices"
            raise UsageError(f"voice is of type {type(voice).__name__}: {kinds}")
        if isinstance(voice, Voice):
            return self.backend(voice.backend), voice
        if isinstance(voice, str):
            name, slash, id = voice.partition("/")
            if not (id if slash else name):
                raise UsageError(f"voice {voice!r} names none: give 'backend/id', or leave voice out")
            if slash:
                return self.backend(name), id
            if self._target is None or isinstance(self._target, Router):
                message = f"voice {voice!r}: say whose it is, as 'backend/{voice}'"
                raise UsageError(message)
        target = self._target or self._default()
        return target, voice if voice is not None else self._pinned

    def _default(self) -> Backend:
        """Return the first backend with a key."""
        names = sorted(
            backend_classes(),
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

    def attempted(self, reports: Sequence[AttemptReport], already: int, voice: str | None) -> None:
        """Log and pass on the reports from number *already* on; *voice* is tried next, or nobody."""
        for number in range(already, len(reports)):
            report = reports[number]
            log_attempt(report, reports[number + 1].voice if number + 1 < len(reports) else voice)
            attempted(report)
            if self._on_attempt:
                self._on_attempt(report)


def _route(member: str | Backend | Route) -> Route | Backend:
    if isinstance(member, str):
        name, _, voice = member.partition("/")
        return Route(name, voice or None)
    if not isinstance(member, (Route, Backend)):
        raise UsageError(f"{member!r} cannot speak: give a name, a Backend or a Route")
    return member


def _leaves(target: Backend, find: Callable[[str], Backend]) -> Iterator[Backend]:
    if not isinstance(target, Router):
        yield target
        return
    for route in target.routes:
        yield from _leaves(find(route.backend) if isinstance(route.backend, str) else route.backend, find)


def _demand_credentials(backends: Sequence[Backend]) -> None:
    problems = [problem for backend in backends if (problem := backend.missing())]
    unable = [problem for problem in problems if isinstance(problem, UnsupportedFeature)]
    lacking = [problem for problem in problems if isinstance(problem, MissingCredentials)]
    if len(lacking) > 1:
        raise MissingCredentials("\n".join(str(problem) for problem in lacking))
    if lacking or unable:
        raise (*lacking, *unable)[0]


def whole_text(text: object) -> str | Utterance:
    """Return a whole text that can be spoken, or raise `InvalidText`."""
    return text if isinstance(text, Utterance) else check_text(text)


def pieces(text: Any, *, waits: bool) -> Any:
    """Return a source of pieces, asynchronous only where the client *waits* for it, or raise `InvalidText`."""
    if text is None or (hasattr(text, "__iter__") and not isinstance(text, (bytes, bytearray, Mapping))):
        return text
    if hasattr(text, "__aiter__"):
        if waits:
            return text
        raise InvalidText("text is asynchronous: speak it with an AsyncClient, or give an ordinary iterable")
    message = f"text is {type(text).__name__}: give a str, an Utterance, or an iterable of these"
    raise InvalidText(message)


def is_live(delivery: str) -> bool:
    """Return whether audio is released at once."""
    if delivery not in {"live", "whole"}:
        message = f"delivery is {delivery!r}: give 'live' or 'whole'"
        raise UsageError(message)
    return delivery == "live"
