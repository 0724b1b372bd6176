"""What the speaking servers share: threads that end with the server, a voice, and a script of faults."""

from __future__ import annotations

import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Any, Self

from attrs import field, fields_dict, frozen

from voxbridge.audio import AudioFormat, conversion
from voxbridge.exceptions import UsageError, nearest

from ._oracle import WORD_SECONDS
from ._words import WordVoice, expected_indices


__all__ = ["Fault", "LoopbackServer", "drain", "reset"]


@frozen(kw_only=True)
class Fault:
    """One line of a fault script; what each kind does is told by the server."""

    on: int
    """Which unit, counted from 0 over all connections; for ``status`` on a socket, which handshake."""
    kind: str
    at: float = 0.5
    """After which share of the unit's audio, 0 to 1."""
    code: int | None = None
    """The close code, 1000 unless given, or the HTTP status, 503 unless given."""
    headers: Mapping[str, str] = field(factory=dict)
    body: str = ""
    """The body of a refusal, or the words of an error."""
    pace: float = 0.25
    """How fast ``drip`` speaks; 1 is real time."""


class _Listener(ThreadingTCPServer):
    """Accept connections, have each served in a thread of its own, and end them all together."""

    request_queue_size = 128
    daemon_threads = False  # so that server_close joins them

    def __init__(self, converse: Callable[[socket.socket], None]) -> None:
        self.connections = 0
        self.error: BaseException | None = None
        self._converse = converse
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), BaseRequestHandler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self.connections += 1
            self._open.add(connection)
        return connection, address

    def finish_request(self, request: Any, client_address: Any) -> None:
        with suppress(OSError):  # a client may leave at any time
            self._converse(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        self.error = self.error or sys.exception()

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def close(self) -> None:
        """Stop accepting, wake every thread out of its wait and join it."""
        self.shutdown()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class LoopbackServer:
    """Speak over 127.0.0.1 from ``with`` on to its end, when every connection is closed and every thread joined.

    An error within the server itself is raised at the end of ``with``.

    Args:
        vendor: the vendor number that its words carry, 0 to 3.
        format: what it speaks, any format that conversion can give.
        chunk_ms: how much audio it sends at a time, in milliseconds.
        faults: a script; each fault strikes once.
    """

    kinds: tuple[str, ...] = ()

    def __init__(
        self,
        *,
        vendor: int = 0,
        format: str | AudioFormat = "linear16/24000",
        chunk_ms: int = 100,
        faults: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        self.format = AudioFormat.parse(format)
        self.texts: list[str] = []
        """The texts of all units, as they came in."""
        self.headers: list[dict[str, str]] = []
        """The headers of each handshake or request, their names in lower case."""
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self._voice = WordVoice(vendor=vendor)
        self._chunk_ms = chunk_ms
        self._faults = [_fault(line, self.kinds) for line in faults]

    def __enter__(self) -> Self:
        self.listener = _Listener(self._converse)
        self._thread = threading.Thread(target=self.listener.serve_forever, args=(0.004,), name="loopback-accept")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self.listener.close()
        self._thread.join()
        if self.listener.error is not None and error is None:
            raise self.listener.error

    @property
    def connections(self) -> int:
        """How many were accepted."""
        return self.listener.connections

    @property
    def address(self) -> str:
        """Host and port."""
        return "{}:{}".format(*self.listener.server_address)

    def fault(self, on: int, *kinds: str) -> Fault | None:
        """Return the fault that the script has for unit *on*, if it is one of *kinds*."""
        return next((fault for fault in self._faults if fault.on == on and fault.kind in kinds), None)

    def speech(self, text: str) -> bytes:
        """Return *text* as the server's voice speaks it, in the server's format."""
        rate = self.format.sample_rate or 24000
        stage = conversion(AudioFormat("linear16", rate), self.format)
        return stage.feed(self._voice.speak(text, rate)) + stage.flush()

    def chunks(self, text: str, fault: Fault | None) -> tuple[list[bytes], list[bytes]]:
        """Return the chunks that speak *text* before and after the place where *fault* strikes."""
        audio = self.speech(text)
        seconds = WORD_SECONDS * len(expected_indices(text)) or 1.0
        size = max(2, _even(len(audio) * self._chunk_ms / 1000 / seconds))
        place = len(audio) if fault is None else _even(len(audio) * fault.at)
        return list(_cut(audio[:place], size)), list(_cut(audio[place:], size))

    def pause(self, fault: Fault) -> float:
        """Return how long ``drip`` waits before each chunk, in seconds."""
        return self._chunk_ms / 1000 / fault.pace

    def _converse(self, connection: socket.socket) -> None:
        raise NotImplementedError


def reset(connection: socket.socket) -> None:
    """Close with a TCP reset: no lingering for what is unsent."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def drain(connection: socket.socket) -> None:
    """Read until the peer closes. Closing earlier with unread data would be a reset."""
    with suppress(OSError):
        while connection.recv(65536):
            pass


def _fault(line: Mapping[str, Any], kinds: tuple[str, ...]) -> Fault:
    known = fields_dict(Fault)
    for key in line:
        if key not in known:
            raise UsageError(f"a fault has no {key!r}.{nearest(key, known)} Known: {', '.join(known)}")
    fault = Fault(**line)
    if fault.kind not in kinds:
        raise UsageError(f"no fault {fault.kind!r} here.{nearest(fault.kind, kinds)} Known: {', '.join(kinds)}")
    return fault


def _even(size: float) -> int:
    """Round down to whole linear16 samples; other formats do not mind."""
    return int(size) // 2 * 2


def _cut(audio: bytes, size: int) -> Iterator[bytes]:
    return (audio[start : start + size] for start in range(0, len(audio), size))
