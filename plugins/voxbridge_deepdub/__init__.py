"""Deepdub's voices for voxbridge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from voxbridge import Backend, hookimpl

from ._backend import Deepdub


if TYPE_CHECKING:
    from voxbridge.testing import Emulator

__all__ = ["Deepdub"]


@hookimpl
def voxbridge_backends() -> Sequence[type[Backend]]:
    """Return the backend."""
    return [Deepdub]


@hookimpl
def voxbridge_emulators() -> Sequence[type[Emulator]]:
    """Return the server side of the same wire."""
    from .emulator import DeepdubEmulator

    return [DeepdubEmulator]
