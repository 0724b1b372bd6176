"""Take the pictures of a report that README shows: ``python -m tests.compare.pictures report.html docs``."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.compare.browser import chosen, page


def main() -> None:
    """Take one as a desktop shows it, and one as a phone does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    if chosen() is None:
        parser.error("set VOXBRIDGE_CHROMIUM to the path of a Chromium")
    with page(chosen()) as opened:
        for name, width, height, phone in (("report", 1100, 1500, False), ("report-phone", 390, 1500, True)):
            opened.size(width, 900, phone=phone)
            opened.prefer("light")
            opened.open(arguments.report.resolve())
            opened.picture(arguments.folder / f"{name}.png", height)


if __name__ == "__main__":
    main()
