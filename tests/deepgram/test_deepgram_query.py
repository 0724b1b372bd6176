"""Queries: parameters as the service reads them, and the options of a call."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from voxbridge import AudioFormat, Job, UsageError, Voice
from voxbridge_deepgram._matrix import REQUEST, SOCKET
from voxbridge_deepgram._query import OPTIONS, Options, query


def asked(table=REQUEST, format="linear16", speed=1.0, voice="aura-2-thalia-en", callback=None, **options):
    job = Job(voice=Voice(id=voice, backend="deepgram"), format=AudioFormat.parse(format), speed=speed)
    return query(job, table, Options().updated(options), callback)


def test_parameters_come_in_the_sdks_order():
    text = asked(
        speed=0.9, mip_opt_out=True, tags=["marketing team", "legal"], callback="https://u:p@e.com/cb?x=1",
        callback_method="put",
    )  # fmt: skip
    assert text == (
        "callback=https%3A%2F%2Fu%3Ap%40e.com%2Fcb%3Fx%3D1&callback_method=PUT&mip_opt_out=true"
        "&tag=marketing+team&tag=legal&container=none&encoding=linear16&model=aura-2-thalia-en&sample_rate=24000&speed=0.9"
    )


@pytest.mark.parametrize(
    ("speed", "written"), [(1.0, None), (0.7, "0.7"), (1.25, "1.25"), (1.5, "1.5"), (4 / 3, "1.33333")]
)
def test_speed_is_said_where_it_is_not_the_voices_own(speed, written):
    assert dict(parse_qsl(asked(speed=speed))).get("speed") == written


def test_a_socket_takes_tags_too():
    assert asked(SOCKET, tags=["a"]) == "tag=a&encoding=linear16&model=aura-2-thalia-en&sample_rate=24000"


def test_a_voice_cannot_smuggle_parameters_in():
    assert dict(parse_qsl(asked(voice="x&callback=https://evil")))["model"] == "x&callback=https://evil"


def test_mip_opt_out_is_said_only_when_it_was_chosen():
    assert "mip_opt_out" not in asked()
    assert "mip_opt_out=false" in asked(mip_opt_out=False)


def test_extra_is_sent_as_it_is():
    text = asked(extra={"foo": "b r", "many": [1, 2.0, 0.5], "yes": True})
    assert text.endswith("&foo=b+r&many=1&many=2&many=0.5&yes=true")


@pytest.mark.parametrize("name", ["model", "encoding", "container", "sample_rate"])
def test_extra_does_not_say_again_what_is_said_already(name):
    with pytest.raises(UsageError, match=f"extra has '{name}', which is asked for already"):
        asked(extra={name: "x"})


def test_extra_may_say_what_is_not_said_yet():
    assert "speed=0.8" in asked(extra={"speed": 0.8})


WRONG = [
    {"tags": "x" * 129},
    {"tags": [""]},
    {"tags": [7]},
    {"tags": 7},
    {"mip_opt_out": "yes"},
    {"callback_method": "GET"},
    {"callback_method": 7},
    {"extra": "a=b"},
    {"extra": {7: "a"}},
    {"extra": {"a": {}}},
    {"extra": {"a": None}},
    {"extra": {"a": float("nan")}},
]


@pytest.mark.parametrize("options", WRONG)
def test_a_wrong_value_is_refused_with_the_options_name(options):
    (name,) = options
    with pytest.raises(UsageError, match=f"deepgram: {name}"):
        asked(**options)


def test_options_of_a_call_come_before_the_constructors():
    own = Options().updated({"tags": ["a"], "mip_opt_out": True})
    assert own.updated({"tags": "b"}).tags == ("b",)
    assert own.updated({"tags": None}) == own
    assert own.updated({}).mip_opt_out is True


def test_the_options_are_those_of_the_public_contract():
    assert sorted(OPTIONS) == ["callback_method", "extra", "mip_opt_out", "tags"]
