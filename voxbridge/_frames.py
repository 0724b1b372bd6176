"""From WebSocket frames to the pool, right where they are read: no second queue, and nobody who waits at one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from websockets.exceptions import InvalidStatus
from websockets.frames import Close, Frame, Opcode

from ._pool import Socket
from ._wire import refused, socket_failure
from .exceptions import BackendError


__all__ = ["AT_ONCE", "FrameReader", "Listener", "enter", "handful", "tell_why"]

AT_ONCE = 16 * 1024
"""Bytes that a socket which can be written to takes without waiting."""

_MESSAGES = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})


class Listener(Protocol):
    """Who is told what happens on a connection."""

    socket: Socket
    clock: Callable[[], float]

    def opened(self, transport: Any, handshake: dict[str, str]) -> None:
        """Note that the handshake has succeeded."""

    def lost(self, code: int, reason: str) -> None:
        """Note that the connection has ended."""

    def failed(self, error: BackendError) -> None:
        """Note that the connection has failed below the close handshake."""


class FrameReader:
    """Mixed into both of websockets' client connections, over their queue of messages."""

    line: Listener
    response: Any
    protocol: Any
    _parts: tuple[bytes, ...] = ()
    _text = False

    def process_event(self, event: Any) -> None:
        """Take what was read."""
        if type(event) is list:
            self.line.socket.deliver_all(self.line.clock(), event)
        elif self.response is None:
            super().process_event(event)  # type: ignore[misc]
            if self.protocol.handshake_exc is None:
                self.line.opened(self, {name.lower(): value for name, value in event.headers.raw_items()})
        elif event.opcode in _MESSAGES:
            self._assemble(event)
        else:
            super().process_event(event)  # type: ignore[misc]
            if event.opcode is Opcode.CLOSE:
                close = Close.parse(event.data)
                self.line.lost(close.code, close.reason)

    def _assemble(self, frame: Frame) -> None:
        """Take a text, or a part of a message."""
        if frame.opcode is not Opcode.CONT:
            self._text = frame.opcode is Opcode.TEXT
        self._parts += (bytes(frame.data),)
        if frame.fin:
            message, self._parts = b"".join(self._parts), ()
            self.line.socket.deliver(self.line.clock(), message.decode("utf-8", "replace") if self._text else message)

    def ended(self) -> None:
        """Tell how the connection has ended, if it ever began: whoever connects tells of a refused handshake."""
        if self.response is None or self.protocol.handshake_exc is not None:
            return
        wrong = self.protocol.parser_exc
        if wrong is not None and not isinstance(wrong, EOFError):
            self.line.failed(socket_failure(wrong))
        else:
            self.line.lost(self.protocol.close_code or 1006, self.protocol.close_reason or "")


def handful(outbox: deque[str | bytes]) -> list[str | bytes]:
    """Take the frames that go out in one write: at least one, and no more than is written at once."""
    frames = [outbox.popleft()]
    size = len(frames[0])
    while outbox and size + len(outbox[0]) <= AT_ONCE:
        frames.append(outbox.popleft())
        size += len(frames[-1])
    return frames


def enter(protocol: Any, frames: Sequence[str | bytes]) -> None:
    """Give frames to a connection's protocol, which writes them out."""
    for frame in frames:
        if isinstance(frame, str):
            protocol.send_text(frame.encode())
        else:
            protocol.send_binary(frame)


def tell_why(socket: Socket, at: float, error: Exception) -> None:
    """Tell the pool why there is no connection."""
    if isinstance(error, InvalidStatus):
        socket.refused(at, *refused(error))
    else:
        socket.failed(at, socket_failure(error))
