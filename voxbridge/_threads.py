"""Work that blocks, in threads: local engines and sources of text. Both shells use it."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Event, Thread
from time import monotonic
from typing import Any

from ._exchange import Render
from .exceptions import BackendError, BackendUnavailable, UnsupportedUtterance


__all__ = ["pump", "render", "spawn"]

Post = Callable[[tuple[Any, ...]], object]


def spawn(work: Callable[..., None], *args: Any, name: str) -> None:
    """Run *work* in a daemon thread that sees the caller's context variables."""
    Thread(target=contextvars.copy_context().run, args=(work, *args), name=f"voxbridge-{name}", daemon=True).start()


def render(action: Render, run: int, post: Post, stop: Event) -> None:
    """Run an engine, and post what it emits, until it ends or *stop* is set."""

    def emit(data: bytes) -> bool:
        if not stop.is_set():
            post((monotonic(), run, "receive_data", action.tag, data))
        return not stop.is_set()

    try:
        if not stop.is_set():
            action.run(emit)
    except (BackendError, UnsupportedUtterance) as error:
        error.__traceback__ = None
        post((monotonic(), run, "receive_failure", action.tag, error))
    except Exception as error:  # noqa: BLE001  # a vendor's blocking SDK raises what it likes
        failure = BackendUnavailable(f"its engine raised {type(error).__name__}", detail=str(error), retryable=False)
        post((monotonic(), run, "receive_failure", action.tag, failure))
    else:
        post((monotonic(), run, "receive_eof", action.tag))


def pump(source: Iterable[Any], post: Post, gate: Event, stop: Event) -> None:
    """Post the pieces of *source*, the next when *gate* is open, until it ends or *stop* is set; then close it."""
    try:
        pieces = iter(source)
        while not stop.is_set():
            try:
                piece = next(pieces)
            except StopIteration:
                post((monotonic(), 0, "text_end"))
                return
            gate.clear()  # the stream opens it again once it has taken the piece
            post((monotonic(), 0, "text", piece))
            if not stop.is_set():  # else it was opened for the last time, perhaps before it was closed here
                gate.wait()
        if close := getattr(pieces, "close", None):
            with suppress(Exception):  # nobody is left to be told
                close()
    except BaseException as error:  # noqa: BLE001  # it is raised where the caller iterates
        post((monotonic(), 0, "text_failed", error))
