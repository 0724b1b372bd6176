"""Requests: what is sent, and what is made of answers."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.deepgram.service import unit
from voxbridge import (
    Audio,
    AudioFormat,
    Billed,
    Degraded,
    Drop,
    EmptyAudio,
    Fetch,
    Finished,
    Job,
    Pronunciation,
    ProtocolError,
    RateLimited,
    TextTooLong,
    Told,
    TruncatedSpeech,
    UnsupportedUtterance,
    VoiceNotFound,
    Whole,
    Words,
)
from voxbridge_deepgram import Deepgram


def exchange(text_kind="stream", format="linear16", voice="aura-2-thalia-en", **job):
    backend = Deepgram("canary-key", transport="http")
    return backend.exchange(
        Job(voice=backend.find_voice(voice), format=AudioFormat.parse(format), text_kind=text_kind, **job)
    )


def said(actions):
    """Return the texts of the requests among actions."""
    return [json.loads(action.request.body)["text"] for action in actions if isinstance(action, Fetch)]


WORD = Pronunciation("dupilumab", "duːˈpɪljuːmæb")
OK = {"content-type": "audio/l16;rate=24000", "dg-request-id": "r", "dg-char-count": "6"}


def test_a_request_is_the_sdks():
    (fetch,) = exchange().send_unit(unit([Words("Hé, "), WORD]))
    request = fetch.request
    assert (request.method, urlsplit(request.url).path) == ("POST", "/v1/speak")
    assert dict(parse_qsl(urlsplit(request.url).query)) == {
        "model": "aura-2-thalia-en",
        "encoding": "linear16",
        "container": "none",
        "sample_rate": "24000",
    }
    assert request.headers["content-type"] == "application/json"
    assert request.headers["Authorization"].reveal() == "Token canary-key"
    assert request.body.decode() == (
        '{"text":"Hé, \\\\{\\"word\\": \\"dupilumab\\", \\"pronounce\\": \\"duːˈpɪljuːmæb\\"\\\\}"}'
    )
    assert "canary" not in repr(fetch)


def test_a_stream_sends_a_unit_a_request_with_the_next_in_flight():
    talk = exchange()
    assert said(talk.send_unit(unit("One. ", 0))) == ["One. "]
    assert said(talk.send_unit(unit("Two. ", 1))) == ["Two. "]
    assert talk.window == 2


def test_whole_speech_packs_units_up_to_the_limit():
    talk = exchange("synthesize")
    actions = [action for index in range(5) for action in talk.send_unit(unit("x" * 900, index))]
    actions += talk.send_flush()
    assert [len(text) for text in said(actions)] == [1800, 1800]
    talk.receive_status(0, 200, OK)
    talk.receive_data(0, b"ab")
    whole, *more = talk.receive_eof(0)
    assert whole == Whole(2)
    assert [len(text) for text in said(more)] == [900]


def test_pronunciations_count_with_their_markup_when_units_are_packed():
    talk = exchange("synthesize")
    units = [unit([Words("Take "), WORD, Words(" daily. ")], index) for index in range(60)]
    actions = [action for each in units for action in talk.send_unit(each)] + list(talk.send_flush())
    assert said(actions)
    assert all(len(text) <= 2000 for text in said(actions))


def test_text_over_the_limit_is_refused_before_it_is_sent():
    (error,) = exchange().send_unit(unit("x" * 2001))
    assert isinstance(error, TextTooLong)
    assert "takes 2000 characters at once, and here are 2001" in str(error)


def test_a_pronunciation_against_the_rules_is_refused_before_it_is_sent():
    (error,) = exchange().send_unit(unit([Pronunciation("a", "x" * 16)]))
    assert isinstance(error, UnsupportedUtterance)


def test_audio_is_given_as_it_comes_and_the_end_makes_it_whole():
    talk = exchange()
    talk.send_unit(unit("Hello.", 3))
    assert talk.send_end() == []
    talk.receive_status(0, 200, OK)
    assert talk.receive_data(0, b"a") == [Audio(b"a", 3)]
    assert talk.receive_data(0, b"bc") == [Audio(b"bc", 3)]
    assert talk.receive_eof(0) == [Whole(4), Finished()]


def test_what_the_head_tells_is_told_and_no_more():
    talk = exchange()
    talk.send_unit(unit("Hello."))
    allowed = {"dg-model-name": "aura-2-thalia-en", "dg-model-uuid": "u", "dg-char-count": "6"}
    told, billed = talk.receive_status(0, 200, {**OK, **allowed, "dg-project-id": "secret", "date": "now"})
    assert told == Told(request_id="r", vendor=allowed)
    assert billed == Told(billed=Billed("deepgram", 6, "characters"))


@pytest.mark.parametrize(("header", "amount"), [({"dg-char-count": "7"}, 7), ({}, 16), ({"dg-char-count": "?"}, 16)])
def test_what_is_charged_for_is_what_deepgram_counted_else_what_its_rule_says(header, amount):
    talk = exchange()
    talk.send_unit(unit([Words("Hello, "), Pronunciation("Mr.", "ˈmɪstɚ"), Words(" Bond.")]))
    actions = talk.receive_status(0, 200, {"content-type": "audio/mpeg", **header})
    assert [action.billed.amount for action in actions if isinstance(action, Told) and action.billed] == [amount]


@pytest.mark.parametrize(
    ("headers", "done"),
    [
        ({"dg-pronunciations-applied": "1"}, []),
        ({}, []),
        ({"dg-pronunciations-applied": "0"}, ["0 of 1 were applied"]),
        ({"dg-pronunciations-applied": "?"}, []),
        (
            {"dg-pronunciations-applied": "1", "dg-warnings": "PRON-008, PRON-099"},
            [
                "deepgram warns of a stress mark that is not right before a vowel (PRON-008)",
                "deepgram warns of something (PRON-099)",
            ],
        ),
    ],
)
def test_pronunciations_that_were_not_applied_are_degradations(headers, done):
    talk = exchange()
    talk.send_unit(unit([Words("Take "), WORD, Words(".")]))
    degraded = [action for action in talk.receive_status(0, 200, {**OK, **headers}) if isinstance(action, Degraded)]
    assert [action.degradation.done for action in degraded] == done
    assert {(action.degradation.feature, action.degradation.text) for action in degraded} <= {
        ("pronunciation", "dupilumab")
    }


def answered(status, headers, *pieces):
    talk = exchange()
    talk.send_unit(unit("Hello."))
    actions = list(talk.receive_status(0, status, headers))
    for piece in pieces:
        actions += talk.receive_data(0, piece)
    return [*actions, *talk.receive_eof(0)]


def test_a_refusal_is_its_error():
    body = b'{"err_code": "Bad Request", "err_msg": "Bad Request: No such model/version combination found."}'
    (error,) = answered(400, {"dg-request-id": "r"}, body[:9], body[9:])
    assert (type(error), error.code, error.request_id) == (VoiceNotFound, "Bad Request", "r")


def test_too_many_requests_say_how_long_to_wait():
    (error,) = answered(429, {"retry-after": "2"}, b'{"err_code": "Too Many Requests"}')
    assert (type(error), error.retry_after) == (RateLimited, 2.0)


@pytest.mark.parametrize("kind", ["application/json", "text/html; charset=utf-8"])
def test_words_in_a_success_are_no_audio_and_are_not_charged_for(kind):
    (error,) = answered(200, {"content-type": kind}, b'{"err_code": "C", "err_msg": "w"}')
    assert (type(error), error.code, error.detail) == (ProtocolError, "C", "w")


def test_an_empty_success_is_an_error():
    assert isinstance(answered(200, OK)[-1], EmptyAudio)


def test_a_body_that_is_cut_is_an_error_after_its_audio():
    talk = exchange()
    talk.send_unit(unit("Hello."))
    talk.receive_status(0, 200, OK)
    talk.receive_data(0, b"ab")
    (error,) = talk.receive_failure(0, TruncatedSpeech("cut"))
    assert isinstance(error, TruncatedSpeech)


def test_clear_drops_the_requests_and_what_still_comes_of_them_means_nothing():
    talk = exchange()
    talk.send_unit(unit("One. ", 0))
    talk.send_unit(unit("Two. ", 1))
    assert talk.send_clear() == [Drop(0), Drop(1)]
    assert not talk._sent
    assert [*talk.receive_status(0, 200, OK), *talk.receive_data(0, b"ab"), *talk.receive_eof(0)] == []
    talk.send_unit(unit("Three. ", 2))
    talk.receive_status(2, 200, OK)
    assert talk.receive_data(2, b"cd") == [Audio(b"cd", 2)]


def test_requests_take_the_accounts_places():
    assert exchange().slots.size == 15
    assert exchange().socket is None
