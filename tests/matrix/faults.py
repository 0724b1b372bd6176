"""What may go wrong on a wire, by the names that `tests/data/faults.toml` has."""

from __future__ import annotations

import json
import socket
import ssl
import struct
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import httpx
from websockets import exceptions

from voxbridge import BackendError, SynthesisTimeout
from voxbridge._wire import http_failure, socket_failure

from .scripts import Close, End, Event, Fail, Fault, Frame, Refuse, Say, Script
from .vendors import BEGINS


_LATE = 5.0  # seconds, after which a shell gives up a connection or a frame that nobody reads
_GENERATIONS = ("DM", "DS")
_REQUESTS = ("GR", "DR")


def _failing(of_socket: BaseException, of_request: Exception) -> Fault:
    def connect(wire: str) -> Script:
        failure = http_failure(of_request) if wire in _REQUESTS else socket_failure(of_socket)  # type: ignore[arg-type]
        return [(0.0, Fail(failure))]

    return Fault(connect=connect)


def _tls() -> httpx.ConnectError:
    error = httpx.ConnectError("certificate verify failed")
    error.__cause__ = ssl.SSLCertVerificationError(1, "certificate verify failed")
    return error


def _hang(wire: str) -> Script:
    if wire in _REQUESTS:
        return [(_LATE - 0.02, Fail(http_failure(httpx.ConnectTimeout(""))))]
    return []


def _status(status: int, *, once: bool = False, **headers: str) -> Fault:
    def connect(wire: str) -> Script:
        name = "err_msg" if wire.startswith("G") else "message"
        words = json.dumps({name: f"status {status}"}).encode()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return [(0.02, Refuse(status, {"content-type": "application/json", **sent}, words))]

    return Fault(connect=connect, once=once)


def _event(event: Event) -> Fault:
    return Fault(rest=lambda wire: [(0.0, event)])


def _breaking(make: Callable[[], BackendError], *, after: float = 0.0) -> Fault:
    return Fault(rest=lambda wire: [(after, Fail(make()))])


def _reset(wire: str) -> Script:
    broken = Fail(http_failure(httpx.ReadError("connection reset by peer")))
    return [(0.0, broken if wire in _REQUESTS else Close(1006))]


def _words(kind: str, body: bytes) -> Fault:
    return Fault(connect=lambda wire: [(0.02, Refuse(200, {"content-type": kind}, body))])


def _by_wire(**events: Event) -> Fault:
    return Fault(rest=lambda wire: [(0.0, events[wire])])


def _error(deepgram: dict[str, Any], deepdub: dict[str, Any]) -> Fault:
    return _by_wire(GW=Frame(deepgram), DM=Frame(deepdub), DS=Frame(deepdub))


# -- what is changed of a script


def _sounds(script: Script, change: Callable[[bytes], list[bytes]]) -> Script:
    """Return a script with each piece of sound made into others."""
    changed: Script = []
    for delay, event in script:
        pieces = change(event.data) if isinstance(event, Say) else None
        changed += [(delay, event)] if pieces is None else [(delay / len(pieces), Say(piece)) for piece in pieces]
    return changed


def _late(wire: str, script: Script, place: int) -> Script:
    delay, event = script[place]
    return [*script[:place], (delay + 2.0, event), *script[place + 1 :]]


def _cut(size: int) -> Callable[[str, Script, int], Script]:
    def change(wire: str, script: Script, place: int) -> Script:
        def cut(data: bytes) -> list[bytes]:
            return [data[at : at + size] for at in range(0, len(data), size)]

        return [*script[:place], *_sounds(script[place:], cut)]

    return change


def _empty(wire: str, script: Script, place: int) -> Script:
    return [(BEGINS, End())]


def _half(wire: str, script: Script, place: int) -> Script:
    return [*script[:-1], (0.0, Say(b"\1")), script[-1]]


def _drip(wire: str, script: Script, place: int) -> Script:
    """A quarter of the pace at which it plays, between two words."""
    silence = Say(b"\xff" * 400 if wire == "DR" else bytes(800))
    place -= place % 3
    return [*script[:place], *[(0.2, silence)] * 200, *script[place:]]


def _twice(wire: str, script: Script, place: int) -> Script:
    return [*script, (0.0, End())]


def _wav(rate: int = 8000, size: int | None = None, *, tail: bytes = b"") -> Callable[[str, Script, int], Script]:
    """A WAV header on every piece, of the length that the vendor's has."""

    def headed(data: bytes) -> list[bytes]:
        length = len(data) if size is None else size
        fmt = struct.pack("<HHIIHH", 1, 1, rate, rate * 2, 2, 16) + bytes(24)
        riff = b"RIFF" + struct.pack("<I", (60 + length) & 0xFFFFFFFF) + b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt
        return [riff + b"data" + struct.pack("<I", length) + data + tail]

    return lambda wire, script, place: [*script[:place], *_sounds(script[place:], headed)]


def _strangers(wire: str, script: Script, place: int) -> Script:
    """Between all, audio of a generation that nobody asked for."""
    noise = b64encode(b"\x11\x22" * 400).decode()
    stranger = Frame({"generationId": "a-stranger", "index": 0, "data": noise, "isFinished": False})
    mixed = [pair for delay, event in script[place:] for pair in ((delay, event), (0.0, stranger))]
    return [*script[:place], *mixed]


def _damaged(wire: str, script: Script, place: int) -> Script:
    """Four characters of base64 are lost, and one is none of its alphabet."""
    audio = b64encode(bytes(96)).decode()
    frame = Frame({"index": 99, "data": audio[:50] + "*" + audio[54:], "isFinished": False})
    return [*script[:place], (0.0, frame), *script[place:]]


def _news(wire: str, script: Script, place: int) -> Script:
    return [*script[:place], (0.0, Frame({"type": "News", "action": "news"})), *script[place:]]


def _unmarked(wire: str, script: Script, place: int) -> Script:
    """The generation has finished, and the turn's end is not marked."""
    return [*script[:-1], (0.0, Frame({"index": 99, "isFinished": True}))]


_LIST = b"LIST" + struct.pack("<I", 26) + b"INFOISFT" + struct.pack("<I", 14) + b"Lavf60.16.100\0"


FAULTS: dict[str, Fault] = {
    "refused": _failing(ConnectionRefusedError(111, "refused"), httpx.ConnectError("refused")),
    "no such name": _failing(socket.gaierror(-2, "unknown"), httpx.ConnectError("unknown")),
    "unreachable": _failing(OSError(101, "unreachable"), httpx.ConnectError("unreachable")),
    "certificate": _failing(ssl.SSLCertVerificationError(1, "certificate verify failed"), _tls()),
    "proxy": _failing(exceptions.ProxyError("407"), httpx.ProxyError("407")),
    "connection hangs": Fault(connect=_hang),
    "connection reset": _failing(ConnectionResetError(104, "reset"), httpx.ConnectError("reset")),
    "handshake cut": _failing(EOFError(), httpx.RemoteProtocolError("Server disconnected without sending a response.")),
    "no WebSocket": _failing(exceptions.InvalidUpgrade("upgrade", None), httpx.RemoteProtocolError("illegal")),
    **{str(status): _status(status) for status in (400, 401, 402, 403, 404, 408, 413, 422, 500, 502, 503, 504)},
    "429": _status(429),
    "429 for a second": _status(429, retry_after="1"),
    "429 for half a minute": _status(429, retry_after="30"),
    "503 once": _status(503, once=True),
    "429 once": _status(429, once=True, retry_after="1"),
    "reset": Fault(rest=_reset),
    "reset once": Fault(rest=_reset, once=True),
    "body cut": _breaking(lambda: http_failure(httpx.RemoteProtocolError("peer closed connection without sending"))),
    **{f"close {code}": _event(Close(code)) for code in (1000, 1001, 1003, 1005, 1008, 1009, 1011)},
    "frame too large": _breaking(lambda: socket_failure(exceptions.PayloadTooBig(17_000_000, 16_777_216))),
    "nobody reads": _breaking(lambda: SynthesisTimeout("the vendor does not read", phase="send"), after=_LATE - 0.02),
    "silence": Fault(rest=lambda wire: []),
    "error frame": _error({"type": "Error", "err_code": "NET-0000", "err_msg": "internal"}, {"error": "internal"}),
    "error frame of nobody": _by_wire(DM=Frame('{"error": "internal"}')),
    "error frame, key": _error(
        {"type": "Error", "err_code": "INVALID_AUTH", "err_msg": "no"}, {"error": "no", "errorType": "Unauthorized"}
    ),
    "error frame, credit": _error(
        {"type": "Error", "err_code": "ASR_PAYMENT_REQUIRED", "err_msg": "no"},
        {"error": "no", "errorType": "InsufficientCredits"},
    ),
    "error frame, rate": _error(
        {"type": "Error", "err_code": "TOO_MANY_REQUESTS", "err_msg": "no"}, {"error": "no", "errorType": "RateLimit"}
    ),
    "error frame, input": _error(
        {"type": "Error", "err_code": "DATA-0000", "err_msg": "no"}, {"error": "no", "errorType": "InvalidInput"}
    ),
    "broken JSON": _event(Frame('{"type": "Flushed", "generationId": ')),
    "no object": _event(Frame("[7]")),
    "wrong type": _by_wire(
        GW=Frame('{"type": ["Flushed"]}'),
        DM=Frame({"index": 0, "data": 7, "isFinished": False}),
        DS=Frame({"index": 0, "data": 7, "isFinished": False}),
    ),
    "flush refused": Fault(flush={"type": "Warning", "warn_code": "EXCESSIVE_FLUSH", "warn_msg": "wait"}, once=True),
    "unknown frame": Fault(change=_news),
    "JSON for audio": _words("application/json", b'{"code": 17, "message": "no audio"}'),
    "page for audio": _words("text/html", b"<html><body>Bad gateway</body></html>"),
    "late by 2 s": Fault(change=_late),
    "pieces of 3 bytes": Fault(change=_cut(3)),
    "pieces of 1 byte": Fault(change=_cut(1)),
    "odd pieces": Fault(change=_cut(37)),
    "half a sample too much": Fault(change=_half),
    "empty": Fault(change=_empty),
    "slow": Fault(change=_drip),
    "end twice": Fault(change=_twice),
    "end again": _by_wire(GW=Frame({"type": "Flushed", "sequence_id": 0})),
    "end unmarked": Fault(change=_unmarked),
    "header on every chunk": Fault(change=_wav()),
    "header of 4 GB": Fault(change=_wav(size=0xFFFFFFFF)),
    "header of 2 GB": Fault(change=_wav(size=0x7FFFFFFF)),
    "header of nothing": Fault(change=_wav(size=0)),
    "list at the end": Fault(change=_wav(tail=_LIST)),
    "another rate": Fault(change=_wav(rate=16000)),
    "WAV for raw": Fault(change=_wav()),
    "another generation": Fault(change=_strangers),
    "damaged base64": Fault(change=_damaged),
}
