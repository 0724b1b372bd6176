"""What a vendor may do to an exchange at its worst: words for audio, garbage for frames, and every kind of close."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from voxbridge._backend import Backend, Job
from voxbridge._exchange import Exchange
from voxbridge.text import TextUnit, Words


__all__ = ["strikes"]

_GARBAGE: tuple[str | bytes, ...] = ("", "{", "[]", "null", "0", '{"type": 7}', '{"done": []}', b"", b"\0", b"\xff\xfe")


def strikes(job: Job, backend: Backend) -> Iterator[Callable[[], Any]]:
    """Yield what a vendor may do to an exchange that owes a unit, each to an exchange of its own."""

    def asked() -> Exchange:
        exchange = backend.exchange(job)
        exchange.open({}, time.monotonic, {})
        exchange.send_unit(TextUnit(0, (Words("Hello."),)))
        exchange.send_flush()
        return exchange

    if (spec := asked().socket) is None:
        for status in (200, 302, 400, 401, 404, 429, 500):
            yield lambda status=status: _answer(asked(), status)  # type: ignore[misc]
        return
    for frame in _GARBAGE:
        yield lambda frame=frame: asked().receive_frame(spec.route(frame)[1] if spec.route else frame)  # type: ignore[misc]
    for code in (1000, 1006, 1008, 1009, 1011, 4000):
        yield lambda code=code: asked().receive_close(code, "reason")  # type: ignore[misc]
    yield lambda: asked().receive_refusal(401, {}, b"<html>")


def _answer(exchange: Exchange, status: int) -> list[Any]:
    """Answer a request with a page."""
    actions = list(exchange.receive_status(0, status, {"content-type": "text/html"}))
    return [*actions, *exchange.receive_data(0, b"<html>\xff"), *exchange.receive_eof(0)]
