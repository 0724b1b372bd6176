"""From what a caller asked to the jobs of those who may do it."""

from __future__ import annotations

import pytest

from tests.hand import SECOND, Hand, Talk, planned, sound
from voxbridge import (
    Audio,
    AudioFormat,
    BackendUnavailable,
    InterruptedSpeech,
    InvalidFormat,
    Route,
    Router,
    Timeouts,
    TruncatedSpeech,
    UnsupportedFeature,
    UnsupportedUtterance,
    UsageError,
    Utterance,
    Voice,
    Whole,
)
from voxbridge._tagged import TaggedExchange


@pytest.fixture
def no_codecs(monkeypatch):
    """Take the extra away."""
    for room in ("routing._plan", "_output"):
        monkeypatch.setattr(f"voxbridge.{room}.codecs_installed", lambda: False)


def only(plan):
    (leaf,) = plan.leaves
    return leaf


class TestNumbers:
    def test_the_nearest_number_wins(self):
        inner = Router([Route(Hand("a"), first_audio_timeout=1, retries=7), Hand("b")], first_audio_timeout=2)
        outer = Router([Route(inner, stall_timeout=3), Hand("c")], stall_timeout=4, retries=5)
        plan = planned(outer, timeouts=Timeouts(first_audio=8, stall=9), retries=6)
        numbers = [(leaf.timeouts.first_audio, leaf.timeouts.stall, leaf.retry.retries) for leaf in plan.leaves]
        assert numbers == [(1, 3, 7), (2, 3, 5), (8, 4, 5)]

    def test_alone_there_are_two_retries_and_with_a_fallback_one(self):
        assert only(planned(Hand())).retry.retries == 2
        assert [leaf.retry.retries for leaf in planned(Router([Hand("a"), Hand("b")])).leaves] == [1, 1]
        assert only(planned(Router([Hand()]))).retry.retries == 2

    def test_no_retries_is_a_number_too(self):
        assert only(planned(Router([Route(Hand(), retries=0)]), retries=3)).retry.retries == 0
        assert only(planned(Hand(), retries=0)).retry.retries == 0

    def test_units_fit_every_member(self):
        router = Router([Hand("a", max_characters=500), Hand("b", max_characters=200)])
        assert planned(router).max_characters == 200

    def test_members_that_are_names_are_looked_up(self):
        hand = Hand("b")
        plan = planned(Router(["a", Route("b")]), find={"a": Hand("a"), "b": hand})
        assert plan.leaves[1].backend is hand


class TestVoice:
    def test_without_a_word_it_is_the_backends_own(self):
        hand = Hand()
        hand.voice = "mine"
        assert str(only(planned(hand)).job.voice) == "hand/mine"

    @pytest.mark.parametrize(
        "voice", ["x", "hand/x", Voice(id="x", backend="hand"), {"hand": "x", "other": "y"}, {"hand": "hand/x"}]
    )
    def test_each_way_to_name_a_voice(self, voice):
        assert str(only(planned(Hand(), voice=voice)).job.voice) == "hand/x"
        assert str(only(planned(Router([Route(Hand(), voice)]))).job.voice) == "hand/x"

    def test_what_the_call_says_comes_before_the_route(self):
        assert only(planned(Router([Route(Hand(), "r")]), voice={"hand": "c"})).job.voice.id == "c"

    def test_the_voice_of_a_route_to_a_router_is_its_members(self):
        router = Router([Route(Router([Hand("a"), Route(Hand("b"), "own")]), {"a": "x", "b": "y"})])
        assert [leaf.job.voice.id for leaf in planned(router).leaves] == ["x", "own"]

    def test_a_backend_for_which_the_voice_is_not_cast_is_named(self):
        with pytest.raises(UsageError, match=r"not cast for 'hand', but for hannd, other\. Did you mean 'hannd'"):
            planned(Hand(), voice={"hannd": "x", "other": "y"})
        with pytest.raises(UsageError, match="not cast for 'b', but for a"):
            planned(Router([Hand("a"), Hand("b")]), voice={"a": "x"})
        with pytest.raises(UsageError, match="not cast for 'b', but for a"):
            planned(Router([Route(Router([Hand("a"), Hand("b")]), {"a": "x"})]))

    def test_routes_that_come_to_the_same_voice_are_one_member(self):
        hand = Hand()
        hand.voice = "own"
        for router, call in (
            (Router([Route(hand, "x"), Route(hand, "y"), Hand("b")]), {"hand": "z", "b": "z"}),
            (Router([hand, Router([hand, Hand("b")])]), None),
            (Router([Route(hand, "own"), hand, Hand("b")]), None),
        ):
            assert [leaf.backend.name for leaf in planned(router, voice=call).leaves] == ["hand", "b"]
        again = planned(Router([Route(hand, "x"), Route(hand, "y")], order="weighted"), voice={"hand": "z"})
        assert only(again).retry.retries == 1, "as the route has it"

    @pytest.mark.parametrize("voice", [7, "", b"x", ["x"]])
    def test_what_is_no_voice_is_refused_and_not_taken_for_none(self, voice):
        with pytest.raises(UsageError, match=r"the voice for 'hand' is .*: give an id, a Voice or a Sample|not cast"):
            planned(Hand(), voice={"hand": voice})
        with pytest.raises(UsageError, match=r"the voice for 'hand' is .*: give an id, a Voice or a Sample"):
            planned(Router([Route(Hand(), voice)]))

    def test_a_voice_of_another_backend_is_refused(self):
        with pytest.raises(UsageError, match="of other"):
            planned(Router([Route(Hand(), Voice(id="x", backend="other"))]))

    def test_the_language_is_the_callers_else_the_voices_else_american_english(self):
        speaks = Voice(id="x", backend="hand", languages=("de-DE", "en-GB"))
        assert only(planned(Hand(), voice=speaks, language="fr-FR")).job.language == "fr-FR"
        assert only(planned(Hand(), voice=speaks)).job.language == "de-DE"
        assert only(planned(Hand())).job.language == "en-US"


class TestSpeed:
    @pytest.mark.parametrize(("wanted", "given"), [(None, 1.0), (1.0, 1.0), (1.2, 1.2), (3.0, 1.5), (0.1, 0.5)])
    def test_it_is_clamped_to_the_voices_range(self, wanted, given):
        leaf = only(planned(Hand(speed=(0.5, 1.5)), speed=wanted))
        assert leaf.job.speed == given
        assert bool(leaf.degradations) is (wanted is not None and wanted != given)

    def test_a_voice_without_speed_leaves_it_out(self):
        leaf = only(planned(Hand(), speed=1.5))
        assert (leaf.job.speed, leaf.degradations[0].feature) == (1.0, "speed")

    def test_strict_passes_over_who_cannot(self):
        plan = planned(Router([Hand("a"), Hand("b", speed=(0.5, 2))]), speed=1.5, strict=True)
        assert only(plan).backend.name == "b"

    def test_strict_refuses_where_nobody_can(self):
        with pytest.raises(UnsupportedUtterance, match="strict=True"):
            planned(Hand(), speed=1.5, strict=True)

    def test_options_go_to_their_backend_alone(self):
        one = Hand("a")
        one.options = frozenset({"temperature"})
        plan = planned(Router([one, Hand("b")]), options={"a": {"temperature": 1}})
        assert [dict(leaf.job.options) for leaf in plan.leaves] == [{"temperature": 1}, {}]

    def test_an_option_that_a_backend_has_not_names_those_that_it_has(self):
        one = Hand("a")
        one.options = frozenset({"temperature"})
        with pytest.raises(UsageError, match="Did you mean 'temperature'"):
            planned(one, options={"a": {"temprature": 1}})


class TestFormat:
    def test_native_is_best_and_else_the_best_lossless(self):
        hand = Hand(formats=("mp3/22050", "linear16/16000", "linear16/48000", "mulaw/8000"))
        for wanted, native in [("mp3", "mp3/22050"), ("wav/24000", "linear16/48000"), ("mulaw/8000", "mulaw/8000")]:
            assert str(only(planned(hand, wanted)).job.format) == native

    def test_an_open_rate_is_the_first_backends(self):
        router = Router([Hand("a", formats=("mp3/22050",)), Hand("b", formats=("mp3/44100",))])
        assert planned(router, "mp3").format == AudioFormat("mp3", 22050)

    def test_a_backend_without_formats_is_an_error(self):
        with pytest.raises(InvalidFormat):
            planned(Hand(formats=()))

    def test_alone_a_vendors_own_stream_passes_as_it_is(self):
        plan = planned(Hand(formats=("mp3/22050", "linear16/24000")), "mp3")
        assert (plan.passes, only(plan).degradations) == (True, ())

    def test_flac_is_encoded_once_by_us_for_its_streams_cannot_follow_each_other(self):
        plan = planned(Hand(formats=("flac/22050", "linear16/24000")), "flac/22050")
        assert (plan.passes, str(only(plan).job.format)) == (False, "flac/22050")

    def test_with_a_fallback_it_is_encoded_once_by_us(self):
        hands = [Hand(name, formats=("mp3/22050", "linear16/24000")) for name in "ab"]
        plan = planned(Router(hands), "mp3")
        assert [str(leaf.job.format) for leaf in plan.leaves] == ["linear16/24000"] * 2
        assert not plan.passes

    def test_vendors_who_have_nothing_else_are_joined_too(self):
        plan = planned(Router([Hand(name, formats=("mp3/22050",)) for name in "ab"]), "mp3")
        assert not plan.passes
        assert {leaf.degradations[0].feature for leaf in plan.leaves} == {"format"}

    def test_compressed_from_compressed_is_a_degradation(self):
        leaf = only(planned(Hand(formats=("mp3/22050",)), "opus"))
        assert [(done.feature, "mp3/22050" in done.done) for done in leaf.degradations] == [("format", True)]
        assert only(planned(Hand(formats=("flac/24000",)), "opus")).degradations == ()

    def test_another_rate_of_the_same_encoding_does_not_pass(self):
        assert not planned(Hand(formats=("mp3/22050",)), "mp3/44100").passes

    @pytest.mark.usefixtures("no_codecs")
    def test_without_codecs_what_is_not_native_names_the_extra(self):
        for offered, wanted in [("linear16/24000", "mp3"), ("mp3/22050", "wav"), ("mp3/22050", "mp3/44100")]:
            with pytest.raises(UnsupportedFeature, match="codecs"):
                planned(Hand(formats=(offered,)), wanted)

    @pytest.mark.usefixtures("no_codecs")
    def test_a_route_of_which_nobody_gives_the_format_says_what_is_missing(self):
        router = Router([Hand("a"), Router([Hand("b", formats=("opus/48000",))])])
        with pytest.raises(UnsupportedFeature, match=r"a gives no mp3.*voxbridge-tts\[codecs\]"):
            planned(router, "mp3")

    @pytest.mark.usefixtures("no_codecs")
    def test_without_codecs_who_gives_another_rate_is_passed_over(self):
        router = Router([Hand("a", formats=("mp3/22050",)), Hand("b", formats=("mp3/44100",))])
        assert [leaf.backend.name for leaf in planned(router, "mp3").leaves] == ["a"]


@pytest.mark.usefixtures("no_codecs")
class TestCompressedWithoutCodecs:
    """Streams of two vendors cannot be joined: a fallback says all of it again, or nothing."""

    def talk(self, *hands, live=False, kind="synthesize"):
        talk = Talk(*hands, format="mp3", live=live, push=False, retries=0, text_kind=kind)
        talk.rendition.text("One. Two. ")
        talk.rendition.text_end()
        return talk

    def hands(self):
        return [Hand(name, formats=("mp3/22050",)) for name in ("first", "second")]

    def test_synthesize_starts_again_and_repeats_nothing(self):
        first, second = self.hands()
        talk = self.talk(first, second)
        assert talk.answer(Audio(b"a1", 0), Whole(1), Audio(b"a2", 1), TruncatedSpeech()) == []
        assert second.calls[:2] == ["One. ", "Two. "]
        chunks = talk.answer(Audio(b"b1", 0), Whole(1), Audio(b"b2", 1), Whole(2))
        assert sound(chunks) == b"b1b2"
        assert {unit.backend for unit in talk.rendition.record.report().units} == {"second"}

    def test_a_stream_that_was_heard_cannot_fall_back(self):
        for live in (True, False):
            first, second = self.hands()
            talk = self.talk(first, second, live=live, kind="stream")
            assert talk.answer(Audio(b"a1", 0), Whole(1))
            talk.fail(BackendUnavailable())
            assert isinstance(talk.error, InterruptedSpeech)
            assert (talk.error.spoken, second.exchanges) == ("One. ", [])

    def test_a_stream_of_which_nothing_was_heard_can(self):
        first, second = self.hands()
        talk = self.talk(first, second, live=True, kind="stream")
        talk.fail(BackendUnavailable())
        assert second.calls[:2] == ["One. ", "Two. "]

    def test_a_pause_that_cannot_be_made_is_told_and_strictly_refused(self):
        said = Utterance().text("One.").pause(1).text("Two.").pause(2)
        hand = Hand(formats=("mp3/22050",))
        talk = Talk(hand, format="mp3", push=False)
        talk.rendition.text(said)
        talk.rendition.text_end()
        chunks = talk.answer(Audio(b"a1", 0), Whole(1)) + talk.answer(Audio(b"a2", 2), Whole(4))
        assert sound(chunks) == b"a1a2"
        [loss] = talk.rendition.record.report().degradations
        assert (loss.backend, loss.feature) == ("hand", "pause")
        assert "pip install 'voxbridge-tts[codecs]'" in loss.done
        assert next(bool(chunk.degradations) for chunk in chunks), "with the first audio"
        strict = Talk(Hand(formats=("mp3/22050",)), format="mp3", push=False, strict=True)
        strict.rendition.text(said)
        assert isinstance(strict.error, UnsupportedUtterance)
        raw = Talk(Hand(), push=False, strict=True)
        raw.rendition.text(said)
        assert raw.error is None

    def test_the_same_backend_goes_on_where_it_was(self):
        hand = Hand(formats=("mp3/22050",))
        talk = Talk(hand, format="mp3", live=False, push=False)
        talk.rendition.text("One. Two. ")
        talk.rendition.text_end()
        chunks = talk.answer(Audio(b"a1", 0), Whole(1), BackendUnavailable())
        talk.wait(2)
        assert hand.calls[0] == "Two. "
        assert sound(chunks + talk.answer(Audio(b"a2", 1), Whole(2))) == b"a1a2"


def test_packed_sentences_keep_the_pauses_between_them():
    """A pause after a full stop is a unit without words, which the vendor never sees."""
    from voxbridge import Fetch, HttpRequest, Utterance

    class Web(TaggedExchange):
        def launch(self, tag, units):
            return Fetch(tag, HttpRequest(method="POST", url="http://x", body="".join(u.text for u in units).encode()))

    class Backend(Hand):
        def exchange(self, job):
            return Web(job)

    talk = Talk(Backend(), live=False, push=False)
    talk.rendition.text(Utterance().text("One. ").pause(1).text("Two. Three. "))
    talk.rendition.text_end()
    for tag in range(2):
        talk.event("receive_data", tag, SECOND)
        talk.event("receive_eof", tag)
    assert sound(talk.take()) == SECOND + bytes(16000) + SECOND
