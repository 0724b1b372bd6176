"""The matrix of formats, against the documents' table written out once more."""

from __future__ import annotations

import pytest

from voxbridge import AudioFormat, InvalidFormat
from voxbridge.audio import negotiate
from voxbridge_deepgram._matrix import REQUEST, SOCKET


# encoding: rates, containers as the wire has them, whether sample_rate may be said, bit rates at both ends
DOCUMENTED = {
    "linear16": ([8000, 16000, 24000, 32000, 48000], ["none", "wav"], True, []),
    "mulaw": ([8000, 16000], ["none", "wav"], True, []),
    "alaw": ([8000, 16000], ["none", "wav"], True, []),
    "mp3": ([22050], [None], False, [32000, 48000]),
    "opus": ([48000], ["ogg"], False, [4000, 256000]),
    "flac": ([8000, 16000, 22050, 32000, 48000], [None], True, []),
    "aac": ([22050], [None], False, [4000, 192000]),
}
COMBINATIONS = [
    (encoding, rate, container, says_rate)
    for encoding, (rates, containers, says_rate, _) in DOCUMENTED.items()
    for rate in rates
    for container in containers
]


def made(encoding, rate, container=None, bit_rate=None):
    return AudioFormat(encoding, rate, container=None if container == "none" else container, bit_rate=bit_rate)


@pytest.mark.parametrize(("encoding", "rate", "container", "says_rate"), COMBINATIONS)
def test_every_combination_of_the_documents_is_asked_for_as_they_say(encoding, rate, container, says_rate):
    wanted = {"encoding": encoding}
    wanted |= {"sample_rate": rate} if says_rate else {}
    wanted |= {"container": container} if container else {}
    assert REQUEST.parameters(made(encoding, rate, container)) == wanted


def test_requests_offer_exactly_the_combinations_of_the_documents():
    documented = {made(encoding, rate, container) for encoding, rate, container, _ in COMBINATIONS}
    assert set(REQUEST.formats) == documented
    assert len(REQUEST.formats) == len(documented) == 26


def test_a_socket_offers_the_raw_ones_and_names_no_container():
    raw = {made(encoding, rate) for encoding, rate, container, _ in COMBINATIONS if container == "none"}
    assert set(SOCKET.formats) == raw
    assert SOCKET.parameters(AudioFormat("mulaw")) == {"encoding": "mulaw", "sample_rate": 8000}


@pytest.mark.parametrize("encoding", ["mp3", "opus", "aac"])
def test_bit_rates_within_the_limits_are_asked_for(encoding):
    (rate,), (container,), _, ends = DOCUMENTED[encoding]
    for bit_rate in ends:
        wanted = made(encoding, rate, container, bit_rate)
        assert REQUEST.parameters(wanted)["bit_rate"] == bit_rate
        assert negotiate(wanted, REQUEST.formats_for(wanted)) == wanted


@pytest.mark.parametrize("encoding", DOCUMENTED)
def test_without_a_bit_rate_deepgrams_own_is_left_to_it(encoding):
    wanted = AudioFormat(encoding, DOCUMENTED[encoding][0][0])
    assert negotiate(wanted, REQUEST.formats_for(wanted)).bit_rate is None


WRONG = [
    (REQUEST, made("linear16", 22050), "rates of linear16: 8000 16000 24000 32000 48000"),
    (REQUEST, made("mulaw", 24000), "rates of mulaw: 8000 16000"),
    (REQUEST, made("flac", 24000), "rates of flac: 8000 16000 22050 32000 48000"),
    (REQUEST, made("mp3", 44100), "rates of mp3: 22050"),
    (REQUEST, AudioFormat("mp3"), "rates of mp3: 22050"),
    (REQUEST, made("mp3", 22050, bit_rate=64000), "bit rates of mp3: 32000 48000"),
    (REQUEST, made("aac", 22050, bit_rate=200000), "bit rates of aac: 4000 to 192000"),
    (REQUEST, AudioFormat("linear16", 24000, channels=2), "not mono"),
    (SOCKET, made("mp3", 22050), "it gives: linear16 mulaw alaw"),
    (SOCKET, made("linear16", 24000, "wav"), "it is wav"),
]


@pytest.mark.parametrize(("table", "format", "words"), WRONG)
def test_what_is_not_in_the_matrix_is_refused_with_what_is(table, format, words):
    with pytest.raises(InvalidFormat, match=words):
        table.parameters(format)


@pytest.mark.parametrize(
    ("wanted", "native"),
    [
        ("wav", "wav/24000"),
        ("linear16/16000", "linear16/16000"),
        ("mulaw", "mulaw/8000"),
        ("wav-alaw/16000", "wav-alaw/16000"),
        ("linear16/22050", "linear16/24000"),
        ("linear16/44100", "linear16/48000"),
        ("mulaw/24000", "linear16/24000"),
        ("mp3", "mp3/22050"),
        ("opus", "opus/48000"),
        ("flac/16000", "flac/16000"),
        ("flac/24000", "linear16/24000"),
        ("aac", "aac/22050"),
    ],
)
def test_what_a_caller_wants_is_asked_for_natively_else_from_the_nearest_lossless_one(wanted, native):
    assert str(negotiate(AudioFormat.parse(wanted), REQUEST.formats_for(AudioFormat.parse(wanted)))) == native
