"""An HTTP server that speaks in numbered words, and fails when told to."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal

from ._loopback import Fault, LoopbackServer, drain, reset


__all__ = ["SpeakingHttp"]


class SpeakingHttp(LoopbackServer):
    """Answer ``POST /speak`` with JSON ``{"text": ...}`` by audio; connections are kept alive.

    Faults: ``status`` (``code``, ``headers``, ``body`` in place of audio), ``cut`` (the connection ends in
    mid-body), ``reset`` (TCP), ``stall`` (not another byte), ``drip`` (slower than real time, by ``pace``),
    ``empty`` (200 without audio), ``garbage`` (200 with a page of HTML).

    Args:
        framing: how the end of a body is told: ``"chunked"``, ``"length"`` (Content-Length), or ``"close"`` (by
            closing the connection, so that a cut cannot be told from the end).
    """

    kinds = ("cut", "drip", "empty", "garbage", "reset", "stall", "status")

    def __init__(self, *, framing: Literal["chunked", "length", "close"] = "chunked", **options: Any) -> None:
        super().__init__(**options)
        self.framing = framing

    @property
    def url(self) -> str:
        """Where to post."""
        return f"http://{self.address}/speak"

    @property
    def requests(self) -> int:
        """How many requests for speech came in."""
        return len(self.texts)

    def _converse(self, connection: socket.socket) -> None:
        _Handler(self, connection)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, speaker: SpeakingHttp, connection: socket.socket) -> None:
        self._speaker = speaker
        super().__init__(connection, connection.getpeername(), speaker.listener)

    def do_POST(self) -> None:
        """Speak."""
        speaker = self._speaker
        size = int(self.headers["Content-Length"])
        body = self.rfile.read(size)
        if len(body) < size:  # the client left
            self.close_connection = True
            return
        text = json.loads(body)["text"]
        with speaker.lock:
            fault = speaker.fault(len(speaker.texts), *speaker.kinds)
            speaker.texts.append(text)
            speaker.headers.append({name.lower(): value for name, value in self.headers.items()})
        match fault:
            case Fault(kind="status"):
                self._reply(fault.code or 503, fault.body, fault.headers)
            case Fault(kind="garbage"):
                self._reply(200, "<!doctype html><title>Sorry</title>", {"Content-Type": "text/html"})
            case _:
                self._speak(text, fault)

    def _reply(self, status: int, words: str, headers: Any) -> None:
        body = words.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "text/plain", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _speak(self, text: str, fault: Fault | None) -> None:
        before, after = self._speaker.chunks(text, fault)
        if fault is not None and fault.kind == "empty":
            before, after = [], []
        self._begin(sum(map(len, before + after)))
        self._say(before)
        match fault:
            case Fault(kind="cut"):
                self._leave()
            case Fault(kind="stall"):
                drain(self.connection)
                self.close_connection = True
            case Fault(kind="reset"):
                self.rfile.close()  # it would keep the socket open
                reset(self.connection)
                self.close_connection = True
            case Fault(kind="drip"):
                self._say(after, pause=self._speaker.pause(fault))
                self._finish()
            case _:
                self._say(after)
                self._finish()

    def _begin(self, size: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", self._speaker.format.content_type)
        match self._speaker.framing:
            case "chunked":
                self.send_header("Transfer-Encoding", "chunked")
            case "length":
                self.send_header("Content-Length", str(size))
            case "close":
                self.send_header("Connection", "close")
        self.end_headers()

    def _say(self, chunks: Iterable[bytes], pause: float = 0) -> None:
        for chunk in chunks:
            if pause and self._speaker.stopping.wait(pause):
                return
            framed = b"%x\r\n%b\r\n" % (len(chunk), chunk) if self._speaker.framing == "chunked" else chunk
            self.wfile.write(framed)

    def _finish(self) -> None:
        if self._speaker.framing == "chunked":
            self.wfile.write(b"0\r\n\r\n")
        if self._speaker.framing == "close":
            self._leave()

    def _leave(self) -> None:
        """End the stream without a reset that would take sent audio with it."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_WR)
        drain(self.connection)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: what came in is kept for the test."""
