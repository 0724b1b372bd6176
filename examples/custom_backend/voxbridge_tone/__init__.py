"""Two backends for voxbridge: Morse code from this machine, and any service that takes text and gives sound."""

from __future__ import annotations

from collections.abc import Sequence

from voxbridge import Backend, hookimpl

from ._morse import Morse
from ._relay import Relay


__all__ = ["Morse", "Relay"]


@hookimpl
def voxbridge_backends() -> Sequence[type[Backend]]:
    """Return the backends."""
    return [Morse, Relay]
