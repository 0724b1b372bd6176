"""The table of contents of voxbridge.testing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from voxbridge import testing


def test_every_name_is_there_and_in_order() -> None:
    assert list(testing.__all__) == sorted(testing.__all__)
    for name in testing.__all__:
        assert getattr(testing, name).__name__ == name


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'hear_word'"):
        testing.hear_word  # noqa: B018


def test_nothing_heavy_is_loaded_before_it_is_used() -> None:
    code = "import sys, voxbridge.testing; print({'numpy', 'websockets', 'soxr', 'asyncio'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "set()\n"
