"""A comparison that was interrupted, read again to go on."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

from voxbridge.exceptions import UsageError, VoxbridgeError

from ._comparison import Comparison
from ._plan import Plan, Take
from ._take import COLUMNS, Done


__all__ = ["read"]


def read(path: str | os.PathLike[str]) -> Comparison:
    """Return the comparison that a file holds; without its sounds where it was finished.

    Raises:
        UsageError: it holds none.
        OSError: the file cannot be read.
    """
    try:
        contents = json.loads(Path(path).read_text("utf-8"))
        meta = contents["meta"]
        plan = Plan.of(
            meta["texts"],
            meta["targets"],
            repeat=meta["repeat"],
            format=meta["format"],
            warm=not meta["cold"],
            seed=meta["seed"],
        )
        takes = [Take(*numbers) for numbers in meta["takes"]]
        rows = [_row(row) for row in contents["rows"]]
        sounds = [base64.b64decode(sound, validate=True) for sound in meta.get("sounds", [""] * len(takes))]
        done = [Done(*facts) for facts in zip(takes, rows, sounds, strict=True)]
        strays = set(takes) - set(plan.takes())
    except (KeyError, TypeError, ValueError, VoxbridgeError) as error:
        raise UsageError(f"{path} holds no comparison that `voxbridge compare` wrote: {error}") from None
    if strays:
        raise UsageError(f"{path} holds takes that are not of its own texts and targets")
    return Comparison(plan, done)


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {column: row[column] for column in COLUMNS}
