"""Deepdub's voices: the presets of its documents, and an account's own. No list has all of its catalogue."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from voxbridge import Voice, VoiceNotFound
from voxbridge.exceptions import nearest


__all__ = ["DEFAULT", "GENDERS", "by_id", "catalogue", "merged", "prompts"]

DEFAULT: Final = "5d3dc622-69bd-4c00-9513-05df47dbdea6_authoritative"
GENDERS: Final = {"female": "FEMALE", "male": "MALE", "neutral": "NON_BINARY"}
_GENDER_OF: Final = {theirs: ours for ours, theirs in GENDERS.items()}
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]{0,255}")

Entry = Mapping[str, Any]
"""``id locale gender name speakingStyle title``, as the service lists its prompts; all but the id may be missing."""


@cache
def _shipped() -> dict[str, Entry]:
    """Return the presets by id."""
    entries = json.loads(files(__package__).joinpath("voices.json").read_text("utf-8"))
    return {entry["id"]: entry for entry in entries}


def catalogue(backend: str) -> tuple[Voice, ...]:
    """Return the shipped presets as voices of *backend*."""
    return tuple(_voice(entry, backend) for entry in _shipped().values())


def by_id(id: str, backend: str) -> Voice:
    """Return the voice of an id. One that is no preset is an account's own, or of the larger catalogue.

    Raises:
        VoiceNotFound: no voice can be called so.
    """
    if entry := _shipped().get(id):
        return _voice(entry, backend)
    if not _ID.fullmatch(id):
        raise VoiceNotFound(
            f"no voice is called {id!r}: its id is what is asked for, such as {DEFAULT!r}.{nearest(id, _shipped())}",
            backend=backend, voice=f"{backend}/{id}",
        )  # fmt: skip
    return Voice(id=id, backend=backend)


def merged(listed: Any, backend: str) -> tuple[Voice, ...]:
    """Return the shipped presets and an account's own voices.

    Args:
        listed: what ``GET /voice`` answered.
        backend: whose voices they are.
    """
    own = tuple(_voice(entry, backend, cloned=True) for entry in prompts(listed) if entry["id"] not in _shipped())
    return (*catalogue(backend), *own)


def prompts(listed: Any) -> Iterator[Entry]:
    """Yield the prompts in an answer: under ``voicePrompts``, under ``voices``, or a bare list."""
    if isinstance(listed, dict):
        listed = listed.get("voicePrompts", listed.get("voices"))
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("id"), str) and _ID.fullmatch(entry["id"]):
            yield entry


def _voice(entry: Entry, backend: str, *, cloned: bool = False) -> Voice:
    locale, style = _word(entry, "locale"), _word(entry, "speakingStyle")
    return Voice(
        id=entry["id"],
        backend=backend,
        name=_word(entry, "name") or _word(entry, "title"),
        languages=(locale,) if locale else (),
        gender=_GENDER_OF.get(_word(entry, "gender").upper()),
        description=style and f"{style.lower()} style",
        tags=(style,) if style else (),
        cloned=cloned,
    )


def _word(entry: Entry, name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""
