"""Who speaks for an emulator: the word oracle, or espeak where it is installed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from voxbridge.audio import AudioFormat, conversion
from voxbridge.exceptions import UnknownBackend, UnsupportedFeature, UsageError, VoiceNotFound, nearest


if TYPE_CHECKING:
    from voxbridge import LocalExchange, Render

__all__ = ["Speaker", "find_speaker"]

_NAMES = ("espeak", "oracle")


class Speaker(ABC):
    """Turns text into sound. It may be called in any thread."""

    @abstractmethod
    def speak(self, text: str, sample_rate: int, language: str, speed: float) -> bytes:
        """Return raw linear16, mono, at *sample_rate* Hz."""


class _Oracle(Speaker):
    """Numbered words of 200 ms, in any language; they know no speed."""

    def __init__(self, vendor: int) -> None:
        from ._words import WordVoice

        self._voice = WordVoice(vendor=vendor)

    def speak(self, text: str, sample_rate: int, language: str, speed: float) -> bytes:
        return self._voice.speak(text, sample_rate)


class _Espeak(Speaker):
    def __init__(self) -> None:
        from voxbridge import get_backend

        self._backend = get_backend("espeak")
        if problem := self._backend.missing():
            raise problem

    def speak(self, text: str, sample_rate: int, language: str, speed: float) -> bytes:
        from voxbridge import Job, TextUnit, Words

        try:
            voice = self._backend.default_voice(language)
        except VoiceNotFound:
            voice = self._backend.default_voice("en-US")
        native = self._backend.capabilities(voice).formats[0]
        job = Job(voice=voice, format=native, language=language, speed=speed)
        exchange = cast("LocalExchange", self._backend.exchange(job))
        pieces: list[bytes] = []
        render = cast("Render", exchange.launch(0, [TextUnit(0, (Words(text),))]))
        render.run(_keep(pieces))
        way = conversion(native, AudioFormat("linear16", sample_rate))
        return way.feed(b"".join(pieces)) + way.flush()


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
