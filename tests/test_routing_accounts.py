"""What is known of accounts, in all of the process."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Hashable, Iterator
from typing import Any

import pytest

from voxbridge import (
    AuthenticationError,
    BackendUnavailable,
    EmptyAudio,
    InsecureConnection,
    OutOfCredits,
    ProtocolError,
    ProxyFailed,
    RateLimited,
    RejectedRequest,
    SynthesisTimeout,
    TextTooLong,
    TruncatedSpeech,
    UnsupportedUtterance,
    UsageError,
    VoiceNotFound,
    refusal,
    refusal_of_close,
)
from voxbridge.routing import Standing, enter, forget_accounts, standing
from voxbridge.routing import _accounts as accounts
from voxbridge.routing._accounts import affords


ACME = ("acme", "fingerprint", "https://acme.example")


@pytest.fixture(autouse=True)
def no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voxbridge.routing._breaker._JITTER", 0.0)


def fail(error: Exception, times: int = 1, *, at: float = 0.0, transport: str = "http", key: Hashable = ACME) -> None:
    """Let so many attempts end with an error."""
    for _ in range(times):
        with enter(key, transport, at, sure=True) as visit:
            visit.failed(at, error)


def speak(at: float = 0.0, key: Hashable = ACME, transport: str = "http") -> bool:
    """Speak one unit, if let in."""
    visit = enter(key, transport, at)
    if visit is None:
        return False
    with visit:
        visit.spoke(at)
    return True


COUNTED = (
    BackendUnavailable("refused"),
    refusal(500, {}, b""),
    refusal(503, {}, b""),
    refusal(408, {}, b""),
    refusal(504, {}, b""),
    refusal_of_close(1006, ""),
    refusal_of_close(1011, ""),
    refusal_of_close(1000, ""),
    InsecureConnection("the certificate has expired"),
    SynthesisTimeout(phase="connect"),
    SynthesisTimeout(phase="first_audio"),
    SynthesisTimeout(phase="stall"),
    SynthesisTimeout(phase="slow"),
    SynthesisTimeout(phase="send"),
    TruncatedSpeech(),
    EmptyAudio(),
    ProtocolError(),
)
NOT_COUNTED = (
    *(refusal(status, {}, b"") for status in (400, 404, 413, 415, 422, 429)),
    *(refusal_of_close(code, "") for code in (1003, 1008, 1009)),
    RejectedRequest(),
    VoiceNotFound(),
    TextTooLong(),
    RateLimited(),
    ProxyFailed(),
    UnsupportedUtterance("no phonemes"),
    UsageError("no such option"),
)
SUSPENDING = (*(refusal(status, {}, b"") for status in (401, 402, 403)), AuthenticationError(), OutOfCredits())


def _named(error: Any) -> str:
    return f"{type(error).__name__}-{getattr(error, 'status_code', None) or getattr(error, 'phase', None)}"


class TestBlame:
    @pytest.mark.parametrize("error", COUNTED, ids=_named)
    def test_a_vendors_fault_opens_the_breaker_after_five(self, error: Any):
        fail(error, 4)
        assert speak()
        fail(error, 5)
        assert standing(ACME, "http", 0.0).state == "open"
        assert not speak()

    @pytest.mark.parametrize("error", NOT_COUNTED, ids=_named)
    def test_a_callers_fault_opens_nothing_however_often(self, error: Any):
        fail(error, 100)
        assert standing(ACME, "http", 0.0) == Standing()
        assert speak()

    @pytest.mark.parametrize("error", SUSPENDING, ids=_named)
    def test_a_bad_key_or_no_credit_suspends_the_account_for_five_minutes(self, error: Any):
        fail(error)
        for transport in ("http", "websocket"):
            found = standing(ACME, transport, 0.0)
            assert (found.state, found.until, type(found.cause)) == ("suspended", 300.0, type(error))
            assert not speak(299.0, transport=transport)
        assert speak(300.0)
        assert standing(ACME, "http", 300.0) == Standing()

    def test_another_key_is_another_account(self):
        fail(AuthenticationError())
        assert speak(key=("acme", "another", "https://acme.example"))

    def test_after_a_suspension_one_finds_out_for_all(self):
        fail(AuthenticationError())
        with enter(ACME, "http", 301.0) as visit:
            assert standing(ACME, "http", 301.0).state == "trial"
            assert enter(ACME, "http", 301.0) is None
            visit.failed(302.0, AuthenticationError())
        assert standing(ACME, "http", 302.0).until == 602.0

    def test_a_trial_after_a_suspension_that_proves_nothing_is_left_to_the_next(self):
        fail(AuthenticationError())
        with enter(ACME, "http", 301.0) as visit:
            visit.failed(301.0, RateLimited())
        assert speak(301.0)
        assert standing(ACME, "http", 301.0) == Standing()

    def test_who_leaves_proves_nothing(self):
        for _ in range(100):
            enter(ACME, "http", 0.0).__exit__(None, None, None)
        assert standing(ACME, "http", 0.0) == Standing()
        fail(BackendUnavailable(), 5)
        with enter(ACME, "http", 30.0):
            assert enter(ACME, "http", 30.0) is None
        assert speak(30.0)


class TestSharing:
    def test_a_breaker_is_one_transports(self):
        fail(BackendUnavailable(), 5, transport="websocket")
        assert not speak(transport="websocket")
        assert speak(transport="http")

    def test_all_of_the_process_shares_an_account_and_no_other(self):
        fail(BackendUnavailable(), 5)
        assert not speak(key=("acme", "fingerprint", "https://acme.example"))
        assert speak(key=("acme", "fingerprint", "https://eu.acme.example"))
        assert speak(key=("other", "fingerprint", "https://acme.example"))

    def test_it_opens_for_the_later_of_suspension_and_breaker(self):
        fail(AuthenticationError())
        fail(BackendUnavailable(), 5, at=290.0)
        assert standing(ACME, "http", 290.0).until == 320.0
        assert not speak(310.0)
        assert speak(320.0)

    def test_who_is_sure_is_let_in_whatever_is_known(self):
        fail(AuthenticationError())
        fail(BackendUnavailable(), 5)
        assert enter(ACME, "http", 1.0) is None
        assert enter(ACME, "http", 1.0, sure=True) is not None

    def test_a_retry_needs_the_budget_and_the_breaker(self):
        assert affords(ACME, "http", 0.0)
        fail(BackendUnavailable(), 4)
        assert affords(ACME, "http", 0.0)
        assert enter(ACME, "http", 0.0, again=True) is not None
        fail(BackendUnavailable())
        assert not affords(ACME, "http", 0.0, sure=True)
        assert enter(ACME, "http", 0.0, again=True, sure=True) is None
        assert enter(ACME, "http", 0.0, sure=True) is not None

    def test_speech_that_is_whole_earns_retries(self):
        fail(RateLimited(), 5)
        assert not affords(ACME, "http", 0.0)
        for _ in range(11):
            speak()
        assert affords(ACME, "http", 0.0)

    def test_an_open_breaker_leaves_no_retry_where_somebody_else_could_speak(self):
        for _ in range(5):
            speak()
            fail(InsecureConnection())  # it is not tried again, so the budget is whole
        fail(InsecureConnection(), 5)
        assert not affords(ACME, "http", 0.0)
        assert affords(ACME, "http", 0.0, sure=True)


class TestForgetting:
    def test_ten_minutes_without_an_attempt_are_long_enough(self):
        fail(BackendUnavailable(), 4)
        fail(BackendUnavailable(), at=601.0)
        assert standing(ACME, "http", 601.0) == Standing()
        assert affords(ACME, "http", 601.0)

    def test_an_attempt_that_is_under_way_is_not_forgotten(self):
        with enter(ACME, "http", 0.0) as visit:
            fail(BackendUnavailable(), 4)
            fail(BackendUnavailable(), at=5000.0)
            assert standing(ACME, "http", 5000.0).state == "open"
            visit.spoke(5000.0)

    def test_accounts_of_clients_that_are_gone_are_not_kept(self):
        for number in range(5000):
            fail(BackendUnavailable(), key=("acme", number), at=float(number))
        assert len(accounts._accounts) < 2000
        for number in range(5000):
            fail(BackendUnavailable(), key=("acme", number), at=10_000.0 + number / 1e6)
        assert len(accounts._accounts) >= 5000  # those are not over

    def test_all_is_forgotten_at_once_if_asked(self):
        fail(AuthenticationError())
        forget_accounts()
        assert speak()


def test_sixteen_threads_lose_no_count():
    """All begin at once, and every visit is accounted for."""
    gate, let_in = threading.Barrier(16), []

    def work() -> None:
        gate.wait()
        for number in range(300):
            with enter(ACME, "http", 0.0, sure=True) as visit:
                if number % 2:
                    visit.spoke(0.0)
                else:
                    visit.failed(0.0, RateLimited())

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert accounts._accounts[ACME].budget.active == 0
    fail(BackendUnavailable(), 25)
    assert standing(ACME, "http", 0.0).state == "open"
    gate = threading.Barrier(16)

    def attempt() -> None:
        gate.wait()
        let_in.append(enter(ACME, "http", 30.0))

    threads = [threading.Thread(target=attempt) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(visit is not None for visit in let_in) == 1, "a trial is one caller's"


@pytest.fixture
def held() -> Iterator[None]:
    """Let another thread hold the lock, as it may when the process forks."""
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        with accounts._lock:
            taken.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    taken.wait()
    yield
    done.set()
    thread.join()


@pytest.mark.skipif(not hasattr(os, "register_at_fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_child_begins_anew_whoever_held_the_lock(held_after_failures: Any):
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=lambda: answers.put(speak()))
    child.start()
    assert answers.get(timeout=10)
    child.join()


@pytest.fixture
def held_after_failures(request: pytest.FixtureRequest) -> None:
    fail(AuthenticationError())
    request.getfixturevalue("held")
