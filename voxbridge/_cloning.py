"""Calls about voices of one's own, as both clients make them: clone, delete, classify."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import evolve

from ._backend import Backend, Call, clones
from ._calls import asking
from ._log import log_clone, log_delete
from ._models import Voice
from ._sample import Consent, Gender, Sample
from .exceptions import UnsupportedFeature, UsageError, nearest


__all__ = ["classifying", "cloning", "deleting"]

_GENDERS: Final = ("female", "male", "neutral")


def cloning(
    backend: Backend,
    name: str,
    *,
    language: str,
    consent: Consent | str,
    gender: str | None,
    options: Mapping[str, Any],
) -> Callable[[Sample], Call[Voice]]:
    """Check all of a cloning but its sample; return the call, which takes that.

    Raises:
        UsageError: an argument is wrong, or nobody consented.
        UnsupportedFeature: the backend cannot clone.
    """
    if not clones(backend):
        raise UnsupportedFeature(f"{backend.name} cannot clone voices: `voxbridge backends` says which can")
    agreed = Consent.of(consent)
    for what, value in (("name", name), ("language", language)):
        if not isinstance(value, str) or not value.strip():
            raise UsageError(f"{what} is {value!r}: give the {what} of the voice as a str")
    if gender is not None and gender not in _GENDERS:
        raise UsageError(f"gender is {gender!r}: give one of {', '.join(_GENDERS)}.{nearest(str(gender), _GENDERS)}")
    for option in options:
        if option not in backend.clone_options:
            known = ", ".join(sorted(backend.clone_options)) or "none"
            ending = nearest(option, backend.clone_options)
            raise UsageError(f"{backend.name} has no option {option!r} of cloning; it has: {known}.{ending}")
    _demand_key(backend)

    def call(sample: Sample) -> Call[Voice]:
        made = yield from asking(
            backend,
            backend.clone_voice(name, sample, language=language, gender=gender, consent=agreed, options=options),
        )
        log_clone(made, agreed.fingerprint)
        return evolve(made, cloned=True, consent=agreed)

    return call


def deleting(voice: Voice | str, find: Callable[[str], Backend]) -> Call[None]:
    """Delete a cloned voice, given as a `Voice` or ``"backend/id"``; *find* returns the backend of a name."""
    if isinstance(voice, str):
        name, _, id = voice.partition("/")
        if not (name and id):
            raise UsageError(f"voice {voice!r}: say whose it is, as 'backend/id'")
        voice = Voice(id=id, backend=name)
    elif not isinstance(voice, Voice):
        raise UsageError(f"voice is of type {type(voice).__name__}: give a Voice or 'backend/id'")
    backend = find(voice.backend)
    call = backend.delete_voice(voice)
    _demand_key(backend)
    yield from asking(backend, call)
    log_delete(voice)


def classifying(backend: Backend, sample: Sample) -> Call[Gender]:
    """Ask *backend* what gender the voice of a sample sounds like."""
    call = backend.classify_gender(sample)
    _demand_key(backend)
    return (yield from asking(backend, call))


def _demand_key(backend: Backend) -> None:
    if lacking := backend.missing():
        raise lacking
