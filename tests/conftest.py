"""What all tests share."""

from __future__ import annotations

import pytest
from hypothesis import settings

from voxbridge.routing import forget_accounts


settings.register_profile("voxbridge", deadline=None)  # a busy machine is slow now and then, and that is no fault
settings.load_profile("voxbridge")


@pytest.fixture(autouse=True)
def accounts_are_new() -> None:
    """What a test finds out of an account is not known to the next one."""
    forget_accounts()
