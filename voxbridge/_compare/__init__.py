"""Comparing voices by number and by ear: takes, their measures, tables and the report."""

from __future__ import annotations

from ._comparison import Comparison
from ._speaking import acompare, compare


__all__ = ["Comparison", "acompare", "compare"]
