"""The socket's exchange: tables of frames, and whole conversations with a service in memory."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.deepgram.service import Talk, unit
from voxbridge import (
    Audio,
    AudioFormat,
    AuthenticationError,
    BackendUnavailable,
    Finished,
    Job,
    Pronunciation,
    RateLimited,
    RejectedRequest,
    Renew,
    Send,
    TextTooLong,
    Told,
    TruncatedSpeech,
    UnsupportedUtterance,
    Utterance,
    VoiceNotFound,
    Wait,
    Warn,
    Whole,
    Words,
)
from voxbridge_deepgram import Deepgram


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def exchange(memory=None, clock=None, handshake=None, voice="aura-2-thalia-en", text_kind="pieces", **account):
    """Return an exchange on an open socket."""
    backend = Deepgram("key", transport="websocket", **account)
    job = Job(voice=backend.find_voice(voice), format=AudioFormat("linear16", 24000), text_kind=text_kind)
    made = backend.exchange(job)
    made.open({} if memory is None else memory, clock or Clock(), handshake or {})
    return made


def frames(actions):
    return [json.loads(action.frame) for action in actions if isinstance(action, Send)]


def answer(talk, **message):
    return list(talk.receive_frame(json.dumps(message)))


SPEAK = {"type": "Speak", "text": "Hello."}
FLUSH = {"type": "Flush"}
CLEAR = {"type": "Clear"}


# -- speaking


def test_a_unit_is_spoken_and_flushed():
    assert frames(exchange().send_unit(unit("Hello."))) == [SPEAK, FLUSH]


def test_frames_are_written_as_the_sdk_writes_them():
    sent = [action.frame for action in exchange().send_unit(unit("Hé.")) if isinstance(action, Send)]
    assert sent == ['{"type": "Speak", "text": "H\\u00e9."}', '{"type": "Flush"}']


def test_audio_belongs_to_the_first_unit_that_is_not_whole():
    talk = exchange()
    talk.send_unit(unit("One.", 4))
    talk.send_unit(unit("Two.", 5))
    assert talk.receive_frame(b"ab") == [Audio(b"ab", 4)]
    assert answer(talk, type="Flushed", sequence_id=0) == [Whole(5)]
    assert talk.receive_frame(b"cd") == [Audio(b"cd", 5)]
    assert answer(talk, type="Flushed", sequence_id=0) == [Whole(6)]


def test_the_next_unit_is_in_flight_while_one_is_heard():
    assert exchange().window == 2


def test_it_finishes_when_all_is_whole_and_the_socket_may_serve_again():
    talk = exchange()
    talk.send_unit(unit("Hello."))
    assert talk.send_flush() == []
    assert talk.send_end() == []
    assert answer(talk, type="Flushed") == [Whole(1), Finished(clean=True)]


def test_with_nothing_said_it_finishes_at_once():
    assert exchange().send_end() == [Finished(clean=True)]


def test_what_is_charged_for_is_counted_when_it_is_flushed():
    told = [action for action in exchange().send_unit(unit("Hello.")) if isinstance(action, Told)]
    assert [(each.billed.backend, each.billed.amount, each.billed.unit) for each in told] == [
        ("deepgram", 6, "characters")
    ]


def test_a_unit_longer_than_a_message_is_said_in_several_under_one_flush():
    segments = [Words("a" * 1990 + " "), Pronunciation("dupilumab", "duːˈpɪljuːmæb"), Words(" daily.")]
    said = frames(exchange().send_unit(unit(segments)))
    assert [message["type"] for message in said] == ["Speak", "Speak", "Flush"]
    assert all(len(message["text"]) <= 2000 for message in said[:-1])
    assert said[1]["text"].startswith('\\{"word": "dupilumab"')


def test_a_pronunciation_against_the_rules_is_refused_before_anything_is_sent():
    (error,) = exchange().send_unit(unit([Pronunciation("a", "x" * 16)]))
    assert isinstance(error, UnsupportedUtterance)
    assert "at most 15 characters of IPA for 'a'" in str(error)


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=8))
def test_cutting_audio_anywhere_changes_nothing(audio, cuts):
    talk = exchange()
    talk.send_unit(unit("Hello."))
    places = sorted({min(cut, len(audio)) for cut in cuts} | {0, len(audio)})
    pieces = [audio[start:stop] for start, stop in pairwise(places)]
    actions = [action for piece in pieces for action in talk.receive_frame(piece)]
    assert b"".join(action.data for action in actions) == audio
    assert {action.unit for action in actions} <= {0}
    assert answer(talk, type="Flushed") == [Whole(1)]


# -- messages


def test_the_socket_tells_request_and_model_to_every_exchange_on_it():
    memory = {}
    talk = exchange(memory, handshake={"dg-request-id": "r-1"})
    (told,) = answer(talk, type="Metadata", request_id="r-2", model_name="aura-2-thalia-en", model_uuid="u", x=1)
    assert told == Told(request_id="r-2", vendor={"dg-model-name": "aura-2-thalia-en", "dg-model-uuid": "u"})
    backend = Deepgram("key", transport="websocket")
    job = Job(voice=backend.find_voice("aura-2-thalia-en"), format=AudioFormat("linear16"), text_kind="pieces")
    assert backend.exchange(job).open(memory, Clock(), {"dg-request-id": "r-1"}) == [told]


def test_an_early_metadata_had_only_the_request_id():
    assert answer(exchange(), type="Metadata", request_id="r") == [Told(request_id="r")]


def test_metadata_without_a_request_id_leaves_that_of_the_handshake():
    assert answer(exchange(handshake={"dg-request-id": "r"}), type="Metadata") == [Told(request_id="r")]


@pytest.mark.parametrize(
    "spelling", [{"warn_code": "SLOW", "warn_msg": "careful"}, {"code": "SLOW", "description": "careful"}]
)
def test_a_warning_is_passed_on_however_it_is_spelt(spelling):
    talk = exchange()
    talk.send_unit(unit("Hello."))
    assert answer(talk, type="Warning", **spelling) == [Warn("SLOW", "careful")]
    assert answer(talk, type="Flushed") == [Whole(1)]


@pytest.mark.parametrize("kind", ["Connected", "SpeechStarted", "Later", None])
def test_messages_of_other_types_mean_nothing(kind):
    talk = exchange()
    talk.send_unit(unit("Hello."))
    assert answer(talk, type=kind) == []


def test_an_error_without_the_type_error_is_an_error():
    talk = exchange()
    talk.send_unit(unit("Hello."))
    (error,) = answer(talk, type="Mystery", err_code="DATA-0000", err_msg="no")
    assert isinstance(error, RejectedRequest)


@pytest.mark.parametrize("frame", ["", "{", "[]", "null", "0", '"Flushed"'])
def test_what_is_no_message_raises_for_the_core_to_judge(frame):
    talk = exchange()
    talk.send_unit(unit("Hello."))
    with pytest.raises((ValueError, TypeError)):
        talk.receive_frame(frame)


def test_an_answer_that_nobody_waits_for_is_ignored():
    talk = exchange()
    assert answer(talk, type="Flushed", sequence_id=0) == []
    assert answer(talk, type="Cleared", sequence_id=0) == []
    assert talk.receive_frame(b"stray") == []


def test_a_second_answer_to_one_flush_confirms_nothing_more():
    talk = exchange()
    talk.send_unit(unit("One.", 0))
    assert answer(talk, type="Flushed") == [Whole(1)]
    assert answer(talk, type="Flushed") == []


# -- errors and closes

ERRORS = [
    ("DATA-0000", RejectedRequest, 1008),
    ("MESSAGE-0000", RejectedRequest, 1003),
    ("BIG-0001", TextTooLong, 1009),
    ("NET-0000", BackendUnavailable, 1011),
    ("INVALID_AUTH", AuthenticationError, 401),
    ("Too Many Requests", RateLimited, 429),
    ("SOMETHING_NEW", BackendUnavailable, None),
]
SPELLINGS = [("err_code", "err_msg"), ("code", "description"), ("code", "message"), ("variant", "description")]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(("code", "kind", "status"), ERRORS)
def test_an_error_frame_counts_as_the_close_of_its_code(code, kind, status, spelling):
    talk = exchange()
    talk.send_unit(unit("Hello."))
    (error,) = answer(talk, type="Error", **dict(zip(spelling, (code, "so it is"), strict=True)))
    assert (type(error), error.code, error.status_code, error.detail) == (kind, code, status, "so it is")


CLOSES = [
    (1000, "", TruncatedSpeech, None),
    (1001, "", TruncatedSpeech, None),
    (1005, "", TruncatedSpeech, None),
    (1006, "", BackendUnavailable, None),
    (1003, "MESSAGE-0000", RejectedRequest, "MESSAGE-0000"),
    (1008, "DATA-0000", RejectedRequest, "DATA-0000"),
    (1008, "", RejectedRequest, None),
    (1009, "BIG-0000", TextTooLong, "BIG-0000"),
    (1009, "BIG-0001", TextTooLong, "BIG-0001"),
    (1011, "NET-0000", BackendUnavailable, "NET-0000"),
    (1011, "NET-0001", BackendUnavailable, "NET-0001"),
    (1011, "net-0002", BackendUnavailable, "NET-0002"),
    (1011, "Timed out. See https://dpgr.am/net-0003", BackendUnavailable, "NET-0003"),
    (4000, "oops", TruncatedSpeech, None),
]


@pytest.mark.parametrize(("code", "reason", "kind", "found"), CLOSES)
def test_a_close_while_something_is_owed_is_an_error_of_its_kind(code, reason, kind, found):
    talk = exchange()
    talk.send_unit(unit("Hello."))
    (error,) = talk.receive_close(code, reason)
    assert (type(error), error.code, error.status_code, error.detail) == (kind, found, code, reason)


@pytest.mark.parametrize(("code", "reason"), [close[:2] for close in CLOSES])
def test_a_close_while_nothing_is_owed_is_nobodys_fault(code, reason):
    talk = exchange()
    talk.send_unit(unit("Hello."))
    answer(talk, type="Flushed")
    assert talk.receive_close(code, reason) == [Renew()]


def test_a_code_of_the_reason_stands_in_for_a_close_that_says_nothing():
    talk = exchange()
    talk.send_unit(unit("Hello."))
    (error,) = talk.receive_close(1006, "the text is too big (BIG-0001)")
    assert isinstance(error, TextTooLong)
    assert "the text has too many characters" in str(error)


def test_text_that_came_too_fast_goes_on_elsewhere():
    talk = exchange()
    talk.send_unit(unit("Hello."))
    assert talk.receive_close(1008, "Data-0001: too many characters") == [Renew()]


def test_an_error_while_nothing_is_owed_is_nobodys_fault():
    assert answer(exchange(), type="Error", err_code="NET-0003", err_msg="time is up") == [Renew()]


def test_a_refused_handshake_says_why():
    headers = {"dg-error": "No such model/version combination found.", "dg-request-id": "r-1"}
    (error,) = exchange().receive_refusal(400, headers, b"")
    assert isinstance(error, VoiceNotFound)
    assert (error.status_code, error.request_id, error.detail) == (400, "r-1", headers["dg-error"])


# -- clear


def test_after_clear_nothing_is_sent_or_heard_until_it_is_answered():
    talk = exchange()
    talk.send_unit(unit("One.", 0))
    talk.send_unit(unit("Two.", 1))
    actions = talk.send_clear()
    assert frames(actions) == [CLEAR]
    assert actions[-1] == Wait(2.0)
    assert talk.window == 0
    assert talk.receive_frame(b"late") == []
    assert answer(talk, type="Flushed") == []
    assert answer(talk, type="Cleared") == [Wait(None)]
    assert talk.window == 2


def test_an_answer_to_a_cleared_flush_that_comes_late_confirms_nothing():
    talk = exchange()
    talk.send_unit(unit("One.", 0))
    talk.send_clear()
    answer(talk, type="Cleared")
    talk.send_unit(unit("Two.", 1))
    assert answer(talk, type="Flushed") == []
    assert talk.receive_frame(b"two") == [Audio(b"two", 1)]
    assert answer(talk, type="Flushed") == [Whole(2)]


def test_a_late_answer_does_not_confirm_the_next_exchange_of_the_socket_either():
    memory = {}
    first = exchange(memory)
    first.send_unit(unit("One.", 0))
    first.send_clear()
    answer(first, type="Cleared")
    assert first.send_end() == [Finished(clean=True)]
    second = exchange(memory)
    second.send_unit(unit("Two.", 0))
    assert answer(second, type="Flushed") == []


def test_clear_that_is_never_answered_gives_the_socket_up():
    talk = exchange()
    talk.send_unit(unit("Hello."))
    talk.send_clear()
    assert talk.receive_timer() == [Renew()]


def test_with_nothing_owed_there_is_nothing_to_clear():
    talk = exchange()
    talk.send_unit(unit("Hello."))
    answer(talk, type="Flushed")
    assert talk.send_clear() == []
    assert talk.window == 2


def test_a_second_clear_waits_for_the_same_answer():
    talk = exchange()
    talk.send_unit(unit("Hello."))
    talk.send_clear()
    assert talk.send_clear() == []
    assert answer(talk, type="Cleared") == [Wait(None)]


def test_a_timer_that_comes_after_the_answer_means_nothing():
    talk = exchange()
    talk.send_unit(unit("Hello."))
    talk.send_clear()
    answer(talk, type="Cleared")
    assert talk.receive_timer() == []


def test_a_close_during_clear_is_nobodys_fault():
    talk = exchange()
    talk.send_unit(unit("Hello."))
    talk.send_clear()
    assert talk.receive_close(1011, "NET-0000") == [Renew()]


# -- flushes


def use_flushes(talk, number):
    """Speak and confirm units until so many flushes were sent."""
    for index in range(number):
        assert frames(talk.send_unit(unit("Hello.", index)))[-1] == FLUSH
        answer(talk, type="Flushed")


def test_when_flushes_run_short_units_that_come_during_another_share_one():
    talk = exchange()
    use_flushes(talk, 12)
    assert frames(talk.send_unit(unit("One.", 12)))[-1] == FLUSH
    assert talk.window == 2
    assert FLUSH not in frames(talk.send_unit(unit("Two.", 13)) + talk.send_unit(unit("Three.", 14)))
    assert talk.window == 4
    whole, *then = answer(talk, type="Flushed")
    assert whole == Whole(13)
    assert frames(then) == [FLUSH]
    assert talk.receive_frame(b"x") == [Audio(b"x", 13)]
    assert answer(talk, type="Flushed") == [Whole(15)]


def test_whole_speech_shares_flushes_from_the_second_unit_on():
    talk = exchange(text_kind="synthesize")
    assert frames(talk.send_unit(unit("One.", 0)))[-1] == FLUSH
    assert FLUSH not in frames(talk.send_unit(unit("Two.", 1)) + talk.send_unit(unit("Three.", 2)))
    assert frames(answer(talk, type="Flushed")) == [FLUSH]


def test_a_pause_and_the_end_of_a_turn_end_a_shared_flush():
    talk = exchange()
    use_flushes(talk, 12)
    talk.send_unit(unit("One.", 12))
    assert frames(talk.send_unit(unit("Two.", 13, pause=0.5)))[-1] == FLUSH
    assert FLUSH not in frames(talk.send_unit(unit("Three.", 14)))
    assert frames(talk.send_flush()) == [FLUSH]
    assert [answer(talk, type="Flushed")[0] for _ in range(3)] == [Whole(13), Whole(14), Whole(15)]


def test_a_shared_flush_does_not_grow_without_end():
    talk = exchange()
    use_flushes(talk, 12)
    talk.send_unit(unit("One.", 12))
    talk.send_unit(unit("x" * 1000, 13))
    assert talk.window == 0


def test_with_no_flush_left_the_rest_goes_to_a_new_socket():
    talk = exchange()
    use_flushes(talk, 18)
    assert talk.window > 0
    assert talk.send_unit(unit("One more.", 18)) == [Renew()]


def test_flushes_come_back_after_a_minute():
    clock = Clock()
    talk = exchange(clock=clock)
    use_flushes(talk, 18)
    clock.now += 60.1
    assert frames(talk.send_unit(unit("Hello.", 18)))[-1] == FLUSH


def test_flushes_are_the_sockets_not_the_exchanges():
    memory, clock = {}, Clock()
    use_flushes(exchange(memory, clock), 18)
    assert exchange(memory, clock).send_unit(unit("Hello.")) == [Renew()]


def test_a_socket_without_flushes_is_not_kept():
    talk = exchange()
    use_flushes(talk, 18)
    assert talk.send_end() == [Finished(clean=False)]


def test_a_turn_that_ends_without_a_flush_left_takes_no_more_until_it_is_spoken():
    talk = exchange()
    use_flushes(talk, 17)
    talk.send_unit(unit("One.", 17))
    talk.send_unit(unit("Two.", 18))
    assert talk.send_flush() == []
    assert talk.window == 0
    assert answer(talk, type="Flushed") == [Whole(18), Renew()]


EXCESSIVE = [
    {"warn_code": "EXCESSIVE_FLUSH", "warn_msg": "Rate limit exceeded for flushes. Please try again later."},
    {"code": "EXCESSIVE_FLUSH", "description": "too many"},
]


@pytest.mark.parametrize("spelling", EXCESSIVE)
def test_a_refused_flush_goes_to_a_new_socket(spelling):
    talk = exchange()
    talk.send_unit(unit("Hello."))
    warning, then = answer(talk, type="Warning", **spelling)
    assert (warning.code, then) == ("EXCESSIVE_FLUSH", Renew())


def test_what_was_flushed_before_a_refused_flush_is_heard_first():
    talk = exchange()
    talk.send_unit(unit("One.", 0))
    talk.send_unit(unit("Two.", 1))
    assert [type(action) for action in answer(talk, type="Warning", **EXCESSIVE[0])] == [Warn]
    assert talk.window == 0
    assert talk.receive_frame(b"one") == [Audio(b"one", 0)]
    assert answer(talk, type="Flushed") == [Whole(1), Renew()]


def test_audio_that_is_being_heard_is_not_that_of_the_refused_flush():
    talk = exchange()
    talk.send_unit(unit("One.", 0))
    talk.receive_frame(b"one")
    assert [type(action) for action in answer(talk, type="Warning", **EXCESSIVE[0])] == [Warn]
    assert answer(talk, type="Flushed") == [Whole(1), Renew()]


# -- sockets


def test_the_socket_is_pinged_and_replaced_before_its_hour_is_over():
    spec = exchange().socket
    assert spec.url == "wss://api.deepgram.com/v1/speak?encoding=linear16&model=aura-2-thalia-en&sample_rate=24000"
    assert (spec.ping, spec.max_age, spec.share, spec.slots.size) == (20.0, 3300.0, 1, 45)


def test_an_hour_long_conversation_changes_sockets_between_two_units():
    clock = Clock()
    talk = exchange(clock=clock)
    clock.now += 3301
    talk.send_unit(unit("Hello."))
    assert answer(talk, type="Flushed") == [Whole(1), Renew()]


def test_equal_jobs_share_sockets_and_different_ones_do_not():
    def key(**job):
        return exchange(**job).socket.key

    assert key() == key()
    assert len({key(), key(voice="aura-2-draco-en"), key(region="eu"), key(tags=["a"]), key(mip_opt_out=True)}) == 5


# -- whole conversations

SENTENCES = [f"This is sentence number {number} of them. " for number in range(1, 61)]


def test_every_word_of_a_long_text_is_heard_once_and_the_budget_is_kept():
    talk = Talk(SENTENCES * 8).run()
    assert talk.rendition.error is None
    assert talk.text == "".join(SENTENCES * 8)
    assert not talk.rendition.warnings
    assert max(len(line.flushes) for line in talk.lines.values()) <= 18
    assert not any(chunk.discontinuity for chunk in talk.chunks)


def test_a_long_text_does_not_wait_for_flushes():
    talk = Talk(SENTENCES * 8).run()
    audio = len(talk.text) / 24000
    assert talk.now < audio / 10 + 3


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("flush", [1, 2, 5])
def test_text_that_comes_too_fast_is_heard_whole_without_blame(flush, live):
    talk = Talk(SENTENCES[:6], faults={flush: (1008, "DATA-0001")}, live=live).run()
    assert talk.rendition.error is None
    assert talk.text == "".join(SENTENCES[:6])
    assert all(report.error is None for report in talk.rendition.reports)


def test_flushes_refused_by_a_stricter_service_lose_and_repeat_nothing():
    talk = Talk(SENTENCES[:30], flush_limit=4).run()
    assert talk.rendition.error is None
    assert talk.text == "".join(SENTENCES[:30])
    assert talk.rendition.warnings


def test_a_socket_that_dies_in_mid_unit_is_tried_again_from_that_unit():
    talk = Talk(SENTENCES[:4], faults={2: (1011, "NET-0000")}, live=False).run()
    assert talk.text == "".join(SENTENCES[:4])
    assert [type(report.error) for report in talk.rendition.reports] == [BackendUnavailable, type(None)]


def test_a_hundred_barge_ins_deliver_no_late_audio():
    talk = Talk()
    said = ""
    for number in range(100):
        talk.rendition.text(SENTENCES[number % 60] * 3)
        talk.rendition.flush()
        talk.run(until=talk.now + 0.005 * (number % 13))
        talk.heard = b""
        talk.rendition.clear()
        said = f"After number {number}. "
        talk.rendition.text(said)
        talk.rendition.flush()
        talk.run(until=talk.now + 1.0)
        assert talk.text == said
        talk.heard = b""


def test_a_service_that_never_answers_clear_is_left_for_another_socket():
    talk = Talk()
    talk.mute_clear = True
    talk.rendition.text("One. Two. ")
    talk.rendition.flush()
    talk.run(until=0.05)
    talk.rendition.clear()
    talk.heard = b""
    talk.rendition.text("Three. ")
    talk.rendition.flush()
    talk.run(until=5.0)
    assert talk.text == "Three. "
    assert len(talk.lines) == 2


def test_pauses_are_kept_where_flushes_are_shared():
    text = Utterance()
    for sentence in SENTENCES[:40]:
        text = text.text(sentence).pause(0.001)
    talk = Talk([text]).run()
    silence = "\0" * 24
    assert talk.text == silence.join(SENTENCES[:40]) + silence


@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=25), st.integers(1, 20), st.booleans(), st.data())
def test_whatever_fails_that_nobody_is_to_blame_for_no_word_is_lost_or_repeated(sentences, limit, live, data):
    faults = dict.fromkeys(data.draw(st.sets(st.integers(1, 30), max_size=3)), (1008, "DATA-0001"))
    talk = Talk(sentences, flush_limit=limit, faults=faults, live=live).run()
    if talk.rendition.error is None:
        assert talk.text == "".join(sentences)
    else:  # sockets that all close unused are given up at last
        assert "in a row" in str(talk.rendition.error)
