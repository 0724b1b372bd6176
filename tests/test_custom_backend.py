"""A stranger's distribution: installed into a folder, found, and heard."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import wave
from pathlib import Path

import pytest


pytestmark = pytest.mark.timeout(120)  # pip may have to fetch the build backend

EXAMPLE = Path(__file__).parent.parent / "examples" / "custom_backend"
VOXBRIDGE = [sys.executable, "-c", "from voxbridge._cli import main; main()"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Install the example beside voxbridge, and return the environment that finds it."""
    target = tmp_path_factory.mktemp("site")
    isolation = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    options = ["--quiet", "--no-deps", "--disable-pip-version-check", *isolation, "--target", str(target)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(EXAMPLE)], check=True, capture_output=True)
    paths = [str(target), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def run(command, environment, cwd):
    return subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, check=False)


def test_it_is_listed_with_what_is_missing(environment, tmp_path):
    listed = run([*VOXBRIDGE, "backends"], environment, tmp_path)
    assert "morse: ready (voxbridge-tone 1.0.0)" in listed.stdout
    assert "relay: not ready (voxbridge-tone 1.0.0)\n  relay has no key: set RELAY_API_KEY" in listed.stdout


def test_it_speaks_in_any_format(environment, tmp_path):
    said = run([*VOXBRIDGE, "say", "SOS", "--to", "morse", "-o", "sos.wav"], environment, tmp_path)
    assert (said.returncode, said.stderr) == (0, "")
    with wave.open(str(tmp_path / "sos.wav")) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (24000, 1)
        assert sound.getnframes() / 24000 == pytest.approx(34 * 60 / 50 / 25, abs=0.001)  # SOS and a gap: 34 dots


def test_its_voices_are_listed(environment, tmp_path):
    listed = run([*VOXBRIDGE, "voices", "--backend", "morse"], environment, tmp_path)
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["morse/high", "morse/low"]


def test_its_own_tests_pass(environment, tmp_path):
    tests = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(EXAMPLE),
        str(EXAMPLE / "tests"),
    ]
    result = run([*tests, "-c", str(EXAMPLE / "pyproject.toml")], environment, tmp_path)
    assert result.returncode == 0, result.stdout
