"""From what stands in a config to its tables: all that is wrong is refused at once."""

from __future__ import annotations

from voxbridge.exceptions import InvalidConfig
from voxbridge.text import Lexicon, lexicons

from ._check import check
from ._known import Known
from ._paths import at_home
from ._profiles import with_profile
from ._source import Document, Mistake, Source, refuse
from ._structure import structured
from ._tables import Table


__all__ = ["read"]


def read(document: Document, profile: str | None) -> tuple[Table, tuple[Lexicon, ...], tuple[str, ...]]:
    """Return a config's tables, its lexicons, and what is good to know of it.

    Raises:
        InvalidConfig: it is wrong.
    """
    document = with_profile(document, profile)
    table, mistakes = structured(document.values)
    known = Known(table, document.values, document.source)
    found, more = _lexicons(table, document.source)
    refuse(document.source, [*document.mistakes, *mistakes, *check(known), *more])
    return table, found, (*document.warnings, *known.warnings)


def _lexicons(table: Table, source: Source) -> tuple[tuple[Lexicon, ...], list[Mistake]]:
    """Return the lexicons that a config names, and what is wrong with them."""
    found: list[Lexicon] = []
    mistakes: list[Mistake] = []
    for number, name in enumerate(table.lexicon.files):
        try:
            found.append(Lexicon.load(source.folder / at_home(name)))
        except ValueError as error:  # it is wrong, or no path
            mistakes.append(Mistake(("lexicon", "files", number), str(error)))
    try:
        return lexicons(found), mistakes
    except InvalidConfig as error:  # two of them have the same words
        return (), [*mistakes, Mistake(("lexicon", "files"), str(error))]
