"""How a command fails: a message on stderr, an exit status, and never a traceback."""

from __future__ import annotations

from typing import IO, Any

import click


__all__ = ["INTERRUPTED", "Failed", "Misused", "note"]

INTERRUPTED = 130
"""The exit status of Ctrl-C: 128 and the number of SIGINT."""


class Failed(click.ClickException):
    """The speech failed: what is wrong, and what to do."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the message to stderr."""
        note(self.message)


class Misused(Failed):
    """The command line is wrong, or what it names cannot be used."""

    exit_code = 2


def note(message: str) -> None:
    """Tell the user something, on stderr."""
    click.echo(f"voxbridge: {message}", err=True)
