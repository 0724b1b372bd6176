"""``voxbridge voices``: who can speak."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from ._completion import BACKEND
from ._errors import note


if TYPE_CHECKING:
    from voxbridge import Voice


__all__ = ["voices"]

_EXAMPLES = """\b
Examples:
  voxbridge voices --language de --gender female
  voxbridge voices --backend espeak --search scotland
  voxbridge voices --json | jq -r '.[].voice'
"""


@click.command(epilog=_EXAMPLES)
@click.option("--backend", type=BACKEND, help="Of this backend alone; else of all that are ready.")
@click.option("--language", metavar="TAG", help="A BCP 47 tag; `en` stands for every kind of English.")
@click.option("--gender", type=click.Choice(["female", "male", "neutral"], case_sensitive=False))
@click.option("--search", metavar="WORDS", help="Words in the voice's id, name, description or tags.")
@click.option("--cloned", is_flag=True, help="Only those that were cloned.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def voices(*, backend: str | None, cloned: bool, as_json: bool, **wanted: Any) -> None:
    """List voices. The first column is what `voxbridge say --voice` takes."""
    from voxbridge import Client

    with Client() as client:
        found = [voice for voice in client.voices(backend, **wanted) if voice.cloned or not cloned]
    if as_json:
        click.echo(json.dumps([_plain(voice) for voice in found], indent=2))
    else:
        _table([(str(voice), ",".join(voice.languages) or "-", voice.gender or "-", voice.name) for voice in found])
    if not found:
        note("no voice is like that. `voxbridge voices` lists all, `voxbridge backends` what is not ready")


def _table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _plain(voice: Voice) -> dict[str, Any]:
    return {
        "voice": str(voice),
        "backend": voice.backend,
        "id": voice.id,
        "name": voice.name,
        "languages": voice.languages,
        "gender": voice.gender,
        "description": voice.description,
        "tags": voice.tags,
        "cloned": voice.cloned,
    }
