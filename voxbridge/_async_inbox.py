"""Where an asyncio stream learns what happened, and the task that brings it text. Neither knows the stream."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable
from contextlib import suppress
from typing import Any

from ._async_carriers import clock
from ._carriers import Post
from ._stream import TEXT
from .exceptions import UsageError


__all__ = ["Inbox", "pump"]


class Inbox:
    """What happened and was not looked at yet; one task may wait for more."""

    __slots__ = ("__weakref__", "_alarm", "_waiter", "items")

    def __init__(self) -> None:
        self.items: deque[tuple[Any, ...]] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None

    def post(self, item: tuple[Any, ...]) -> None:
        """Add what happened."""
        self.items.append(item)
        if self._waiter is not None:
            self.wake()

    def wake(self) -> None:
        """Have whoever waits look again."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self, until: float | None) -> None:
        """Wait for a post, or *until* a time of the loop. It may come back earlier than it must.

        Raises:
            UsageError: another task waits already.
        """
        if self._waiter is not None:
            message = "two tasks iterate over one stream: have one read it and hand the chunks on"
            raise UsageError(message)
        loop = asyncio.get_running_loop()
        # Deadlines move on with each chunk, so one that is too early is left to ring: a new one costs more.
        if until is not None and (self._alarm is None or until < self._alarm.when()):
            self.close()
            self._alarm = loop.call_at(until, self._ring)
        self._waiter = loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _ring(self) -> None:
        self._alarm = None
        self.wake()

    def close(self) -> None:
        """Set no alarm off any more."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None


async def pump(source: AsyncIterable[Any], post: Post, gate: asyncio.Event, stop: asyncio.Event) -> None:
    """Post the pieces of *source*, the next when *gate* is open, until it ends or *stop* is set; then close it."""
    pieces: Any = None
    try:
        pieces = aiter(source)
        while not stop.is_set():
            try:
                piece = await anext(pieces)
            except StopAsyncIteration:
                post((clock(), TEXT, "text_end"))
                return
            gate.clear()  # the stream opens it again once it has taken the piece
            post((clock(), TEXT, "text", piece))
            if not stop.is_set():  # else it was opened for the last time, perhaps before it was closed here
                await gate.wait()
    except BaseException as error:
        post((clock(), TEXT, "text_failed", error))  # it is raised where the caller iterates
        if not isinstance(error, Exception):
            raise
    finally:
        if close := getattr(pieces, "aclose", None):
            with suppress(Exception):  # nobody is left to be told
                await close()
