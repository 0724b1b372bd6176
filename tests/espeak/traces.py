"""What the engine itself says that it speaks: its trace, in IPA."""

from __future__ import annotations

import ctypes

from voxbridge_espeak._engine import Engine


IPA = 2  # espeakPHONEMES_IPA


def voice(id):
    """Return the engine's voice of this id."""
    return next(voice for voice in Engine.instance().voices() if voice.id == id)


def trace(text, id="en-us", *, phonemes=True, to_the_end=False):
    """Speak *text*, or its first clause, and return the phonemes: words apart by spaces, clauses by line ends."""
    engine = Engine.instance()
    libc = ctypes.CDLL(None)
    libc.open_memstream.restype = ctypes.c_void_p
    buffer, size = ctypes.c_char_p(), ctypes.c_size_t()
    file = ctypes.c_void_p(libc.open_memstream(ctypes.byref(buffer), ctypes.byref(size)))
    with Engine._lock:
        engine._library.espeak_SetPhonemeTrace(IPA, file)
    try:
        engine.speak(text, voice(id), 175, lambda data: to_the_end, phonemes=phonemes)
    finally:
        with Engine._lock:
            engine._library.espeak_SetPhonemeTrace(0, None)
        libc.fclose(file)
    return ctypes.string_at(buffer, size.value).decode().strip()
