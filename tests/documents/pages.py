"""The pages of the documentation, and what runs of them.

* A block of ``python`` is run, in one namespace for all of its page; one whose first line names a file, as in
  ``# acme.py``, is also written; ``# test_app.py`` is given to pytest instead.
* A block of ``toml`` that names a file is written, and loaded as what it is.
* Each line of an ``sh`` block that has ``voxbridge`` in it is a command.
* ``<!-- run ... -->`` is Python that nobody sees: what a fragment takes for granted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen
from markdown_it import MarkdownIt


__all__ = ["PAGES", "ROOT", "Block", "blocks"]

ROOT = Path(__file__).parent.parent.parent
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))

_HIDDEN = re.compile(r"<!-- run\b(.*?)-->", re.DOTALL)
_FILE = re.compile(r"# ([\w-]+\.(?:py|toml|csv|txt))\s*$")


@frozen
class Block:
    """A block of code."""

    kind: str
    text: str
    line: int
    """Of its first line in the page, from 0."""
    file: str | None = None
    """The name that its first line gives it."""


def blocks(page: Path) -> Iterator[Block]:
    """Yield what runs, in order; hidden code too."""
    for token in MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8")):
        first = token.map[0] if token.map else 0
        if token.type == "html_block" and (hidden := _HIDDEN.search(token.content)):
            yield Block("python", hidden[1], first)
        elif token.type == "fence":
            named = _FILE.match(token.content.partition("\n")[0])
            yield Block(token.info.strip(), token.content, first + 1, named[1] if named else None)
