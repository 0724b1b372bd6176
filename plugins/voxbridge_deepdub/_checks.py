"""What each option may be. What is wrong is said before anything is sent."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from voxbridge import UsageError

from ._models import is_locale
from ._text import is_emoji


__all__ = ["ATTRIBUTES", "CHECKS"]

ATTRIBUTES: Final = {"locale": "locale", "voice": "voicePromptId", "target_gender": "targetGender"}
_ATTRIBUTE_CHECKS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "locale": is_locale,
    "voice": lambda voice: isinstance(voice, str) and bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9:._-]*", voice)),
    "target_gender": lambda gender: gender in ("male", "female"),
}


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
    """Check the name of an emotion, which nothing may stand in that could end its tag, or its emoji."""
    named = isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9 _-]{0,63}", value)
    if not named and not is_emoji(value):
        raise _wrong(name, value, "one of the voice's emotions, such as 'excited', or its emoji")
    return str(value)


def _inline(name: str, value: Any) -> dict[str, str]:
    known = isinstance(value, Mapping) and bool(value) and value.keys() <= ATTRIBUTES.keys()
    good = known and all(_ATTRIBUTE_CHECKS[key](value[key]) for key in value)
    if not good:
        raise _wrong(name, value, "one or more of {'locale': 'es-MX', 'voice': 'UUID', 'target_gender': 'female'}")
    return dict(value)


def _extra(name: str, value: Any) -> dict[str, Any]:
    try:
        return dict(json.loads(json.dumps(dict(value), allow_nan=False)))
    except (ValueError, TypeError, RecursionError):
        raise _wrong(name, value, "a mapping of the service's own fields, as JSON can write it") from None


CHECKS: Final[Mapping[str, Callable[[str, Any], Any]]] = {
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
