"""A comparison that was interrupted is read again, and nothing else is."""

from __future__ import annotations

import json

import pytest

from voxbridge import Comparison, UsageError, compare
from voxbridge._compare import read, speak


@pytest.fixture(scope="module")
def found():
    return compare(["Hello.", "Bye."], ["espeak", "espeak/en-gb"], repeat=2, seed=3)


def test_what_was_interrupted_has_its_plan_its_takes_and_their_sounds(found, tmp_path):
    half = Comparison(found.plan, found.done[:3])
    again = read(half.to_json_to_go_on(tmp_path / "x.json"))
    assert again.plan == found.plan
    assert again.done == found.done[:3]
    rest = list(speak(again.plan, {done.take for done in again.done}))
    assert [done.take for done in (*again.done, *rest)] == found.plan.takes()


def test_what_was_finished_has_no_sounds(found, tmp_path):
    again = read(found.to_json(tmp_path / "x.json"))
    assert again.rows == found.rows
    assert {done.audio for done in again.done} == {b""}


def changed(contents, *path, value):
    """The contents with another value at a place."""
    inner = contents
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return json.dumps(contents)


@pytest.mark.parametrize(
    "change",
    [
        lambda contents: "",
        lambda contents: "[]",
        lambda contents: "null",
        lambda contents: json.dumps({"rows": contents["rows"]}),
        lambda contents: changed(contents, "meta", "texts", value=[]),
        lambda contents: changed(contents, "meta", "texts", value=[7]),
        lambda contents: changed(contents, "meta", "targets", value=None),
        lambda contents: changed(contents, "meta", "repeat", value="many"),
        lambda contents: changed(contents, "meta", "format", value="pcm"),
        lambda contents: changed(contents, "meta", "takes", value=[[0, 0, 1]]),
        lambda contents: changed(contents, "meta", "takes", 0, value=[9, 0, 1]),
        lambda contents: changed(contents, "meta", "takes", 0, value=[0, 0]),
        lambda contents: changed(contents, "meta", "takes", 0, value=[[], 0, 1]),
        lambda contents: changed(contents, "meta", "sounds", value=["!"] * 8),
        lambda contents: changed(contents, "rows", 0, value={}),
        lambda contents: changed(contents, "rows", 0, value=None),
    ],
)
def test_what_is_no_comparison_is_refused(found, change, tmp_path):
    contents = json.loads(found.to_json(tmp_path / "good.json").read_text("utf-8"))
    (tmp_path / "bad.json").write_text(change(contents), encoding="utf-8")
    with pytest.raises(UsageError, match=r"bad\.json holds"):
        read(tmp_path / "bad.json")


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "bad.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"bad\.json holds no comparison"):
        read(tmp_path / "bad.json")
