"""The speaking socket says what it was asked, fails as it was told, and leaves nothing behind."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from voxbridge.audio import AudioFormat, conversion
from voxbridge.exceptions import UsageError
from voxbridge.testing import SpeakingSocket, audit, expected_indices, hear_words, words_text


TEXT = words_text(10)
WHOLE = 10 * 9600  # bytes of it in linear16/24000


def ask(client: ClientConnection, text: str = TEXT, **more: str) -> None:
    client.send(json.dumps({"speak": text, **more}))


def hear(client: ClientConnection) -> tuple[bytes, list[dict[str, Any]]]:
    """Collect audio and messages up to the first of done, error or cleared."""
    audio = b""
    messages: list[dict[str, Any]] = []
    while not messages or messages[-1].keys().isdisjoint({"done", "error", "cleared"}):
        frame = client.recv(timeout=5)
        if isinstance(frame, bytes):
            audio += frame
        else:
            messages.append(json.loads(frame))
    return audio, messages


def hear_to_the_end(client: ClientConnection) -> tuple[bytes, ConnectionClosed]:
    """Collect audio until the connection breaks."""
    audio = b""
    while True:
        try:
            frame = client.recv(timeout=5)
        except ConnectionClosed as closed:
            return audio, closed
        assert isinstance(frame, bytes)
        audio += frame


def test_a_socket_speaks_units_one_after_another_and_counts_what_came_in() -> None:
    with SpeakingSocket(vendor=2) as server, connect(server.url, additional_headers={"X-Key": "k"}) as client:
        ask(client)
        audio, messages = hear(client)
        words = hear_words(audio, 24000)
        assert audit(words, expected_indices(TEXT)).clean
        assert {word.vendor for word in words} == {2}
        assert messages == [{"done": 0}]
        ask(client, "w99")
        assert hear(client)[1] == [{"done": 1}]
        assert (server.handshakes, server.connections, server.requests) == (1, 1, 2)
        assert server.texts == [TEXT, "w99"]
        assert json.loads(server.frames[1]) == {"speak": "w99"}
        assert server.headers[0]["x-key"] == "k"


def test_tagged_units_come_as_json_with_their_id() -> None:
    with SpeakingSocket() as server, connect(server.url) as client:
        ask(client, "w1 w2", id="a")
        ask(client, "w3", id="b")
        _, first = hear(client)
        _, second = hear(client)
        assert (first[-1], second[-1]) == ({"done": "a"}, {"done": "b"})
        for messages, unit, indices in ((first, "a", [1, 2]), (second, "b", [3])):
            assert {message["id"] for message in messages[:-1]} == {unit}
            audio = b"".join(base64.b64decode(message["audio"]) for message in messages[:-1])
            assert audit(hear_words(audio, 24000), indices).clean


@pytest.mark.parametrize("spec", ["linear16/16000", "mulaw/8000", "linear16/44100"])
def test_servers_speak_in_the_format_that_they_were_given(spec: str) -> None:
    given = AudioFormat.parse(spec)
    with SpeakingSocket(format=spec) as server, connect(server.url) as client:
        ask(client)
        audio, _ = hear(client)
    back = conversion(given, AudioFormat("linear16", given.sample_rate))
    heard = hear_words(back.feed(audio) + back.flush(), given.sample_rate or 0)
    assert audit(heard, expected_indices(TEXT)).clean


def test_audio_comes_in_chunks_of_the_length_that_was_asked() -> None:
    with SpeakingSocket(chunk_ms=40) as server, connect(server.url) as client:
        ask(client, "w1 w2")
        assert [len(client.recv()) for _ in range(10)] == [1920] * 10


def test_a_text_without_words_is_done_at_once() -> None:
    with SpeakingSocket() as server, connect(server.url) as client:
        ask(client, "...")
        assert hear(client) == (b"", [{"done": 0}])


@pytest.mark.parametrize("code", [1000, 1011])
def test_a_close_comes_after_its_share_of_the_audio_with_its_code(code: int) -> None:
    script = [{"on": 0, "kind": "close", "at": 0.3, "code": code, "body": "bye"}]
    with SpeakingSocket(faults=script) as server, connect(server.url) as client:
        ask(client)
        audio, closed = hear_to_the_end(client)
        assert len(audio) == 0.3 * WHOLE
        assert closed.rcvd is not None
        assert (closed.rcvd.code, closed.rcvd.reason) == (code, "bye")


def test_a_cut_ends_the_stream_without_a_close_frame_and_loses_nothing_sent_before() -> None:
    with SpeakingSocket(faults=[{"on": 0, "kind": "cut"}]) as server, connect(server.url) as client:
        ask(client)
        audio, closed = hear_to_the_end(client)
        assert len(audio) == WHOLE / 2
        assert closed.rcvd is None
        assert not isinstance(closed.__cause__, OSError)


def test_a_reset_is_a_reset() -> None:
    with SpeakingSocket(faults=[{"on": 0, "kind": "reset", "at": 0}]) as server, connect(server.url) as client:
        ask(client)
        _, closed = hear_to_the_end(client)
        assert isinstance(closed.__cause__, ConnectionResetError)


def test_a_stall_says_no_more_but_answers_pings() -> None:
    with SpeakingSocket(faults=[{"on": 0, "kind": "stall", "at": 0.1}]) as server, connect(server.url) as client:
        ask(client)
        assert [len(client.recv(timeout=5)) for _ in range(2)] == [4800, 4800]
        ask(client, "w1")
        with pytest.raises(TimeoutError):
            client.recv(timeout=0.1)
        assert client.ping().wait(5)


def test_an_error_takes_the_place_of_the_rest() -> None:
    script = [{"on": 1, "kind": "error", "at": 0.5, "body": "no credits"}]
    with SpeakingSocket(faults=script) as server, connect(server.url) as client:
        ask(client)
        assert hear(client)[1] == [{"done": 0}]
        ask(client)
        audio, messages = hear(client)
        assert (len(audio), messages) == (WHOLE / 2, [{"error": "no credits"}])
        ask(client)
        assert len(hear(client)[0]) == WHOLE


def test_garbage_is_one_frame_that_is_no_json() -> None:
    with SpeakingSocket(faults=[{"on": 0, "kind": "garbage", "at": 0}]) as server, connect(server.url) as client:
        ask(client)
        with pytest.raises(json.JSONDecodeError):
            json.loads(client.recv())
        assert len(hear(client)[0]) == WHOLE


def test_an_empty_unit_is_done_without_audio() -> None:
    with SpeakingSocket(faults=[{"on": 0, "kind": "empty"}]) as server, connect(server.url) as client:
        ask(client)
        assert hear(client) == (b"", [{"done": 0}])


def test_a_drip_is_slower_than_it_should_be() -> None:
    script = [{"on": 0, "kind": "drip", "at": 0.5, "pace": 5}]
    with SpeakingSocket(faults=script) as server, connect(server.url) as client:
        started = time.monotonic()
        ask(client, "w1 w2 w3 w4 w5")
        assert len(hear(client)[0]) == WHOLE / 2
        assert time.monotonic() - started >= 0.1


def test_clear_ends_the_unit_that_is_spoken_and_those_that_wait() -> None:
    script = [{"on": 0, "kind": "drip", "at": 0, "pace": 1}]
    with SpeakingSocket(faults=script) as server, connect(server.url) as client:
        ask(client)
        ask(client, "w77")
        ask(client, "...")
        first = client.recv(timeout=5)
        client.send(json.dumps({"clear": True}))
        audio, messages = hear(client)
        assert messages == [{"cleared": True}]
        assert len(first) + len(audio) < WHOLE
        ask(client, "w5")
        audio, messages = hear(client)
        assert audit(hear_words(audio, 24000), [5]).clean
        assert messages == [{"done": 3}]


def test_a_handshake_is_refused_with_status_headers_and_body_and_the_next_is_not() -> None:
    script = [{"on": 0, "kind": "status", "code": 429, "headers": {"Retry-After": "2"}, "body": "slow down"}]
    with SpeakingSocket(faults=script) as server:
        with pytest.raises(InvalidStatus) as refused:
            connect(server.url)
        response = refused.value.response
        assert (response.status_code, response.headers["Retry-After"], response.body) == (429, "2", b"slow down")
        with connect(server.url) as client:
            ask(client, "w1")
            assert hear(client)[1] == [{"done": 0}]
        assert (server.handshakes, server.connections, server.requests) == (2, 2, 1)


def test_faults_count_units_over_all_connections() -> None:
    with SpeakingSocket(faults=[{"on": 0, "kind": "cut"}]) as server:
        with connect(server.url) as client:
            ask(client)
            hear_to_the_end(client)
        with connect(server.url) as client:
            ask(client)
            assert len(hear(client)[0]) == WHOLE


def test_a_frame_that_the_server_does_not_know_is_an_error_of_the_test() -> None:
    def send_nonsense() -> None:
        with SpeakingSocket() as server, connect(server.url) as client:
            client.send(json.dumps({"flush": True}))
            hear_to_the_end(client)

    with pytest.raises(ValueError, match="knows speak and clear"):
        send_nonsense()


def server_threads() -> list[str]:
    """Name the servers' threads; a client's keepalive thread of websockets ends a moment after its connection."""
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if "loopback-accept" in name or "process_request_thread" in name]


def test_the_end_of_a_server_waits_for_no_client_and_leaves_no_thread() -> None:
    with ExitStack() as guests:
        with SpeakingSocket(faults=[{"on": 0, "kind": "drip", "at": 0, "pace": 0.01}]) as server:
            address = ("127.0.0.1", int(server.address.removeprefix("127.0.0.1:")))
            guests.enter_context(socket.create_connection(address)).sendall(b"GET / HT")
            ask(guests.enter_context(connect(server.url)))
            assert len(server_threads()) == 3
            started = time.monotonic()
        assert time.monotonic() - started < 1
        assert not server_threads()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)


def test_a_fault_that_does_not_exist_is_named_with_its_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'stall'"):
        SpeakingSocket(faults=[{"on": 0, "kind": "stal"}])
    with pytest.raises(UsageError, match="Did you mean 'code'"):
        SpeakingSocket(faults=[{"on": 0, "kind": "close", "cod": 1011}])
