"""Comparing voices by number and by ear: takes, their measures, tables and the report."""

from __future__ import annotations

from ._comparison import Comparison
from ._conditions import Condition
from ._plan import FORMAT, Plan
from ._report import demand_template
from ._saved import read
from ._script import demo
from ._speaking import acompare, compare, speak
from ._visible import visible


__all__ = [
    "FORMAT",
    "Comparison",
    "Condition",
    "Plan",
    "acompare",
    "compare",
    "demand_template",
    "demo",
    "read",
    "speak",
    "visible",
]
