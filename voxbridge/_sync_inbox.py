"""Where a blocking stream learns what happened. It does not know the stream."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from time import monotonic
from typing import Any


__all__ = ["Ear", "Inbox"]


class Inbox:
    """What happened and was not looked at yet. Any thread may post; `None` is only to have whoever waits look again."""

    __slots__ = ("_items", "empty", "get", "get_nowait", "wake")

    def __init__(self) -> None:
        self._items: SimpleQueue[tuple[Any, ...] | None] = SimpleQueue()
        self.empty, self.get, self.get_nowait = self._items.empty, self._items.get, self._items.get_nowait
        self.wake: Callable[[], object] | None = None
        """What wakes the thread that waits at a connection instead of here."""

    def post(self, item: tuple[Any, ...] | None) -> None:
        """Add what happened."""
        self._items.put(item)
        if (wake := self.wake) is not None:
            wake()


class Ear:
    """How one thread waits: at the connection that brings what it waits for, or at its inbox."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._connection: Any = None

    def turn_to(self, wire: Any) -> None:
        """Read from the connection of *wire* from now on; None where nothing comes over one."""
        connection = wire and wire.reader
        if connection is not self._connection:
            self.rest()
            if connection is not None and connection.take():
                self._connection = connection

    def hear(self, until: float | None) -> tuple[Any, ...] | None:
        """Return what happened, or None where the inbox is to be looked at.

        Raises:
            Empty: nothing has happened until that time.
        """
        left = None if until is None else max(0.0, until - monotonic())
        if self._connection is not None and left != 0:
            if self._connection.listen(self._inbox, left):
                return None
            self.rest()
            left = None if until is None else max(0.0, until - monotonic())
        return self._inbox.get(timeout=left)

    def rest(self) -> None:
        """Let another one read."""
        if self._connection is not None:
            self._connection.leave()
            self._connection = None
