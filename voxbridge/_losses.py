"""What a backend is given of a text, and what it would lose of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ._exchange import Actions, Degraded
from ._models import Degradation
from .exceptions import UnsupportedUtterance
from .routing import Leaf
from .text import Break, Segment, TextUnit, losses


__all__ = ["given", "kept", "lost", "refusal", "silenced", "unspoken", "would_lose"]

_NO_SILENCE = (
    "was left out: making silence of the vendor's compressed format needs: pip install 'voxbridge-tts[codecs]'"
)


def given(leaf: Leaf, unit: TextUnit) -> TextUnit:
    """Return a unit as the backend is given it."""
    return unit.given_to(*_names(leaf), phonemes=leaf.capabilities.phonemes, language=leaf.job.language)


def lost(leaf: Leaf, segments: Iterable[Segment]) -> list[Degradation]:
    """Return what the backend cannot keep of a text."""
    names, phonemes, language = _names(leaf), leaf.capabilities.phonemes, leaf.job.language
    told: list[Degradation] = []
    for segment in segments:
        told += [
            Degradation(leaf.backend.name, *loss)
            for loss in losses(segment, names, phonemes=phonemes, language=language)
        ]
        if isinstance(segment, Break) and not leaf.pauses:
            told.append(Degradation(leaf.backend.name, "pause", "", _NO_SILENCE))
    return told


def silenced(leaf: Leaf, unit: TextUnit) -> list[Degradation]:
    """Return what is lost of the silence after a unit."""
    return lost(leaf, (Break(unit.pause),)) if unit.pause and not leaf.pauses else []


def unspoken(leaf: Leaf, unit: TextUnit) -> Degradation:
    """Return what is lost of a unit without letters for which the backend had no sound."""
    return Degradation(leaf.backend.name, "symbols", unit.text.strip(), "was not spoken: the voice has no words for it")


def kept(leaf: Leaf, actions: Actions) -> Actions:
    """Return what an exchange would do to say something; strictly, nothing of it if it says that anything is lost."""
    if leaf.strict:
        for action in actions:
            if isinstance(action, Degraded):
                return [would_lose(action.degradation)]
    return actions


def refusal(leaf: Leaf, segments: Sequence[Segment]) -> UnsupportedUtterance | None:
    """Return why the backend must not speak a text strictly, or None."""
    losses = lost(leaf, segments)
    try:
        losses += leaf.backend.losses(leaf.job, given(leaf, TextUnit(0, tuple(segments))))
    except UnsupportedUtterance as error:
        return error
    return would_lose(losses[0]) if losses else None


def would_lose(what: Degradation) -> UnsupportedUtterance:
    """Return why strict speech is refused."""
    whose = f" of {what.text!r}" if what.text else ""
    return UnsupportedUtterance(
        f"{what.backend} cannot keep the {what.feature}{whose}, and strict=True; else: {what.done}"
    )


def _names(leaf: Leaf) -> tuple[str, str]:
    """Return what a lexicon may call a backend: one of several accounts has a name of its own."""
    return leaf.backend.name, type(leaf.backend).name
