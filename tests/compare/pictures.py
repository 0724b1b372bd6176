"""Take the pictures of a report that README shows: ``python -m tests.compare.pictures report.html docs``."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.compare.browser import chosen, page


PICTURES = (
    ("report.png", 1100, 760, "#summary"),
    ("report-listen.png", 1100, 800, "#listen"),
    ("report-phone.png", 390, 1300, "#charts"),
)


def main() -> None:
    """Take two as a desktop shows it, and one as a phone does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    executable = chosen()
    if executable is None:
        parser.error("set VOXBRIDGE_CHROMIUM to the path of a Chromium")
    with page(executable) as opened:
        opened.prefer("light")
        for name, width, height, place in PICTURES:
            opened.size(width, height, phone=width < 500)
            opened.open(arguments.report.resolve())
            opened.run(f"document.querySelector('{place}').scrollIntoView()")
            opened.picture(arguments.folder / name)


if __name__ == "__main__":
    main()
