"""Every example runs as it is, without keys, network or arguments, and does what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from voxbridge.testing import emulate


EXAMPLES = Path(__file__).parent.parent / "examples"
VARIABLES = ("DEEPGRAM_", "DEEPDUB_", "DD_", "VOXBRIDGE_")


def without_settings():
    """Return the environment without what anybody has set for vendors."""
    return {name: value for name, value in os.environ.items() if not name.startswith(VARIABLES)}


def run(name, folder, *arguments, **variables):
    """Return what an example prints; a warning is an error."""
    command = [sys.executable, "-W", "error", str(EXAMPLES / name), *map(str, arguments)]
    environment = without_settings() | variables
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_each_example_has_a_test_here():
    tested = re.findall(r'run\("(\w+\.py)"', Path(__file__).read_text(encoding="utf-8"))
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(tested)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_each_example_is_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < 40


def test_a_file_is_saved_in_three_formats(tmp_path):
    run("save_a_file.py", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"hello.wav", "hello.flac", "hello.opus"}
    with wave.open(str(tmp_path / "hello.wav")) as sound:
        assert sound.getnframes() > 3 * 24000


def test_audio_is_streamed_into_a_file(tmp_path):
    printed = run("stream_to_a_file.py", tmp_path)
    seconds = float(re.search(r"([\d.]+) s of speech in 40 units", printed)[1])
    assert (tmp_path / "hello.pcm").stat().st_size / 32000 == pytest.approx(seconds, abs=0.06)


def test_a_caller_interrupts_a_language_model(tmp_path):
    printed = run("barge_in.py", tmp_path)
    assert "they heard 'Of course. The museum opens at ten. '" in printed
    assert "and not    'On Mondays it is closed." in printed
    assert float(re.search(r"then ([\d.]+) s", printed)[1]) > 0.5


def test_what_a_model_writes_for_a_screen_is_said_and_the_rest_is_shown(tmp_path):
    printed = run("language_model.py", tmp_path)
    said = re.findall("said (.*)", printed)
    assert said[:2] == ["Reading a file.", "Use open in a with statement, as the tutorial says:"]
    assert said[2:] == ["It closes the file for you.", "Errors are not hidden."]
    assert re.findall(r"shown (\w+):", printed) == ["emoji", "address", "code", "emoji"]
    assert float(re.search(r"([\d.]+) s of speech", printed)[1]) > 5


def test_a_call_gets_packets_of_20_ms(tmp_path):
    assert re.match(r"\d{3} packets of 160 bytes", run("phone_call.py", tmp_path))


def test_the_next_backend_goes_on(tmp_path):
    printed = run("fallback.py", tmp_path)
    assert "unlucky: the line went dead" in printed
    assert re.search(r"at 1\.\d\d s espeak says unit 1 again", printed)
    assert re.findall(r"(\w+): The", printed) == ["unlucky", "espeak", "espeak"]


def test_the_vendor_is_swapped_by_the_config_alone(tmp_path):
    printed = run("swap_vendors.py", tmp_path)
    assert re.search(
        r"^deepgram\.toml: deepgram/aura-2-thalia-en said it in \d\.\d+ s, wav/16000", printed, re.MULTILINE
    )
    assert re.search(r"^deepdub\.toml: deepdub/5d3dc622.* said it in \d\.\d+ s, wav/16000", printed, re.MULTILINE)
    for vendor in ("deepgram", "deepdub"):
        with wave.open(str(tmp_path / f"announcement-{vendor}.wav")) as sound:
            assert (sound.getframerate(), sound.getnframes() > 16000) == (16000, True)


@pytest.mark.parametrize("vendor", ["deepgram", "deepdub"])
def test_with_one_config_one_vendor_is_asked(tmp_path, vendor):
    with emulate("deepgram") as deepgram, emulate("deepdub") as deepdub:
        servers = {"deepgram": deepgram, "deepdub": deepdub}
        run("swap_vendors.py", tmp_path, EXAMPLES / f"{vendor}.toml", **deepgram.env, **deepdub.env)
        assert [name for name, server in servers.items() if server.requests] == [vendor]


def test_emulated_vendors_are_compared_in_a_report(tmp_path):
    printed = run("compare_emulators.py", tmp_path)
    firsts = dict(re.findall(r"(\w+): first audio after ([\d.]+) s", printed))
    assert set(firsts) == {"deepgram", "deepdub", "espeak"}
    assert 0.15 <= float(firsts["deepgram"]) < float(firsts["deepdub"])
    assert (tmp_path / "comparison.html").read_text("utf-8").count("<audio") == 27


def test_voices_are_compared_in_a_notebook(tmp_path):
    printed = run("compare_in_a_notebook.py", tmp_path)
    assert re.search(r"espeak/en\S* began after [\d.]+ ms", printed)
    assert re.search(r"words a minute: espeak/en-us \d+, espeak/en-gb \d+", printed)
    with wave.open(str(tmp_path / "fastest.wav")) as sound:
        assert sound.getnframes() > 24000 / 2
