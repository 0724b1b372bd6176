"""What a client was told once, and what a call adds to it. Both shells begin here."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Literal

from attrs import evolve, field, frozen

from ._backend import Backend, TextKind
from ._log import log_attempt
from ._models import AttemptReport, Timeouts, Voice
from ._plugins import attempted
from ._prices import Price, listed_price
from ._rendition import Rendition
from ._sample import Sample
from ._speakers import Speakers, Target
from .audio import AudioFormat
from .config import Config, ConfigSource
from .exceptions import InvalidText, UsageError
from .routing import Grounds, Plan, SpeechRequest, VoiceChoice, plan
from .text import Lexicon, LexiconReader, LexiconSource, Utterance, check_text, lexicons


__all__ = ["Call", "Delivery", "Settings", "Target", "is_live", "pieces", "whole_text"]

Delivery = Literal["live", "whole"]

_PLANS = 64  # that are kept: callers ask for the same again and again


@frozen(kw_only=True)
class Call:
    """What a caller says of one utterance or stream."""

    voice: VoiceChoice = None
    format: AudioFormat | str | None = None
    language: str | None = None
    speed: float | None = None
    duration: float | None = None
    lexicon: tuple[Lexicon, ...] = field(default=None, converter=lexicons)
    options: Mapping[str, Mapping[str, Any]] | None = None
    strict: bool = False
    deadline: float | None = None

    def __attrs_post_init__(self) -> None:
        for name in ("speed", "duration", "deadline"):
            if (value := getattr(self, name)) is not None:
                _check_positive(name, value)
        if self.speed is not None and self.duration is not None:
            raise UsageError("a duration is kept by the speed that it takes: give duration= or speed=, not both")


def _check_positive(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not (math.isfinite(value) and value > 0):
        message = f"{name} is {value!r}: give a number above 0"
        raise UsageError(message)


class Settings:
    """A client's settings. Arguments as of `Client`."""

    def __init__(
        self,
        target: Target,
        *,
        config: ConfigSource = None,
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
        self.config = said = Config.of(config)
        self._lexicons = (*lexicons(lexicon), *said.lexicon)
        if self._lexicons:
            LexiconReader(self._lexicons, "en")  # they are sorted now, not when somebody waits for speech
        self.timeouts = Timeouts.of(timeouts if timeouts is not None else said.timeouts)
        self._retries, self._on_attempt = retries, on_attempt
        self._plans: dict[tuple[Hashable, ...], Plan] = {}
        self._grounds = Grounds(price=self.price)
        self._speakers = Speakers(target, said, region)
        self._format = self._speakers.format if format is None else AudioFormat.parse(format)

    def backend(self, name: str) -> Backend:
        """Return what a backend's name means to this client; errors as of `Config.backend`."""
        return self._speakers.backend(name)

    def named(self, name: str | None) -> list[Backend]:
        """Return the backend of this name, or all that the client speaks with."""
        return self._speakers.named(name)

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
        speakers, find = self._speakers, self._speakers.backend
        target, voice = speakers.choose(call.voice) if backend is None else (find(backend), call.voice)
        for name in call.options or ():
            find(name)  # raises for a name that no backend has
        default = "wav" if kind == "synthesize" else "linear16/24000"
        chosen = call.format if call.format is not None else self._format
        request = SpeechRequest(
            format=AudioFormat.parse(chosen if chosen is not None else default),
            voice=voice,
            language=call.language,
            usual_language=self.config.language,
            speed=call.speed,
            duration=call.duration,
            options=call.options or {},
            text_kind=kind,
            strict=call.strict,
        )
        speakers.demand_credentials(target)
        return plan(
            target, request, find=find, timeouts=self.timeouts, retries=self._retries, grounds=self._grounds,
            voices=self.config.voices,
        )  # fmt: skip

    def price(self, backend: Backend, voice: Voice) -> Price | None:
        """Return what a voice costs, or None where nobody says."""
        return self.config.price(backend.name) or listed_price(type(backend).name, voice.id)

    def attempted(self, reports: Sequence[AttemptReport], already: int, voice: str | None) -> None:
        """Log and pass on the reports from number *already* on; *voice* is tried next, or nobody."""
        for number in range(already, len(reports)):
            report = reports[number]
            log_attempt(report, reports[number + 1].voice if number + 1 < len(reports) else voice)
            attempted(report)
            if self._on_attempt:
                self._on_attempt(report)


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
