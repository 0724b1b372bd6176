"""`voxbridge voices` and `voxbridge backends`."""

from __future__ import annotations

import json

import pytest

from tests.planted import plant


def test_voices_are_listed_one_a_line_with_what_say_takes_first(run):
    result = run("voices", "--backend", "espeak", "--language", "de")
    assert result.exit_code == 0
    lines = [line.split() for line in result.output.splitlines()]
    assert ["espeak/de", "de", "male", "German"] in lines
    assert all(line[0].startswith("espeak/") and line[1].startswith("de") for line in lines)


def test_voices_of_all_ready_backends_are_listed(run):
    found = {line.split("/")[0] for line in run("voices").output.splitlines()}
    assert {"espeak", "steady"} <= found


def test_voices_as_json(run):
    found = json.loads(run("voices", "--backend", "espeak", "--search", "scotland", "--json").output)
    assert [voice["voice"] for voice in found] == ["espeak/en-gb-scotland"]
    assert {"backend", "id", "name", "languages", "gender", "description", "tags", "cloned"} < set(found[0])


def test_no_voice_is_an_empty_list_and_a_word(run):
    result = run("voices", "--backend", "espeak", "--language", "tlh")
    assert (result.exit_code, "voxbridge backends" in result.output) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--backend", "espaek"], "Did you mean 'espeak'?"), (["--gender", "loud"], "'female', 'male', 'neutral'")],
)
def test_wrong_filters_are_2(run, arguments, words):
    result = run("voices", *arguments)
    assert (result.exit_code, words in result.output) == (2, True)


def test_backends_say_what_they_can(run):
    output = run("backends").output
    assert "espeak: ready (voxbridge-tts " in output
    assert "linear16/22050" in output
    assert "steady: ready (planted-backends 1.0)" in output


def test_backends_as_json(run):
    found = {info["name"]: info for info in json.loads(run("backends", "--json").output)}
    assert found["steady"]["ready"] is True
    assert found["steady"]["capabilities"]["formats"] == ["linear16/24000"]
    assert found["steady"]["missing"] is None


def test_a_plugin_that_cannot_be_loaded_is_listed_with_its_error(run, planted):
    plant(planted, "broken-tts", "import a_module_that_nobody_has", plugin="broken")
    try:
        result = run("backends")
    finally:
        (planted / "broken_tts-1.0.dist-info" / "entry_points.txt").unlink()
    assert result.exit_code == 0
    assert "broken: not ready (broken-tts 1.0)" in result.output
    assert "a_module_that_nobody_has" in result.output
    assert "steady: ready" in result.output


def test_nobody_installed_is_an_empty_list_and_a_word(run, monkeypatch):
    monkeypatch.setenv("VOXBRIDGE_PLUGINS", "")
    result = run("backends")
    assert (result.exit_code, "pip install" in result.output) == (0, True)


@pytest.mark.parametrize("command", [[], ["say"], ["voices"], ["backends"]])
def test_every_help_has_an_example_to_copy(run, command):
    result = run(*command, "--help")
    assert result.exit_code == 0
    examples = result.output.partition("Examples:\n")[2].splitlines()
    assert any("voxbridge " in line for line in examples)
    assert max(map(len, examples)) <= 100
