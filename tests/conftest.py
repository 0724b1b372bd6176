"""What all tests share."""

from __future__ import annotations

import sys

import pytest
from hypothesis import settings


settings.register_profile("voxbridge", deadline=None)  # a busy machine is slow now and then, and that is no fault
settings.load_profile("voxbridge")


@pytest.fixture(autouse=True)
def without_aiohttp(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have asyncio clients use what they have without the extra `fast`, but where a test says otherwise."""
    monkeypatch.setitem(sys.modules, "voxbridge._aiohttp", None)
