"""Requests: what is sent, and what is made of answers."""

from __future__ import annotations

import json
from base64 import b64decode
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.deepdub.recordings import sample
from voxbridge import (
    Audio,
    AudioFormat,
    AuthenticationError,
    BackendError,
    Billed,
    Drop,
    EmptyAudio,
    Fetch,
    Finished,
    Job,
    ProtocolError,
    RateLimited,
    TextUnit,
    Told,
    TruncatedSpeech,
    Voice,
    Warn,
    Whole,
    Words,
)
from voxbridge_deepdub._account import find_account
from voxbridge_deepdub._options import Options
from voxbridge_deepdub._rest import RequestExchange, are_words


G = "22222222-2222-4222-8222-222222222222"
MP3, OPUS, MULAW = AudioFormat("mp3", 48000), AudioFormat("opus"), AudioFormat("mulaw")
SOUND = {MP3: b"ID3\4" + bytes(60), OPUS: b"OggS" + bytes(60), MULAW: b"\xff\x7f{{}}~~" * 8}
FORMATS = pytest.mark.parametrize("format", SOUND, ids=str)
OK = {"x-generation-id": G}
WORDS = b'{"success": false, "message": "no such thing, and many words about it"}'


def unit(text, index=0):
    return TextUnit(index, (Words(text),))


def exchange(format=MULAW, text_kind="stream", options=None, **job):
    account = find_account(api_key="canary-key", region="eu")
    voice = Voice(id="V", backend="deepdub")
    return RequestExchange(
        Job(voice=voice, format=format, text_kind=text_kind, **job), account, Options().updated(options or {})
    )


def bodies(actions):
    return [json.loads(action.request.body) for action in actions if isinstance(action, Fetch)]


def test_a_request_has_what_is_set_and_nothing_else():
    (fetch,) = exchange(MP3).send_unit(unit("Hé [sigh]."))
    request = fetch.request
    assert (request.method, request.url) == ("POST", "https://restapi.eu.deepdub.ai/api/v1/tts")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-api-key"].reveal() == "canary-key"
    assert json.loads(request.body) == {
        "targetText": "Hé (sigh).",
        "model": "dd-etts-3.2",
        "voicePromptId": "V",
        "locale": "en-US",
        "format": "mp3",
        "sampleRate": 48000,
    }
    assert "canary" not in repr(fetch)


def test_a_sample_is_sent_whole_instead_of_a_voice_and_shown_nowhere():
    recording = sample()
    talk = exchange(MP3, sample=recording)
    (fetch,) = talk.send_unit(unit("Hello."))
    (body,) = bodies([fetch])
    assert b64decode(body["voiceReference"], validate=True) == recording.data
    assert "voicePromptId" not in body
    assert body["voiceReference"][100:120] not in repr(fetch) + repr(talk.job)


def test_an_id_that_was_asked_for_is_the_first_requests():
    talk = exchange(options={"generation_id": G})
    first, second = bodies([*talk.send_unit(unit("One. ")), *talk.send_unit(unit("Two. ", 1))])
    assert first["generationId"] == G
    assert "generationId" not in second


def test_whole_speech_packs_units_up_to_the_limit():
    talk = exchange(text_kind="synthesize", max_characters=1000)
    actions = [action for index in range(5) for action in talk.send_unit(unit("x" * 450, index))]
    actions += talk.send_flush()
    assert [len(body["targetText"]) for body in bodies(actions)] == [900, 900]


def test_the_report_has_what_is_to_be_said_of_the_options():
    (warning,) = exchange(options={"model": "VoiceSpin 2"}).open({}, None, {})
    assert (type(warning), warning.code) == (Warn, "model")
    assert exchange().open({}, None, {}) == []


def test_requests_take_the_accounts_places():
    assert exchange().slots.size == 3
    assert exchange().socket is None


def answered(format, *pieces, status=200, headers=OK):
    """Return what comes of a request that is answered with a body in pieces."""
    talk = exchange(format)
    talk.send_unit(unit("Hello.", 3))
    actions = list(talk.receive_status(0, status, headers))
    for piece in pieces:
        actions += talk.receive_data(0, piece)
    return [*actions, *talk.receive_eof(0)]


def sound(actions):
    return b"".join(action.data for action in actions if isinstance(action, Audio))


@FORMATS
@pytest.mark.parametrize(
    "headers",
    [
        {},
        *(
            {"content-type": kind}
            for kind in ("audio/mpeg", "text/plain; charset=utf-8", "application/json", "text/html")
        ),
    ],
)
def test_audio_is_audio_whatever_its_content_type(format, headers):
    actions = answered(format, SOUND[format], headers=headers)
    assert sound(actions) == SOUND[format]
    assert actions[-1] == Whole(4)


@FORMATS
@pytest.mark.parametrize("body", [WORDS, b"<!DOCTYPE html><p>no", b'\n {\n "error": "no"}', b'{"\xc3\xa9": 1}'])
@pytest.mark.parametrize("kind", ["audio/mpeg", "text/plain", "application/json", None])
def test_words_are_words_whatever_their_content_type(format, body, kind):
    headers = {**OK, "content-type": kind} if kind else OK
    *told, error = answered(format, body, headers=headers)
    assert type(error) is ProtocolError
    assert (error.status_code, error.request_id) == (200, G)
    assert not sound(told)


@given(st.sampled_from([*SOUND, None]), st.lists(st.integers(1, 70), max_size=5), st.sampled_from(list(SOUND)))
def test_it_makes_no_difference_where_a_body_is_cut(kind, cuts, format):
    body = SOUND[kind] if kind else WORDS
    edges = [0, *sorted(cut for cut in set(cuts) if cut < len(body)), len(body)]
    actions = answered(format, *(body[start:end] for start, end in pairwise(edges)))
    whole = answered(format, body)
    assert sound(actions) == sound(whole) == (b"" if are_words(body[:16], format) else body)
    assert type(actions[-1]) is type(whole[-1])


def test_a_body_that_comes_at_once_is_heard_to_its_end():
    """A busy program reads hundreds of kilobytes at a time; of words only the beginning is kept."""
    body = SOUND[MULAW] * 3000
    assert sound(answered(MULAW, body)) == body


@pytest.mark.parametrize(
    ("head", "format"),
    [
        (b"", MP3), (b"Internal error", MP3), (b"OggS", MP3), (b"\0\0", MP3), (b"ID3", OPUS),
        (b'{"error":"x"}', MULAW), (b"<html>", MULAW), (b"<?xml?>", MULAW),
    ],
)  # fmt: skip
def test_what_is_not_the_format_is_words(head, format):
    assert are_words(head, format)


@pytest.mark.parametrize(
    ("head", "format"),
    [
        (b"ID3\4", MP3), (b"\xff\xfb\x90", MP3), (b"\xff\xf3\x90", MP3), (b"OggS", OPUS),
        (b"\xff" * 16, MULAW), (b"{{}}zz||~~{{}}zz", MULAW), (b"<\x10", MULAW), (b"[[", MULAW), (b"", MULAW),
    ],
)  # fmt: skip
def test_what_may_be_the_format_is_no_words(head, format):
    assert not are_words(head, format)


def test_the_head_tells_the_generations_id():
    told = answered(MP3, SOUND[MP3])[0]
    assert told == Told(request_id=G, vendor={"x-generation-id": G})
    assert answered(MP3, SOUND[MP3], headers={})[0] == Told()


def test_raw_audio_is_charged_for_by_its_seconds():
    amounts = [
        action.billed
        for action in answered(MULAW, bytes(4000), bytes(4000))
        if isinstance(action, Told) and action.billed
    ]
    assert {(billed.backend, billed.unit) for billed in amounts} == {("deepdub", "seconds")}
    assert sum(billed.amount for billed in amounts) == pytest.approx(1.0)
    assert not any(isinstance(action, Told) and action.billed for action in answered(MP3, SOUND[MP3]))


def test_a_short_body_is_audio_too():
    assert sound(answered(MULAW, b"\xff")) == b"\xff"
    assert sound(answered(MP3, b"ID", b"3")) == b"ID3"


def test_an_empty_success_is_an_error():
    assert isinstance(answered(MP3)[-1], EmptyAudio)
    assert isinstance(answered(MP3, b"")[-1], EmptyAudio)


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [(401, "Unauthorized: no", AuthenticationError), (429, "RateLimit: no", RateLimited), (500, "no", BackendError)],
)
def test_a_refusal_is_its_error(status, words, kind):
    body = json.dumps({"success": False, "message": words}).encode()
    (error,) = answered(MP3, body[:9], body[9:], status=status)
    assert isinstance(error, kind)
    assert (error.status_code, error.detail, error.request_id) == (status, words, G)
    assert status != 401 or "this is 'eu'" in str(error)


def test_the_next_request_is_in_flight_and_heard_in_its_turn():
    talk = exchange()
    talk.send_unit(unit("One. ", 0))
    talk.send_unit(unit("Two. ", 1))
    for tag in (1, 0):
        talk.receive_status(tag, 200, OK)
    assert not sound(talk.receive_data(1, b"\xfe" * 20))
    assert sound(talk.receive_data(0, b"\xff" * 20)) == b"\xff" * 20
    assert talk.send_end() == []
    assert sound(talk.receive_eof(0)) == b"\xfe" * 20
    assert list(talk.receive_eof(1)) == [Whole(2), Finished()]


def test_a_cut_body_is_an_error_and_cut_words_are_the_vendors():
    for body, kind in ((SOUND[MULAW], TruncatedSpeech), (WORDS, ProtocolError), (b"", TruncatedSpeech)):
        talk = exchange()
        talk.send_unit(unit("Hello."))
        talk.receive_status(0, 200, OK)
        talk.receive_data(0, body)
        assert type(talk.receive_failure(0, TruncatedSpeech("cut"))[-1]) is kind


def test_a_failure_before_any_answer_stays_what_it_is():
    talk = exchange()
    talk.send_unit(unit("Hello."))
    error = BackendError("no connection")
    assert talk.receive_failure(None, error) == [error]
    assert talk.receive_failure(0, error) == [error]


def test_clear_drops_the_requests_and_what_still_comes_of_them_means_nothing():
    talk = exchange()
    talk.send_unit(unit("One. ", 0))
    talk.receive_status(0, 200, OK)
    talk.receive_data(0, b"\xff" * 9)
    assert talk.send_clear() == [Drop(0)]
    assert [*talk.receive_data(0, b"\xff" * 20), *talk.receive_eof(0)] == []


def test_what_is_charged_for_names_the_backend_by_its_own_name():
    talk = RequestExchange(
        Job(voice=Voice(id="V", backend="second"), format=MULAW, text_kind="stream"), find_account(), Options()
    )
    talk.send_unit(unit("Hello."))
    talk.receive_status(0, 200, {})
    assert talk.receive_data(0, bytes(8000))[-1] == Told(billed=Billed("second", 1.0, "seconds"))
