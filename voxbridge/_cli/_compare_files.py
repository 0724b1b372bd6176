"""The files of ``voxbridge compare``: looked at before anybody speaks, written when all have spoken."""

from __future__ import annotations

import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from ._errors import Misused, note


if TYPE_CHECKING:
    from voxbridge import Comparison


__all__ = ["Files"]


@frozen(kw_only=True)
class Files:
    """Where what was found goes; None: nowhere."""

    report: str | None
    json: str | None
    csv: str | None

    def check(self) -> None:
        """Prove that each can be written.

        Raises:
            Misused: one cannot, or two are the same.
            UnsupportedFeature: a report needs an extra that is not installed.
        """
        if self.report:
            from voxbridge._compare import demand_template

            demand_template()
        paths = [path for path in (self.report, self.json, self.csv) if path]
        if len({Path(path).resolve() for path in paths}) < len(paths):
            raise Misused("two of the files have the same name: give each its own")
        for path in map(Path, paths):
            if path.exists() and not (path.is_file() or path.is_dir()):
                continue  # a pipe or a device, which is opened once only
            try:
                with tempfile.TemporaryFile(dir=path.parent):
                    pass
                reason = "it is a folder" if path.is_dir() else None
            except OSError as error:
                reason = error.strerror or str(error)
            if reason:
                raise Misused(f"cannot write {path}: {reason}")

    def write(self, comparison: Comparison) -> bool:
        """Write all; what cannot be written is told, and the others are. Return whether all are."""
        written = True
        for path, write in (
            (self.json, comparison.to_json),
            (self.csv, comparison.to_csv),
            (self.report, comparison.to_html),
        ):
            try:
                if path:
                    write(path)
            except OSError as error:
                note(f"cannot write {path}: {error.strerror or error}")
                written = False
        return written

    def keep(self, comparison: Comparison) -> None:
        """Write what an interrupted comparison goes on from, and say how; what there was before stays as it is.

        Raises:
            Misused: it cannot be written.
        """
        done, planned = len(comparison.rows), len(comparison.plan.takes())
        if not done:
            note("interrupted before the first take was spoken")
            return
        path = Path(self.json) if self.json else _free(Path(self.report or "comparison").with_suffix(".json"))
        try:
            comparison.to_json_to_go_on(path)
        except OSError as error:
            raise Misused(f"cannot write {path}, so {done} takes are lost: {error.strerror or error}") from None
        report = f" -o {shlex.quote(self.report)}" if self.report else ""
        note(
            f"interrupted: {done} of {planned} takes are kept. To go on: "
            f"voxbridge compare --resume {shlex.quote(str(path))}{report}"
        )


def _free(path: Path) -> Path:
    """Return *path*, with a number where that exists."""
    number = 1
    found = path
    while found.exists():
        number += 1
        found = path.with_stem(f"{path.stem}-{number}")
    return found
