"""From the audio of many exchanges to the chunks of one stream."""

from __future__ import annotations

import pytest

from tests.hand import SECOND, Hand, Talk, sound
from voxbridge import Audio, AudioFormat, BackendUnavailable, Cleared, InterruptedSpeech, Utterance, Whole
from voxbridge._ledger import Ledger
from voxbridge._output import Output
from voxbridge.audio import codecs_installed, conversion, seconds
from voxbridge.text import Units


needs_codecs = pytest.mark.skipif(not codecs_installed(), reason="needs the extra codecs")


def output(format: str = "linear16/8000") -> tuple[Output, Ledger]:
    ledger = Ledger(Units())
    ledger.add("One. Two. Three. ")
    return Output(AudioFormat.parse(format), ledger, passes=False), ledger


def test_a_unit_that_starts_again_keeps_its_entry():
    out, ledger = output()
    out.begin(0, "a")
    out.write(SECOND)
    out.begin(0, "b")
    out.write(SECOND)
    ledger.spoken = 1
    out.close(1)
    (entry,) = ledger.entries
    assert (entry.first, entry.upto, entry.start, entry.end, entry.backend) == (0, 1, 1.0, 2.0, "b")


def test_a_chunk_knows_what_the_caller_has_with_it():
    out, ledger = output()
    out.begin(0, "a")
    out.write(SECOND)
    ledger.spoken = 1
    out.close(1)
    assert ledger.given == 0
    out.take()
    assert (ledger.given, ledger.given_frames, out.taken) == (1, 8000, True)


def test_an_end_that_brings_no_audio_is_known_at_once_if_all_was_taken():
    out, ledger = output()
    out.begin(0, "a")
    out.write(SECOND)
    out.take()
    ledger.spoken = 1
    out.close(1)
    assert ledger.given == 1


def test_what_was_not_taken_is_forgotten_with_its_units():
    out, ledger = output()
    for unit in range(2):
        out.begin(unit, "a")
        out.write(SECOND)
        ledger.spoken = unit + 1
        out.close(unit + 1)
    out.take()
    out.discard()
    assert (out.seconds, len(ledger.entries), list(out.chunks)) == (1.0, 1, [])


def test_a_wav_has_one_header_at_its_beginning():
    out, _ = output("wav/8000")
    out.begin(0, "a")
    out.write(SECOND)
    out.write(SECOND)
    first, second = out.take().data, out.take().data
    assert first[:4] == b"RIFF"
    assert second == SECOND


class TestCompressed:
    """What an encoder holds back must come out, whatever ends the speech."""

    def talk(self, format, **how):
        return Talk(Hand(), format=format, **how)

    @needs_codecs
    @pytest.mark.parametrize("format", ["mp3/24000", "opus", "flac/24000", "aac/24000"])
    def test_a_word_that_the_encoder_still_holds_comes_with_a_late_end(self, format):
        talk = self.talk(format, push=False)
        talk.rendition.text("Hi. ")
        chunks = talk.answer(Audio(SECOND[:800], 0), Whole(1))
        talk.rendition.text_end()
        chunks += talk.take()
        assert [chunk.final for chunk in chunks][-1:] == [True]
        assert seconds(talk.plan.format, sound(chunks)) == pytest.approx(0.05, abs=0.11)

    @needs_codecs
    @pytest.mark.parametrize("format", ["mp3/24000", "opus"])
    def test_what_was_spoken_comes_out_before_an_error(self, format):
        talk = self.talk(format, live=False, push=False, retries=0)
        talk.rendition.text("One. Two. ")
        talk.event("receive_frame", [Audio(SECOND, 0), Whole(1), BackendUnavailable()])
        assert isinstance(talk.error, InterruptedSpeech)
        assert seconds(talk.plan.format, sound(talk.take())) == pytest.approx(1.0, abs=0.11)

    @needs_codecs
    def test_each_turn_is_a_stream_of_its_own_and_an_empty_one_is_empty(self):
        talk = self.talk("opus")
        for turn in range(2):
            talk.rendition.text("Go")
            talk.rendition.flush()
            assert sound(talk.answer(Audio(SECOND, turn), Whole(turn + 1)))[:4] == b"OggS"
            talk.rendition.flush()
            assert [(chunk.data, chunk.final) for chunk in talk.take()] == [(b"", True)]

    @needs_codecs
    def test_after_a_clear_nothing_of_before_is_heard(self):
        talk = self.talk("opus")
        talk.rendition.text("One. Two. ")
        talk.event("receive_frame", [Audio(SECOND * 3, 0)])
        assert talk.rendition.clear() == Cleared("", "One. Two. ")
        talk.rendition.text("Go")
        talk.rendition.flush()
        chunks = talk.answer(Audio(SECOND, 2), Whole(3))
        assert seconds(talk.plan.format, sound(chunks)) == pytest.approx(1.0, abs=0.05)

    @needs_codecs
    @pytest.mark.parametrize("format", ["mp3/24000", "opus", "aac/24000", "flac/24000"])
    @pytest.mark.parametrize("live", [True, False])
    def test_a_vendors_own_stream_has_its_times_too(self, format, live, monkeypatch):
        """Its packets say how long it lasts, without a codec, however they are cut."""
        monkeypatch.setattr("voxbridge.routing._plan.codecs_installed", lambda: False)
        hand = Hand(formats=(format,))
        talk = Talk(hand, format=format, live=live)
        talk.rendition.text("One. Two. ")
        talk.rendition.flush()
        vendors = self.encoded(talk.plan.format, 1.0)
        chunks = []
        for unit in range(2):
            pieces = [vendors[at : at + 700] for at in range(0, len(vendors), 700)]
            chunks += talk.answer(*[Audio(piece, unit) for piece in pieces], Whole(unit + 1))
        length = seconds(talk.plan.format, vendors)
        assert length == pytest.approx(1.0, abs=0.11)
        units = talk.rendition.record.report().units
        assert [(unit.start, unit.end) for unit in units] == [
            (0.0, pytest.approx(length, abs=1e-4)),
            (pytest.approx(length, abs=1e-4), pytest.approx(2 * length, abs=1e-4)),
        ]
        offsets = [chunk.offset for chunk in chunks]
        assert offsets == sorted(offsets)
        assert {chunk.unit: chunk.offset for chunk in reversed(chunks)}[1] == pytest.approx(length, abs=1e-4)
        assert len(set(offsets)) > 2 or not live
        assert talk.rendition.clear(heard=1.5) == Cleared("One. ", "Two. ")

    def encoded(self, format, length):
        raw = AudioFormat("linear16", format.sample_rate)
        encoder = conversion(raw, format)
        return encoder.feed(raw.silence(length)) + encoder.flush()

    def test_what_cannot_be_read_of_it_has_no_times(self):
        talk = Talk(Hand(formats=("mp3/24000",)), format="mp3", live=True)
        talk.rendition.text("One. ")
        chunks = talk.answer(Audio(b"no mp3 at all", 0), Audio(b"nor this", 0), Whole(1))
        assert sound(chunks) == b"no mp3 at allnor this"
        assert [chunk.offset for chunk in chunks] == [0.0] * len(chunks)

    @needs_codecs
    def test_a_pause_is_silence_where_a_vendors_own_stream_passes(self):
        hand = Hand(formats=("mp3/24000",))
        talk = Talk(hand, format="mp3", push=False)
        talk.rendition.text(Utterance().text("Go").pause(2))
        talk.rendition.text_end()
        raw = AudioFormat("linear16", 24000)
        encoder = conversion(raw, AudioFormat("mp3", 24000))
        vendors = encoder.feed(raw.silence(1)) + encoder.flush()
        chunks = talk.answer(Audio(vendors, 0), Whole(1))
        assert seconds(talk.plan.format, sound(chunks)) == pytest.approx(3.0, abs=0.2)
