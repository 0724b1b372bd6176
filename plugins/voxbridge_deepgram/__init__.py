"""Deepgram's Aura voices for voxbridge."""

from __future__ import annotations

from collections.abc import Sequence

from voxbridge import Backend, hookimpl

from ._backend import Deepgram


__all__ = ["Deepgram"]


@hookimpl
def voxbridge_backends() -> Sequence[type[Backend]]:
    """Return the backend."""
    return [Deepgram]
