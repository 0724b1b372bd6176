"""Callers on sockets: who hears what, and what they are told when something goes wrong."""

from __future__ import annotations

import pytest

from tests.deepdub.exchanges import Line, chunk
from voxbridge import (
    BackendUnavailable,
    ProtocolError,
    RejectedRequest,
    SynthesisTimeout,
    TruncatedSpeech,
)


# -- many on one socket


def test_each_caller_hears_its_own():
    line = Line("websocket", 3)
    line.say("Hello.")
    assert (len(line.sockets), len(line.ids)) == (1, 3)
    for index in range(4):
        for number in (2, 0, 1):
            last = index == 3
            line.answer(chunk(line.ids[number], index, bytes([number, index]), isFinished=last))
    assert line.heard == [b"".join(bytes([number, index]) for index in range(4)) for number in range(3)]
    assert (line.socket.claims, line.socket.strays) == ({}, 0)


def test_an_error_of_one_leaves_the_others_alone():
    line = Line("websocket", 3)
    line.say("Hello.")
    line.answer({"error": "boom", "generationId": line.ids[1]})
    for number in (0, 2):
        line.answer(chunk(line.ids[number], 0, b"ab", isFinished=True))
    assert line.heard == [b"ab", b"", b"ab"]
    assert [type(error) for error in line.errors] == [type(None), BackendUnavailable, type(None)]


def test_audio_that_is_nobodys_is_counted_and_dropped():
    line = Line("websocket", 2)
    line.say("Hello.")
    line.answer(chunk("another", 0, b"zz"))
    line.callers[0].clear()
    line.settle()
    line.answer(chunk(line.ids[0], 0, b"zz"))
    assert (line.socket.strays, line.heard) == (2, [b"", b""])


def test_whoever_interrupts_speaks_on_over_the_same_socket():
    line = Line("websocket", 2)
    line.say("Hello.", 0)
    for turn in range(50):
        old = line.ids[-1]
        line.answer(chunk(old, 0, b"zz"))
        line.callers[0].clear()
        line.heard[0] = b""
        line.say(f"Turn {turn}.", 0)
        line.answer(chunk(old, 1, b"zz", isFinished=True))
        assert line.heard[0] == b""
    line.answer(chunk(line.ids[-1], 0, b"ab", isFinished=True))
    assert (line.heard[0], len(line.sockets), line.socket.claims) == (b"ab", 1, {})


# The six on which the vendor's own SDK waits for ever.
FAULTS = {
    "close 1000": (lambda line: line.socket.lost(line.clock.now, 1000, ""), TruncatedSpeech),
    "close 1011": (lambda line: line.socket.lost(line.clock.now, 1011, ""), BackendUnavailable),
    "abort": (lambda line: line.socket.lost(line.clock.now, 1006, ""), BackendUnavailable),
    "error without an id": (lambda line: line.answer({"error": "boom", "errorType": "InvalidInput"}), RejectedRequest),
    "broken JSON": (lambda line: line.answer('{"generationId": "'), ProtocolError),
    "silence": (lambda line: line.wait(5.2), SynthesisTimeout),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_a_typed_error_for_everybody_who_waits_and_for_nobody_else(fault):
    strike, kind = FAULTS[fault]
    line = Line("websocket", 4)
    line.say("Before.")
    for id in line.ids:
        line.answer(chunk(id, 0, b"ab", isFinished=True))
    line.say("Hello.", 0, 1, 2)
    line.answer({"data": "", "generationId": line.ids[-1], "isFinished": False})
    strike(line)
    line.settle()
    assert [type(error) for error in line.errors[:3]] == [kind] * 3
    assert (line.errors[3], line.callers[3].done) == (None, False)
    line.say("After.", 3)
    line.answer(chunk(line.ids[-1], 0, b"cd", isFinished=True))
    assert line.heard[3] == b"abcd"
    assert line.socket.claims == {}
    assert not line.sockets[0].free(line.clock.now)  # nobody else gets it; who is on it may go on if it still speaks
    assert len(line.sockets) == (1 if fault == "silence" else 2)


@pytest.mark.parametrize("fault", ["close 1011", "abort"])
def test_in_the_midst_of_audio_it_is_truncated_speech(fault):
    strike, _ = FAULTS[fault]
    line = Line("websocket", push=False)
    line.callers[0].text("Hello.")
    line.callers[0].text_end()
    line.settle()
    line.answer(chunk(line.ids[0], 0, b"ab"))
    strike(line)
    line.settle()
    assert type(line.errors[0]) is TruncatedSpeech


def test_another_try_has_an_id_and_a_socket_of_its_own():
    line = Line("websocket", push=False, retries=1)
    line.callers[0].text("Hello.")
    line.callers[0].text_end()
    line.settle()
    line.answer({"error": "boom", "generationId": line.ids[0]})
    line.wait(5)
    line.answer(chunk(line.ids[1], 0, b"ab", isFinished=True))
    assert (line.heard, line.errors, len(line.sockets), len(set(line.ids))) == ([b"ab"], [None], 2, 2)


# -- a session of one's own


def spoken(id, data):
    """Return the messages of a turn."""
    return chunk(id, 0, data), {"generationId": id, "index": 1, "isFinished": True, "isFinal": True}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_turn_is_a_typed_error(fault):
    strike, kind = FAULTS[fault]
    line = Line("streaming")
    line.say("Before.")
    for message in spoken("g", b"ab"):
        line.answer(message)
    line.say("Hello.")
    strike(line)
    line.settle()
    assert (type(line.errors[0]), line.heard) == (kind, [b"ab"])
    assert not line.socket.free(line.clock.now)


@pytest.mark.parametrize("fault", ["close 1000", "close 1011", "abort"])
def test_a_close_between_turns_is_nobodys_fault(fault):
    strike, _ = FAULTS[fault]
    line = Line("streaming")
    line.say("Before.")
    for message in spoken("g", b"ab"):
        line.answer(message)
    strike(line)
    line.settle()
    line.say("After.")
    for message in spoken("h", b"cd"):
        line.answer(message)
    assert (line.heard, line.errors, len(line.sockets)) == ([b"abcd"], [None], 2)


def test_a_turn_whose_generations_have_finished_ends_after_a_second():
    line = Line("streaming")
    line.say("Hello.")
    line.answer(chunk("g", 0, b"ab", isFinished=True))
    line.wait(0.9)
    line.say("And.")
    assert line.frames[-1] == '{"action": "end-stream"}'
    assert len(line.frames) == 3  # the first turn is not over
    line.wait(0.2)
    assert len(line.frames) == 5


def test_an_idle_conversation_pings_and_speaks_on_over_the_same_socket():
    line = Line("streaming")
    for turn in range(3):
        line.say("Hello.")
        for message in spoken(f"g{turn}", b"ab"):
            line.answer(message)
        for _ in range(4):
            line.wait(25)
            line.answer({"action": "pong"})
    assert line.frames.count('{"action": "ping"}') == 12
    assert (line.heard, len(line.sockets)) == ([b"ab" * 3], 1)


def test_whoever_interrupts_hears_nothing_of_what_was_cancelled():
    line = Line("streaming")
    line.say("Hello.")
    for turn in range(50):
        line.answer(chunk(f"g{turn}", 0, b"zz"))
        line.callers[0].clear()
        line.heard[0] = b""
        line.say("And.")
        line.answer(chunk(f"g{turn}", 1, b"zz"))
        line.answer({"generationId": f"g{turn}", "isFinished": True, "isCancelled": True})
        assert line.heard[0] == b""
    for message in spoken("last", b"ab"):
        line.answer(message)
    assert (line.heard[0], len(line.sockets)) == (b"ab", 1)


def test_a_cancel_that_is_not_answered_costs_two_seconds_and_the_socket():
    line = Line("streaming")
    line.say("Hello.")
    line.answer(chunk("g", 0, b"zz"))
    line.callers[0].clear()
    line.heard[0] = b""
    line.say("And.")
    line.wait(2.1)
    for message in spoken("h", b"ab"):
        line.answer(message)
    assert (line.heard[0], line.errors, len(line.sockets)) == (b"ab", [None], 2)
