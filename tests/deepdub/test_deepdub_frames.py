"""What comes over both sockets: messages, numbers, headers."""

from __future__ import annotations

import json
from base64 import b64encode
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.deepdub.exchanges import V, chunk, wav
from voxbridge import AudioFormat, Billed, Job, ProtocolError, Told, Voice
from voxbridge_deepdub._frames import Generation, charged, read, route


PCM = AudioFormat("linear16", 24000)


def generation(format: AudioFormat = PCM, *, wav: bool = True) -> Generation:
    return Generation(format, wav=wav)


def numbered(pieces, *, headers=False):
    """Return the messages of a generation, the last of which says so."""
    messages = [chunk("g", index, wav(piece) if headers else piece) for index, piece in enumerate(pieces)]
    return [*messages, chunk("g", len(messages), isFinished=True)]


def heard(messages, one=None):
    one = one or generation()
    return b"".join([one.take(message) for message in messages])


# -- messages


@pytest.mark.parametrize("frame", ['{"generationId": "g", "index": 0}', b'{"generationId": "g", "index": 0}'])
def test_a_message_may_come_as_text_or_as_bytes(frame):
    assert read(frame) == {"generationId": "g", "index": 0}
    assert route(frame) == ("g", {"generationId": "g", "index": 0})


@pytest.mark.parametrize(
    "message", [{"error": "no"}, {"generationId": None}, {"generationId": ""}, {"generationId": 5}]
)
def test_a_message_without_an_id_is_for_everybody(message):
    assert route(json.dumps(message)) == (None, message)


@pytest.mark.parametrize("frame", ["", "{", "[]", "null", "5", '"g"', b"\xff\xfe", b"RIFF", "[" * 100_000])
def test_what_is_no_message_raises_for_the_core_to_judge(frame):
    with pytest.raises((ValueError, TypeError, RecursionError)):
        read(frame)


# -- audio


def test_the_acknowledgement_has_no_audio():
    one = generation()
    assert one.take({"data": "", "generationId": "g", "isFinished": False}) == b""
    assert (one.begun, one.finished) == (True, False)


@pytest.mark.parametrize(
    "last",
    [
        chunk("g", 1, b"cd", isFinished=True),
        chunk("g", 0, b"cd", isFinished=True),  # as in an example of the vendor's
        {"generationId": "g", "data": "Y2Q=", "isFinished": True},
    ],
)
def test_the_end_may_bring_audio_whatever_its_number(last):
    assert heard([chunk("g", 0, b"ab"), last]) == b"abcd"


@pytest.mark.parametrize(
    "last", [chunk("g", 7, isFinished=True), {"isFinished": True}, {"data": None, "isFinished": True}]
)
def test_the_end_may_bring_none(last):
    one = generation()
    assert heard([chunk("g", 0, b"ab"), last], one) == b"ab"
    assert one.finished


@pytest.mark.parametrize("data", ["a", "YWI", "YW=I", "YW I=", "YWI=YWI=", "ÿÿÿÿ", "YWI\n=", 5, ["YWI="], {"a": 1}])
def test_what_is_no_base64_raises_for_the_core_to_judge(data):
    with pytest.raises((ValueError, TypeError)):
        generation().take({"generationId": "g", "index": 0, "data": data})


@given(st.lists(st.binary(min_size=1, max_size=9), max_size=9), st.booleans())
def test_chunks_are_joined_with_or_without_headers(pieces, headers):
    if headers:  # whole samples: sound of a WAV is
        pieces = [piece + piece for piece in pieces]
    assert heard(numbered(pieces, headers=headers)) == b"".join(pieces)


@given(st.lists(st.binary(min_size=1, max_size=5), min_size=1, max_size=8), st.randoms())
def test_chunks_are_put_in_the_order_of_their_numbers(pieces, random):
    *messages, end = numbered(pieces)
    random.shuffle(messages)
    assert heard([*messages, end]) == b"".join(pieces)


def test_a_chunk_waits_for_the_one_before_it():
    one = generation()
    zero, first, second, _ = numbered([b"ab", b"cd", b"ef"])
    assert [one.take(message) for message in (second, zero, first)] == [b"", b"ab", b"cdef"]
    assert one.size == 6


def test_a_number_that_was_left_out_stops_nothing():
    one = generation()
    pieces = [chunk("g", 2 * index, bytes([index])) for index in range(40)]
    given_at_once = heard(pieces, one)
    assert len(given_at_once) >= 20
    assert given_at_once + one.rest() == bytes(range(40))


def test_numbers_that_begin_at_one_do_not_either():
    assert heard([chunk("g", 1, b"ab"), chunk("g", 2, b"cd"), chunk("g", 3, isFinished=True)]) == b"abcd"


@pytest.mark.parametrize("again", [0, 1])
def test_a_number_that_comes_again_is_an_error(again):
    one = generation()
    heard([chunk("g", 0, b"ab"), chunk("g", 1, b"cd")], one)
    with pytest.raises(ProtocolError, match=f"chunk {again} came after chunk 1"):
        one.take(chunk("g", again, b"ef"))


def test_chunks_without_numbers_come_as_they_come():
    assert heard([chunk("g", None, b"ab"), chunk("g", None, b"cd"), chunk("g", 2, b"ef")]) == b"abcdef"


# -- headers


SOUND = st.binary(min_size=2, max_size=200).filter(lambda sound: b"RIFF" not in sound)  # else it is a header


@given(SOUND, st.lists(st.integers(12, 260), max_size=5))
def test_a_wav_may_be_cut_anywhere_behind_its_first_words(audio, cuts):
    audio = audio[: len(audio) // 2 * 2]
    whole = wav(audio)
    places = sorted({0, len(whole), *(min(cut, len(whole)) for cut in cuts)})
    assert heard(numbered([whole[start:end] for start, end in pairwise(places)])) == audio


@pytest.mark.parametrize("extra", [b"", b"LIST\4\0\0\0abcd", b"fact\4\0\0\0\1\0\0\0"])
def test_a_header_of_any_length_is_read(extra):
    head = wav(b"ab")
    at = head.index(b"data")
    assert heard(numbered([head[:at] + extra + head[at:]])) == b"ab"


def test_sizes_that_lie_cost_no_sound():
    data = bytes(range(150, 250)) * 2  # what looks like the name of a part is taken for one
    for size in (0, 50, 0x7D00, 0xFFFFFFFF):
        lying = wav(data)
        lying = lying[:64] + size.to_bytes(4, "little") + lying[68:]
        assert heard(numbered([lying, wav(b"xy")])) == data + b"xy"


@pytest.mark.parametrize("other", [wav(b"ab", rate=48000), wav(b"abcd", channels=2)])
def test_wav_of_another_rate_or_of_two_channels_is_refused(other):
    with pytest.raises(ProtocolError, match="asked for linear16/24000"):
        generation().take(chunk("g", 0, other))


@pytest.mark.parametrize(
    "one",
    [generation(wav=False), generation(AudioFormat("mulaw", 8000)), generation(AudioFormat("mp3", 48000))],
)
def test_wav_where_it_cannot_be_is_refused(one):
    with pytest.raises(ProtocolError, match="and WAV came"):
        one.take(chunk("g", 0, wav(b"ab")))


def test_a_header_without_sound_is_refused_at_the_end():
    one = generation()
    assert one.take(chunk("g", 0, wav(b"")[:40])) == b""
    with pytest.raises(ProtocolError, match="ended inside its header"):
        one.take(chunk("g", 1, isFinished=True))


def test_the_vendors_stubs_are_read():
    data = "UklGRkAAAABXQVZFZm10ICgAAAABAAEAgLsAAAB3AQACABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAZGF0YQQAAAABAAIA"
    message = {"index": 0, "generationId": "g", "data": data, "isFinished": True}
    assert generation(AudioFormat("linear16", 48000)).take(message) == b"\1\0\2\0"


# -- what it costs


def test_its_seconds_are_charged_where_bytes_tell_them():
    job = Job(voice=Voice(id=V, backend="deepdub"), format=PCM)
    one, two = generation(), generation()
    one.take({"data": b64encode(bytes(24000)).decode()})
    assert charged(job, [one, two]) == [Told(billed=Billed("deepdub", 0.5, "seconds"))]
    assert charged(job, [two]) == []
    assert charged(evolve(job, format=AudioFormat("mp3", 48000)), [one]) == []
