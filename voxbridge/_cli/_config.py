"""``voxbridge config``: what the config file says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from ._completion import FILE
from ._errors import note


__all__ = ["config", "config_options"]

_EXAMPLES = """\b
Examples:
  voxbridge config show
  voxbridge config show --config voxbridge.toml --profile offline
"""


def config_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command be told which config, and which profile of it, is meant."""
    for option in (
        click.option("--profile", metavar="NAME", help="Of the config; else $VOXBRIDGE_PROFILE."),
        click.option("--config", type=FILE, help="The config; else $VOXBRIDGE_CONFIG, else ./voxbridge.toml."),
    ):
        command = option(command)
    return command


@click.group()
def config() -> None:
    """Look at the config file."""


@config.command(epilog=_EXAMPLES)
@config_options
def show(*, config: str | None, profile: str | None) -> None:
    """Print the config as it is understood, without its keys.

    With the profile laid over it; comments say where each backend is, and whether its keys are set.
    """
    from voxbridge import Config

    found = Config.load(config, profile)
    if found == Config():
        note("no config says anything: there is no --config, no $VOXBRIDGE_CONFIG, no voxbridge.toml here or at home")
    else:
        click.echo(found.shown(), nl=False)
