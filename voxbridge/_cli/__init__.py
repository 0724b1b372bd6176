"""The command ``voxbridge``: one small module for each of its commands."""

from __future__ import annotations

import sys
from collections.abc import Sequence


__all__ = ["main"]


def main(args: Sequence[str] | None = None) -> None:
    """Run the command and exit with its status.

    Args:
        args: without the program's name; None: those of this process.
    """
    try:
        if sys.stdout is not None:
            sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # names that a terminal cannot write
        from ._group import commands

        commands.main(args, prog_name="voxbridge")
    except KeyboardInterrupt:  # again, while the first one was being taken care of
        sys.exit(130)
