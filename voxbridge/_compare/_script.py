"""The texts that come with voxbridge."""

from __future__ import annotations

from importlib.resources import files


__all__ = ["demo"]


def demo() -> list[str]:
    """Return 20 texts that are hard to say: numbers, names, dates, currencies, homographs, long ones, languages."""
    return files(__package__).joinpath("demo.txt").read_text("utf-8").splitlines()
