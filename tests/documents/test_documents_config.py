"""What the page of the config shows is all there is, and works with each vendor."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import wave
from pathlib import Path

import pytest
from attrs import fields

from tests.test_examples import without_settings
from voxbridge import Config
from voxbridge.config._tables import Table
from voxbridge.testing import emulate


PAGE = (Path(__file__).parent.parent.parent / "docs" / "config.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
FILES = {text.splitlines()[0].removeprefix("# "): text for kind, text in BLOCKS if kind == "toml"}
SCRIPT = next(text for kind, text in BLOCKS if kind == "python")


@pytest.mark.parametrize("vendor", ["deepgram", "deepdub"])
def test_the_script_of_the_config_speaks_with_either_vendor(tmp_path, vendor):
    for name in ("deepgram.toml", "deepdub.toml"):
        (tmp_path / name).write_text(FILES[name])
    with emulate("deepgram") as deepgram, emulate("deepdub") as deepdub:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", SCRIPT, f"{vendor}.toml"],
            cwd=tmp_path,
            env={**without_settings(), **deepgram.env, **deepdub.env},
            capture_output=True,
            text=True,
            check=False,
        )
        asked = [name for name, server in (("deepgram", deepgram), ("deepdub", deepdub)) if server.requests]
    assert (done.returncode, done.stderr, asked) == (0, "", [vendor])
    with wave.open(str(tmp_path / "announcement.wav")) as sound:
        assert sound.getnframes() > sound.getframerate()


def test_the_config_that_shows_every_key_is_a_good_one(tmp_path):
    path = tmp_path / "voxbridge.toml"
    path.write_text(FILES["voxbridge.toml"])
    (tmp_path / "brands.toml").write_text('[[word]]\ntext = "SQL"\nsay = "sequel"\n')
    config = Config.load(path, profile="offline")
    assert (config.default, config.warnings) == ("espeak", ())
    assert [route.backend for route in config.router("live").routes] == [
        "deepgram",
        "deepgram_two",
        "deepdub",
        "espeak",
    ]


def test_it_shows_every_table_that_there_is():
    shown = set(tomllib.loads(FILES["voxbridge.toml"]))
    assert {field.name for field in fields(Table)} - shown == {"language", "region"}  # which a comment names
