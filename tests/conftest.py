"""What all tests share."""

from __future__ import annotations

from hypothesis import settings


settings.register_profile("voxbridge", deadline=None)  # a busy machine is slow now and then, and that is no fault
settings.load_profile("voxbridge")
