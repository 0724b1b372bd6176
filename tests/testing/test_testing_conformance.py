"""The tests that every backend passes: good backends pass them, and each fault of a bad one is found."""

from __future__ import annotations

import json
import socket

import pytest
from attrs import evolve

from tests.wires import HttpBackend, SharedBackend, SocketBackend, by_id
from voxbridge import BackendUnavailable, Capabilities, Client, Exchange, Voice
from voxbridge.testing import BackendConformance, ScriptedBackend, SpeakingHttp, SpeakingSocket


class TestScripted(BackendConformance):
    def make_backend(self, server):
        return ScriptedBackend()


class TestScriptedInAnOddFormat(BackendConformance):
    formats = ("linear16/11025", "wav-mulaw")

    def make_backend(self, server):
        return ScriptedBackend(format="wav/22050", name="odd")


class TestSocket(BackendConformance):
    def make_server(self):
        return SpeakingSocket()

    def make_backend(self, server):
        return SocketBackend(server)


class Careful(SharedBackend):
    """Refuse frames that are no object, which the suite sends."""

    def exchange(self, job):
        exchange = super().exchange(job)
        exchange.socket = evolve(exchange.socket, route=_route)
        return exchange


def _route(frame):
    if not isinstance(json.loads(frame), dict):
        raise TypeError("a frame is an object")
    return by_id(frame)


class TestSharedSocket(BackendConformance):
    def make_server(self):
        return SpeakingSocket(format="mulaw/8000")

    def make_backend(self, server):
        return Careful(server)


class TestHttp(BackendConformance):
    def make_server(self):
        return SpeakingHttp()

    def make_backend(self, server):
        return HttpBackend(server)


class Chatty(ScriptedBackend):
    def capabilities(self, voice):
        socket.create_connection(("127.0.0.1", 9), timeout=0.1)
        return super().capabilities(voice)


class Swallowing(ScriptedBackend):
    def __init__(self, **anything):
        super().__init__()


class Moody(ScriptedBackend):
    asked = 0

    def capabilities(self, voice):
        Moody.asked += 1
        return Capabilities(formats=("linear16/24000",), max_characters=Moody.asked, local=True)


class Foreign(ScriptedBackend):
    def find_voice(self, id):
        return Voice(id=id, backend="somebody_else")


class Cheating(ScriptedBackend):
    """Say that it gives mu-law, and give linear16."""

    def exchange(self, job):
        exchange = super().exchange(job)
        exchange.format = self.capabilities(job.voice).formats[0].with_rate(48000)
        return exchange


class Careless(ScriptedBackend):
    def exchange(self, job):
        return _Careless(job)


class _Careless(Exchange):
    def send_unit(self, unit):
        return []

    def receive_status(self, tag, status, headers):
        return [RuntimeError(f"no idea of {status}")]

    def receive_data(self, tag, data):
        return []

    def receive_eof(self, tag):
        return []


class Faulty(ScriptedBackend):
    def __init__(self):
        super().__init__([BackendUnavailable()] * 9)


def suite(backend):
    found = BackendConformance()
    found.make_backend = lambda server: backend()
    return found


def test_io_in_capabilities_is_found(monkeypatch):
    with pytest.raises(AssertionError, match="do no I/O"):
        suite(Chatty).test_nothing_is_connected_before_it_speaks(None, monkeypatch)


@pytest.mark.parametrize(
    ("backend", "name"),
    [
        (Swallowing, "test_its_constructor_refuses_unknown_arguments"),
        (Moody, "test_its_capabilities_make_sense_and_stay_the_same"),
        (Cheating, "test_its_exchange_gives_the_format_of_the_job"),
        (Careless, "test_garbage_from_the_vendor_is_an_error_of_ours"),
    ],
)
def test_a_fault_of_the_object_is_found(backend, name):
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        getattr(suite(backend), name)(backend())


def test_a_voice_of_somebody_else_is_found():
    backend = Foreign()
    with pytest.raises(AssertionError), Client(backend) as client:
        suite(Foreign).test_its_voices_are_listed_and_found(backend, client)


@pytest.mark.parametrize("name", ["test_it_speaks_exactly_in_each_format", "test_a_stream_is_as_long_as_whole_speech"])
def test_a_backend_that_fails_does_not_pass(name):
    with pytest.raises(BackendUnavailable), Client(Faulty(), retries=0) as client:
        getattr(suite(Faulty), name)(client)
