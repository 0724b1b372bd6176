"""The table of backends, of what they say themselves: ``python -m tests.documents.table`` writes it into the pages."""

from __future__ import annotations

from collections.abc import Iterable

from tests.documents.pages import ROOT
from voxbridge import Backend
from voxbridge_deepdub import Deepdub
from voxbridge_deepgram import Deepgram
from voxbridge_espeak import Espeak


__all__ = ["PAGES", "inserted", "table"]

PAGES = (ROOT / "README.md", ROOT / "docs" / "backends.md")
BEGIN, END = "<!-- table -->\n", "<!-- /table -->"


def table() -> str:
    """Return the table."""
    backends = (Deepgram("key"), Deepdub("key"), Espeak())
    columns = [list(facts(backend).items()) for backend in backends]
    rows = [("", *(f"`{backend.name}`" for backend in backends)), ("---",) * (len(backends) + 1)]
    rows += [(cells[0][0], *(cell for _, cell in cells)) for cells in zip(*columns, strict=True)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def facts(backend: Backend) -> dict[str, str]:
    """Return what a backend can do, with its default voice."""
    able = backend.capabilities(backend.default_voice("en-US"))
    return {
        "speaks": "on this machine" if able.local else f"over {', '.join(able.transports)}",
        "regions": ", ".join(able.regions) or "none needed",
        "gives natively": ", ".join(dict.fromkeys(format.name for format in able.formats)),
        "speed": "{:g} to {:g}".format(*able.speed) if able.speed else "its own",
        "lasts as long as asked": "by itself" if able.duration else "by a second pass",
        "pronunciations": ", ".join(able.phonemes).replace("ipa", "IPA") or "none",
        "clones voices": _yes(has(backend, ("clone_voice", "delete_voice"))),
        "delivers elsewhere (`submit`)": _yes(has(backend, ("submit",))),
        "tells a voice's gender": _yes(has(backend, ("classify_gender",))),
        "characters in a request": str(able.max_characters),
    }


def has(backend: Backend, calls: Iterable[str]) -> bool:
    """Return whether a backend has calls of its own."""
    return all(getattr(type(backend), call) is not getattr(Backend, call) for call in calls)


def _yes(value: bool) -> str:  # noqa: FBT001  # it is the subject
    return "yes" if value else "no"


def inserted(page: str) -> str:
    """Return a page with the table where its marks are."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin and end, f"the page needs {BEGIN.strip()} and {END}"  # noqa: PT018
    return before + begin + table() + end + after


if __name__ == "__main__":
    for path in PAGES:
        path.write_text(inserted(path.read_text(encoding="utf-8")), encoding="utf-8")
