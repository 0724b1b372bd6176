"""The fixture of pytest that every project has where voxbridge is installed. Nothing is loaded until it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest


if TYPE_CHECKING:
    from ._emulator import Emulator

__all__ = ["voxbridge_emulator"]


@pytest.fixture
def voxbridge_emulator() -> Iterator[Callable[..., Emulator]]:
    """Start a vendor's service on this machine; it ends with the test.

    ``server = voxbridge_emulator("deepgram", faults=[...])`` takes what `voxbridge.testing.emulate` takes.
    """
    from . import emulate

    with ExitStack() as stack:

        def start(vendor: str, **options: Any) -> Emulator:
            return stack.enter_context(emulate(vendor, **options))

        yield start
