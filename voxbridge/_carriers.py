"""What one stream is carried by: its share of sockets, its requests and its engines. The same for both clients."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Protocol
from weakref import WeakSet

from attrs import define, field

from ._commands import Carry, Command, Leave, Open
from ._exchange import Drop, Fetch, Render, Send, Settled, Slots, SocketSpec
from ._pool import Sink, Socket
from .routing import Slot


__all__ = ["Carriers", "Connections", "Post", "renewed_after_fork"]

Post = Callable[[tuple[Any, ...]], object]
Stop = Callable[[], object]
Tag = int | str | None
"""What has a place in its account: a request, an id that frames are expected of, or (None) the socket."""


class Connections(Protocol):
    """What a client connects with. None of this ever waits."""

    def open(self, spec: SocketSpec, sink: Sink, *, fresh: bool) -> Socket:
        """Return a socket for a run, which is told when it may be used."""

    def claim(self, socket: Socket, routing_id: str, sink: Sink) -> None:
        """Give frames of this id to a run."""

    def unclaim(self, socket: Socket, routing_id: str) -> None:
        """Let frames of this id be nobody's."""

    def leave(self, socket: Socket, sink: Sink, *, clean: bool) -> None:
        """Let a run go from its socket, which is closed, kept for the next, or still in use."""

    def fetch(self, action: Fetch, run: int, post: Post) -> Stop:
        """Start a request; return what stops it."""

    def render(self, action: Render, run: int, post: Post) -> Stop:
        """Start an engine in a thread; return what stops it."""

    def forked(self) -> None:
        """Begin anew in a child process: the sockets are the parent's."""

    def teller(self, post: Post) -> Callable[..., None]:
        """Return what posts ``(now, *args)`` from any thread."""


@define(eq=False)
class Carriers:
    """Perform what a rendition says. Knows the stream's inbox, and not the stream."""

    connections: Connections
    post: Post
    _sockets: dict[int, tuple[Socket, Sink]] = field(factory=dict)
    _work: dict[tuple[int, int], Stop] = field(factory=dict)
    """How to stop each request and engine."""
    _slots: dict[tuple[int, Tag], Slot] = field(factory=dict)
    """Places in accounts, and those that are waited for."""
    _queued: dict[tuple[int, Tag], Open | Carry] = field(factory=dict)

    @property
    def wire(self) -> Any:
        """What its latest socket is sent on; None where it has none."""
        for socket, _ in reversed(self._sockets.values()):
            return socket.wire
        return None

    def perform(self, commands: deque[Command]) -> None:
        """Do what the rendition says. Never waits."""
        while commands:
            command = commands.popleft()
            run = command.run
            if isinstance(command, Open):
                self._take_place(run, None, command.spec.slots, command)
            elif isinstance(command, Leave):
                self._leave(run, clean=command.clean)
            else:
                self._carry(run, command, commands)

    def _carry(self, run: int, command: Carry, commands: deque[Command]) -> None:
        match command.action:
            case Send(expects=None) as action:
                self._send(run, action, *_following(commands, run))
            case Send(expects=str(expected)):
                self._take_place(run, expected, command.slots, command)
            case Settled(settled):
                self.connections.unclaim(self._sockets[run][0], settled)
                self._free(run, settled)
            case Fetch(tag):
                self._take_place(run, tag, command.slots, command)
            case Render() as action:
                self._work[run, action.tag] = self.connections.render(action, run, self.post)
            case Drop(tag):
                self._stop(run, tag)

    def _take_place(self, run: int, tag: Tag, slots: Slots | None, command: Open | Carry) -> None:
        """Open a socket, start a request or send a frame as soon as its account has a place for it."""
        if slots is not None:
            tell = self.connections.teller(self.post)
            slot = self._slots[run, tag] = Slot(slots, lambda: tell(run, "granted", tag))
            if not slot.held:
                self._queued[run, tag] = command
                self._waits(run)
                return
        self._begin(command)

    def _waits(self, run: int) -> None:
        """Tell a run if all that it asked for waits: its oldest is the first to get a place."""
        queued = [tag for number, tag in self._queued if number == run]
        under_way = (number == run and tag is not None and tag not in queued for number, tag in self._slots)
        if queued and not any(under_way):
            tell = self.connections.teller(self.post)
            self._slots[run, queued[0]].unless_held(lambda: tell(run, "queued", queued[0]))

    def _begin(self, command: Open | Carry) -> None:
        match command:
            case Open(run, spec, fresh):
                sink = Sink(self.post, run)
                self._sockets[run] = (self.connections.open(spec, sink, fresh=fresh), sink)
            case Carry(run, Fetch() as action):
                self._work[run, action.tag] = self.connections.fetch(action, run, self.post)
            case Carry(run, Send() as action):
                self._send(run, action)

    def _send(self, run: int, action: Send, *following: str | bytes) -> None:
        socket, sink = self._sockets[run]
        if action.expects is not None:
            self.connections.claim(socket, action.expects, sink)
        socket.wire.send(action.frame, *action.then, *following)

    def granted(self, run: int, tag: Tag) -> None:
        """Begin what has waited for a place, unless it was given up meanwhile."""
        if command := self._queued.pop((run, tag), None):
            self._begin(command)

    def ended(self, run: int, tag: int | None) -> None:
        """Note that a request or an engine has come to its end by itself."""
        if tag is not None:
            self._work.pop((run, tag), None)
            self._free(run, tag)

    def _stop(self, run: int, tag: int) -> None:
        if stop := self._work.pop((run, tag), None):
            stop()
        self._free(run, tag)

    def _free(self, run: int, tag: Tag) -> None:
        self._queued.pop((run, tag), None)
        if slot := self._slots.pop((run, tag), None):
            slot.release()
            if self._queued:
                self._waits(run)

    def _leave(self, run: int, *, clean: bool) -> None:
        self._queued = {key: command for key, command in self._queued.items() if key[0] != run}
        for _, tag in [key for key in self._work if key[0] == run]:
            self._stop(run, tag)
        if held := self._sockets.pop(run, None):
            socket, sink = held
            self.connections.leave(socket, sink, clean=clean)
        for _, taken in [key for key in self._slots if key[0] == run]:  # who gets its place finds the socket free
            self._free(run, taken)

    def leave(self) -> None:
        """Give up everything."""
        for run in {*self._sockets, *(run for run, _ in self._work), *(run for run, _ in self._slots)}:
            self._leave(run, clean=False)


def _following(commands: deque[Command], run: int) -> Iterator[str | bytes]:
    """Take the frames that go out with the one before: together they are one write, and one packet."""
    while commands:
        match commands[0]:
            case Carry(number, Send(frame, None, then)) if number == run:
                commands.popleft()
                yield from (frame, *then)
            case _:
                return


_alive: WeakSet[Connections] = WeakSet()


def renewed_after_fork(connections: Connections) -> None:
    """Have *connections* begin anew in every child process."""
    _alive.add(connections)


def _forked() -> None:
    for connections in tuple(_alive):
        connections.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
