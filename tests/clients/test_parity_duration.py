"""Speech that lasts as long as it was asked to, in both clients."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from tests.wires import HttpBackend
from voxbridge import (
    Backend,
    BackendUnavailable,
    Billed,
    Capabilities,
    Job,
    LocalExchange,
    Render,
    Route,
    SynthesisTimeout,
    TextUnit,
    Told,
    TruncatedSpeech,
    UnsupportedUtterance,
    UsageError,
    Utterance,
)
from voxbridge.testing import SpeakingHttp


RATE = 8000
TEXT = "One two. Three four."  # 20 characters, which take two seconds


class Paced(Backend):
    """Takes a tenth of a second for each character.

    Args:
        name: its name.
        keeps: whether it keeps a duration itself, and how well.
        speed: slowest and fastest.
        errors: what each request ends with; None where it is well.
        obeys: how much of a change of speed is heard.
    """

    def __init__(
        self,
        name: str = "paced",
        *,
        keeps: float | None = None,
        speed: tuple[float, float] | None = (0.5, 2.0),
        errors: Sequence[Exception | None] = (),
        obeys: float = 1.0,
        longest: int = 2000,
    ) -> None:
        self.name, self.keeps, self.obeys = name, keeps, obeys
        self.able = Capabilities(
            formats=(f"linear16/{RATE}",), local=True, speed=speed, duration=keeps is not None, max_characters=longest
        )
        self.errors = iter(errors)
        self.asked: list[tuple[str, float, float | None]] = []

    def capabilities(self, voice: Any) -> Capabilities:
        return self.able

    def exchange(self, job: Job) -> Any:
        return _Paced(job, self)


class _Paced(LocalExchange):
    def __init__(self, job: Job, backend: Paced) -> None:
        super().__init__(job)
        self.backend = backend

    def launch(self, tag: int, units: Sequence[TextUnit]) -> Any:
        text, job, backend = "".join(unit.text for unit in units), self.job, self.backend
        backend.asked.append((text, job.speed, job.duration))
        error = next(backend.errors, None)
        seconds = len(text) / 10 / (1 + (job.speed - 1) * backend.obeys)
        if job.duration is not None:
            assert backend.keeps is not None
            seconds = job.duration * backend.keeps

        def run(emit: Any) -> None:
            if error:
                raise error
            emit(b"\1\0" * round(seconds * RATE))

        return [Told(billed=Billed(backend.name, len(text), "characters")), Render(tag, run)]


def speak(speaker: Any, target: Any, text: Any = TEXT, **call: Any) -> Any:
    async def scenario() -> Any:
        async with speaker(target, retries=0) as client:
            return await client.synthesize(text, **call)

    return asyncio.run(scenario())


def test_a_vendor_that_keeps_durations_itself_is_asked_once_for_all_of_the_text(speaker: Any) -> None:
    paced = Paced(keeps=1.0)
    speech = speak(speaker, paced, duration=3)
    assert paced.asked == [(TEXT, 1.0, 3)]
    assert (speech.duration, len(speech.attempts), speech.degradations) == (3.0, 1, ())
    assert [unit.text for unit in speech.units] == [TEXT]


def test_a_vendor_without_is_asked_again_at_the_speed_that_it_takes(speaker: Any) -> None:
    paced = Paced()
    speech = speak(speaker, paced, duration=1.6)
    assert paced.asked == [(TEXT, 1.0, None), (TEXT, 1.25, None)]
    assert speech.duration == pytest.approx(1.6, abs=1e-3)
    assert len(speech.audio) == 44 + round(speech.duration * 24000) * 2
    assert [(attempt.error, attempt.billed.amount) for attempt in speech.attempts] == [(None, 20), (None, 20)]
    assert (sum(billed.amount for billed in speech.billed), speech.degradations) == (40, ())


@pytest.mark.parametrize("duration", [1.95, 2.0, 2.05])
def test_one_pass_is_enough_where_it_comes_within_three_percent(speaker: Any, duration: float) -> None:
    paced = Paced()
    speech = speak(speaker, paced, duration=duration)
    assert (len(paced.asked), speech.duration, speech.degradations) == (1, 2.0, ())


def test_pauses_last_as_long_as_they_were_asked_to_whatever_the_speed(speaker: Any) -> None:
    text = Utterance().text("One two. ").pause(1.0).text("Three four.")
    for paced in (Paced(), Paced(keeps=1.0)):  # which keeps that of a request, and this takes two
        speech = speak(speaker, paced, text, duration=2.6)
        assert {speed for _, speed, _ in paced.asked} == {1.0, 1.25}
        assert {asked for _, _, asked in paced.asked} == {None}
        assert speech.duration == pytest.approx(2.6, abs=2e-3)


def test_a_text_of_several_requests_is_kept_by_speed(speaker: Any) -> None:
    paced = Paced(keeps=1.0, longest=12)
    speech = speak(speaker, paced, duration=1.0)
    assert [speed for _, speed, _ in paced.asked] == [1.0, 1.0, 2.0, 2.0]
    assert speech.duration == pytest.approx(1.0, abs=2e-3)


def test_beyond_the_fastest_pace_it_is_as_near_as_can_be_and_told(speaker: Any) -> None:
    speech = speak(speaker, Paced(), duration=0.8)
    assert speech.duration == 1.0
    [told] = speech.degradations
    assert (told.backend, told.feature, told.text) == ("paced", "duration", "")
    assert told.done == "came out as 1.00 s instead of 0.8 s"


@pytest.mark.parametrize(
    ("paced", "passes"), [(Paced(speed=None), 1), (Paced(keeps=1.1), 1), (Paced(obeys=0.5), 2), (Paced(obeys=-1), 2)]
)
def test_what_comes_out_otherwise_is_told(speaker: Any, paced: Paced, passes: int) -> None:
    paced.asked.clear()
    speech = speak(speaker, paced, duration=1.5)
    assert len(paced.asked) == passes
    assert [told.feature for told in speech.degradations] == ["duration"]


def test_the_nearer_one_of_two_passes_comes_back(speaker: Any) -> None:
    speech = speak(speaker, Paced(obeys=-1), duration=1.5)  # gets slower where it should be faster
    assert (speech.duration, len(speech.attempts)) == (2.0, 2)


def test_the_second_pass_is_spoken_by_whoever_spoke_the_first(speaker: Any) -> None:
    first, second = Paced("first", keeps=1.0, errors=[BackendUnavailable()]), Paced("second")
    speech = speak(speaker, [first, second], duration=1.6)
    assert (first.asked, second.asked) == ([(TEXT, 1.0, 1.6)], [(TEXT, 1.0, None), (TEXT, 1.25, None)])
    assert (speech.backends, speech.duration) == (("second",), pytest.approx(1.6, abs=1e-3))
    assert [attempt.backend for attempt in speech.attempts] == ["first", "second", "second"]


def test_the_second_pass_is_in_the_same_voice(speaker: Any) -> None:
    speech = speak(speaker, [Route(Paced(), voice="maria"), Paced("other")], duration=1.6)
    assert [(attempt.backend, attempt.voice) for attempt in speech.attempts] == [("paced", "paced/maria")] * 2


def test_a_second_pass_that_fails_leaves_the_first(speaker: Any) -> None:
    speech = speak(speaker, Paced(errors=[None, TruncatedSpeech()]), duration=1.6)
    assert (speech.duration, [told.feature for told in speech.degradations]) == (2.0, ["duration"])
    assert [type(attempt.error) for attempt in speech.attempts] == [type(None), TruncatedSpeech]
    assert sum(billed.amount for billed in speech.billed) == 40


def test_a_first_pass_that_fails_is_its_error(speaker: Any) -> None:
    paced = Paced(errors=[BackendUnavailable("no")])
    with pytest.raises(BackendUnavailable, match="no"):
        speak(speaker, paced, duration=1.6)
    assert len(paced.asked) == 1


def test_nothing_to_say_takes_no_time_and_is_not_told(speaker: Any) -> None:
    paced = Paced()
    speech = speak(speaker, paced, "...", duration=2)
    assert (paced.asked, speech.duration, speech.degradations) == ([], 0.0, ())


@pytest.mark.parametrize(
    ("paced", "asked"),
    [(Paced(speed=None), 0), (Paced(speed=None, keeps=1.0, longest=12), 0), (Paced(), 1), (Paced(keeps=1.2), 1)],
)
def test_strictly_it_is_kept_or_refused(speaker: Any, paced: Paced, asked: int) -> None:
    paced.asked.clear()
    with pytest.raises(UnsupportedUtterance, match=r"paced .*strict=True"):
        speak(speaker, paced, duration=0.5, strict=True)
    assert len(paced.asked) == asked


def test_strictly_a_member_that_cannot_keep_it_is_passed_over(speaker: Any) -> None:
    unable, able = Paced("unable", speed=None), Paced("able")
    speech = speak(speaker, [unable, able], duration=1.6, strict=True)
    assert (unable.asked, len(able.asked), speech.degradations) == ([], 2, ())


def test_strictly_a_second_pass_that_fails_is_its_error(speaker: Any) -> None:
    with pytest.raises(TruncatedSpeech):
        speak(speaker, Paced(errors=[None, TruncatedSpeech()]), duration=1.6, strict=True)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"duration": 2, "speed": 1.5}, "give duration= or speed=, not both"),
        *[({"duration": wrong}, "duration is .*: give a number above 0") for wrong in (0, -1, float("nan"), True, "2")],
        ({"duration": 1.0, "text": Utterance().text("One").pause(1)}, "the pauses of the text alone last 1 s"),
    ],
)
def test_a_duration_that_cannot_be_is_refused_before_anything_is_sent(speaker: Any, call: Any, said: str) -> None:
    paced = Paced()
    with pytest.raises(UsageError, match=said):
        speak(speaker, paced, **call)
    assert paced.asked == []


def test_both_passes_are_within_the_deadline(speaker: Any) -> None:
    """Over real requests: the second one stalls, and the first one's speech is there in time."""

    class Slow(HttpBackend):
        def capabilities(self, voice: Any) -> Capabilities:
            return Capabilities(formats=[self.format], speed=(0.5, 2.0))

    async def scenario(**call: Any) -> Any:
        async with speaker(Slow(server)) as client:
            began = asyncio.get_running_loop().time()
            try:
                return await client.synthesize("w1 w2.", duration=0.5, deadline=0.6, **call)
            finally:
                assert asyncio.get_running_loop().time() - began < 0.8

    faults = [{"on": n, "kind": "stall", "at": 0.0} for n in (1, 3)]
    with SpeakingHttp(faults=faults) as server:
        speech = asyncio.run(scenario())
        assert [told.feature for told in speech.degradations] == ["duration"]
        assert [attempt.error is None for attempt in speech.attempts] == [True, False]
        with pytest.raises(SynthesisTimeout) as late:
            asyncio.run(scenario(strict=True))
    assert late.value.phase == "total"
