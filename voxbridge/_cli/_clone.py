"""``voxbridge clone``, ``delete`` and ``gender``: voices of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ._completion import BACKEND, FILE
from ._errors import Failed, Misused


if TYPE_CHECKING:
    from voxbridge import Gender


__all__ = ["clone", "delete", "gender"]

_CLONE_EXAMPLES = """\b
Examples:
  voxbridge clone Maria maria.wav --backend deepdub --language en-US --gender female \\
            --consent "Maria Lopez, by contract of 2026-03-01"
  voxbridge voices --cloned

\b
SAMPLE is a recording of 3 to 60 s, at most 20 MB; 10 to 30 s of one voice, without music, are best.
"""
_DELETE_EXAMPLES = """\b
Examples:
  voxbridge delete deepdub/5d3dc622-69bd-4c00-9513-05df47dbdea6 --yes
"""
_GENDER_EXAMPLES = """\b
Examples:
  voxbridge gender maria.wav
"""
_GENDERS = click.Choice(["female", "male", "neutral"], case_sensitive=False)


@click.command(epilog=_CLONE_EXAMPLES)
@click.argument("name")
@click.argument("sample", type=FILE)
@click.option("--backend", type=BACKEND, required=True, help="Who clones.")
@click.option("--language", required=True, metavar="TAG", help="What is spoken in SAMPLE: a BCP 47 tag such as de-AT.")
@click.option("--consent", required=True, metavar="WORDS", help="Who agreed to be cloned, and when.")
@click.option("--gender", type=_GENDERS, help="Of the voice.")
def clone(*, name: str, sample: str, **call: Any) -> None:
    """Clone a voice.

    Makes a lasting voice called NAME from the recording SAMPLE, private to the account, and prints it as
    `voxbridge say --voice` takes it.
    """
    from voxbridge import Client

    with Client() as client:
        click.echo(client.clone_voice(name, sample, **call))


@click.command(epilog=_DELETE_EXAMPLES)
@click.argument("voice")
@click.option("--yes", is_flag=True, help="Needed: a voice that is deleted is gone for good.")
def delete(*, voice: str, yes: bool) -> None:
    """Delete a cloned voice.

    VOICE is as `voxbridge voices --cloned` lists it.
    """
    from voxbridge import Client

    if not yes:
        raise Misused(f"{voice} would be gone for good: say --yes to delete it")
    with Client() as client:
        client.delete_voice(voice)


@click.command(epilog=_GENDER_EXAMPLES)
@click.argument("sample", type=FILE)
@click.option("--backend", type=BACKEND, help="Who is asked; else the first one that can tell.")
def gender(*, sample: str, backend: str | None) -> None:
    """Tell the gender of a voice.

    Prints what the recording SAMPLE sounds like to a vendor's classifier, and how sure that is, from 0 to 1.
    """
    found = _gender(sample, backend)
    click.echo(f"{found.label} {found.confidence:.2f}")


def _gender(path: str, backend: str | None) -> Gender:
    from voxbridge import Client, Sample, UnsupportedFeature, backends

    sample = Sample(path)
    names = [info.name for info in backends().values() if info.ready] if backend is None else [backend]
    with Client() as client:
        for name in names:
            try:
                return client.classify_gender(sample, backend=name)
            except UnsupportedFeature:
                if backend is not None:
                    raise
    asked = ", ".join(names) or "none"
    raise Failed(f"no backend that is ready can tell ({asked}): `voxbridge backends` says what the others lack")
