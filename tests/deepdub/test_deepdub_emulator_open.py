"""The emulator's socket /open: one message a generation, many of them at once, as Deepdub's documents have it."""

from __future__ import annotations

import base64
import json
import struct
import time
from contextlib import suppress
from uuid import UUID

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.deepdub.talking import KEY, VOICE, sound, talking, words
from voxbridge.audio import AudioFormat, wav_header
from voxbridge.testing import emulate


ASKED = {"targetText": "w1 w2 w3", "model": "dd-etts-3.2", "locale": "en-US", "voicePromptId": VOICE}
RATES = (8000, 16000, 22050, 24000, 32000, 36000, 44100, 48000)
ID = "55555555-5555-4555-8555-555555555555"
OTHER = "66666666-6666-4666-8666-666666666666"


@pytest.fixture(scope="module")
def server():
    with emulate("deepdub", voice="oracle") as server:
        yield server


@pytest.fixture
def talk(server):
    with talking(server, "/open") as talk:
        yield talk


def speak(talk, **asked):
    """Return all frames of a generation."""
    talk.say("text-to-speech", **{**ASKED, "generationId": ID, **asked})
    return talk.until(isFinished=True)


def test_a_generation_is_acknowledged_and_comes_in_chunks(talk):
    frames = speak(talk)
    assert frames[0] == {"data": "", "generationId": ID, "isFinished": False}
    assert [list(frame) for frame in frames[1:]] == [["index", "generationId", "data", "isFinished"]] * 6
    assert [frame["index"] for frame in frames[1:]] == list(range(6))
    assert [frame["isFinished"] for frame in frames[1:]] == [False] * 5 + [True]
    assert words(sound(frames)) == [1, 2, 3]


def test_every_chunk_of_wav_has_a_header_of_68_bytes_of_its_own(talk):
    for frame in speak(talk, sampleRate=16000)[1:]:
        chunk = frame["data"]
        size = len(chunk) - 68
        assert chunk[:36] == struct.pack(
            *("<4sI4s4sIHHIIHH", b"RIFF", 60 + size, b"WAVE", b"fmt ", 40),
            *(1, 1, 16000, 32000, 2, 16),
        )
        assert chunk[36:60] == bytes(24)
        assert chunk[60:68] == b"data" + struct.pack("<I", size)
        assert size == 3200


@pytest.mark.parametrize(
    ("asked", "format"),
    [
        ({}, "wav/48000"),
        ({"format": "mulaw"}, "mulaw/8000"),
        ({"format": "s16le"}, "linear16/48000"),
        ({"format": "mp3"}, "mp3/48000"),
        ({"format": "mp3", "sampleRate": 24000}, "mp3/24000"),
        *[({"format": "wav", "sampleRate": rate}, f"wav/{rate}") for rate in RATES],
        *[({"format": "s16le", "sampleRate": rate}, f"linear16/{rate}") for rate in RATES],
        *[({"format": "mulaw", "sampleRate": rate}, f"mulaw/{rate}") for rate in RATES],
    ],
    ids=str,
)
def test_every_format_of_the_socket_is_spoken(talk, asked, format):
    audio = sound(speak(talk, **asked))
    assert words(audio, format) == [1, 2, 3]
    wanted = AudioFormat.parse(format)
    if not wanted.compressed and wanted.container is None:
        assert wanted.seconds(len(audio)) == pytest.approx(0.6)


def test_opus_is_one_stream_in_ogg(talk):
    audio = sound(speak(talk, format="opus"))
    assert audio[:4] == b"OggS"
    assert b"OpusHead" in audio[:64]


@pytest.mark.parametrize("habit", ["binary", "text"])
def test_frames_with_audio_are_binary_or_text(habit):
    with emulate("deepdub", voice="oracle", habits={"opcode": habit}) as server, talking(server, "/open") as talk:
        talk.say("text-to-speech", **ASKED)
        assert isinstance(talk.socket.recv(timeout=5), str)  # without audio it is text always
        assert isinstance(talk.socket.recv(timeout=5), bytes if habit == "binary" else str)


def test_the_last_frame_may_be_empty():
    with emulate("deepdub", voice="oracle", habits={"last": "empty"}) as server, talking(server, "/open") as talk:
        frames = speak(talk)
    assert frames[-1] == {"index": 6, "generationId": ID, "data": "", "isFinished": True}
    assert words(sound(frames)) == [1, 2, 3]


def test_a_frame_may_be_as_long_as_the_text():
    with emulate("deepdub", voice="oracle", habits={"chunk_seconds": 60}) as server, talking(server, "/open") as talk:
        frames = speak(talk, targetText="w1 " * 110)
    assert len(frames) == 2
    assert len(frames[1]["data"]) > 2 << 20


def test_a_text_without_words_ends_at_once(talk):
    assert [frame.get("data") for frame in speak(talk, targetText="...")] == ["", ""]


def test_without_an_id_one_is_made(talk):
    talk.say("text-to-speech", **ASKED)
    assert len({UUID(frame["generationId"]) for frame in talk.until(isFinished=True)}) == 1


@pytest.mark.parametrize("interleave", [True, False])
def test_generations_take_turns_on_one_socket_or_come_as_lumps(interleave):
    habits = {"interleave": interleave}
    with emulate("deepdub", voice="oracle", pace=20, habits=habits) as server, talking(server, "/open") as talk:
        for id, text in ((ID, "w1 w2 w3 w4"), (OTHER, "w5 w6 w7 w8")):
            talk.say("text-to-speech", **ASKED | {"generationId": id, "targetText": text})
        frames = talk.until(isFinished=True) + talk.until(isFinished=True)
    assert words(sound(frames, ID)) == [1, 2, 3, 4]
    assert words(sound(frames, OTHER)) == [5, 6, 7, 8]
    order = [frame["generationId"] for frame in frames if frame["data"]]
    assert (order not in (sorted(order), sorted(order, reverse=True))) is interleave


def refused(talk, **asked):
    talk.say("text-to-speech", **{**ASKED, "generationId": ID, **asked})
    return talk.hear()


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        *[({name: None}, f"missing required field '{name}'") for name in ASKED],
        ({"format": "flac"}, "unsupported format 'flac'"),
        ({"format": "headerless-wav"}, "unsupported format"),
        ({"sampleRate": 11025}, "unsupported sampleRate 11025"),
        ({"tempo": 1, "targetDuration": 2}, "mutually exclusive"),
        ({"model": "dd-etts-9"}, "model 'dd-etts-9' not found"),
        ({"voicePromptId": None, "voiceReference": "AAEC"}, "missing required field 'voicePromptId'"),
        ({"accentControl": {}}, "'accentControl' needs"),
        ({"generationId": 7}, "'generationId' must be a string"),
    ],
    ids=str,
)
def test_what_cannot_be_had_is_invalid_input_and_the_socket_lives_on(talk, asked, error):
    frame = refused(talk, **asked)
    assert frame["errorType"] == "InvalidInput"
    assert error in frame["error"]
    assert frame.get("generationId") == (None if "generationId" in asked else ID)
    assert words(sound(speak(talk))) == [1, 2, 3]


@pytest.mark.parametrize("frame", ["", "{", "[]", "null", "{}", '{"action": "generate"}', b"\xff", "[" * 100_000])
def test_what_is_no_request_is_invalid_input_without_an_id(talk, frame):
    talk.socket.send(frame)
    answer = talk.hear()
    assert answer.keys() == {"error", "errorType"}
    assert answer["errorType"] == "InvalidInput"


def test_a_binary_request_and_unknown_keys_are_tolerated(talk):
    talk.socket.send(json.dumps({"action": "text-to-speech", **ASKED, "verbose": True, "targetGender": "any"}).encode())
    assert words(sound(talk.until(isFinished=True))) == [1, 2, 3]


def test_a_handshake_without_a_key_is_401_and_a_query_may_hold_it():
    with emulate("deepdub", keys=["right"]) as server:
        for headers in ({}, {"x-api-key": "wrong"}, {"Authorization": "Bearer right"}):
            with pytest.raises(InvalidStatus) as caught, talking(server, "/open", additional_headers=headers):
                pass
            assert caught.value.response.status_code == 401
            assert json.loads(caught.value.response.body)["message"] == "Unauthorized: invalid or missing API key"
        with talking(server, "/open?x-api-key=right", additional_headers={}) as talk:
            assert speak(talk)


def test_too_many_generations_are_rate_limited_by_id():
    stall = json.dumps([{"kind": "stall", "on": number} for number in range(3)])
    with (
        emulate("deepdub", voice="oracle") as server,
        talking(server, "/open", additional_headers=KEY | {"x-voxbridge-fault": stall}) as talk,
    ):
        for number in range(3):
            talk.say("text-to-speech", **ASKED | {"generationId": str(number)})
        while sum("index" in frame for frame in talk.frames) < 3:  # all are under way
            talk.hear()
        talk.say("text-to-speech", **ASKED | {"generationId": ID})
        assert talk.until(generationId=ID)[-1] == {
            "error": "RateLimit: concurrent request limit exceeded",
            "errorType": "RateLimit",
            "generationId": ID,
        }


def test_a_place_is_free_as_soon_as_the_end_has_come():
    with emulate("deepdub", voice="oracle", limits={"address": 1}) as server, talking(server, "/open") as talk:
        for _ in range(50):
            assert "error" not in speak(talk)[-1]


def test_an_account_without_credits_is_told_so():
    with emulate("deepdub", voice="oracle", limits={"credits": 0}) as server, talking(server, "/open") as talk:
        assert refused(talk)["errorType"] == "InsufficientCredits"


def test_an_idle_socket_is_closed():
    with (
        emulate("deepdub", voice="oracle", limits={"idle_seconds": 0.15}) as server,
        talking(server, "/open") as talk,
    ):
        speak(talk)
        began = time.monotonic()
        assert talk.closed() == (1001, "")
        assert time.monotonic() - began > 0.1


# Gender


def test_the_gender_of_a_sample_is_told_without_an_id(talk):
    tone = b"".join(struct.pack("<h", 8000 if at % 160 < 80 else -8000) for at in range(16000))  # 100 Hz
    wav = wav_header(AudioFormat("wav", 16000), len(tone)) + tone
    talk.say("gender-classify", generationId=ID, audio=base64.b64encode(wav).decode(), sample_rate=16000)
    answer = talk.hear()
    assert answer["predicted_gender"] == "male"
    assert 0.5 < answer["confidence"] <= 1
    assert "generationId" not in answer
    talk.say("gender-classify", generationId=ID, audio="AAEC")
    assert talk.hear()["errorType"] == "InvalidInput"


# Faults


def struck(server, *faults, **asked):
    """Return the talk with a generation asked for, and its headers' script."""
    return talking(server, "/open", additional_headers=KEY | {"x-voxbridge-fault": json.dumps(faults)})


@pytest.mark.parametrize(
    ("fault", "closed"),
    [
        ({"kind": "close"}, (1011, "")),
        ({"kind": "close", "code": 1000}, (1000, "")),
        ({"kind": "close", "code": 1001, "body": "Going away"}, (1001, "Going away")),
        ({"kind": "close", "at": 0}, (1011, "")),
        ({"kind": "cut"}, (1006, "")),
    ],
    ids=str,
)
def test_a_close_or_a_cut_ends_the_socket_in_mid_speech(server, fault, closed):
    with struck(server, fault) as talk:
        talk.say("text-to-speech", **ASKED)
        with suppress(ConnectionClosed):  # it may be closed by now
            talk.say("text-to-speech", **ASKED)
        assert talk.closed() == closed
        assert not any(frame["isFinished"] for frame in talk.frames[:3])


def test_a_stall_is_of_one_generation(server):
    with struck(server, {"kind": "stall"}) as talk:
        talk.say("text-to-speech", **ASKED | {"generationId": OTHER})
        talk.until(index=0)
        frames = speak(talk)
        assert words(sound(frames, ID)) == [1, 2, 3]
        with pytest.raises(TimeoutError):
            talk.hear(timeout=0.2)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "InvalidInput"), (402, "InsufficientCredits"), (403, "MaxExceeded"), (429, "RateLimit"), (500, None)],
)
def test_a_status_refuses_one_generation_in_the_sockets_words(server, status, kind):
    with struck(server, {"kind": "status", "on": 1, "code": status}) as talk:
        frame = refused(talk)
        assert frame["generationId"] == ID
        assert frame.get("errorType") == kind
        assert words(sound(speak(talk))) == [1, 2, 3]


def test_a_status_refuses_the_handshake(server):
    with pytest.raises(InvalidStatus) as caught, struck(server, {"kind": "status", "code": 503, "retry_after": 2}):
        pass
    assert caught.value.response.status_code == 503
    assert caught.value.response.headers["retry-after"] == "2"


def test_garbage_is_no_json_and_the_audio_goes_on(server):
    with struck(server, {"kind": "garbage", "at": 0}) as talk:
        talk.say("text-to-speech", **ASKED)
        talk.hear()
        with pytest.raises(json.JSONDecodeError):
            talk.hear()
        assert words(sound(talk.until(isFinished=True))) == [1, 2, 3]


@pytest.mark.parametrize("body", ['{"error": "boom"}', '{"error": "boom", "generationId": "$generationId"}'])
def test_garbage_that_is_an_error_ends_the_generation(server, body):
    with struck(server, {"kind": "garbage", "body": body}) as talk:
        talk.say("text-to-speech", **ASKED | {"generationId": ID})
        assert talk.until(error="boom")[-1].get("generationId") in (ID, None)
        assert talk.frames[-1] == json.loads(body.replace("$generationId", ID))
        assert len(sound(talk.frames)) == 3 * (68 + 9600)
        assert words(sound(speak(talk))) == [1, 2, 3]


def test_a_refused_message_is_no_text_that_a_fault_could_strike(server):
    with struck(server, {"kind": "rate", "code": 16000}) as talk:
        refused(talk, model=None)
        assert words(sound(speak(talk)), "wav/16000") == [1, 2, 3]


def test_split_and_rate_change_the_sound(server):
    with struck(server, {"kind": "split"}, {"kind": "rate", "on": 1, "code": 16000}) as talk:
        frames = speak(talk)
        assert {len(frame["data"]) - 68 for frame in frames[1:5]} == {334, 2, 1002}  # whole samples
        assert words(sound(frames)) == [1, 2, 3]
        assert words(sound(speak(talk)), "wav/16000") == [1, 2, 3]


def test_what_was_asked_and_what_it_costs_is_kept():
    with emulate("deepdub", voice="oracle") as server, talking(server, "/open") as talk:
        speak(talk)
        refused(talk, model=None)
        assert server.texts == ["w1 w2 w3"]
        assert server.billed == pytest.approx(0.6)
        assert (server.handshakes, server.requests[-1].status) == (1, 101)
