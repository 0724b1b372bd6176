"""Exchanges as tables: what goes in, and the one ordered list that comes out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge import (
    Audio,
    AudioFormat,
    AuthenticationError,
    BackendUnavailable,
    Drop,
    EmptyAudio,
    Fetch,
    Finished,
    HttpRequest,
    HttpResponse,
    Job,
    OutOfCredits,
    Pause,
    ProtocolError,
    RateLimited,
    RejectedRequest,
    Renew,
    SocketExchange,
    SynthesisTimeout,
    TextTooLong,
    TextUnit,
    Told,
    TruncatedSpeech,
    Voice,
    VoiceNotFound,
    Whole,
    Words,
    refusal,
    refusal_of_close,
)
from voxbridge._tagged import TaggedExchange


def job(kind: str = "stream", max_characters: int = 2000) -> Job:
    voice = Voice(id="x", backend="web")
    return Job(voice=voice, format=AudioFormat("linear16"), text_kind=kind, max_characters=max_characters)


def unit(index: int, text: str = "Words. ", pause: float = 0.0) -> TextUnit:
    return TextUnit(index, (Words(text),), pause)


class Web(TaggedExchange):
    def launch(self, tag, units):
        return Fetch(tag, HttpRequest(method="POST", url="http://x", body="".join(u.text for u in units).encode()))

    def decode_status(self, status, headers, body):
        if status == 200:
            return Told(request_id=headers.get("id"))
        return super().decode_status(status, headers, body)


def tags(actions: Any) -> list[int]:
    return [action.tag for action in actions if isinstance(action, Fetch)]


def bodies(actions: Any) -> list[str]:
    return [action.request.body.decode() for action in actions if isinstance(action, Fetch)]


def told(error: Any) -> tuple[Any, ...]:
    return type(error), error.code, error.detail


class TestStreamedRequests:
    def test_each_unit_is_a_request_and_one_is_ahead(self):
        web = Web(job())
        assert web.window == 2
        assert [tags(web.send_unit(unit(n))) for n in range(3)] == [[0], [1], []]
        web.receive_data(0, b"ab")
        assert tags(web.receive_eof(0)) == [2]

    def test_a_request_is_heard_as_it_comes(self):
        web = Web(job())
        web.send_unit(unit(0))
        assert web.receive_status(0, 200, {"id": "r"}) == [Told(request_id="r")]
        assert web.receive_data(0, b"ab") == [Audio(b"ab", 0)]
        assert web.receive_data(0, b"") == ()
        assert web.receive_eof(0) == [Whole(1)]

    def test_the_one_ahead_waits_for_its_turn(self):
        web = Web(job())
        web.send_unit(unit(0))
        web.send_unit(unit(1))
        assert web.receive_data(1, b"cd") == ()
        assert web.receive_eof(1) == []
        web.receive_data(0, b"ab")
        assert web.receive_eof(0) == [Whole(1), Audio(b"cd", 1), Whole(2)]

    def test_so_does_its_fault(self):
        web = Web(job())
        web.send_unit(unit(0))
        web.send_unit(unit(1))
        web.receive_data(1, b"cd")
        fault = TruncatedSpeech()
        assert web.receive_failure(1, fault) == []
        web.receive_data(0, b"ab")
        assert web.receive_eof(0) == [Whole(1), Audio(b"cd", 1), fault]

    def test_it_has_finished_when_the_last_one_was_heard(self):
        web = Web(job())
        web.send_unit(unit(0))
        assert web.send_end() == []
        web.receive_data(0, b"ab")
        assert web.receive_eof(0) == [Whole(1), Finished()]
        assert Web(job()).send_end() == [Finished()]

    def test_clear_drops_what_is_in_flight_and_hears_no_more_of_it(self):
        web = Web(job())
        for n in range(3):
            web.send_unit(unit(n))
        assert web.send_clear() == [Drop(0), Drop(1)]
        assert [*web.receive_data(0, b"ab"), *web.receive_eof(0), *web.receive_failure(1, TruncatedSpeech())] == []
        assert tags(web.send_unit(unit(3))) == [2]

    def test_success_without_audio_is_an_error_of_that_request(self):
        web = Web(job())
        web.send_unit(unit(0, "Say this. "))
        (error,) = web.receive_eof(0)
        assert isinstance(error, EmptyAudio)
        assert "Say this." in error.detail

    def test_for_symbols_alone_a_voice_may_have_no_words(self):
        web = Web(job())
        web.send_unit(unit(0, "🎉"))
        assert web.receive_eof(0) == [Whole(1)]

    @pytest.mark.parametrize(
        ("status", "kind"), [(401, AuthenticationError), (429, RateLimited), (503, BackendUnavailable)]
    )
    def test_a_refusal_has_its_reason_from_the_body_however_it_is_cut(self, status, kind):
        body = b'{"err_code": "E", "err_msg": "why"}'
        for cut in range(len(body) + 1):
            web = Web(job())
            web.send_unit(unit(0))
            web.receive_status(0, status, {})
            web.receive_data(0, body[:cut])
            web.receive_data(0, body[cut:])
            (error,) = web.receive_eof(0)
            assert told(error) == (kind, "E", "why")

    def test_a_refusal_cut_short_still_says_what_was_refused(self):
        web = Web(job())
        web.send_unit(unit(0))
        web.receive_status(0, 402, {})
        web.receive_data(0, b"no cred")
        assert told(web.receive_failure(0, TruncatedSpeech())[0]) == (OutOfCredits, None, "no cred")

    @pytest.mark.parametrize("kind", ["application/json", "text/html; charset=utf-8", "Application/JSON"])
    def test_words_where_audio_should_be_are_no_audio(self, kind):
        web = Web(job())
        web.send_unit(unit(0))
        web.receive_status(0, 200, {"content-type": kind})
        assert web.receive_data(0, b"<html>") == ()
        (error,) = web.receive_eof(0)
        assert isinstance(error, ProtocolError)
        assert "<html>" in error.detail

    def test_a_refusal_without_end_is_not_kept(self):
        web = Web(job())
        web.send_unit(unit(0))
        web.receive_status(0, 500, {})
        for _ in range(1000):
            web.receive_data(0, b"x" * 10_000)
        assert sum(map(len, web._bodies[0].held)) < 100_000

    def test_a_failure_of_no_request_is_everybodys(self):
        error = BackendUnavailable()
        assert Web(job()).receive_failure(None, error) == [error]


class TestPackedRequests:
    def pack(self, *units: TextUnit, max_characters: int = 20) -> list[str]:
        web = Web(job("synthesize", max_characters))
        web.ahead = 99
        actions = [action for each in units for action in web.send_unit(each)]
        return bodies([*actions, *web.send_end()])

    def test_sentences_are_packed_up_to_the_limit(self):
        assert self.pack(*[unit(n, "Nine char") for n in range(5)]) == ["Nine charNine char"] * 2 + ["Nine char"]

    def test_a_pause_ends_a_request_so_that_it_can_be_heard(self):
        assert self.pack(unit(0, "a", 0.5), unit(1, "b"), unit(2, "c")) == ["a", "bc"]

    def test_a_unit_that_was_left_out_ends_a_request_for_it_may_be_a_pause(self):
        assert self.pack(unit(0, "a"), unit(2, "b")) == ["a", "b"]

    def test_flush_sends_what_was_held_back(self):
        web = Web(job("synthesize"))
        assert web.send_unit(unit(0)) == []
        assert bodies(web.send_flush()) == ["Words. "]
        assert web.send_flush() == []

    def test_its_audio_is_of_the_first_unit_and_its_end_of_all(self):
        web = Web(job("synthesize"))
        web.send_unit(unit(0))
        web.send_unit(unit(1))
        web.send_end()
        assert web.receive_data(0, b"ab") == [Audio(b"ab", 0)]
        assert web.receive_eof(0) == [Whole(2), Finished()]


@given(st.data())
def test_how_bodies_interleave_changes_nothing_in_what_is_heard(data):
    """Requests may answer in any order and in any pieces; what is heard are the units in theirs."""
    count = data.draw(st.integers(1, 6))
    web = Web(job())
    web.ahead = data.draw(st.integers(1, 4))
    spoken = [bytes([n]) * data.draw(st.integers(1, 9)) for n in range(count)]
    left: dict[int, bytes] = {}
    heard: list[Any] = []

    def take(actions: Any) -> None:
        left.update({tag: spoken[tag] for tag in tags(actions)})
        heard.extend(action for action in actions if not isinstance(action, Fetch))

    for n in range(count):
        take(web.send_unit(unit(n)))
    take(web.send_end())
    while left:
        tag = data.draw(st.sampled_from(sorted(left)))
        if left[tag]:
            size = len(left[tag]) - data.draw(st.integers(0, len(left[tag]) - 1))
            piece, left[tag] = left[tag][:size], left[tag][size:]
            take(web.receive_data(tag, piece))
        else:
            del left[tag]
            take(web.receive_eof(tag))
    assert b"".join(action.data for action in heard if isinstance(action, Audio)) == b"".join(spoken)
    assert [action.upto for action in heard if isinstance(action, Whole)] == list(range(1, count + 1))
    assert heard[-1] == Finished()
    whole = 0
    for action in heard[:-1]:
        if isinstance(action, Whole):
            whole = action.upto
        else:
            assert action.unit == whole


class TestSockets:
    def test_a_close_is_blamed_for_what_is_owed(self):
        socket = SocketExchange(job())
        assert socket.receive_close(1000, "") == [Renew()]
        socket.owed = 1
        assert isinstance(socket.receive_close(1000, "")[0], TruncatedSpeech)

    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            *((code, RejectedRequest) for code in (1003, 1008)),
            (1009, TextTooLong),
            *((code, BackendUnavailable) for code in (1006, 1011)),
            *((code, TruncatedSpeech) for code in (1000, 1001, 1005, 4000)),
        ],
    )
    def test_what_a_close_means(self, code, kind):
        error = refusal_of_close(code, "why")
        assert (type(error), error.status_code, error.detail) == (kind, code, "why")

    def test_a_refused_handshake_is_typed_by_its_status(self):
        assert isinstance(SocketExchange(job()).receive_refusal(401, {}, b"")[0], AuthenticationError)


class TestRefusal:
    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            *((status, RejectedRequest) for status in (400, 415, 422, 418)),
            *((status, AuthenticationError) for status in (401, 403)),
            (402, OutOfCredits),
            (404, VoiceNotFound),
            (413, TextTooLong),
            (429, RateLimited),
            *((status, SynthesisTimeout) for status in (408, 504)),
            *((status, BackendUnavailable) for status in (500, 502, 503, 529)),
            *((status, ProtocolError) for status in (301, 307, 204)),
        ],
    )
    def test_what_a_status_means(self, status, kind):
        assert type(refusal(status, {}, b"")) is kind

    @pytest.mark.parametrize(
        ("body", "code", "detail"),
        [
            (b'{"err_code": "E1", "err_msg": "why"}', "E1", "why"),
            (b'{"error": "why", "category": "C"}', "C", "why"),
            (b'{"error_code": 5, "message": "why"}', "5", "why"),
            (b'{"detail": "why"}', None, "why"),
            (b'{"x": 1}', None, '{"x": 1}'),
            (b'["a"]', None, "['a']"),
            (b"plain words", None, "plain words"),
            (b"\xff", None, "\ufffd"),
            (b"", None, ""),
        ],
    )
    def test_a_vendors_reason_is_found(self, body, code, detail):
        error = refusal(400, {}, body)
        assert (error.code, error.detail) == (code, detail)

    def test_a_reason_of_a_thousand_brackets_is_words(self):
        assert refusal(400, {}, b"[" * 100_000).detail.startswith("[[[")

    def test_a_backend_that_knows_better_is_believed(self):
        error = refusal(400, {}, b'{"message": "a"}', code="mine", detail="b")
        assert (error.code, error.detail) == ("mine", "b")

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({}, None),
            ({"retry-after": "7"}, 7.0),
            ({"retry-after": " 1.5 "}, 1.5),
            ({"retry-after-ms": "1500"}, 1.5),
            ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
            ({"retry-after": "-3"}, 0.0),
            ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
            ({"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"}, 60.0),
            ({"retry-after": "soon"}, None),
            ({"retry-after": "nan"}, None),
            ({"retry-after": "1e999"}, None),
        ],
    )
    def test_how_long_it_asks_to_wait(self, headers, seconds):
        assert refusal(429, headers, b"").retry_after == seconds


def test_an_answer_is_read_as_json_or_is_the_vendors_fault():
    def answer(body: bytes) -> HttpResponse:
        return HttpResponse(status=200, headers={}, body=body)

    assert answer(b'{"a": 1}').json() == {"a": 1}
    for body in (b"{", b"", b"\xff", b"[" * 100_000):
        with pytest.raises(ProtocolError, match="not JSON"):
            answer(body).json()


def test_a_pause_is_seconds():
    assert Pause(1.5).seconds == 1.5
