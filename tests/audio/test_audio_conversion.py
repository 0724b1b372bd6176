from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxbridge.audio import AudioFormat, conversion, joint, negotiate, patch_sizes, seconds, wav_header
from voxbridge.exceptions import InvalidFormat, ProtocolError


UNCOMPRESSED = ["linear16", "wav", "mulaw", "alaw", "wav-mulaw", "wav-alaw"]
COMPRESSED = ["mp3/24000", "mp3/44100", "opus", "flac/24000", "flac/8000", "aac/16000"]


def f(spec):
    return AudioFormat.parse(spec)


def stages(source, target):
    pipeline = conversion(f(source), f(target))
    return [type(stage).__name__ for stage in pipeline.stages]


@pytest.mark.parametrize("spec", [*UNCOMPRESSED, *COMPRESSED, "mp3", "aac"])
def test_equal_formats_need_no_stage(spec):
    pipeline = conversion(f(spec), f(spec))
    data = b"anything"
    assert pipeline.stages == ()
    assert pipeline.feed(data) is data


def test_a_caller_without_a_wish_for_rate_or_bit_rate_gets_what_there_is():
    assert stages("mp3/22050", "mp3") == []
    assert conversion(AudioFormat("mp3", 24000, bit_rate=64000), f("mp3/24000")).stages == ()
    assert conversion(f("mp3/24000"), AudioFormat("mp3", 24000, bit_rate=64000)).stages != ()


@pytest.mark.parametrize(
    ("source", "target", "names"),
    [
        ("linear16/24000", "wav/24000", ["Aligner", "WavWriter"]),
        ("mulaw/8000", "wav-mulaw/8000", ["WavWriter"]),
        ("linear16/8000", "mulaw/8000", ["Aligner", "Compressor"]),
        ("mulaw/8000", "linear16/8000", ["Expander"]),
        ("mulaw/8000", "alaw/8000", ["Expander", "Compressor"]),
        ("linear16/24000", "mulaw/8000", ["Aligner", "Resampler", "Compressor"]),
        ("mulaw/8000", "mulaw/16000", ["Expander", "Resampler", "Compressor"]),
        ("linear16/24000", "opus", ["Aligner", "Resampler", "Encoder"]),
        ("linear16/24000", "flac/24000", ["Aligner", "Encoder"]),
    ],
)
def test_the_shortest_way_is_taken(source, target, names):
    assert stages(source, target) == names


@given(
    source=st.sampled_from(UNCOMPRESSED),
    target=st.sampled_from(UNCOMPRESSED),
    source_rate=st.sampled_from([8000, 16000, 22050, 24000, 44100, 48000]) | st.integers(8000, 48000),
    target_rate=st.sampled_from([8000, 16000, 22050, 24000, 44100, 48000]) | st.integers(8000, 48000),
    count=st.integers(0, 5000),
    sizes=st.lists(st.integers(1, 999), min_size=1, max_size=3),
)
@settings(max_examples=100, deadline=None)
def test_uncompressed_formats_give_exactly_their_samples_wherever_they_are_cut(  # noqa: PLR0917  hypothesis draws them
    run, tone, source, target, source_rate, target_rate, count, sizes
):
    source, target = AudioFormat(source, source_rate), AudioFormat(target, target_rate)
    data = run(conversion(AudioFormat("linear16", source_rate), source), tone(count, source_rate))
    out = run(conversion(source, target), data, sizes)
    assert out == run(conversion(source, target), data)
    assert round(seconds(target, out) * target_rate, 6) == round(count * target_rate / source_rate)


@pytest.mark.parametrize(
    ("source", "target"), list(itertools.product(["linear16/22050", "wav-mulaw/8000"], COMPRESSED))
)
def test_compressed_formats_last_as_long_as_their_source(run, tone, read_by_ffmpeg, source, target):
    source, target = f(source), f(target)
    data = run(
        conversion(AudioFormat("linear16", source.sample_rate), source), tone(source.sample_rate, source.sample_rate)
    )
    out = run(conversion(source, target), data, [641])
    _, rate, channels, decoded = read_by_ffmpeg(out)
    assert (rate, channels) == (target.sample_rate, 1)
    padding = 3 * 1152 if target.encoding in ("mp3", "aac") else 0
    assert target.sample_rate <= decoded.shape[1] <= target.sample_rate + padding
    assert seconds(target, out) == decoded.shape[1] / target.sample_rate


@pytest.mark.parametrize("source", COMPRESSED)
@pytest.mark.parametrize("target", ["linear16/24000", "wav-alaw/8000", "flac/48000"])
def test_compressed_sources_are_converted_wherever_they_are_cut(run, tone, source, target):
    source, target = f(source), f(target)
    data = run(conversion(AudioFormat("linear16", source.sample_rate), source), tone(9000, source.sample_rate))
    out = run(conversion(source, target), data, [333])
    assert out == run(conversion(source, target), data)
    expected = round(round(seconds(source, data) * source.sample_rate) * target.sample_rate / source.sample_rate)
    assert round(seconds(target, out) * target.sample_rate) == expected


@pytest.mark.parametrize("target", ["linear16/16000", "mulaw/8000", "wav/24000", "mp3/24000", "opus", "flac/24000"])
def test_pieces_from_different_backends_join_into_one(run, tone, target):
    target = f(target)
    between = joint(target)
    assert not between.compressed
    assert between.container is None
    rates = {"mulaw/8000": 8000, "linear16/24000": 24000, "wav/22050": 22050, "flac/48000": 48000}
    joined = b""
    for spec, rate in rates.items():
        piece = run(conversion(AudioFormat("linear16", rate), f(spec)), tone(rate // 2, rate))
        joined += run(conversion(f(spec), between), piece)
    out = run(conversion(between, target), joined)
    slack = 3 * 1152 if target.encoding == "mp3" else 1
    assert abs(seconds(target, out) - 2) <= slack / target.sample_rate


def test_the_joint_format_is_raw_and_keeps_the_encoding_where_it_can():
    assert joint(f("wav-mulaw/16000")) == f("mulaw/16000")
    assert joint(f("wav/24000")) == f("linear16/24000")
    assert joint(f("opus")) == f("linear16/48000")
    assert joint(f("mp3/22050")) == f("linear16/22050")
    with pytest.raises(InvalidFormat, match="no sample rate yet"):
        joint(f("mp3"))


@pytest.mark.parametrize(("declared", "rate"), [("wav/24000", 16000), ("wav/16000", 48000), ("wav/24000", 96000)])
def test_the_rate_that_a_wav_declares_counts(run, tone, declared, rate):
    fields = AudioFormat("wav", 48000)
    header = wav_header(fields, None).replace((48000).to_bytes(4, "little"), rate.to_bytes(4, "little"))
    out = run(conversion(f(declared), f("linear16/24000")), header + tone(rate // 2, rate), [100])
    assert len(out) == 2 * 12000


def test_a_companded_wav_at_another_rate_than_said_is_resampled(run):
    data = run(conversion(f("mulaw/16000"), f("wav-mulaw/16000")), f("mulaw/16000").silence(1))
    out = run(conversion(f("wav-mulaw/8000"), f("mulaw/8000")), data)
    assert out == f("mulaw/8000").silence(1)


def test_stereo_is_mixed(run):
    stereo = np.array([[1000, 3000]] * 2400, "<i2").tobytes()
    raw = AudioFormat("linear16", 24000, 2)
    for source, data in ((raw, stereo), (AudioFormat("wav", 24000, 2), wav_header(raw, None) + stereo)):
        out = run(conversion(source, f("linear16/24000")), data, [7])
        assert out == np.full(2400, 2000, "<i2").tobytes()
    with pytest.raises(InvalidFormat, match="mono"):
        conversion(f("linear16/24000"), raw)


@pytest.mark.parametrize("target", ["wav/24000", "wav-mulaw/8000"])
def test_a_wav_without_sound_has_a_header_still(run, target):
    for source in ("linear16/24000", "wav/16000", "mp3/24000"):
        assert patch_sizes(run(conversion(f(source), f(target)), b"")) == wav_header(f(target), 0)


def test_what_is_not_the_source_format_is_an_error(run):
    with pytest.raises(ProtocolError, match="inside a frame"):
        run(conversion(f("linear16/24000"), f("mulaw/8000")), b"odd")
    with pytest.raises(ProtocolError, match="expected WAV, got mp3"):
        run(conversion(f("wav/24000"), f("linear16/24000")), b"ID3\4 not a WAV at all")


@pytest.mark.parametrize(
    ("wanted", "offered", "chosen"),
    [
        ("wav/24000", "wav/24000 linear16/24000", "wav/24000"),
        ("wav/24000", "mp3/24000 linear16/48000 linear16/24000", "linear16/24000"),
        ("wav/24000", "linear16/8000 linear16/16000 linear16/48000 linear16/32000", "linear16/32000"),
        ("wav/24000", "linear16/8000 linear16/16000", "linear16/16000"),
        ("wav/24000", "wav/48000 linear16/48000", "linear16/48000"),
        ("linear16/8000", "mulaw/8000 linear16/24000", "linear16/24000"),
        ("linear16/24000", "linear16/8000 mulaw/24000", "mulaw/24000"),
        ("linear16/24000", "mp3/24000 mulaw/8000", "mp3/24000"),
        ("linear16/24000", "flac/24000 linear16/48000", "linear16/48000"),
        ("linear16/24000", "mp3/24000 flac/24000", "flac/24000"),
        ("mulaw/8000", "linear16/24000 mulaw/8000", "mulaw/8000"),
        ("mulaw/8000", "linear16/24000 linear16/8000 alaw/8000", "linear16/8000"),
        ("mulaw/8000", "mulaw/8000 wav-mulaw/8000", "mulaw/8000"),
        ("wav-mulaw/8000", "linear16/8000 mulaw/8000", "mulaw/8000"),
        ("mulaw/8000", "mulaw/16000 mp3/24000", "mulaw/16000"),
        ("mp3", "linear16/24000 mp3/22050 mp3/48000", "mp3/22050"),
        ("mp3/24000", "mp3/22050 linear16/24000", "linear16/24000"),
        ("mp3", "linear16/48000 linear16/24000 linear16/8000", "linear16/24000"),
        ("opus", "linear16/24000 linear16/48000 mp3/48000", "linear16/48000"),
        ("flac/24000", "mp3/24000 opus", "mp3/24000"),
        ("aac/24000", "mp3", "mp3"),
    ],
)
def test_the_best_source_is_chosen(wanted, offered, chosen):
    offers = [f(spec) for spec in offered.split()]
    assert negotiate(f(wanted), offers) == f(chosen)
    if "mp3/22050" not in offered:  # there, the first of equals counts
        assert negotiate(f(wanted), offers[::-1]) == f(chosen)


def test_a_bit_rate_is_native_only_where_it_is_offered():
    wanted = AudioFormat("mp3", bit_rate=32000)
    offers = [AudioFormat("mp3", 22050, bit_rate=48000), AudioFormat("mp3", 22050, bit_rate=32000), f("linear16/24000")]
    assert negotiate(wanted, offers) == offers[1]
    assert negotiate(AudioFormat("mp3", bit_rate=64000), offers) == offers[2]


def test_nothing_offered_is_an_error():
    with pytest.raises(InvalidFormat, match="no format is offered"):
        negotiate(f("wav"), [])
