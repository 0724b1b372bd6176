"""Every example runs as it is, without keys, network or arguments, and does what it says."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import wave
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from voxbridge.audio import AudioFormat, conversion
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
    tested = re.findall(r'(?:run|serve)\("(\w+\.py)"', Path(__file__).read_text(encoding="utf-8"))
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


def test_a_player_gets_the_sound_as_it_is_spoken(tmp_path):
    printed = run("stream_to_a_player.py", tmp_path)
    assert float(re.search(r"a player got ([\d.]+) s of sound", printed)[1]) > 20


def test_a_player_of_ones_own_is_taken(tmp_path):
    run("stream_to_a_player.py", tmp_path, "sh", "-c", "cat > heard.pcm")
    assert (tmp_path / "heard.pcm").stat().st_size > 20 * 48000


def test_a_voice_is_cloned_in_the_european_union_and_deleted(tmp_path):
    printed = run("eu_clone.py", tmp_path)
    assert re.search(r"clone\.wav: \d\.\d\d s by Maria, with contract 17", printed)
    assert re.search(r"asked: 127\.0\.0\.1\S* in eu\n", printed)
    with wave.open(str(tmp_path / "clone.wav")) as sound:
        assert sound.getnframes() > sound.getframerate()


def test_a_lexicon_is_for_every_vendor(tmp_path):
    printed = run("pronunciation_lexicon.py", tmp_path)
    assert re.findall(r"(\w+): \d\.\d\d s as written in brands\.toml", printed) == ["espeak", "deepgram", "deepdub"]
    assert "pronunciation of 'dupilumab': was respelled 'doo-PIL-yoo-mab'" in printed
    assert r"\"pronounce\": \"duːˈpɪljuːmæb\"" in printed
    assert printed.endswith('and look it up with sequel."}\n')


def test_a_vendor_of_ones_own_is_tried_again(tmp_path):
    busy, spoke = run("custom_backend.py", tmp_path).splitlines()
    assert re.match(r"acme: .* \(status 503\)", busy)
    assert re.fullmatch(r"acme: \d\.\d\d s of sound, here as mulaw/8000", spoke)


@contextmanager
def serve(name, folder):
    """Serve an example that is a web application; yield a client of it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        app = f"{name.removesuffix('.py')}:app"
        options = ["--fd", str(listener.fileno()), "--app-dir", str(EXAMPLES), "--log-level", "warning"]
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "uvicorn", app, *options],
            cwd=folder,
            env=without_settings(),
            pass_fds=[listener.fileno()],
            stderr=subprocess.PIPE,
            text=True,
        )
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with process, httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        try:
            yield client  # which waits in the socket's queue until the process takes it
        finally:
            process.terminate()
            assert process.stderr.read() == ""


@pytest.mark.skipif(sys.platform == "win32", reason="hands a socket on")
def test_an_endpoint_streams_mp3_and_refuses_what_is_wrong(tmp_path):
    with serve("fastapi_endpoint.py", tmp_path) as client:
        with client.stream("GET", "/speech", params={"text": "A story. " * 20}) as answer:
            pieces = list(answer.iter_raw())
        assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg")
        assert (len(pieces) > 1, "content-length" in answer.headers) == (True, False)
        samples = conversion(AudioFormat("mp3", 24000), AudioFormat("linear16", 24000)).feed(b"".join(pieces))
        assert len(samples) > 10 * 48000
        assert client.get("/speech", params={"text": ""}).content == b""
        wrong = client.get("/speech", params={"text": "Hello.", "speed": -1})
        assert (wrong.status_code, "speed" in wrong.json()["detail"]) == (422, True)
