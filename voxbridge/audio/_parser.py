"""Parsers that are fed in pieces, written as generators that wait for more where they need it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import Generic, NamedTuple, TypeVar


__all__ = ["Packet", "Parser", "Splitter", "Wait"]

T = TypeVar("T")
R = TypeVar("R")
Wait = Generator[None, None, R]
"Steps of a parser: each `yield` waits for more input; the value is what they return."


class Parser(ABC, Generic[T]):
    """A grammar for a stream that comes in pieces.

    `_stream` is all of it, from the first byte to the end; it appends what it finds to `_found`.
    """

    def __init__(self) -> None:
        self._buffer = b""
        self._at = 0  # where in the buffer the next byte is
        self._ended = False
        self._found: list[T] = []
        self._steps = self._stream()

    @abstractmethod
    def _stream(self) -> Wait[None]: ...

    def parse(self, data: bytes) -> list[T]:
        """Take more of the stream; return what was found."""
        self._buffer = self._buffer[self._at :] + data
        self._at = 0
        return self._advance()

    def end(self) -> list[T]:
        """Return what only the end of the stream makes whole."""
        self._ended = True
        return self._advance()

    def _advance(self) -> list[T]:
        next(self._steps, None)
        found, self._found = self._found, []
        return found

    def _has(self, count: int) -> Wait[bool]:
        """Wait until *count* bytes are there; return False if the stream ends before."""
        while len(self._buffer) - self._at < count and not self._ended:
            yield
        return len(self._buffer) - self._at >= count

    @property
    def _left(self) -> int:
        """Bytes that are there."""
        return len(self._buffer) - self._at

    def _peek(self, count: int) -> bytes:
        return self._buffer[self._at : self._at + count]

    def _take(self, count: int) -> bytes:
        taken = self._peek(count)
        self._at += len(taken)
        return taken

    def _skip(self, count: int) -> Wait[None]:
        """Drop *count* bytes, as many as there are."""
        while (count := count - len(self._take(count))) and not self._ended:
            yield


class Packet(NamedTuple):  # there are thousands, and a frozen class takes twice as long to make
    """One frame of compressed sound."""

    data: bytes
    sample_rate: int
    "Hz"
    samples: int
    "How many it decodes to, of each channel."
    setup: bytes = b""
    "What a new decoder must be given before this packet; empty to go on with the old one."
    delay: int = 0
    "Samples at the beginning of a new decoder's output that are not sound; the decoder drops them by itself."
    padding: int = 0
    "Samples at the end of this packet that are not sound."


class Splitter(Parser[Packet]):
    """Cut a compressed stream into packets.

    Raises:
        ProtocolError: (parse, end) the stream is something else.
        TruncatedSpeech: (end) the stream ends inside a packet.
    """
