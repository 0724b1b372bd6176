"""Casting: in which voice each backend speaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from voxbridge._backend import Backend, clones
from voxbridge._models import Voice
from voxbridge._sample import Sample
from voxbridge.exceptions import InvalidConfig, UnsupportedFeature, UsageError, nearest


__all__ = ["Cast", "Part", "VoiceChoice", "check_cast", "options_of", "part_of"]


@frozen
class Cast:
    """A backend's part in a logical voice of the config."""

    id: str
    """Of the backend's own voice."""
    language: str | None = None
    """BCP 47: what it speaks unless the call says otherwise; None: as the client and the voice have it."""
    options: Mapping[str, Any] = field(factory=dict)
    """The backend's own; a call's come first."""


VoiceChoice = Voice | Sample | Cast | str | Mapping[str, Voice | Sample | Cast | str] | None
"""What ``voice=`` takes. A mapping has a voice for each backend; a `Cast` comes from a config."""


@frozen(kw_only=True)
class Part:
    """What a backend speaks with."""

    voice: Voice
    sample: Sample | None = None
    """Whose voice is to be cloned."""
    language: str | None = None
    options: Mapping[str, Any] = field(factory=dict)


def check_cast(backend: str, voices: Mapping[str, Any]) -> None:
    """Refuse a mapping of backends to voices that has none for *backend*.

    Raises:
        InvalidConfig: it has none.
    """
    if not voices.get(backend):
        cast = ", ".join(sorted(voices)) or "nobody"
        raise InvalidConfig(f"the voice is not cast for {backend!r}, but for {cast}.{nearest(backend, voices)}")


def part_of(backend: Backend, choice: VoiceChoice) -> Part | None:
    """Return what *backend* speaks with by a choice; None: it leaves that to others.

    Raises:
        UsageError: it is no voice, or none of this backend.
        UnsupportedFeature: it is a sample, and the backend cannot clone.
    """
    if isinstance(choice, Mapping):
        check_cast(backend.name, choice)
        choice = choice[backend.name]
    match choice:
        case Sample():
            if not clones(backend):
                message = f"{backend.name} clones no voices from samples: `voxbridge backends` says which do"
                raise UnsupportedFeature(message)
            return Part(voice=Voice(id="sample", backend=backend.name, cloned=True), sample=choice)
        case Voice():
            if choice.backend != backend.name:
                message = f"voice {str(choice)!r} is of {choice.backend}, and {backend.name} cannot speak in it"
                raise UsageError(message)
            return Part(voice=choice)
        case Cast():
            return Part(voice=backend.find_voice(choice.id), language=choice.language, options=choice.options)
        case str() if choice:
            name, slash, id = choice.partition("/")
            return Part(voice=backend.find_voice(id if slash and name == backend.name else choice))
        case None:
            return None
        case _:
            raise UsageError(f"the voice for {backend.name!r} is {choice!r}: give an id, a Voice or a Sample")


def options_of(backend: Backend, part: Part, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a backend's options: what was *asked* for, else those of its part.

    Raises:
        UsageError: it has no such option.
    """
    options = {**part.options, **asked} if part.options else asked
    for name in options:
        if name not in backend.options:
            known = ", ".join(sorted(backend.options)) or "none"
            raise UsageError(f"{backend.name} has no option {name!r}; it has: {known}.{nearest(name, backend.options)}")
    return options
