"""An emulator's server: uvicorn on 127.0.0.1 in a thread, and the gate that records what comes in."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from asyncio import BaseTransport, Transport
from contextlib import suppress
from typing import cast
from urllib.parse import parse_qsl

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from ._emulator import ASGIApp, Emulator, Line, Message, Receive, Received, Scope, Send


__all__ = ["EmulatorThread"]

_MAX_FRAME = 16 * 1024 * 1024  # bytes; more than any vendor takes, so that its own limit answers
_quiet = logging.getLogger("voxbridge.testing.server")
_quiet.disabled = True  # it would tell headers, with keys in them; what goes wrong is raised at the end


class EmulatorThread:
    """Serve an emulator from `start` to `stop`; then every socket is closed and the thread joined.

    Args:
        emulator: what is served.
        listener: where; a bound socket, which is closed in the end.
    """

    def __init__(self, emulator: Emulator, listener: socket.socket) -> None:
        self._gate = _Gate(emulator)
        self._listener = listener
        self._server = _Server(
            uvicorn.Config(
                self._gate,
                http=_HttpConnection,
                ws=_SocketConnection,
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                ws_max_size=_MAX_FRAME,
                ws_ping_interval=None,
                ws_per_message_deflate=False,
            ),
            emulator,
        )
        self._thread = threading.Thread(target=self._run, name=f"emulator-{emulator.name}", daemon=True)

    def start(self) -> None:
        """Begin to serve; return when requests are answered."""
        self._thread.start()
        self._server.ready.wait()

    def stop(self) -> Exception | None:
        """End everything; return what went wrong within the emulator itself."""
        self._server.end()
        self._thread.join()
        return self._gate.error

    def _run(self) -> None:
        asyncio.run(self._server.serve([self._listener]))


class _Server(uvicorn.Server):
    """Starts and ends at once; uvicorn's own waits are for clients that should finish."""

    def __init__(self, config: uvicorn.Config, emulator: Emulator) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._emulator = emulator

    async def main_loop(self) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        self.ready.set()
        while not self._ending.is_set():
            await self.on_tick(0)  # tells the answers their Date
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        lines = list(self._emulator.lines.values())
        for line in lines:
            line.transport.abort()
        for line in lines:
            await line.lost.wait()
        # What still runs has lost its client: it is cancelled with the loop.

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)


class _HttpConnection(H11Protocol):
    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        self.logger, self.access_log = _quiet, False
        super().connection_made(transport)
        emulator = _emulator(self.config)
        emulator.connections += 1
        emulator.lines[self.client] = Line(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        _emulator(self.config).lines.pop(self.client).lost.set()


class _SocketConnection(WebSocketsSansIOProtocol):
    def connection_made(self, transport: BaseTransport) -> None:
        self.logger, self.conn.debug = _quiet, False
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        _emulator(self.config).lines.pop(self.client).lost.set()


def _emulator(config: uvicorn.Config) -> Emulator:
    return cast("_Gate", config.app).emulator


class _Gate:
    """Records what comes in and how it is answered, and keeps the first error of the emulator's own."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.error: Exception | None = None
        self._app: ASGIApp = emulator.app()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        received = self._record(scope)

        async def receive_body() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                received.body += message.get("body", b"")
            return message

        async def send_status(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                received.status = message["status"]
            elif message["type"] == "websocket.accept":
                received.status = 101
            await send(message)

        try:
            await self._app(scope, receive_body, send_status)
        except asyncio.CancelledError:
            pass  # the server ends, and uvicorn would call this an error
        except Exception as error:
            self.error = self.error or error
            raise

    def _record(self, scope: Scope) -> Received:
        received = Received(
            method=scope.get("method", "GET"),
            path=scope["path"],
            query=tuple(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
            headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        )
        self.emulator.requests.append(received)
        self.emulator.handshakes += scope["type"] == "websocket"
        return received
