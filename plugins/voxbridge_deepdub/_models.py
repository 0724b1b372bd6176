"""Deepdub's models and locales, with what is known of them. There is no call that lists either."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from voxbridge import UsageError, Warn
from voxbridge.exceptions import nearest


__all__ = ["DEFAULT_MODEL", "LOCALES", "MODELS", "ignored", "is_locale", "keeps_duration", "locale", "unknown"]

DEFAULT_MODEL: Final = "dd-etts-3.2"  # pinned: the vendor's own pages name four different defaults
MODELS: Final = (
    "dd-etts-1.1", "dd-etts-2.5", "dd-etts-3.0", "dd-etts-3.0-preview", "dd-etts-3.2", "dd-etts-3.3", "dd-etts-3.4",
    "dd-etts-3.5",
)  # fmt: skip
# The first locale of a language is the one that the language alone stands for.
LOCALES: Final = (
    "en-US", "en-GB", "en-AU", "es-ES", "es-419", "es-MX", "ar-SA", "ar-LB", "ar-QA", "ar-SY", "cs-CZ", "da-DK",
    "nl-NL", "et-EE", "fi-FI", "fr-FR", "de-DE", "el-GR", "he-IL", "hi-IN", "hu-HU", "id-ID", "it-IT", "ja-JP",
    "ko-KR", "mk-MK", "nb-NO", "pl-PL", "pt-BR", "ro-RO", "ru-RU", "sv-SE", "ta-IN", "th-TH", "tr-TR",
)  # fmt: skip
_TAG: Final = re.compile(r"(?P<language>[A-Za-z]{2,3})(?:-(?P<script>[A-Za-z]{4}))?(?:-(?P<region>[A-Za-z]{2}|\d{3}))?")
# Measured by integrators, not promised by the vendor.
_NO_DURATION: Final = frozenset({"dd-etts-3.4"})
_NO_TEMPO: Final = frozenset({"dd-etts-3.0", "dd-etts-3.4"})
_SEEDED: Final = frozenset({"dd-etts-1.1"})


def keeps_duration(model: str) -> bool:
    """Return whether a model lets speech last as long as it is told to."""
    return model not in _NO_DURATION


def ignored(model: str, said: Collection[str]) -> list[str]:
    """Return what of the fields *said* a model is known to ignore, by the names that callers know."""
    ignoring = {
        "speed": "tempo" in said and model in _NO_TEMPO,
        "duration": "targetDuration" in said and not keeps_duration(model),
        "seed": "seed" in said and model not in _SEEDED,
    }
    return [feature for feature, is_ignored in ignoring.items() if is_ignored]


def unknown(model: str) -> Warn | None:
    """Return a warning about a model that is none of those that are known here; accounts have private ones."""
    if model in MODELS:
        return None
    ending = nearest(model, MODELS) if model.startswith("dd-") else ""
    return Warn("model", f"model {model!r} is none that is known here: it is sent as it is.{ending}")


def locale(language: str) -> str:
    """Return a language as Deepdub takes it: with a region, and in the usual case, which counts there.

    Raises:
        UsageError: it is no language with a region, nor one of the languages that have a usual one.
    """
    parts = _TAG.fullmatch(language.replace("_", "-"))
    if parts is None:
        raise UsageError(f"deepdub: language is {language!r}: give a language and a region, such as 'en-US'")
    own, script, region = parts["language"].lower(), parts["script"], parts["region"]
    if region is None:
        usual = next((known for known in LOCALES if known.startswith(f"{own}-")), None)
        if usual is None or script:
            raise UsageError(f"deepdub: language {language!r} says no region: give one too, such as '{own}-XX'")
        return usual
    return "-".join(filter(None, (own, script and script.title(), region.upper())))


def is_locale(value: object) -> bool:
    """Return whether a value is a locale as it is sent; which ones there are only the service knows."""
    parts = _TAG.fullmatch(value) if isinstance(value, str) else None
    return parts is not None and parts["region"] is not None and locale(parts.string) == value
