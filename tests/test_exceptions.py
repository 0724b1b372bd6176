"""What errors say."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge import exceptions
from voxbridge.exceptions import (
    AllBackendsFailed,
    AuthenticationError,
    BackendError,
    BackendUnavailable,
    InterruptedSpeech,
    InvalidText,
    RateLimited,
    UnsupportedFeature,
    UnsupportedUtterance,
    UsageError,
    VoxbridgeError,
    clean,
    nearest,
)


KINDS = [getattr(exceptions, name) for name in exceptions.__all__ if name != "Phase"]
THEIRS = [kind for kind in KINDS if issubclass(kind, BackendError)]


@pytest.mark.parametrize("kind", THEIRS)
def test_a_message_names_who_what_which_request_and_what_to_do(kind):
    error = kind(backend="acme", status_code=418, code="E7", detail="the vendor's words", request_id="r-1")
    for words in ("acme", "418", "E7", "the vendor's words", "r-1", kind.advice):
        assert words in str(error)
    assert ".." not in str(error)


def test_everything_is_a_voxbridge_error_and_misuse_a_value_error():
    assert all(issubclass(kind, VoxbridgeError) for kind in KINDS)
    assert issubclass(UsageError, ValueError)
    assert issubclass(UnsupportedFeature, UnsupportedUtterance)


def test_what_may_help_to_try_again_says_so():
    again = {kind.__name__ for kind in THEIRS if kind().retryable}
    assert again == {
        *("RateLimited", "BackendUnavailable", "SynthesisTimeout", "ProtocolError", "TruncatedSpeech", "EmptyAudio"),
    }
    assert not RateLimited(retryable=False).retryable
    assert AuthenticationError(retryable=True).retryable


def errors() -> list[VoxbridgeError]:
    theirs = [kind("m", backend="acme", detail="d", status_code=400, retry_after=2.0) for kind in THEIRS]
    return [
        *theirs,
        UsageError("wrong"),
        InvalidText("NUL", position=3),
        AllBackendsFailed(theirs[:2]),
        InterruptedSpeech(theirs[0], spoken="a", unspoken="b"),
        UnsupportedFeature("no"),
    ]


@pytest.mark.parametrize("error", errors(), ids=lambda error: type(error).__name__)
def test_errors_survive_another_process(error):
    """A pool of processes breaks for good on an error that cannot be unpickled."""
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301  # our own
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert vars(twin).keys() == vars(error).keys()


def test_an_interruption_says_how_much_was_spoken():
    assert "2 of 5 characters" in str(InterruptedSpeech(RateLimited(), spoken="ab", unspoken="cde"))


def test_all_errors_of_a_route_stand_in_the_message():
    error = AllBackendsFailed([RateLimited(backend="a", detail="x"), BackendUnavailable(backend="b", detail="y")])
    assert "a: " in str(error)
    assert "b: " in str(error)
    assert len(error.errors) == 2


@pytest.mark.parametrize(
    ("words", "cleaned"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("a\x00b\x7fc\x9bd", "abcd"),
        ("left\u202eright", "leftright"),
        ("  tidy\n", "tidy"),
        ("lone \ud800", "lone ?"),
    ],
)
def test_a_vendors_words_have_no_power_over_a_terminal(words, cleaned):
    assert clean(words) == cleaned


@given(st.text())
def test_a_vendors_words_are_at_most_2_kib(words):
    assert len(BackendError(detail=words * 50).detail.encode()) <= 2048


def test_the_nearest_names_are_offered():
    assert nearest("deepgarm", ["deepgram", "espeak"]) == " Did you mean 'deepgram'?"
    assert nearest("zzz", ["deepgram"]) == ""
