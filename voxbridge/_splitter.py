"""Whole binary messages, cut out of what is read from a WebSocket; all else is for the library's own parser.

That one is right about everything and takes some microseconds a frame, most of what a frame of audio costs to receive.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from websockets.protocol import State


__all__ = ["split"]

# RFC 6455, 5.2: a whole binary message, and the lengths that say that the length follows.
_WHOLE_BINARY = 0x82
_TWO_BYTES = 126  # or, where it is 127, eight
_MASKED = 0x80
_END_OF_HEAD = b"\r\n\r\n"  # of the answer to the handshake


def split(protocol: Any) -> None:
    """Have *protocol*, a client's that has not begun, give whole binary messages as lists of `memoryview`s."""
    protocol.receive_data = _Splitter(protocol).receive


class _Splitter:
    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._parse: Callable[[bytes], None] = protocol.receive_data
        self._head: bytes | None = b""  # the end of what was read of the handshake's answer; None: it is over
        self._rest = b""  # the beginning of a frame, too short to say how long it is
        self._owed = 0  # bytes of a frame that the library has the beginning of

    def receive(self, data: bytes) -> None:
        """Take what was read."""
        if self._head is not None:
            data = self._after_handshake(data)
        if self._owed:
            owed = data[: self._owed]
            self._owed -= len(owed)
            self._parse(owed)
            data = data[len(owed) :]
        if self._rest:
            data, self._rest = self._rest + data, b""
        if self._protocol.state is State.OPEN:
            self._split(data)
        elif data:  # it was refused, or is being closed
            self._parse(data)

    def _after_handshake(self, data: bytes) -> bytes:
        """Let the library have the answer to the handshake; return what follows it."""
        before = self._head or b""
        known = before + data
        end = known.find(_END_OF_HEAD)
        upto = len(data) if end < 0 else end + len(_END_OF_HEAD) - len(before)
        self._head = known[1 - len(_END_OF_HEAD) :] if end < 0 else None
        self._parse(data[:upto])
        return data[upto:]

    def _split(self, data: bytes) -> None:
        view, at, size = memoryview(data), 0, len(data)
        frames: list[memoryview] = []
        while size - at >= 2:
            length, start = data[at + 1] & ~_MASKED, at + 2
            if length >= _TWO_BYTES:
                start += 2 if length == _TWO_BYTES else 8
                if start > size:
                    break
                length = int.from_bytes(view[at + 2 : start])
            end = start + length
            if data[at] == _WHOLE_BINARY and end <= size and data[at + 1] < _MASKED and self._may_take(length):
                if not frames:
                    self._protocol.events.append(frames)
                frames.append(view[start:end])
            else:
                frames = []
                self._parse(data[at:end])
                self._owed = max(0, end - size)
            at = end
        self._rest = data[at:]

    def _may_take(self, length: int) -> bool:
        """Return whether a whole message may come now; where it may not, the library says what is wrong."""
        protocol, longest = self._protocol, self._protocol.max_message_size
        within = longest is None or length <= longest
        return protocol.state is State.OPEN and protocol.current_size is None and within
