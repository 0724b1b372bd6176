"""One exchange at work: its clocks, its conversion, its report."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hand import SECOND, Hand, planned
from voxbridge import (
    Audio,
    AudioFormat,
    BackendUnavailable,
    Billed,
    Fetch,
    HttpRequest,
    Renew,
    Secret,
    Timeouts,
    Told,
    TruncatedSpeech,
    Whole,
)
from voxbridge._run import Run


def run(format: str = "linear16/8000", target: str = "linear16/8000") -> Run:
    leaf = planned(Hand(formats=(format,)), timeouts=Timeouts(connect=1, first_audio=2, stall=3)).leaves[0]
    exchange: Any = leaf.backend.exchange(leaf.job)
    return Run(number=1, leaf=leaf, exchange=exchange, target=AudioFormat.parse(target), began=10.0, start=0)


def test_the_clock_of_the_first_audio_starts_with_the_first_unit_asked():
    one = run()
    one.open(10.0, reused=False)
    assert one.due is None
    one.asked(11.0)
    one.asked(12.0)
    assert (one.due, one.phase) == (13.0, "first_audio")


def test_each_piece_of_audio_gives_the_next_its_time():
    one = run()
    one.asked(11.0)
    one.heard(12.0, 0, 100)
    assert (one.due, one.phase, one.first_audio) == (15.0, "stall", 2.0)
    one.heard(14.0, 0, 100)
    assert one.due == 17.0


class Answering:
    """An exchange that answers each frame with what the frame says: a digit and a length is audio of that unit."""

    def __init__(self, format: AudioFormat) -> None:
        self.format = format

    def receive_data(self, tag: int, data: bytes) -> list[Any]:
        assert tag == 5
        return self.receive_frame(data)

    def receive_frame(self, frame: bytes) -> list[Any]:
        match frame.split():
            case [unit, size]:
                return [Audio(unit * int(size), int(unit))]
            case [b"whole"]:
                return [Whole(1)]
            case _:
                return []


def together(*frames: bytes) -> list[Any]:
    one = run()  # 8 kHz, 2 bytes a frame: half a second is 8,000 bytes
    one.exchange = Answering(one.exchange.format)
    answers = list(one.received_together("receive_frame", [memoryview(frame) for frame in frames]))
    return [(len(a.data), a.unit) if isinstance(a, Audio) else a for actions in answers for a in actions]


def test_audio_that_was_read_together_goes_on_together_up_to_half_a_second():
    assert together(b"0 1500", b"0 6500", b"0 1") == [(8000, 0), (1, 0)]
    assert together(b"0 9000", b"0 9000") == [(9000, 0), (9000, 0)]


def test_audio_of_two_units_and_audio_around_something_else_stay_apart():
    assert together(b"0 10", b"1 10", b"1 10") == [(10, 0), (20, 1)]
    assert together(b"0 10", b"whole", b"0 10") == [(10, 0), Whole(1), (10, 0)]
    assert together(b"0 10", b"nothing to say", b"0 10") == [(10, 0), (10, 0)]


def test_what_was_joined_is_what_was_sent():
    one = run()
    one.exchange = Answering(one.exchange.format)
    [[audio]] = one.received_together("receive_frame", [b"3 2", b"3 1"])
    assert audio.data == b"333"


def test_frames_that_are_pieces_of_one_stream_come_as_one():
    one = run()
    one.exchange, one.joined = Answering(one.exchange.format), True
    [[audio]] = one.received_together("receive_frame", [memoryview(b"3 "), memoryview(b"2")])
    assert audio.data == b"33"


def test_what_was_read_already_comes_as_it_is():
    one = run()
    one.exchange = Answering(one.exchange.format)
    one.exchange.receive_frame = lambda message: [Audio(message["audio"], 3)]
    [[audio]] = one.received_together("receive_frame", [{"audio": b"3"}, {"audio": b"4"}])
    assert audio.data == b"34"


@given(st.lists(st.binary(min_size=1, max_size=9000)))
def test_a_body_comes_to_the_exchange_in_as_few_pieces_as_half_a_second_allows(pieces):
    one, came = run(), []
    one.exchange.receive_data = lambda tag, data: came.append(data) or []
    assert all(actions == [] for actions in one.received_together("receive_data", 5, pieces))
    assert b"".join(came) == b"".join(pieces)
    assert all(len(piece) <= 8000 or piece in pieces for piece in came)
    assert all(len(one) + len(next) > 8000 for one, next in pairwise(came))


def test_a_slow_listener_does_not_run_the_vendors_clock_down():
    """Audio that waited in the inbox has an old stamp; the next unit was asked for later."""
    one = run()
    one.asked(11.0)
    one.heard(11.5, 0, 100)
    one.asked(50.0)
    one.confirmed(12.0, [0])
    assert one.due == 52.0


def test_nothing_is_due_when_nothing_is_owed():
    one = run()
    one.asked(11.0)
    one.confirmed(12.0, [0])
    assert one.due is None
    one.asked(13.0)
    one.cleared(5)
    assert (one.due, one.owed, one.sent) == (None, 0, 5)


def test_a_pause_of_the_vendor_is_no_slowness_while_audio_is_ahead():
    one = run()
    assert all(one.heard(10.0 + second, 0, 16_000) is None for second in range(60))


def test_audio_slower_than_it_plays_is_found_after_a_while():
    one = run()
    found = [second for second in range(60) if one.heard(10.0 + second, 0, 1_600)]
    assert found[0] == 10  # behind by three seconds at the fourth, and for more than five then


@given(st.binary(min_size=2, max_size=400), st.lists(st.integers(0, 400)))
def test_how_audio_is_cut_changes_nothing(audio, cuts):
    audio = audio[: len(audio) // 2 * 2]
    places = sorted({0, len(audio), *(min(cut, len(audio)) for cut in cuts)})
    one = run()
    pieces = [one.convert(audio[start:end]) for start, end in pairwise(places)]
    assert b"".join(pieces) + one.drain() == audio
    assert all(len(piece) % 2 == 0 for piece in pieces)


def test_held_audio_is_converted_unit_by_unit():
    one = run("linear16/24000")
    one.held += [(0, SECOND * 3), (1, SECOND), (1, SECOND * 2), (2, SECOND)]
    converted = one.convert_held(2)
    assert [unit for unit, _ in converted] == [0, 1]
    assert len(converted[0][1]) == len(converted[1][1]) + len(one.drain()) == len(SECOND)
    assert one.held == [(2, SECOND)]


def test_what_the_vendor_tells_adds_up():
    one = run()
    one.tell(Told(request_id="r1", billed=Billed("x", 3, "characters"), vendor={"a": "1"}))
    one.tell(Told(billed=Billed("x", 4, "characters"), vendor={"b": "2"}))
    assert one.told == Told(request_id="r1", billed=Billed("x", 7, "characters"), vendor={"a": "1", "b": "2"})


def test_an_error_is_given_all_that_is_known():
    one = run()
    one.tell(Told(request_id="r1"))
    error = one.blame(BackendUnavailable(detail="gone"))
    assert (error.backend, error.voice, error.request_id) == ("hand", "hand/default", "r1")


def test_a_lost_connection_is_truncated_speech_in_the_midst_of_a_unit_alone():
    one = run()
    one.heard(11.0, 0, 100)
    assert type(one.blame(BackendUnavailable())) is TruncatedSpeech
    one.confirmed(12.0, [0])
    assert type(one.blame(BackendUnavailable())) is BackendUnavailable


def test_keys_of_a_request_are_blotted_out_of_an_error():
    one = run()
    headers = {"authorization": Secret("sesame-open")}
    one.carry(Fetch(0, HttpRequest(method="POST", url="https://api.example/x", headers=headers)))
    assert "sesame" not in str(one.blame(BackendUnavailable("at sesame-open", detail="bad sesame-open")))
    assert one.host == "api.example"


@pytest.mark.parametrize(("reused", "connected"), [(True, 0.0), (False, 0.0)])
def test_who_needs_no_socket_is_connected_at_once(reused, connected):
    one = run()
    one.open(12.0, reused=reused)
    assert one.connected == connected


def test_the_report_tells_what_there_was():
    one = run()
    one.heard(11.5, 0, 16_000)
    one.confirmed(12.0, [0, 2])
    report = one.report(13.0, None)
    assert (report.first_audio, report.elapsed, report.audio_seconds, report.units) == (1.5, 3.0, 1.0, (0, 2))
    assert report.started.tzinfo is not None


def test_a_place_that_comes_while_something_is_under_way_gives_it_no_more_time():
    one = run()
    one.open(10.0, reused=False)
    one.asked(11.0)
    one.queue(12.0, waiting=False)
    assert one.due == 13.0
    one.queue(12.0, waiting=True)
    assert one.due is None
    one.queue(20.0, waiting=False)
    assert (one.due, one.phase) == (22.0, "first_audio")


def test_who_waits_for_a_place_has_sent_nothing_that_could_have_failed():
    one = run()
    one.open(10.0, reused=False)
    one.asked(11.0)
    one.queue(12.0, waiting=True)
    lost = [BackendUnavailable()]
    assert one.received("receive_frame", lost) == [Renew()]
    one.queue(20.0, waiting=False)
    assert one.received("receive_frame", lost) == lost
