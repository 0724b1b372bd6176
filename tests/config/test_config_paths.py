"""Paths as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from voxbridge import Client, Config
from voxbridge.config._paths import at_home, is_file


def test_a_home_is_put_in_where_there_is_one(tmp_path):
    assert at_home("~/x.toml") == tmp_path / "home" / "x.toml"
    assert at_home("~nobody-is-called-so/x.toml") == Path("~nobody-is-called-so/x.toml")


def test_a_folder_that_nobody_may_look_into_has_no_config(monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", refuse)
    assert not is_file(Path("voxbridge.toml"))
    assert Config.load() == Config()
    Client("espeak").close()


@pytest.mark.parametrize("path", ["a\0b", "~nobody-is-called-so/x.toml"])
def test_what_is_no_path_cannot_be_read(path):
    with pytest.raises(ValueError, match="cannot read the config"):
        Config.load(path)
