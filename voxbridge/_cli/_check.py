"""``voxbridge check``: whether each backend can be reached, and lets us in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ._config import config_options
from ._errors import Failed


if TYPE_CHECKING:
    from voxbridge import CheckResult, Config


__all__ = ["check"]

_EXAMPLES = """\b
Examples:
  voxbridge check
  voxbridge check --config voxbridge.toml --profile offline

\b
Exit status: 0 all are well, 1 one is not, 2 the config is wrong.
"""


@click.command(epilog=_EXAMPLES)
@config_options
def check(*, config: str | None, profile: str | None) -> None:
    """Ask each backend of the config whether it can be reached and lets you in.

    Without a config: each that is ready. Nothing is spoken, and nothing is billed.
    """
    from voxbridge import Client, Config

    said = Config.load(config, profile)
    results = []
    for name, region in _asked(said):
        with Client(name, config=said, region=region) as client:
            results += client.check()
            _tell(results[-1])
    ill = sum(not result.ok for result in results)
    if not results:
        raise Failed("no backend is ready: `voxbridge backends` says what each of them lacks")
    if ill:
        raise Failed(f"{ill} of {len(results)} {'is' if ill == 1 else 'are'} not well")
    click.echo("All is well." if len(results) > 1 else "It is well.", err=True)


def _asked(config: Config) -> list[tuple[str, str | None]]:
    """Return the backends of a config, each with the region that binds it."""
    from voxbridge import backends

    asked = {
        (route.backend_name, table.region or config.region): None
        for table in config.routes.values()
        for route in table.members
    }
    names = {name for name, _ in asked}
    default = config.default if config.router(config.default or "") is None else None
    alone = [*config.backends, *config.voices.get(config.default or "", ()), *filter(None, [default])]
    asked |= {(name.partition("/")[0], config.region): None for name in alone if name not in names}
    return list(asked) or [(info.name, config.region) for info in backends().values() if info.ready]


def _tell(result: CheckResult) -> None:
    where = " ".join(filter(None, (result.host or "this machine", result.region)))
    click.echo(f"{result.backend}: {'well' if result.ok else 'NOT WELL'}, {where}, {1000 * result.latency:.0f} ms")
    told = "" if result.ok else str(result.error).removeprefix(f"{result.backend}: ")
    for line in told.splitlines():
        click.echo(f"  {line}")
