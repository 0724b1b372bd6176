"""The speaking HTTP server says what it was asked, fails as it was told, and leaves nothing behind."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from typing import Any

import pytest

from voxbridge.testing import SpeakingHttp, audit, expected_indices, hear_words, words_text


TEXT = words_text(10)
WHOLE = 10 * 9600  # bytes of it in linear16/24000


def post(client: http.client.HTTPConnection, text: str = TEXT) -> http.client.HTTPResponse:
    client.request("POST", "/speak", json.dumps({"text": text}), {"X-Key": "k"})
    return client.getresponse()


@pytest.fixture
def clients() -> Any:
    """Make HTTP connections that are closed at the end."""
    made: list[http.client.HTTPConnection] = []

    def make(server: SpeakingHttp) -> http.client.HTTPConnection:
        made.append(http.client.HTTPConnection(server.address, timeout=5))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.mark.parametrize("framing", ["chunked", "length", "close"])
def test_http_speaks_whatever_tells_the_end_of_the_body(clients: Any, framing: Any) -> None:
    with SpeakingHttp(framing=framing, vendor=1) as server:
        response = post(clients(server))
        words = hear_words(response.read(), 24000)
        assert audit(words, expected_indices(TEXT)).clean
        assert {word.vendor for word in words} == {1}
        assert response.headers["Content-Type"] == server.format.content_type
        assert (response.headers["Content-Length"] is None) == (framing != "length")


def test_a_connection_serves_one_request_after_another(clients: Any) -> None:
    with SpeakingHttp() as server:
        client = clients(server)
        for text in ("w1", "w2 w3"):
            assert audit(hear_words(post(client, text).read(), 24000), expected_indices(text)).clean
        assert (server.connections, server.requests, server.texts) == (1, 2, ["w1", "w2 w3"])
        assert server.headers[1]["x-key"] == "k"


def test_a_request_is_refused_with_status_headers_and_body_and_the_connection_lives(clients: Any) -> None:
    script = [{"on": 0, "kind": "status", "code": 429, "headers": {"Retry-After": "2"}, "body": "slow down"}]
    with SpeakingHttp(faults=script) as server:
        client = clients(server)
        response = post(client)
        assert (response.status, response.headers["Retry-After"], response.read()) == (429, "2", b"slow down")
        assert len(post(client).read()) == WHOLE
        assert server.connections == 1


@pytest.mark.parametrize("framing", ["chunked", "length"])
def test_a_cut_body_can_be_told_from_a_whole_one(clients: Any, framing: Any) -> None:
    with SpeakingHttp(framing=framing, faults=[{"on": 0, "kind": "cut", "at": 0.25}]) as server:
        with pytest.raises(http.client.IncompleteRead) as cut:
            post(clients(server)).read()
        assert len(cut.value.partial) == WHOLE / 4


def test_a_cut_body_that_ends_with_the_connection_looks_whole(clients: Any) -> None:
    with SpeakingHttp(framing="close", faults=[{"on": 0, "kind": "cut", "at": 0.25}]) as server:
        assert len(post(clients(server)).read()) == WHOLE / 4


def test_a_reset_in_mid_body_is_a_reset(clients: Any) -> None:
    with SpeakingHttp(faults=[{"on": 0, "kind": "reset"}]) as server, pytest.raises(ConnectionResetError):
        post(clients(server)).read()


def test_a_stalled_body_sends_no_more(clients: Any) -> None:
    with SpeakingHttp(faults=[{"on": 0, "kind": "stall"}]) as server:
        client = clients(server)
        response = post(client)
        assert len(response.read(WHOLE // 2)) == WHOLE / 2
        assert isinstance(client.sock, socket.socket)
        client.sock.settimeout(0.1)
        with pytest.raises(TimeoutError):
            response.read(1)


def test_an_empty_body_and_a_page_of_html_are_both_answered_200(clients: Any) -> None:
    with SpeakingHttp(faults=[{"on": 0, "kind": "empty"}, {"on": 1, "kind": "garbage"}]) as server:
        client = clients(server)
        empty = post(client)
        assert (empty.status, empty.read()) == (200, b"")
        page = post(client)
        assert (page.status, page.headers["Content-Type"]) == (200, "text/html")
        assert page.read().startswith(b"<!doctype html>")


def test_a_dripping_body_is_slower_than_it_should_be(clients: Any) -> None:
    with SpeakingHttp(faults=[{"on": 0, "kind": "drip", "at": 0.5, "pace": 5}]) as server:
        started = time.monotonic()
        assert len(post(clients(server), "w1 w2 w3 w4 w5").read()) == WHOLE / 2
        assert time.monotonic() - started >= 0.1


def test_the_end_of_a_server_waits_for_no_client_and_leaves_no_thread(clients: Any) -> None:
    before = threading.active_count()
    with SpeakingHttp(faults=[{"on": 0, "kind": "drip", "at": 0, "pace": 0.01}]) as server:
        post(clients(server))
        clients(server).connect()
        while server.connections < 2:  # the second is accepted whenever the server comes to it
            time.sleep(0.001)
        started = time.monotonic()
    assert time.monotonic() - started < 1
    assert threading.active_count() <= before
