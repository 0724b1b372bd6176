"""The blocking client's own requests: connections that are kept, answers that are cut, requests that are called off."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPResponse
from typing import Any, Self

import pytest

from tests.clients import conftest as clients
from tests.tls import offering, trusting
from voxbridge import (
    BackendUnavailable,
    Fetch,
    HttpRequest,
    InsecureConnection,
    ProtocolError,
    SynthesisTimeout,
    Timeouts,
    TruncatedSpeech,
)
from voxbridge._sync_http import Fetching, client


no_proxies, leaves_nothing = clients.no_proxies, clients.leaves_nothing

SOON = Timeouts(connect=5, first_audio=5, stall=5, send=5)
OK = b"HTTP/1.1 200 OK\r\n"
HEAD = OK + b"X-Id: 7\r\nx-id: 8\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKED = HEAD + b"4\r\nspee\r\n2\r\nch\r\n0\r\n\r\n"
SIZED = OK + b"Content-Length: 6\r\n\r\nspeech"
UNSIZED = OK + b"\r\nspeech"
LAST = OK + b"Content-Length: 6\r\nConnection: close\r\n\r\nspeech"
ENDS = b"<the server closes>"


class Service:
    """A server that answers the requests it gets, on any connection, one after another as it was told."""

    def __init__(self, *answers: bytes, tls: ssl.SSLContext | None = None) -> None:
        self._answers, self._tls = list(answers), tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http{'s' if tls else ''}://localhost:{self.port}/v1/speak?voice=a%20b"
        self.connections: list[socket.socket] = []
        self.requests: list[bytes] = []
        self.asked = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._spawn(self._accept)
        return self

    def __exit__(self, *failure: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        for connection in self.connections:
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for each in (self._listener, *self.connections):
            each.close()

    def _spawn(self, work: Callable[..., None], *args: Any) -> None:
        self._threads.append(threading.Thread(target=work, args=args))
        self._threads[-1].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections.append(connection)
                self._spawn(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            if self._tls:
                self.connections.remove(connection)
                connection = self._tls.wrap_socket(connection, server_side=True)
                self.connections.append(connection)
            while self._request(connection):
                self.asked.release()
                answer, ends, _ = (self._answers.pop(0) if self._answers else b"").partition(ENDS)
                connection.sendall(answer)
                if ends:
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)
                    return

    def _request(self, connection: socket.socket) -> bool:
        data = b""
        while not data.endswith(b'{"text": "Hello."}'):
            if not (more := connection.recv(65536)):
                return False
            data += more
        self.requests.append(data)
        return True


def fetching(http: Any, service: Service) -> tuple[Fetching, list[Any]]:
    """Return a request, and where it will post."""
    posted: list[Any] = []
    request = HttpRequest(method="POST", url=service.url, body=b'{"text": "Hello."}', headers={"Authorization": "key"})
    return Fetching(http, Fetch(3, request), 1, posted.append, SOON), posted


def said(http: Any, service: Service) -> Any:
    """Send a request; return the body of the answer, or the error."""
    one, posted = fetching(http, service)
    one()
    assert {item[1:2] + item[3:4] for item in posted} == {(1, 3)}
    if posted[-1][2] == "receive_failure":
        return posted[-1][4]
    assert [item[2] for item in (posted[0], posted[-1])] == ["receive_status", "receive_eof"]
    return b"".join(piece for item in posted[1:-1] for piece in item[4])


@contextmanager
def own(context: ssl.SSLContext | None = None, timeouts: Timeouts = SOON) -> Iterator[Any]:
    """Yield the blocking client's own HTTP client."""
    http = client(timeouts, None, context)
    try:
        yield http
    finally:
        http.close()


@pytest.mark.parametrize(
    ("answers", "connections"),
    [
        ([CHUNKED, SIZED, CHUNKED], 1),
        ([SIZED, LAST, SIZED], 2),
        ([SIZED, UNSIZED + ENDS, SIZED], 2),
        ([SIZED + ENDS, SIZED], 2),
    ],
)
def test_a_connection_serves_the_next_request_unless_it_ends_with_its_answer(answers, connections) -> None:
    with Service(*answers) as service, own() as http:
        for _ in answers:
            assert said(http, service) == b"speech"
            if len(service.connections) < connections:
                wait_for_the_end(http)
        assert len(service.connections) == connections


def wait_for_the_end(http: Any) -> None:
    """Wait until the end of a connection that is kept has come."""
    for connection in http.fast._idle:
        connection._sock.settimeout(1)
        with suppress(TimeoutError):
            connection._sock.recv(1, socket.MSG_PEEK)


def test_the_request_is_what_was_asked_for() -> None:
    with Service(CHUNKED) as service, own() as http:
        one, posted = fetching(http, service)
        one()
        [(*_, tag, status, headers)] = [item for item in posted if item[2] == "receive_status"]
        assert (tag, status, headers["x-id"]) == (3, 200, "7, 8")
        head, _, body = service.requests[0].partition(b"\r\n\r\n")
        first, *rest = head.split(b"\r\n")
        assert (first, body) == (b"POST /v1/speak?voice=a%20b HTTP/1.1", b'{"text": "Hello."}')
        assert sorted(line.split(b":")[0].lower() for line in rest) == [
            b"accept-encoding", b"authorization", b"content-length", b"host", b"user-agent",
        ]  # fmt: skip
        assert b"Host: localhost:%d" % service.port in rest


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (SIZED[:-1] + ENDS, TruncatedSpeech, "the answer was cut"),
        *((CHUNKED[:-cut] + ENDS, TruncatedSpeech, "the answer was cut") for cut in (1, 2, 3, 4, 5, 6, 7, 9, 11)),
        (CHUNKED[:-8] + ENDS, TruncatedSpeech, "the answer was cut"),
        (CHUNKED[:-5] + b"00" + ENDS, TruncatedSpeech, "the answer was cut"),
        (ENDS, BackendUnavailable, "the connection was lost"),
        (OK[:-2] + ENDS, BackendUnavailable, "the connection was lost"),
        (OK + ENDS, BackendUnavailable, "the connection was lost"),
        (OK + b"Content-Le" + ENDS, BackendUnavailable, "the connection was lost"),
        (OK + b"Content-Length: 6" + ENDS, BackendUnavailable, "the connection was lost"),
        (b"speech" + ENDS, ProtocolError, "not HTTP"),
    ],
)
def test_an_answer_that_is_cut_or_no_answer_is_an_error(answer, kind, words) -> None:
    with Service(answer, SIZED) as service, own() as http:
        error = said(http, service)
        assert type(error) is kind
        assert words in error.message
        assert said(http, service) == b"speech"
        assert len(service.connections) == 2


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"no header\r\nContent-Length: 6\r\n\r\nspeech",
        OK + b"Content-Length: -6\r\n\r\nspeech" + ENDS,
        OK + b"Content-Length: six\r\n\r\nspeech" + ENDS,
        OK + b"Content-Length: 3\r\nContent-Length: 6\r\n\r\nspeech",
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n6\r\nspeech\r\n0\r\n\r\n",
        HEAD + b"-6\r\nspeech\r\n0\r\n\r\n",
        HEAD + b"1_0\r\n0123456789abcdef\r\n0\r\n\r\n",
        HEAD + b"4\r\nspeech\r\n0\r\n\r\n",
    ],
)
def test_what_has_no_sure_bounds_is_not_taken_for_speech(answer) -> None:
    with Service(answer, SIZED) as service, own() as http:
        error = said(http, service)
        assert (type(error), error.message) == (ProtocolError, "the answer is not HTTP")
        assert said(http, service) == b"speech"
        assert len(service.connections) == 2


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Transfer-Encoding: Chunked \r\n\r\n0006 ; name=value\r\nspeech\r\n0\r\nX-Last: 1\r\n\r\n",
        OK + b"Content-Length: 6, 6\r\nContent-Length:  6 \r\n\r\nspeech",
        OK + b"Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nspeech\r\n0\r\n\r\n",
    ],
)
def test_odd_answers_that_are_right_are_read(answer) -> None:
    with Service(answer) as service, own() as http:
        assert said(http, service) == b"speech"


def test_interim_answers_are_passed_over() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"
    with Service(hints + CHUNKED, b"HTTP/1.1 100 Continue\r\n\r\n" + hints + SIZED) as service, own() as http:
        assert [said(http, service), said(http, service)] == [b"speech"] * 2
        assert len(service.connections) == 1


def test_a_refusal_that_comes_before_all_is_sent_is_heard() -> None:
    """RFC 9112, 9.5: a server may answer and close while a body is still being sent."""
    refusal = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listener, own() as http:

        def refuse() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(refusal)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(1 << 20):
                    pass

        thread = threading.Thread(target=refuse)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        posted: list[Any] = []
        Fetching(http, Fetch(3, HttpRequest(method="POST", url=url, body=bytes(1 << 24))), 1, posted.append, SOON)()
        thread.join()
    assert [(item[2], *item[4:5]) for item in posted] == [("receive_status", 413), ("receive_eof",)]


def test_a_vendor_that_does_not_answer_is_waited_for_as_long_as_was_said() -> None:
    hasty = Timeouts(first_audio=0.01, stall=0.01)  # and a second more, which we are behind
    with Service(b"", SIZED[:-3]) as service, own(timeouts=hasty) as http:
        errors = [said(http, service), said(http, service)]
    assert [(type(error), error.phase) for error in errors] == [(SynthesisTimeout, "stall")] * 2


def test_nobody_there_is_an_error_that_says_so() -> None:
    service = Service()
    service._listener.close()
    with own() as http:
        error = said(http, service)
    assert (type(error), error.message) == (BackendUnavailable, "could not connect")


def test_a_request_that_is_called_off_while_it_waits_ends_at_once_and_says_nothing_more() -> None:
    for answer in (b"", CHUNKED[:-8]):
        with Service(answer) as service, own() as http:
            one, posted = fetching(http, service)
            thread = threading.Thread(target=one)
            thread.start()
            service.asked.acquire()
            one.cancel()
            thread.join(2)
            assert not thread.is_alive()
            assert [item[2] for item in posted] in ([], ["receive_status"], ["receive_status", "pieces"])
            assert list(http.fast._idle) == []


def test_a_request_that_is_called_off_after_its_end_leaves_the_connection_to_the_next() -> None:
    with Service(SIZED, SIZED) as service, own() as http:
        one, _ = fetching(http, service)
        one()
        one.cancel()
        assert said(http, service) == b"speech"
        assert len(service.connections) == 1


def test_connections_that_nobody_has_used_for_long_are_closed(monkeypatch) -> None:
    now = [0.0]
    monkeypatch.setattr("voxbridge._http_client.monotonic", lambda: now[0])
    with Service(SIZED) as service, Service(SIZED, SIZED) as other, own() as http:
        assert said(http, service) == b"speech"
        [first] = http.fast._idle
        for now[0] in (29.0, 31.0):
            assert said(http, other) == b"speech"
            assert (first in http.fast._idle) is (now[0] < 30)
        assert first._sock.fileno() == -1


def test_a_connection_that_was_unused_for_long_is_not_used_again(monkeypatch) -> None:
    """What stands between may have forgotten it, and says nothing."""
    now = [0.0]
    monkeypatch.setattr("voxbridge._http_client.monotonic", lambda: now[0])
    with Service(SIZED, SIZED, SIZED) as service, own() as http:
        for now[0], connections in ((0.0, 1), (29.0, 1), (60.0, 2)):
            assert said(http, service) == b"speech"
            assert len(service.connections) == connections


def test_a_vendor_who_does_not_read_is_an_error_that_holds_no_key() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, own(timeouts=Timeouts(send=0.1)) as http:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        request = HttpRequest(method="POST", url=url, body=bytes(1 << 24), headers={"Authorization": "canary"})
        posted: list[Any] = []
        Fetching(http, Fetch(3, request), 1, posted.append, SOON)()
    [(*_, error)] = posted
    assert (type(error), error.phase) == (SynthesisTimeout, "send")
    assert (error.__cause__, error.__context__, error.__traceback__) == (None, None, None)


def test_a_client_that_is_closed_keeps_no_connection() -> None:
    with Service(SIZED, SIZED) as service:
        http = client(SOON, None, None)
        assert said(http, service) == b"speech"
        http.close()
        assert said(http, service) == b"speech"  # a request that had begun ends, and its connection with it
        assert list(http.fast._idle) == []


def test_a_header_with_a_line_break_is_not_sent_and_not_shown() -> None:
    with Service(SIZED) as service, own() as http:
        request = HttpRequest(method="POST", url=service.url, headers={"X-Canary": "canary\r\nX-Other: 1"})
        posted: list[Any] = []
        Fetching(http, Fetch(3, request), 1, posted.append, SOON)()
    [(*_, error)] = posted
    assert (type(error), error.retryable, service.requests) == (BackendUnavailable, False, [])
    assert "canary" not in str(error)


@pytest.mark.parametrize("debugged", [HTTPConnection, HTTPResponse])
def test_the_debugging_of_http_client_does_not_print_keys(monkeypatch, capsys, debugged) -> None:
    monkeypatch.setattr(debugged, "debuglevel", 1, raising=False)
    with Service(SIZED) as service, own() as http:
        assert said(http, service) == b"speech"
    assert capsys.readouterr() == ("", "")


def test_over_tls_it_is_the_same_and_whom_nobody_vouches_for_is_refused() -> None:
    theirs, ours = offering(), trusting()
    for context in (theirs, ours):
        context.set_alpn_protocols(["h2", "http/1.1"])  # as an application may have it
    with Service(SIZED, CHUNKED, b"", tls=theirs) as service:
        with own(ours) as http:
            assert [said(http, service), said(http, service)] == [b"speech"] * 2
            assert len(service.connections) == 1
            one, posted = fetching(http, service)
            thread = threading.Thread(target=one)
            thread.start()
            for _ in range(3):
                service.asked.acquire()
            one.cancel()
            thread.join(2)
            assert (thread.is_alive(), posted) == (False, [])
        with own() as http:
            error = said(http, service)
    assert (type(error), error.detail) == (InsecureConnection, "CERTIFICATE_VERIFY_FAILED")
