from __future__ import annotations

import io
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge.audio import AudioFormat, WavWriter, patch_file, patch_sizes, wav_header
from voxbridge.exceptions import InvalidFormat


FORMATS = [AudioFormat("wav"), AudioFormat("wav-mulaw"), AudioFormat("wav-alaw", 16000), AudioFormat("wav", channels=2)]


def test_a_stream_begins_with_a_header_whose_sizes_are_open():
    writer = WavWriter(AudioFormat("wav"))
    first = writer.feed(b"\1\2")
    assert first == (
        b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\1\0\1\0\xc0\x5d\0\0\x80\xbb\0\0\2\0\x10\0data\xff\xff\xff\xff\1\2"
    )
    assert writer.feed(b"\3\4") == b"\3\4"
    assert writer.flush() == b""


def test_without_any_sound_there_is_a_header_still():
    assert WavWriter(AudioFormat("wav-mulaw")).flush() == wav_header(AudioFormat("wav-mulaw"), None)


@given(data=st.binary(max_size=100), sizes=st.lists(st.integers(1, 30), max_size=4), written=st.sampled_from(FORMATS))
def test_where_the_sound_is_cut_changes_nothing(run, data, sizes, written):
    assert run(WavWriter(written), data, sizes) == wav_header(written, None) + data


@pytest.mark.parametrize("written", FORMATS)
@pytest.mark.parametrize("frames", [0, 1, 3, 1000])
def test_patched_sizes_are_the_true_ones(run, written, frames):
    sound = b"abcd"[: written.frame_size] * frames
    stream = run(WavWriter(written), sound)
    patched = patch_sizes(stream)
    assert patched == wav_header(written, len(sound)) + sound + b"\0" * (len(sound) % 2)
    assert struct.unpack_from("<I", patched, 4) == (len(patched) - 8,)
    assert patch_sizes(patched) == patched
    sink = io.BytesIO(stream)
    patch_file(sink)
    assert sink.getvalue() == patched
    assert sink.tell() == len(patched)


def test_the_standard_library_reads_a_patched_wav(run):
    with wave.open(io.BytesIO(patch_sizes(run(WavWriter(AudioFormat("wav", 16000)), b"ab" * 777)))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2)
        assert file.readframes(9999) == b"ab" * 777


@pytest.mark.parametrize("written", FORMATS)
@pytest.mark.parametrize("patched", [False, True])
def test_ffmpeg_reads_encoding_rate_and_every_sample(run, read_by_ffmpeg, written, patched):
    stream = run(WavWriter(written), written.raw.silence(0.5))
    codec, rate, channels, samples = read_by_ffmpeg(patch_sizes(stream) if patched else stream)
    names = {"linear16": "pcm_s16le", "mulaw": "pcm_mulaw", "alaw": "pcm_alaw"}
    assert (codec, rate, channels) == (names[written.encoding], written.sample_rate, written.channels)
    assert samples.shape[1] == round(0.5 * rate)


@pytest.mark.parametrize("other", [b"", b"ID3 no WAV", wav_header(AudioFormat("wav"), 4) + b"abcdLIST"])
def test_what_has_no_open_sizes_stays_as_it_is(other):
    assert patch_sizes(other) == other


def test_compressed_sound_has_no_wav_header():
    with pytest.raises(InvalidFormat):
        wav_header(AudioFormat("mp3", 24000), None)
