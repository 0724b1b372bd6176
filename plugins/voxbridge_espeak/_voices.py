"""The engine's voices as voxbridge knows voices: BCP 47 tags, and the best one for a language."""

from __future__ import annotations

from collections.abc import Sequence

from voxbridge import Voice, VoiceNotFound
from voxbridge.exceptions import nearest

from ._engine import EngineVoice


__all__ = ["by_id", "by_language", "public"]


def public(voice: EngineVoice, backend: str) -> Voice:
    """Return *voice* as a voice of *backend*."""
    languages = tuple(_bcp47(tag) for tag in voice.languages)
    return Voice(id=voice.id, backend=backend, name=voice.name, languages=languages, gender=voice.gender)


def by_id(voices: Sequence[EngineVoice], id: str, backend: str) -> EngineVoice:
    """Return the voice of an id, or the best one of exactly that language tag.

    Raises:
        VoiceNotFound: there is none; the message has the nearest ids.
    """
    wanted = id.lower().replace("_", "-")
    found = next((voice for voice in voices if voice.id == wanted), None) or _best(voices, wanted)
    if found:
        return found
    known = [voice.id for voice in voices]
    raise VoiceNotFound(f"there is no voice {id!r}.{nearest(wanted, known)}", backend=backend, voice=f"{backend}/{id}")


def by_language(voices: Sequence[EngineVoice], language: str, backend: str) -> EngineVoice:
    """Return the voice that speaks *language* best; ``de-AT`` is content with ``de`` (RFC 4647, 3.4).

    Raises:
        VoiceNotFound: no voice speaks it.
    """
    subtags = language.lower().replace("_", "-").split("-")
    for length in range(len(subtags), 0, -1):
        if voice := _best(voices, "-".join(subtags[:length])):
            return voice
    known = [_bcp47(tag) for voice in voices for tag in voice.languages]
    raise VoiceNotFound(f"no voice speaks {language!r}.{nearest(language, known)}", backend=backend)


def _best(voices: Sequence[EngineVoice], tag: str) -> EngineVoice | None:
    speakers = [voice for voice in voices if tag in voice.languages]
    return min(speakers, key=lambda voice: voice.languages[tag], default=None)


def _bcp47(tag: str) -> str:
    """Return *tag* with its usual capitals (RFC 5646, 2.1.1): ``en-US``, ``fa-Latn``, ``en-GB-x-rp``."""
    head, *rest = tag.split("-")
    private = False
    parts = [head]
    for part in rest:
        parts.append(part if private else {2: part.upper(), 4: part.title()}.get(len(part), part))
        private = private or len(part) == 1
    return "-".join(parts)
