"""A fault script means what it says, and one that is wrong says where."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge import UsageError
from voxbridge.testing import Fault, FaultScript


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"kind": "cutt"}, "no fault 'cutt'. Did you mean 'cut'? Known: close, cut, drip,"),
        ({"kind": "cut", "off": 1}, "a fault has no 'off'"),
        ({"on": 1}, "a fault needs a kind: close, cut"),
        ("cut", "a fault is a mapping such as"),
        ({"kind": "cut", "on": -1}, "a fault's 'on' is a count from 0, not -1"),
        ({"kind": "cut", "on": True}, "a fault's 'on' is a count from 0, not True"),
        ({"kind": "cut", "on": 1.0}, "a fault's 'on' is a count from 0, not 1.0"),
        ({"kind": "cut", "at": 1.1}, "a fault's 'at' is a share from 0 to 1, not 1.1"),
        ({"kind": "cut", "at": float("nan")}, "a fault's 'at' is a share from 0 to 1, not nan"),
        ({"kind": "cut", "at": "half"}, "a fault's 'at' is a share from 0 to 1, not 'half'"),
        ({"kind": "cut", "code": 1011}, "a fault's 'code' is not for 'cut', not 1011"),
        ({"kind": "status", "code": 1011}, "a fault's 'code' is an HTTP status from 200 to 599, not 1011"),
        ({"kind": "close", "code": 1006}, "a fault's 'code' is a close code that a server may send, such as 1011"),
        ({"kind": "rate", "code": 96000}, "a fault's 'code' is a sample rate from 8000 to 48000 Hz, not 96000"),
        ({"kind": "close", "retry_after": 1}, "a fault's 'retry_after' is seconds or a date, for 'status' alone"),
        ({"kind": "status", "retry_after": -1}, "a fault's 'retry_after' is seconds or a date, for 'status' alone"),
        ({"kind": "drip", "pace": 0}, "a fault's 'pace' is a number above 0, not 0"),
        ({"kind": "drip", "body": "x"}, "a fault's 'body' is text, for 'status', 'garbage' and 'close' alone"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number(line, message):
    with pytest.raises(UsageError) as caught:
        FaultScript.parse([{"kind": "cut"}, line])
    assert str(caught.value).startswith("faults, fault 1: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        {"kind": "status", "code": 429, "retry_after": 1.5},
        {"kind": "status", "code": 503, "retry_after": "Wed, 21 Oct 2015 07:28:00 GMT", "body": "<html>"},
        {"kind": "close", "code": 4000, "body": "why"},
        {"kind": "rate", "on": 3, "code": 44100},
        {"kind": "drip", "at": 0, "pace": 0.1},
        {"kind": "stall", "at": 1},
    ],
)
def test_a_list_a_file_and_a_header_say_the_same(line, tmp_path):
    file = tmp_path / "faults.toml"
    file.write_text("[[fault]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in line.items()))
    script = FaultScript.parse([line])
    assert script.faults == (Fault(**line),)
    assert (
        script == FaultScript.parse(str(file)) == FaultScript.parse(file) == FaultScript.from_header(json.dumps(line))
    )


def test_without_faults_nothing_goes_wrong():
    script = FaultScript.parse(None)
    assert [script.opening(), script.text(), script.text()] == [None] * 3


def test_refusals_are_counted_over_openings_and_all_else_over_texts():
    script = FaultScript.parse([{"kind": "cut", "on": 1}, {"kind": "status", "on": 1}, {"kind": "stall", "on": 3}])
    assert [fault and fault.kind for fault in (script.opening() for _ in range(3))] == [None, "status", None]
    assert [fault and fault.kind for fault in (script.text() for _ in range(5))] == [None, "cut", None, "stall", None]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("fault = 3", "a fault script has [[fault]] tables and nothing else"),
        ("[[faults]]\nkind = 'cut'", "a fault script has [[fault]] tables and nothing else"),
        ("[[fault]]\nkind = 'cut'\n[x]", "a fault script has [[fault]] tables and nothing else"),
        ("[[fault]]\nkind = cut", "Invalid value (at line 2"),
        ("[[fault]]\nkind = 'cut'\n[[fault]]\nkind = 'c'", "fault 1: no fault 'c'"),
        (b"\xff", "can't decode byte 0xff"),
        (None, "No such file or directory"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name(content, message, tmp_path):
    file = tmp_path / "script.toml"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UsageError) as caught:
        FaultScript.parse(file)
    assert str(caught.value).startswith(str(file))
    assert message in str(caught.value)


@pytest.mark.parametrize("value", ["cut", "", "[", "3", "[3]", '{"kind": "c"}', '"cut"', "null"])
def test_a_wrong_header_is_refused(value):
    with pytest.raises(UsageError, match="x-voxbridge-fault"):
        FaultScript.from_header(value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda each: (
            st.lists(each)
            | st.dictionaries(st.sampled_from(["kind", "on", "at", "code", "retry_after", "body", "pace", "x"]), each)
        ),
    )
)
def test_any_json_is_a_script_or_a_usage_error(content):
    try:
        FaultScript.from_header(json.dumps(content))
    except UsageError:
        return
    assert isinstance(content, list | dict)
