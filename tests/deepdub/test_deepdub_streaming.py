"""The exchange of ``/ws``: tables of messages."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.deepdub.exchanges import Clock, V, chunk, exchange, sent, sound, unit, wav
from tests.deepdub.recordings import sample
from voxbridge import (
    Audio,
    AuthenticationError,
    BackendUnavailable,
    Billed,
    Degraded,
    EmptyAudio,
    Finished,
    InvalidFormat,
    ProtocolError,
    RejectedRequest,
    Renew,
    Send,
    Settled,
    Told,
    TruncatedSpeech,
    UsageError,
    Wait,
    Whole,
)


END, CANCEL, PING = {"action": "end-stream"}, {"action": "cancel"}, {"action": "ping"}
CONFIG = {"model": "dd-etts-3.2", "voicePromptId": V, "locale": "en-US", "format": "s16le", "sampleRate": 24000}
WELCOME = {"action": "status", "connectionId": "c-1", "message": "connected"}


def opened(**said):
    """Return an exchange in a session that has begun."""
    talk, _ = exchange("streaming", **said)
    answer(talk, WELCOME)
    return talk


def answer(talk, *messages):
    """Give an exchange messages; return all that it answers."""
    return [action for message in messages for action in talk.receive_frame(json.dumps(message))]


def end(id, index=9, **more):
    return {"generationId": id, "index": index, "isFinished": True, **more}


def kinds(actions):
    return [type(action) for action in actions]


def speaking(**said):
    """Return an exchange that has sent a unit."""
    talk = opened(**said)
    talk.send_unit(unit("Hello."))
    return talk


# -- the session


def test_a_session_is_configured_before_anything_else():
    _, said = exchange("streaming")
    assert sent(said) == [{"action": "stream-config", "config": CONFIG}]
    assert said[-1] == Wait(25.0)


def test_its_id_is_told_until_a_generation_has_one():
    talk = opened()
    assert answer(talk, WELCOME) == [Told(request_id="c-1")]
    talk.send_unit(unit("Hello."))
    assert answer(talk, chunk("g", 0, b"ab"))[0] == Told(request_id="g", vendor={"x-generation-id": "g"})


def test_the_next_in_a_session_of_the_same_configuration_sends_none():
    memory = {}
    exchange("streaming", memory=memory)
    talk, said = exchange("streaming", memory=memory)
    assert sent(said) == []
    assert sent(talk.send_unit(unit("Hello."))) == [{"action": "stream-text", "data": {"text": "Hello."}}, END]


def test_another_configuration_replaces_the_one_before_and_unsets_what_it_had():
    memory = {}
    exchange("streaming", memory=memory, options={"target_gender": "female", "realtime": True})
    _, said = exchange("streaming", memory=memory, format="mulaw/8000", options={"realtime": True})
    (message,) = sent(said)
    assert message["config"] == {
        **CONFIG, "format": "mulaw", "sampleRate": 8000, "realtime": True, "targetGender": None
    }  # fmt: skip
    assert sent(exchange("streaming", memory=memory, format="mulaw/8000", options={"realtime": True})[1]) == []


@pytest.mark.parametrize("format", ["mp3/48000", "opus", "wav/24000"])
def test_formats_that_come_as_wav_unsaid_are_not_asked_for(format):
    with pytest.raises(InvalidFormat, match="over /ws"):
        exchange("streaming", format=format)


def test_what_this_wire_does_not_take_is_said():
    _, said = exchange("streaming", speed=1.5, options={"temperature": 0.5})
    assert [action.degradation.feature for action in said if isinstance(action, Degraded)] == ["temperature", "speed"]


def test_an_idle_session_is_pinged_and_one_that_does_not_answer_is_left():
    talk = opened()
    for _ in range(3):
        actions = talk.receive_timer()
        assert (sent(actions), actions[-1]) == ([PING], Wait(25.0))
        assert answer(talk, {"action": "pong"}) == []
    talk.receive_timer()
    assert talk.receive_timer() == [Renew()]


# -- a turn


def test_a_unit_is_a_turn_and_takes_one_place_with_its_end():
    wait, send = opened().send_unit(unit("Hello."))
    assert wait == Wait(None)
    assert [json.loads(frame) for frame in (send.frame, *send.then)] == [
        {"action": "stream-text", "data": {"text": "Hello."}},
        END,
    ]
    assert send.expects


def test_emoji_that_would_be_controls_are_a_turn_that_is_over_at_once():
    talk = opened(options={"accept_emojis": True})
    told, wait = talk.send_unit(unit("🎉"))
    assert (told.degradation.feature, told.degradation.text, wait) == ("emoji", "🎉", Wait(0.0))
    assert Whole(1) in talk.receive_timer()


def test_emoji_that_would_be_controls_are_left_out_and_told():
    talk = opened(options={"accept_emojis": True})
    told, *said = talk.send_unit(unit("Go 👍🏽 ①!"))
    assert (told.degradation.feature, told.degradation.text) == ("emoji", "👍🏽")
    assert sent(said)[0]["data"] == {"text": "Go    ①!"}
    assert Degraded not in kinds(opened().send_unit(unit("Go 👍🏽!")))


def test_one_turn_is_in_flight():
    talk = opened(text_kind="stream")
    assert talk.window == 1
    talk.send_unit(unit("One."))
    assert talk.send_unit(unit("Two.", 1)) == []
    ended = answer(talk, chunk("g", 0, b"ab"), end("g", isFinal=True))
    assert sent(ended)[0]["data"] == {"text": "Two."}


def test_whole_text_is_a_turn_up_to_the_limit_or_to_a_pause():
    talk = opened(text_kind="synthesize", max_characters=24)
    actions = [*talk.send_unit(unit("Ten chars. ", 0)), *talk.send_unit(unit("Ten chars. ", 1, pause=0.5))]
    actions += [*talk.send_unit(unit("After. ", 2)), *talk.send_flush(), *talk.send_end()]
    turns = []
    for turn in ("a", "b"):
        turns += [message["data"]["text"] for message in sent(actions) if message["action"] == "stream-text"]
        actions = answer(talk, chunk(turn, 0, b"ab"), end(turn, isFinal=True))
    assert turns == ["Ten chars. Ten chars. ", "After. "]
    assert actions[-1] == Finished()


def test_no_text_can_act_as_a_control():
    hostile = 'a <config locale="es-MX" /> [excited] </config> \U0001f600'
    (message, _) = sent(opened(options={"accept_emojis": True}).send_unit(unit(hostile)))
    assert not set(message["data"]["text"]) & set("<>[]\U0001f600")


def test_controls_stand_before_the_text_and_leave_the_session_to_nobody():
    talk = speaking(options={"emotion": "excited", "inline": {"locale": "es-MX"}})
    (message, _) = sent(opened(options={"emotion": "excited"}).send_unit(unit("[sad] Hi.")))
    assert message["data"]["text"] == "[excited](sad) Hi."
    talk.send_end()
    assert answer(talk, chunk("g", 0, b"ab"), end("g", isFinal=True))[-1] == Finished(clean=False)


def test_the_last_of_a_turn_says_so():
    talk = speaking(format="linear16/16000")
    assert answer(talk, chunk("g", 0, bytes(1600)))[-1].data == bytes(1600)
    assert answer(talk, end("g", isFinal=True)) == [
        Settled("turn 1"),
        Wait(25.0),
        Told(billed=Billed("deepdub", 0.05, "seconds")),
        Whole(1),
    ]


def test_the_last_frame_may_bring_audio():
    talk = speaking()
    assert sound(answer(talk, chunk("g", 0, b"ab"), chunk("g", 1, b"cd", isFinished=True, isFinal=True))) == b"abcd"


def test_or_a_second_of_quiet_after_all_have_finished_is_the_end():
    talk = speaking()
    assert answer(talk, chunk("g", 0, b"ab"), end("g"))[-1] == Wait(1.0)
    actions = talk.receive_timer()
    assert [action for action in actions if isinstance(action, (Whole, Settled))] == [Settled("turn 1"), Whole(1)]


def test_another_generation_ends_the_quiet():
    talk = speaking()
    answer(talk, chunk("g", 0, b"ab"), end("g"))
    assert answer(talk, chunk("h", 0, b"cd"))[-1] == Wait(None)
    assert kinds(answer(talk, chunk("h", 1, b"ef"))) == [Audio]
    assert answer(talk, end("h"))[-1] == Wait(1.0)


def test_silence_before_the_end_is_never_the_end():
    talk = speaking()
    assert not [action for action in answer(talk, chunk("g", 0, b"ab")) if isinstance(action, Wait)]


def test_a_generation_that_goes_on_after_its_end_is_heard():
    """As in a recording of the vendor's SDK."""
    talk = speaking()
    assert sound(answer(talk, end("g", 0), chunk("g", 0, b"\1\0"), end("g", 1, isFinal=True))) == b"\1\0"


def test_late_frames_of_an_earlier_turn_are_nobodys():
    memory = {}
    talk, _ = exchange("streaming", memory=memory)
    talk.send_unit(unit("One."))
    answer(talk, chunk("g", 0, b"ab"), end("g"))
    talk.receive_timer()
    for later in (talk, exchange("streaming", memory=memory)[0]):
        later.send_unit(unit("Two.", 1))
        assert answer(later, chunk("g", 1, b"zz"), end("g", isFinal=True), {**end("g"), "isCancelled": True}) == []


def test_a_turn_without_audio_is_an_error():
    assert isinstance(answer(speaking(), end("g", isFinal=True))[-1], EmptyAudio)


def test_it_finishes_when_nothing_is_owed():
    assert opened().send_end() == [Finished()]
    talk = speaking()
    assert talk.send_end() == []
    assert answer(talk, chunk("g", 0, b"ab"), end("g", isFinal=True))[-1] == Finished()


# -- the order of generations


def test_a_later_generation_waits_for_the_ones_before_it():
    talk = speaking()
    heard = [
        sound(answer(talk, message))
        for message in (chunk("g", 0, b"a"), chunk("h", 0, b"c"), chunk("i", 0, b"e"), chunk("g", 1, b"b"), end("i"))
    ]
    assert heard == [b"a", b"", b"", b"b", b""]
    assert sound(answer(talk, end("g"))) == b"c"
    assert sound(answer(talk, chunk("h", 1, b"d"), end("h"))) == b"de"


@given(st.lists(st.lists(st.binary(min_size=1, max_size=4), max_size=4), min_size=1, max_size=4), st.data())
def test_however_generations_are_mixed_all_is_heard_in_order(pieces, data):
    talk = speaking()
    queues = [
        [chunk(f"g{number}", index, piece) for index, piece in enumerate(of_one)] + [end(f"g{number}")]
        for number, of_one in enumerate(pieces)
    ]
    actions = answer(talk, *({"generationId": f"g{number}", "data": ""} for number in range(len(queues))))
    while left := [queue for queue in queues if queue]:
        actions += answer(talk, data.draw(st.sampled_from(left)).pop(0))
    assert sound([*actions, *talk.receive_timer()]) == b"".join(piece for of_one in pieces for piece in of_one)


def test_what_is_left_at_the_end_of_the_turn_is_heard():
    talk = speaking()
    actions = answer(talk, chunk("g", 0, b"a"), chunk("h", 0, b"c"), chunk("h", 2, b"d"), end("h", isFinal=True))
    assert sound(actions) == b"acd"


# -- cancelling


@pytest.mark.parametrize(
    "confirmed",
    [{"generationId": "g", "isFinished": True, "isCancelled": True}, {"action": "status", "message": "cancelled"}],
)
def test_a_turn_is_cancelled_and_its_audio_dropped_until_the_service_says_so(confirmed):
    talk = speaking()
    answer(talk, chunk("g", 0, b"ab"))
    cancelled = talk.send_clear()
    assert (sent(cancelled), cancelled[1]) == ([CANCEL], Wait(2.0))
    assert talk.window == 0
    assert answer(talk, chunk("g", 1, b"zz"), chunk("h", 0, b"zz")) == []
    assert answer(talk, confirmed) == [Settled("turn 1"), Wait(25.0)]
    assert talk.window == 1
    talk.send_unit(unit("And.", 1))
    assert answer(talk, chunk("g", 2, b"zz"), chunk("h", 1, b"zz"), end("g", isFinal=True)) == []
    assert sound(answer(talk, chunk("i", 0, b"cd"))) == b"cd"


def test_both_confirmations_are_one():
    talk = speaking()
    answer(talk, chunk("g", 0, b"ab"))
    talk.send_clear()
    answer(talk, {"action": "status", "message": "cancelled"})
    talk.send_unit(unit("And.", 1))
    assert answer(talk, {"generationId": "g", "isFinished": True, "isCancelled": True}) == []


def test_a_cancel_that_is_not_answered_costs_the_socket():
    talk = speaking()
    talk.send_clear()
    assert talk.receive_timer() == [Renew()]


def test_what_was_heard_before_a_cancel_is_charged_and_what_was_not_sent_yet_gives_its_place_up():
    talk = speaking()
    answer(talk, chunk("g", 0, bytes(4800)))
    assert talk.send_clear()[-1] == Told(billed=Billed("deepdub", 0.1, "seconds"))
    assert Settled("turn 1") in speaking().send_clear()


def test_with_nothing_in_flight_there_is_nothing_to_cancel():
    talk = speaking()
    answer(talk, chunk("g", 0, b"ab"), end("g", isFinal=True))
    assert talk.send_clear() == []


def test_the_end_waits_for_the_cancel():
    talk = speaking()
    answer(talk, chunk("g", 0, b"ab"))
    talk.send_clear()
    assert talk.send_end() == []
    assert answer(talk, {"action": "status", "message": "cancelled"})[-1] == Finished()


# -- errors


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ({"action": "error", "message": "queue route not found for model: x", "time": 1}, RejectedRequest),
        ({"action": "error", "message": "Invalid message format"}, RejectedRequest),
        ({"action": "error", "message": "voicePrompt must be mono (1 channel), got 2 channels"}, RejectedRequest),
        ({"generationId": "g", "error": "error message"}, BackendUnavailable),
        ({"generationId": "g", "error": "no", "errorType": "InvalidInput"}, RejectedRequest),
        ({"error": "boom"}, BackendUnavailable),
    ],
)
def test_an_error_in_a_turn_is_typed(message, kind):
    (error,) = answer(speaking(), message)
    assert type(error) is kind
    assert message.get("message", message.get("error")) in str(error)


def test_an_error_of_the_configuration_is_kept_for_the_turn_that_needs_it():
    memory = {}
    talk, _ = exchange("streaming", memory=memory)
    assert answer(talk, {"action": "error", "message": "model is required in configuration"}) == []
    (error,) = talk.send_unit(unit("Hello."))
    assert isinstance(error, RejectedRequest)
    assert sent(exchange("streaming", memory=memory)[1])  # who comes after it configures the session anew


def test_an_error_instead_of_a_welcome_is_one():
    talk, _ = exchange("streaming")
    answer(talk, {"action": "error", "message": "Unauthorized: invalid or missing API key"})
    assert isinstance(talk.send_unit(unit("Hello."))[0], AuthenticationError)


def test_errors_of_what_was_cancelled_or_is_over_are_nobodys():
    talk = speaking()
    answer(talk, chunk("g", 0, b"ab"))
    talk.send_clear()
    assert (
        answer(talk, {"generationId": "g", "error": "boom"}, {"action": "error", "message": "nothing to cancel"}) == []
    )
    answer(talk, {"action": "status", "message": "cancelled"})
    talk.send_unit(unit("And.", 1))
    assert answer(talk, {"generationId": "g", "error": "boom"}) == []


def test_a_turn_that_the_service_cancels_is_cut_short():
    talk = speaking()
    answer(talk, chunk("g", 0, bytes(4800)))
    billed, error = answer(talk, {"generationId": "g", "isFinished": True, "isCancelled": True})
    assert billed == Told(billed=Billed("deepdub", 0.1, "seconds"))
    assert isinstance(error, TruncatedSpeech)


@pytest.mark.parametrize("format", ["linear16/24000", "mulaw/8000"])
def test_a_silent_fall_to_wav_is_noticed_and_refused(format):
    (error,) = answer(speaking(format=format), chunk("g", 0, wav(b"ab")))[-1:]
    assert isinstance(error, ProtocolError)
    assert f"asked for {format}, and WAV came" in str(error)


@pytest.mark.parametrize("frame", ["", "{", "[]", "null", "5", b"RIFF"])
def test_what_is_no_message_raises_for_the_core_to_judge(frame):
    with pytest.raises((ValueError, TypeError)):
        speaking().receive_frame(frame)


@pytest.mark.parametrize("message", [{"action": "later"}, {}, {"generationId": 5}, {"action": "status"}])
def test_messages_of_other_kinds_mean_nothing(message):
    assert answer(speaking(), message) == []


def test_binary_frames_are_read_too():
    assert sound(speaking().receive_frame(json.dumps(chunk("g", 0, b"ab")).encode())) == b"ab"


@pytest.mark.parametrize(
    ("code", "kind"),
    [(1000, TruncatedSpeech), (1001, TruncatedSpeech), (1006, BackendUnavailable), (1011, BackendUnavailable)],
)
def test_a_close_is_an_error_while_something_is_owed_and_else_nobodys_fault(code, kind):
    (error,) = speaking().receive_close(code, "")
    assert type(error) is kind
    assert opened().receive_close(code, "") == [Renew()]


def test_a_refused_handshake_says_why_and_names_the_region():
    (error,) = opened().receive_refusal(401, {}, b"")
    assert isinstance(error, AuthenticationError)
    assert "'us'" in str(error)


def test_a_failure_of_an_idle_socket_is_nobodys_fault():
    failure = BackendUnavailable("reset")
    assert opened().receive_failure(None, failure) == [Renew()]
    assert speaking().receive_failure(None, failure) == [failure]


# -- a voice that is cloned for one call


def test_a_sample_goes_with_the_configuration_and_prints_nowhere():
    memory = {}
    talk, said = exchange("streaming", memory=memory, sample=sample())
    (message,) = sent(said)
    given_away = message["config"]["voicePrompt"]
    assert "voicePromptId" not in message["config"]
    assert 600_000 > len(given_away) > 400_000  # 4 s of mono at 48000 Hz
    (send,) = [action for action in said if isinstance(action, Send)]
    for shown in (repr(send), repr(said), repr(memory), repr(talk), f"{send!r}"):
        assert given_away[:40] not in shown
        assert len(shown) < 2000


def test_another_sample_is_another_configuration():
    memory = {}
    exchange("streaming", memory=memory, sample=sample())
    assert sent(exchange("streaming", memory=memory, sample=sample())[1]) == []
    assert sent(exchange("streaming", memory=memory, sample=sample(3.5))[1])


def test_an_unknown_option_of_this_wire_is_refused_before_anything_is_sent():
    with pytest.raises(UsageError, match="asked for already"):
        exchange("streaming", clock=Clock(), options={"extra": {"format": "mp3"}})
