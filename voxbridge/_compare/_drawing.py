"""What the report draws: waveforms and charts, as numbers and paths of SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen


if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SCALE", "WAVE", "Axis", "axis", "wave"]

WAVE = (240, 48)
"""Width and height of a waveform's drawing."""
SCALE = 1000
"""Width of a chart's drawing."""
_TICKS = 4


def wave(samples: NDArray[np.int16], loudest: int) -> str:
    """Return the path of a waveform: for each step to the right a line as long as the largest sample there.

    Args:
        samples: all of the sound.
        loudest: the sample that reaches from edge to edge.
    """
    width, height = WAVE
    if not samples.size:
        return ""
    starts = np.linspace(0, samples.size, width, endpoint=False).astype(int)
    tops = np.maximum.reduceat(np.abs(samples.astype(np.int32)), starts)
    halves = np.maximum(1, np.round(tops * (height / 2 - 1) / max(1, loudest))).astype(int)
    return "".join(f"M{step} {height // 2 - half}v{2 * half}" for step, half in enumerate(halves.tolist()))


@frozen
class Axis:
    """From 0 to a round number that nothing exceeds."""

    end: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Return where a value stands."""
        return round(SCALE * value / self.end, 1)


def axis(values: Sequence[float]) -> Axis:
    """Return an axis for these values, whose ends and quarters are easy to read."""
    largest = max(values, default=0)
    if largest < 1e-9:
        return Axis(1.0, tuple(tick / _TICKS for tick in range(_TICKS + 1)))
    power = 10 ** math.floor(math.log10(largest))
    end = next(step * power for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if step * power >= largest * 0.999999)
    return Axis(end, tuple(end * tick / _TICKS for tick in range(_TICKS + 1)))
