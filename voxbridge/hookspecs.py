"""The hooks through which a plugin adds to voxbridge. Every hook returns what it adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pluggy


if TYPE_CHECKING:
    from ._backend import Backend
    from ._models import AttemptReport
    from .testing import Emulator
    from .text import Markup


__all__ = ["hookimpl", "hookspec"]

hookspec = pluggy.HookspecMarker("voxbridge")
hookimpl = pluggy.HookimplMarker("voxbridge")


@hookspec
def voxbridge_backends() -> Sequence[type[Backend]]:  # type: ignore[empty-body]  # pluggy reads the signature alone
    """Return the backend classes of this plugin."""


@hookspec
def voxbridge_emulators() -> Sequence[type[Emulator]]:  # type: ignore[empty-body]  # as above
    """Return the emulators of this plugin: the server side of its vendors' wires."""


@hookspec
def voxbridge_markups() -> Sequence[Markup]:  # type: ignore[empty-body]  # as above
    """Return the markups that this plugin reads: `Utterance.from_markup` takes their names."""


@hookspec
def voxbridge_attempt(report: AttemptReport) -> None:
    """Take the report of an attempt that has just ended, in any client of this process."""
