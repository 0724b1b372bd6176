from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge.audio._mpeg import AdtsFrames, Mp3Frames
from voxbridge.exceptions import ProtocolError, TruncatedSpeech


SIZES = st.lists(st.integers(1, 60), min_size=1, max_size=5)
ID3 = b"ID3\4\0\0\0\0\1\2" + b"\xff\xfb" * 65  # 130 bytes, full of what looks like headers
ID3_WITH_FOOTER = b"ID3\4\0\x10\0\0\0\4abcd3DI\4\0\x10\0\0\0\4"
ID3V1 = b"TAG" + bytes(125)


def mp3(fill=b"\x11", head=b"\xff\xf3\x44\xc4"):
    """A frame of MPEG-2, 24 kHz, 32 kbit/s, mono, joint stereo bits unset: 96 bytes, 576 samples."""
    return head + fill * 92


def table(name=b"Xing"):
    """A frame that holds a table instead of sound."""
    return b"\xff\xf3\x44\xc4" + bytes(9) + name + bytes(79)


def adts(size=40):
    """A frame of AAC LC, 24 kHz, mono: 1024 samples."""
    return bytes((0xFF, 0xF1, 0x58, 0x40 | size >> 11, size >> 3 & 0xFF, (size & 7) << 5 | 0x1F, 0xFC)) + bytes(
        size - 7
    )


def packets(splitter, data, sizes):
    found, at, turn = [], 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        found += splitter.parse(data[at : at + size])
        at, turn = at + size, turn + 1
    return found + splitter.end()


@pytest.mark.parametrize(
    ("stream", "frames"),
    [
        (b"", 0),
        (mp3() * 3, 3),
        (ID3 + mp3() * 2, 2),
        (ID3_WITH_FOOTER + mp3() * 2 + ID3V1, 2),
        (table() + mp3() * 2, 2),
        (table(b"Info") + mp3() + ID3 + table(b"Xing") + mp3(), 2),
        (b"\0" * 30 + mp3(), 1),
        (mp3() + b"junk \xff\xe0 and \xff\xfb\x90\x64 another rate" + mp3(), 2),
        (mp3() + b"\0" * 50, 1),
        (mp3() + b"\xff\xf3", 1),
    ],
)
@given(sizes=SIZES)
def test_frames_of_mp3_come_out_whole_and_nothing_else(stream, frames, sizes):
    found = packets(Mp3Frames(), stream, sizes)
    assert [packet.data for packet in found] == [mp3()] * frames
    assert all((packet.sample_rate, packet.samples) == (24000, 576) for packet in found)


@given(sizes=SIZES)
def test_frames_of_adts_come_out_whole_and_nothing_else(sizes):
    found = packets(AdtsFrames(), ID3 + adts(40) + adts(300) + adts(8), sizes)
    assert [packet.data for packet in found] == [adts(40), adts(300), adts(8)]
    assert all((packet.sample_rate, packet.samples) == (24000, 1024) for packet in found)


@pytest.mark.parametrize(
    ("head", "size", "rate", "samples"),
    [
        ("fffb9064", 417, 44100, 1152),
        ("fffb9264", 418, 44100, 1152),
        ("fffb54c4", 192, 48000, 1152),
        ("fff344c4", 96, 24000, 576),
        ("ffe318c4", 72, 8000, 576),
        ("fffbe8c4", 1440, 32000, 1152),
    ],
)
def test_a_frame_of_mp3_is_as_long_as_the_standard_says(head, size, rate, samples):
    frame = bytes.fromhex(head).ljust(size, b"\x11")
    (packet,) = Mp3Frames().parse(frame + frame[:-1])
    assert (len(packet.data), packet.sample_rate, packet.samples) == (size, rate, samples)


@pytest.mark.parametrize("splitter", [Mp3Frames, AdtsFrames])
@pytest.mark.parametrize(
    ("data", "what"), [(b'{"error": 1}', "JSON"), (b"RIFF" + bytes(20), "WAV"), (b"<html>", "HTML")]
)
def test_what_is_something_else_is_named(splitter, data, what):
    with pytest.raises(ProtocolError, match=what):
        packets(splitter(), data, [3])


def test_a_frame_without_its_end_is_truncated_speech():
    with pytest.raises(TruncatedSpeech, match="95 of its 96 bytes"):
        packets(Mp3Frames(), mp3() + mp3()[:-1], [7])


def test_another_rate_after_a_frame_is_an_error():
    with pytest.raises(ProtocolError, match="changed"):
        packets(Mp3Frames(), mp3() + bytes.fromhex("fffb9064").ljust(417, b"\0"), [7])


def test_endless_junk_is_an_error():
    splitter = Mp3Frames()
    splitter.parse(mp3())
    with pytest.raises(ProtocolError, match="expected mp3"):
        splitter.parse(bytes(70000))


@given(st.binary(max_size=200), SIZES)
def test_any_bytes_end_the_same_wherever_they_are_cut(data, sizes):
    def outcome(splitter, stream, pieces):
        try:
            return packets(splitter, stream, pieces)
        except (ProtocolError, TruncatedSpeech) as error:
            return str(error)

    for stream in (data, mp3() + data + mp3()):
        assert outcome(Mp3Frames(), stream, sizes) == outcome(Mp3Frames(), stream, [1000])
    for stream in (data, adts() + data + adts()):
        assert outcome(AdtsFrames(), stream, sizes) == outcome(AdtsFrames(), stream, [1000])
