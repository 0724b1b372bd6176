"""The espeak-ng engine of this process.

The engine keeps one state for the whole process and aborts when two threads enter it, so a process has one
`Engine`, and whoever calls it waits for the others. It speaks a thousand times faster than anybody listens.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from attrs import frozen

from voxbridge.exceptions import BackendUnavailable

from ._library import SynthCallback, load
from ._text import pieces, words_only


__all__ = ["Engine", "EngineVoice"]

_UTF8: Final = 0x1
_PHONEMES: Final = 0x100  # text in [[ ]] is phonemes
_END_PAUSE: Final = 0x1000  # the pause of the last sentence belongs to it
_RATE: Final = 1  # the parameter: words per minute, 80 to 450
_GENDERS: Final = MappingProxyType({1: "male", 2: "female"})


@frozen(kw_only=True)
class EngineVoice:
    """A voice as the engine lists it."""

    id: str
    """Its file's name in lower case, such as ``"en-us"``."""
    path: str
    """What the engine calls it, such as ``"gmw/en-US"``."""
    name: str
    languages: Mapping[str, int]
    """Language tags in lower case, each with a priority: the lower, the better it speaks it."""
    gender: str | None


class Engine:
    """The engine; get it by `instance`. Its methods may be called in any thread, not from within ``emit``."""

    _instance: Engine | None = None
    _lock = threading.Lock()
    _inherited = False

    def __init__(self, *, private: bool) -> None:
        self._library, self.sample_rate = load(private=private)
        self._voices = tuple(self._list())

    @classmethod
    def instance(cls) -> Engine:
        """Return the engine of this process, started if need be (20 ms).

        Raises:
            UnsupportedFeature: the extra ``espeak`` is not installed, or the engine does not work here.
        """
        with cls._lock:
            if cls._instance is None:
                cls._instance = cls(private=cls._inherited)
            return cls._instance

    @classmethod
    def leave_to_parent(cls) -> None:
        """Forget the engine in a forked child: another thread of the parent may have been in the midst of it."""
        cls._inherited = cls._inherited or cls._instance is not None or cls._lock.locked()
        cls._instance = None
        cls._lock = threading.Lock()

    def voices(self) -> tuple[EngineVoice, ...]:
        """Return all voices, by language."""
        return self._voices

    def speak(
        self, text: str, voice: EngineVoice, rate: int, emit: Callable[[bytes], bool], *, phonemes: bool = False
    ) -> None:
        """Speak, and give the audio away as it comes: linear16, mono, at `sample_rate`.

        Args:
            text: nothing in it is a command or markup.
            voice: one of `voices`.
            rate: words per minute, 80 to 450; 175 is usual.
            emit: called with 60 ms of audio at a time; False ends the speech at once.
            phonemes: text in ``[[ ]]`` is the engine's own phonemes.

        Raises:
            BackendUnavailable: the engine failed.
        """
        listener = _Listener(emit)
        callback = SynthCallback(listener.take)
        with self._lock:
            self._choose(voice)
            self._library.espeak_SetParameter(_RATE, rate, 0)
            self._library.espeak_SetSynthCallback(callback)
            text = words_only(text)
            for piece in pieces(text, phonemes=phonemes):
                self._synthesize(piece, _UTF8 | (_PHONEMES if phonemes else 0))
                if listener.gone:
                    break
        if listener.error:
            raise listener.error

    def phonemes(self, text: str, voice: EngineVoice) -> str:
        """Return how *voice* pronounces *text*, in the engine's own phonemes."""
        clauses = []
        buffer = ctypes.create_string_buffer(words_only(text).encode())
        rest = ctypes.c_void_p(ctypes.addressof(buffer))  # moved on by the engine, clause by clause
        with self._lock:
            self._choose(voice)
            while rest.value:
                clauses.append(self._library.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, 0).decode())
        return " ".join(filter(None, clauses))

    def _choose(self, voice: EngineVoice) -> None:
        if code := self._library.espeak_SetVoiceByName(voice.path.encode()):
            raise BackendUnavailable(f"the engine cannot load voice {voice.id!r}", backend="espeak", code=str(code))

    def _synthesize(self, text: str, flags: int) -> None:
        end = text.rstrip()[-2:]
        if not end[-1:].isalnum() and not (flags & _PHONEMES and end == "]]"):
            flags |= _END_PAUSE  # after a word the sentence goes on in what is spoken next
        data = text.encode()
        if code := self._library.espeak_Synth(data, len(data) + 1, 0, 0, 0, flags, None, None):
            raise BackendUnavailable("the engine failed to speak", backend="espeak", code=str(code))

    def _list(self) -> Iterator[EngineVoice]:
        for pointer in self._library.espeak_ListVoices(None):
            if not pointer:
                return
            voice = pointer.contents
            path = voice.identifier.decode()
            yield EngineVoice(
                id=path.rpartition("/")[2].lower(),
                path=path,
                name=voice.name.decode().strip(),
                languages=dict(_languages(voice.languages)),
                gender=_GENDERS.get(voice.gender),
            )


class _Listener:
    """Hands audio on to ``emit``, until nobody wants any more."""

    def __init__(self, emit: Callable[[bytes], bool]) -> None:
        self._emit = emit
        self.gone = False
        self.error: BaseException | None = None

    def take(self, samples: int | None, count: int, events: int | None) -> int:
        """Take *count* samples at an address; 1 tells the engine to stop."""
        if samples and count and not self.gone:
            try:
                self.gone = not self._emit(ctypes.string_at(samples, 2 * count))
            except BaseException as error:  # noqa: BLE001  # it cannot pass through C: `speak` raises it
                self.gone, self.error = True, error
        return int(self.gone)


def _languages(address: int) -> Iterator[tuple[str, int]]:
    while priority := ctypes.string_at(address, 1)[0]:
        tag = ctypes.string_at(address + 1)
        yield tag.decode().lower(), priority
        address += len(tag) + 2


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=Engine.leave_to_parent)
