"""Recordings as they are sent."""

from __future__ import annotations

from base64 import b64decode

import pytest

from tests.deepdub.recordings import sample
from voxbridge.audio import WavReader
from voxbridge_deepdub._samples import for_request, for_socket


def decoded(words):
    data = b64decode(words, validate=True)
    reader = WavReader()
    raw = reader.feed(data) + reader.flush()
    return data, reader.sound, raw


def test_a_mono_wav_is_sent_byte_for_byte():
    recording = sample()
    assert decoded(for_request(recording))[0] == recording.data


def test_stereo_is_mixed_into_one():
    _, sound, raw = decoded(for_request(sample(channels=2)))
    assert (sound.channels, sound.sample_rate) == (1, 16000)
    assert len(raw) == 4 * 16000 * 2


@pytest.mark.parametrize(("seconds", "kept"), [(4.0, 4.0), (12.0, 7.81)])
def test_over_a_socket_as_much_is_sent_as_it_takes(seconds, kept):
    words = for_socket(sample(seconds, 48000))
    _, sound, raw = decoded(words)
    assert (sound.encoding, sound.channels, sound.sample_rate) == ("linear16", 1, 48000)
    assert len(raw) / 96000 == pytest.approx(kept, abs=0.01)
    assert len(words) <= 1_000_000


def test_over_a_socket_the_rate_is_the_one_that_it_takes():
    _, sound, raw = decoded(for_socket(sample(4.0, 16000)))
    assert sound.sample_rate == 48000
    assert len(raw) / 96000 == pytest.approx(4.0, abs=0.01)
