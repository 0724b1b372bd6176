"""What tests of speech are made of: a voice that can be read back, a clock that jumps, servers that fail on demand.

And vendors' services on this machine, and the tests that every backend passes. Nothing is loaded before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from ._callbacks import Callbacks
    from ._clock import Timer, VirtualClock, run_virtual
    from ._conformance import BackendConformance
    from ._counter import SampleBreak, check_samples, count_samples
    from ._emulate import emulate
    from ._emulator import Emulator, Received, while_connected
    from ._faults import Fault, FaultScript
    from ._oracle import Heard, hear_words, speak_words
    from ._scripted import Cut, ScriptedBackend
    from ._speaking_http import SpeakingHttp
    from ._speaking_socket import SpeakingSocket
    from ._words import Audit, WordVoice, audit, expected_indices, words_text


__all__ = [
    "Audit",
    "BackendConformance",
    "Callbacks",
    "Cut",
    "Emulator",
    "Fault",
    "FaultScript",
    "Heard",
    "Received",
    "SampleBreak",
    "ScriptedBackend",
    "SpeakingHttp",
    "SpeakingSocket",
    "Timer",
    "VirtualClock",
    "WordVoice",
    "audit",
    "check_samples",
    "count_samples",
    "emulate",
    "expected_indices",
    "hear_words",
    "run_virtual",
    "speak_words",
    "while_connected",
    "words_text",
]

_ROOMS = {
    "_callbacks": ("Callbacks",),
    "_clock": ("Timer", "VirtualClock", "run_virtual"),
    "_conformance": ("BackendConformance",),
    "_counter": ("SampleBreak", "check_samples", "count_samples"),
    "_emulate": ("emulate",),
    "_emulator": ("Emulator", "Received", "while_connected"),
    "_faults": ("Fault", "FaultScript"),
    "_oracle": ("Heard", "hear_words", "speak_words"),
    "_scripted": ("Cut", "ScriptedBackend"),
    "_speaking_http": ("SpeakingHttp",),
    "_speaking_socket": ("SpeakingSocket",),
    "_words": ("Audit", "WordVoice", "audit", "expected_indices", "words_text"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_ROOM_OF[name]}", __name__), name)
