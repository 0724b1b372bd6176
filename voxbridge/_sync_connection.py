"""The connection below a blocking client's WebSocket, and who reads from it.

Its own thread does, unless somebody waits for what it brings: then that one reads in person, and no thread has to wake
another, which takes longer than all that a frame of audio needs else.
"""

from __future__ import annotations

import select
import socket
import ssl
from contextlib import suppress
from threading import Lock, Thread
from typing import Any

from websockets.exceptions import ConnectionClosedError
from websockets.protocol import State
from websockets.sync import client
from websockets.sync.utils import Deadline

from ._frames import FrameReader, enter
from ._splitter import split
from ._sync_inbox import Inbox


__all__ = ["Connection", "shut"]

_LONGEST = 3600.0  # seconds of one wait, as long ones are too much for poll; to wake early does no harm
_NOTHING_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Connection(FrameReader, client.ClientConnection):
    """Give every message to the pool in the thread that reads it."""

    def __init__(self, sock: socket.socket, protocol: Any, *, line: Any, **settings: Any) -> None:
        self.line = line
        split(protocol)
        # TLS within TLS, to a proxy, is a socket of websockets' own, and what it has may not be seen from outside.
        self._turn = _Turn(sock) if hasattr(select, "epoll") and isinstance(sock, socket.socket) else None
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
        if not turn.wait(inbox, timeout):
            return True
        try:
            return self._read(turn, in_person=True)
        except BaseException:  # Ctrl-C, perhaps between what was read and whom it is for
            turn.over = True
            shut(self.socket)
            raise

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
                    if not turn.over:
                        self._read(turn)
                    if turn.over:
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

    def _read(self, turn: _Turn, *, in_person: bool = False) -> bool:
        """Read what is there, and tell of it. Return False where who reads in person had to wait for who sends."""
        while not turn.over:
            if not self.protocol_mutex.acquire(blocking=not in_person):
                return False
            try:
                events, more = self._take_in(turn, in_person=in_person)
            finally:
                self.protocol_mutex.release()
            for event in events:
                self.process_event(event)
            if not more:
                break
        return True

    def _take_in(self, turn: _Turn, *, in_person: bool) -> tuple[list[Any], bool]:
        """Return what was read, and whether there may be more of it. The lock of sending is held."""
        try:
            data = self._receive()
            if not data:
                turn.over = True
                return [], False
            self.protocol.receive_data(data)
        except _NOTHING_YET:
            return [], False
        except (OSError, ValueError, EOFError) as error:  # ValueError and EOFError: it was closed here meanwhile
            turn.over = True
            self._broken(error)
            return [], False
        events: list[Any] = self.protocol.events_received()
        if self.protocol.writes:
            self._answer(turn, in_person=in_person)
        if self.protocol.close_expected() and self.close_deadline is None:
            self.close_deadline = Deadline(self.close_timeout)
        return events, len(data) >= self.recv_bufsize

    def _answer(self, turn: _Turn, *, in_person: bool) -> None:
        """Send what answers a ping or a close; who reads in person does not wait for a vendor who reads nothing."""
        if in_person and not turn.writable():
            Thread(target=self._answer_later, name="voxbridge-answer", daemon=True).start()
            return
        try:
            self.send_data()
        except OSError as error:
            turn.over = True
            self._broken(error)

    def _answer_later(self) -> None:
        with self.protocol_mutex:
            try:
                self.send_data()
            except OSError as error:
                self._broken(error)

    def _broken(self, error: Exception) -> None:
        """Note that it is of no more use; whoever reads finds the end. The lock of sending is held."""
        error.__traceback__ = None  # its frames know the stream, which nobody could let go of any more
        self.set_connection_exc(error)
        shut(self.socket)

    def _receive(self) -> bytes:
        """Return what is there. The lock of sending is held, so the time limit of sends may be put aside."""
        limit = self.socket.gettimeout()
        self.socket.settimeout(0)
        try:
            return self.socket.recv(self.recv_bufsize)
        finally:
            self.socket.settimeout(limit)


def shut(sock: Any) -> None:
    """End a connection at once, in both directions and for all who wait; its thread closes it."""
    plain = sock if isinstance(sock, socket.socket) else getattr(sock, "ssl_socket", None)
    if plain is not None:
        with suppress(OSError):
            socket.socket.shutdown(plain, socket.SHUT_RDWR)  # below TLS, which another thread may read


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
        self._sender = select.poll()
        self._sender.register(self._socket, select.POLLOUT)
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
        milliseconds = None if timeout is None else min(timeout, _LONGEST) * 1e3
        inbox.wake = self.ring
        try:
            found = dict(self._person.poll(milliseconds) if inbox.empty() else ())
        finally:
            inbox.wake = None
        if self._bell.fileno() in found:
            with suppress(BlockingIOError):
                self._bell.recv(4096)
        self.over = self.over or self._closing in found
        return self._socket in found

    def writable(self) -> bool:
        """Return whether something short can be sent at once."""
        return bool(self._sender.poll(0))

    def ring(self) -> None:
        """Wake who waits."""
        with suppress(OSError):  # it has been rung a thousand times, or is closed
            self._ringer.send(b"\0")

    def leave(self) -> None:
        """Give the turn back to the thread."""
        try:
            with suppress(OSError):  # it was closed
                self._thread.modify(self._socket, select.EPOLLIN)
        finally:
            self.reading.release()

    def close(self) -> None:
        """End it, once nobody reads."""
        with self.reading:
            self.over = True
            for each in (self._thread, self._bell, self._ringer):
                each.close()
