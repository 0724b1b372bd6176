"""Utterances whose vendors are passed over, moved by hand: who is asked, who tries, and what each of them finds out."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from tests.hand import SECOND, Clock, Hand, Talk
from voxbridge import (
    AllBackendsFailed,
    Audio,
    AuthenticationError,
    BackendUnavailable,
    InsecureConnection,
    InterruptedSpeech,
    RateLimited,
    RejectedRequest,
    Renew,
    SocketSpec,
    SynthesisTimeout,
    Whole,
)
from voxbridge.routing import standing


class Two:
    """Two vendors, and callers who speak with the first, or else with the second, on one clock."""

    def __init__(self, *, retries: int = 0, **talk: Any) -> None:
        self.first, self.second = Hand("first"), Hand("second")
        self.clock = Clock()
        self.talk = {"retries": retries, "push": False, "live": False, **talk}

    def caller(self, *backends: Hand, text: str = "One. ", **talk: Any) -> Talk:
        """Return one whose first attempt has begun."""
        made = Talk(*(backends or (self.first, self.second)), **{**self.talk, **talk})
        made.clock = made.rendition._clock = self.clock
        made.rendition._steps = made.plan.steps(clock=self.clock)
        made.rendition.text(text)
        return made

    def state(self, hand: Hand) -> str:
        return standing(hand.account, "http", self.clock()).state

    def break_first(self) -> None:
        """Have five callers find out that the first vendor fails."""
        for _ in range(5):
            caller = self.caller(retries=0)
            caller.fail(BackendUnavailable("down"))
            assert asked(caller) == "second"
            speak(caller)
        assert self.state(self.first) == "open"


@pytest.fixture(autouse=True)
def no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voxbridge.routing._breaker._JITTER", 0.0)


def asked(talk: Talk) -> str | None:
    """Return who is asked now."""
    return talk.rendition._run and talk.rendition._run.name


def speak(talk: Talk, unit: int = 0) -> None:
    talk.answer(Audio(SECOND, unit), Whole(unit + 1))


def connect(talk: Talk, *, reused: bool = False) -> None:
    talk.event("opened", {}, {}, reused)


def finish(talk: Talk) -> None:
    talk.rendition.text_end()
    assert talk.rendition.done
    assert talk.error is None


def test_after_five_failures_nobody_asks_the_first_one():
    two = Two()
    two.break_first()
    for _ in range(20):
        caller = two.caller()
        assert asked(caller) == "second"
        speak(caller)
        finish(caller)
    assert len(two.first.exchanges) == 5


class TestTrial:
    def due(self, **talk: Any) -> Two:
        two = Two(**talk)
        two.break_first()
        two.clock.now += 30
        return two

    def test_one_callers_own_request_finds_out_and_the_others_do_not_wait_for_it(self):
        two = self.due()
        callers = [two.caller() for _ in range(5)]
        assert [asked(caller) for caller in callers] == ["first", "second", "second", "second", "second"]
        speak(callers[0])
        finish(callers[0])
        assert asked(two.caller()) == "first"

    def test_a_unit_that_is_whole_is_enough_although_the_speech_goes_on(self):
        two = self.due()
        caller = two.caller(text="One. Two. ")
        caller.answer(Audio(SECOND, 0))
        assert asked(two.caller()) == "second", "audio that has just begun may still be cut"
        speak(caller)
        assert asked(two.caller()) == "first"

    def test_where_it_fails_the_next_member_speaks_and_no_word_is_lost(self):
        two = self.due(retries=1)
        caller = two.caller(text="One. Two. ")
        caller.fail(BackendUnavailable("still down"))
        assert asked(caller) == "second", "a trial is not made twice"
        speak(caller)
        speak(caller, 1)
        finish(caller)
        assert caller.rendition.record.report().units[0].text == "One. "
        two.clock.now += 59
        assert asked(two.caller()) == "second"
        two.clock.now += 1
        assert asked(two.caller()) == "first"

    @pytest.mark.parametrize("error", [RejectedRequest(), RateLimited(retry_after=60)], ids=["400", "429"])
    def test_an_answer_that_says_nothing_of_the_vendor_leaves_it_to_the_next_caller(self, error: Any):
        two = self.due()
        caller = two.caller()
        caller.fail(error)
        assert asked(caller) == "second"
        assert asked(two.caller()) == "first"

    def test_who_leaves_in_the_midst_of_it_leaves_it_to_the_next_caller(self):
        two = self.due()
        caller = two.caller()
        assert asked(caller) == "first"
        caller.rendition.close()
        assert asked(two.caller()) == "first"

    def test_who_is_forgotten_in_the_midst_of_it_does_too(self):
        two = self.due()
        caller = two.caller()
        assert asked(caller) == "first"
        del caller
        gc.collect()
        assert asked(two.caller()) == "first"

    def test_it_is_not_made_for_ever_by_a_conversation_that_falls_silent(self):
        two = self.due(push=True)
        silent = two.caller()
        silent.rendition.clear()
        assert asked(two.caller()) == "second"
        two.clock.now += 30
        assert asked(two.caller()) == "first"


class TestLastHope:
    def test_the_one_that_reopens_soonest_is_asked_where_all_are_shut(self):
        two = Two()
        two.break_first()
        two.caller(two.second).fail(AuthenticationError())
        assert two.state(two.second) == "suspended"
        caller = two.caller()
        assert asked(caller) == "first"
        speak(caller)
        finish(caller)
        assert two.state(two.first) == "open", "only a trial closes it"

    def test_it_is_asked_once_and_then_it_is_over(self):
        two = Two(retries=3)
        two.break_first()
        two.caller(two.second).fail(AuthenticationError())
        caller = two.caller()
        caller.fail(BackendUnavailable("still down"))
        assert isinstance(caller.error, AllBackendsFailed)
        assert len(caller.error.errors) == 1

    def test_it_is_asked_also_where_all_others_have_failed_just_now(self):
        two = Two()
        two.break_first()
        caller = two.caller()
        assert asked(caller) == "second"
        caller.fail(BackendUnavailable("down, too"))
        assert asked(caller) == "first"
        speak(caller)
        finish(caller)

    def test_who_has_one_target_is_never_refused_and_may_try_again(self):
        two = Two()
        two.break_first()
        alone = two.caller(two.first, retries=1)
        assert asked(alone) == "first"
        alone.fail(BackendUnavailable("down"))
        assert alone.rendition.error is not None, "the account's retries are spent"
        two.caller(two.second).fail(AuthenticationError())
        alone = two.caller(two.second, retries=1)
        alone.fail(BackendUnavailable("a hiccup"))
        alone.wait(1)
        assert asked(alone) == "second"


@pytest.mark.parametrize(
    "error",
    [
        BackendUnavailable("refused"),
        BackendUnavailable(status_code=1006),
        AuthenticationError(),
        RateLimited(retry_after=3),
        RejectedRequest(),
        SynthesisTimeout(phase="stall"),
    ],
    ids=lambda error: f"{type(error).__name__}-{error}",
)
@pytest.mark.parametrize("heard", [False, True], ids=["before", "after"])
def test_the_next_vendor_has_the_text_at_the_moment_of_the_fault(error: Any, *, heard: bool):
    """So failing over takes as long as the next one's own first audio, and no time of ours."""
    two = Two(live=True, retries=0 if not heard else 3)
    caller = two.caller()
    if heard:  # then the same vendor is not tried again, however often it might be
        caller.answer(Audio(SECOND, 0))
    two.clock.now += 1.5
    caller.fail(error)
    assert asked(caller) == "second"
    assert two.second.calls == ["One. "]
    assert two.clock.now == 101.5


class TestRetries:
    def test_an_accounts_retries_are_spent_after_five_failures(self):
        """Whoever fails; a sixth caller is not tried again, and one of another account is."""
        two, attempts = Two(retries=10), 0
        caller = two.caller(two.first)
        while not caller.rendition.done:
            attempts += 1
            caller.fail(BackendUnavailable("down"))
            caller.wait(1)
        assert attempts == 5
        caller = two.caller(two.first)
        caller.fail(BackendUnavailable("down"))
        assert caller.rendition.done
        caller = two.caller(two.second)
        caller.fail(BackendUnavailable("down"))
        assert not caller.rendition.done

    def test_a_retry_is_not_made_where_others_found_out_meanwhile_that_it_does_not_help(self):
        two = Two(retries=1)
        waiting = two.caller()
        waiting.fail(RateLimited(retry_after=2))
        assert asked(waiting) is None
        for _ in range(5):  # this opens the breaker, and costs no retries
            two.caller(retries=0).fail(InsecureConnection("the certificate has expired"))
        waiting.wait(2)
        assert asked(waiting) == "second"

    def test_a_quiet_account_bears_three_retries_at_once(self):
        two = Two(retries=1)
        callers = [two.caller(two.first) for _ in range(4)]
        for caller in callers:
            caller.fail(BackendUnavailable("a hiccup"))
        two.clock.now += 1
        for caller in callers:
            caller.wait(0)
        assert [asked(caller) for caller in callers] == ["first", "first", "first", None]
        assert isinstance(callers[-1].error, BackendUnavailable)

    def test_nobody_waits_for_a_retry_that_will_not_be_made(self):
        two = Two(retries=1)
        for _ in range(4):
            two.caller(retries=0).fail(BackendUnavailable("down"))
        caller = two.caller()
        caller.fail(BackendUnavailable("down", retry_after=2.0))
        assert asked(caller) == "second"


class TestBlame:
    def test_a_callers_deadline_is_not_the_vendors_fault(self):
        two = Two(deadline=1.0)
        for _ in range(50):
            caller = two.caller(two.first)
            caller.wait(1)
            assert isinstance(caller.error, SynthesisTimeout)
        assert two.state(two.first) == "closed"

    def test_our_own_clocks_are(self):
        two = Two()
        for _ in range(5):
            two.caller(two.first).wait(5)
        assert two.state(two.first) == "open"

    def test_a_hundred_bad_texts_leave_it_closed(self):
        two = Two()
        for _ in range(100):
            caller = two.caller()
            caller.fail(RejectedRequest(status_code=400))
            caller.fail(RejectedRequest(status_code=400))
            assert isinstance(caller.error, RejectedRequest)
        assert (two.state(two.first), two.state(two.second)) == ("closed", "closed")

    def test_a_stale_socket_is_nobodys_fault_and_a_fresh_one_that_fails_is(self):
        two = Two()
        two.first.socket = SocketSpec(url="ws://x")
        for _ in range(8):
            caller = two.caller()
            connect(caller, reused=True)
            caller.event("receive_failure", None, BackendUnavailable("reset"))
            connect(caller)
            speak(caller)
            finish(caller)
        assert two.state(two.first) == "closed"
        for _ in range(5):
            caller = two.caller()
            connect(caller, reused=True)
            caller.event("receive_failure", None, BackendUnavailable("reset"))
            caller.event("receive_failure", None, BackendUnavailable("reset"))
        assert two.state(two.first) == "open"

    def test_speech_that_is_cut_again_and_again_is_a_failure_although_some_of_it_was_heard(self):
        two = Two(live=True)
        for _ in range(5):
            caller = two.caller(two.first)
            caller.answer(Audio(SECOND, 0))
            caller.fail(BackendUnavailable(status_code=1006))
            assert isinstance(caller.error, InterruptedSpeech)
        assert two.state(two.first) == "open"


class TestConversation:
    """Sockets come and go underneath a conversation, and so may vendors."""

    def begin(self, two: Two) -> Talk:
        """Return one whose first turn was spoken by the first vendor, which then has closed the idle socket."""
        two.first.socket = SocketSpec(url="ws://x")
        talk = two.caller(push=True)
        connect(talk)
        speak(talk)
        talk.rendition.flush()
        talk.answer(Renew())
        assert asked(talk) is None
        return talk

    def shut(self, two: Two) -> None:
        for _ in range(5):
            two.caller(two.first).event("receive_failure", None, BackendUnavailable("down"))

    def test_it_stays_with_its_vendor(self):
        two = Two()
        talk = self.begin(two)
        talk.rendition.text("Two. ")
        assert asked(talk) == "first"

    def test_a_vendor_that_others_found_to_be_down_is_not_asked_for_the_next_turn(self):
        two = Two()
        talk = self.begin(two)
        self.shut(two)
        talk.rendition.text("Two. ")
        assert asked(talk) == "second"
        speak(talk, 1)
        talk.rendition.flush()
        talk.rendition.text_end()
        assert talk.error is None
        assert [unit.backend for unit in talk.rendition.record.report().units] == ["first", "second"]
        assert len(talk.rendition.record.attempts) == 2

    def test_it_is_asked_again_where_the_others_fail(self):
        two = Two()
        talk = self.begin(two)
        self.shut(two)
        talk.rendition.text("Two. ")
        talk.fail(BackendUnavailable("down, too"))
        assert asked(talk) == "first"

    def test_where_there_is_nobody_else_it_goes_on(self):
        two = Two()
        two.first.socket = SocketSpec(url="ws://x")
        talk = two.caller(two.first, push=True)
        connect(talk)
        speak(talk)
        talk.answer(Renew())
        self.shut(two)
        talk.rendition.text("Two. ")
        assert asked(talk) == "first"

    def test_where_nobody_else_could_join_what_was_heard_it_goes_on(self, monkeypatch: pytest.MonkeyPatch):
        """Two vendors' mp3 are no one stream."""
        monkeypatch.setattr("voxbridge.routing._plan.codecs_installed", lambda: False)
        two = Two(format="mp3/24000", live=True)
        two.first.able["formats"] = two.second.able["formats"] = ("mp3/24000",)
        talk = self.begin(two)
        self.shut(two)
        talk.rendition.text("Two. ")
        assert (asked(talk), talk.error) == ("first", None)

    def test_it_makes_the_trial_that_is_due(self):
        two = Two()
        talk = self.begin(two)
        self.shut(two)
        two.clock.now += 30
        talk.rendition.text("Two. ")
        assert asked(talk) == "first"
        assert asked(two.caller()) == "second"
        connect(talk)
        talk.answer(Renew())
        assert asked(talk) == "first", "the trial is its own until something comes of it"
        connect(talk)
        speak(talk, 1)
        assert two.state(two.first) == "closed"


def test_an_utterance_that_is_left_in_the_midst_of_a_backoff_holds_no_place():
    two = Two(retries=1)
    caller = two.caller()
    visit = caller.rendition._visit
    assert visit._account.budget.active == 1
    caller.fail(BackendUnavailable("down"))
    assert visit._account.budget.active == 0
    caller.rendition.close()
    caller = two.caller()
    caller.rendition.close()
    assert visit._account.budget.active == 0
