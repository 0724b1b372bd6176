"""The files of a comparison: JSON as it is, CSV for spreadsheets."""

from __future__ import annotations

import csv
import json

import pytest

from voxbridge import Comparison, compare
from voxbridge._compare._plan import Plan, Take
from voxbridge._compare._take import COLUMNS, Done
from voxbridge.testing import ScriptedBackend


@pytest.fixture(scope="module")
def found():
    return compare(["Hello.", "Bye."], [ScriptedBackend(name="a"), ScriptedBackend(name="b")], repeat=2, seed=3)


def of_rows(*rows):
    """A comparison of rows that nobody spoke."""
    plan = Plan.of("x", "espeak", repeat=len(rows), format="wav/24000", warm=True, seed=0)
    whole = [{**dict.fromkeys(COLUMNS), "degradations": [], **row} for row in rows]
    return Comparison(plan, [Done(Take(0, 0, number), row, b"") for number, row in enumerate(whole, 1)])


def test_json_has_rows_summary_and_how_it_was_made(found, tmp_path):
    contents = json.loads(found.to_json(tmp_path / "x.json").read_text("utf-8"))
    assert list(contents) == ["rows", "summary", "meta"]
    assert contents["rows"] == found.rows
    assert contents["summary"] == found.summary
    meta = contents["meta"]
    assert (meta["targets"], meta["texts"], meta["seed"], meta["cold"]) == (["a", "b"], ["Hello.", "Bye."], 3, False)
    assert (meta["repeat"], meta["format"]) == (2, "wav/24000")


def test_csv_has_a_line_for_each_row(found, tmp_path):
    with found.to_csv(tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["text"] for line in lines] == [row["text"] for row in found.rows]
    assert [float(line["first_audio"]) for line in lines] == [row["first_audio"] for row in found.rows]
    assert {line["error"] for line in lines} == {""}


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", " =", "\t=", "\n+", "＝", "－"])
def test_no_words_in_csv_are_a_formula(sign, tmp_path):
    words = f"{sign}cmd|' /C calc'!A0"
    lost = {"backend": "a", "feature": words, "text": words, "done": words}
    path = of_rows({"text": words, "error": words, "voice": words, "degradations": [lost], "peak": -3.0}).to_csv(
        tmp_path / "x.csv"
    )
    with path.open(encoding="utf-8", newline="") as file:
        (line,) = csv.DictReader(file)
    for column in ("text", "error", "voice", "degradations"):
        assert line[column].lstrip()[0] in "'\\"
    assert line["peak"] == "-3.0"  # a number is a number


def test_no_words_in_csv_reach_a_terminal(tmp_path):
    data = (
        of_rows({"text": "\x1b]0;title\a\u202e\x9b31m", "error": "\x00\ud800"}).to_csv(tmp_path / "x.csv").read_bytes()
    )
    text = data.decode("utf-8")
    assert r"\x1b]0;title\x07\u202e\x9b31m" in text
    assert all(char.isprintable() or char in "\r\n" for char in text)


def test_a_file_is_written_whole_or_not_at_all(found, tmp_path):
    (tmp_path / "x.json").write_text("before", encoding="utf-8")
    found.to_json(tmp_path / "x.json")
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]
    with pytest.raises(FileNotFoundError):
        found.to_json(tmp_path / "no folder" / "x.json")


def test_it_says_how_much_it_holds(found):
    assert repr(found) == "<Comparison of 2 targets: 8 takes>"
