"""``voxbridge backends``: what is installed, what each can do, and what is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click


if TYPE_CHECKING:
    from voxbridge import BackendInfo, Capabilities


__all__ = ["backends"]

_EXAMPLES = """\b
Examples:
  voxbridge backends
  voxbridge backends --json | jq '.[] | select(.ready) | .name'
"""


@click.command(epilog=_EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def backends(*, as_json: bool) -> None:
    """List the installed backends.

    Each with what it can do, or with what to do where it is not ready.
    """
    import voxbridge

    infos = list(voxbridge.backends().values())
    if as_json:
        click.echo(json.dumps([_plain(info) for info in infos], indent=2))
        return
    for info in infos:
        click.echo(f"{info.name}: {'ready' if info.ready else 'not ready'} ({info.distribution})")
        facts = _facts(info.capabilities) if info.capabilities else (info.missing or "").splitlines()
        for fact in facts:
            click.echo(f"  {fact}")
    if not infos:
        click.echo("No backend is installed. One that needs no key: pip install 'voxbridge-tts[espeak]'", err=True)


def _facts(able: Capabilities) -> Iterator[str]:
    yield f"speaks    {', '.join(map(str, able.formats))}, and by conversion every other format"
    yield f"works     {'on this machine' if able.local else 'over ' + ', '.join(able.transports)}"
    if able.regions:
        yield f"regions   {', '.join(able.regions)}"
    yield f"speed     {'{:g} to {:g}'.format(*able.speed) if able.speed else 'its own'}"
    if able.phonemes:
        yield f"phonemes  {', '.join(able.phonemes)}"
    if able.clone:
        yield "clones    voices, from samples"


def _plain(info: BackendInfo) -> dict[str, Any]:
    able = info.capabilities
    return {
        "name": info.name,
        "distribution": info.distribution,
        "ready": info.ready,
        "missing": info.missing,
        "capabilities": able
        and {
            "formats": [str(format) for format in able.formats],
            "transports": able.transports,
            "regions": able.regions,
            "max_characters": able.max_characters,
            "speed": able.speed,
            "duration": able.duration,
            "phonemes": able.phonemes,
            "pauses": able.pauses,
            "clone": able.clone,
            "local": able.local,
        },
    }
