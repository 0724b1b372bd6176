"""Who reads from a blocking client's socket: whoever waits for what it brings, else its own thread."""

from __future__ import annotations

import select
import socket
import threading
import time
from contextlib import suppress
from queue import Empty
from typing import Any

import pytest
from websockets.sync.server import serve

from tests.clients import conftest as clients
from tests.clients.both import QUICK, heard, read_back
from tests.wires import SharedBackend, SocketBackend
from voxbridge import AudioFormat, BackendUnavailable, Client, InterruptedSpeech, SynthesisTimeout, Timeouts
from voxbridge._sync_connection import Connection, _Turn
from voxbridge._sync_inbox import Ear, Inbox
from voxbridge.testing import SpeakingSocket, words_text


no_proxies, leaves_nothing = clients.no_proxies, clients.leaves_nothing
TEXT = words_text(24)
in_person = pytest.mark.skipif(not hasattr(select, "epoll"), reason="who waits reads in person where there is epoll")


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note who has read what there was."""
    noted: list[str] = []
    read = Connection._read

    def reading(self: Connection, turn: Any, *, in_person: bool = False) -> bool:
        noted.append("caller" if in_person else "thread")
        return read(self, turn, in_person=in_person)

    monkeypatch.setattr(Connection, "_read", reading)
    return noted


@in_person
def test_who_waits_for_the_first_audio_reads_it_in_person(readers: list[str]) -> None:
    """Nobody has to be woken for it. Later on the thread reads what comes while the caller is at work."""
    with SpeakingSocket() as server, Client(SocketBackend(server)) as client:
        client.warm()
        for _ in range(20):
            readers.clear()
            assert read_back(client.synthesize(TEXT), TEXT).clean
            assert readers[0] == "caller"


def test_what_comes_while_nobody_waits_is_read_by_the_connections_thread(readers: list[str]) -> None:
    with SpeakingSocket() as server, Client(SocketBackend(server)) as client, client.stream() as stream:
        stream.send("w1.")
        stream.flush()
        while not next(stream).final:
            pass
        readers.clear()
        stream.send(TEXT)
        stream.flush()
        end = time.monotonic() + 5
        while not readers and time.monotonic() < end:
            time.sleep(0.001)
        assert set(readers) == {"thread"}
        stream.end()
        assert heard(list(stream), TEXT).clean


@pytest.mark.parametrize("leave", ["close", "end"])
def test_who_reads_in_person_is_woken_by_what_other_threads_do(leave: str) -> None:
    with SpeakingSocket() as server, Client(SocketBackend(server)) as client:
        stream = client.stream()
        stream.send(TEXT)
        stream.flush()
        taken: list[Any] = []
        listening = threading.Thread(target=lambda: taken.extend(stream))
        listening.start()
        while not (taken and taken[-1].final):
            time.sleep(0.001)
        getattr(stream, leave)()
        listening.join(5)
        assert not listening.is_alive()
        stream.close()
    assert heard(taken, TEXT).clean


def test_the_applications_own_code_may_speak_over_the_same_socket() -> None:
    """It runs in the thread that reads: `on_attempt` of the one stream waits for another one."""
    told: list[Any] = []

    def tell(attempt: Any, **more: Any) -> None:
        if not told:
            told.append(attempt)
            told.append(client.synthesize(TEXT))

    with SpeakingSocket() as server, Client(SharedBackend(server), on_attempt=tell) as client:
        assert read_back(client.synthesize(TEXT), TEXT).clean
        assert read_back(told[1], TEXT).clean
        assert server.handshakes == 1


def test_silence_is_found_in_time_by_who_reads_in_person() -> None:
    with (
        SpeakingSocket(faults=[{"on": 1, "kind": "stall", "at": 0}]) as server,
        Client(SocketBackend(server), timeouts=QUICK, retries=0) as client,
    ):
        client.synthesize("w1.")
        began = time.monotonic()
        with pytest.raises(SynthesisTimeout):
            client.synthesize(TEXT)
        assert time.monotonic() - began < 2


def test_a_handshake_that_is_called_off_leaves_no_thread() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, SpeakingSocket() as server:
        backend = SocketBackend(server)
        backend.url = f"ws://127.0.0.1:{listener.getsockname()[1]}/"
        with Client(backend, timeouts=Timeouts(connect=60)) as client:
            stream = client.stream(TEXT)
            listening = threading.Thread(target=lambda: list(stream))
            listening.start()
            near, _ = listener.accept()
            with near:
                assert near.recv(65536).startswith(b"GET ")
                stream.close()
                listening.join(5)
                assert near.recv(65536) == b""
                assert not listening.is_alive()


@in_person
@pytest.mark.parametrize("kind", [SocketBackend, SharedBackend])
def test_an_interrupt_between_reading_and_telling_loses_no_word_unsaid(
    monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    """Ctrl-C comes between any two steps; who goes on afterwards is told that the speech is not whole."""
    receive = Connection._receive
    taken: list[Any] = []

    def interrupted(self: Connection) -> bytes:
        data = receive(self)
        if threading.current_thread() is threading.main_thread() and len(taken) == 1:
            raise KeyboardInterrupt
        return data

    with SpeakingSocket() as server, Client(kind(server), retries=0) as client:
        client.warm()
        monkeypatch.setattr(Connection, "_receive", interrupted)
        stream: Any = None
        with suppress(KeyboardInterrupt):
            while True:  # until it comes
                taken.clear()
                stream = client.stream(TEXT)
                taken.extend(stream)  # one after another
        with pytest.raises((InterruptedSpeech, BackendUnavailable)):
            list(stream)
        taken.clear()
        assert read_back(client.synthesize(TEXT), TEXT).clean
        assert server.handshakes == 2


@in_person
def test_who_reads_in_person_does_not_wait_for_a_vendor_who_pings_and_reads_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_Turn, "writable", lambda self: False)
    sending = threading.Event()
    send = Connection.send_data

    def stuck(self: Connection) -> None:
        if threading.current_thread().name == "voxbridge-answer":
            sending.wait(5)
        send(self)

    monkeypatch.setattr(Connection, "send_data", stuck)
    with serve(pinging, "127.0.0.1", 0, ping_interval=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = "ws://{}:{}/".format(*server.socket.getsockname())
        backend = SocketBackend(type("Server", (), {"url": url, "format": AudioFormat("linear16", 24000)}))
        with Client(backend, timeouts=QUICK, retries=0) as client:
            client.warm()
            began = time.monotonic()
            with pytest.raises(SynthesisTimeout):
                client.synthesize(TEXT)
            assert time.monotonic() - began < 2
            sending.set()
        server.shutdown()
        thread.join()


def pinging(connection: Any) -> None:
    """Answer what is asked for by a ping, and by no word."""
    for _ in connection:
        connection.ping()


def test_without_epoll_the_connections_thread_reads_all(monkeypatch: pytest.MonkeyPatch, readers: list[str]) -> None:
    monkeypatch.delattr(select, "epoll", raising=False)
    with SpeakingSocket() as server, Client(SocketBackend(server)) as client:
        assert [read_back(client.synthesize(TEXT), TEXT).clean for _ in range(3)] == [True] * 3
        assert server.handshakes == 1
    assert readers == []


class Reading:
    """A connection that somebody may read, or not."""

    def __init__(self, *, free: bool = True, more: bool = True) -> None:
        self.reader, self.free, self.more = self, free, more
        self.done: list[str] = []

    def take(self) -> bool:
        self.done.append("take")
        return self.free

    def listen(self, inbox: Inbox, timeout: float | None) -> bool:
        self.done.append("listen")
        return self.more

    def leave(self) -> None:
        self.done.append("leave")


def test_an_ear_turns_to_one_connection_at_a_time_and_gives_it_back() -> None:
    ear, first, second = Ear(Inbox()), Reading(), Reading()
    for wire in (first, first, second, None):
        ear.turn_to(wire)
    ear.rest()
    assert (first.done, second.done) == (["take", "leave"], ["take", "leave"])


def test_an_ear_hears_at_its_inbox_where_nothing_can_be_read_in_person() -> None:
    for wire, done in (
        (None, []),
        (Reading(free=False), ["take"]),
        (Reading(more=False), ["take", "listen", "leave"]),
    ):
        inbox = Inbox()
        ear = Ear(inbox)
        ear.turn_to(wire)
        inbox.post((1,))
        assert ear.hear(time.monotonic() + 5) == (1,)
        with pytest.raises(Empty):
            ear.hear(time.monotonic() + 0.01)
        assert wire is None or wire.done == done


def test_an_ear_looks_only_at_its_inbox_when_time_is_up() -> None:
    ear, wire = Ear(Inbox()), Reading()
    ear.turn_to(wire)
    assert ear.hear(time.monotonic() + 5) is None
    with pytest.raises(Empty):
        ear.hear(time.monotonic())
    assert wire.done == ["take", "listen"]
