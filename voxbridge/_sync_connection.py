"""The connection below a blocking client's WebSocket, and who reads from it.

Its own thread does, unless somebody waits for what it brings: then that one reads in person, and no thread has to wake
another, which takes longer than all that a frame of audio needs else.
"""

from __future__ import annotations

import select
import socket
import ssl
from contextlib import suppress
from threading import Lock
from typing import Any

from websockets.exceptions import ConnectionClosedError
from websockets.protocol import State
from websockets.sync import client
from websockets.sync.utils import Deadline

from ._frames import FrameReader, enter
from ._splitter import split
from ._sync_inbox import Inbox


__all__ = ["Connection"]

_NOTHING_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Connection(FrameReader, client.ClientConnection):
    """Give every message to the pool in the thread that reads it."""

    def __init__(self, sock: socket.socket, protocol: Any, *, line: Any, **settings: Any) -> None:
        self.line = line
        split(protocol)
        self._turn = _Turn(sock) if hasattr(select, "epoll") else None
        super().__init__(sock, protocol, **settings)
        self.pending_legacy_warning = False  # it may be used before `connect` has returned

    def put(self, frames: list[str | bytes]) -> None:
        """Send frames in one write.

        Raises:
            ConnectionClosed: the connection has ended.
        """
        with self.protocol_mutex:
            if self.protocol.state is State.OPEN:
                enter(self.protocol, frames)
                try:
                    self.send_data()
                except OSError as error:
                    self._broken(error)
                else:
                    return
        # The library would wait for its thread to end, which may wait for the caller's.
        raise ConnectionClosedError(None, None)

    def recv_events(self) -> None:
        """Read until the end. The library's thread."""
        try:
            if self._turn is None:
                super().recv_events()
            else:
                self._read_to_the_end(self._turn)
        finally:
            self.ended()

    def take(self) -> bool:
        """Have the caller's thread read from now on, up to `leave`; return whether that is possible."""
        return self._turn is not None and self._turn.take()

    def listen(self, inbox: Inbox, timeout: float | None) -> bool:
        """Wait for what comes, until something is posted or for so many seconds; the turn was taken.

        Returns:
            Whether to listen again; else another one reads, who posts what comes.
        """
        turn = self._turn
        if turn is None or turn.over:
            return False
        if turn.wait(inbox, timeout):
            if self.protocol_mutex.locked():
                return False  # somebody sends, perhaps to a vendor who does not read: that may take its time
            turn.over = not self._read()
        return True

    def leave(self) -> None:
        """Have the connection's own thread read again."""
        if self._turn is not None:
            self._turn.leave()

    def _read_to_the_end(self, turn: _Turn) -> None:
        """Do as the library does, but read only while nobody else does."""
        try:
            turn.watch(self.shutdown_watcher)
            while turn.comes():
                with turn.reading:
                    if turn.over or not self._read():
                        break
            with self.protocol_mutex:
                self.protocol.receive_eof()
                events = self.protocol.events_received()
                self.send_data()
            for event in events:  # the answer to a handshake may have its end here
                self.process_event(event)
        finally:
            self.close_socket()
            turn.close()
            self.shutdown_watcher.close()
            self.response_rcvd.set()  # who still waits for the handshake waits in vain

    def _read(self) -> bool:
        """Read what is there, and tell of it; return whether more may come."""
        while True:
            with self.protocol_mutex:
                try:
                    data = self._receive()
                except _NOTHING_YET:
                    return True
                except (OSError, ValueError) as error:  # ValueError: it was closed meanwhile
                    self._broken(error)
                    return False
                if not data:
                    return False
                self.protocol.receive_data(data)
                events = self.protocol.events_received()
                try:
                    self.send_data()
                except OSError as error:
                    self._broken(error)
                    return False
                if self.protocol.close_expected() and self.close_deadline is None:
                    self.close_deadline = Deadline(self.close_timeout)
            for event in events:
                self.process_event(event)
            if len(data) < self.recv_bufsize:
                return True

    def _broken(self, error: Exception) -> None:
        """Note that it is of no more use; whoever reads finds the end. The lock of sending is held."""
        error.__traceback__ = None  # its frames know the stream, which nobody could let go of any more
        self.set_connection_exc(error)
        with suppress(OSError):
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)  # below TLS, from which another thread may read

    def _receive(self) -> bytes:
        """Return what is there. The lock of sending is held, so the time limit of sends may be put aside."""
        limit = self.socket.gettimeout()
        self.socket.settimeout(0)
        try:
            return self.socket.recv(self.recv_bufsize)
        finally:
            self.socket.settimeout(limit)


class _Turn:
    """Who reads from a socket: the connection's own thread, which waits at an epoll, or somebody in person.

    Taking the turn is to take the socket's events off the epoll, which wakes nobody.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.reading = Lock()
        self.over = False
        """Whether nothing more will come. The lock of reading guards it."""
        self._socket, self._closing = sock.fileno(), -1
        self._bell, self._ringer = socket.socketpair()
        self._bell.settimeout(0)
        self._ringer.settimeout(0)
        self._thread, self._person = select.epoll(), select.poll()
        self._thread.register(self._socket, select.EPOLLIN)
        for fd in (self._socket, self._bell.fileno()):
            self._person.register(fd, select.POLLIN)

    def watch(self, closing: socket.socket) -> None:
        """Have both who may wait woken when the connection is closed here."""
        self._closing = closing.fileno()
        self._thread.register(self._closing, select.EPOLLIN)
        self._person.register(self._closing, select.POLLIN)

    def comes(self) -> bool:
        """Wait until there is something to read; return False where the socket was closed instead."""
        ready = {fd for fd, _ in self._thread.poll()}
        return self._socket in ready or self._closing not in ready

    def take(self) -> bool:
        """Take the turn, if nobody reads just now."""
        if not self.reading.acquire(blocking=False):
            return False
        if not self.over:
            with suppress(OSError):  # it was closed just now
                self._thread.modify(self._socket, 0)
                return True
        self.reading.release()
        return False

    def wait(self, inbox: Inbox, timeout: float | None) -> bool:
        """Wait at the socket, and for posts; return whether there is something to read."""
        inbox.wake = self.ring
        try:
            found = dict(self._person.poll(None if timeout is None else timeout * 1e3) if inbox.empty() else ())
        finally:
            inbox.wake = None
        if self._bell.fileno() in found:
            with suppress(BlockingIOError):
                self._bell.recv(4096)
        self.over = self.over or self._closing in found
        return self._socket in found

    def ring(self) -> None:
        """Wake who waits."""
        with suppress(OSError):  # it has been rung a thousand times, or is closed
            self._ringer.send(b"\0")

    def leave(self) -> None:
        """Give the turn back to the thread."""
        with suppress(OSError):  # it was closed
            self._thread.modify(self._socket, select.EPOLLIN)
        self.reading.release()

    def close(self) -> None:
        """End it, once nobody reads."""
        with self.reading:
            self.over = True
            for each in (self._thread, self._bell, self._ringer):
                each.close()
