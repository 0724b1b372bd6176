"""``voxbridge emulate``: a vendor's service on this machine, until Ctrl-C."""

from __future__ import annotations

import shlex
import time
from contextlib import suppress

import click

from ._completion import EMULATED


__all__ = ["emulate"]

_EXAMPLES = """\b
Examples:
  voxbridge emulate deepgram --port 8080
  voxbridge emulate deepgram --port 8080 --faults faults.toml

\b
A fault script:
  [[fault]]
  on = 0              # the first text that is spoken
  kind = "cut"        # close, cut, drip, garbage, rate, split, stall, status
  at = 0.5            # after half of its audio
"""


@click.command(epilog=_EXAMPLES)
@click.argument("vendor", type=EMULATED)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Of 127.0.0.1; without it, or with 0, any that is free."
)
@click.option("--faults", type=click.Path(dir_okay=False), help="A script of what goes wrong, in TOML.")
def emulate(vendor: str, port: int, faults: str | None) -> None:
    """Serve the wire of VENDOR on this machine, until Ctrl-C.

    Prints the `export` lines that point clients at it. It speaks with espeak where that is installed.
    """
    from voxbridge.testing import emulate

    with emulate(vendor, faults=faults, port=port) as server:
        for name, value in server.env.items():
            click.echo(f"export {name}={shlex.quote(value)}")
        click.echo(f"{vendor} is emulated at {server.url}; Ctrl-C ends it", err=True)
        with suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)
