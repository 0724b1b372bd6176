"""The backend: an engine on this machine, which needs no key and no network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from voxbridge import (
    Backend,
    Call,
    Capabilities,
    Degradation,
    Degraded,
    InvalidConfig,
    Job,
    LocalExchange,
    Render,
    TextUnit,
    UnsupportedFeature,
    Voice,
)
from voxbridge.text.phonetics import espeak_knows

from ._engine import Engine
from ._text import render
from ._voices import by_id, by_language, public


__all__ = ["Espeak"]

_USUAL_RATE = 175  # words per minute


class Espeak(Backend):
    """Offline voices in more than a hundred languages. Needs the extra ``espeak``.

    Args:
        voice: the id of the voice that speaks when none was asked for, such as ``"en-us"``; default: the best one
            for the language.
        name: what reports call it, where there are several.
    """

    name = "espeak"

    def __init__(self, voice: str | None = None, *, name: str | None = None) -> None:
        if voice is not None and not (isinstance(voice, str) and voice.strip()):
            raise InvalidConfig(f"espeak: voice is {voice!r}: give a voice's id such as 'en-us', or leave it out")
        self.voice = voice
        if name is not None:
            self.name = name

    def capabilities(self, voice: Voice) -> Capabilities:
        """Say what it can do with *voice*."""
        return Capabilities(
            formats=("linear16/22050",),
            transports=("local",),
            languages=voice.languages,
            speed=(0.5, 2.5),
            phonemes=("ipa",) if espeak_knows(_language(voice)) else (),
            local=True,
        )

    def exchange(self, job: Job) -> LocalExchange:
        """Return a new exchange."""
        return _Speaking(job)

    def losses(self, job: Job, unit: TextUnit) -> Sequence[Degradation]:
        """Say which sounds the voice has not."""
        return render([unit], _language(job.voice), job.voice.backend).degradations

    def default_voice(self, language: str) -> Voice:
        """Return the voice of the constructor, else the best one for *language*.

        Raises:
            VoiceNotFound: there is none.
            UnsupportedFeature: the extra ``espeak`` is not installed, or the engine does not work here.
        """
        if self.voice is not None:
            return self.find_voice(self.voice)
        return public(by_language(Engine.instance().voices(), language, self.name), self.name)

    def find_voice(self, id: str) -> Voice:
        """Return the voice of this id, or the best one of this language tag; errors as `default_voice`."""
        return public(by_id(Engine.instance().voices(), id, self.name), self.name)

    def missing(self) -> UnsupportedFeature | None:
        """Return why it cannot speak on this machine, or None."""
        try:
            Engine.instance()
        except UnsupportedFeature as error:
            return error
        return None

    def voices(self) -> Call[tuple[Voice, ...]]:
        """List the engine's voices."""
        yield from ()  # a call that needs no request
        return tuple(public(voice, self.name) for voice in Engine.instance().voices())


class _Speaking(LocalExchange):
    def launch(self, tag: int, units: Sequence[TextUnit]) -> Sequence[Any]:
        rendered = render(units, _language(self.job.voice), self.job.voice.backend)
        rate = round(_USUAL_RATE * self.job.speed)

        def run(emit: Callable[[bytes], bool]) -> None:
            engine = Engine.instance()
            voice = by_id(engine.voices(), self.job.voice.id, self.job.voice.backend)
            engine.speak(rendered.text, voice, rate, emit, phonemes=rendered.phonemes)

        return [*map(Degraded, rendered.degradations), Render(tag, run)]


def _language(voice: Voice) -> str:
    return voice.languages[0] if voice.languages else voice.id
