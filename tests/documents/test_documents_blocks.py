"""Every block of code in README, CONTRIBUTING and docs runs: against emulators, with no network but loopback."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import sys
import tomllib
from unittest.mock import patch

import pytest
from click.testing import CliRunner

import voxbridge
from tests.documents.pages import PAGES, blocks
from tests.test_examples import without_settings
from voxbridge import Client, Config, Lexicon
from voxbridge._cli._group import commands
from voxbridge.testing import FaultScript, emulate


KINDS = {"python", "toml", "sh", "zsh", "fish"}
COMMAND = f'#!/bin/sh\nexec "{sys.executable}" -c "from voxbridge._cli import main; main()" "$@"\n'
SINK = "#!/bin/sh\nexec cat >/dev/null\n"  # stands for a player


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """An environment whose keys are those of emulators, with `voxbridge` and players on its path."""
    programs = tmp_path_factory.mktemp("bin")
    for name, script in {"voxbridge": COMMAND, "aplay": SINK}.items():
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    with emulate("deepgram") as deepgram, emulate("deepdub") as deepdub:
        yield without_settings() | deepgram.env | deepdub.env | {"PATH": path, "XDG_CONFIG_HOME": str(programs)}


@pytest.fixture
def folder(tmp_path, monkeypatch, environment):
    """An empty working directory, from which nothing but loopback can be reached."""
    look_up = socket.getaddrinfo

    def look_up_nearby(host, *args, **options):
        assert host in {"127.0.0.1", "localhost", None}, f"a page wants to connect to {host}"
        return look_up(host, *args, **options)

    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "argv", ["page"])
    monkeypatch.setattr(socket, "getaddrinfo", look_up_nearby)
    before = set(sys.modules)
    with patch.dict(os.environ, environment, clear=True):
        yield tmp_path
    for name in set(sys.modules) - before:  # those that a page has written
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture(autouse=True)
def closed(monkeypatch):
    """Close the clients that a page makes and, to be short, leaves open."""
    clients = []

    class Remembered(Client):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            clients.append(self)

    monkeypatch.setattr(voxbridge, "Client", Remembered)
    yield
    for client in clients:
        client.close()


def execute(page, block, namespace):
    if block.file is not None and block.file.startswith("test_"):
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", block.file]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{page}:{block.line}\n{done.stdout}"
        return
    exec(compile("\n" * block.line + block.text, str(page), "exec"), namespace)  # noqa: S102  # it is our own


def load(block):
    """Load a file of settings as what it is."""
    written = tomllib.loads(block.text)
    if "word" in written:
        assert Lexicon.load(block.file)
    elif "fault" in written:
        assert FaultScript.parse(block.file).faults
    elif "project" not in written:
        assert Config.load(block.file).warnings == ()


def command(line):
    """Run a line that somebody would type."""
    words = shlex.split(line, comments=True)
    if words[:2] == ["voxbridge", "emulate"]:
        serve(words[1:])
    elif words[0] == "voxbridge" and not set(line.partition(" # ")[0]) & set("|>$"):
        done = CliRunner().invoke(commands, words[1:], prog_name="voxbridge")
        assert done.exit_code == 0, f"{line}\n{done.output}{done.exception!r}"
    else:
        subprocess.run(["bash", "-euo", "pipefail", "-c", line], check=True, capture_output=True)  # noqa: S607  # any bash


def serve(arguments):
    command = [shutil.which("voxbridge"), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout.readline().startswith(b"export ")
        process.terminate()


def run(page, block, namespace, folder):
    if block.file is not None:
        (folder / block.file).write_text(block.text, encoding="utf-8")
    if block.kind == "python":
        execute(page, block, namespace)
    elif block.kind == "toml":
        assert block.file or "project" in tomllib.loads(block.text), f"{page}:{block.line}: name the file"
        load(block)
    elif block.kind == "sh":
        for line in block.text.splitlines():
            if "voxbridge" in line and "pip install" not in line:
                command(line)


@pytest.mark.skipif(sys.platform == "win32", reason="commands of a POSIX shell")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_block_of_a_page_runs(page, folder):
    namespace = {"__name__": "page"}
    for block in blocks(page):
        assert block.kind in KINDS, f"{page}:{block.line}: a block is one of {', '.join(sorted(KINDS))}"
        run(page, block, namespace, folder)
