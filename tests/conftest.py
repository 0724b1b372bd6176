"""What all tests share."""

from __future__ import annotations

import sys

import pytest
from hypothesis import settings

from voxbridge.routing import forget_accounts


settings.register_profile("voxbridge", deadline=None)  # a busy machine is slow now and then, and that is no fault
settings.load_profile("voxbridge")


@pytest.fixture(autouse=True)
def without_aiohttp(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have asyncio clients use what they have without the extra `fast`, but where a test says otherwise."""
    monkeypatch.setitem(sys.modules, "voxbridge._aiohttp", None)


@pytest.fixture(autouse=True)
def accounts_are_new() -> None:
    """What a test finds out of an account is not known to the next one."""
    forget_accounts()
