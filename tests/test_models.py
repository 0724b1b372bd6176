"""Values: keys that do not print, waits that are numbers."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge import Secret, Timeouts, UsageError, Voice


KEY = "sk-0123456789"


class TestSecret:
    def test_it_never_prints(self):
        secret = Secret(KEY, "Token ")
        for shown in (repr(secret), str(secret), f"{secret}", f"{secret:>40}", "%s" % secret, secret.fingerprint):  # noqa: UP031
            assert KEY not in shown
            assert KEY[:6] not in shown

    def test_it_is_not_pickled(self):
        with pytest.raises(TypeError, match="readable"):
            pickle.dumps(Secret(KEY))

    def test_a_copy_is_itself(self):
        secret = Secret(KEY)
        assert copy.copy(secret) is copy.deepcopy([secret])[0] is secret

    def test_it_is_revealed_with_its_prefix(self):
        assert Secret(KEY).prefixed("Bearer ").reveal() == f"Bearer {KEY}"

    def test_a_callable_is_asked_each_time(self):
        keys = iter(["one-key", "two-key"])
        secret = Secret(lambda: next(keys))
        assert [secret.reveal(), secret.reveal()] == ["one-key", "two-key"]

    def test_equal_keys_are_equal(self):
        assert Secret(KEY) == Secret(KEY)
        assert hash(Secret(KEY)) == hash(Secret(KEY))
        assert Secret(KEY) != Secret("other")
        assert Secret(KEY) != KEY

    def test_an_empty_one_is_false(self):
        assert not Secret("")
        assert Secret(KEY)
        assert Secret(str)

    def test_it_is_blotted_out_of_a_text(self):
        assert Secret(KEY).scrub(f"bad key {KEY}!") == "bad key [key]!"
        assert Secret("abc").scrub("abc") == "abc"  # too short to tell from a word

    def test_a_key_that_the_end_of_a_text_cuts_is_blotted_out_too(self):
        assert Secret(KEY).scrub(f"bad key {KEY[:-1]}") == "bad key [key]"
        assert Secret(KEY).scrub(f"bad key {KEY[:4]}") == "bad key [key]"
        assert Secret(KEY).scrub("bad key") == "bad key"

    def test_a_key_of_a_callable_is_blotted_out_once_it_was_sent(self):
        secret = Secret(lambda: "token-1")
        assert secret.scrub("token-1") == "token-1"
        secret.reveal()
        assert secret.scrub("token-1") == "[key]"

    @given(st.text(min_size=4), st.text(), st.text())
    def test_no_text_holds_it_afterwards(self, key, before, after):
        assert (
            key in "[key]"
            or "[" in key
            or "]" in key
            or key not in Secret(key).scrub(before + key + after).replace("[key]", "\0")
        )


class TestTimeouts:
    def test_the_usual_ones(self):
        assert Timeouts.of(None) == Timeouts(connect=5, first_audio=5, stall=5, send=5, close=2)

    def test_a_number_stands_for_every_wait_but_close(self):
        assert Timeouts.of(9) == Timeouts(connect=9, first_audio=9, stall=9, send=9, close=2)

    def test_its_own_kind_stays_as_it_is(self):
        timeouts = Timeouts(stall=1)
        assert Timeouts.of(timeouts) is timeouts

    @pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), True, "5"])
    def test_waits_are_seconds_above_0(self, value):
        with pytest.raises(UsageError, match="seconds"):
            Timeouts.of(value)
        with pytest.raises(UsageError, match="stall"):
            Timeouts(stall=value)


def test_a_voice_prints_as_what_voice_takes():
    assert str(Voice(id="aura", backend="deepgram")) == "deepgram/aura"
