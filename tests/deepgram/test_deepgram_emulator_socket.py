"""The emulator's WebSocket: messages, limits, closes and faults, as Deepgram's documents have them."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from uuid import UUID

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from voxbridge.audio import AudioFormat, conversion
from voxbridge.testing import audit, emulate, expected_indices, hear_words, words_text


TEXT = words_text(6)
KEY = {"Authorization": "Token secret"}
LONGEST = 2000


class Talk:
    """A client that sends commands and collects what comes."""

    def __init__(self, socket):
        self.socket = socket

    def say(self, type, **fields):
        self.socket.send(json.dumps({"type": type, **fields}))

    def hear(self):
        """Return the audio up to the next message, and that message."""
        audio = b""
        while isinstance(frame := self.socket.recv(timeout=5), bytes):
            audio += frame
        return audio, json.loads(frame)

    def speak(self, text):
        """Return a flushed text's audio, and the confirmation."""
        self.say("Speak", text=text)
        self.say("Flush")
        return self.hear()

    def closed(self):
        """Return the audio up to the close, and how it closed; 1006 is without a word."""
        audio = b""
        try:
            while True:
                frame = self.socket.recv(timeout=5)
                audio += frame if isinstance(frame, bytes) else b""
        except ConnectionClosed as closed:
            return audio, (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")


@contextmanager
def talking(server, query="", *, welcome=True, **options):
    options = {"additional_headers": KEY, "proxy": None, "max_size": None} | options
    with connect(f"{server.url.replace('http', 'ws')}/v1/speak?{query}", **options) as socket:
        talk = Talk(socket)
        if welcome:
            assert talk.hear()[1]["type"] == "Metadata"
        yield talk


@pytest.fixture(scope="module")
def server():
    with emulate("deepgram", voice="oracle", limits={"sockets": None}) as server:
        yield server


@pytest.fixture
def talk(server):
    with talking(server, "model=aura-2-thalia-en") as talk:
        yield talk


def heard(audio, rate=24000, encoding="linear16"):
    way = conversion(AudioFormat(encoding, rate), AudioFormat("linear16", rate))
    return hear_words(way.feed(audio) + way.flush(), rate)


def test_a_socket_says_first_who_speaks(server):
    with talking(server, "model=aura-2-thalia-en", welcome=False) as talk:
        audio, metadata = talk.hear()
        headers = talk.socket.response.headers
    assert not audio
    assert metadata.keys() == {"type", "request_id", "model_name", "model_version", "model_uuid"}
    assert metadata["type"] == "Metadata"
    assert metadata["model_name"] == "aura-2-thalia-en"
    assert metadata["request_id"] == headers["dg-request-id"]
    assert UUID(metadata["model_uuid"])


@pytest.mark.parametrize(
    ("query", "encoding", "rate"),
    [
        ("", "linear16", 24000),
        ("encoding=mulaw", "mulaw", 8000),
        ("encoding=alaw", "alaw", 8000),
        ("container=none", "linear16", 24000),
        ("bit_rate=48000", "linear16", 24000),
        *[(f"encoding=linear16&sample_rate={rate}", "linear16", rate) for rate in (8000, 16000, 24000, 32000, 48000)],
        *[(f"encoding={law}&sample_rate={rate}", law, rate) for law in ("mulaw", "alaw") for rate in (8000, 16000)],
    ],
)
def test_every_format_of_the_socket_is_spoken(server, query, encoding, rate):
    with talking(server, query) as talk:
        audio, confirmed = talk.speak(TEXT)
    assert confirmed == {"type": "Flushed", "sequence_id": 0}
    assert len(audio) == round(1.2 * rate) * (2 if encoding == "linear16" else 1)
    assert audit(heard(audio, rate, encoding), expected_indices(TEXT)).clean


def test_pieces_are_joined_as_they_are_and_spoken_at_the_flush(talk):
    for piece in ("w", "1 w2", "3", " w4"):
        talk.say("Speak", text=piece)
    talk.say("Flush")
    assert [word.index for word in heard(talk.hear()[0])] == [1, 23, 4]
    assert talk.speak("w5")[1] == {"type": "Flushed", "sequence_id": 1}


def test_a_flush_of_nothing_is_confirmed(talk):
    talk.say("Flush")
    assert talk.hear() == (b"", {"type": "Flushed", "sequence_id": 0})


@pytest.mark.parametrize("command", ["Clear", "Reset"])
def test_clear_forgets_what_was_not_flushed(talk, command):
    talk.say("Speak", text="w1")
    talk.say(command)
    assert talk.hear() == (b"", {"type": "Cleared", "sequence_id": 0})
    audio, confirmed = talk.speak("w2")
    assert [word.index for word in heard(audio)] == [2]
    assert confirmed == {"type": "Flushed", "sequence_id": 1}


def test_clear_cuts_what_is_spoken_and_no_audio_comes_after_it():
    with emulate("deepgram", voice="oracle", pace=10) as server, talking(server) as talk:
        talk.say("Speak", text=words_text(100))
        talk.say("Flush")
        talk.say("Speak", text="w7")
        talk.say("Flush")
        first = talk.socket.recv(timeout=5)
        talk.say("Clear")
        rest, confirmed = talk.hear()
        assert confirmed == {"type": "Cleared", "sequence_id": 0}
        assert len(first + rest) < 100 * 9600 / 2
        audio, confirmed = talk.speak("w8")
        assert [word.index for word in heard(audio)] == [8]
        assert confirmed == {"type": "Flushed", "sequence_id": 1}


def test_close_speaks_what_is_left_and_closes_in_order(talk):
    talk.say("Speak", text="w1")
    talk.say("Flush")
    talk.say("Speak", text="w2")
    talk.say("Close")
    talk.say("Speak", text="w3")
    audio, closed = talk.closed()
    assert [word.index for word in heard(audio)] == [1, 2]
    assert closed == (1000, "")


@pytest.mark.parametrize(
    ("frame", "closed"),
    [
        (b"\0\0", (1003, "MESSAGE-0000")),
        ("", (1008, "DATA-0000")),
        ("{", (1008, "DATA-0000")),
        ("[]", (1008, "DATA-0000")),
        ('"Flush"', (1008, "DATA-0000")),
        ("{}", (1008, "DATA-0000")),
        ('{"type": "Speak"}', (1008, "DATA-0000")),
        ('{"type": "Speak", "text": 3}', (1008, "DATA-0000")),
        ('{"type": "KeepAlive"}', (1008, "DATA-0000")),
        ('{"type": "CloseStream"}', (1008, "DATA-0000")),
        ('{"type": "flush"}', (1008, "DATA-0000")),
        (json.dumps({"type": "Speak", "text": "x" * (LONGEST + 1)}), (1009, "BIG-0001")),
        (json.dumps({"type": "Speak", "text": "x" * 2_000_000}), (1009, "BIG-0000")),
    ],
    ids=lambda each: str(each)[:40],
)
def test_what_is_no_command_closes_with_the_documented_code(talk, frame, closed):
    talk.socket.send(frame)
    assert talk.closed() == (b"", closed)


def test_2000_characters_a_message_are_taken_and_many_of_them(talk):
    for _ in range(3):
        talk.say("Speak", text="x" * LONGEST)
    talk.say("Speak", text="")
    talk.say("Flush")
    audio, confirmed = talk.hear()
    assert len(heard(audio)) == 1
    assert confirmed["type"] == "Flushed"


def test_pronunciations_are_spoken_as_their_word(talk, server):
    before = server.billed
    marker = '\\{"word": "w2", "pronounce": "tuː"\\}'
    audio, _ = talk.speak(f"w1 {marker} w3")
    assert [word.index for word in heard(audio)] == [1, 2, 3]
    assert server.texts[-1] == f"w1 {marker} w3"
    assert server.billed - before == len("w1 w2 w3")


def test_a_bad_pronunciation_closes(talk):
    talk.say("Speak", text='\\{"word": "a", "pronounce": ""\\}')
    talk.say("Flush")
    assert talk.closed()[1] == (1008, "DATA-0000")


def test_the_21st_flush_is_warned_of_and_not_confirmed(talk):
    for number in range(20):
        assert talk.speak("w1")[1] == {"type": "Flushed", "sequence_id": number}
    for _ in range(2):
        assert talk.speak("w2") == (
            b"",
            {
                "type": "Warning",
                "warn_code": "EXCESSIVE_FLUSH",
                "warn_msg": "Rate limit exceeded for flushes. Please try again later.",
            },
        )
    talk.say("Clear")
    assert talk.hear()[1] == {"type": "Cleared", "sequence_id": 20}


def test_text_whose_flush_was_refused_is_spoken_by_a_later_one():
    limits = {"flushes": 1, "flush_seconds": 0.2}
    with emulate("deepgram", voice="oracle", limits=limits) as server, talking(server) as talk:
        talk.say("Flush")
        talk.hear()
        talk.say("Speak", text="w2")
        audio, answer = b"", {"type": "Warning"}
        while answer["type"] == "Warning":
            talk.say("Flush")
            audio, answer = talk.hear()
            time.sleep(0.02)
    assert [word.index for word in heard(audio)] == [2]


def test_each_socket_has_flushes_of_its_own(server):
    for _ in range(2):
        with talking(server) as talk:
            for _ in range(20):
                assert talk.speak("w1")[1]["type"] == "Flushed"


def test_without_limits_flushes_are_not_counted():
    with emulate("deepgram", voice="oracle", limits=False) as server, talking(server) as talk:
        for _ in range(40):
            assert talk.speak("")[1]["type"] == "Flushed"


def test_a_socket_lives_an_hour():
    with emulate("deepgram", voice="oracle", limits={"session_seconds": 0.1}) as server, talking(server) as talk:
        assert talk.closed()[1] == (1011, "NET-0003")


def test_the_46th_socket_at_once_is_refused():
    with emulate("deepgram", voice="oracle", limits={"sockets": 2}) as server:
        with talking(server), talking(server), pytest.raises(InvalidStatus) as refused:
            connect_once(server)
        assert refused.value.response.status_code == 429
        for _ in range(100):
            try:
                connect_once(server)
                break
            except InvalidStatus:
                time.sleep(0.01)
        else:
            pytest.fail("a place was never given back")


def test_45_is_the_documented_limit_of_sockets():
    with emulate("deepgram", voice="oracle") as server:
        assert server.limits.sockets == 45
        assert server.limits.requests == 15
        assert server.limits.flushes == 20
        assert server.limits.characters == LONGEST


def connect_once(server, query="", **options):
    with talking(server, query, **options):
        pass


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("encoding=mp3", "UNSUPPORTED_AUDIO_FORMAT"),
        ("encoding=opus", "UNSUPPORTED_AUDIO_FORMAT"),
        ("encoding=flac", "UNSUPPORTED_AUDIO_FORMAT"),
        ("encoding=aac", "UNSUPPORTED_AUDIO_FORMAT"),
        ("container=wav", "UNSUPPORTED_AUDIO_FORMAT"),
        ("sample_rate=44100", "UNSUPPORTED_AUDIO_FORMAT"),
        ("encoding=mulaw&sample_rate=24000", "UNSUPPORTED_AUDIO_FORMAT"),
        ("sample_rate=x", "INVALID_QUERY_PARAMETER"),
        ("model=nobody", "Bad Request"),
        ("speed=2", "speed_out_of_range"),
    ],
)
def test_a_handshake_is_refused_with_the_reason_in_header_and_body(server, query, code):
    with pytest.raises(InvalidStatus) as caught:
        connect_once(server, query)
    response = caught.value.response
    content = json.loads(response.body)
    assert (response.status_code, content["err_code"]) == (400, code)
    assert response.headers["dg-error"] == content["err_msg"]
    assert response.headers["dg-request-id"] == content["request_id"]


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        ({"additional_headers": {"Authorization": "Bearer a.b.c"}}, None),
        ({"additional_headers": {}, "subprotocols": ["token", "secret"]}, "token"),
        ({"additional_headers": {}, "subprotocols": ["bearer", "a.b.c"]}, "bearer"),
    ],
)
def test_a_browsers_subprotocol_lets_in_and_is_chosen(server, options, chosen):
    with talking(server, **options) as talk:
        assert talk.socket.subprotocol == chosen
        assert talk.speak("w1")[1]["type"] == "Flushed"


@pytest.mark.parametrize(
    "options",
    [
        {"additional_headers": {}},
        {"additional_headers": {"Authorization": "Basic secret"}},
        {"additional_headers": {}, "subprotocols": ["token"]},
        {"additional_headers": {}, "subprotocols": ["chat", "secret"]},
        {"additional_headers": {"Authorization": "x"}, "subprotocols": ["token", "secret"]},
    ],
)
def test_without_a_key_a_handshake_is_refused(server, options):
    with pytest.raises(InvalidStatus) as caught:
        connect_once(server, **options)
    assert caught.value.response.status_code == 401
    assert caught.value.response.headers["dg-error"] == "Invalid credentials."


def test_flux_is_refused_here_too(server):
    with (
        pytest.raises(InvalidStatus) as caught,
        connect(server.url.replace("http", "ws") + "/v2/speak", additional_headers=KEY),
    ):
        pass
    assert caught.value.response.status_code == 404


def test_handshakes_are_counted_and_second_utterances_need_none():
    with emulate("deepgram", voice="oracle") as server:
        with talking(server) as talk:
            talk.speak("One.")
            talk.speak("Two.")
        assert (server.handshakes, server.connections) == (1, 1)
        assert server.texts == ["One.", "Two."]
        assert server.billed == 8
        assert [request.status for request in server.requests] == [101]


# Faults

WHOLE = 6 * 9600


@pytest.fixture
def struck():
    """Return a function that speaks on a socket whose second text meets a fault."""

    @contextmanager
    def struck(**fault):
        with emulate("deepgram", voice="oracle", faults=[{"on": 1, **fault}]) as server, talking(server) as talk:
            assert len(talk.speak(TEXT)[0]) == WHOLE
            talk.say("Speak", text=TEXT)
            talk.say("Flush")
            yield talk

    return struck


@pytest.mark.parametrize("share", [0, 0.25, 0.5, 1])
@pytest.mark.parametrize(
    ("fault", "closed"),
    [
        ({"kind": "cut"}, (1006, "")),
        ({"kind": "close"}, (1011, "NET-0000")),
        ({"kind": "close", "code": 1000}, (1000, "")),
        ({"kind": "close", "code": 1008}, (1008, "DATA-0000")),
        ({"kind": "close", "code": 1008, "body": "DATA-0001"}, (1008, "DATA-0001")),
        ({"kind": "close", "code": 1009}, (1009, "BIG-0000")),
        ({"kind": "close", "code": 4000, "body": "see dpgr.am/net0001"}, (4000, "see dpgr.am/net0001")),
    ],
    ids=str,
)
def test_a_socket_ends_after_its_share_of_audio(struck, fault, closed, share):
    with struck(**fault, at=share) as talk:
        audio, how = talk.closed()
    assert len(audio) == WHOLE * share
    assert how == closed


def test_a_stall_is_silent_but_answers_pings(struck):
    with struck(kind="stall", at=0.5) as talk:
        audio = b""
        while len(audio) < WHOLE / 2:
            audio += talk.socket.recv(timeout=5)
        with pytest.raises(TimeoutError):
            talk.socket.recv(timeout=0.1)
        assert talk.socket.ping().wait(timeout=5)


def test_garbage_is_a_text_that_is_no_json_and_the_audio_goes_on(struck):
    with struck(kind="garbage", at=0.5) as talk:
        frames = []
        while not frames or frames[-1] != '{"type": "Flushed", "sequence_id": 1}':
            frames.append(talk.socket.recv(timeout=5))
    garbage = [frame for frame in frames[:-1] if isinstance(frame, str)]
    assert len(garbage) == 1
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(garbage[0])
    assert sum(len(frame) for frame in frames if isinstance(frame, bytes)) == WHOLE


def test_split_sends_samples_in_halves(struck):
    with struck(kind="split") as talk:
        frames = []
        while isinstance(frame := talk.socket.recv(timeout=5), bytes):
            frames.append(frame)
    assert all(len(frame) % 2 for frame in frames[:-1])
    assert audit(heard(b"".join(frames)), expected_indices(TEXT)).clean


def test_drip_goes_on_slower_than_speech(struck):
    with struck(kind="drip", at=0.8, pace=0.5) as talk:  # the last 0.24 s take 0.48 s
        began = time.monotonic()
        audio, _ = talk.hear()
        assert time.monotonic() - began >= 0.45
    assert len(audio) == WHOLE


def test_a_wrong_rate_is_spoken(struck):
    with struck(kind="rate", code=16000) as talk:
        audio, _ = talk.hear()
    assert audit(heard(audio, 16000), expected_indices(TEXT)).clean
    assert len(audio) == WHOLE * 16000 // 24000


def test_a_status_refuses_a_handshake():
    fault = {"kind": "status", "on": 1, "code": 429, "retry_after": 3}
    with emulate("deepgram", voice="oracle", faults=[fault]) as server:
        connect_once(server)
        with pytest.raises(InvalidStatus) as caught:
            connect_once(server)
        response = caught.value.response
        assert (response.status_code, response.headers["retry-after"]) == (429, "3")
        assert json.loads(response.body)["err_code"] == "Too Many Requests"
        connect_once(server)
        assert server.handshakes == 3
        assert [request.status for request in server.requests] == [101, 429, 101]


def test_a_header_brings_faults_for_its_socket_alone(server):
    headers = KEY | {"x-voxbridge-fault": '{"kind": "close", "on": 1, "at": 0, "code": 1008}'}
    with talking(server, additional_headers=headers) as talk:
        assert talk.speak("w1")[1]["type"] == "Flushed"
        talk.say("Speak", text="w2")
        talk.say("Flush")
        assert talk.closed() == (b"", (1008, "DATA-0000"))
    with pytest.raises(InvalidStatus) as caught:
        connect_once(server, additional_headers=KEY | {"x-voxbridge-fault": "?"})
    assert caught.value.response.status_code == 400


def test_a_client_that_leaves_in_mid_audio_leaves_nothing_behind():
    with emulate("deepgram", voice="oracle", pace=1) as server:
        with talking(server) as talk:
            talk.say("Speak", text=words_text(50))
            talk.say("Flush")
            assert talk.socket.recv(timeout=5)
        for _ in range(100):
            if not server.lines:
                break
            time.sleep(0.01)
        assert not server.lines


def test_a_thousand_barge_ins_leave_no_late_audio():
    text = words_text(4)
    with emulate("deepgram", voice="oracle", limits=False) as server, talking(server) as talk:
        for number in range(1000):
            talk.say("Speak", text=text)
            talk.say("Flush")
            talk.say("Clear")
            types = []
            while not types or types[-1]["type"] != "Cleared":
                types.append(talk.hear()[1])
            assert len(types) <= 2, number
        audio, _ = talk.speak("w9")
    assert [word.index for word in heard(audio)] == [9]


def test_espeak_speaks_where_it_is_asked_to():
    with emulate("deepgram", voice="espeak") as server, talking(server, "sample_rate=16000") as talk:
        audio, _ = talk.speak("Hello there.")
    assert np.abs(np.frombuffer(audio, "<i2")).max() > 1000
