"""Deepgram's Aura voices for voxbridge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from voxbridge import Backend, Markup, hookimpl

from ._backend import Deepgram


if TYPE_CHECKING:
    from voxbridge.testing import Emulator

__all__ = ["Deepgram"]


@hookimpl
def voxbridge_backends() -> Sequence[type[Backend]]:
    """Return the backend."""
    return [Deepgram]


@hookimpl
def voxbridge_markups() -> Sequence[Markup]:
    """Return the inline form of pronunciations and pauses."""
    from ._inline import read_inline

    return [Markup("deepgram", read_inline)]


@hookimpl
def voxbridge_emulators() -> Sequence[type[Emulator]]:
    """Return the server side of the same wire."""
    from .emulator import DeepgramEmulator

    return [DeepgramEmulator]
