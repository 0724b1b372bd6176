"""What goes wrong comes out as one kind of error, with the vendor's own words, in both clients and over every wire."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from tests.clients import conftest
from tests.clients.both import QUICK, heard, read_back, words
from tests.wires import HttpBackend, LocalBackend, SharedBackend, SocketBackend, SpokenExchange
from voxbridge import (
    AllBackendsFailed,
    AuthenticationError,
    BackendUnavailable,
    EmptyAudio,
    InterruptedSpeech,
    InvalidText,
    OutOfCredits,
    ProtocolError,
    RateLimited,
    RejectedRequest,
    Send,
    SynthesisTimeout,
    Timeouts,
    TruncatedSpeech,
    VoiceNotFound,
)
from voxbridge.testing import SpeakingHttp, SpeakingSocket, words_text


speaker = conftest.carrier
TEXT = words_text(24)
WIRES = [(SocketBackend, SpeakingSocket), (SharedBackend, SpeakingSocket), (HttpBackend, SpeakingHttp)]
STATUSES = [
    (401, AuthenticationError),
    (402, OutOfCredits),
    (404, VoiceNotFound),
    (422, RejectedRequest),
    (429, RateLimited),
    (503, BackendUnavailable),
]


def fail(speaker: Any, target: Any, text: Any = TEXT, *, streamed: bool = False, **settings: Any) -> Any:
    """Return the error that speaking ends with, how long that took, and the chunks before it."""
    call = {name: settings.pop(name) for name in ("deadline", "delivery") if name in settings}
    chunks: list[Any] = []

    async def scenario() -> None:
        async with speaker(target, **{"retries": 0, "timeouts": QUICK, **settings}) as client:
            if not streamed:
                await client.synthesize(text, **call)
            async with client.stream(text, **call) as stream:
                async for chunk in stream:
                    chunks.append(chunk)  # noqa: PERF401  # those before an error count

    async def timed() -> tuple[BaseException, float]:
        began = time.monotonic()
        with pytest.raises(Exception) as caught:  # noqa: PT011  # whatever it is, the test looks at it
            await scenario()
        return caught.value, time.monotonic() - began

    return *asyncio.run(timed()), chunks


@pytest.mark.parametrize(("backend", "server"), WIRES)
@pytest.mark.parametrize(("status", "kind"), STATUSES)
def test_a_refusal_has_its_class_the_vendors_words_and_what_it_asked_for(
    speaker: Any, backend: Any, server: Any, status: int, kind: Any
) -> None:
    words = '{"err_code": "VENDOR_SAYS", "err_msg": "not today"}'
    fault = {"on": 0, "kind": "status", "code": status, "body": words, "headers": {"Retry-After": "7"}}
    with server(faults=[fault]) as vendor:
        error, _, _ = fail(speaker, backend(vendor))
    assert type(error) is kind
    assert (error.status_code, error.code, error.detail) == (status, "VENDOR_SAYS", "not today")
    assert error.retry_after == 7
    assert error.backend == backend.name
    assert "not today" in str(error)


def test_json_or_a_page_where_audio_should_be_is_no_audio(speaker: Any) -> None:
    json = {"code": 200, "body": '{"error": "no voice"}', "headers": {"Content-Type": "application/json"}}
    for fault in ({"on": 0, "kind": "status", **json}, {"on": 0, "kind": "garbage"}):
        with SpeakingHttp(faults=[fault]) as vendor:
            error, _, chunks = fail(speaker, HttpBackend(vendor), words_text(8), streamed=True)
        assert type(error) is ProtocolError
        assert error.detail
        assert not chunks


@pytest.mark.parametrize(("backend", "server"), WIRES)
def test_success_without_audio_is_an_error(speaker: Any, backend: Any, server: Any) -> None:
    with server(faults=[{"on": 0, "kind": "empty"}]) as vendor:
        error, _, chunks = fail(speaker, backend(vendor), words_text(8), streamed=True)
    assert type(error) is EmptyAudio
    assert not chunks


@contextmanager
def silent() -> Iterator[Any]:
    """A server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        class Silent:
            url = "ws://{}:{}/".format(*listener.getsockname())
            format = "linear16/24000"

        yield Silent


def test_a_connection_that_hangs_is_timed_out_as_such(speaker: Any) -> None:
    with silent() as vendor:
        error, elapsed, _ = fail(speaker, SocketBackend(vendor))
    assert (type(error), error.phase) == (SynthesisTimeout, "connect")
    assert elapsed < 1.5


@pytest.mark.parametrize(("backend", "server"), WIRES)
@pytest.mark.parametrize(("at", "phase"), [(0.0, "first_audio"), (0.5, "stall")])
def test_silence_is_timed_out_by_the_clock_that_ran(
    speaker: Any, backend: Any, server: Any, at: float, phase: str
) -> None:
    with server(faults=[{"on": 0, "kind": "stall", "at": at}]) as vendor:
        error, elapsed, _ = fail(speaker, backend(vendor))
    assert (type(error), error.phase) == (SynthesisTimeout, phase)
    assert elapsed < 1.5


def test_a_vendor_that_does_not_read_is_timed_out(speaker: Any) -> None:
    """What is sent is more than the kernel keeps for the server."""

    class Wordy(SocketBackend):
        def exchange(self, job: Any) -> Any:
            exchange = super().exchange(job)
            say = exchange.send_unit
            exchange.send_unit = lambda unit: [*say(unit), Send("x" * 9_000_000)]
            return exchange

    class Deaf(SpeakingSocket):
        def _converse(self, connection: Any) -> None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            request = connection.recv(65536, socket.MSG_PEEK)
            assert request.startswith(b"GET")
            connection.sendall(_accepted(connection.recv(65536)))
            self.stopping.wait()

    with Deaf() as vendor:
        timeouts = Timeouts(connect=2, first_audio=3, stall=3, send=0.2, close=0.2)
        text = ["w1 w2. ", "w3 w4. ", "w5."]
        error, elapsed, _ = fail(speaker, Wordy(vendor), text, streamed=True, delivery="whole", timeouts=timeouts)
    assert (type(error), error.phase) == (SynthesisTimeout, "send")
    assert elapsed < 2.5


def _accepted(request: bytes) -> bytes:
    from websockets.utils import accept_key

    key = request.lower().split(b"sec-websocket-key: ")[1].split(b"\r\n")[0]
    at = request.lower().index(key)
    accept = accept_key(request[at : at + len(key)].decode())
    lines = ("HTTP/1.1 101 Yes", "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Accept: {accept}", "", "")
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize(("backend", "server"), WIRES)
def test_the_deadline_ends_it_with_what_was_and_was_not_spoken(speaker: Any, backend: Any, server: Any) -> None:
    on = 0 if server is SpeakingHttp else 1
    with server(faults=[{"on": on, "kind": "stall"}]) as vendor:
        error, elapsed, _ = fail(speaker, backend(vendor), deadline=0.4, timeouts=None)
    assert (type(error), error.phase) == (SynthesisTimeout, "total")
    assert error.spoken + error.unspoken == TEXT
    assert error.spoken == ("" if server is SpeakingHttp else words_text(8) + " ")
    assert (error.audio.duration > 0) == bool(error.spoken)
    assert read_back(error.audio, error.spoken).clean
    assert elapsed < 1


@pytest.mark.parametrize(("backend", "server"), WIRES)
def test_a_deadline_that_is_over_before_anything_can_happen_is_the_same_error(
    speaker: Any, backend: Any, server: Any
) -> None:
    with server() as vendor:
        error, elapsed, chunks = fail(speaker, backend(vendor), deadline=1e-9)
    assert (type(error), error.phase) == (SynthesisTimeout, "total")
    assert (error.spoken, error.unspoken, chunks) == ("", TEXT, [])
    assert elapsed < 0.5


def test_a_source_of_text_that_never_ends_is_ended_by_the_deadline(speaker: Any) -> None:
    given: list[int] = []

    def endless() -> Iterator[str]:
        try:
            for number in count():
                given.append(number)
                yield f"w{number}. "
        finally:
            given.append(-1)

    chunks: list[Any] = []

    async def scenario() -> None:
        async with speaker(HttpBackend(vendor), retries=0) as client:
            async for chunk in client.stream(client.source(endless()), deadline=0.3):
                chunks.append(chunk)  # noqa: PERF401  # those before the error count

    with SpeakingHttp() as vendor, pytest.raises(SynthesisTimeout) as caught:
        asyncio.run(scenario())
    assert heard(chunks, caught.value.spoken).lost == ()
    assert len(chunks) > 10
    end = time.monotonic() + 3
    while given[-1] != -1 and time.monotonic() < end:
        time.sleep(0.01)
    assert given[-1] == -1, "and it is closed"


@pytest.mark.parametrize(("backend", "server"), WIRES[::2])
def test_a_listener_who_stops_for_longer_than_any_clock_is_nobodys_fault(
    speaker: Any, backend: Any, server: Any
) -> None:
    text = words_text(64)

    async def scenario() -> Any:
        chunks: list[Any] = []
        async with speaker(backend(vendor), retries=0, timeouts=QUICK) as client, client.stream(text) as stream:
            async for chunk in stream:
                chunks.append(chunk)
                if len(chunks) == 5:
                    texts = len(vendor.texts)
                    await asyncio.sleep(2 * QUICK.first_audio)
                    texts_later = len(vendor.texts)
            return chunks, stream.report, texts_later - texts

    with server() as vendor:
        chunks, report, asked = asyncio.run(scenario())
    assert heard(chunks, text).clean
    assert [attempt.error for attempt in report.attempts] == [None]
    assert asked <= 2, "no more is asked for than may wait"


def test_a_wait_that_would_outlast_the_deadline_is_not_begun(speaker: Any) -> None:
    fault = {"on": 0, "kind": "status", "code": 429, "headers": {"Retry-After": "3"}}
    with SpeakingHttp(faults=[fault]) as vendor:
        error, elapsed, _ = fail(speaker, HttpBackend(vendor), deadline=1, retries=3)
    assert type(error) is RateLimited
    assert elapsed < 0.5


@pytest.mark.parametrize(("backend", "server"), WIRES)
def test_speech_that_nobody_can_finish_is_interrupted(speaker: Any, backend: Any, server: Any) -> None:
    with server(faults=[{"on": 2, "kind": "cut" if server is SpeakingHttp else "close", "code": 1011}]) as vendor:
        error, _, chunks = fail(speaker, backend(vendor), streamed=True)
    assert type(error) is InterruptedSpeech
    assert type(error.cause) is TruncatedSpeech
    assert error.spoken + error.unspoken == TEXT
    assert error.spoken == words_text(16) + " " or server is SpeakingHttp  # two requests may overtake each other
    assert set(heard(chunks, error.spoken).lost) == set()
    assert len(error.attempts) == 1


def test_what_was_whole_of_interrupted_speech_is_in_the_error(speaker: Any) -> None:
    with SpeakingSocket(faults=[{"on": 2, "at": 0.5, "kind": "close", "code": 1011}]) as vendor:
        error, _, _ = fail(speaker, SocketBackend(vendor))
    assert (type(error), error.spoken) == (InterruptedSpeech, words_text(16) + " ")
    assert read_back(error.audio, error.spoken).clean


def test_nobody_listens_is_told_for_every_member(speaker: Any) -> None:
    with SpeakingSocket() as sockets, SpeakingHttp() as http:
        gone = [SocketBackend(sockets), HttpBackend(http)]
    error, _, _ = fail(speaker, gone)
    assert type(error) is AllBackendsFailed
    assert [type(each) for each in error.errors] == [BackendUnavailable, BackendUnavailable]
    assert [each.backend for each in error.errors] == ["socket", "http"]


def test_the_callers_own_source_raises_its_own_error_after_what_it_gave(speaker: Any) -> None:
    class OwnError(Exception):
        pass

    def broken() -> Iterator[str]:
        yield from words(words_text(9))
        raise OwnError("mine")

    error, _, _ = fail(speaker, LocalBackend(), speaker.source(broken()), streamed=True)
    assert type(error) is OwnError
    assert str(error) == "mine"


@pytest.mark.parametrize("piece", [b"bytes", 7, None, "half \ud800", "nul \0"], ids=repr)
def test_pieces_that_are_not_text_are_refused(speaker: Any, piece: Any) -> None:
    for source in (speaker.source(["w1. ", piece]), ["w1. ", piece], (part for part in ["w1. ", piece])):
        error, _, _ = fail(speaker, LocalBackend(), source, streamed=True)
        assert type(error) is InvalidText


def test_what_an_engine_raises_is_told_with_its_words(speaker: Any) -> None:
    class Failing(SpokenExchange):
        def _speak(self, text: str, emit: Any) -> None:
            raise KeyError("voice data")

    class Broken(LocalBackend):
        def exchange(self, job: Any) -> Any:
            return Failing(job)

    error, _, _ = fail(speaker, Broken())
    assert type(error) is BackendUnavailable
    assert "KeyError" in str(error)
    assert "voice data" in str(error)


@pytest.mark.parametrize("text", ["", "  \n", "...", " ?! "], ids=repr)
def test_nothing_to_say_makes_no_call(speaker: Any, text: str) -> None:
    async def scenario() -> Any:
        async with speaker(HttpBackend(vendor)) as client:
            whole = await client.synthesize(text)
            async with client.stream(text) as stream:
                streamed = [chunk async for chunk in stream]
            async with client.stream(client.source([text, text])) as stream:
                pieces = [chunk async for chunk in stream]
        return whole, streamed + pieces

    with SpeakingHttp() as vendor:
        speech, chunks = asyncio.run(scenario())
        assert vendor.connections == 0
    assert speech.duration == 0
    assert speech.audio.startswith(b"RIFF")
    assert not chunks
