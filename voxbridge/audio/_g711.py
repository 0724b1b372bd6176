"""Mu-law and A-law, from the rule of ITU-T G.711 as the reference software of ITU-T G.191 applies it to 16 bits.

A negative sample's magnitude is its ones' complement there, so the intervals are half open in the same
direction on both sides of zero. Other libraries differ: ffmpeg on 964 of the 65,536 samples of mu-law.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from ._stages import Stage


if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Compressor", "Expander", "Law"]

Law = Literal["mulaw", "alaw"]

_BIAS = 33  # of mu-law, in its own scale of 14 bits


class Expander(Stage):
    """G.711 in, linear16 out."""

    __slots__ = ("_samples",)

    def __init__(self, law: Law) -> None:
        self._samples = expanding(law)

    def feed(self, data: bytes) -> bytes:
        import numpy as np

        return self._samples[np.frombuffer(data, np.uint8)].tobytes()

    def flush(self) -> bytes:
        return b""


class Compressor(Stage):
    """Whole samples of linear16 in, G.711 out."""

    __slots__ = ("_codes",)

    def __init__(self, law: Law) -> None:
        self._codes = compressing(law)

    def feed(self, data: bytes) -> bytes:
        import numpy as np

        codes: bytes = self._codes[np.frombuffer(data, "<u2")].tobytes()
        return codes

    def flush(self) -> bytes:
        return b""


@cache
def expanding(law: Law) -> NDArray[np.int16]:
    """Return the sample, in 16 bits, of each of the 256 codes."""
    import numpy as np

    codes: NDArray[np.signedinteger[Any]] = np.arange(256)
    if law == "mulaw":
        bits = ~codes
        exponent, mantissa = bits >> 4 & 7, bits & 15
        magnitude = ((2 * mantissa + _BIAS << exponent) - _BIAS) << 2
    else:
        bits = codes ^ 0x55
        exponent, mantissa = bits >> 4 & 7, bits & 15
        magnitude = np.where(exponent == 0, 2 * mantissa + 1, 2 * mantissa + 33 << np.maximum(exponent, 1) - 1) << 3
    return np.where(codes & 0x80, magnitude, -magnitude).astype("<i2")


@cache
def compressing(law: Law) -> NDArray[np.uint8]:
    """Return the code of each sample, indexed by the sample's 16 bits taken as unsigned."""
    import numpy as np

    samples = np.arange(65536).astype(np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.where(samples < 0, ~samples, samples)
    sign = np.where(samples < 0, 0, 0x80)
    if law == "mulaw":
        biased = np.minimum((magnitude >> 2) + _BIAS, 0x1FFF)
        exponent = _bit_length(biased) - 6
        codes = sign | ~(exponent << 4 | biased >> exponent + 1 & 15) & 0x7F
    else:
        steps = magnitude >> 4
        exponent = np.maximum(_bit_length(steps) - 4, 0)
        codes = (sign | exponent << 4 | steps >> np.maximum(exponent - 1, 0) & 15) ^ 0x55
    table: NDArray[np.uint8] = codes.astype(np.uint8)
    return table


def _bit_length(numbers: NDArray[np.int32]) -> NDArray[np.int32]:
    import numpy as np

    return np.frexp(numbers.astype(np.float64))[1].astype(np.int32)
