"""What a session on ``/ws`` speaks with: its ``stream-config``, and what controls in the text make of it."""

from __future__ import annotations

import base64
import binascii
import io
import wave
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from ._formats import RATES, SOCKETS, Wanted
from ._generation import Generation, is_locale
from ._inline import Switch
from ._prompts import fingerprint


if TYPE_CHECKING:
    from . import DeepdubEmulator

__all__ = ["SessionError", "Settings", "read_settings"]

_VOICE = "5d3dc622-69bd-4c00-9513-05df47dbdea6_authoritative"
_RATE = 48000  # Hz, of a voicePrompt


class SessionError(Exception):
    """The session goes on, and something was not done; its words are Deepdub's."""


@frozen(kw_only=True)
class Settings:
    """How text is spoken from here on."""

    locale: str
    voice: str
    """An id, unless there is a sample."""
    sample: str | None
    """The fingerprint of a voice's sample."""
    audio: Wanted
    first_audio: float
    """Seconds after which the first words of a turn are spoken."""
    emojis: bool
    emotion: str = ""

    def after(self, switch: Switch) -> Settings:
        """Return the settings behind a control."""
        if switch.emotion is not None:
            return evolve(self, emotion=switch.emotion)
        locale, voice = switch.attributes.get("locale"), switch.attributes.get("voicePromptId")
        changed = evolve(self, locale=locale) if locale is not None and is_locale(locale) else self
        return evolve(changed, voice=voice, sample=None, emotion="") if voice else changed

    def generation(self, emulator: DeepdubEmulator, key: str, id: str, text: str) -> Generation:
        """Return a text as one generation.

        Raises:
            Refusal: there is no such voice.
        """
        sound = self.sample or emulator.prompts.sound(key, self.voice)
        if self.emotion:
            sound = f"{sound} [{self.emotion}]"
        return Generation(id=id, text=text, locale=self.locale, sound=sound, audio=self.audio)


def read_settings(emulator: DeepdubEmulator, fields: Mapping[str, Any]) -> Settings:
    """Return what a ``stream-config`` says. What it does not know it ignores, even a format.

    Raises:
        SessionError: it has no model, one that does not exist, or a wrong sample.
    """
    model = fields.get("model")
    if not model:
        raise SessionError("model is required in configuration")
    if model not in emulator.habits.models:
        raise SessionError(f"queue route not found for model: {model}")
    prompt, locale, milliseconds = fields.get("voicePrompt"), fields.get("locale"), fields.get("firstAudioTimeout", 50)
    return Settings(
        locale=locale if isinstance(locale, str) and is_locale(locale) else "en-US",
        voice=str(fields.get("voicePromptId") or _VOICE),
        sample=None if prompt is None else fingerprint(_sample(prompt, emulator.limits.prompt)),
        audio=_audio(fields),
        first_audio=milliseconds / 1000 if isinstance(milliseconds, (int, float)) else 0.05,
        emojis=fields.get("acceptEmojis") is True,
    )


def _audio(fields: Mapping[str, Any]) -> Wanted:
    """Return the audio of a session; what nobody has silently becomes WAV, or the usual rate."""
    name, rate = fields.get("format"), fields.get("sampleRate")
    known = name if isinstance(name, str) and name in SOCKETS else "wav"
    usual = 8000 if known == "mulaw" else 48000
    return Wanted(name=known, sample_rate=rate if isinstance(rate, int) and rate in RATES else usual)


def _sample(prompt: object, most: int | None) -> bytes:
    try:
        data = base64.b64decode(prompt if isinstance(prompt, str) else "?", validate=True)
    except (binascii.Error, ValueError) as error:
        raise SessionError(f"voicePrompt must be base64-encoded: {error}") from None
    if most is not None and len(data) > most:
        raise SessionError("voicePrompt exceeds maximum size of 1MB")
    try:
        with wave.open(io.BytesIO(data)) as file:
            channels, rate = file.getnchannels(), file.getframerate()
    except (wave.Error, EOFError) as error:
        raise SessionError(f"voicePrompt is not a WAV file: {error}") from None
    if channels != 1:
        raise SessionError(f"voicePrompt must be mono (1 channel), got {channels} channels")
    if rate != _RATE:
        raise SessionError(f"voicePrompt must be 48000Hz sample rate, got {rate}Hz")
    return data
