"""One generation: what a request or a message asks for, and its speech."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from attrs import frozen

from ._formats import Wanted, wanted
from ._inline import without_sounds
from ._prompts import decoded, fingerprint
from ._refusals import invalid, missing_field


if TYPE_CHECKING:
    from voxbridge.testing import Fault

    from . import DeepdubEmulator

__all__ = ["Generation", "is_locale", "read_generation", "say"]

_REQUIRED: Final = ("targetText", "model", "locale")
_TEXTS: Final = (*_REQUIRED, "voicePromptId", "voiceReference", "generationId", "performanceReferencePromptId")
_FLAGS: Final = (
    *("promptBoost", "superStretch", "realtime", "cleanAudio", "autoGain", "publish"),
    *("outputDiacritized", "enableLogging"),
)
_RANGES: Final = MappingProxyType({"temperature": (0, 1), "variance": (0, 1), "tempo": (0, 2)})
_ACCENT: Final = ("accentBaseLocale", "accentLocale", "accentRatio")
_LOCALE: Final = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?-([A-Z]{2}|\d{3})")  # its case counts
_SLOWEST: Final = 0.5  # the documents begin the range of tempo at 0, or here
_DEAF_TO_DURATION: Final = "dd-etts-3.4"


@frozen(kw_only=True)
class Generation:
    """A text that is to be spoken, with all that was said of it."""

    id: str
    text: str
    locale: str
    sound: str
    """Whose voice: each str sounds different."""
    audio: Wanted
    tempo: float = 1.0
    duration: float | None = None
    """Seconds that it is to last."""


def read_generation(
    emulator: DeepdubEmulator, key: str, fields: Mapping[str, Any], formats: Sequence[str], *, rest: bool
) -> Generation:
    """Return the generation that fields ask for. Unknown ones are ignored, and none of them is null.

    Args:
        emulator: that of this service.
        key: the account.
        fields: of the request or message.
        formats: those of its transport, the default first.
        rest: REST alone takes a voice's sample, and minds a wrong gender.

    Raises:
        Refusal: a field is missing or wrong, or there is no such voice.
    """
    _check_fields(fields, emulator.limits.characters, emulator.habits.models)
    if rest and fields.get("targetGender", "male") not in ("male", "female"):
        raise invalid("field 'targetGender' must be 'male' or 'female'")
    audio = wanted(fields, formats, formats[0])
    if rest and "voiceReference" in fields:
        sound = fingerprint(decoded("voiceReference", fields["voiceReference"], emulator.limits.sample))
    elif fields.get("voicePromptId"):
        sound = emulator.prompts.sound(key, fields["voicePromptId"])
    else:
        raise missing_field("voicePromptId")
    deaf = fields["model"] == _DEAF_TO_DURATION
    return Generation(
        id=fields.get("generationId") or str(uuid4()),
        text=fields["targetText"],
        locale=fields["locale"],
        sound=sound,
        audio=audio,
        tempo=max(fields.get("tempo", 1.0), _SLOWEST),
        duration=None if deaf else fields.get("targetDuration"),
    )


async def say(emulator: DeepdubEmulator, generation: Generation, fault: Fault | None) -> tuple[bytes, float]:
    """Return the sound of a generation, at a wrong rate if that is the fault, and how many seconds it lasts."""
    words, sounds = without_sounds(generation.text, generation.locale)
    emulator.controls += sounds
    return await emulator.speak(
        words,
        met(generation.audio, fault).format,
        language=generation.locale,
        speed=generation.tempo,
        voice=generation.sound,
        duration=generation.duration,
    )


def met(audio: Wanted, fault: Fault | None) -> Wanted:
    """Return the audio that comes, which a fault may give another rate. Opus knows one rate only."""
    if fault is None or fault.kind != "rate":
        return audio
    return audio.at(fault.code or (16000 if audio.sample_rate == 8000 else 8000))


def is_locale(value: object) -> bool:
    """Return whether a value looks like a locale; which ones there are nobody says."""
    return isinstance(value, str) and _LOCALE.fullmatch(value) is not None


def _check_fields(fields: Mapping[str, Any], most: int | None, models: Collection[str]) -> None:
    for name in _REQUIRED:
        if not fields.get(name):
            raise missing_field(name)
    _check_types(fields)
    if most is not None and len(fields["targetText"]) > most:
        raise invalid(f"field 'targetText' exceeds maximum length of {most} characters")
    if fields["model"] not in models:
        raise invalid(f"model '{fields['model']}' not found")
    if not is_locale(fields["locale"]):
        raise invalid(f"unsupported locale '{fields['locale']}'")
    for name, (least, greatest) in _RANGES.items():
        if name in fields and not least <= fields[name] <= greatest:
            raise invalid(f"field '{name}' must be between {least} and {greatest}")
    if "tempo" in fields and "targetDuration" in fields:
        raise invalid("fields 'tempo' and 'targetDuration' are mutually exclusive")
    if fields.get("targetDuration", 1) <= 0:
        raise invalid("field 'targetDuration' must be above 0")
    _check_accent(fields.get("accentControl"))


def _check_types(fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        if name in _TEXTS and not isinstance(value, str):
            raise invalid(f"field '{name}' must be a string")
        if name in _FLAGS and not isinstance(value, bool):
            raise invalid(f"field '{name}' must be a boolean")
        if (name in _RANGES or name == "targetDuration") and not _is_number(value):
            raise invalid(f"field '{name}' must be a number")
        if name == "seed" and type(value) is not int:
            raise invalid("field 'seed' must be an integer")


def _check_accent(accent: Any) -> None:
    if accent is None:
        return
    if not isinstance(accent, dict) or any(accent.get(name) is None for name in _ACCENT):
        raise invalid(f"field 'accentControl' needs {', '.join(_ACCENT)}")
    ratio = accent["accentRatio"]
    if not _is_number(ratio) or not 0 <= ratio <= 1:
        raise invalid("field 'accentRatio' must be between 0 and 1")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
