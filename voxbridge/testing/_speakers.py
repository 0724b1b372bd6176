"""Who speaks for an emulator: the word oracle, or espeak where it is installed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, cast

from voxbridge.audio import AudioFormat, conversion
from voxbridge.exceptions import UnknownBackend, UnsupportedFeature, UsageError, VoiceNotFound, nearest


if TYPE_CHECKING:
    from voxbridge import LocalExchange

__all__ = ["Speaker", "find_speaker"]

_NAMES = ("espeak", "oracle")
_HUM = (2500.0, 3300.0)  # Hz; above all tones of words, within a telephone's band
_HUM_AMPLITUDE = 300  # of 32768, where words have 10,000: too faint to be taken for a sound
_SHIFTS = (0.8, 1.3)  # of espeak's own pitch


class Speaker(ABC):
    """Turns text into sound. It may be called in any thread."""

    @abstractmethod
    def speak(self, text: str, sample_rate: int, language: str, speed: float, *, voice: str = "") -> bytes:
        """Return raw linear16, mono, at *sample_rate* Hz; each *voice* sounds different, ``""`` is the plain one."""


class _Oracle(Speaker):
    """Numbered words of 200 ms, in any language; they know no speed. A voice is a faint hum above the words."""

    def __init__(self, vendor: int) -> None:
        from ._words import WordVoice

        self._voice = WordVoice(vendor=vendor)

    def speak(self, text: str, sample_rate: int, language: str, speed: float, *, voice: str = "") -> bytes:
        import numpy as np

        sound = self._voice.speak(text, sample_rate)
        if not voice:
            return sound
        words = np.frombuffer(sound, "<i2")
        hum = np.sin(2 * np.pi * _between(*_HUM, voice) / sample_rate * np.arange(len(words)))
        both: bytes = (words + np.rint(_HUM_AMPLITUDE * hum)).astype("<i2").tobytes()
        return both


class _Espeak(Speaker):
    def __init__(self) -> None:
        from voxbridge import get_backend

        self._backend = get_backend("espeak")
        if problem := self._backend.missing():
            raise problem

    def speak(self, text: str, sample_rate: int, language: str, speed: float, *, voice: str = "") -> bytes:
        from voxbridge import Job, Render, TextUnit, Words

        try:
            speaker = self._backend.default_voice(language)
        except VoiceNotFound:
            speaker = self._backend.default_voice("en-US")
        native = self._backend.capabilities(speaker).formats[0]
        # Spoken slower and played faster, or the other way round, it is another's throat.
        shift = _between(*_SHIFTS, voice) if voice else 1.0
        job = Job(voice=speaker, format=native, language=language, speed=speed / shift)
        exchange = cast("LocalExchange", self._backend.exchange(job))
        pieces: list[bytes] = []
        launched = exchange.launch(0, [TextUnit(0, (Words(text),))])
        for action in launched if isinstance(launched, Sequence) else [launched]:
            if isinstance(action, Render):
                action.run(_keep(pieces))
        played = native.with_rate(round((native.sample_rate or 0) * shift))
        way = conversion(played, AudioFormat("linear16", sample_rate))
        return way.feed(b"".join(pieces)) + way.flush()


def _between(low: float, high: float, voice: str) -> float:
    """Return a number that is this voice's own, the same at all times."""
    share = int.from_bytes(blake2b(voice.encode(), digest_size=4).digest(), "big") / 2**32
    return low + (high - low) * share


def _keep(pieces: list[bytes]) -> Callable[[bytes], bool]:
    def emit(data: bytes) -> bool:
        pieces.append(data)
        return True

    return emit


def find_speaker(voice: str | None, vendor: int) -> Speaker:
    """Return who speaks.

    Args:
        voice: ``"oracle"``, ``"espeak"``, or None: espeak where it is installed, else the word oracle.
        vendor: the number that the oracle's words carry, 0 to 3.

    Raises:
        UsageError: no such voice.
        UnknownBackend: espeak was asked for, and no plugin has it.
        UnsupportedFeature: espeak was asked for, and does not work on this machine.
    """
    if voice == "oracle":
        return _Oracle(vendor)
    if voice not in (None, "espeak"):
        raise UsageError(f"no voice {voice!r} for an emulator.{nearest(str(voice), _NAMES)} Known: {', '.join(_NAMES)}")
    try:
        return _Espeak()
    except (UnknownBackend, UnsupportedFeature):
        if voice is not None:
            raise
        return _Oracle(vendor)
