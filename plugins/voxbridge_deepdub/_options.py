"""What one request, or the configuration of a socket, may say besides its text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from attrs import evolve, field, frozen

from voxbridge import Degradation, Degraded, Job, UsageError, Warn

from ._matrix import Wire
from ._models import DEFAULT_MODEL, is_locale, locale, quirks


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
            name: _CHECKS[name](name, value) for name, value in options.items() if value is not None
        }
        return evolve(self, **checked)

    @property
    def controls(self) -> str:
        """What stands before the text of a turn over ``/ws``; made of checked options only, never of anybody's text."""
        tag = "".join(f' {_ATTRIBUTES[name]}="{value}"' for name, value in (self.inline or {}).items())
        emotion = self.emotion or ""
        if emotion.isascii() and emotion:
            emotion = f"[{emotion}]"
        return (f"<config{tag} />" if tag else "") + emotion


def _wrong(name: str, value: Any, give: str) -> UsageError:
    return UsageError(f"deepdub: {name} is {value!r}: give {give}")


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong(name, value, "True or False")
    return value


def _share(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise _wrong(name, value, "a number from 0 to 1")
    return value


def _seconds(name: str, value: Any) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value <= 0:
        raise _wrong(name, value, "seconds above 0")
    return float(value)


def _integer(name: str, value: Any) -> int:
    if type(value) is not int:
        raise _wrong(name, value, "a whole number")
    return value


def _milliseconds(name: str, value: Any) -> int:
    if type(value) is not int or value < 1:
        raise _wrong(name, value, "whole milliseconds, 1 or more")
    return value


def _word(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise _wrong(name, value, "its id, a str")
    return value


def _uuid(name: str, value: Any) -> str:
    try:
        return str(UUID(value))
    except (ValueError, AttributeError, TypeError):
        raise _wrong(name, value, "a UUID as a str") from None


def _gender(name: str, value: Any) -> str:
    if value not in ("male", "female"):
        raise _wrong(name, value, "'male' or 'female'")
    return str(value)


def _accent(name: str, value: Any) -> dict[str, Any]:
    whole = isinstance(value, Mapping) and value.keys() == {"base", "target", "ratio"}
    if not whole or not is_locale(value["base"]) or not is_locale(value["target"]):
        raise _wrong(name, value, "all three: {'base': 'en-US', 'target': 'fr-FR', 'ratio': 0.5}")
    ratio = _share(f"{name}'s ratio", value["ratio"])
    return {"accentBaseLocale": value["base"], "accentLocale": value["target"], "accentRatio": ratio}


def _emotion(name: str, value: Any) -> str:
    """Check the name of an emotion: letters and spaces, or one emoji; nothing that could end a tag or begin one."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9 _-]{0,63}|[^\x00-\u218f\s\w]{1,16}", value):
        raise _wrong(name, value, "one of the voice's emotions, such as 'excited', or its emoji")
    return value


def _inline(name: str, value: Any) -> dict[str, str]:
    known = isinstance(value, Mapping) and bool(value) and value.keys() <= _ATTRIBUTES.keys()
    good = known and all(_ATTRIBUTE_CHECKS[key](value[key]) for key in value)
    if not good:
        raise _wrong(name, value, "one or more of {'locale': 'es-MX', 'voice': 'UUID', 'target_gender': 'female'}")
    return dict(value)


def _extra(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise _wrong(name, value, "a mapping of the service's own fields")
    return dict(value)


_ATTRIBUTES: Final = {"locale": "locale", "voice": "voicePromptId", "target_gender": "targetGender"}
_ATTRIBUTE_CHECKS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "locale": is_locale,
    "voice": lambda voice: isinstance(voice, str) and bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9:._-]*", voice)),
    "target_gender": lambda gender: gender in ("male", "female"),
}
_CHECKS: Final[Mapping[str, Callable[[str, Any], Any]]] = {
    "model": _word,
    "temperature": _share,
    "variance": _share,
    "prompt_boost": _flag,
    "seed": _integer,
    "target_duration": _seconds,
    "super_stretch": _flag,
    "accent": _accent,
    "target_gender": _gender,
    "performance_reference": _word,
    "clean_audio": _flag,
    "auto_gain": _flag,
    "realtime": _flag,
    "generation_id": _uuid,
    "accept_emojis": _flag,
    "first_audio_timeout": _milliseconds,
    "output_diacritized": _flag,
    "enable_logging": _flag,
    "emotion": _emotion,
    "inline": _inline,
    "extra": _extra,
}
OPTIONS: Final = frozenset(_CHECKS)
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


def fields(job: Job, options: Options, wire: Wire) -> dict[str, Any]:
    """Return what a request says besides its text and its id, or the configuration of a socket.

    Unset options are left out: the service takes null and absent for the same.

    Raises:
        InvalidFormat: the wire does not give the format.
        UsageError: two options contradict each other, or the language is none that there can be.
    """
    said: dict[str, Any] = {"model": options.model, "voicePromptId": job.voice.id, "locale": locale(job.language)}
    for name, key in _KEYS.items():
        value = getattr(options, name)
        if value is not None and name in wire.options:
            said[key] = value
    if "target_duration" in wire.options:
        said |= _pace(job, options)
    said |= wire.parameters(job.format)
    if twice := sorted(said.keys() & options.extra.keys()):
        raise UsageError(f"deepdub: extra has {twice[0]!r}, which is asked for already: leave it out")
    return {**said, **options.extra}


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
    lost = [name for name in sorted(OPTIONS - wire.options) if getattr(options, name) not in (None, False)]
    if job.speed != 1.0 and "target_duration" not in wire.options:
        lost.append("speed")
    degraded = [
        Degraded(Degradation(job.voice.backend, name, "", f"left out: Deepdub takes no {name} {wire.name}"))
        for name in lost
    ]
    return [*quirks(options.model, fields(job, options, wire)), *degraded]
