"""The exchange of ``/open``: tables of messages, and several callers on one socket."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from tests.deepdub.exchanges import Clock, V, chunk, exchange, sent, sound, unit, wav
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


def test_a_sample_is_refused_where_no_document_lets_it_in():
    with pytest.raises(UnsupportedFeature, match="no sample over /open"):
        opened(sample=sample())
