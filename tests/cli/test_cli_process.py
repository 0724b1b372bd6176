"""The command as a process: pipes, signals, start-up, and a terminal."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from voxbridge.testing import expected_indices, hear_words


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes of POSIX")


def indices(audio, rate=8000):
    return [word.index for word in hear_words(audio, rate) if not word.broken]


def test_version_is_quick_and_loads_nothing_heavy():
    code = (
        "import atexit, sys\n"
        "heavy = {'httpx', 'numpy', 'requests', 'rich', 'soxr', 'websockets'}\n"
        "atexit.register(lambda: print(heavy & set(sys.modules)))\n"
        "from voxbridge._cli import main\n"
        "main(['--version'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert re.fullmatch(r"voxbridge \d+\.\d+\.\d+\S*\nset\(\)\n", done.stdout)


def test_the_module_is_the_command():
    done = subprocess.run([sys.executable, "-m", "voxbridge", "--version"], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("voxbridge ")


def test_an_emulator_needs_no_port(start):
    process = start("emulate", "deepgram")
    url = next(line for line in process.stdout if b"BASE_URL" in line).decode().strip().partition("=")[2]
    answer = httpx.get(f"{url}/v1/auth/token", headers={"Authorization": "Token any"}, trust_env=False)
    assert answer.status_code == 200
    process.send_signal(signal.SIGINT)
    assert process.wait() in {0, 130}


def test_text_comes_in_by_a_pipe(start):
    out, err = start("say", "-", "--to", "steady", "--format", "linear16/8000", "-o", "-").communicate(b"hi there\n")
    assert (indices(out), err) == (expected_indices("hi there"), b"")


def test_a_sentence_is_spoken_before_the_next_one_arrives(start):
    process = start("say", "-", "--to", "steady", "--format", "linear16/8000", "-o", "-")
    process.stdin.write("\ufeffOne two. Thr".encode())
    process.stdin.flush()
    first = process.stdout.read(2 * 2 * 1600)  # two words; waits for ever if they wait for the rest
    rest, _ = process.communicate(b"ee four.")
    assert indices(first) == expected_indices("One two.")
    assert indices(rest) == expected_indices("Three four.")
    assert process.returncode == 0


def test_text_that_is_not_utf8_is_2(start, tmp_path):
    process = start("say", "-", "--to", "steady", "-o", "x.wav")
    _, err = process.communicate(b"caf\xe9 au lait")
    assert process.returncode == 2
    assert err.startswith(b"voxbridge: standard input is not UTF-8, near byte 3")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("output", ["x.wav", "-"])
def test_ctrl_c_while_speaking_is_130_without_a_traceback_or_a_half_file(start, tmp_path, output):
    process = start("say", "Hello.", "--to", "endless", "--format", "linear16/8000", "-o", output)
    if output == "-":
        assert process.stdout.read(1000)
    else:
        while not list(tmp_path.iterdir()):
            assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert (process.returncode, err) == (130, b"")
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_while_waiting_for_text_is_130(start):
    process = start("say", "-", "--to", "steady", "--format", "linear16/8000", "-o", "-")
    process.stdin.write(b"One. ")
    process.stdin.flush()
    assert process.stdout.read(100)  # it has begun, and waits for more
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    assert process.stderr.read() == b""


def test_a_reader_who_leaves_is_no_drama(start):
    process = start("say", "Hello.", "--to", "endless", "-o", "-")
    assert process.stdout.read(100)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_1(start):
    with Path("/dev/full").open("wb") as full:
        process = start("say", "Hello.", "--to", "steady", "-o", "-", stdout=full)
        assert process.stderr.read().startswith(b"voxbridge: cannot write -: No space left")
        assert process.wait() == 1


def test_audio_is_not_written_to_a_terminal(start):
    ours, theirs = os.openpty()
    process = start("say", "Hello.", "--to", "steady", "-o", "-", stdout=theirs)
    _, err = process.communicate()
    os.close(ours)
    os.close(theirs)
    assert (process.returncode, b"not for a terminal" in err) == (2, True)


@pytest.mark.parametrize("plain", [False, True])
def test_progress_shows_on_a_terminal_without_colour_where_that_is_asked_for(start, plain):
    ours, theirs = os.openpty()
    environment = {"TERM": "xterm-256color", "NO_COLOR": "1" if plain else "", "COLUMNS": "80"}
    process = start("say", "-", "--to", "steady", "-o", "x.wav", stderr=theirs, env=environment)
    os.close(theirs)
    seen = b""
    while b"speaking" not in seen:
        seen += os.read(ours, 1024)
    process.stdin.close()
    with suppress(OSError):  # so Linux tells that the other side is closed
        while more := os.read(ours, 1024):
            seen += more
    os.close(ours)
    assert bool(re.search(rb"\x1b\[[0-9;]*3[0-9]m", seen)) is not plain
