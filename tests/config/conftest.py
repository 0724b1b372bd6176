"""A machine on which nobody has configured anything."""

from __future__ import annotations

import os
from textwrap import dedent

import pytest


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch, tmp_path):
    """Work in an empty folder, with an empty home and none of the variables that anybody reads."""
    for name in list(os.environ):
        if name.startswith(("VOXBRIDGE_", "DEEPGRAM_", "DEEPDUB_", "DD_", "XDG_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name in ("home", "here"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / ".config"))
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def write(tmp_path):
    """Write a config file that only its owner can read, and return its path."""

    def write(text, path=None, mode=0o600):
        path = path or tmp_path / "voxbridge.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        path.chmod(mode)
        return path

    return write
