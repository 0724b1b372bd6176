"""``python -m voxbridge`` is the command ``voxbridge``."""

from __future__ import annotations

from ._cli import main


__all__: list[str] = []

if __name__ == "__main__":
    main()
