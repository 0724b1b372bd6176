"""Casting: one voice of an application, and who speaks it at each backend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen


__all__ = ["Cast"]


@frozen
class Cast:
    """A backend's part in a logical voice."""

    id: str
    """Of the backend's own voice."""
    language: str | None = None
    """BCP 47: what it speaks unless the call says otherwise; None: as the client and the voice have it."""
    options: Mapping[str, Any] = field(factory=dict)
    """The backend's own; a call's come first."""
