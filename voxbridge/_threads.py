"""Work that blocks, in threads: local engines and sources of text. Both shells use it."""

from __future__ import annotations

import contextvars
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import Any

from ._exchange import Render
from .exceptions import BackendError, BackendUnavailable, UnsupportedUtterance


__all__ = ["Crew", "pump", "render", "spawn"]

Post = Callable[[tuple[Any, ...]], object]
_IDLE = 1.0  # seconds that a thread waits for more work


def spawn(work: Callable[..., None], *args: Any, name: str) -> None:
    """Run *work* in a daemon thread that sees the caller's context variables."""
    Thread(target=contextvars.copy_context().run, args=(work, *args), name=f"voxbridge-{name}", daemon=True).start()


class Crew:
    """Daemon threads for work that comes again and again: one that is done waits a while for the next."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._idle: deque[SimpleQueue[Callable[[], object] | None]] = deque()
        self._dismissed = False

    def run(self, work: Callable[[], object]) -> None:
        """Run *work*, which raises nothing, in a thread that sees the caller's context variables."""
        work = partial(contextvars.copy_context().run, work)
        self._dismissed = False
        try:
            inbox = self._idle.pop()
        except IndexError:
            Thread(target=self._serve, args=(work,), name=f"voxbridge-{self._name}", daemon=True).start()
        else:
            inbox.put(work)

    def _serve(self, work: Callable[[], object] | None) -> None:
        inbox: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        while work:
            work()
            work = None  # what it holds may be let go of
            if self._dismissed:
                return
            self._idle.append(inbox)
            try:
                work = inbox.get(timeout=_IDLE)
            except Empty:
                with suppress(ValueError):  # else it was given work at the last moment
                    self._idle.remove(inbox)
                    return
                work = inbox.get()

    def dismiss(self) -> None:
        """Have the threads that wait end, and the others with their work."""
        self._dismissed = True
        with suppress(IndexError):
            while True:
                self._idle.pop().put(None)


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
