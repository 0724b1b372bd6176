"""Deepgram's voices: the shipped catalogue, what an account sees, and what a voice's name tells of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from voxbridge import UnsupportedFeature, Voice, VoiceNotFound
from voxbridge.exceptions import nearest


__all__ = ["DEFAULT", "by_id", "by_language", "catalogue", "has_controls", "merged", "refuse_flux"]

DEFAULT: Final = "aura-2-thalia-en"
_NAME: Final = re.compile(r"aura(-2)?-(?P<voice>.+)-(?P<language>[a-z]{2,3})")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_GENDERS: Final = {"feminine": "female", "masculine": "male"}

Entry = Mapping[str, Any]
"""``id languages accent gender age characteristics use_cases``, as in ``voices.json``."""


@cache
def _shipped() -> dict[str, Entry]:
    """Return the catalogue by id: for each language its best voice first."""
    entries = json.loads(files(__package__).joinpath("voices.json").read_text("utf-8"))
    return {entry["id"]: entry for entry in entries}


def catalogue(backend: str) -> tuple[Voice, ...]:
    """Return the shipped voices as voices of *backend*."""
    return tuple(_voice(entry, backend) for entry in _shipped().values())


def by_id(id: str, backend: str) -> Voice:
    """Return the voice of an id. One that is not in the catalogue is an account's own, or newer.

    Raises:
        UnsupportedFeature: it is a Flux voice.
        VoiceNotFound: no voice can be called so.
    """
    refuse_flux(id)
    if entry := _shipped().get(id.lower()):
        return _voice(entry, backend)
    if not _ID.fullmatch(id):
        raise VoiceNotFound(
            f"no voice is called {id!r}.{nearest(id, _shipped())}", backend=backend, voice=f"{backend}/{id}"
        )
    known = _NAME.fullmatch(id)
    return Voice(id=id, backend=backend, languages=(known["language"],) if known else ())


def by_language(language: str, backend: str) -> Voice:
    """Return the first voice of a language: ``de-AT`` is content with ``de-DE`` (RFC 4647, 3.4).

    Raises:
        UnsupportedFeature: no voice speaks it.
    """
    wanted = language.lower().replace("_", "-")
    for tag in (wanted, wanted.partition("-")[0]):
        for entry in _shipped().values():
            own = entry["languages"][0].lower()
            if own == tag or own.startswith(f"{tag}-"):
                return _voice(entry, backend)
    known = sorted({entry["languages"][0] for entry in _shipped().values()})
    raise UnsupportedFeature(f"deepgram: no voice speaks {language!r}; its languages: {' '.join(known)}")


def has_controls(id: str) -> bool:
    """Return whether a voice takes speed and pronunciations: Aura-2 in English and Spanish."""
    return bool(re.fullmatch(r"aura-2-.+-(en|es)", id.lower()))


def refuse_flux(id: str) -> None:
    """Raise `UnsupportedFeature` for the voices of another model family."""
    if id.lower().startswith("flux-"):
        raise UnsupportedFeature(
            f"deepgram: {id!r} is a Flux voice (/v2/speak), which is not supported; Aura's are, such as {DEFAULT!r}"
        )


def merged(models: Any, backend: str) -> tuple[Voice, ...]:
    """Return the shipped voices with what an account sees: its own and newer voices, and what is said anew of others.

    Args:
        models: what ``GET /v1/models`` answered.
        backend: whose voices they are.
    """
    entries = dict(_shipped())
    for found in _found(models):
        known = entries.get(found["id"], {"characteristics": ()})
        news = {name: value for name, value in found.items() if value and not (name == "languages" and name in known)}
        entries[found["id"]] = {**known, **news}
    return tuple(_voice(entry, backend) for entry in entries.values())


def _found(models: Any) -> Iterator[Entry]:
    listed = models.get("tts") if isinstance(models, dict) else None
    for model in listed if isinstance(listed, list) else ():
        id = model.get("canonical_name") if isinstance(model, dict) else None
        if not isinstance(id, str) or not _ID.fullmatch(id) or id.startswith("flux-"):
            continue
        about = model.get("metadata")
        about = about if isinstance(about, dict) else {}
        gender = next((_GENDERS[tag] for tag in _words(about.get("tags")) if tag in _GENDERS), None)
        yield {
            "id": id,
            "languages": _own_first(_words(model.get("languages"))),
            "accent": _word(about.get("accent")),
            "gender": gender,
            "age": _word(about.get("age")),
            "use_cases": _words(about.get("use_cases")),
        }


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _words(value: Any) -> tuple[str, ...]:
    return tuple(filter(None, map(_word, value))) if isinstance(value, list) else ()


def _own_first(tags: Sequence[str]) -> tuple[str, ...]:
    """Return language tags, those with a region first: ``en, en-US`` is a voice of the United States."""
    return tuple(sorted(tags, key=lambda tag: "-" not in tag))


def _voice(entry: Entry, backend: str) -> Voice:
    id = entry["id"]
    known = _NAME.fullmatch(id)
    accent, age = entry.get("accent", ""), entry.get("age", "")
    features, uses = entry.get("characteristics", ()), entry.get("use_cases", ())
    about = [
        ", ".join(filter(None, (accent and f"{accent} accent", age.lower()))),
        ", ".join(features).lower(),
        uses and f"for {', '.join(uses)}",
    ]
    languages = entry.get("languages") or ((known["language"],) if known else ())
    return Voice(
        id=id,
        backend=backend,
        name=known["voice"].title() if known else id,
        languages=tuple(languages),
        gender=entry.get("gender"),
        description="; ".join(filter(None, about)),
        tags=tuple(filter(None, (accent, age, *features, *uses))),
    )
