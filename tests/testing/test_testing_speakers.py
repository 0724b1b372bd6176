"""Who speaks for emulators: every voice sounds different, and the word oracle can be heard in all of them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from voxbridge.audio import AudioFormat, conversion
from voxbridge.testing import audit, expected_indices, hear_words, words_text
from voxbridge.testing._speakers import find_speaker


TEXT = words_text(12)
VOICES = ("", "maria", "jan")


def speak(name, voice, rate=24000, text=TEXT):
    return find_speaker(name, 2).speak(text, rate, "en-US", 1.0, voice=voice)


@pytest.mark.parametrize("rate", [8000, 22050, 48000])
@pytest.mark.parametrize("voice", VOICES)
def test_words_are_heard_in_every_voice_of_the_oracle(voice, rate):
    mulaw = AudioFormat("mulaw", rate)
    there, back = conversion(AudioFormat("linear16", rate), mulaw), conversion(mulaw, AudioFormat("linear16", rate))
    for sound in (speak("oracle", voice, rate), back.feed(there.feed(speak("oracle", voice, rate)))):
        assert audit(hear_words(sound, rate), expected_indices(TEXT)).clean


def spectrum(sound):
    """Return which share of the sound lies below each frequency."""
    levels = np.abs(np.fft.rfft(np.frombuffer(sound, "<i2"), 1 << 16)) ** 2
    return (np.cumsum(levels) / levels.sum())[::50]


@pytest.mark.parametrize("name", ["oracle", "espeak"])
def test_every_voice_sounds_different_and_always_the_same(name):
    text = "Who is speaking, please?" if name == "espeak" else TEXT
    first, again = ([spectrum(speak(name, voice, text=text)) for voice in VOICES] for _ in range(2))
    same = max(np.abs(one - other).max() for one, other in zip(first, again, strict=True))  # espeak breathes at random
    assert all(np.abs(one - other).max() > 2 * same for one, other in combinations(first, 2))


def test_espeaks_voices_last_as_long_as_its_own():
    lengths = [len(speak("espeak", voice, text="How long does it take?")) for voice in VOICES]
    assert max(lengths) < 1.1 * min(lengths)
