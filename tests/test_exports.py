"""The public names: sorted, complete, importable, and the same to a type checker and at run time."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import voxbridge
from voxbridge import exceptions


ROOMS = [
    "voxbridge.audio",
    "voxbridge.config",
    "voxbridge.exceptions",
    "voxbridge.hookspecs",
    "voxbridge.routing",
    "voxbridge.testing",
    "voxbridge.text",
    "voxbridge.text.phonetics",
]
EVERY_MODULE = sorted(module.name for module in pkgutil.walk_packages(voxbridge.__path__, "voxbridge."))


def as_ruff_sorts(names: list[str]) -> list[str]:
    """Return names as RUF022 sorts them: constants, then classes, then functions."""
    return sorted(
        names, key=lambda name: (0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2, name)
    )


@pytest.fixture(autouse=True)
def without_aiohttp() -> None:
    """Let every module be imported."""


@pytest.mark.parametrize("room", ["voxbridge", *ROOMS])
def test_all_is_sorted_and_importable(room):
    module = importlib.import_module(room)
    assert list(module.__all__) == as_ruff_sorts(module.__all__)
    assert len(set(module.__all__)) == len(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None


@pytest.mark.parametrize("name", [name for name in EVERY_MODULE if not name.startswith("voxbridge.testing")])
def test_every_module_says_what_it_gives(name):
    module = importlib.import_module(name)
    missing = [given for given in getattr(module, "__all__", []) if not hasattr(module, given)]
    assert missing == []


@pytest.mark.parametrize(
    "room", ["voxbridge.audio", "voxbridge.config", "voxbridge.routing", "voxbridge.text", "voxbridge.text.phonetics"]
)
def test_all_of_a_room_is_what_it_imports(room):
    module = importlib.import_module(room)
    given = {
        name
        for name, value in vars(module).items()
        if not (name.startswith("_") or isinstance(value, ModuleType) or name == "annotations")
    }
    assert given == set(module.__all__)


def test_a_type_checker_sees_what_there_is_at_run_time():
    tree = ast.parse(Path(voxbridge.__file__).read_text(encoding="utf-8"))
    (checked,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.name: node.module for node in checked.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert seen == voxbridge._ROOM_OF
    assert sorted(seen) == sorted(voxbridge.__all__)


def test_every_error_is_importable_from_voxbridge():
    assert {name for name in exceptions.__all__ if name != "Phase"} <= set(voxbridge.__all__)


def test_dir_lists_all_and_other_names_are_no_attributes():
    assert set(voxbridge.__all__) <= set(dir(voxbridge))
    with pytest.raises(AttributeError, match="no attribute 'Clint'"):
        voxbridge.Clint  # noqa: B018


@pytest.mark.parametrize("room", ["audio", "config", "exceptions", "hookspecs", "routing", "testing", "text"])
def test_a_public_room_is_there_after_importing_voxbridge_alone(room):
    code = f"import voxbridge; print(voxbridge.{room}.__name__)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == f"voxbridge.{room}"
