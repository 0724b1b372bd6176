"""`voxbridge config show`, `voxbridge check`, and what a config means to `voxbridge say`."""

from __future__ import annotations

import tomllib
import wave
from pathlib import Path

import pytest

from voxbridge import Config
from voxbridge.testing import emulate


CONFIG = """\
default = "live"
[backends.deepgram]
api_key = "env:DEEPGRAM_API_KEY"
region = "eu"
[voices.narrator]
espeak = "en-gb"
steady = "w"
[routes.live]
voice = "narrator"
members = ["steady", "espeak"]
[profiles.offline]
default = "espeak"
"""


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch, tmp_path):
    for name in ("VOXBRIDGE_CONFIG", "VOXBRIDGE_PROFILE", "DEEPGRAM_API_KEY", "DEEPGRAM_TOKEN", "DEEPDUB_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "my.toml"
    path.write_text(CONFIG)
    path.chmod(0o600)
    return path


class TestSay:
    def spoken(self, result, path="x.wav"):
        assert (result.exit_code, result.stderr) == (0, "")
        with wave.open(path) as sound:
            return sound.getnframes() / sound.getframerate()

    def test_the_default_of_a_config_speaks(self, run, path):
        assert self.spoken(run("say", "w1 w2.", "-o", "x.wav", "--config", str(path))) > 0.1

    def test_a_file_that_is_found_does(self, run, path):
        path.rename("voxbridge.toml")
        assert self.spoken(run("say", "w1 w2.", "-o", "x.wav")) > 0.1
        assert self.spoken(run("say", "Hello.", "-o", "x.wav", "--profile", "offline")) > 0.1

    @pytest.mark.parametrize(
        "arguments", [["--to", "live"], ["--to", "narrator"], ["--voice", "narrator"], ["--profile", "offline"]]
    )
    def test_its_names_are_known(self, run, path, arguments):
        assert self.spoken(run("say", "Hello.", "-o", "x.wav", "--config", str(path), *arguments)) > 0.1

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--config", "nix.toml"], "cannot read the config nix.toml"),
            (["--config", "my.toml", "--profile", "offlin"], "Did you mean 'offline'?"),
            (["--config", "my.toml", "--to", "liv"], "Did you mean 'live'?"),
            (
                ["--config", "my.toml", "--to", "deepgram"],
                "api_key (my.toml:3) is env:DEEPGRAM_API_KEY, which is not set",
            ),
            (["--profile", "offline"], "there is no config"),
        ],
    )
    @pytest.mark.usefixtures("path")
    def test_what_is_wrong_is_2(self, run, arguments, words):
        result = run("say", "Hello.", "-o", "x.wav", *arguments)
        assert (result.exit_code, words in result.stderr, Path("x.wav").exists()) == (2, True, False)

    def test_without_a_key_espeak_speaks_and_says_so_where_a_config_has_no_default(self, run, path, monkeypatch):
        monkeypatch.setenv("VOXBRIDGE_PLUGINS", "espeak,voxbridge_espeak,deepgram,deepdub")
        path.write_text('[backends.deepgram]\napi_key = "env:NOWHERE"\n')
        result = run("say", "Hello.", "-o", "x.wav", "--config", str(path))
        assert (result.exit_code, "so espeak speaks" in result.stderr) == (0, True)

    def test_a_key_that_only_the_config_has_speaks(self, run, path, monkeypatch):
        monkeypatch.setenv("MY_KEY", "K")
        with emulate("deepgram", voice="oracle") as server:
            path.write_text(f'[backends.deepgram]\napi_key = "env:MY_KEY"\nbase_url = "{server.url}"\n')
            assert self.spoken(run("say", "Hello.", "-o", "x.wav", "--config", str(path))) > 0.1
            assert any(b"Hello." in request.body for request in server.requests)


class TestShow:
    def test_what_it_prints_is_the_same_config(self, run, path):
        result = run("config", "show", "--config", str(path))
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout.startswith(f"# {path}\n")
        assert "[backends.deepgram]  # api.eu.deepgram.com, eu" in result.stdout
        assert 'api_key = "env:DEEPGRAM_API_KEY"  # is not set' in result.stdout
        again = Config.of(tomllib.loads(result.stdout))
        first = Config.load(path)
        assert (again.default, again.backends, again.voices, again.routes) == (
            first.default, first.backends, first.voices, first.routes,
        )  # fmt: skip

    def test_a_profile_is_laid_over(self, run, path, monkeypatch):
        output = run("config", "show", "--config", str(path), "--profile", "offline").stdout
        assert output.startswith(f'# {path}, profile offline\ndefault = "espeak"\n')
        monkeypatch.setenv("VOXBRIDGE_PROFILE", "offline")
        monkeypatch.setenv("VOXBRIDGE_CONFIG", str(path))
        assert run("config", "show").stdout == output

    @pytest.mark.filterwarnings("always")
    def test_a_key_is_hidden_and_warned_of(self, run, path):
        path.write_text('[backends.deepgram]\napi_key = "sk-0123456789"\n')
        result = run("config", "show", "--config", str(path))
        assert (result.exit_code, 'api_key = "hidden"' in result.stdout, "0123" in result.output) == (0, True, False)
        assert result.stderr.startswith(f"voxbridge: {path}:2: backends.deepgram.api_key is a key: ")
        assert len(result.stderr.splitlines()) == 1

    def test_no_config_is_nothing_and_a_word(self, run):
        result = run("config", "show")
        assert (result.exit_code, result.stdout) == (0, "")
        assert "no config says anything" in result.stderr

    def test_a_wrong_config_is_2(self, run, path):
        path.write_text("formt = 1\ndefalt = 2\n")
        result = run("config", "show", "--config", str(path))
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"{path}:1: unknown key 'formt'" in result.stderr
        assert f"{path}:2: unknown key 'defalt'" in result.stderr


class TestCheck:
    def test_each_backend_of_the_config_is_told_of(self, run, path, monkeypatch):
        with emulate("deepgram", keys=["K"]) as first, emulate("deepdub", keys=["K"]) as second:
            path.write_text(
                f'[backends.deepgram]\napi_key = "env:GOOD"\nbase_url = "{first.url}"\n'
                f'[backends.deepdub]\napi_key = "env:BAD"\nbase_url = "{second.url}"\nregion = "eu"\n'
                '[routes.live]\nmembers = ["deepgram", "espeak"]\n'
            )
            monkeypatch.setenv("GOOD", "K")
            monkeypatch.setenv("BAD", "X")
            result = run("check", "--config", str(path))
        assert result.exit_code == 1
        lines = result.stdout.splitlines()
        assert [line.rpartition(", ")[0] for line in lines if line.endswith(" ms")] == [
            "deepgram: well, 127.0.0.1", "espeak: well, this machine", "deepdub: NOT WELL, 127.0.0.1 eu",
        ]  # fmt: skip
        assert any("Check the key" in line for line in lines)
        assert result.stderr.strip() == "voxbridge: 1 of 3 is not well"
        assert first.billed == second.billed == 0

    def test_all_well_is_0(self, run, path):
        result = run("check", "--config", str(path), "--profile", "offline")
        assert "deepgram: NOT WELL" in result.stdout
        path.write_text('default = "narrator"\n[voices.narrator]\nespeak = "en"\nsteady = "w"\n')
        result = run("check", "--config", str(path))
        assert (result.exit_code, result.stderr) == (0, "All is well.\n")
        assert [line.split(":")[0] for line in result.stdout.splitlines()] == ["espeak", "steady"]

    def test_a_key_that_is_nowhere_is_told_with_its_line(self, run, path):
        result = run("check", "--config", str(path))
        assert f"  api_key ({path}:3) is env:DEEPGRAM_API_KEY, which is not set" in result.stdout.splitlines()

    def test_a_member_is_checked_where_its_route_binds_it(self, run, path):
        path.write_text('[routes.r]\nregion = "eu"\nmembers = ["deepgram"]\n')
        result = run("check", "--config", str(path))
        assert result.stdout.startswith("deepgram: NOT WELL, api.eu.deepgram.com eu, ")

    def test_the_default_is_checked_too(self, run, path):
        path.write_text('default = "espeak/en-us"\n')
        assert run("check", "--config", str(path)).stdout.startswith("espeak: well, this machine, ")

    @pytest.mark.filterwarnings("always")
    def test_what_cannot_fall_back_is_told(self, run, path, monkeypatch):
        monkeypatch.setattr("voxbridge.config._check_routes.codecs_installed", lambda: False)
        path.write_text('[routes.r]\nmembers = ["deepgram", "deepdub"]\nformat = "mp3"\n')
        result = run("check", "--config", str(path))
        assert f"voxbridge: {path}:3: a live stream of mp3 cannot fall back" in result.stderr

    def test_without_a_config_those_that_are_ready_are(self, run):
        result = run("check")
        assert (result.exit_code, "espeak: well" in result.stdout, "deepgram" in result.stdout) == (0, True, False)

    def test_nobody_is_ready(self, run, monkeypatch):
        monkeypatch.setenv("VOXBRIDGE_PLUGINS", "")
        result = run("check")
        assert (result.exit_code, "no backend is ready" in result.stderr) == (1, True)


@pytest.mark.parametrize("command", [["check"], ["config", "show"]])
def test_every_help_has_an_example_to_copy(run, command):
    result = run(*command, "--help")
    assert (result.exit_code, "Examples:\n    voxbridge" in result.output) == (0, True)
