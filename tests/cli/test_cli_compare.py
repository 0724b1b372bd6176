"""`voxbridge compare`: what it prints and writes, how it ends, and how it goes on."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import signal
import sys
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

import pytest


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for key in ("DEEPGRAM_API_KEY", "DEEPGRAM_TOKEN", "DEEPDUB_API_KEY"):
        monkeypatch.delenv(key, raising=False)


def test_it_prints_the_medians_of_each_target(run):
    result = run("compare", "Hello.", "--backends", "steady, espeak/en-gb", "--repeat", "2")
    assert (result.exit_code, result.stderr) == (0, "")
    head, *lines = result.stdout.splitlines()
    assert head.split()[:3] == ["target", "takes", "errors"]
    assert [line.split()[:3] for line in lines] == [["steady", "2", "0"], ["espeak/en-gb", "2", "0"]]
    assert len({len(line) for line in result.stdout.splitlines()}) == 1  # columns


def test_all_files_hold_the_same_takes(run):
    files = ["--json", "x.json", "--csv", "x.csv", "-o", "x.html"]
    result = run("compare", "--script", "demo", "--backends", "steady", "--repeat", "1", *files)
    assert result.exit_code == 0
    contents = json.loads(Path("x.json").read_text("utf-8"))
    with Path("x.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(contents["rows"]) == len(lines) == Path("x.html").read_text("utf-8").count("<audio") == 20
    assert sorted(path.name for path in Path().iterdir()) == ["x.csv", "x.html", "x.json"]


def test_a_script_is_a_file_of_lines(run):
    Path("lines.txt").write_bytes("\ufeffOne.\r\n\n  Two.  \nOne.\n".encode())
    assert run("compare", "--script", "lines.txt", "--backends", "steady", "--json", "x.json").exit_code == 0
    assert json.loads(Path("x.json").read_text("utf-8"))["meta"]["texts"] == ["One.", "Two."]


def test_who_fails_is_told_and_is_not_the_end(run):
    result = run("compare", "Hello.", "--backends", "dead,steady", "--repeat", "2")
    assert result.exit_code == 0
    told = "voxbridge: dead failed: BackendUnavailable: dead: nobody answers. Try again later, or add a fallback.\n"
    assert result.stderr == told


def test_where_nobody_can_speak_it_is_1(run):
    result = run("compare", "Hello.", "--backends", "dead,deepgram", "--repeat", "1")
    assert result.exit_code == 1
    assert "deepgram failed: MissingCredentials: deepgram: there is no key" in result.stderr
    assert result.stderr.endswith("voxbridge: nobody could speak\n")


def test_a_condition_that_holds_is_1_and_the_files_are_written(run):
    result = run(
        "compare", "Hello.", "--backends", "steady,dead", "--json", "x.json",
        "--fail-if", "steady.first_audio.p95 > 60", "--fail-if", "dead.errors > 2", "--fail-if", "steady.takes == 3",
    )  # fmt: skip
    assert result.exit_code == 1
    assert "dead.errors > 2: it is 3\nsteady.takes == 3: it is 3\n" in result.stderr
    assert "first_audio" not in result.stderr
    assert Path("x.json").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--backends steady", "there is nothing to say"),
        ("Hello.", "--backends deepgram,espeak"),
        ("Hello. --backends ,", "--backends deepgram,espeak"),
        ("Hello. --script demo --backends steady", "not both"),
        ("Hello. --backends steadi", "Did you mean 'steady'"),
        ("Hello. --backends steady,steady", "two targets are called 'steady'"),
        ("Hello. --backends steady --repeat 0", "0 is not in the range"),
        ("Hello. --backends steady --fail-if x", "no condition"),
        ("Hello. --backends steady --json x --csv ./x", "two of the files have the same name"),
        ("Hello. --backends steady -o none/x.html", "cannot write none/x.html: No such file"),
        ("Hello. --backends steady -o .", "cannot write .: it is a folder"),
        ("--script none.txt --backends steady", "cannot read none.txt: No such file"),
        ("--script empty.txt --backends steady", "empty.txt has no lines"),
        ("--script latin.txt --backends steady", "latin.txt is not UTF-8, at byte 3"),
        ("--resume none.json", "cannot read none.json: No such file"),
        ("--resume latin.txt", "latin.txt holds no comparison"),
    ],
)
def test_a_wrong_command_line_is_2_before_anybody_speaks(run, arguments, words):
    Path("empty.txt").write_text("\n \n", encoding="utf-8")
    Path("latin.txt").write_bytes(b"caf\xe9")
    with patch("voxbridge._compare._speaking._take", side_effect=AssertionError("somebody spoke")):
        result = run("compare", *shlex.split(arguments))
    assert result.exit_code == 2
    assert words in result.stderr
    assert sorted(path.name for path in Path().iterdir()) == ["empty.txt", "latin.txt"]


def test_without_the_extra_a_report_is_refused_before_anybody_speaks(run):
    with patch("importlib.util.find_spec", return_value=None):
        result = run("compare", "Hello.", "--backends", "steady", "-o", "x.html")
    assert (result.exit_code, list(Path().iterdir())) == (1, [])
    assert "pip install 'voxbridge-tts[report]'" in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_2_and_all_else_is_written(run):
    result = run("compare", "Hello.", "--backends", "steady", "--csv", "/dev/full", "--json", "x.json")
    assert result.exit_code == 2
    assert result.stderr == "voxbridge: cannot write /dev/full: No space left on device\n"
    assert "steady" in result.stdout
    assert Path("x.json").exists()


def test_words_of_others_do_not_reach_the_terminal_as_they_are(run):
    hostile = "espeak/\x1b]0;title\x07\u202eevil\n\x9b31m"
    result = run("compare", "\x1b[31mHello.", "--backends", hostile, "--repeat", "1")
    assert result.exit_code == 1
    assert all(char.isprintable() or char == "\n" for char in result.output)
    assert r"espeak/\x1b]0;title\x07\u202eevil\n\x9b31m" in result.stdout


def test_routes_and_voices_of_the_config_are_targets_too(run):
    Path("voxbridge.toml").write_text(
        """
        [voices.narrator]
        espeak = "en-gb"
        steady = "words"
        [routes.live]
        voice = "narrator"
        members = ["dead", "steady"]
        [voices.narrator.dead]
        id = "words"
        [routes.calm]
        members = ["espeak"]
        """,
        encoding="utf-8",
    )
    result = run("compare", "Hello.", "--backends", "live,calm,steady", "--repeat", "1", "--json", "x.json")
    assert result.exit_code == 0
    rows = {row["backend"]: row for row in json.loads(Path("x.json").read_text("utf-8"))["rows"]}
    assert rows["live"]["voice"] == "steady/words"
    assert rows["live"]["attempts"] > rows["steady"]["attempts"] == 1
    assert rows["calm"]["voice"].startswith("espeak/")


def test_two_runs_into_one_folder_do_not_mix(start, tmp_path):
    asked = ["compare", "--script", "demo", "--repeat", "1", "--json", "x.json"]
    processes = [start(*asked, "--backends", target) for target in ("steady", "espeak")]
    assert [process.wait() for process in processes] == [0, 0]
    backends = {row["backend"] for row in json.loads((tmp_path / "x.json").read_text("utf-8"))["rows"]}
    assert backends in ({"steady"}, {"espeak"})  # whichever was last, and all of it
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
@pytest.mark.parametrize("plain", [False, True])
def test_its_bar_shows_on_a_terminal_without_colour_where_that_is_asked_for(start, plain):
    ours, theirs = os.openpty()
    environment = {"TERM": "xterm-256color", "NO_COLOR": "1" if plain else "", "COLUMNS": "80"}
    process = start("compare", "Hello.", "--backends", "steady", stderr=theirs, env=environment)
    os.close(theirs)
    seen = b""
    with suppress(OSError):  # so Linux tells that the other side is closed
        while more := os.read(ours, 1024):
            seen += more
    os.close(ours)
    table, _ = process.communicate()
    assert (process.returncode, b"speaking" in seen, b"\x1b" in table) == (0, True, False)
    assert bool(re.search(rb"\x1b\[[0-9;]*3[0-9]m", seen)) is not plain


def interrupted(start, *arguments, after):
    """Run until so much is shown of the progress, press Ctrl-C, and return status, stdout and stderr."""
    ours, theirs = os.openpty()
    environment = {"TERM": "xterm-256color", "NO_COLOR": "1", "COLUMNS": "80"}
    process = start("compare", *arguments, stderr=theirs, env=environment)
    os.close(theirs)
    seen = b""
    while after not in seen:
        seen += os.read(ours, 1024)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate()
    seen = os.read(ours, 65536)
    os.close(ours)
    return process.returncode, out, seen.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals of POSIX")
def test_ctrl_c_keeps_the_finished_takes_and_resume_goes_on(run, start):
    """With this seed the endless one is the last of four."""
    Path("x.json").write_text("somebody else's", encoding="utf-8")
    asked = ["Hello.", "--backends", "steady,espeak,dead,endless", "--repeat", "1", "--seed", "0", "-o", "x.html"]
    status, out, told = interrupted(start, *asked, after=b"3/4")
    assert (status, out) == (130, b"")
    assert "3 of 4 takes are kept. To go on: voxbridge compare --resume x-2.json -o x.html" in " ".join(told.split())
    assert Path("x.json").read_text("utf-8") == "somebody else's"
    assert not Path("x.html").exists()

    kept = json.loads(Path("x-2.json").read_text("utf-8"))
    kept["meta"]["targets"][3] = "dying"  # the endless one would go on for ever
    Path("x-2.json").write_text(json.dumps(kept), encoding="utf-8")
    result = run("compare", "--resume", "x-2.json", "-o", "x.html")
    assert result.exit_code == 0
    whole = json.loads(Path("x-2.json").read_text("utf-8"))
    assert whole["rows"][:3] == kept["rows"]
    assert len(whole["rows"]) == 4
    assert "sounds" not in whole["meta"]
    assert Path("x.html").read_text("utf-8").count("<audio") == 3  # all but the dead one


@pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals of POSIX")
def test_ctrl_c_before_the_first_take_leaves_nothing(start):
    status, out, told = interrupted(start, "Hello.", "--backends", "endless", after=b"0/3")
    assert (status, out) == (130, b"")
    assert "interrupted before the first take was spoken" in told
    assert list(Path().iterdir()) == []


def test_what_goes_on_is_what_was_begun(run):
    assert run("compare", "Hello.", "--backends", "steady", "--json", "x.json").exit_code == 0
    same = run("compare", "Hello.", "--backends", "steady", "--seed", "0", "--resume", "x.json")
    assert same.exit_code == 0
    for other in ("Bye. --backends steady", "--backends dead", "--repeat 4", "--seed 1", "--cold"):
        result = run("compare", *other.split(), "--resume", "x.json")
        assert result.exit_code == 2
        assert "the comparison to go on with has other" in result.stderr
