"""Stages: bytes go in piece by piece, and other bytes come out as soon as they can."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from attrs import frozen

from voxbridge.exceptions import ProtocolError

from ._format import Encoding


__all__ = ["Aligner", "Pipeline", "Reader", "Sound", "Stage"]


class Stage(ABC):
    """One step from bytes to bytes. How its input is cut into pieces never changes what comes out in all."""

    @abstractmethod
    def feed(self, data: bytes) -> bytes:
        """Take more input; return what output is ready."""

    @abstractmethod
    def flush(self) -> bytes:
        """Return the rest of the output. After this the stage is spent."""


@frozen
class Sound:
    """What raw bytes turned out to be."""

    encoding: Encoding
    sample_rate: int
    channels: int


class Reader(Stage):
    """A stage that learns from the stream itself what it holds."""

    sound: Sound | None = None
    "What comes out; None until the stream has said it."


class Pipeline(Stage):
    """Stages one after another; without any, bytes pass as they are."""

    __slots__ = ("stages",)

    def __init__(self, stages: Iterable[Stage] = ()) -> None:
        self.stages = tuple(stages)

    def __repr__(self) -> str:
        return f"Pipeline({' > '.join(type(stage).__name__ for stage in self.stages)})"

    def feed(self, data: bytes) -> bytes:
        for stage in self.stages:
            data = stage.feed(data)
            if not data:
                break
        return data

    def flush(self) -> bytes:
        data = b""
        for stage in self.stages:
            ready = stage.feed(data) if data else b""
            data = ready + stage.flush()
        return data


class Aligner(Stage):
    """Let only whole frames pass; carry the odd bytes over to the next piece.

    Args:
        frame_size: bytes of one frame.
    """

    __slots__ = ("_carry", "_size")

    def __init__(self, frame_size: int) -> None:
        self._size = frame_size
        self._carry = b""

    def feed(self, data: bytes) -> bytes:
        if self._carry:
            data = self._carry + data
        odd = len(data) % self._size
        if not odd:
            self._carry = b""
            return data
        self._carry = data[-odd:]
        return data[:-odd]

    def flush(self) -> bytes:
        """Return nothing.

        Raises:
            ProtocolError: the sound ended inside a frame.
        """
        if self._carry:
            raise ProtocolError(
                f"the sound ended inside a frame: {len(self._carry)} of {self._size} bytes were left over"
            )
        return b""
