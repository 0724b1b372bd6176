"""The socket's exchange: tables of frames."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.deepgram.service import FLUSH, SPEAK, Clock, answer, exchange, frames, unit
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
    VoiceNotFound,
    Warn,
    Whole,
    Words,
)
from voxbridge_deepgram import Deepgram


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
