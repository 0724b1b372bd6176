"""Which socket serves whom."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve

from voxbridge import BackendUnavailable, ProtocolError, Secret, SocketSpec
from voxbridge._pool import Pool, Sink


SPEC = SocketSpec(url="wss://x", max_idle=30, max_age=100)


def routed(frame: Any) -> tuple[str | None, Any]:
    message = json.loads(frame)
    return message.get("id"), message


SHARED = SocketSpec(url="wss://y", share=2, route=routed)


class Inbox:
    """A stream's inbox, and the sink that leads to it."""

    def __init__(self, run: int = 1) -> None:
        self.items: list[tuple[Any, ...]] = []
        self.sink = Sink(self.items.append, run)

    @property
    def kinds(self) -> list[str]:
        return [item[2] for item in self.items]


def opened(pool: Pool, spec: SocketSpec = SPEC, *inboxes: Inbox, now: float = 0.0) -> Any:
    socket = pool.add(spec, now)
    for inbox in inboxes:
        socket.attach(inbox.sink, now)
    socket.opened(now, {"x-id": "1"})
    return socket


def test_whoever_waits_is_told_when_it_is_connected():
    one, two = Inbox(1), Inbox(2)
    socket = opened(Pool(), SHARED, one)
    socket.attach(two.sink, 3.0)
    assert one.items == [(0.0, 1, "opened", socket.memory, {"x-id": "1"}, False)]
    assert two.items == [(3.0, 2, "opened", socket.memory, {"x-id": "1"}, True)]


def test_frames_that_were_read_together_stay_together_where_one_run_has_the_socket():
    inbox = Inbox(7)
    socket = opened(Pool(), SPEC, inbox)
    frames = [memoryview(b"one"), memoryview(b"two")]
    socket.deliver_all(5.0, frames)
    assert inbox.items[-1] == (5.0, 7, "frames", frames)


def test_frames_that_were_read_together_go_to_whom_each_belongs():
    one, two = Inbox(1), Inbox(2)
    socket = opened(Pool(), SHARED, one, two)
    socket.claims |= {"a": one.sink, "b": two.sink}
    socket.deliver_all(5.0, [memoryview(b'{"id": "a"}'), memoryview(b'{"id": "b"}')])
    assert one.items[-1] == (5.0, 1, "receive_frame", {"id": "a"})
    assert two.items[-1] == (5.0, 2, "receive_frame", {"id": "b"})


def test_frames_that_follow_each_other_to_the_same_run_go_together():
    one, two = Inbox(1), Inbox(2)
    socket = opened(Pool(), SHARED, one, two)
    socket.claims |= {"a": one.sink, "b": two.sink}
    a, b, all, stray = {"id": "a"}, {"id": "b"}, {"all": 1}, {"id": "z"}
    socket.deliver_all(5.0, [memoryview(json.dumps(frame).encode()) for frame in (a, stray, a, b, a, all, all)])
    assert one.items[1:] == [(5.0, 1, "frames", [a, a]), (5.0, 1, "receive_frame", a), (5.0, 1, "frames", [all, all])]
    assert two.items[1:] == [(5.0, 2, "receive_frame", b), (5.0, 2, "frames", [all, all])]
    assert socket.strays == 1


def test_frames_before_one_that_cannot_be_read_are_delivered():
    one = Inbox(1)
    socket = opened(Pool(), SHARED, one)
    socket.claims["a"] = one.sink
    socket.deliver_all(5.0, [memoryview(b'{"id": "a"}'), memoryview(b"{"), memoryview(b'{"id": "a"}')])
    assert one.kinds == ["opened", "receive_frame", "receive_failure"]


def test_a_socket_left_clean_serves_the_next_with_its_memory():
    pool, inbox = Pool(), Inbox()
    socket = opened(pool, SPEC, inbox)
    socket.memory["flushes"] = 3
    assert not socket.leave(inbox.sink, 1.0, clean=True)
    assert pool.find(SPEC, 2.0) is socket
    following = Inbox()
    socket.attach(following.sink, 2.0)
    assert following.items[0][3:] == ({"flushes": 3}, {"x-id": "1"}, True)


def test_a_socket_in_use_is_not_given_to_another():
    pool = Pool()
    opened(pool, SPEC, Inbox())
    assert pool.find(SPEC, 0.0) is None


def test_a_shared_one_is_given_until_it_is_full():
    pool = Pool()
    socket = opened(pool, SHARED, Inbox())
    assert pool.find(SHARED, 0.0) is socket
    socket.attach(Inbox(2).sink, 0.0)
    assert pool.find(SHARED, 0.0) is None


def test_one_in_use_comes_before_one_that_is_idle_and_the_freshest_first():
    pool = Pool()
    inboxes = [Inbox(n) for n in range(3)]
    sockets = [opened(pool, SHARED, inbox) for inbox in inboxes]
    for socket, inbox, now in zip(sockets[:2], inboxes, (1.0, 2.0), strict=False):
        socket.leave(inbox.sink, now, clean=True)
    assert pool.find(SHARED, 3.0) is sockets[2]
    sockets[2].leave(inboxes[2].sink, 0.5, clean=True)
    assert pool.find(SHARED, 3.0) is sockets[1]


@pytest.mark.parametrize("now", [31.5, 200.0])
def test_an_old_or_idle_one_is_not_used_again(now):
    pool, inbox = Pool(), Inbox()
    socket = opened(pool, SPEC, inbox)
    socket.leave(inbox.sink, 1.0, clean=True)
    assert pool.next_expiry() == 31.0
    assert pool.find(SPEC, now) is None
    assert pool.expired(now) == [socket]
    assert pool.sockets == {}


def test_an_exclusive_socket_that_is_left_unclean_is_closed():
    inbox = Inbox()
    assert opened(Pool(), SPEC, inbox).leave(inbox.sink, 1.0, clean=False)


def test_a_shared_one_serves_its_others_to_their_end_and_nobody_new():
    pool, one, two = Pool(), Inbox(1), Inbox(2)
    socket = opened(pool, SHARED, one, two)
    assert not socket.leave(one.sink, 1.0, clean=False)
    assert pool.find(SHARED, 1.0) is None
    assert socket.leave(two.sink, 2.0, clean=True)
    assert not socket.leave(two.sink, 2.0, clean=True)


def test_frames_go_to_whom_they_belong():
    one, two = Inbox(1), Inbox(2)
    socket = opened(Pool(), SHARED, one, two)
    socket.claims.update(a=one.sink, b=two.sink)
    socket.deliver(1.0, '{"id": "b"}')
    socket.deliver(2.0, '{"all": 1}')
    socket.deliver(3.0, '{"id": "z"}')
    assert [item[3] for item in one.items[1:]] == [{"all": 1}]
    assert [item[3] for item in two.items[1:]] == [{"id": "b"}, {"all": 1}]
    assert socket.strays == 1


def test_after_one_has_left_its_frames_are_strays():
    one, two = Inbox(1), Inbox(2)
    socket = opened(Pool(), SHARED, one, two)
    socket.claims["a"] = one.sink
    socket.leave(one.sink, 1.0, clean=True)
    socket.deliver(2.0, '{"id": "a"}')
    assert (socket.strays, socket.claims, one.kinds) == (1, {}, ["opened"])


def test_frames_without_routing_go_as_they_are():
    inbox = Inbox()
    opened(Pool(), SPEC, inbox).deliver(1.0, b"\0")
    assert inbox.items[1] == (1.0, 1, "receive_frame", b"\0")


@pytest.mark.parametrize("frame", ["{", "[]", "5", "[" * 100_000])
def test_a_frame_that_cannot_be_routed_fails_everybody_on_the_socket(frame):
    one, two = Inbox(1), Inbox(2)
    socket = opened(Pool(), SHARED, one, two)
    socket.deliver(1.0, frame)
    for inbox in (one, two):
        assert inbox.kinds == ["opened", "receive_failure"]
        assert isinstance(inbox.items[1][4], ProtocolError)
    assert socket.dead


def test_an_end_is_told_once_and_to_late_comers_too():
    one, two = Inbox(1), Inbox(2)
    socket = opened(Pool(), SHARED, one)
    socket.lost(1.0, 1011, "why")
    socket.failed(2.0, BackendUnavailable())
    socket.attach(two.sink, 3.0)
    assert one.items[1:] == [(1.0, 1, "receive_close", 1011, "why")]
    assert two.items == [(3.0, 2, "receive_close", 1011, "why")]


def test_a_refused_handshake_is_told_with_its_reason():
    inbox = Inbox()
    socket = Pool().add(SPEC, 0.0)
    socket.attach(inbox.sink, 0.0)
    socket.refused(1.0, 401, {"dg-error": "x"}, b"no")
    assert inbox.items == [(1.0, 1, "receive_refusal", 401, {"dg-error": "x"}, b"no")]


def test_sockets_of_other_keys_or_addresses_are_others():
    pool, inbox = Pool(), Inbox()
    spec = evolve(SPEC, headers={"authorization": Secret("sesame")})
    opened(pool, spec, inbox).leave(inbox.sink, 0.0, clean=True)
    assert pool.find(evolve(SPEC, headers={"authorization": Secret("sesame")}), 0.0)
    assert pool.find(evolve(SPEC, headers={"authorization": Secret("two")}), 0.0) is None
    assert pool.find(evolve(spec, url="wss://z"), 0.0) is None
    assert "sesame" not in repr(spec.key)


def test_draining_and_removing_forget_all():
    pool = Pool()
    first, second = opened(pool), opened(pool)
    pool.remove(first)
    pool.remove(first)
    assert pool.drain() == [second]
    assert pool.next_expiry() is None
