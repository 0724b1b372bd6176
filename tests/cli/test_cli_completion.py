"""Completion in shells: what Tab offers, and the lines that switch it on."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete

from voxbridge._cli._group import commands


def offered(*words):
    """Return what Tab offers for the last of *words*: values, or the kind of thing, such as ``file``."""
    *before, incomplete = words
    items = ShellComplete(commands, {}, "voxbridge", "_VOXBRIDGE_COMPLETE").get_completions(before, incomplete)
    return [item.value if item.type == "plain" else item.type for item in items]


def test_commands_and_options_are_offered():
    assert offered("co") == ["compare", "config"]
    assert offered("config", "") == ["show"]
    assert "--speechmarkdown" in offered("say", "Hello.", "--sp")
    assert offered("voices", "--gender", "") == ["female", "male", "neutral"]


@pytest.mark.parametrize(
    "words",
    [
        ("say", "Hello.", "-o", "he"),
        ("say", "Hello.", "--lexicon", ""),
        ("check", "--config", ""),
        ("clone", "Maria", "mar"),
        ("gender", ""),
        ("compare", "--script", ""),
        ("compare", "--resume", ""),
        ("emulate", "deepgram", "--faults", ""),
    ],
    ids=" ".join,
)
def test_files_are_offered_where_a_file_is_meant(words):
    assert offered(*words) == ["file"]


@pytest.mark.parametrize(
    "words", [("say", "Hello.", "--to", "deep"), ("voices", "--backend", "deep"), ("emulate", "deep")], ids=" ".join
)
def test_names_of_what_is_installed_are_offered(words):
    assert offered(*words) == ["deepdub", "deepgram"]


def test_each_of_several_names_is_offered():
    assert offered("compare", "Hello.", "--backends", "espeak,deepg") == ["espeak,deepgram"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_is_given_its_script(start, shell):
    process = start(env={"_VOXBRIDGE_COMPLETE": f"{shell}_source"})
    script, errors = process.communicate()
    assert (process.returncode, errors) == (0, b"")
    assert f"_VOXBRIDGE_COMPLETE={shell}_complete".encode() in script


@pytest.mark.skipif(sys.platform == "win32" or shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_a_command(tmp_path):
    (tmp_path / "voxbridge").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "from voxbridge._cli import main; main()" "$@"\n'
    )
    (tmp_path / "voxbridge").chmod(0o755)
    lines = (
        f'PATH="{tmp_path}:$PATH"',
        'eval "$(_VOXBRIDGE_COMPLETE=bash_source voxbridge)"',
        "COMP_WORDS=(voxbridge emu) COMP_CWORD=1",
        "_voxbridge_completion voxbridge",
        'echo "${COMPREPLY[@]}"',
    )
    done = subprocess.run(["bash", "-c", "\n".join(lines)], check=True, capture_output=True, text=True)  # noqa: S607
    assert (done.stdout, done.stderr) == ("emulate\n", "")
