"""An engine on this machine: text as Morse code (ITU-R M.1677-1), made as it is heard."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from voxbridge import (
    Backend,
    Call,
    Capabilities,
    InvalidConfig,
    Job,
    LocalExchange,
    Render,
    TextUnit,
    Voice,
    VoiceNotFound,
)


__all__ = ["Morse"]

_RATE = 16000  # Hz
_VOICES = {"high": 800, "low": 500}  # Hz
_TABLE = """
    A.- B-... C-.-. D-.. E. F..-. G--. H.... I.. J.--- K-.- L.-.. M-- N-. O--- P.--. Q--.- R.-. S... T- U..- V...- W.--
    X-..- Y-.-- Z--.. 0----- 1.---- 2..--- 3...-- 4....- 5..... 6-.... 7--... 8---.. 9----. ..-.-.- ,--..-- ?..--..
    '.----. /-..-. (-.--. )-.--.- &.-... :---... =-...- +.-.-. --....- ".-..-. @.--.-.
"""
_CODES = {code[0]: code[1:] for code in _TABLE.split()}


class Morse(Backend):
    """Morse code.

    Args:
        words_per_minute: the pace at speed 1, of the word PARIS.
    """

    name = "morse"
    voice = "high"

    def __init__(self, *, words_per_minute: float = 25) -> None:
        if not 5 <= words_per_minute <= 60:
            raise InvalidConfig(f"morse: words_per_minute is {words_per_minute!r}: give 5 to 60")
        self._dot = 60 / 50 / words_per_minute  # seconds; PARIS lasts 50 dots

    def capabilities(self, voice: Voice) -> Capabilities:
        """Say what it can do."""
        return Capabilities(formats=(f"linear16/{_RATE}",), transports=("local",), speed=(0.5, 2.0), local=True)

    def exchange(self, job: Job) -> LocalExchange:
        """Return a new exchange."""
        return _Exchange(job, self._dot / job.speed)

    def find_voice(self, id: str) -> Voice:
        """Return the voice of this id."""
        if id not in _VOICES:
            raise VoiceNotFound(f"there is no voice {id!r}, but {' and '.join(_VOICES)}", backend=self.name)
        return Voice(id=id, backend=self.name, name=f"{_VOICES[id]} Hz")

    def voices(self) -> Call[tuple[Voice, ...]]:
        """List the voices."""
        yield from ()  # nothing is asked of anybody
        return tuple(map(self.find_voice, _VOICES))


class _Exchange(LocalExchange):
    def __init__(self, job: Job, dot: float) -> None:
        super().__init__(job)
        self._dot = dot

    def launch(self, tag: int, units: Sequence[TextUnit]) -> Render:
        text = "".join(unit.text for unit in units)

        def run(emit: Callable[[bytes], bool]) -> None:
            for sound in _sounds(text, _VOICES[self.job.voice.id], self._dot):
                if not emit(sound):
                    return  # nobody listens any more

        return Render(tag, run)


def _sounds(text: str, hertz: int, dot: float) -> Iterator[bytes]:
    """Yield a character at a time: dots of one, dashes of three, gaps of one, three and seven dots."""
    tones = {mark: _tone(hertz, dot * length) + _silence(dot) for mark, length in ((".", 1), ("-", 3))}
    for word in unicodedata.normalize("NFKD", text).upper().split():
        for character in word:
            if not unicodedata.combining(character):
                yield b"".join(tones[mark] for mark in _CODES.get(character, _CODES["?"])) + _silence(2 * dot)
        yield _silence(4 * dot)


def _tone(hertz: int, seconds: float) -> bytes:
    time = np.arange(round(seconds * _RATE)) / _RATE
    edges = np.minimum(1, np.minimum(time, time[::-1]) / 0.005)  # 5 ms, against clicks
    return (edges * np.sin(2 * np.pi * hertz * time) * 12000).astype("<i2").tobytes()


def _silence(seconds: float) -> bytes:
    return bytes(2 * round(seconds * _RATE))
