"""The emulator's socket /ws: text in pieces, turns, inline controls, as Deepdub's documents have them."""

from __future__ import annotations

import base64
import json
import time
from contextlib import contextmanager, suppress
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus

from tests.deepdub.talking import KEY, VOICE, sound, talking, words
from voxbridge.audio import AudioFormat, wav_header
from voxbridge.testing import emulate, words_text
from voxbridge_deepdub.emulator._inline import Inline, Switch


CONFIG = {"model": "dd-etts-3.2", "locale": "en-US", "voicePromptId": VOICE, "format": "s16le", "sampleRate": 16000}
RAW = "linear16/16000"
FINAL = {"isFinal": True}
RATES = (8000, 16000, 22050, 24000, 32000, 36000, 44100, 48000)


@pytest.fixture(scope="module")
def server():
    with emulate("deepdub", voice="oracle") as server:
        yield server


@contextmanager
def streaming(server, config=None, **options):
    with talking(server, "/ws", **options) as talk:
        assert talk.hear()["message"] == "connected"
        if config is not False:
            talk.say("stream-config", config=CONFIG | (config or {}))
        yield talk


@pytest.fixture
def talk(server):
    with streaming(server) as talk:
        yield talk


def speak(talk, *texts):
    """Return all frames of a turn."""
    for text in texts:
        talk.say("stream-text", data={"text": text})
    talk.say("end-stream")
    return talk.until(**FINAL)


def generations(frames):
    """Return the sound of each generation, in the order of their first frames."""
    ids = dict.fromkeys(frame["generationId"] for frame in frames if frame.get("data"))
    return [sound(frames, id) for id in ids]


def test_the_server_speaks_first(server):
    with talking(server, "/ws") as talk:
        welcome = talk.hear()
    assert list(welcome) == ["action", "connectionId", "message"]
    assert (welcome["action"], welcome["message"]) == ("status", "connected")
    assert UUID(welcome["connectionId"])


def test_a_turn_is_chunks_the_end_of_the_generation_and_the_end_of_the_turn(talk):
    frames = speak(talk, "w1 ", "w", "2")
    id = frames[0]["generationId"]
    assert [list(frame) for frame in frames[:-2]] == [["generationId", "index", "isFinished", "data"]] * 4
    assert [frame["index"] for frame in frames] == [0, 1, 2, 3, 4, 4]
    assert frames[-2] == {"generationId": id, "index": 4, "isFinished": True}
    assert frames[-1] == {"generationId": id, "index": 4, "isFinished": True, "isFinal": True}
    assert words(sound(frames), RAW) == [1, 2]


def test_a_socket_has_many_turns_and_its_config_lasts(talk):
    assert words(sound(speak(talk, "w1")), RAW) == [1]
    assert words(sound(speak(talk, "w2")), RAW) == [2]
    talk.say("stream-config", data={"model": "dd-etts-3.0", "format": "mulaw"})
    assert words(sound(speak(talk, "w3")), "mulaw/8000") == [3]


@pytest.mark.parametrize(
    ("config", "format"),
    [
        ({"format": None, "sampleRate": None}, "wav/48000"),
        ({"format": "wav"}, "wav/16000"),
        ({"format": "flac"}, "wav/16000"),  # silently, as the documents say
        ({"format": "s16le", "sampleRate": None}, "linear16/48000"),
        ({"format": "s16le", "sampleRate": 11025}, "linear16/48000"),
        ({"format": "mulaw", "sampleRate": None}, "mulaw/8000"),
        ({"format": "mp3", "sampleRate": 24000}, "mp3/24000"),
        *[({"format": "s16le", "sampleRate": rate}, f"linear16/{rate}") for rate in RATES],
    ],
    ids=str,
)
def test_every_format_is_spoken_and_an_unknown_one_becomes_wav(server, config, format):
    with streaming(server, config) as talk:
        assert words(sound(speak(talk, "w1 w2")), format) == [1, 2]


@pytest.mark.parametrize(
    "message",
    [
        {"data": {"text": "w7"}},
        {"config": {"text": "w7"}},
        {"text": "w7"},
        {"data": {"text": "w7", "ctx": 1}},
    ],
    ids=str,
)
def test_text_may_stand_where_the_documents_let_it(talk, message):
    talk.say("stream-text", **message)
    talk.say("end-stream")
    assert words(sound(talk.until(**FINAL)), RAW) == [7]


def test_every_sentence_is_a_generation(talk):
    frames = speak(talk, "w1 w2. w3", " w4! w5")
    assert [words(audio, RAW) for audio in generations(frames)] == [[1, 2], [3, 4], [5]]
    assert sum(frame["isFinished"] for frame in frames) == 4


def test_the_first_words_are_spoken_soon_and_the_rest_after_a_while():
    with emulate("deepdub", voice="oracle", habits={"flush_seconds": 0.2}) as server, streaming(server) as talk:
        began = time.monotonic()
        talk.say("stream-text", text="w1 w2 w")
        assert words(sound(talk.until(isFinished=True)), RAW) == [1, 2]
        assert time.monotonic() - began < 0.2
        talk.say("stream-text", text="3")
        assert words(sound(talk.until(isFinished=True)), RAW) == [3]
        assert talk.frames[-1].get("isFinal") is None
        assert server.texts == ["w1 w2 ", "w3"]


def test_the_first_words_wait_as_long_as_the_config_says():
    with emulate("deepdub", voice="oracle") as server, streaming(server, {"firstAudioTimeout": 300}) as talk:
        talk.say("stream-text", text="w1 ")
        time.sleep(0.1)
        talk.say("stream-text", text="w2 ")
        assert words(sound(talk.until(isFinished=True)), RAW) == [1, 2]


def test_a_turn_without_text_ends_at_once(talk):
    assert speak(talk)[-1]["isFinal"]
    assert speak(talk, " ", "\n")[-1]["isFinal"]


@pytest.mark.parametrize(("mode", "ends"), [("isFinished", 1), ("silent", 0)])
def test_the_end_may_be_told_less_clearly(mode, ends):
    with emulate("deepdub", voice="oracle", habits={"turn_end": mode}) as server, streaming(server) as talk:
        talk.say("stream-text", text="w1")
        talk.say("end-stream")
        with suppress(TimeoutError):
            while True:
                talk.hear(timeout=0.3)
        assert words(sound(talk.frames), RAW) == [1]
        assert sum(frame.get("isFinished", False) for frame in talk.frames) == ends
        assert not any("isFinal" in frame for frame in talk.frames)


def test_ping_is_answered_also_before_a_config(server):
    with streaming(server, config=False) as talk:
        talk.say("ping")
        assert talk.hear() == {"action": "pong"}


def test_cancel_ends_what_is_spoken_and_drops_the_rest():
    with emulate("deepdub", voice="oracle", pace=4) as server, streaming(server) as talk:
        talk.say("stream-text", text=words_text(40))
        talk.say("end-stream")
        id = talk.hear()["generationId"]
        talk.say("cancel")
        frames = talk.until(isCancelled=True)
        assert frames[-1] == {"generationId": id, "isFinished": True, "isCancelled": True}
        assert talk.hear() == {"action": "status", "message": "cancelled"}
        assert len(words(sound(talk.frames), RAW)) < 8
        assert words(sound(speak(talk, "w77")), RAW) == [77]


def test_cancel_forgets_text_that_was_not_spoken_and_is_told_when_there_is_none(server):
    with streaming(server, {"firstAudioTimeout": 10_000}) as talk:
        talk.say("stream-text", text="w1 [hap")
        talk.say("cancel")
        assert talk.hear() == {"action": "status", "message": "cancelled"}
        assert words(sound(speak(talk, "w2")), RAW) == [2]


# Session errors


def wav(rate=48000, channels=1, seconds=1):
    data = bytes(2 * rate * channels * seconds)
    return base64.b64encode(wav_header(AudioFormat("wav", rate, channels), len(data)) + data).decode()


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"action": "stream-config"}, "model is required in configuration"),
        ({"action": "stream-config", "config": {"model": None}}, "model is required in configuration"),
        ({"action": "stream-config", "config": {"model": "nope"}}, "queue route not found for model: nope"),
        (
            {"action": "stream-text", "data": {"text": "x"}},
            "please send 'stream-config' action with model before streaming text",
        ),
        ({"action": "stream-text", "data": {}}, "Invalid message format"),
        ({"action": "stream-text", "data": {"text": 3}}, "Invalid message format"),
        ({"action": "text-to-speech"}, "Invalid message format"),
        ({}, "Invalid message format"),
        ([], "Invalid message format"),
        *[
            ({"action": "stream-config", "data": {"model": "dd-etts-3.2", "voicePrompt": prompt}}, error)
            for prompt, error in (
                ("no base64", "voicePrompt must be base64-encoded: "),
                (wav(seconds=11), "voicePrompt exceeds maximum size of 1MB"),
                (wav(channels=2), "voicePrompt must be mono (1 channel), got 2 channels"),
                (wav(rate=16000), "voicePrompt must be 48000Hz sample rate, got 16000Hz"),
                ("AAEC", "voicePrompt is not a WAV file: "),
                (wav()[:40], "voicePrompt is not a WAV file: "),
            )
        ],
    ],
    ids=lambda each: str(each)[:60],
)
def test_a_session_error_is_told_in_the_vendors_words_and_the_session_lives_on(server, message, error):
    with streaming(server, config=False) as talk:
        talk.socket.send(json.dumps(message))
        answer = talk.hear()
        assert list(answer) == ["action", "message", "time"]
        assert answer["action"] == "error"
        assert answer["message"].startswith(error)
        assert abs(answer["time"] - time.time()) < 5
        talk.say("stream-config", config=CONFIG)
        assert words(sound(speak(talk, "w1")), RAW) == [1]


@pytest.mark.parametrize("frame", ["", "{", b"\xff"])
def test_what_is_no_json_is_a_session_error(talk, frame):
    talk.socket.send(frame)
    assert talk.hear()["message"] == "Invalid message format"


def test_a_wrong_config_leaves_the_one_before(talk):
    talk.say("stream-config", config={"model": "nope"})
    assert talk.hear()["action"] == "error"
    assert words(sound(speak(talk, "w1")), RAW) == [1]


def test_keys_that_nobody_knows_and_null_are_tolerated(server):
    old = {"temperature": None, "variance": None, "tempo": 1.1, "promptBoost": False, "accentControl": None}
    with streaming(server, old | {"targetGender": "any", "realtime": True, "firstAudioTimeout": None}) as talk:
        assert words(sound(speak(talk, "w1")), RAW) == [1]


def test_a_handshake_without_a_key_is_401(server):
    with pytest.raises(InvalidStatus) as caught, talking(server, "/ws", additional_headers={}):
        pass
    assert caught.value.response.status_code == 401


# Voices and inline controls


def spoken(server, *texts, **config):
    """Return each generation of a turn."""
    with streaming(server, config) as talk:
        return generations(speak(talk, *texts))


def test_a_voice_prompt_is_a_voice_of_its_own(server):
    (plain,) = spoken(server, "w1 w2")
    (own,) = spoken(server, "w1 w2", voicePrompt=wav())
    (other,) = spoken(server, "w1 w2", voicePrompt=wav(seconds=2))
    assert len({plain, own, other}) == 3
    assert words(own, RAW) == [1, 2]


def test_a_config_tag_changes_the_voice_from_there_on(server):
    text = 'w1 <config locale="es-MX" voicePromptId="other"/>w1</config> w1'
    one, other, both = *spoken(server, "w1 "), *spoken(server, "w1 ", voicePromptId="other"), spoken(server, text)
    assert both[0] == one
    assert both[1][:6400] == other
    assert [words(each, RAW) for each in both] == [[1], [1, 1]]


def test_an_emotion_changes_the_voice_and_default_takes_it_back(server):
    plain, happy, again = spoken(server, "w1 [ Happy ]w1 [default]w1")
    assert words(plain, RAW) == words(happy, RAW) == words(again, RAW) == [1]
    assert plain == again != happy


def test_unknown_names_in_brackets_are_words(server):
    (audio,) = spoken(server, "w1 [w2] <w3> a < w4 [] w5")
    assert [index for index in words(audio, RAW) if index < 6] == [1, 2, 3, 4, 5]


def test_emojis_are_obeyed_only_if_asked_for(server):
    plain, happy, again = spoken(server, "w1 😀w1 😐w1", acceptEmojis=True)
    assert plain == again != happy
    assert len(spoken(server, "w1 😀w1 😐w1")) == 1
    assert len(spoken(server, "w1 🌵w1 🇫🇷w1 🌎w1", acceptEmojis=True)) == 3


def test_controls_that_were_obeyed_are_kept():
    with emulate("deepdub", voice="oracle") as server:
        spoken(server, 'w1 <config locale="fr', '-FR"/> w2 [hap', "py] w3 [sigh] 🇩", "🇪 😐 w4", acceptEmojis=True)
        assert server.controls == ['<config locale="fr-FR"/>', "[happy]", "🇩🇪", "😐"]
        spoken(server, "w1 [sigh] w2")
        assert server.controls[4:] == ["[sigh]"]


PIECES = st.sampled_from(
    [
        "w1",
        " ",
        ".",
        "<",
        ">",
        "<config",
        ' locale="fr-FR"',
        "/>",
        "</config>",
        "[",
        "]",
        "happy",
        "default",
        "🇫",
        "🇷",
        "😀",
    ]
)


@given(st.lists(PIECES, max_size=20).map("".join), st.data(), st.booleans())
def test_splitting_text_anywhere_changes_no_control(text, data, emojis):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    split, whole = Inline(), Inline()
    parts = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    pieces = [piece for part in parts for piece in split.feed(part, emojis=emojis)] + split.end(emojis=emojis)
    assert joined(pieces) == joined(whole.feed(text, emojis=emojis) + whole.end(emojis=emojis))


def joined(pieces):
    """Return controls, and the words between them as one str."""
    found = [""]
    for piece in pieces:
        if isinstance(piece, Switch):
            found += [piece, ""]
        else:
            found[-1] += piece
    return found


# Faults


def struck(server, *faults):
    return streaming(server, additional_headers=KEY | {"x-voxbridge-fault": json.dumps(faults)})


@pytest.mark.parametrize(
    ("fault", "closed"),
    [
        ({"kind": "close"}, (1011, "")),
        ({"kind": "close", "code": 1000, "body": "bye"}, (1000, "bye")),
        ({"kind": "cut"}, (1006, "")),
    ],
    ids=str,
)
def test_a_close_or_a_cut_ends_the_socket_in_mid_speech(server, fault, closed):
    with struck(server, fault) as talk:
        talk.say("stream-text", text="w1 w2")
        talk.say("end-stream")
        assert talk.closed() == closed
        assert len(words(sound(talk.frames), RAW)) < 2


def test_a_stall_is_silence_but_pings_are_answered(server):
    with struck(server, {"kind": "stall", "at": 0}) as talk:
        talk.say("stream-text", text="w1 w2")
        talk.say("end-stream")
        talk.say("ping")
        assert talk.hear() == {"action": "pong"}
        with pytest.raises(TimeoutError):
            talk.hear(timeout=0.2)


def test_a_worker_error_ends_one_generation_and_the_others_go_on(server):
    with struck(server, {"kind": "status", "on": 1, "code": 500, "body": "worker died"}) as talk:
        frames = speak(talk, "w1. w2.")
    assert frames[0].keys() == {"generationId", "error"}
    assert frames[0]["error"] == "worker died"
    assert words(sound(frames), RAW) == [2]


def test_garbage_may_be_an_error_without_an_id(server):
    with struck(server, {"kind": "garbage", "body": '{"error": "boom"}'}) as talk:
        talk.say("stream-text", text="w1 w2")
        talk.say("end-stream")
        assert talk.until(error="boom")


def test_a_voice_that_does_not_exist_is_a_worker_error():
    with emulate("deepdub", voice="oracle", habits={"any_voice": False}) as server, streaming(server) as talk:
        assert words(sound(speak(talk, "w1")), RAW) == [1]
        talk.say("stream-config", config=CONFIG | {"voicePromptId": "nobody"})
        frames = speak(talk, "w1")
        assert frames[0]["error"] == "Voice prompt not found"


def test_too_many_generations_are_worker_errors():
    with emulate("deepdub", voice="oracle", limits={"address": 0}) as server, streaming(server) as talk:
        assert speak(talk, "w1")[0]["error"] == "RateLimit: concurrent request limit exceeded"


def test_tokens_that_come_one_by_one_are_spoken_once_each(server):
    text = words_text(30)
    with streaming(server) as talk:
        frames = speak(talk, *[text[at : at + 3] for at in range(0, len(text), 3)])
    assert words(sound(frames), RAW) == list(range(30))
