"""What is to be compared: texts, targets, and the order of the takes, which a seed decides."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

from attrs import field, frozen

from voxbridge._backend import Backend
from voxbridge._settings import whole_text
from voxbridge.audio import AudioFormat
from voxbridge.exceptions import UsageError
from voxbridge.routing import Route
from voxbridge.text import Utterance


__all__ = ["FORMAT", "Plan", "Take", "Target"]

FORMAT = "wav/24000"


@frozen
class Take:
    """One target speaking one text once. They are told apart by these numbers."""

    target: int
    """Index into the plan's targets."""
    text: int
    """Index into the plan's texts."""
    number: int
    """From 1."""


@frozen
class Target:
    """Who speaks, and what tables call it."""

    label: str
    speaker: Any
    """What `Client` takes as its target."""

    @classmethod
    def of(cls, speaker: Any) -> Target:
        """Return what *speaker* stands for; what it is, `Client` checks."""
        return cls(_label(speaker), speaker)

    @property
    def backend(self) -> str:
        """The name before the voice."""
        return self.label.partition("/")[0]

    @property
    def voice(self) -> str | None:
        """The voice that was asked for; None where it was left to the backend."""
        return self.label.partition("/")[2] or None

    @property
    def vendors(self) -> dict[str, str]:
        """The vendors of objects that have a name of their own, by that name."""
        return {backend.name: type(backend).name for backend in _objects(self.speaker) if type(backend).name}


@frozen(kw_only=True)
class Plan:
    """A whole comparison, before anybody speaks.

    Raises:
        UsageError: an argument is wrong.
    """

    texts: tuple[str | Utterance, ...] = field()
    targets: tuple[Target, ...] = field()
    repeat: int = field()
    format: AudioFormat
    warm: bool
    seed: int = field()

    @texts.validator
    def _texts(self, attribute: Any, value: Sequence[str | Utterance]) -> None:
        if not value:
            raise UsageError("there is no text to compare: give one, or a list")

    @targets.validator
    def _targets(self, attribute: Any, value: Sequence[Target]) -> None:
        labels = [target.label for target in value]
        if not labels:
            raise UsageError("nobody is to be compared: give targets such as ['deepgram', 'espeak/en-gb']")
        for label in labels:
            if labels.count(label) > 1:
                raise UsageError(f"two targets are called {label!r}: give one a voice or a `name=` of its own")

    @repeat.validator
    def _repeat(self, attribute: Any, value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise UsageError(f"repeat is {value!r}: give how many takes there are of each text, 1 or more")

    @seed.validator
    def _seed(self, attribute: Any, value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise UsageError(f"seed is {value!r}: give a whole number")

    @classmethod
    def of(cls, texts: Any, targets: Any, *, repeat: int, format: AudioFormat | str, warm: bool, seed: int) -> Plan:
        """Return the plan that the arguments of `compare` describe."""
        return cls(
            texts=tuple(whole_text(text) for text in ([texts] if isinstance(texts, (str, Utterance)) else texts)),
            targets=tuple(
                Target.of(target) for target in ([targets] if isinstance(targets, (str, Backend, Route)) else targets)
            ),
            repeat=repeat,
            format=AudioFormat.parse(format) if isinstance(format, str) else format,
            warm=warm,
            seed=seed,
        )

    def takes(self) -> list[Take]:
        """Return all takes in the order of the seed, so that no target has the quiet hour to itself."""
        takes = [
            Take(target, text, number)
            for number in range(1, self.repeat + 1)
            for text in range(len(self.texts))
            for target in range(len(self.targets))
        ]
        random.Random(self.seed).shuffle(takes)  # noqa: S311  # to be repeated, not to be secret
        return takes


def _label(speaker: Any) -> str:
    match speaker:
        case str():
            return speaker
        case Backend():
            return speaker.name
        case Route(voice=str(voice)):
            return f"{speaker.backend_name}/{voice}"
        case Route():
            return speaker.backend_name
        case list() | tuple():
            return "+".join(map(_label, speaker))
        case _:
            return type(speaker).__name__


def _objects(speaker: Any) -> Iterable[Backend]:
    match speaker:
        case Backend():
            return (speaker, *(found for route in getattr(speaker, "routes", ()) for found in _objects(route)))
        case Route():
            return _objects(speaker.backend)
        case list() | tuple():
            return [found for member in speaker for found in _objects(member)]
        case _:
            return ()
