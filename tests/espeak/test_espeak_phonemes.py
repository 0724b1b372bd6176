"""A lexicon changes what the engine says that it speaks: its phoneme events, while a client speaks through it."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from voxbridge import Client
from voxbridge_espeak import _engine, _library
from voxbridge_espeak._engine import Engine


BRANDS = Path(__file__).parent.parent / "text" / "brands.toml"
TEXT = "Take dupilumab or Azathioprine, says Nguyen of Hermès: look it up in SQL."
OF_ITSELF = "tˈeɪk dˈuːpɪlˌuːmæb ɔːɹ ˈæzɐθɪˌɑːpɹiːn sˈɛz nˈuːjɛn ʌv hˈɜːmz lˈʊk ɪɾ ˌʌp ɪn ˌɛskjˌuːˈɛl"
AS_MEANT = "tˈeɪk duːpˈɪljuːmæb ɔːɹ ˌæzəθˈaɪəpɹˌiːn sˈɛz wˈɪn ʌv ɛɹmˈɛz lˈʊk ɪɾ ˌʌp ɪn sˈiːkwəl"

# speak_lib.h of espeak-ng 1.52
PHONEME_EVENTS, PHONEME_IPA = 0x1, 0x2  # options of espeak_Initialize
LAST, WORD, PHONEME = 0, 1, 7  # kinds of events


class Event(ctypes.Structure):
    """``espeak_EVENT``, with the name that a phoneme has."""

    _fields_ = (
        ("kind", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("place", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


@pytest.fixture
def phonemes(monkeypatch):
    """What the engine tells as it speaks, with a space before each word."""
    told = []

    class Listener(_engine._Listener):
        def take(self, samples, count, events):
            while (event := Event.from_address(events)).kind != LAST:
                if event.kind == PHONEME:
                    told.append(event.name.decode())
                elif event.kind == WORD:
                    told.append(" ")
                events += ctypes.sizeof(Event)
            return super().take(samples, count, events)

    monkeypatch.setattr(_library, "DONT_EXIT", _library.DONT_EXIT | PHONEME_EVENTS | PHONEME_IPA)
    monkeypatch.setattr(_engine, "_Listener", Listener)
    monkeypatch.setattr(Engine, "_instance", Engine(private=True))
    return told


@pytest.mark.parametrize(("lexicon", "spoken"), [(None, OF_ITSELF), (BRANDS, AS_MEANT)])
def test_a_lexicon_has_words_spoken_as_they_are_meant(phonemes, lexicon, spoken):
    with Client("espeak") as client:
        speech = client.synthesize(TEXT, voice="espeak/en-us", lexicon=lexicon)
    assert "".join(phonemes).split() == spoken.split()
    assert speech.degradations == ()
