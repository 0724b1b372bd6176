"""WebSockets of the asyncio client. Loaded when the first one is opened."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from inspect import isawaitable
from ssl import SSLContext
from typing import Any

from websockets.asyncio import client
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from ._frames import FrameReader, enter, handful, tell_why
from ._models import Timeouts
from ._pool import Socket
from ._splitter import split
from ._wire import close_of, reveal, socket_failure, socket_settings
from .exceptions import BackendError, SynthesisTimeout


__all__ = ["Line"]


class Line:
    """The way from the pool's socket to the network. Only its own tasks ever wait.

    Args:
        socket: what the pool knows of it; is told what happens.
        timeouts: for connecting, sending and closing.
        spawn: starts a task that the client waits for when it is closed.
    """

    def __init__(
        self, socket: Socket, timeouts: Timeouts, spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
    ) -> None:
        self.socket, self.timeouts, self._spawn = socket, timeouts, spawn
        self.clock = asyncio.get_running_loop().time
        self.transport: Any = None
        self._outbox: deque[str | bytes] = deque()
        self._writer: asyncio.Task[None] | None = None
        self._reader: asyncio.Task[None] | None = None

    def connect(self, proxy: str | None, context: SSLContext | None, connector: Any) -> None:
        """Connect in a task; the socket is told how that ends."""
        self._reader = self._spawn(self._connect(proxy, context) if connector is None else self._converse(connector))

    def send(self, *frames: str | bytes) -> None:
        """Send frames, now if the connection takes them, else in a task."""
        self._outbox += frames
        if self._writer is None and not self._sent_at_once():
            self._writer = self._spawn(self._write())

    def _sent_at_once(self) -> bool:
        """Write what can be written without waiting; return whether that was all, and the kernel took it."""
        if not isinstance(self.transport, _Connection):
            return False
        while self._outbox and not self.transport.paused:
            self.transport.put(handful(self._outbox))
        return not self.transport.paused

    async def _write(self) -> None:
        """Write what is in the outbox as the vendor reads it."""
        try:
            while True:
                async with asyncio.timeout(self.timeouts.send):
                    if isinstance(self.transport, _Connection):
                        await self.transport.drain()
                    elif self._outbox:
                        await _settled(self.transport.send(self._outbox.popleft()))
                if not self._outbox or self._sent_at_once():
                    return
        except TimeoutError:
            self.failed(SynthesisTimeout(f"nothing was read within {self.timeouts.send:g} s", phase="send"))
        except ConnectionClosed:
            pass  # the reader tells why
        except Exception as error:  # noqa: BLE001  # a frame that was not sent must not go unnoticed
            self.failed(socket_failure(error))
        finally:
            self._writer = None

    def opened(self, transport: Any, handshake: dict[str, str]) -> None:
        """Note that the handshake has succeeded."""
        self.transport = transport
        self.socket.opened(self.clock(), handshake)

    def lost(self, code: int, reason: str) -> None:
        """Note that the connection has ended."""
        self.socket.lost(self.clock(), code, reason)

    def failed(self, error: BackendError) -> None:
        """Note that the connection has failed below the close handshake."""
        self.socket.failed(self.clock(), error)

    def close(self) -> None:
        """Close it politely, in a task; one that is being connected is called off."""
        if self._writer:
            self._writer.cancel()
        if self.transport is not None:
            self._spawn(self._close(self.transport))
        elif self._reader:
            self._reader.cancel()

    async def _close(self, transport: Any) -> None:
        try:
            with suppress(Exception):  # nobody is left to be told
                async with asyncio.timeout(self.timeouts.close):
                    await _settled(transport.close())
        finally:
            if isinstance(transport, _Connection):
                transport.transport.abort()
            elif self._reader:
                self._reader.cancel()

    async def _connect(self, proxy: str | None, context: SSLContext | None) -> None:
        spec = self.socket.spec
        try:
            await _Connect(
                spec.url,
                additional_headers=reveal(spec.headers),
                open_timeout=self.timeouts.connect,
                close_timeout=self.timeouts.close,
                create_connection=lambda protocol, **more: _Connection(protocol, line=self, **more),  # type: ignore[arg-type]
                **socket_settings(spec, proxy, context),
            )
        except Exception as error:  # noqa: BLE001  # sorted by socket_failure
            tell_why(self.socket, self.clock(), error)

    async def _converse(self, connector: Any) -> None:
        """Read from an application's own transport until it ends."""
        spec = self.socket.spec
        try:
            async with asyncio.timeout(self.timeouts.connect):
                connect = getattr(connector, "connect", connector)
                transport = await _settled(connect(spec.url, reveal(spec.headers)))
        except Exception as error:  # noqa: BLE001  # sorted by socket_failure
            tell_why(self.socket, self.clock(), error)
            return
        self.opened(transport, {})
        try:
            while (frame := await _settled(transport.recv())) is not None:
                self.socket.deliver(self.clock(), frame)
        except Exception as error:  # noqa: BLE001  # transports say in their own ways that they have ended
            self.lost(*close_of(error))
        else:
            self.lost(1000, "")


class _Connect(client.connect):
    def process_redirect(self, exc: Exception) -> Exception:
        """Follow none: the key would go along."""
        return exc


class _Connection(FrameReader, client.ClientConnection):
    """Give every message to the pool in the callback that reads it."""

    def __init__(self, protocol: Any, *, line: Line, **settings: Any) -> None:
        self.line = line
        split(protocol)
        super().__init__(protocol, **settings)

    def put(self, frames: Sequence[str | bytes]) -> None:
        """Write frames without waiting for anything."""
        if self.protocol.state is not State.OPEN or self.transport.is_closing():
            return  # its end is told by the reader
        enter(self.protocol, frames)
        self.send_data()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell how it ended."""
        super().connection_lost(exc)
        self.ended()


async def _settled(value: Any) -> Any:
    """Return what a plain function or a coroutine gave."""
    return await value if isawaitable(value) else value
