"""The command itself, and what the errors of the library mean to it."""

from __future__ import annotations

import warnings
from typing import Any

import click

from voxbridge import __version__
from voxbridge.exceptions import UsageError, VoxbridgeError

from ._backends import backends
from ._check import check
from ._clone import clone, delete, gender
from ._compare import compare
from ._config import config
from ._emulate import emulate
from ._errors import INTERRUPTED, Failed, Misused, note
from ._say import say
from ._voices import voices


__all__ = ["commands"]

_EXAMPLES = """\b
Examples:
  voxbridge say "Hello." -o hello.wav           speak into a file
  echo "Hello." | voxbridge say - -o - | aplay  speak what comes, as it comes
  voxbridge voices --language de                who can speak German
  voxbridge backends                            what is installed, and what is missing
  voxbridge config show                         the config, as it is understood
  voxbridge check                               whether each backend of the config lets you in
  voxbridge compare "Hello." --backends deepgram,espeak -o report.html
  voxbridge emulate deepgram --port 8080        a vendor's service on this machine, for tests

\b
Exit status: 0 done, 1 the speech failed, 2 a wrong command line or config, 130 interrupted.
"""


class _Commands(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.showwarning = lambda message, *_, **__: note(str(message))
                return super().invoke(ctx)
        except VoxbridgeError as error:
            failure = Misused if isinstance(error, UsageError) else Failed
            raise failure(str(error)) from None
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)


@click.group(
    cls=_Commands,
    epilog=_EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def commands() -> None:
    """Turn text into speech, with any installed backend.

    Audio and lists go to the file or to stdout, everything else to stderr.
    """


for command in (say, voices, backends, check, config, clone, delete, gender, compare, emulate):
    commands.add_command(command)
