"""Formats and options of the three wires."""

from __future__ import annotations

import pytest

from voxbridge import AudioFormat, InvalidFormat
from voxbridge_deepdub._matrix import OPEN, REQUEST, STREAMING
from voxbridge_deepdub._options import OPTIONS


RATES = {8000, 16000, 22050, 24000, 32000, 36000, 44100, 48000}  # any other is a 400
WIRES = pytest.mark.parametrize("wire", [REQUEST, OPEN, STREAMING], ids=lambda wire: wire.name)


@pytest.mark.parametrize(
    ("wire", "encodings"),
    [
        (REQUEST, {"mp3", "opus", "mulaw"}),
        (OPEN, {"linear16", "mp3", "opus", "mulaw"}),
        (STREAMING, {"linear16", "mulaw"}),
    ],
)
def test_each_wire_gives_its_own_encodings_in_the_vendors_rates(wire, encodings):
    assert {format.encoding for format in wire.formats} == encodings
    assert {format.sample_rate for format in wire.formats} == RATES
    for format in wire.formats:
        asked = wire.parameters(format)
        assert asked["sampleRate"] == format.sample_rate
        assert asked["format"] == {"linear16": "s16le"}.get(format.encoding, format.encoding)


@pytest.mark.parametrize(
    ("wire", "format", "words"),
    [
        (REQUEST, AudioFormat("linear16", 24000), "no linear16/24000 by requests; it gives: mp3 opus mulaw"),
        (REQUEST, AudioFormat("wav"), "no wav/24000 by requests"),
        (REQUEST, AudioFormat("mp3", 11025), "rates of mp3: 8000 16000 22050 24000 32000 44100 48000"),
        (REQUEST, AudioFormat("mulaw", 12345), "rates of mulaw: 8000 16000 22050"),
        (REQUEST, AudioFormat("mp3", 48000, bit_rate=64000), "no mp3"),
        (OPEN, AudioFormat("alaw"), "no alaw/8000 over /open; it gives: linear16 mp3 opus mulaw"),
        (OPEN, AudioFormat("linear16", 12345), "rates of linear16: 8000 .* 36000 44100 48000"),
        (STREAMING, AudioFormat("mp3", 48000), "no mp3/48000 over /ws; it gives: linear16 mulaw"),
    ],
)
def test_what_a_wire_does_not_give_is_refused_with_what_it_gives(wire, format, words):
    with pytest.raises(InvalidFormat, match=words):
        wire.parameters(format)


@WIRES
def test_every_option_of_a_wire_is_one_that_there_is(wire):
    assert wire.options <= OPTIONS


def test_every_option_is_taken_by_some_wire():
    assert REQUEST.options | OPEN.options | STREAMING.options == OPTIONS


def test_the_first_format_of_an_encoding_is_the_vendors_default():
    firsts = {format.encoding: format.sample_rate for format in reversed(OPEN.formats)}
    assert firsts == {"linear16": 48000, "mp3": 48000, "opus": 48000, "mulaw": 8000}
