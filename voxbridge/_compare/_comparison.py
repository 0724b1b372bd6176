"""What a comparison gives: rows, what they come to, and files of both."""

from __future__ import annotations

import base64
import csv
import io
import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from voxbridge._speech import replacing
from voxbridge.exceptions import UsageError

from ._plan import Plan
from ._summary import summarize
from ._take import COLUMNS, Done
from ._visible import visible


__all__ = ["Comparison"]


class Comparison:
    """The takes of a comparison, in the order in which they were spoken."""

    def __init__(self, plan: Plan, done: Iterable[Done]) -> None:
        self.plan = plan
        self.done = tuple(done)
        self._made = datetime.now(UTC).replace(microsecond=0)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One dict for each take, always with the same keys; None is what is not known. Times are in seconds."""
        return [done.row for done in self.done]

    @property
    def summary(self) -> dict[str, dict[str, Any]]:
        """For each target: ``takes``, ``errors``, and of each measure ``{"median", "p95", "takes"}``."""
        return {
            target.label: summarize([done.row for done in self.done if done.take.target == number])
            for number, target in enumerate(self.plan.targets)
        }

    @property
    def meta(self) -> dict[str, Any]:
        """How it was made."""
        from voxbridge import __version__

        return {
            "voxbridge": __version__,
            "made": self._made.isoformat(),
            "targets": [target.label for target in self.plan.targets],
            "texts": [str(text) for text in self.plan.texts],
            "repeat": self.plan.repeat,
            "format": str(self.plan.format),
            "cold": not self.plan.warm,
            "seed": self.plan.seed,
            "takes": [[done.take.target, done.take.text, done.take.number] for done in self.done],
        }

    def audio(self, row: Mapping[str, Any]) -> bytes:
        """Return what was heard in a take, in the comparison's format; of one that failed what came before.

        Raises:
            UsageError: it is no row of this comparison, or nothing came.
        """
        done = next((done for done in self.done if done.row is row or done.row == row), None)
        if done is None:
            raise UsageError("this is no row of this comparison: give one of its `rows`")
        if not done.audio:
            raise UsageError(f"this take has no audio: {done.row['error'] or 'there was nothing to say'}")
        return done.audio

    def to_json(self, path: str | os.PathLike[str]) -> Path:
        """Write ``{"rows", "summary", "meta"}`` to *path*.

        Raises:
            OSError: the file cannot be written.
        """
        return self._to_json(path)

    def to_json_to_go_on(self, path: str | os.PathLike[str]) -> Path:
        """Write the same with the sounds, so that a comparison that goes on has them for its report."""
        return self._to_json(path, sounds=[base64.b64encode(done.audio).decode() for done in self.done])

    def _to_json(self, path: str | os.PathLike[str], **more: Any) -> Path:
        contents = {"rows": self.rows, "summary": self.summary, "meta": {**self.meta, **more}}
        return _write(path, json.dumps(contents, indent=1, allow_nan=False))

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the rows to *path*, for a spreadsheet: no words in it act as a formula.

        Raises:
            OSError: the file cannot be written.
        """
        table = io.StringIO()
        writer = csv.writer(table)
        writer.writerow(COLUMNS)
        writer.writerows([_cell(value) for value in row.values()] for row in self.rows)
        return _write(path, table.getvalue())

    def to_html(self, path: str | os.PathLike[str]) -> Path:
        """Write a report to *path*: one file, to listen to, to look at and to vote in (extra ``report``).

        Raises:
            UnsupportedFeature: the extra is not installed.
            OSError: the file cannot be written.
        """
        from ._report import report

        return _write(path, report(self))

    def __repr__(self) -> str:
        return f"<Comparison of {len(self.plan.targets)} targets: {len(self.done)} takes>"

    def _repr_html_(self) -> str:
        """Show the medians in a notebook."""
        names = ("takes", "errors", "first_audio", "total", "real_time_factor", "loudness")
        head = "".join(f"<th>{escape(name)}</th>" for name in ("", *names))
        lines = "".join(
            f"<tr><th>{escape(visible(label))}</th>{''.join(f'<td>{_short(facts[name])}</td>' for name in names)}</tr>"
            for label, facts in self.summary.items()
        )
        return f"<table><tr>{head}</tr>{lines}</table>"


def _write(path: str | os.PathLike[str], text: str) -> Path:
    path = Path(path)
    with replacing(path) as file:
        file.write(text.encode("utf-8", "backslashreplace"))
    return path


def _cell(value: Any) -> Any:
    """Return what a spreadsheet shows as it is: words that it would calculate get an apostrophe before them."""
    if isinstance(value, list):
        value = "; ".join(f"{lost['feature']} {lost['text']!r}: {lost['done']}" for lost in value)
    if not isinstance(value, str):
        return value
    words = visible(value)
    # OWASP, CSV injection: also the wide forms, and after spaces, which some programs skip.
    return f"'{words}" if words.lstrip()[:1] in tuple("=+-@＝＋－＠") else words


def _short(value: Any) -> str:
    value = value["median"] if isinstance(value, dict) else value
    return "–" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)
