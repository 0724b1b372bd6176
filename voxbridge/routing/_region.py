"""Which backends a region allows."""

from __future__ import annotations

from voxbridge._backend import Backend
from voxbridge._models import Voice
from voxbridge.exceptions import InvalidConfig, UsageError, VoxbridgeError


__all__ = ["check_region", "region_name"]


def region_name(region: object) -> str | None:
    """Return *region* where it can be one; who has a region of that name is its vendor's matter.

    Raises:
        UsageError: it is no word.
    """
    if region is None or (isinstance(region, str) and region.strip()):
        return region
    raise UsageError(f"region is {region!r}: give a vendor's word for it, such as 'eu', or leave it out")


def check_region(backend: Backend, region: str | None) -> None:
    """Refuse a backend whose connections may leave *region*. One on this machine is always allowed.

    Raises:
        InvalidConfig: it is in another region, or does not say in which.
    """
    if region is None or backend.region == region or _is_local(backend):
        return
    where = f"is in region {backend.region!r}" if backend.region else "does not say in which region it is"
    way_out = f"make it with region={region!r}, or leave it out"
    raise InvalidConfig(f"region {region!r} binds every connection, and {backend.name} {where}: {way_out}")


def _is_local(backend: Backend) -> bool:
    """Return whether it works without a network. Its voices are not asked for: that may take an engine."""
    try:
        return backend.capabilities(Voice(id=backend.voice or "default", backend=backend.name)).local
    except VoxbridgeError:  # such as a voice that it does not have
        return False
