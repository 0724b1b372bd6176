from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge.audio import AudioFormat
from voxbridge.exceptions import InvalidFormat


NAMES = ["wav", "linear16", "mulaw", "alaw", "wav-mulaw", "wav-alaw", "mp3", "opus", "flac", "aac"]
MPEG_RATES = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000]


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("wav", ("linear16", 24000, "wav")),
        ("linear16", ("linear16", 24000, None)),
        ("mulaw", ("mulaw", 8000, None)),
        ("alaw", ("alaw", 8000, None)),
        ("wav-mulaw", ("mulaw", 8000, "wav")),
        ("wav-alaw", ("alaw", 8000, "wav")),
        ("mp3", ("mp3", None, None)),
        ("opus", ("opus", 48000, "ogg")),
        ("flac", ("flac", 24000, None)),
        ("aac", ("aac", None, None)),
    ],
)
def test_each_name_has_its_encoding_default_rate_and_container(name, fields):
    for made in (AudioFormat(name), AudioFormat.parse(name)):
        assert (made.encoding, made.sample_rate, made.container) == fields
        assert (made.channels, made.bit_rate) == (1, None)


@given(st.sampled_from(NAMES), st.integers(8000, 48000), st.sampled_from(MPEG_RATES))
def test_parse_reads_what_str_prints(name, any_rate, mpeg_rate):
    rate = {"mp3": mpeg_rate, "aac": mpeg_rate, "opus": 48000}.get(name, any_rate)
    for made in (AudioFormat(name), AudioFormat(name, rate)):
        assert AudioFormat.parse(str(made)) == made
        assert AudioFormat.parse(made) is made
    assert str(AudioFormat(name, rate)) == f"{name}/{rate}"


def test_names_and_fields_give_equal_formats():
    assert AudioFormat("wav", 16000) == AudioFormat("linear16", 16000, container="wav")
    assert AudioFormat("opus") == AudioFormat("opus", 48000, 1, "ogg")
    assert hash(AudioFormat("wav")) == hash(AudioFormat("linear16", 24000, 1, "wav"))
    assert str(AudioFormat("mp3", bit_rate=32000)) == "mp3"


@pytest.mark.parametrize(
    ("synonym", "right"),
    [
        ("pcm", "linear16"),
        ("s16le", "linear16"),
        ("ulaw", "mulaw"),
        ("pcmu", "mulaw"),
        ("g711", "mulaw"),
        ("pcma", "alaw"),
        ("ogg", "opus"),
        ("WAV", "wav"),
        ("mpeg", "mp3"),
        ("m4a", "aac"),
    ],
)
def test_synonyms_are_refused_with_the_right_word(synonym, right):
    with pytest.raises(InvalidFormat, match=f"'{right}'"):
        AudioFormat.parse(synonym)


def test_an_unknown_name_is_refused_with_the_nearest_and_all_known():
    with pytest.raises(InvalidFormat, match=r"linear16 mulaw.*Did you mean 'linear16'"):
        AudioFormat.parse("linear61/8000")


BAD_RATES = ["", "0", "7999", "48001", "1e4", "-8000", "24000.0", "24000/1", "२४०००", "9" * 5000]
NO_FORMATS = ["", "/", " wav", "opus/24000", "mp3/20000", "aac/96000", "mulaw/192000", None, 24000, b"wav"]


@pytest.mark.parametrize("spec", NO_FORMATS + [f"wav/{rate}" for rate in BAD_RATES])
def test_what_is_no_format_is_refused(spec):
    with pytest.raises(InvalidFormat):
        AudioFormat.parse(spec)


@pytest.mark.parametrize(
    "arguments",
    [
        {"sample_rate": 24000.0},
        {"sample_rate": True},
        {"sample_rate": "24000"},
        {"channels": 0},
        {"channels": 3},
        {"channels": 1.0},
        {"container": "ogg"},
        {"bit_rate": 32000},
    ],
)
def test_a_field_that_cannot_be_is_refused(arguments):
    with pytest.raises(InvalidFormat):
        AudioFormat("linear16", **arguments)


@pytest.mark.parametrize(("encoding", "bit_rate"), [("mp3", 33000), ("mp3", 0), ("opus", 100), ("aac", "64k")])
def test_a_bit_rate_that_cannot_be_is_refused(encoding, bit_rate):
    with pytest.raises(InvalidFormat, match="bits per second"):
        AudioFormat(encoding, bit_rate=bit_rate)


def test_compressed_formats_do_not_go_into_wav():
    with pytest.raises(InvalidFormat, match="container"):
        AudioFormat("mp3", container="wav")


def test_sources_may_be_stereo_but_callers_ask_for_mono():
    stereo = AudioFormat("wav", channels=2)
    assert stereo.frame_size == 4
    with pytest.raises(InvalidFormat, match="mono"):
        AudioFormat.parse(stereo)


@pytest.mark.parametrize(
    ("format", "content_type", "suffix"),
    [
        (AudioFormat("wav"), "audio/wav", ".wav"),
        (AudioFormat("wav-mulaw"), "audio/wav", ".wav"),
        (AudioFormat("linear16"), "audio/l16;rate=24000", ".pcm"),
        (AudioFormat("linear16", channels=2), "audio/l16;rate=24000;channels=2", ".pcm"),
        (AudioFormat("mulaw"), "audio/basic", ".ulaw"),
        (AudioFormat("mulaw", 16000), "audio/mulaw;rate=16000", ".ulaw"),
        (AudioFormat("alaw"), "audio/alaw;rate=8000", ".alaw"),
        (AudioFormat("mp3"), "audio/mpeg", ".mp3"),
        (AudioFormat("opus"), "audio/ogg;codecs=opus", ".opus"),
        (AudioFormat("flac"), "audio/flac", ".flac"),
        (AudioFormat("aac"), "audio/aac", ".aac"),
    ],
)
def test_each_format_has_its_media_type_and_suffix(format, content_type, suffix):
    assert (format.content_type, format.suffix) == (content_type, suffix)
    assert AudioFormat.from_suffix(suffix.upper()).encoding == format.encoding or format.container == "wav"


def test_a_suffix_stands_for_a_format():
    assert AudioFormat.from_suffix(".wav") == AudioFormat("wav")
    assert AudioFormat.from_suffix(".OGG") == AudioFormat("opus")
    assert AudioFormat.from_suffix(".raw") == AudioFormat.from_suffix(".pcm") == AudioFormat("linear16")
    with pytest.raises(InvalidFormat, match=r"'.docx'.*\.aac \.alaw \.flac"):
        AudioFormat.from_suffix(".docx")


@given(
    st.sampled_from(["linear16", "mulaw", "alaw"]), st.integers(8000, 48000), st.floats(0, 5), st.sampled_from([1, 2])
)
def test_silence_has_exactly_its_frames_and_its_sample(encoding, rate, seconds, channels):
    raw = AudioFormat(encoding, rate, channels)
    silence = raw.silence(seconds)
    sample = {"linear16": b"\0\0", "mulaw": b"\xff", "alaw": b"\xd5"}[encoding]
    assert silence == sample * channels * round(seconds * rate)
    assert raw.seconds(len(silence)) == round(seconds * rate) / rate


@pytest.mark.parametrize("name", ["wav", "wav-mulaw", "mp3", "opus", "flac", "aac"])
def test_only_raw_formats_have_silence_and_seconds_of_bytes(name):
    for question in (AudioFormat(name).silence, AudioFormat(name).seconds):
        with pytest.raises(InvalidFormat, match="not raw"):
            question(1)


def test_raw_is_the_same_without_container():
    assert AudioFormat("wav-alaw", 16000).raw == AudioFormat("alaw", 16000)
    assert AudioFormat("linear16").raw == AudioFormat("linear16")
    with pytest.raises(InvalidFormat, match="no raw form"):
        _ = AudioFormat("flac").raw


def test_a_missing_rate_is_filled_with_the_nearest_that_the_standard_has():
    assert AudioFormat("mp3").with_rate(16000) == AudioFormat("mp3", 16000)
    assert AudioFormat("mp3", bit_rate=64000).settled(24000) == AudioFormat("mp3", 24000, bit_rate=64000)
    assert AudioFormat("aac").settled(23000).sample_rate == 22050
    assert AudioFormat("aac").settled(96000).sample_rate == 48000
    assert AudioFormat("wav", 8000).settled(24000) == AudioFormat("wav", 8000)
