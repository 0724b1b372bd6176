"""Stages that look at samples but keep their rate: other widths, and fewer channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ._stages import Stage


if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


__all__ = ["Mixer", "Narrower", "Width"]

Width = Literal["u8", "s24", "s32", "f32", "f64"]


class Mixer(Stage):
    """Mix all channels of whole linear16 frames into one.

    Args:
        channels: how many come in.
    """

    __slots__ = ("_channels",)

    def __init__(self, channels: int) -> None:
        self._channels = channels

    def feed(self, data: bytes) -> bytes:
        import numpy as np

        frames = np.frombuffer(data, "<i2").reshape(-1, self._channels)
        mixed: bytes = np.rint(frames.mean(axis=1)).astype("<i2").tobytes()
        return mixed

    def flush(self) -> bytes:
        return b""


class Narrower(Stage):
    """Whole samples of another width in (u8 is unsigned, f is from -1 to 1), linear16 out, rounded."""

    __slots__ = ("_width",)

    def __init__(self, width: Width) -> None:
        self._width = width

    def feed(self, data: bytes) -> bytes:
        import numpy as np

        if self._width == "u8":
            return ((np.frombuffer(data, np.uint8).astype("<i2") - 128) << 8).tobytes()
        if self._width == "s24":
            wide = np.zeros((len(data) // 3, 4), np.uint8)
            wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
            exact: NDArray[np.floating[Any]] = wide.view("<i4")[:, 0] / 65536
        elif self._width == "s32":
            exact = np.frombuffer(data, "<i4") / 65536
        else:
            floats: NDArray[np.floating[Any]] = np.frombuffer(data, "<f4" if self._width == "f32" else "<f8")
            exact = np.clip(np.nan_to_num(floats), -1, 1) * 32768.0
        rounded: NDArray[np.int16] = np.clip(np.rint(exact), -32768, 32767).astype("<i2")
        return rounded.tobytes()

    def flush(self) -> bytes:
        return b""
