"""Whole conversations over sockets in memory, in which every word is read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.deepgram.service import Talk
from voxbridge import BackendUnavailable, Utterance


# -- whole conversations

SENTENCES = [f"This is sentence number {number} of them. " for number in range(1, 61)]


def test_every_word_of_a_long_text_is_heard_once_and_the_budget_is_kept():
    talk = Talk(SENTENCES * 8).run()
    assert talk.rendition.error is None
    assert talk.text == "".join(SENTENCES * 8)
    assert not talk.rendition.record.warnings
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
    assert all(report.error is None for report in talk.rendition.record.attempts)


def test_flushes_refused_by_a_stricter_service_lose_and_repeat_nothing():
    talk = Talk(SENTENCES[:30], flush_limit=4).run()
    assert talk.rendition.error is None
    assert talk.text == "".join(SENTENCES[:30])
    assert talk.rendition.record.warnings


def test_a_socket_that_dies_in_mid_unit_is_tried_again_from_that_unit():
    talk = Talk(SENTENCES[:4], faults={2: (1011, "NET-0000")}, live=False).run()
    assert talk.text == "".join(SENTENCES[:4])
    assert [type(report.error) for report in talk.rendition.record.attempts] == [BackendUnavailable, type(None)]


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
