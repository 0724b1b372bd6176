"""What one request, or the configuration of a socket, may say besides its text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from attrs import evolve, field, frozen

from voxbridge import Degradation, Degraded, Job, UsageError, Warn

from ._checks import ATTRIBUTES, CHECKS
from ._matrix import REQUEST, Wire
from ._models import DEFAULT_MODEL, ignored, locale, unknown
from ._samples import for_request, for_socket
from ._text import is_emoji


__all__ = ["OPTIONS", "Options", "fields", "remarks"]

_SLOWEST, _FASTEST = 0.5, 2.0


@frozen(kw_only=True)
class Options:
    """What a caller may say to Deepdub alone: ``options={"deepdub": {...}}``. None is left to the service."""

    model: str = DEFAULT_MODEL
    temperature: float | None = None
    variance: float | None = None
    prompt_boost: bool | None = None
    seed: int | None = None
    target_duration: float | None = None
    """Seconds that each request's speech lasts."""
    super_stretch: bool | None = None
    accent: Mapping[str, Any] | None = None
    """``base``, ``target`` and ``ratio``, as they are sent."""
    target_gender: str | None = None
    performance_reference: str | None = None
    clean_audio: bool | None = None
    auto_gain: bool | None = None
    realtime: bool | None = None
    generation_id: str | None = None
    """Of the first request."""
    accept_emojis: bool | None = None
    """Whether an emoji that is given as `emotion` is one; those of the text never are."""
    first_audio_timeout: int | None = None
    """Milliseconds."""
    output_diacritized: bool | None = None
    enable_logging: bool | None = None
    emotion: str | None = None
    """The name, or the emoji, of one of the voice's emotions."""
    inline: Mapping[str, str] | None = None
    """``locale``, ``voice`` and ``target_gender`` to switch to, as attributes of an inline ``<config>``."""
    extra: Mapping[str, Any] = field(factory=dict)

    def updated(self, options: Mapping[str, Any]) -> Options:
        """Return these with a call's own, which come first.

        Raises:
            UsageError: a value is wrong.
        """
        checked: dict[str, Any] = {
            name: CHECKS[name](name, value) for name, value in options.items() if value is not None
        }
        updated = evolve(self, **checked)
        if is_emoji(updated.emotion) and not updated.accept_emojis:
            raise UsageError(f"deepdub: emotion is {updated.emotion!r}, an emoji: give accept_emojis=True too")
        return updated

    @property
    def controls(self) -> str:
        """What stands before the text of a turn over ``/ws``; made of checked options only, never of anybody's text."""
        attributes = "".join(f' {ATTRIBUTES[name]}="{value}"' for name, value in (self.inline or {}).items())
        tag = f"<config{attributes} />" if attributes else ""
        if self.emotion is None:
            return tag
        return tag + (self.emotion if is_emoji(self.emotion) else f"[{self.emotion}]")


OPTIONS: Final = frozenset(CHECKS)
# What is sent under which name; the order is that of the SDK's requests, so that the two can be read side by side.
_KEYS: Final = {
    "temperature": "temperature",
    "variance": "variance",
    "target_duration": "targetDuration",
    "seed": "seed",
    "prompt_boost": "promptBoost",
    "accent": "accentControl",
    "target_gender": "targetGender",
    "realtime": "realtime",
    "clean_audio": "cleanAudio",
    "auto_gain": "autoGain",
    "super_stretch": "superStretch",
    "performance_reference": "performanceReferencePromptId",
    "output_diacritized": "outputDiacritized",
    "enable_logging": "enableLogging",
    "first_audio_timeout": "firstAudioTimeout",
    "accept_emojis": "acceptEmojis",
}
_OF_EACH: Final = frozenset({"action", "targetText", "generationId"})  # of each request or message


def fields(job: Job, options: Options, wire: Wire) -> dict[str, Any]:
    """Return what a request says besides its text and its id, or the configuration of a socket.

    Unset options are left out: the service takes null and absent for the same.

    Raises:
        InvalidFormat: the wire does not give the format.
        UsageError: two options contradict each other, or the language is none that there can be.
    """
    said: dict[str, Any] = {"model": options.model, **_speaker(job, wire), "locale": locale(job.language)}
    said |= _delivery(job, options, wire)
    said |= wire.parameters(job.format)
    if twice := sorted((said.keys() | _OF_EACH) & options.extra.keys()):
        raise UsageError(f"deepdub: extra has {twice[0]!r}, which is asked for already: leave it out")
    return {**said, **options.extra}


def _speaker(job: Job, wire: Wire) -> dict[str, str]:
    """Return who speaks: a voice that the service knows, or a sample of one."""
    if job.sample is None:
        return {"voicePromptId": job.voice.id}
    return {"voiceReference": for_request(job.sample)} if wire is REQUEST else {"voicePrompt": for_socket(job.sample)}


def _delivery(job: Job, options: Options, wire: Wire) -> dict[str, Any]:
    """Return how to speak."""
    said = {
        key: value
        for name, key in _KEYS.items()
        if name in wire.options and (value := getattr(options, name)) is not None
    }
    return said | _pace(job, options) if "target_duration" in wire.options else said


def _pace(job: Job, options: Options) -> dict[str, float]:
    """Return how fast or how long to speak: one of the two, or neither."""
    durations = [seconds for seconds in (job.duration, options.target_duration) if seconds is not None]
    if len(durations) > 1 or (durations and job.speed != 1.0):
        raise UsageError("deepdub: speed, duration and target_duration exclude each other: leave all but one out")
    if not _SLOWEST <= job.speed <= _FASTEST:
        raise UsageError(f"deepdub: speed is {job.speed!r}: it takes {_SLOWEST} to {_FASTEST}")
    return {"targetDuration": durations[0]} if durations else {} if job.speed == 1.0 else {"tempo": job.speed}


def remarks(job: Job, options: Options, wire: Wire) -> list[Warn | Degraded]:
    """Return what the report should say of a job: an unknown model, what it ignores, what the wire does not take."""
    given = {name for name in OPTIONS if getattr(options, name) is not None}
    warnings = [
        Warn(name, f"whether Deepdub heeds {name} {wire.name} is not documented")
        for name in sorted(given & wire.unproved)
    ]
    if warning := unknown(options.model):
        warnings.append(warning)
    left_out = sorted(given - wire.options)
    if job.speed != 1.0 and "target_duration" not in wire.options:
        left_out.append("speed")
    done = {
        **dict.fromkeys(
            ignored(options.model, _delivery(job, options, wire)), f"{options.model} is known to ignore it"
        ),
        **{name: f"left out: Deepdub takes no {name} {wire.name}" for name in left_out},
    }
    lost = [Degraded(Degradation(job.voice.backend, name, "", words)) for name, words in done.items()]
    return [*warnings, *lost]
