"""The exchange of ``/open``: tables of messages, and several callers on one socket."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from tests.deepdub.exchanges import VECTORS, Clock, Line, V, chunk, exchange, sent, sound, unit, wav
from tests.deepdub.recordings import sample
from voxbridge import (
    AuthenticationError,
    BackendUnavailable,
    Billed,
    EmptyAudio,
    Finished,
    OutOfCredits,
    ProtocolError,
    RateLimited,
    RejectedRequest,
    Renew,
    Send,
    Settled,
    SynthesisTimeout,
    Told,
    TruncatedSpeech,
    UnsupportedFeature,
    Wait,
    Warn,
    Whole,
)
from voxbridge_deepdub._account import find_account
from voxbridge_deepdub._open import OpenExchange
from voxbridge_deepdub._options import Options


def opened(**said):
    """Return an exchange, and the id and message of what it asks for first."""
    talk, _ = exchange("websocket", **said)
    return talk


def asked(talk, text="Hello.", index=0):
    """Have a unit spoken; return the id that is expected."""
    (send,) = [action for action in talk.send_unit(unit(text, index)) if isinstance(action, Send)]
    assert json.loads(send.frame)["generationId"] == send.expects
    return send.expects


def kinds(actions):
    return [type(action) for action in actions]


# -- asking


def test_a_unit_is_a_generation_with_an_id_of_its_own():
    talk = opened()
    send, told = talk.send_unit(unit("Hello."))
    message = json.loads(send.frame)
    assert message == {
        "action": "text-to-speech",
        "generationId": send.expects,
        "targetText": "Hello.",
        "model": "dd-etts-3.2",
        "voicePromptId": V,
        "locale": "en-US",
        "format": "s16le",
        "sampleRate": 24000,
    }
    assert str(UUID(send.expects)) == send.expects
    assert told == Told(request_id=send.expects, vendor={"x-generation-id": send.expects})


def test_one_is_in_flight_for_a_stream():
    talk = opened(text_kind="stream")
    assert talk.window == 1
    first = asked(talk)
    assert talk.send_unit(unit("And.", 1)) == []
    ended = talk.receive_frame(chunk(first, 0, b"ab", isFinished=True))
    assert [message["targetText"] for message in sent(ended)] == ["And."]


def test_whole_text_is_packed_up_to_the_limit():
    talk = opened(text_kind="synthesize", max_characters=20)
    assert talk.window > 100
    actions = [action for index in range(4) for action in talk.send_unit(unit("Eight ch. ", index))]
    assert [message["targetText"] for message in sent(actions)] == ["Eight ch. Eight ch. "]
    assert sent(talk.send_flush()) == []  # one is in flight
    first = talk.receive_frame(chunk(json.loads(actions[0].frame)["generationId"], 0, b"ab", isFinished=True))
    assert [action.upto for action in first if isinstance(action, Whole)] == [2]
    assert [message["targetText"] for message in sent(first)] == ["Eight ch. Eight ch. "]


def test_an_id_that_was_asked_for_is_the_first_ones():
    wanted = "55555555-5555-4555-8555-555555555555"
    talk = opened(options={"generation_id": wanted})
    assert asked(talk) == wanted
    following = talk.receive_frame(chunk(wanted, 0, b"ab", isFinished=True))
    assert kinds(following)[-1] is Whole
    assert asked(talk, "And.", 1) != wanted


def test_text_cannot_act_as_a_control():
    message = sent(opened().send_unit(unit("<config/> [sigh]")))[0]
    assert message["targetText"] == "(config/) (sigh)"


def test_the_key_is_in_the_handshake_and_in_nothing_that_prints():
    talk = opened()
    assert talk.socket.headers["x-api-key"].reveal() == "dd-a-secret-key"
    assert "dd-a-secret-key" not in repr((talk.socket, vars(talk)))
    assert (talk.socket.url, talk.socket.max_frame) == ("wss://wsapi.deepdub.ai/open", 16 * 1024 * 1024)


def test_what_the_model_does_not_know_is_said_once_it_begins():
    _, said = exchange("websocket", options={"model": "dd-etts-9"})
    assert kinds(said) == [Warn]


# -- hearing


def test_the_acknowledgement_is_no_audio():
    talk = opened()
    id = asked(talk)
    assert list(talk.receive_frame({"data": "", "generationId": id, "isFinished": False})) == []


@pytest.mark.parametrize(
    "last",
    [
        {"index": 1, "data": "Y2Q=", "isFinished": True},
        {"index": 5, "data": "", "isFinished": True},
        {"isFinished": True},
    ],
)
def test_however_it_ends_it_is_whole_and_its_place_is_free(last):
    talk = opened(format="linear16/16000")
    id = asked(talk)
    heard = talk.receive_frame(chunk(id, 0, b"ab"))
    ended = talk.receive_frame({"generationId": id, **last})
    assert sound([*heard, *ended]) in {b"ab", b"abcd"}
    assert [action for action in ended if isinstance(action, (Settled, Whole))] == [Settled(id), Whole(1)]
    size = len(sound([*heard, *ended]))
    assert Told(billed=Billed("deepdub", size / 32000, "seconds")) in ended


def test_wav_that_comes_for_pcm_is_read_without_its_headers():
    talk = opened()
    id = asked(talk)
    messages = [chunk(id, 0, wav(b"ab")), chunk(id, 1, wav(b"cd")), chunk(id, 2, wav(b"ef"), isFinished=True)]
    assert b"".join(sound(talk.receive_frame(message)) for message in messages) == b"abcdef"


@pytest.mark.parametrize("format", ["mulaw/8000", "mp3/48000", "opus"])
def test_other_formats_come_as_they_are(format):
    talk = opened(format=format)
    id = asked(talk)
    assert sound(talk.receive_frame(chunk(id, 0, b"\0\1\2"))) == b"\0\1\2"


def test_it_finishes_when_nothing_is_owed():
    assert list(opened().send_end()) == [Finished()]
    talk = opened()
    id = asked(talk)
    assert list(talk.send_end()) == []
    assert talk.receive_frame(chunk(id, 0, b"ab", isFinished=True))[-1] == Finished()


def test_audio_of_other_generations_is_nobodys():
    talk = opened()
    id = asked(talk)
    assert list(talk.receive_frame(chunk("another", 0, b"zz"))) == []
    talk.receive_frame(chunk(id, 0, b"ab", isFinished=True))
    assert list(talk.receive_frame(chunk(id, 1, b"zz"))) == []


# -- errors

TYPES = [
    ({"errorType": "RateLimit", "error": "Rate limit exceeded"}, RateLimited, True),
    ({"errorType": "RateLimit", "error": "Free tier quota exceeded (used: 10)."}, RateLimited, False),
    ({"errorType": "MaxExceeded", "error": "plan minutes used up"}, OutOfCredits, False),
    ({"errorType": "InsufficientCredits", "error": "no credits"}, OutOfCredits, False),
    ({"errorType": "InvalidInput", "error": "no"}, RejectedRequest, False),
    ({"error": "the worker died"}, BackendUnavailable, True),
    ({"error": ""}, BackendUnavailable, True),
]


@pytest.mark.parametrize(("message", "kind", "retryable"), TYPES)
def test_an_error_of_a_generation_is_typed(message, kind, retryable):
    talk = opened()
    id = asked(talk)
    (error,) = talk.receive_frame({"generationId": id, **message})
    assert (type(error), error.retryable, error.request_id) == (kind, retryable, id)


@pytest.mark.parametrize(("message", "kind", "retryable"), TYPES)
def test_so_is_one_without_an_id(message, kind, retryable):
    talk = opened()
    asked(talk)
    (error,) = talk.receive_frame(message)
    assert (type(error), error.retryable) == (kind, retryable)


def test_a_late_error_comes_after_the_audio_and_what_was_heard_is_charged():
    talk = opened()
    id = asked(talk)
    assert sound(talk.receive_frame(chunk(id, 0, bytes(4800)))) == bytes(4800)
    told, error = talk.receive_frame({"error": "boom", "generationId": id})
    assert told == Told(billed=Billed("deepdub", 0.1, "seconds"))
    assert isinstance(error, BackendUnavailable)


def test_an_error_is_nobodys_fault_where_nothing_is_owed():
    assert list(opened().receive_frame({"error": "boom"})) == [Renew()]


def test_an_end_without_any_audio_is_an_error():
    talk = opened()
    id = asked(talk)
    actions = talk.receive_frame(chunk(id, 0, isFinished=True))
    assert isinstance(actions[-1], EmptyAudio)


@pytest.mark.parametrize("message", [chunk("", 0, wav(b"ab", rate=48000)), chunk("", 3, wav(b"abcd", channels=2))])
def test_audio_in_another_format_is_an_error_that_names_both(message):
    talk = opened()
    id = asked(talk)
    error = [*talk.receive_frame({**message, "generationId": id}), *talk.receive_frame(chunk(id, 9, isFinished=True))][
        0
    ]
    assert isinstance(error, ProtocolError)
    assert "asked for linear16/24000, and the WAV is at" in str(error)
    assert error.request_id == id


@pytest.mark.parametrize("data", ["YWI", "?", 5])
def test_bad_base64_raises_for_the_core_to_judge(data):
    talk = opened()
    id = asked(talk)
    with pytest.raises((ValueError, TypeError)):
        talk.receive_frame({"generationId": id, "data": data})


CLOSES = [
    (1000, "", TruncatedSpeech),
    (1001, "", TruncatedSpeech),
    (1006, "", BackendUnavailable),
    (1008, "", RejectedRequest),
    (1011, "", BackendUnavailable),
    (4001, "no", RejectedRequest),
    (1008, "Unauthorized: invalid API key", AuthenticationError),
]


@pytest.mark.parametrize(("code", "reason", "kind"), CLOSES)
def test_a_close_while_something_is_owed_is_an_error_of_its_kind(code, reason, kind):
    talk = opened()
    asked(talk)
    (error,) = talk.receive_close(code, reason)
    assert (type(error), error.detail) == (kind, reason)


@pytest.mark.parametrize(("code", "reason", "kind"), CLOSES)
def test_a_close_while_nothing_is_owed_is_nobodys_fault(code, reason, kind):
    assert list(opened().receive_close(code, reason)) == [Renew()]


def test_a_refused_handshake_says_why_and_names_the_region():
    (error,) = opened().receive_refusal(401, {}, b'{"message": "Unauthorized: invalid or missing API key"}')
    assert isinstance(error, AuthenticationError)
    assert "'us'" in str(error)


def test_who_could_not_connect_is_told_so():
    talk = opened()
    never = OpenExchange(talk.job, find_account(), Options())
    error = BackendUnavailable("no route")
    assert list(never.receive_failure(None, error)) == [error]
    assert list(talk.receive_failure(None, error)) == [Renew()]


# -- leaving off


def test_what_the_service_has_begun_keeps_its_place_until_it_ends():
    talk = opened()
    id = asked(talk)
    talk.receive_frame({"data": "", "generationId": id, "isFinished": False})
    assert list(talk.send_clear()) == [Wait(3.0)]
    following = asked(talk, "And.", 1)
    assert list(talk.receive_frame(chunk(id, 0, b"zz"))) == []
    assert list(talk.receive_frame(chunk(id, 1, b"zz", isFinished=True))) == [Settled(id)]
    assert sound(talk.receive_frame(chunk(following, 0, b"ab"))) == b"ab"
    assert list(talk.receive_timer()) == []


def test_so_it_does_until_its_error():
    talk = opened()
    id = asked(talk)
    talk.receive_frame(chunk(id, 0, b"ab"))
    talk.send_clear()
    assert list(talk.receive_frame({"error": "boom", "generationId": id})) == [Settled(id)]


def test_but_not_for_long():
    talk = opened()
    id = asked(talk)
    talk.receive_frame(chunk(id, 0, b"ab"))
    talk.send_clear()
    assert list(talk.receive_timer()) == [Settled(id)]
    assert list(talk.receive_frame(chunk(id, 1, b"zz", isFinished=True))) == []


def test_what_may_not_have_been_sent_yet_gives_its_place_up_at_once():
    talk = opened()
    id = asked(talk)
    assert list(talk.send_clear()) == [Settled(id)]
    assert list(talk.receive_frame(chunk(id, 0, b"zz"))) == []


def test_with_nothing_under_way_there_is_nothing_to_clear():
    assert list(opened().send_clear()) == []


def test_after_an_idle_minute_a_new_socket_speaks():
    clock, memory = Clock(), {}
    one, _ = exchange("websocket", memory=memory, clock=clock)
    two, _ = exchange("websocket", memory=memory, clock=clock)
    clock.now += 59
    id = asked(one)
    one.receive_frame(chunk(id, 0, b"ab", isFinished=True))
    clock.now += 59  # it is the socket's time that counts
    asked(two)
    clock.now += 61
    assert list(one.send_unit(unit("Hello."))) == [Renew()]


# -- many on one socket


def test_each_caller_hears_its_own():
    line = Line("websocket", 3)
    line.say("Hello.")
    assert (len(line.sockets), len(line.ids)) == (1, 3)
    for index in range(4):
        for number in (2, 0, 1):
            last = index == 3
            line.answer(chunk(line.ids[number], index, bytes([number, index]), isFinished=last))
    assert line.heard == [b"".join(bytes([number, index]) for index in range(4)) for number in range(3)]
    assert (line.socket.claims, line.socket.strays) == ({}, 0)


def test_an_error_of_one_leaves_the_others_alone():
    line = Line("websocket", 3)
    line.say("Hello.")
    line.answer({"error": "boom", "generationId": line.ids[1]})
    for number in (0, 2):
        line.answer(chunk(line.ids[number], 0, b"ab", isFinished=True))
    assert line.heard == [b"ab", b"", b"ab"]
    assert [type(error) for error in line.errors] == [type(None), BackendUnavailable, type(None)]


def test_audio_that_is_nobodys_is_counted_and_dropped():
    line = Line("websocket", 2)
    line.say("Hello.")
    line.answer(chunk("another", 0, b"zz"))
    line.callers[0].clear()
    line.settle()
    line.answer(chunk(line.ids[0], 0, b"zz"))
    assert (line.socket.strays, line.heard) == (2, [b"", b""])


def test_whoever_interrupts_speaks_on_over_the_same_socket():
    line = Line("websocket", 2)
    line.say("Hello.", 0)
    for turn in range(50):
        old = line.ids[-1]
        line.answer(chunk(old, 0, b"zz"))
        line.callers[0].clear()
        line.heard[0] = b""
        line.say(f"Turn {turn}.", 0)
        line.answer(chunk(old, 1, b"zz", isFinished=True))
        assert line.heard[0] == b""
    line.answer(chunk(line.ids[-1], 0, b"ab", isFinished=True))
    assert (line.heard[0], len(line.sockets), line.socket.claims) == (b"ab", 1, {})


# The six on which the vendor's own SDK waits for ever.
FAULTS = {
    "close 1000": (lambda line: line.socket.lost(line.clock.now, 1000, ""), TruncatedSpeech),
    "close 1011": (lambda line: line.socket.lost(line.clock.now, 1011, ""), BackendUnavailable),
    "abort": (lambda line: line.socket.lost(line.clock.now, 1006, ""), BackendUnavailable),
    "error without an id": (lambda line: line.answer({"error": "boom", "errorType": "InvalidInput"}), RejectedRequest),
    "broken JSON": (lambda line: line.answer('{"generationId": "'), ProtocolError),
    "silence": (lambda line: line.wait(5.2), SynthesisTimeout),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_a_typed_error_for_everybody_who_waits_and_for_nobody_else(fault):
    strike, kind = FAULTS[fault]
    line = Line("websocket", 4)
    line.say("Before.")
    for id in line.ids:
        line.answer(chunk(id, 0, b"ab", isFinished=True))
    line.say("Hello.", 0, 1, 2)
    line.answer({"data": "", "generationId": line.ids[-1], "isFinished": False})
    strike(line)
    line.settle()
    assert [type(error) for error in line.errors[:3]] == [kind] * 3
    assert (line.errors[3], line.callers[3].done) == (None, False)
    line.say("After.", 3)
    line.answer(chunk(line.ids[-1], 0, b"cd", isFinished=True))
    assert line.heard[3] == b"abcd"
    assert line.socket.claims == {}
    assert not line.sockets[0].free(line.clock.now)  # nobody else gets it; who is on it may go on if it still speaks
    assert len(line.sockets) == (1 if fault == "silence" else 2)


@pytest.mark.parametrize("fault", ["close 1011", "abort"])
def test_in_the_midst_of_audio_it_is_truncated_speech(fault):
    strike, _ = FAULTS[fault]
    line = Line("websocket", push=False)
    line.callers[0].text("Hello.")
    line.callers[0].text_end()
    line.settle()
    line.answer(chunk(line.ids[0], 0, b"ab"))
    strike(line)
    line.settle()
    assert type(line.errors[0]) is TruncatedSpeech


def test_another_try_has_an_id_and_a_socket_of_its_own():
    line = Line("websocket", push=False, retries=1)
    line.callers[0].text("Hello.")
    line.callers[0].text_end()
    line.settle()
    line.answer({"error": "boom", "generationId": line.ids[0]})
    line.wait(5)
    line.answer(chunk(line.ids[1], 0, b"ab", isFinished=True))
    assert (line.heard, line.errors, len(line.sockets), len(set(line.ids))) == ([b"ab"], [None], 2, 2)


# -- against the vendor's own SDK

UNSET = "null and absent are the same to the service, so what is not set is left out"
RATE = "the rate is always said: what the service takes when it is not differs by format"
PCM = "PCM is asked for as s16le, which has no header to misread"
LEAK = "an argument of Python's that leaks into the message"
CLONE = "a sample goes by request or over /ws: nothing says that /open takes one"

SAME = {
    "ws_open_minimal_wav": ({}, {"text": "Hello."}),
    "ws_open_maximal": (
        {
            "language": "fr-FR",
            "speed": 1.1,
            "options": {
                "model": "dd-etts-3.5", "temperature": 0.7, "variance": 0.6, "seed": 42, "prompt_boost": False,
                "accent": {"base": "en-US", "target": "fr-FR", "ratio": 0.3}, "target_gender": "male",
                "realtime": True, "clean_audio": True,
            },
        },
        {"text": "Bonjour"},
    ),
    "ws_open_headerless": ({"format": "linear16/16000"}, {}),
    "ws_open_audio_on_last": ({}, {}),
    "ws_open_mulaw": ({"format": "mulaw/8000"}, {}),
    "ws_open_doc_verbose": ({}, {}),
    "ws_open_error_with_id": ({}, {}),
    "ws_open_frame_over_1MiB": ({}, {}),
}  # fmt: skip
# Fields of theirs that we say otherwise or not, with the reason; what is null in theirs is UNSET.
DIFFERENT = {
    "ws_open_minimal_wav": {"format": PCM, "sampleRate": RATE},
    "ws_open_maximal": {"voiceReference": CLONE},
    "ws_open_headerless": {"format": PCM},
    "ws_open_audio_on_last": {"sampleRate": RATE},
    "ws_open_doc_verbose": {"format": PCM, "sampleRate": RATE, "verbose": LEAK},
    "ws_open_error_with_id": {"format": PCM, "sampleRate": RATE},
    "ws_open_frame_over_1MiB": {"sampleRate": RATE},
}
ELSEWHERE = {
    "ws_open_multiplex": "test_two_of_the_vendors_generations_on_one_socket_are_told_apart",
    "ws_open_handshake_401": "test_a_refused_handshake_says_why_and_names_the_region",
    "ws_open_client_reject_bad_format": "refused by the table of formats, see test_deepdub_matrix",
    "ws_open_client_reject_bad_rate": "36000 is in the vendor's documents: its SDK is behind them",
}


def test_no_recording_of_the_socket_is_forgotten():
    assert {name for name in VECTORS if name.startswith("ws_open")} == SAME.keys() | ELSEWHERE.keys()


@pytest.mark.parametrize("name", SAME)
def test_what_is_sent_is_what_the_sdk_sends(name):
    said, more = SAME[name]
    theirs = next(frame for frame in VECTORS[name]["frames"] if frame["dir"] == "client->server")["payload"]
    talk = opened(**{**said, "options": {"generation_id": theirs["generationId"], **said.get("options", {})}})
    (ours,) = sent(talk.send_unit(unit(more.get("text", "Hi"))))
    different = DIFFERENT.get(name, {})
    unset = {key for key, value in theirs.items() if value is None}
    assert not unset & ours.keys() - different.keys(), UNSET
    for message in (ours, theirs):
        for key in different.keys() | unset:
            message.pop(key, None)
    assert ours == theirs


@pytest.mark.parametrize("name", ["ws_open_headerless", "ws_open_audio_on_last", "ws_open_mulaw"])
def test_what_the_service_is_thought_to_answer_is_heard(name):
    format = {"ws_open_headerless": "linear16/48000", "ws_open_mulaw": "mulaw/8000"}.get(name, "linear16/24000")
    frames = [frame for frame in VECTORS[name]["frames"] if frame["dir"] == "server->client"]
    talk = opened(format=format, options={"generation_id": frames[0]["payload"]["generationId"]})
    asked(talk)
    actions = [action for frame in frames for action in talk.receive_frame(frame["payload"])]
    returned = VECTORS[name]["sdk_outcome"]["returned"]
    assert len(sound(actions)) == sum(returned["chunks"])
    assert sound(actions).hex().startswith(returned["first_bytes_hex"][0])
    assert kinds(actions)[-1] is Whole


def test_two_of_the_vendors_generations_on_one_socket_are_told_apart():
    line = Line("websocket", 2)
    line.say("A. B.", 0, 1)
    names = dict(zip(("5", "6"), line.ids, strict=True))
    for frame in VECTORS["ws_open_multiplex"]["frames"]:
        if frame["dir"] == "server->client":
            message = frame["payload"]
            line.answer({**message, "generationId": names[message["generationId"][0]]})
    assert [heard.hex() for heard in line.heard] == VECTORS["ws_open_multiplex"]["sdk_outcome"]["returned"]


def test_a_sample_is_refused_where_no_document_lets_it_in():
    with pytest.raises(UnsupportedFeature, match="no sample over /open"):
        opened(sample=sample())
