"""One utterance or conversation, told what happens by hand."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from tests.hand import SECOND, Hand, Talk, sound
from voxbridge import (
    AllBackendsFailed,
    Audio,
    AuthenticationError,
    BackendUnavailable,
    Billed,
    Cleared,
    Degradation,
    Degraded,
    EmptyAudio,
    Finished,
    InterruptedSpeech,
    InvalidText,
    ProtocolError,
    RateLimited,
    RejectedRequest,
    Renew,
    Secret,
    Send,
    Settled,
    Slots,
    SocketSpec,
    SynthesisTimeout,
    Told,
    TruncatedSpeech,
    UnsupportedUtterance,
    UsageError,
    Utterance,
    VendorWarning,
    VoiceNotFound,
    Wait,
    Warn,
    Whole,
)
from voxbridge._commands import Carry, Leave, Open
from voxbridge.audio import AudioFormat, wav_header


def spoken(unit: int, seconds: int = 1) -> tuple[Any, ...]:
    """Return the actions that speak a unit whole."""
    return Audio(SECOND * seconds, unit), Whole(unit + 1)


class TestText:
    def test_text_with_nothing_to_say_makes_no_call_and_no_chunk(self):
        for text in ("", " ", "...", "—?! ", "\n\n"):
            hand = Hand()
            talk = Talk(hand, push=False)
            talk.rendition.text(text)
            talk.rendition.text_end()
            assert (talk.rendition.done, talk.take(), hand.exchanges) == (True, [], [])
            report = talk.rendition.record.report()
            assert (report.backend, report.voice, report.units, report.duration) == (None, None, (), 0.0)

    def test_no_connection_is_opened_ahead_for_punctuation(self):
        hand = Hand()
        hand.socket = SocketSpec(url="ws://x")
        talk = Talk(hand)
        talk.rendition.text("... ")
        assert not talk.rendition.commands
        talk.rendition.text("so")
        assert [type(command) for command in talk.rendition.commands] == [Open]

    def test_a_turn_with_nothing_to_say_has_one_empty_final_chunk(self):
        talk = Talk(Hand())
        for _ in range(3):
            talk.rendition.flush()
        assert [(chunk.data, chunk.final) for chunk in talk.take()] == [(b"", True)] * 3

    def test_text_after_the_end_is_refused_rather_than_lost(self):
        talk = Talk(Hand())
        talk.rendition.text("One. ")
        talk.rendition.text_end()
        with pytest.raises(UsageError, match="after end"):
            talk.rendition.text("Two")
        talk.rendition.flush()
        assert [chunk.final for chunk in talk.answer(*spoken(0))] == [False, True]
        assert talk.rendition.done

    def test_text_that_has_waited_too_long_for_more_is_spoken_up_to_a_whole_word(self):
        hand = Hand()
        talk = Talk(hand, text_kind="pieces")
        talk.rendition.text("你好。")
        talk.wait(0.9)
        assert hand.calls == []
        talk.wait(0.2)
        assert hand.calls == ["你好。"]
        talk.rendition.text("one two thr")
        talk.wait(0.9)
        talk.rendition.text("ee")
        talk.wait(0.9)
        assert hand.calls == ["你好。"]
        talk.wait(0.2)
        assert hand.calls == ["你好。", "one two "]
        assert talk.rendition.clear().unspoken == "你好。one two three"

    def test_nothing_is_hurried_that_waits_for_nothing(self):
        for kind, text in (("pieces", "One. "), ("pieces", "..."), ("synthesize", "one two thr")):
            talk = Talk(Hand(), text_kind=kind)
            talk.rendition.text(text)
            assert talk.rendition._slow is None
        talk = Talk(Hand(), text_kind="pieces")
        for end in (talk.rendition.flush, talk.rendition.clear, talk.rendition.text_end):
            talk.rendition.text("one two thr")
            assert talk.rendition._slow is not None
            end()
            assert talk.rendition._slow is None

    def test_the_voice_s_language_tells_abbreviations(self):
        hand = Hand()
        talk = Talk(hand, language="de-DE")
        talk.rendition.text("Am 2. Tag kam er. Ja")
        assert hand.calls == ["Am 2. Tag kam er. "]

    def test_wrong_text_is_refused_with_its_position(self):
        with pytest.raises(InvalidText) as caught:
            Talk(Hand()).rendition.text("ab\0")
        assert caught.value.position == 2

    def test_the_vendor_is_told_of_turns_and_of_the_end(self):
        hand = Hand()
        talk = Talk(hand)
        talk.rendition.text("One. Two")
        talk.rendition.flush()
        talk.rendition.text("Three. ")
        talk.rendition.text_end()
        assert hand.calls == ["One. ", "Two", "<flush>", "Three. ", "<flush>", "<end>"]

    def test_no_more_units_are_sent_than_the_window_takes(self):
        hand = Hand()
        hand.window = 2
        talk = Talk(hand)
        talk.rendition.text("One. Two. Three. Four. ")
        assert hand.calls == ["One. ", "Two. "]
        talk.answer(*spoken(0))
        assert hand.calls == ["One. ", "Two. ", "Three. "]

    def test_a_source_of_text_waits_while_much_is_unspoken(self):
        talk = Talk(Hand())
        talk.rendition.text("Words. " * 63)
        assert talk.rendition.wants_text
        talk.rendition.text("Words. " * 2)
        assert not talk.rendition.wants_text

    def test_twenty_thousand_units_take_no_time_to_speak_of(self):
        hand = Hand()
        hand.window = 1 << 30
        talk = Talk(hand, live=False, push=False)
        talk.rendition.text("Hello there. " * 20_000)
        talk.rendition.text_end()
        for unit in range(20_000):
            talk.event("receive_frame", [Audio(b"\0\0", unit), Whole(unit + 1)])
        assert len(talk.take()) == 20_000
        assert len(talk.rendition.record.report().units) == 20_000


class TestChunks:
    def test_exactly_the_last_chunk_of_each_turn_is_final(self):
        talk = Talk(Hand())
        for turn in range(3):
            talk.rendition.text("Go. Stop")
            talk.rendition.flush()
            chunks = talk.answer(*spoken(2 * turn), Audio(SECOND, 2 * turn + 1), *spoken(2 * turn + 1))
            assert [chunk.final for chunk in chunks] == [False, False, False, True]

    def test_a_final_that_is_known_late_has_no_data(self):
        talk = Talk(Hand())
        talk.rendition.text("Go. ")
        (chunk,) = talk.answer(*spoken(0))
        assert not chunk.final
        talk.rendition.flush()
        assert [(chunk.data, chunk.final) for chunk in talk.take()] == [(b"", True)]

    def test_offsets_and_units_count_on_over_the_whole_stream(self):
        talk = Talk(Hand())
        for turn in range(3):
            talk.rendition.text("Go")
            talk.rendition.flush()
            (audio, final) = talk.answer(*spoken(turn))
            assert (audio.offset, audio.unit, final.unit) == (turn, turn, turn)
        talk.rendition.text_end()
        units = talk.rendition.record.report().units
        assert [(unit.text, unit.start, unit.end) for unit in units] == [("Go", n, n + 1) for n in range(3)]

    @pytest.mark.parametrize("live", [True, False])
    def test_pauses_are_silence_wherever_they_stand(self, live):
        talk = Talk(Hand(), live=live, push=False)
        talk.rendition.text(Utterance().pause(1).pause("500ms").text("Hello. ").pause(2).pause(1).text("You").pause(3))
        talk.rendition.text_end()
        chunks = talk.take() + talk.answer(*spoken(2)) + talk.answer(*spoken(5))
        quiet = b"\0\0" * 8000
        assert sound(chunks) == quiet + quiet[:8000] + SECOND + quiet * 3 + SECOND + quiet * 3
        assert [chunk.final for chunk in chunks].count(True) == 1
        assert chunks[-1].final
        units = talk.rendition.record.report().units
        assert [(unit.text, unit.start, unit.end) for unit in units] == [("Hello. ", 1.5, 2.5), ("You", 5.5, 6.5)]

    def test_an_utterance_of_pauses_alone_is_silence_without_a_call(self):
        hand = Hand()
        talk = Talk(hand, push=False)
        talk.rendition.text(Utterance().pause(1).pause(1))
        talk.rendition.text_end()
        assert sound(talk.take()) == bytes(32000)
        assert (talk.rendition.done, hand.exchanges) == (True, [])

    def test_audio_in_another_format_is_converted_and_nothing_stays_behind(self):
        talk = Talk(Hand(formats=("linear16/24000",)), format="mulaw/8000")
        talk.rendition.text("Go")
        talk.rendition.flush()
        chunks = talk.answer(Audio(SECOND * 3, 0)) + talk.answer(Whole(1))
        assert len(sound(chunks)) == 8000

    def test_whole_delivery_gives_nothing_of_a_unit_before_its_end(self):
        talk = Talk(Hand(), live=False)
        talk.rendition.text("Go. Stop. ")
        assert talk.answer(Audio(SECOND, 0), Audio(SECOND, 0)) == []
        assert sound(talk.answer(Whole(1))) == SECOND * 2

    def test_a_sample_cut_in_two_is_joined(self):
        talk = Talk(Hand())
        talk.rendition.text("Go. ")
        chunks = talk.answer(Audio(b"\1", 0)) + talk.answer(Audio(b"\0\2", 0)) + talk.answer(Audio(b"\0", 0), Whole(1))
        assert sound(chunks) == b"\1\0\2\0"
        assert all(len(chunk.data) % 2 == 0 for chunk in chunks)

    def test_half_a_sample_at_the_end_is_the_vendors_fault(self):
        talk = Talk(Hand(), retries=0)
        talk.rendition.text("Go. ")
        talk.answer(Audio(b"\1\0\2", 0), Whole(1))
        assert isinstance(talk.error, InterruptedSpeech)
        assert isinstance(talk.error.cause, ProtocolError)


class TestFailing:
    def test_the_next_backend_starts_at_the_first_unit_that_is_not_whole(self):
        first, second = Hand("first"), Hand("second")
        talk = Talk(first, second, retries=0)
        talk.rendition.text("One. Two. Three. ")
        talk.answer(*spoken(0), Audio(SECOND, 1), TruncatedSpeech())
        assert second.calls == ["Two. ", "Three. "]
        chunks = talk.answer(Audio(SECOND, 1)) + talk.answer(Audio(SECOND, 1))
        assert [(chunk.backend, chunk.discontinuity) for chunk in chunks] == [("second", True), ("second", False)]

    def test_whole_delivery_repeats_nothing(self):
        first, second = Hand("first"), Hand("second")
        talk = Talk(first, second, live=False, retries=0)
        talk.rendition.text("One. Two. ")
        chunks = talk.answer(*spoken(0), Audio(SECOND, 1), TruncatedSpeech()) + talk.answer(*spoken(1))
        assert sound(chunks) == SECOND * 2
        assert not any(chunk.discontinuity for chunk in chunks)

    def test_after_a_part_of_the_unit_was_heard_the_same_backend_is_not_tried_again(self):
        hand = Hand()
        talk = Talk(hand, retries=5)
        talk.rendition.text("One. Two. ")
        talk.answer(Audio(SECOND, 0), TruncatedSpeech())
        talk.wait(30)
        assert len(hand.exchanges) == 1
        assert isinstance(talk.error, InterruptedSpeech)

    def test_no_retries_means_one_attempt(self):
        hand = Hand()
        talk = Talk(hand, retries=0)
        talk.rendition.text("One. ")
        talk.fail(BackendUnavailable())
        assert isinstance(talk.error, BackendUnavailable)
        assert len(hand.exchanges) == 1

    def test_progress_gives_new_tries(self):
        """An hour of speech may have a fault now and then; faults all the time are more than an account bears."""
        hand = Hand()
        talk = Talk(hand, retries=1)
        for fault in range(10):
            talk.rendition.text("Go. " * 10)
            talk.fail(BackendUnavailable())
            talk.wait(2)
            for unit in range(10 * fault, 10 * fault + 10):
                talk.answer(*spoken(unit))
        assert talk.rendition.error is None
        assert len(hand.exchanges) == 11

    def test_one_target_fails_with_its_own_error(self):
        talk = Talk(Hand(), retries=0)
        talk.rendition.text("One. ")
        talk.fail(AuthenticationError(status_code=401, detail="bad key"))
        assert isinstance(talk.error, AuthenticationError)
        assert talk.error.backend == "hand"
        assert talk.error.voice == "hand/default"

    def test_several_targets_fail_with_all_their_errors(self):
        talk = Talk(Hand("first"), Hand("second"), retries=0)
        talk.rendition.text("One. ")
        talk.fail(AuthenticationError())
        talk.fail(BackendUnavailable())
        assert [type(error) for error in talk.error.errors] == [AuthenticationError, BackendUnavailable]
        assert [attempt.backend for attempt in talk.error.attempts] == ["first", "second"]

    def test_a_callers_fault_that_nobody_accepts_is_raised_as_itself(self):
        talk = Talk(Hand("first"), Hand("second"), retries=0)
        talk.rendition.text("One. ")
        talk.fail(VoiceNotFound(detail="a"))
        talk.fail(RejectedRequest(detail="b"))
        assert isinstance(talk.error, VoiceNotFound)

    def test_old_errors_that_were_overcome_are_not_blamed(self):
        """An hour ago the first backend was away; now both refuse the text."""
        talk = Talk(Hand("first"), Hand("second"), retries=0)
        talk.rendition.text("One. ")
        talk.fail(BackendUnavailable())
        talk.answer(*spoken(0))
        talk.rendition.flush()
        talk.take()
        talk.rendition.text("Two. ")
        talk.fail(RejectedRequest(detail="second"))
        talk.fail(RejectedRequest(detail="first"))
        assert isinstance(talk.error, RejectedRequest)

    def test_after_audio_of_the_turn_an_error_says_what_was_spoken(self):
        talk = Talk(Hand("first"), Hand("second"), retries=0)
        talk.rendition.text("One. Two. Three")
        talk.answer(*spoken(0), Audio(SECOND, 1), TruncatedSpeech())
        talk.fail(BackendUnavailable())
        assert (talk.error.spoken, talk.error.unspoken) == ("One. ", "Two. Three")
        assert isinstance(talk.error.cause, AllBackendsFailed)

    def test_an_error_is_about_its_own_turn_even_if_the_listener_is_behind(self):
        talk = Talk(Hand(), retries=0)
        talk.rendition.text("First turn. ")
        talk.rendition.flush()
        talk.event("receive_frame", list(spoken(0)))  # nobody takes its chunks yet
        talk.rendition.text("Second. Turn. ")
        talk.rendition.flush()
        talk.event("receive_frame", [*spoken(1), Audio(SECOND, 2), TruncatedSpeech()])
        assert (talk.error.spoken, talk.error.unspoken) == ("Second. ", "Turn. ")

    def test_a_turn_of_which_nothing_was_released_fails_with_the_cause(self):
        for live in (True, False):
            talk = Talk(Hand(), live=live, retries=0)
            talk.rendition.text("First. ")
            talk.rendition.flush()
            talk.event("receive_frame", list(spoken(0)))
            talk.rendition.text("Second. ")
            talk.fail(BackendUnavailable())
            assert isinstance(talk.error, BackendUnavailable)

    def test_a_backend_that_cannot_make_an_exchange_is_passed_over(self):
        first, second = Hand("first"), Hand("second")
        first.refuses = VoiceNotFound("no such voice")
        talk = Talk(first, second)
        talk.rendition.text("One. ")
        talk.answer(*spoken(0))
        assert talk.rendition.error is None
        assert second.calls == ["One. "]

    def test_a_wrong_call_does_not_fail_over(self):
        first, second = Hand("first"), Hand("second")
        first.refuses = UsageError("no such option")
        talk = Talk(first, second)
        talk.rendition.text("One. ")
        assert talk.error is first.refuses
        assert not second.exchanges

    def test_the_error_of_the_callers_own_source_comes_out_unchanged(self):
        talk = Talk(Hand())
        talk.rendition.text("One. ")
        error = KeyError("mine")
        talk.rendition.text_failed(error)
        assert talk.error is error

    @pytest.mark.parametrize(
        "error", [ValueError("a"), KeyError("b"), TypeError("c"), AttributeError("d"), RecursionError("e")]
    )
    def test_what_cannot_be_read_is_the_vendors_fault(self, error):
        talk = Talk(Hand(), retries=0)
        talk.rendition.text("One. ")
        talk.event("receive_frame", error)
        assert isinstance(talk.error, ProtocolError)
        assert type(error).__name__ in talk.error.detail

    def test_what_the_timer_cannot_read_is_the_vendors_fault_too(self):
        talk = Talk(Hand(), retries=0)
        talk.rendition.text("One. ")
        talk.answer(Wait(1.0))
        talk.wait(2)
        assert isinstance(talk.error, ProtocolError)

    def test_an_answer_that_is_no_action_is_a_bug_that_shows(self):
        talk = Talk(Hand())
        talk.rendition.text("One. ")
        with pytest.raises(TypeError, match="no action"):
            talk.answer("audio")

    def test_success_without_sound_is_an_error(self):
        talk = Talk(Hand(), retries=0)
        talk.rendition.text("One. ")
        talk.answer(Whole(1))
        assert isinstance(talk.error, EmptyAudio)

    @pytest.mark.parametrize("live", [True, False])
    def test_symbols_that_a_voice_has_no_words_for_are_told_and_no_error(self, live):
        talk = Talk(Hand(), retries=0, live=live)
        talk.rendition.text("One. 🎉")
        talk.rendition.text_end()
        talk.answer(Audio(SECOND, 0), Whole(1))
        talk.answer(Whole(2))
        (told,) = talk.rendition.record.degradations
        assert (talk.error, told.feature, told.text) == (None, "symbols", "🎉")
        assert talk.rendition.done

    def test_what_another_began_to_say_does_not_make_silence_a_success(self):
        """Found by seed 1427 of the simulation."""
        first, second, third = Hand("first"), Hand("second"), Hand("third")
        talk = Talk(first, second, third, retries=0)
        talk.rendition.text("One. ")
        talk.answer(Audio(SECOND, 0), TruncatedSpeech())
        talk.answer(Whole(1))
        assert third.calls == ["One. "]

    @pytest.mark.parametrize("live", [True, False])
    def test_a_header_without_sound_is_no_success(self, live):
        first, second = Hand("first", formats=("wav/8000",)), Hand("second")
        talk = Talk(first, second, retries=0, live=live)
        talk.rendition.text("One. ")
        talk.answer(Audio(wav_header(AudioFormat("wav", 8000), 0), 0), Whole(1))
        assert second.calls == ["One. "]
        assert isinstance(talk.rendition.record.attempts[0].error, EmptyAudio)

    def test_a_connection_lost_in_the_midst_of_a_unit_is_truncated_speech(self):
        talk = Talk(Hand(), retries=0)
        talk.rendition.text("One. ")
        talk.answer(Audio(SECOND, 0), BackendUnavailable(detail="reset", retryable=False, request_id="r1"))
        cause = talk.error.cause
        assert isinstance(cause, TruncatedSpeech)
        assert (cause.detail, cause.retryable, cause.request_id) == ("reset", False, "r1")

    def test_keys_that_a_vendor_echoes_are_blotted_out(self):
        hand = Hand()
        token = Secret(lambda: "short-lived")
        hand.socket = SocketSpec(url="ws://x", headers={"a": Secret("sesame-open"), "b": token})
        talk = Talk(hand, retries=0)
        talk.rendition.text("One. ")
        token.reveal()
        talk.fail(AuthenticationError("refused sesame-open", detail="bad key sesame-open or short-lived"))
        assert "sesame" not in f"{talk.error}{talk.error!r}"
        assert "short-lived" not in str(talk.error)

    def test_whatever_came_out_before_an_error_is_given_first(self):
        talk = Talk(Hand(), retries=0)
        talk.rendition.text("One. ")
        talk.event("receive_frame", [Audio(SECOND, 0), TruncatedSpeech()])
        assert talk.rendition.done
        assert sound(talk.take()) == SECOND


class TestTime:
    def test_a_vendor_that_says_nothing_is_given_up(self):
        talk = Talk(Hand(), retries=0)
        talk.rendition.text("One. ")
        talk.wait(4.9)
        assert not talk.rendition.done
        talk.wait(0.2)
        assert (type(talk.error), talk.error.phase) == (SynthesisTimeout, "first_audio")

    def test_a_header_and_words_are_no_audio(self):
        """Only sound holds the clock up, however much else comes."""
        talk = Talk(Hand(formats=("wav/8000",)), retries=0)
        talk.rendition.text("One. ")
        header = wav_header(AudioFormat("wav", 8000), 16000)
        for place in range(0, 44, 11):
            talk.wait(1)
            talk.answer(Audio(header[place : place + 11], 0), Told(request_id="r"), Warn("w", "words"))
        talk.wait(1)
        assert (type(talk.error), talk.error.phase) == (SynthesisTimeout, "first_audio")
        assert talk.rendition.record.attempts[0].first_audio is None

    def test_a_vendor_that_stops_in_the_midst_is_given_up(self):
        talk = Talk(Hand(), retries=0)
        talk.rendition.text("One. ")
        talk.answer(Audio(SECOND, 0))
        talk.wait(5.1)
        assert talk.error.cause.phase == "stall"

    def test_a_vendor_slower_than_its_own_audio_is_given_up(self):
        talk = Talk(Hand(), retries=0)
        talk.rendition.text("One. ")
        for _ in range(20):
            if talk.rendition.done:
                break
            talk.wait(1)
            talk.answer(Audio(SECOND[:1600], 0))
        assert talk.error.cause.phase == "slow"

    def test_nothing_runs_out_while_nothing_is_owed(self):
        talk = Talk(Hand())
        talk.rendition.text("One. ")
        talk.answer(*spoken(0))
        talk.rendition.flush()
        talk.wait(3600)
        assert not talk.rendition.done

    def test_a_connection_that_is_not_there_in_time_is_given_up(self):
        hand = Hand()
        hand.socket = SocketSpec(url="ws://x")
        talk = Talk(hand, retries=0)
        talk.rendition.text("One. ")
        talk.wait(6)
        assert talk.error.phase == "connect"

    @pytest.mark.parametrize("push", [True, False])
    def test_the_deadline_comes_before_every_other_error(self, push):
        talk = Talk(Hand(), deadline=3.0, retries=0, push=push)
        talk.rendition.start() if not push else None
        talk.rendition.text("One. Two. ")
        talk.answer(*spoken(0))
        talk.wait(3.1)
        assert (type(talk.error), talk.error.phase) == (SynthesisTimeout, "total")
        assert (talk.error.spoken, talk.error.unspoken) == ("One. ", "Two. ")

    def test_in_a_conversation_every_turn_has_its_own_deadline(self):
        talk = Talk(Hand(), deadline=3.0)
        for turn in range(3):
            talk.rendition.text("Go")
            talk.rendition.flush()
            talk.wait(2)
            talk.answer(*spoken(turn))
            talk.wait(100)
        assert talk.rendition.error is None

    def test_a_retry_after_beyond_the_deadline_is_raised_at_once(self):
        talk = Talk(Hand(), deadline=10.0)
        talk.rendition.text("One. ")
        talk.fail(RateLimited(retry_after=20.0))
        assert isinstance(talk.error, RateLimited)

    def test_where_there_is_no_time_to_wait_the_next_backend_speaks(self):
        first, second = Hand("first"), Hand("second")
        talk = Talk(first, second, deadline=1.0)
        talk.rendition.text("One. ")
        talk.fail(RateLimited(retry_after=1.5))
        assert second.calls == ["One. "]

    def test_a_backoff_is_waited_for(self):
        hand = Hand()
        talk = Talk(hand)
        talk.rendition.text("One. ")
        talk.fail(RateLimited(retry_after=20.0))
        talk.wait(19)
        assert len(hand.exchanges) == 1
        talk.wait(1.1)
        assert len(hand.exchanges) == 2

    def test_waiting_for_a_place_is_not_the_vendors_time(self):
        hand = Hand()
        talk = Talk(hand, retries=0)
        talk.rendition.text("One. ")
        talk.event("queued", None)
        talk.wait(100)
        talk.event("granted", None)
        talk.wait(4)
        assert not talk.rendition.done
        talk.wait(2)
        assert talk.error.phase == "first_audio"

    def test_what_expects_an_id_and_its_end_are_handed_on_with_the_accounts_places(self):
        hand = Hand()
        talk = Talk(hand)
        talk.rendition.text("One. ")
        hand.exchanges[0].slots = slots = Slots("account", 3)
        talk.answer(Send("frame", "id"), *spoken(0), Settled("id"))
        assert list(talk.rendition.commands) == [Carry(1, Send("frame", "id"), slots), Carry(1, Settled("id"), slots)]


class TestClear:
    def test_before_anything_was_said_there_is_nothing_to_cut(self):
        talk = Talk(Hand())
        assert talk.rendition.clear() == Cleared("", "")
        assert talk.rendition.clear(heard=1.0) == Cleared("", "")
        assert talk.take() == []

    def test_both_parts_are_exactly_the_turns_text(self):
        talk = Talk(Hand())
        talk.rendition.text("... One. Two. Thr")
        talk.answer(*spoken(0), Audio(SECOND, 1))
        assert talk.rendition.clear() == Cleared("... One. ", "Two. Thr")
        assert talk.rendition.clear() == Cleared("", "")

    def test_nothing_comes_out_afterwards_not_even_a_final(self):
        hand = Hand()
        hand.at_clear = []
        talk = Talk(hand)
        talk.rendition.text("One. Two. ")
        talk.rendition.flush()
        talk.event("receive_frame", [Audio(SECOND, 0)])
        talk.rendition.clear()
        assert talk.take() == []
        assert talk.answer(Audio(SECOND, 0), Whole(2)) == []

    def test_a_unit_is_spoken_when_its_last_audio_was_taken(self):
        talk = Talk(Hand())
        talk.rendition.text("One. Two. ")
        talk.event("receive_frame", [*spoken(0), *spoken(1)])
        talk.rendition.take()
        assert talk.rendition.clear() == Cleared("One. ", "Two. ")

    @pytest.mark.parametrize(
        ("heard", "words"), [(0.0, ""), (0.99, ""), (1.0, "One. "), (2.5, "One. Two. "), (99.0, "One. Two. ")]
    )
    def test_with_what_was_heard_a_unit_is_spoken_when_it_was_played(self, heard, words):
        talk = Talk(Hand())
        talk.rendition.text("Before. ")
        talk.rendition.flush()
        talk.answer(*spoken(0))
        talk.rendition.text("One. Two. Three. ")
        talk.answer(*spoken(1), *spoken(2))
        cleared = talk.rendition.clear(heard=heard)
        assert cleared == Cleared(words, "One. Two. Three. "[len(words) :])

    def test_a_turn_that_was_given_whole_can_still_be_cut_while_it_plays(self):
        talk = Talk(Hand())
        talk.rendition.text("One. Two. ")
        talk.rendition.flush()
        talk.answer(*spoken(0), *spoken(1))
        assert talk.rendition.clear(heard=1.5) == Cleared("One. ", "Two. ")

    def test_a_wordless_beginning_of_the_next_turn_is_not_lost(self):
        talk = Talk(Hand())
        talk.rendition.text("One. ")
        talk.rendition.flush()
        talk.event("receive_frame", list(spoken(0)))
        talk.rendition.text("—" * 3000)  # cut at the limit, and there is nothing in it to say
        talk.rendition.text("Two")
        talk.take()
        assert talk.rendition.clear() == Cleared("", "—" * 3000 + "Two")

    def test_the_next_turn_is_spoken_and_counts_on(self):
        hand = Hand()
        talk = Talk(hand)
        talk.rendition.text("One. Two. ")
        talk.answer(Audio(SECOND, 0))
        talk.rendition.clear()
        talk.rendition.text("Three")
        talk.rendition.flush()
        audio, final = talk.answer(*spoken(2))
        assert (audio.offset, audio.discontinuity, audio.final, final.final) == (1.0, False, False, True)
        assert talk.rendition.clear() == Cleared("Three", "")

    def test_chunks_index_the_reports_units_after_a_clear(self):
        talk = Talk(Hand())
        talk.rendition.text("One. Two. Three. ")
        talk.event("receive_frame", [*spoken(0), *spoken(1), Audio(SECOND, 2)])
        first = talk.rendition.take()
        talk.rendition.clear()
        talk.rendition.text("Four. ")
        (second,) = talk.answer(*spoken(3))
        talk.rendition.text_end()
        talk.take()
        units = talk.rendition.record.report().units
        assert [units[chunk.unit].text for chunk in (first, second)] == ["One. ", "Four. "]

    def test_a_vendor_that_cannot_be_stopped_is_left(self):
        hand = Hand()
        talk = Talk(hand)
        talk.rendition.text("One. ")
        talk.rendition.clear()
        assert talk.rendition.commands.pop() == Leave(1, clean=False)
        talk.rendition.text("Two. ")
        assert len(hand.exchanges) == 2

    def test_a_clear_after_the_end_ends_the_conversation(self):
        talk = Talk(Hand())
        talk.rendition.text("One. ")
        talk.rendition.text_end()
        assert talk.rendition.clear() == Cleared("", "One. ")
        assert (talk.rendition.done, talk.error) == (True, None)


class TestCarriers:
    def socket(self) -> tuple[Hand, Talk]:
        hand = Hand()
        hand.socket = SocketSpec(url="ws://x")
        return hand, Talk(hand, retries=0)

    def open(self, talk: Talk, *, reused: bool = False) -> None:
        talk.event("opened", {}, {}, reused)

    def test_a_socket_that_served_to_the_end_may_serve_again(self):
        """Also when the end of the text was known only after the last audio."""
        hand, talk = self.socket()
        hand.at_end = [Finished()]
        talk.rendition.text("One. ")
        self.open(talk)
        talk.answer(*spoken(0))
        talk.rendition.flush()
        talk.rendition.text_end()
        assert hand.calls[-1] == "<end>"
        assert talk.rendition.commands.pop() == Leave(1, clean=True)

    def test_a_kept_socket_that_had_died_is_nobodys_fault(self):
        _, talk = self.socket()
        talk.rendition.text("One. ")
        self.open(talk, reused=True)
        talk.event("receive_failure", None, BackendUnavailable())
        opened = [command for command in talk.rendition.commands if isinstance(command, Open)]
        assert [command.fresh for command in opened] == [False, True]
        assert not talk.rendition.done
        assert isinstance(talk.rendition.record.attempts[0].error, BackendUnavailable)

    def test_a_socket_lost_with_nothing_owed_is_renewed_when_there_is_a_unit(self):
        _, talk = self.socket()
        talk.rendition.text("One. Tw")
        for n in range(10):  # however often the vendor closes what is idle
            self.open(talk)
            talk.answer(*spoken(n))
            talk.answer(Renew())
            assert talk.rendition._run is None
            talk.rendition.text("o. Tw")
        assert talk.error is None

    def test_connections_that_are_lost_unused_again_and_again_are_an_error(self):
        _, talk = self.socket()
        talk.rendition.text("One. ")
        for _ in range(4):
            self.open(talk)
            talk.answer(Renew())
        assert isinstance(talk.error, BackendUnavailable)

    def test_connections_that_a_caller_leaves_unused_by_clearing_are_nobodys_fault(self):
        hand, talk = self.socket()
        hand.at_clear = []
        for _ in range(10):
            talk.rendition.text("One. ")
            self.open(talk)
            talk.rendition.clear()
            talk.answer(Renew())
        assert talk.error is None

    def test_events_of_an_attempt_that_is_over_change_nothing(self):
        first, second = Hand("first"), Hand("second")
        talk = Talk(first, second, retries=0)
        talk.rendition.text("One. ")
        talk.fail(BackendUnavailable())
        talk.rendition.event(talk.clock.now, 1, "receive_frame", [Audio(SECOND, 0), Whole(1)])
        assert talk.take() == []


class TestReports:
    def test_a_report_tells_of_each_attempt(self):
        first, second = Hand("first"), Hand("second")
        talk = Talk(first, second, retries=0, push=False)
        talk.rendition.text("One. Two. ")
        talk.rendition.text_end()
        talk.clock.now += 0.5
        talk.answer(Told(request_id="r1", billed=Billed("first", 5, "characters")), *spoken(0), RejectedRequest())
        talk.clock.now += 1
        talk.answer(*spoken(1), Told(request_id="r2", billed=Billed("second", 5, "characters"), vendor={"a": "b"}))
        report = talk.rendition.record.report()
        one, two = report.attempts
        assert (one.backend, one.request_id, one.units, one.audio_seconds) == ("first", "r1", (0,), 1.0)
        assert isinstance(one.error, RejectedRequest)
        assert one.error.request_id == "r1"
        assert (one.first_audio, one.elapsed, one.connected) == (0.5, 0.5, 0.0)
        assert (two.voice, two.units, two.error) == ("second/default", (1,), None)
        assert (report.backend, report.backends) == ("second", ("first", "second"))
        assert str(report.voice) == "second/default"
        assert [billed.backend for billed in report.billed][:1] == ["first"]

    def test_the_voice_is_that_of_the_last_audio_although_one_backend_has_two(self):
        from voxbridge import Route, Router

        hand = Hand()
        talk = Talk(Router([Route(hand, "a"), Route(hand, "b")]), retries=0, push=False)
        talk.rendition.text("One. ")
        talk.rendition.text_end()
        talk.answer(*spoken(0))
        assert str(talk.rendition.record.report().voice) == "hand/a"

    def test_what_one_attempt_is_billed_adds_up(self):
        talk = Talk(Hand(), push=False)
        talk.rendition.text("One. Two. ")
        talk.rendition.text_end()
        for unit in range(2):
            talk.answer(Told(billed=Billed("hand", 5, "characters")), *spoken(unit))
        assert talk.rendition.record.report().billed == (Billed("hand", 10, "characters"),)

    def test_a_degradation_is_told_once_and_on_the_chunk(self):
        talk = Talk(Hand(speed=(0.5, 1.5)), speed=3.0)
        talk.rendition.text("One. Two. ")
        chunks = talk.answer(*spoken(0)) + talk.answer(*spoken(1))
        done = Degradation("hand", "speed", "", "was clamped from 3 to 1.5")
        assert [chunk.degradations for chunk in chunks] == [(done,), ()]
        assert list(talk.rendition.record.degradations) == [done]

    def test_a_degradation_of_a_backend_that_was_never_heard_is_none(self):
        first, second = Hand("first"), Hand("second", speed=(0.5, 4.0))
        talk = Talk(first, second, speed=2.0, retries=0)
        talk.rendition.text(Utterance().pronounce("One", "wʌn").text(". "))
        talk.fail(BackendUnavailable())
        (chunk,) = talk.answer(*spoken(0))
        assert {degradation.backend for degradation in chunk.degradations} == {"second"}
        assert {degradation.feature for degradation in chunk.degradations} == {"pronunciation"}

    def test_what_a_vendor_warns_of_is_told_once_without_control_characters(self):
        talk = Talk(Hand())
        talk.rendition.text("One. ")
        talk.answer(Warn("W-1", "be\x1b[31mware\x00"), Warn("W-1", "beware"), *spoken(0))
        assert talk.rendition.record.report().warnings == (VendorWarning("hand", "W-1", "beware"),)

    def test_degradations_that_the_exchange_finds_are_told_too(self):
        talk = Talk(Hand())
        talk.rendition.text("One. ")
        done = Degradation("hand", "accent", "", "was left out")
        (chunk,) = talk.answer(Degraded(done), *spoken(0))
        assert chunk.degradations == (done,)

    def test_strict_refuses_a_pronunciation_before_any_request(self):
        hand = Hand()
        talk = Talk(hand, strict=True, push=False)
        talk.rendition.text(Utterance().text("One. Two. ").pronounce("Three", "θriː"))
        talk.rendition.text_end()
        assert isinstance(talk.error, UnsupportedUtterance)
        assert "Three" in str(talk.error)
        assert (hand.exchanges, talk.rendition.record.attempts) == ([], [])

    @pytest.mark.parametrize("socket", [None, SocketSpec(url="ws://x")])
    def test_strict_refuses_what_a_backend_finds_in_a_later_unit_before_the_first_is_sent(self, monkeypatch, socket):
        first, second = Hand("first", phonemes=("ipa",)), Hand("second", phonemes=("ipa",))
        first.socket = socket
        lost = Degradation("first", "pronunciation", "Three", "'θ' is said as 't'")
        monkeypatch.setattr(first, "losses", lambda job, unit: [lost] if "Three" in unit.text else [])
        talk = Talk(first, second, strict=True, push=False)
        talk.rendition.text(Utterance().text("One. Two. ").pronounce("Three", "θriː").text("."))
        talk.rendition.text_end()
        (error,) = talk.rendition.record.errors
        assert "first cannot keep the pronunciation of 'Three'" in str(error)
        assert (first.exchanges, second.calls[0]) == ([], "One. ")

    def test_what_words_lose_by_being_said_as_they_are_written_is_told(self):
        hand = Hand(phonemes=("ipa",))
        talk = Talk(hand)
        talk.rendition.text(Utterance().emphasize("One", "strong").mark("here").say_as(" 2", "date").text(". "))
        (chunk,) = talk.answer(*spoken(0))
        assert hand.calls == ["One 2. "]
        assert [(lost.feature, lost.text) for lost in chunk.degradations] == [
            ("emphasis", "One"),
            ("mark", ""),
            ("say-as", " 2"),
        ]

    def test_strict_refuses_words_that_would_lose_something(self):
        hand = Hand()
        talk = Talk(hand, strict=True, push=False)
        talk.rendition.text(Utterance().say_as("10/11/12", "date"))
        talk.rendition.text_end()
        assert isinstance(talk.error, UnsupportedUtterance)
        assert "hand cannot keep the say-as of '10/11/12', and strict=True" in str(talk.error)
        assert not any("10/11/12" in exchange.calls for exchange in hand.exchanges)

    @pytest.mark.parametrize("when", ["open", "send_unit", "send_flush", "send_end"])
    @pytest.mark.parametrize("socket", [None, SocketSpec(url="ws://x")])
    def test_strict_refuses_what_an_exchange_says_it_loses_before_it_is_sent(self, monkeypatch, socket, when):
        lost = Degraded(Degradation("first", "accent", "One", "was left out"))
        first, second = Hand("first"), Hand("second")
        first.socket = socket
        talk = Talk(first, second, strict=True)
        exchange = first.exchange

        def losing(job):
            made = exchange(job)
            monkeypatch.setattr(made, when, lambda *_: [Send("x"), lost])
            return made

        monkeypatch.setattr(first, "exchange", losing)
        talk.rendition.text("One. ")
        talk.rendition.text_end()
        if socket:
            talk.event("opened", {}, {}, False)  # noqa: FBT003  # as the pool posts it
        assert [command.action for command in talk.rendition.commands if isinstance(command, Carry)] == []
        assert second.calls == ["One. ", "<flush>", "<end>"]
        (error,) = talk.rendition.record.errors
        assert str(error) == "first cannot keep the accent of 'One', and strict=True; else: was left out"

    def test_strict_speech_goes_on_if_a_loss_is_told_by_the_vendor_afterwards(self):
        talk = Talk(Hand(), strict=True)
        talk.rendition.text("One. ")
        done = Degradation("hand", "accent", "", "was left out")
        (chunk,) = talk.answer(Degraded(done), *spoken(0))
        assert chunk.degradations == (done,)

    def test_strict_passes_over_who_cannot_keep_a_pronunciation(self):
        first, second = Hand("first"), Hand("second", phonemes=("ipa",))
        talk = Talk(first, second, strict=True)
        talk.rendition.text(Utterance().pronounce("One", "wʌn").text(". "))
        assert (first.exchanges, second.calls) == ([], ["One. "])

    def test_a_carrier_that_was_opened_ahead_and_never_used_is_no_attempt(self):
        hand = Hand()
        hand.socket = SocketSpec(url="ws://x")
        talk = Talk(hand)
        talk.rendition.text("One")
        talk.event("opened", {}, {}, False)  # noqa: FBT003  # as the pool posts it
        talk.rendition.close()
        assert talk.rendition.record.attempts == []

    def test_the_text_of_a_unit_that_was_cut_for_good_stands_in_the_report(self):
        talk = Talk(Hand(), retries=0)
        talk.rendition.text("One. Two. ")
        (chunk,) = talk.answer(Audio(SECOND, 0), TruncatedSpeech())
        unit = talk.rendition.record.report().units[chunk.unit]
        assert (unit.text, unit.start, unit.end) == ("One. ", 0.0, 1.0)


def test_commands_carry_what_the_exchange_sends():
    from voxbridge import Send

    hand = Hand()
    talk = Talk(hand)
    talk.rendition.text("One. ")
    talk.answer(Send("hello"))
    assert [command.action for command in talk.rendition.commands if isinstance(command, Carry)] == [Send("hello")]


def test_leaving_says_so_once():
    talk = Talk(Hand())
    talk.rendition.text("One. ")
    talk.rendition.close()
    talk.rendition.close()
    assert list(talk.rendition.commands) == [Leave(1, clean=False)]
    assert talk.error is None
    assert evolve(talk.rendition.record.attempts[0], units=(0,)).error is None
