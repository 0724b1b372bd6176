"""Places in an account, and whose the frames of an id are: what is performed now, and what waits."""

from __future__ import annotations

from collections import deque
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from voxbridge import Drop, Fetch, HttpRequest, Send, Settled, Slots, SocketSpec
from voxbridge._carriers import Carriers
from voxbridge._commands import Carry, Leave, Open


SPEC = SocketSpec(url="wss://x")
REQUEST = HttpRequest(method="GET", url="https://x")


class Hub:
    """Connections that only note what they are asked for."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.claims: list[str] = []
        self.fetched: list[int] = []
        self.told: list[tuple[Any, ...]] = []

    def open(self, spec, sink, *, fresh):
        return SimpleNamespace(wire=SimpleNamespace(send=lambda *frames: self.sent.extend(frames)))

    def claim(self, socket, routing_id, sink):
        self.claims.append(routing_id)

    def unclaim(self, socket, routing_id):
        if routing_id in self.claims:
            self.claims.remove(routing_id)

    def leave(self, socket, sink, *, clean):
        self.claims.clear()

    def fetch(self, action, run, post):
        self.fetched.append(action.tag)
        return lambda: None

    def teller(self, post):
        return lambda *told: self.told.append(told)


class Stream:
    """The carriers of a stream on an open socket, whose account has places."""

    def __init__(self, slots: Slots) -> None:
        self.hub, self.slots = Hub(), slots
        self.carriers = Carriers(self.hub, lambda item: None)
        self.perform(Open(1, SPEC, fresh=False))

    def perform(self, *commands: Any) -> None:
        self.carriers.perform(deque(commands))

    def do(self, *actions: Any) -> None:
        self.perform(*(Carry(1, action, self.slots) for action in actions))

    def hear(self) -> list[tuple[Any, ...]]:
        """Take what was told, as the stream's inbox does."""
        told, self.hub.told[:] = list(self.hub.told), []
        for run, kind, tag in told:
            if kind == "granted":
                self.carriers.granted(run, tag)
        return told


@pytest.fixture
def one_place() -> Slots:
    return Slots(("vendor", uuid4()), 1)


@pytest.fixture
def two(one_place) -> tuple[Stream, Stream]:
    """Two streams of an account with one place."""
    return Stream(one_place), Stream(one_place)


def test_a_frame_that_expects_nothing_needs_no_place(two):
    for stream in two:
        stream.do(Send("one"), Send("two"))
        assert stream.hub.sent == ["one", "two"]


def test_a_frame_that_expects_an_id_waits_for_its_place(two):
    first, second = two
    first.do(Send("a", "id-a"))
    second.do(Send("b", "id-b"))
    assert (first.hub.sent, second.hub.sent, second.hub.claims) == (["a"], [], [])
    assert second.hear() == [(1, "queued", "id-b")]
    first.do(Settled("id-a"))
    assert second.hear() == [(1, "granted", "id-b")]
    assert (second.hub.sent, second.hub.claims) == (["b"], ["id-b"])


def test_frames_that_go_with_it_wait_with_it(two):
    first, second = two
    first.do(Send("a", "id-a", ("b", "c")))
    second.do(Send("d", "id-d", ("e",)))
    assert (first.hub.sent, second.hub.sent) == (["a", "b", "c"], [])
    first.do(Settled("id-a"))
    second.hear()
    assert second.hub.sent == ["d", "e"]


def test_without_an_account_nothing_waits():
    stream = Stream(None)
    stream.do(Send("a", "id-a"), Send("b", "id-b"))
    assert (stream.hub.sent, stream.hub.claims) == (["a", "b"], ["id-a", "id-b"])
    stream.do(Settled("id-a"))
    assert stream.hub.claims == ["id-b"]


def test_what_is_settled_while_it_waits_is_never_sent(two):
    first, second = two
    first.do(Send("a", "id-a"))
    second.do(Send("b", "id-b"), Settled("id-b"))
    first.do(Settled("id-a"))
    second.hear()
    assert (second.hub.sent, second.hub.claims) == ([], [])
    first.do(Send("c", "id-c"))
    assert first.hub.sent == ["a", "c"]


@pytest.mark.parametrize("leave", [lambda stream: stream.perform(Leave(1, clean=True)), lambda s: s.carriers.leave()])
def test_leaving_gives_up_every_place_and_every_wait(two, leave):
    first, second = two
    first.do(Send("a", "id-a"))
    second.do(Send("b", "id-b"))
    leave(second)
    leave(first)
    assert second.hear() == [(1, "queued", "id-b")]
    third = Stream(first.slots)
    third.do(Send("c", "id-c"))
    assert (second.hub.sent, third.hub.sent) == ([], ["c"])


def test_requests_and_frames_share_the_places(two):
    first, second = two
    first.do(Fetch(0, REQUEST))
    second.do(Send("b", "id-b"))
    assert second.hub.sent == []
    first.carriers.ended(1, 0)
    second.hear()
    assert second.hub.sent == ["b"]


def test_who_has_something_under_way_is_not_told_that_it_waits(one_place):
    """The clock of what is under way goes on."""
    stream = Stream(one_place)
    stream.do(Fetch(0, REQUEST), Fetch(1, REQUEST))
    assert (stream.hub.fetched, stream.hear()) == ([0], [])
    stream.carriers.ended(1, 0)
    assert stream.hear() == [(1, "granted", 1)]
    assert stream.hub.fetched == [0, 1]


@pytest.mark.parametrize("end", [lambda stream: stream.carriers.ended(1, 0), lambda stream: stream.do(Drop(0))])
def test_it_is_told_as_soon_as_nothing_is_under_way(two, end):
    first, second = two
    first.do(Fetch(0, REQUEST))
    second.do(Fetch(0, REQUEST))
    first.do(Fetch(1, REQUEST))
    second.hear()
    end(first)
    assert second.hear() == [(1, "granted", 0)]
    assert first.hear() == [(1, "queued", 1)]
