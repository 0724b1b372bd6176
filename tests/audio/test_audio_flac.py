from __future__ import annotations

import io

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxbridge.audio._flac import FlacFrames
from voxbridge.exceptions import ProtocolError, TruncatedSpeech


SIZES = st.lists(st.integers(1, 3000), min_size=1, max_size=5)


class Pipe:
    """A sink that cannot seek, so that ffmpeg cannot write the total back into the header."""

    def __init__(self):
        self.written = b""

    def write(self, data):
        self.written += bytes(data)
        return len(data)


def encoded(samples, rate=24000, sink=None, block=None):
    sink = io.BytesIO() if sink is None else sink
    with av.open(sink, "w", format="flac") as file:
        stream = file.add_stream("flac", rate=rate, layout="mono")
        if block:
            stream.options = {"frame_size": str(block)}
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts = rate, 0
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return sink.written if isinstance(sink, Pipe) else sink.getvalue()


def noise(samples, scale=3000):
    return (np.random.default_rng(samples).normal(size=samples) * scale).clip(-32768, 32767).astype(np.int16)


def packets(data, sizes=(1 << 20,)):
    splitter, found, at, turn = FlacFrames(), [], 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        found += splitter.parse(data[at : at + size])
        at, turn = at + size, turn + 1
    return found + splitter.end()


def frames_by_ffmpeg(data):
    with av.open(io.BytesIO(data)) as file:
        return [packet.duration for packet in file.demux() if packet.size]


SHORT, LONG = encoded(noise(7001)), encoded(noise(60000, 9000), 48000, Pipe())


@given(sizes=SIZES)
@settings(deadline=None)
def test_frames_come_out_whole_wherever_the_stream_is_cut(sizes):
    found = packets(LONG, sizes)
    assert b"".join(packet.data for packet in found) == LONG[-sum(len(packet.data) for packet in found) :]
    assert found == packets(LONG)
    assert sum(packet.samples for packet in found) == 60000
    assert all(packet.sample_rate == 48000 for packet in found)
    assert [len(packet.setup) for packet in found] == [34] + [0] * (len(found) - 1)


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 24000, 37777, 44100, 48000])
@pytest.mark.parametrize("samples", [1, 100, 4096, 4608, 40001])
def test_the_frames_are_those_that_ffmpeg_finds(rate, samples):
    data = encoded(noise(samples), rate)
    assert [packet.samples for packet in packets(data)] == frames_by_ffmpeg(data)


def test_more_than_127_frames_are_counted_with_longer_numbers():
    data = encoded(noise(8000 * 30, 500), 8000)
    found = packets(data, [1000])
    assert len(found) > 128
    assert sum(packet.samples for packet in found) == 8000 * 30


@given(sizes=SIZES)
def test_a_stream_may_follow_another(sizes):
    found = packets(SHORT + SHORT, sizes)
    assert sum(packet.samples for packet in found) == 14002
    assert sum(1 for packet in found if packet.setup) == 2


def test_metadata_is_skipped_and_may_be_all_there_is():
    metadata = SHORT[: SHORT.index(packets(SHORT)[0].data)]
    open_total = metadata[:21] + bytes((metadata[21] & 0xF0,)) + bytes(4) + metadata[26:]
    assert packets(open_total, [1]) == []
    assert packets(b"") == []


def test_fewer_samples_than_promised_are_truncated_speech():
    last = packets(SHORT)[-1]
    with pytest.raises(TruncatedSpeech, match="of its 7001 samples"):
        packets(SHORT[: -len(last.data)])


def test_metadata_without_its_end_is_truncated_speech():
    with pytest.raises(TruncatedSpeech, match="metadata"):
        packets(SHORT[:42])


@pytest.mark.parametrize(("data", "what"), [(b"OggS" + bytes(9), "Ogg"), (b"{", "JSON"), (b"fLaC\4\0\0\x22", "FLAC")])
def test_what_is_something_else_is_named(data, what):
    with pytest.raises(ProtocolError, match=what):
        packets(data, [1])


def test_something_else_after_the_metadata_is_named():
    metadata = SHORT[: SHORT.index(packets(SHORT)[0].data)]
    with pytest.raises(ProtocolError, match="JSON"):
        packets(metadata + b'{"error": "no"}')


def test_a_frame_without_end_is_an_error():
    splitter = FlacFrames()
    splitter.parse(LONG[:9000])
    with pytest.raises(ProtocolError, match="no end"):
        splitter.parse(b"\xff" + bytes(1 << 20) + b"\xff" * 20)


INFO = b"fLaC\x80\0\0\x22" + bytes(10) + bytes.fromhex("05dc00f000000000") + bytes(16)  # 24 kHz, mono, 16 bits


def header(number, *, variable=False):
    """A frame's header of 192 samples, rate and width as in STREAMINFO, with a checksum by long division."""
    head = bytes((0xFF, 0xF8 | variable, 0x10, 0x00)) + chr(number).encode()
    remainder = int.from_bytes(head) << 8
    for bit in reversed(range(8, remainder.bit_length())):
        if remainder >> bit & 1:
            remainder ^= 0x107 << bit - 8
    return head + bytes((remainder,))


@pytest.mark.parametrize(("variable", "step"), [(False, 1), (True, 192)])
@given(sizes=SIZES)
def test_frames_are_counted_by_frame_or_by_sample(variable, step, sizes):
    body = [header(n * step, variable=variable) + b"sound" * 9 for n in range(5)]
    assert [packet.data for packet in packets(INFO + b"".join(body), sizes)] == body


@pytest.mark.parametrize("false", [header(9), header(1, variable=True), header(1)[:-1] + b"\0"])
def test_what_only_looks_like_a_header_is_sound(false):
    """A wrong number, another blocking strategy, a wrong checksum."""
    body = [header(0) + b"sound" + false + b"sound" * 9, header(1) + b"sound" * 9]
    assert [packet.data for packet in packets(INFO + b"".join(body), [7])] == body
