"""Deepdub's voices for voxbridge."""

from __future__ import annotations


__all__: list[str] = []
