"""Another sample rate, by soxr, without losing or gaining a sample."""

from __future__ import annotations

from ._stages import Stage


__all__ = ["Resampler"]


class Resampler(Stage):
    """Mono linear16 in whole samples, from one rate to another.

    Of n samples in all, ``round(n * target / source)`` come out. The work is done in float32: with integers
    soxr adds dither, and the same sound cut differently would come out differently.

    Args:
        source: Hz of what comes in.
        target: Hz of what goes out.
    """

    __slots__ = ("_given", "_ratio", "_soxr", "_taken")

    def __init__(self, source: int, target: int) -> None:
        import soxr

        self._soxr = soxr.ResampleStream(source, target, 1, dtype="float32", quality="HQ")
        self._ratio = target, source
        self._taken = self._given = 0

    def feed(self, data: bytes) -> bytes:
        import numpy as np

        samples = np.frombuffer(data, "<i2")
        self._taken += len(samples)
        return self._rounded(samples, last=False)

    def flush(self) -> bytes:
        import numpy as np

        target, source = self._ratio
        missing = round(self._taken * target / source) - self._given
        # where the ratio gives half a sample, soxr rounds up and `round` to the even number
        return self._rounded(np.empty(0, np.int16), last=True)[: 2 * missing]

    def _rounded(self, samples: object, *, last: bool) -> bytes:
        import numpy as np

        exact = self._soxr.resample_chunk(np.asarray(samples, np.float32), last=last)
        self._given += len(exact)
        np.rint(exact, out=exact)
        np.clip(exact, -32768, 32767, out=exact)
        rounded: bytes = exact.astype("<i2").tobytes()
        return rounded
