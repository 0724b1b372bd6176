"""A backend that needs no vendor: it speaks in numbered words, and fails when its script says so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from threading import Lock

from attrs import evolve, field, frozen

from voxbridge._backend import Backend, Call, Capabilities, Job
from voxbridge._exchange import Render
from voxbridge._models import Voice
from voxbridge._tagged import LocalExchange
from voxbridge.audio import AudioFormat, conversion
from voxbridge.exceptions import InvalidConfig, UsageError
from voxbridge.text import TextUnit

from ._words import WordVoice


__all__ = ["Cut", "ScriptedBackend"]

_CHUNK = 4800  # bytes; 100 ms of linear16 at 24 kHz
_USUAL_RATE = 24000  # Hz, for formats whose rate is left open


def _share(instance: object, attribute: object, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise UsageError(f"a Cut is at a share of the audio, 0 to 1, not at {value!r}")


def _error(instance: object, attribute: object, value: Exception) -> None:
    if not isinstance(value, Exception):
        raise UsageError(f"a Cut ends in an exception such as TruncatedSpeech(), not in {value!r}")


@frozen
class Cut:
    """A line of a script: speak a share of the unit's audio, 0 to 1, then fail."""

    at: float = field(validator=_share)
    error: Exception = field(validator=_error)


class ScriptedBackend(Backend):
    """A backend for tests of your application: no key, no network, and the same on every run.

    ::

        first = ScriptedBackend([BackendUnavailable(), Cut(0.5, TruncatedSpeech())], name="first")
        second = ScriptedBackend(name="second", vendor=1)
        speech = Client([first, second]).synthesize("Hello there.")
        assert (speech.backends, first.texts) == (("second",), ["Hello there."] * 2)
        assert {word.vendor for word in hear_words(speech.samples().tobytes(), 24000)} == {1}

    Units are asked for one by one, so a line of the script is used up whenever a unit is spoken or tried again.

    Args:
        script: a line for each unit asked: None speaks, an exception fails before any audio, a `Cut` in the midst
            of it. After the last line it speaks.
        name: to tell several apart.
        format: what it gives natively.
        vendor: the vendor number that its words carry, 0 to 3, see `hear_words`.

    Raises:
        UsageError: an argument is wrong.
    """

    name = "scripted"
    voice = "words"

    def __init__(
        self,
        script: Iterable[Exception | Cut | None] = (),
        *,
        name: str | None = None,
        format: AudioFormat | str = "linear16/24000",
        vendor: int = 0,
    ) -> None:
        lines = list(script)
        for number, line in enumerate(lines):
            if not (line is None or isinstance(line, (Exception, Cut))):
                raise UsageError(f"line {number} of the script is {line!r}: give None, an exception or a Cut")
        name = self.name if name is None else name
        if not (isinstance(name, str) and re.fullmatch("[a-z][a-z0-9_]*", name)):
            raise InvalidConfig(f"name is {name!r}: give small letters, digits and _, such as 'first'")
        if vendor not in range(4):
            raise UsageError(f"vendor is {vendor!r}: give 0 to 3")
        self.name = name  # an object may have a name of its own
        self.texts: list[str] = []
        """The texts of all units asked, in order."""
        self.jobs: list[Job] = []
        """The job of each exchange, in order."""
        self._format = AudioFormat.parse(format)
        self._voice = WordVoice(vendor=vendor)
        self._lines = iter(lines)
        self._lock = Lock()

    def capabilities(self, voice: Voice) -> Capabilities:
        """Say what it can do."""
        return Capabilities(formats=(self._format,), transports=("local",), local=True)

    def exchange(self, job: Job) -> LocalExchange:
        """Return a new exchange, and keep its job."""
        self.jobs.append(job)
        return _Scripted(job, self._launch)

    def voices(self) -> Call[tuple[Voice, ...]]:
        """List its one voice; it answers to any other id as well."""
        yield from ()  # a call that needs no request
        return (self.find_voice(self.voice or ""),)

    def _launch(self, unit: TextUnit) -> Callable[[Callable[[bytes], bool]], None]:
        """Take the script's next line for a unit, and return what speaks it."""
        with self._lock:
            line = next(self._lines, None)
            self.texts.append(unit.text)

        def run(emit: Callable[[bytes], bool]) -> None:
            if isinstance(line, Exception):
                raise line
            audio = self._speech(unit.text)
            end = int(len(audio) * line.at) // 2 * 2 if line else len(audio)  # whole samples of linear16
            for start in range(0, end, _CHUNK):
                if not emit(audio[start : min(end, start + _CHUNK)]):
                    return
            if line:
                raise line.error

        return run

    def _speech(self, text: str) -> bytes:
        rate = self._format.sample_rate or _USUAL_RATE
        stage = conversion(AudioFormat("linear16", rate), self._format)
        return stage.feed(self._voice.speak(text, rate)) + stage.flush()


class _Scripted(LocalExchange):
    ahead = 1  # nothing is asked for in advance: each line of the script is heard

    def __init__(self, job: Job, launch: Callable[[TextUnit], Callable[[Callable[[bytes], bool]], None]]) -> None:
        super().__init__(evolve(job, text_kind="stream"))  # a unit at a time, `synthesize` too
        self._launch_unit = launch

    def launch(self, tag: int, units: Sequence[TextUnit]) -> Render:
        """Speak the one unit."""
        (unit,) = units
        return Render(tag, self._launch_unit(unit))
