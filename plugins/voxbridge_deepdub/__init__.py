"""Deepdub's voices for voxbridge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from voxbridge import hookimpl


if TYPE_CHECKING:
    from voxbridge.testing import Emulator

__all__: list[str] = []


@hookimpl
def voxbridge_emulators() -> Sequence[type[Emulator]]:
    """Return the server side of the same wire."""
    from .emulator import DeepdubEmulator

    return [DeepdubEmulator]
