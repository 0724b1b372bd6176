"""Playing sound, without a loudspeaker."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest

from voxbridge import Client, UnsupportedFeature
from voxbridge._play import play
from voxbridge.testing import ScriptedBackend, hear_words


class PortAudioError(Exception):
    pass


class OutputStream:
    """What `sounddevice` calls so, as far as it is used."""

    played: list
    closed: bool

    def __init__(self, **settings):
        assert settings == {"samplerate": 24000, "channels": 1, "dtype": "int16"}
        OutputStream.played, OutputStream.closed = [], False

    def write(self, block):
        OutputStream.played.append(np.array(block))

    def __enter__(self):
        return self

    def __exit__(self, *error):
        OutputStream.closed = True


@pytest.fixture
def sounddevice(monkeypatch):
    module = ModuleType("sounddevice")
    module.OutputStream, module.PortAudioError = OutputStream, PortAudioError
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return module


def heard():
    return [word.index for word in hear_words(np.concatenate(OutputStream.played).tobytes(), 24000)]


def test_speech_and_streams_are_played_whole(sounddevice):
    client = Client(ScriptedBackend())
    client.synthesize("w1 w2. w3.").play()
    assert (heard(), OutputStream.closed) == ([1, 2, 3], True)
    report = client.stream("w4. w5.").play()
    assert (heard(), OutputStream.closed) == ([4, 5], True)
    assert report.duration == pytest.approx(0.4)


def test_the_output_is_closed_when_the_sound_fails(sounddevice):
    def blocks():
        yield np.zeros(10, "<i2")
        raise KeyError

    with pytest.raises(KeyError):
        play(blocks(), 24000)
    assert OutputStream.closed


def test_without_the_extra_the_error_says_what_to_install_and_nothing_is_spoken(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    backend = ScriptedBackend()
    with pytest.raises(UnsupportedFeature, match=r"pip install 'voxbridge-tts\[play\]'"):
        Client(backend).stream("Hello.").play()
    assert backend.texts == []


def test_without_portaudio_the_error_says_what_to_install(monkeypatch):
    class Finder:
        @staticmethod
        def find_spec(name, *_):
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])
    with pytest.raises(UnsupportedFeature, match="libportaudio2"):
        play([], 24000)


def test_without_a_device_the_error_says_so(sounddevice, monkeypatch):
    def refuse(**settings):
        raise PortAudioError("Error querying device -1")

    monkeypatch.setattr(sounddevice, "OutputStream", refuse)
    with pytest.raises(UnsupportedFeature, match="no sound output: Error querying device -1"):
        play([], 24000)
