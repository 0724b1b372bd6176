"""Offline speech for voxbridge through espeak-ng."""

from __future__ import annotations

from collections.abc import Sequence

from voxbridge import Backend, hookimpl

from ._backend import Espeak


__all__ = ["Espeak"]


@hookimpl
def voxbridge_backends() -> Sequence[type[Backend]]:
    """Return the backend."""
    return [Espeak]
