from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge.audio._ogg import OpusPackets
from voxbridge.exceptions import ProtocolError, TruncatedSpeech


SIZES = st.lists(st.integers(1, 60), min_size=1, max_size=5)
HEAD = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 24000, 0, 0)
TAGS = b"OpusTags" + bytes(8)
FRAME = b"\x78" + bytes(20)  # 20 ms of CELT: 960 samples


def page(body=(), flags=0, granule=0, serial=7, *, unfinished=False):
    """A page of whole packets; the last may go on in the next page."""
    lacing = b"".join(b"\xff" * (len(packet) // 255) + bytes((len(packet) % 255,)) for packet in body)
    if unfinished:
        lacing = lacing[:-1]
        body = [*body[:-1], body[-1][: len(body[-1]) // 255 * 255]]
    header = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, granule, serial, 0, 0, len(lacing))
    return header + lacing + b"".join(body)


START = page([HEAD], flags=2) + page([TAGS])


def packets(data, sizes=(1 << 20,)):
    splitter, found, at, turn = OpusPackets(), [], 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        found += splitter.parse(data[at : at + size])
        at, turn = at + size, turn + 1
    return found + splitter.end()


@given(sizes=SIZES)
def test_packets_come_out_with_delay_and_padding(sizes):
    found = packets(START + page([FRAME] * 2, granule=1920) + page([FRAME], flags=4, granule=2000), sizes)
    assert [packet.data for packet in found] == [FRAME] * 3
    assert [(packet.samples, packet.delay, packet.padding) for packet in found] == [
        (960, 312, 0),
        (960, 0, 0),
        (960, 0, 880),
    ]
    assert [bool(packet.setup) for packet in found] == [True, False, False]
    assert found[0].setup == HEAD


def test_padding_may_be_longer_than_the_last_packet():
    found = packets(START + page([FRAME] * 3, flags=4, granule=1000))
    assert [packet.padding for packet in found] == [0, 920, 960]


def test_a_last_page_that_claims_more_than_it_has_is_not_padded():
    assert [packet.padding for packet in packets(START + page([FRAME], flags=4, granule=99999))] == [0]


@given(sizes=SIZES)
def test_a_packet_may_go_over_pages(sizes):
    long = b"\x78" + bytes(range(256)) * 2
    body = START + page([long], unfinished=True, granule=-1) + page([long[510:]], flags=1, granule=960)
    assert [packet.data for packet in packets(body, sizes)] == [long]


def test_other_streams_are_passed_over_and_chained_ones_follow():
    other = page([b"\x80theora"], flags=2, serial=9) + page([b"video"], serial=9)
    chained = START.replace(struct.pack("<I", 7), struct.pack("<I", 8)) + page([FRAME], granule=960, serial=8)
    found = packets(other + START + page([b"video"], serial=9) + page([FRAME], granule=960, flags=4) + chained)
    assert [packet.data for packet in found] == [FRAME, FRAME]
    assert [packet.delay for packet in found] == [312, 312]


@pytest.mark.parametrize(
    ("packet", "samples"),
    [
        (b"\x00", 480),
        (b"\x18", 2880),
        (b"\x60", 480),
        (b"\x68", 960),
        (b"\x80", 120),
        (b"\xf8", 960),
        (b"\xf9", 1920),
        (b"\xfa", 1920),
        (b"\x7b\x03", 2880),
        (b"\x7b", 0),
    ],
)
def test_a_packet_says_how_many_samples_it_has(packet, samples):
    assert packets(START + page([packet], granule=10))[0].samples == samples


@pytest.mark.parametrize(
    ("data", "what"), [(b"RIFF" + bytes(30), "WAV"), (b"{}", "JSON"), (page([b"\1vorbis"], flags=2), "without Opus")]
)
def test_what_is_something_else_is_named(data, what):
    with pytest.raises(ProtocolError, match=what):
        packets(data, [5])


@pytest.mark.parametrize("cut", [1, 20, 40, 120])
def test_a_page_without_its_end_is_truncated_speech(cut):
    with pytest.raises(TruncatedSpeech):
        packets((START + page([FRAME] * 9))[:-cut], [11])


def test_nothing_is_nothing():
    assert packets(b"") == []
