from __future__ import annotations

import pytest

from voxbridge.audio import AudioFormat, conversion, seconds, sounding, wav_header
from voxbridge.exceptions import ProtocolError, TruncatedSpeech


@pytest.mark.parametrize("spec", ["linear16/22050", "mulaw/8000", "wav/24000", "wav-alaw/11025", "opus", "flac/44100"])
@pytest.mark.parametrize("count", [0, 1, 777, 30001])
def test_seconds_are_exact(run, tone, spec, count):
    format_ = AudioFormat.parse(spec)
    rate = format_.sample_rate
    data = run(conversion(AudioFormat("linear16", rate), format_), tone(count, rate))
    assert seconds(format_, data) == count / rate


@pytest.mark.parametrize("spec", ["mp3/24000", "mp3/48000", "aac/16000"])
def test_seconds_of_raw_streams_include_their_padding(run, tone, read_by_ffmpeg, spec):
    format_ = AudioFormat.parse(spec)
    rate = format_.sample_rate
    data = run(conversion(AudioFormat("linear16", rate), format_), tone(rate, rate))
    assert seconds(format_, data) == read_by_ffmpeg(data)[3].shape[1] / rate
    assert 1 <= seconds(format_, data) < 1.3


def test_what_a_wav_says_of_its_rate_and_channels_counts():
    stereo = AudioFormat("wav", 16000, 2)
    assert seconds(AudioFormat("wav", 24000), wav_header(stereo, 64000) + bytes(64000)) == 1
    assert seconds(AudioFormat("wav", 24000), (wav_header(stereo, 64000) + bytes(64000)) * 2) == 2


def test_what_is_something_else_or_cut_is_an_error(run, tone):
    with pytest.raises(ProtocolError):
        seconds(AudioFormat("wav"), b"<html>")
    mp3 = run(conversion(AudioFormat("linear16"), AudioFormat("mp3", 24000)), tone(9000, 24000))
    with pytest.raises(TruncatedSpeech):
        seconds(AudioFormat("mp3"), mp3[:-1])


def test_long_sound_is_measured_quickly():
    """A minute of WAV in 40 ms parts, each with a header: the parser must not copy what it has passed."""
    part = wav_header(AudioFormat("wav"), 1920) + bytes(1920)
    assert seconds(AudioFormat("wav"), part * 1500) == 60


@pytest.mark.parametrize("spec", ["mp3/22050", "aac/32000"])
def test_a_rate_that_was_left_open_is_the_streams_own(run, tone, spec):
    told = AudioFormat.parse(spec)
    data = run(conversion(AudioFormat("linear16", told.sample_rate), told), tone(9000, told.sample_rate))
    assert sounding(AudioFormat(told.encoding), data) == told
    assert sounding(AudioFormat("mp3", 48000), data) == AudioFormat("mp3", 48000)
    assert sounding(AudioFormat("mp3"), b"") == AudioFormat("mp3")
