from __future__ import annotations

import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxbridge.audio import AudioFormat, Decoder, Encoder, Sound, codecs_installed
from voxbridge.exceptions import ProtocolError, TruncatedSpeech, UnsupportedFeature


FORMATS = [AudioFormat(name, rate) for name in ("mp3", "aac") for rate in (8000, 16000, 22050, 24000, 44100, 48000)]
FORMATS += [AudioFormat("opus"), *(AudioFormat("flac", rate) for rate in (8000, 22050, 24000, 48000))]
ONE_EACH = [AudioFormat("mp3", 24000), AudioFormat("aac", 24000), AudioFormat("opus"), AudioFormat("flac")]
EXACT = ("opus", "flac")
CODECS = {"mp3": "mp3float", "aac": "aac", "opus": "opus", "flac": "flac"}
DELAY = {"mp3": 1105, "aac": 1024, "opus": 0, "flac": 0}  # samples that encoder and decoder put before the sound
GAIN = {"mp3": 0.95, "aac": 1, "opus": 1, "flac": 1}  # LAME scales its input so, against clipping
SIZES = st.lists(st.integers(1, 2000), min_size=1, max_size=4)


def samples(data):
    return np.frombuffer(data, "<i2").astype(float)


@pytest.mark.parametrize("written", FORMATS, ids=str)
def test_ffmpeg_reads_what_was_encoded(run, tone, read_by_ffmpeg, written):
    rate = written.sample_rate
    sound = tone(rate + 77, rate)
    codec, found_rate, channels, decoded = read_by_ffmpeg(run(Encoder(written), sound, [960]))
    assert (codec, found_rate, channels) == (CODECS[written.encoding], rate, 1)
    if written.encoding in EXACT:
        assert decoded.shape == (1, rate + 77)
    else:
        assert rate + 77 <= decoded.shape[1] <= rate + 77 + 3 * 1152
    energy = ((samples(sound) / 32768) ** 2).sum() * GAIN[written.encoding] ** 2
    assert (decoded**2).sum() == pytest.approx(energy, rel=0.03)


@pytest.mark.parametrize("written", FORMATS, ids=str)
def test_sound_comes_back_where_it_was(run, tone, written):
    rate = written.sample_rate
    sound = samples(tone(rate, rate))
    decoder = Decoder(written)
    back = samples(run(decoder, run(Encoder(written), sound.astype("<i2").tobytes()), [997]))
    assert decoder.sound == Sound("linear16", rate, 1)
    delay = DELAY[written.encoding]
    middle = slice(rate // 4, rate // 2)
    error = back[delay:][: len(sound)][middle] - sound[middle]
    assert np.sqrt((error**2).mean()) < (1 if written.encoding == "flac" else 450)


@pytest.mark.parametrize("written", [AudioFormat("opus"), AudioFormat("flac"), AudioFormat("flac", 8000)], ids=str)
@pytest.mark.parametrize("count", [0, 1, 311, 312, 313, 647, 648, 960, 4096, 4097, 50001])
def test_lengths_are_exact_where_the_format_can_tell(run, tone, written, count):
    back = run(Decoder(written), run(Encoder(written), tone(count, written.sample_rate)))
    assert len(back) == 2 * count


def test_flac_loses_nothing(run):
    noise = np.random.default_rng(0).integers(-32768, 32768, 30001).astype("<i2").tobytes()
    assert run(Decoder(AudioFormat("flac")), run(Encoder(AudioFormat("flac")), noise, [960]), [777]) == noise


@pytest.mark.parametrize("written", ONE_EACH, ids=str)
@given(read=SIZES, fed=SIZES)
@settings(max_examples=15, deadline=None)
def test_where_sound_and_stream_are_cut_changes_nothing(run, tone, written, read, fed):
    sound = tone(20000, written.sample_rate)
    stream = run(Encoder(written), sound, [2 * size for size in fed])
    back = run(Decoder(written), stream, read)
    assert back == run(Decoder(written), run(Encoder(written), sound))


@pytest.mark.parametrize("written", ONE_EACH, ids=str)
def test_both_ways_bytes_come_out_before_the_end(tone, written):
    encoder, decoder = Encoder(written), Decoder(written)
    sound = tone(written.sample_rate, written.sample_rate)
    early = b"".join(encoder.feed(sound[at : at + 960]) for at in range(0, len(sound), 960))
    back = decoder.feed(early)
    assert len(back) > 0.7 * len(sound)


@pytest.mark.parametrize("written", ONE_EACH, ids=str)
def test_abandoned_stages_leave_no_thread(tone, written):
    before = threading.active_count()
    sound = tone(5000, written.sample_rate)
    stages = [(Encoder(written), Decoder(written)) for _ in range(5)]
    for encoder, decoder in stages:
        decoder.feed(encoder.feed(sound))
    assert threading.active_count() == before


@pytest.mark.parametrize("encoding", ["mp3", "aac", "opus"])
def test_a_bit_rate_is_kept(run, tone, encoding):
    sizes = {}
    for bit_rate in (32000, 96000):
        written = AudioFormat(encoding, 48000, bit_rate=bit_rate)
        noise = np.random.default_rng(0).normal(size=96000) * 5000
        sizes[bit_rate] = len(run(Encoder(written), noise.astype("<i2").tobytes())) * 8 / 2
    assert sizes[32000] == pytest.approx(32000, rel=0.35)
    assert sizes[96000] == pytest.approx(96000, rel=0.35)


@pytest.mark.parametrize("written", [AudioFormat("flac"), AudioFormat("opus"), AudioFormat("mp3", 24000)], ids=str)
def test_parts_that_follow_each_other_are_read_as_one(run, tone, written):
    part = run(Encoder(written), tone(written.sample_rate, written.sample_rate))
    once, twice = (run(Decoder(written), part * times, [500]) for times in (1, 2))
    assert len(twice) == 2 * len(once)


@pytest.mark.parametrize("written", ONE_EACH, ids=str)
def test_nothing_gives_nothing_but_a_header_where_there_is_one(run, written):
    assert run(Decoder(written), b"") == b""
    stream = run(Encoder(written), b"")
    assert stream[:4] == {"opus": b"OggS", "flac": b"fLaC"}.get(written.encoding, b"")
    assert run(Decoder(written), stream) == b""


@pytest.mark.parametrize("written", ONE_EACH, ids=str)
def test_something_else_is_an_error(run, written):
    with pytest.raises(ProtocolError, match="JSON"):
        run(Decoder(written), b'{"message": "no such voice"}', [5])


@pytest.mark.parametrize(
    "written", [AudioFormat("mp3", 24000), AudioFormat("aac", 24000), AudioFormat("opus")], ids=str
)
def test_a_stream_that_is_cut_is_an_error(run, tone, written):
    stream = run(Encoder(written), tone(20000, written.sample_rate))
    with pytest.raises(TruncatedSpeech):
        run(Decoder(written), stream[:-3])


def test_a_packet_that_cannot_be_decoded_is_an_error(run):
    frame = bytes.fromhex("fff1586021fffc") + b"\xff" * 264
    with pytest.raises(ProtocolError, match="could not be decoded"):
        run(Decoder(AudioFormat("aac")), frame)


def test_without_the_extra_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    for stage in (Encoder, Decoder):
        with pytest.raises(UnsupportedFeature, match=r"pip install 'voxbridge-tts\[codecs\]'"):
            stage(AudioFormat("mp3", 24000))


def test_whether_codecs_are_installed_is_known_without_loading_them():
    assert codecs_installed()


def test_an_encoder_that_is_dropped_closes_its_container(tone):
    encoder = Encoder(AudioFormat("opus"))
    encoder.feed(tone(5000, 48000))
    close = encoder._close
    assert close.alive
    del encoder
    assert not close.alive
