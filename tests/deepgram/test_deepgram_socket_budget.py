"""The socket's exchange when listeners interrupt, when flushes run short, and as sockets grow old."""

from __future__ import annotations

import pytest

from tests.deepgram.service import CLEAR, FLUSH, Clock, answer, exchange, frames, unit
from voxbridge import Audio, Finished, Renew, Wait, Warn, Whole


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


def test_a_turn_that_ended_is_not_added_to_though_flushes_come_back():
    clock = Clock()
    talk = exchange(clock=clock)
    use_flushes(talk, 17)
    talk.send_unit(unit("One.", 17))
    talk.send_unit(unit("Two.", 18))
    talk.send_flush()
    clock.now += 60.1
    assert talk.window == 0
    whole, *then = answer(talk, type="Flushed")
    assert (whole, frames(then), talk.window) == (Whole(18), [FLUSH], 2)


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
