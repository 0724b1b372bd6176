"""Sound as bytes: formats, stages, and conversion from one format to another."""

from __future__ import annotations

from ._format import AudioFormat


__all__ = ["AudioFormat"]
