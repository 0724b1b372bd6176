"""The network below the asyncio client's own requests: what httpcore asks of one, straight on asyncio's transports.

httpcore's own goes through anyio, which takes more time than all that we do for a request.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from ssl import SSLContext
from typing import Any, Protocol

import httpcore
from httpcore._utils import is_socket_readable


__all__ = ["USER", "Network", "Stream", "User"]

_MOST = 256 * 1024  # bytes that nobody has read yet; then the server is held up
_PIECE = 64 * 1024  # bytes; TLS takes a write whole, and tells only at the next one that it has not sent it
_HEAD_START = 0.25  # seconds until the next address is tried as well; RFC 8305, 5


class User(Protocol):
    """What reads and writes, and follows its connection."""

    def holds(self, stream: Stream | None) -> None:
        """Hear what is about to be written to, or that TLS is agreed on, which nobody should break off."""

    def waits(self) -> None:
        """Hear that everything is read that has come so far."""


USER: ContextVar[Callable[[], User | None]] = ContextVar("user", default=lambda: None)
"""Returns whose reading and writing a task does. A weak reference: a connection keeps the context it was made in."""


class Network(httpcore.AsyncNetworkBackend):
    """Connect over TCP. Cancelled in the moment in which it is connected, asyncio may lose the socket."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Stream:
        """Return a connection to the first address of *host* that answers.

        Raises:
            httpcore.ConnectTimeout: none did in *timeout* seconds.
            httpcore.ConnectError: all refused, or the name is unknown.
        """
        loop = asyncio.get_running_loop()
        settings: dict[str, Any] = {}
        if isinstance(loop, asyncio.BaseEventLoop):  # that of uvloop has no races
            settings["happy_eyeballs_delay"] = _HEAD_START
        local = (local_address, 0) if local_address else None
        try:
            async with asyncio.timeout(timeout):
                _, stream = await loop.create_connection(Stream, host, port, local_addr=local, **settings)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        for option in socket_options or ():
            stream.get_extra_info("socket").setsockopt(*option)
        return stream


class Stream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """One connection."""

    _transport: Any

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._ended = False  # nothing more comes, and nothing more can be sent
        self._failure: Exception | None = None
        self._news, self._room = asyncio.Event(), asyncio.Event()
        self._room.set()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Return what has come, at once if something has; nothing at the end.

        Raises:
            httpcore.ReadTimeout: nothing came in *timeout* seconds.
            httpcore.ReadError: the connection broke; what came before was read.
        """
        if not self._pieces and not self._ended:
            if user := USER.get()():
                user.waits()
            self._news.clear()
            await self._until(self._news, timeout, httpcore.ReadTimeout)
        if self._pieces:
            return self._take(max_bytes)
        if self._failure:
            raise httpcore.ReadError(str(self._failure)) from self._failure
        return b""

    def _take(self, most: int) -> bytes:
        piece = self._pieces.popleft()
        if len(piece) > most:
            self._pieces.appendleft(piece[most:])
            piece = piece[:most]
        self._size -= len(piece)
        if self._size <= _MOST < self._size + len(piece):
            self._transport.resume_reading()
        return piece

    def _forget(self) -> None:
        self._pieces.clear()
        self._size = 0

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Send *buffer*, and wait while the other side takes nothing more.

        Raises:
            httpcore.WriteTimeout: it took nothing for *timeout* seconds.
            httpcore.WriteError: the connection is closed.
        """
        if not buffer:
            return
        if user := USER.get()():
            user.holds(self)
        for start in range(0, len(buffer), _PIECE):
            if self._ended:
                break
            self._transport.write(buffer[start : start + _PIECE])
            if not self._room.is_set():
                await self._until(self._room, timeout, httpcore.WriteTimeout)
        if self._ended:
            raise httpcore.WriteError(str(self._failure or "the other side closed it")) from self._failure

    async def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> Stream:
        """Go on in TLS, which may itself be in the TLS of a proxy.

        Raises:
            httpcore.ConnectTimeout: it was not agreed upon in *timeout* seconds.
            httpcore.ConnectError: it was not agreed upon, or the certificate is not trusted.
        """
        if user := USER.get()():
            user.holds(None)
        self._forget()  # nothing that came in the clear may pass as encrypted
        loop, transport = asyncio.get_running_loop(), None
        try:
            async with asyncio.timeout(timeout):
                transport = await loop.start_tls(
                    self._transport, self, ssl_context, server_hostname=server_hostname, ssl_handshake_timeout=timeout
                )
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        finally:
            if transport is None:
                self.abort()
        if self._failure or not transport:  # it was aborted meanwhile
            raise httpcore.ConnectError(str(self._failure))
        transport.set_write_buffer_limits(_PIECE)
        self._transport = transport
        return self

    async def aclose(self) -> None:
        """Close the connection. HTTP tells its own end, so that of TLS is not waited for."""
        self.abort()
        await asyncio.sleep(0)  # the transport closes its socket in the loop's next turn

    def abort(self) -> None:
        """Close the connection at once: who reads or writes has an error."""
        self._forget()
        self._end(None)
        self._failure = self._failure or ConnectionAbortedError("the connection is closed")
        self._transport.abort()

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore knows by this name."""
        if info == "is_readable":  # also by what the loop has not seen yet
            return self._ended or bool(self._pieces) or is_socket_readable(self._transport.get_extra_info("socket"))
        return self._transport.get_extra_info({"client_addr": "sockname", "server_addr": "peername"}.get(info, info))

    async def _until(self, event: asyncio.Event, timeout: float | None, late: type[Exception]) -> None:  # noqa: ASYNC109
        try:
            async with asyncio.timeout(timeout):
                await event.wait()
        except TimeoutError as error:
            raise late(str(error)) from error

    # What asyncio tells.

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Keep *data* until it is read."""
        self._pieces.append(data)
        self._size += len(data)
        if self._size > _MOST:
            self._transport.pause_reading()
        self._news.set()

    def pause_writing(self) -> None:
        """Hear that the other side takes nothing for now."""
        self._room.clear()

    def resume_writing(self) -> None:
        """Hear that it does."""
        self._room.set()

    def eof_received(self) -> None:
        """Hear that the other side has ended. The transport closes itself."""
        self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Hear that the connection is closed, or why it broke."""
        self._end(exc)

    def _end(self, failure: Exception | None) -> None:
        if not self._ended:
            self._ended, self._failure = True, failure
        self._news.set()
        self._room.set()
