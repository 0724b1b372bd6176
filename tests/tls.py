"""TLS in front of a plain server, which may go silent after so many bytes, in the midst of a record."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from contextlib import suppress
from typing import Any, Self
from urllib.parse import urlsplit

import trustme


authority = trustme.CA()


def offering() -> ssl.SSLContext:
    """Return the context of a server on localhost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def trusting() -> ssl.SSLContext:
    """Return the context of a client that trusts such servers."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


class TlsFront:
    """What a backend needs to know of a server: its address, over TLS, and its format.

    Args:
        server: the plain one.
        most: bytes of TLS that each connection gives out, then it goes silent; None: all.
    """

    def __init__(self, server: Any, most: int | None = None) -> None:
        self.server, self.most, self.format = server, most, server.format
        self._context = offering()
        self._listener = socket.create_server(("127.0.0.1", 0))
        address = urlsplit(server.url)
        self._to = (address.hostname, address.port)
        self.url = f"{address.scheme}s://localhost:{self._listener.getsockname()[1]}{address.path}"
        self.connections = 0
        self._over, self._ended = socket.socketpair()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._spawn(self._accept)
        return self

    def __exit__(self, *failure: object) -> None:
        self._ended.close()
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        self._listener.close()
        self._over.close()

    def _spawn(self, *work: Any) -> None:
        self._threads.append(threading.Thread(target=work[0], args=work[1:]))
        self._threads[-1].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._spawn(self._carry, connection)

    def _carry(self, near: socket.socket) -> None:
        with near, socket.create_connection(self._to) as far, suppress(OSError):
            coming, going = ssl.MemoryBIO(), ssl.MemoryBIO()
            layer = self._context.wrap_bio(coming, going, server_side=True)
            given, ready = 0, [near]
            while self._over not in ready:
                if near in ready:
                    if not (data := near.recv(65536)):
                        return
                    coming.write(data)
                    with suppress(ssl.SSLWantReadError):
                        layer.do_handshake()
                        while data := layer.read(65536):
                            far.sendall(data)
                if far in ready:
                    if not (data := far.recv(65536)):
                        return
                    layer.write(data)
                data = going.read()
                data = data if self.most is None else data[: max(0, self.most - given)]
                given += len(data)
                near.sendall(data)
                ready = select.select([near, far, self._over], [], [])[0]
