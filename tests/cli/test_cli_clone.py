"""`voxbridge clone`, `delete`, `gender` and `voices --cloned`."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from tests.clients.studio import StudioServer
from tests.clients.test_parity_cloning import recording
from tests.planted import installed, plant
from voxbridge import Consent
from voxbridge._cli._group import commands


STUDIO = """
    import os
    from types import SimpleNamespace
    from tests.clients.studio import Studio

    class Planted(Studio):
        def __init__(self):
            super().__init__(SimpleNamespace(url=os.environ["STUDIO_URL"]))

    def voxbridge_backends():
        return [Planted]
"""
CLONE = ["clone", "Maria", "maria.wav", "--backend", "studio", "--language", "en-US", "--consent", "Maria Lopez, today"]


@pytest.fixture
def server(monkeypatch):
    with StudioServer() as server:
        monkeypatch.setenv("STUDIO_URL", server.url)
        yield server


@pytest.fixture
def run(server, tmp_path, monkeypatch):
    """Run the command in a folder with a sample, with a plugin that clones beside those that are installed."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    plant(folder, "planted-studio", STUDIO)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "maria.wav").write_bytes(recording())
    with installed(folder):
        yield lambda *args: CliRunner().invoke(commands, args, prog_name="voxbridge")


def test_a_voice_is_cloned_listed_and_deleted(run, server):
    assert run(*CLONE, "--gender", "Female").stdout == "studio/v0\n"
    assert (server.voices["v0"]["name"], server.voices["v0"]["gender"]) == ("Maria", "female")
    assert run("voices", "--cloned").stdout == "studio/v0  en-US  -  Maria\n"
    found = json.loads(run("voices", "--backend", "studio", "--cloned", "--json").stdout)
    assert [(voice["voice"], voice["cloned"]) for voice in found] == [("studio/v0", True)]
    deleted = run("delete", "studio/v0", "--yes")
    assert (deleted.exit_code, deleted.output, server.voices) == (0, "", {})


def test_voices_that_were_not_cloned_are_left_out(run):
    result = run("voices", "--backend", "espeak", "--cloned")
    assert (result.exit_code, result.stdout) == (0, "")


def test_who_consented_is_logged_as_a_fingerprint_alone(run, caplog):
    with caplog.at_level("INFO", "voxbridge"):
        run(*CLONE)
    assert Consent("Maria Lopez, today").fingerprint in caplog.text
    assert "Lopez" not in caplog.text


@pytest.mark.parametrize("needed", ["--backend", "--language", "--consent"])
def test_what_a_clone_needs_is_asked_for(run, server, needed):
    at = CLONE.index(needed)
    result = run(*CLONE[:at], *CLONE[at + 2 :])
    assert (result.exit_code, needed in result.output, server.connections) == (2, True, 0)


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"Maria Lopez, today": " "}, 2, "whose voice it is"),
        ({"maria.wav": "nobody.wav"}, 2, "the sample 'nobody.wav' cannot be read: No such file"),
        ({"maria.wav": "."}, 2, "is a directory"),
        ({"studio": "stduio"}, 2, "Did you mean 'studio'?"),
        ({"studio": "espeak"}, 1, "espeak cannot clone voices"),
    ],
)
def test_a_clone_that_cannot_be_sends_nothing(run, server, change, status, words):
    result = run(*[change.get(word, word) for word in CLONE])
    assert (result.exit_code, server.connections) == (status, 0)
    assert result.output.startswith("voxbridge: ")
    assert words in result.output


def test_nothing_is_deleted_without_yes(run, server):
    result = run("delete", "studio/v0")
    assert (result.exit_code, server.connections) == (2, 0)
    assert "--yes" in result.output


@pytest.mark.parametrize(("voice", "status", "words"), [("v0", 2, "'backend/id'"), ("studio/v7", 1, "no such voice")])
def test_a_voice_that_is_none_is_not_deleted(run, voice, status, words):
    result = run("delete", voice, "--yes")
    assert (result.exit_code, words in result.output) == (status, True)


@pytest.mark.parametrize("arguments", [[], ["--backend", "studio"]])
def test_the_gender_of_a_sample_is_told_by_whoever_can(run, arguments):
    result = run("gender", "maria.wav", *arguments)
    assert (result.exit_code, result.output) == (0, "female 0.97\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [([], "no backend that is ready can tell (espeak)"), (["--backend", "espeak"], "espeak cannot tell the gender")],
)
def test_a_gender_that_nobody_can_tell_is_1(run, monkeypatch, arguments, words):
    monkeypatch.setenv("VOXBRIDGE_PLUGINS", "espeak")
    result = run("gender", "maria.wav", *arguments)
    assert (result.exit_code, words in result.output) == (1, True)


def test_a_sample_that_is_none_is_2(run):
    result = run("gender", "nobody.wav")
    assert (result.exit_code, "No such file" in result.output) == (2, True)


def test_who_clones_is_listed(run):
    assert "clones    voices, from samples" in run("backends").output


@pytest.mark.parametrize("command", ["clone", "delete", "gender"])
def test_every_help_has_an_example_to_copy(run, command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"voxbridge {command} " in result.output.partition("Examples:\n")[2]
