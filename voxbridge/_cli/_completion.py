"""What a shell offers when Tab is pressed: files, and the names of what is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem
from click.types import StringParamType


if TYPE_CHECKING:
    from click import Context, Parameter

__all__ = ["BACKEND", "EMULATED", "FILE"]


class _File(StringParamType):
    """The path of a file; whether it can be read or written is told by whoever does so."""

    name = "file"

    def shell_complete(self, ctx: Context, param: Parameter, incomplete: str) -> list[CompletionItem]:
        """Leave it to the shell."""
        return [CompletionItem(incomplete, type="file")]


class _Names(StringParamType):
    """A word, or a few with commas between them, of which some are known."""

    name = "name"

    def __init__(self, known: Callable[[], Iterable[str]]) -> None:
        self._known = known

    def shell_complete(self, ctx: Context, param: Parameter, incomplete: str) -> list[CompletionItem]:
        """Offer the names that the last word begins."""
        said, comma, word = incomplete.rpartition(",")
        return [CompletionItem(said + comma + name) for name in sorted(self._known()) if name.startswith(word)]


def _backends() -> Iterable[str]:
    from voxbridge._plugins import backend_classes

    return backend_classes()


def _emulated() -> Iterable[str]:
    from voxbridge._plugins import emulator_classes

    return emulator_classes()


FILE = _File()
BACKEND = _Names(_backends)
EMULATED = _Names(_emulated)
