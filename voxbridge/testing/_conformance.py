"""What every backend must do, as tests: subclass `BackendConformance` in a test module of yours, and run pytest."""
# ruff: noqa: S101, PT018  # these are tests

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from voxbridge._async import AsyncClient, AsyncSpeechStream
from voxbridge._backend import Backend, Capabilities, Job
from voxbridge._exchange import Exchange, SocketSpec
from voxbridge._models import Voice
from voxbridge._speech import AudioChunk, Speech
from voxbridge._sync import Client, SpeechStream
from voxbridge.audio import AudioFormat
from voxbridge.exceptions import BackendError, RejectedRequest, UnsupportedUtterance, UsageError, VoxbridgeError

from ._strikes import strikes


if TYPE_CHECKING:
    from voxbridge._backend import TextKind


__all__ = ["BackendConformance"]

_KINDS: tuple[TextKind, ...] = ("synthesize", "stream", "pieces")
_PATIENCE = 10.0  # seconds for threads to end


class BackendConformance:
    """The tests that every backend passes.

    Subclass it, with a name that begins with ``Test``, and write `make_backend`::

        class TestAcme(BackendConformance):
            def make_server(self):
                return voxbridge.testing.SpeakingHttp()

            def make_backend(self, server):
                return Acme("any key", base_url=server.url)
    """

    text = "The first sentence has some words. The second one has a few more of them."
    """Two sentences that the backend's default voice can speak."""
    formats: tuple[str, ...] = ("wav", "wav/16000", "linear16/24000", "linear16/8000", "mulaw/8000", "alaw/16000")
    """What it is asked for."""

    def make_backend(self, server: Any) -> Backend:
        """Return a new backend that talks to *server*."""
        raise NotImplementedError

    def make_server(self) -> AbstractContextManager[Any] | None:
        """Return what stands for the vendor; `make_backend` gets what its ``with`` gives. None for a local engine."""
        return None

    @pytest.fixture
    def server(self) -> Iterator[Any]:
        """Run the server for a test."""
        with self.make_server() or nullcontext() as server:
            yield server

    @pytest.fixture
    def backend(self, server: Any) -> Backend:
        """Make a backend for a test."""
        return self.make_backend(server)

    @pytest.fixture
    def client(self, backend: Backend) -> Iterator[Client]:
        """Make a blocking client that speaks with the backend alone."""
        with Client(backend) as client:
            yield client

    # -- the object

    def test_it_has_a_proper_name(self, backend: Backend) -> None:
        for name in (type(backend).name, backend.name):
            assert re.fullmatch("[a-z][a-z0-9_]*", name), f"{name!r}: small letters, digits and _"

    def test_its_constructor_refuses_unknown_arguments(self, backend: Backend) -> None:
        constructor: Callable[..., Backend] = type(backend)
        with pytest.raises((TypeError, UsageError)):
            constructor(no_backend_has_this_argument=True)

    def test_nothing_is_connected_before_it_speaks(self, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        def connect(*_: object, **__: object) -> None:
            raise AssertionError("constructor, capabilities and exchange do no I/O")

        for name in ("connect", "connect_ex", "sendto"):
            monkeypatch.setattr(socket.socket, name, connect)
        monkeypatch.setattr(socket, "getaddrinfo", connect)
        backend = self.make_backend(server)
        for job in _jobs(backend):
            backend.capabilities(job.voice)
            backend.exchange(job)

    def test_its_capabilities_make_sense_and_stay_the_same(self, backend: Backend) -> None:
        voice = backend.default_voice("en-US")
        able = backend.capabilities(voice)
        assert isinstance(able, Capabilities) and able == backend.capabilities(voice)
        assert able.formats and all(AudioFormat.parse(str(format)) == format for format in able.formats)
        assert able.max_characters > 0
        assert able.speed is None or 0 < able.speed[0] <= 1.0 <= able.speed[1]
        assert backend.region is None or backend.region in able.regions
        for kind in _KINDS:
            assert backend.formats(voice, kind), f"no format for {kind}"

    def test_its_exchange_gives_the_format_of_the_job(self, backend: Backend) -> None:
        for job in _jobs(backend):
            exchange = backend.exchange(job)
            assert isinstance(exchange, Exchange) and exchange is not backend.exchange(job), "a new one for each job"
            assert exchange.format in backend.formats(job.voice, job.text_kind)
            assert exchange.window >= 0
            assert exchange.socket is None or isinstance(exchange.socket, SocketSpec)

    # -- voices

    def test_its_voices_are_listed_and_found(self, backend: Backend, client: Client) -> None:
        voices = client.voices()
        assert all(isinstance(voice, Voice) and voice.backend == backend.name and voice.id for voice in voices)
        assert len({voice.id for voice in voices}) == len(voices), "an id is listed twice"
        for voice in voices[:50]:
            assert backend.find_voice(voice.id).id == voice.id
        assert backend.default_voice("en-US").backend == backend.name

    def test_an_unknown_voice_is_spoken_or_refused_as_such(self, backend: Backend, client: Client) -> None:
        try:
            speech = client.synthesize("Hello.", voice=f"{backend.name}/no-such-voice-0")
        except RejectedRequest:  # `VoiceNotFound`, or as the vendor says
            return
        assert speech.duration > 0

    # -- speaking

    def test_it_speaks_exactly_in_each_format(self, client: Client) -> None:
        for format in self.formats:
            self._check(client.synthesize(self.text, format=format), format)

    def test_it_speaks_exactly_in_each_format_with_asyncio(self, backend: Backend) -> None:
        async def speak() -> None:
            async with AsyncClient(backend) as client:
                for format in self.formats:
                    self._check(await client.synthesize(self.text, format=format), format)

        asyncio.run(speak())

    def _check(self, speech: Speech, format: str) -> None:
        assert speech.format == AudioFormat.parse(format)
        samples = speech.samples()
        seconds = len(samples) / (speech.format.sample_rate or 0)
        assert abs(seconds - speech.duration) < 0.001, f"{seconds} s of samples, said to be {speech.duration}"
        assert np.abs(samples.astype(int)).max(initial=0) > 100, "nothing but silence"
        assert "".join(unit.text for unit in speech.units) == self.text

    def test_a_stream_is_as_long_as_whole_speech(self, client: Client) -> None:
        whole = client.synthesize(self.text, format="linear16/24000")
        for source in (self.text, iter(re.findall(r".{1,7}", self.text))):
            streamed = client.stream(source).collect()
            assert "".join(unit.text for unit in streamed.units) == self.text
            # Vendors breathe differently between two requests than between two sentences of one.
            assert 0.7 < len(streamed.samples()) / len(whole.samples()) < 1.4

    def test_speed_makes_it_faster(self, backend: Backend, client: Client) -> None:
        able = backend.capabilities(backend.default_voice("en-US"))
        if able.speed is None or able.speed[0] == able.speed[1]:
            pytest.skip("it has no speed")
        slow, fast = (client.synthesize(self.text, speed=speed) for speed in able.speed)
        assert not slow.degradations and not fast.degradations
        assert fast.duration < slow.duration

    def test_text_with_nothing_to_say_makes_no_call(self, client: Client) -> None:
        for text in ("", "  \n", "... !?"):
            speech = client.synthesize(text)
            assert speech.duration == 0 and not speech.attempts
            assert list(client.stream(text)) == []

    # -- conversations

    def test_turns_follow_each_other(self, client: Client) -> None:
        with client.stream(format="linear16/16000") as stream:
            turns = []
            for _ in range(2):
                stream.send(self.text)
                stream.flush()
                turns.append(_turn(stream))
            stream.end()
            assert list(stream) == []
        for turn in turns:
            assert [chunk.final for chunk in turn] == [False] * (len(turn) - 1) + [True]
            assert any(chunk.data for chunk in turn)
        assert turns[1][0].offset >= turns[0][-1].offset

    def test_clear_cuts_a_turn_and_the_next_one_is_spoken(self, client: Client) -> None:
        with client.stream() as stream:
            stream.send(self.text * 5)
            stream.flush()
            first = next(stream)
            cleared = stream.clear()
            assert cleared.spoken + cleared.unspoken == self.text * 5
            stream.send(self.text)
            stream.flush()
            after = _turn(stream)
        assert first.data and any(chunk.data for chunk in after)
        assert after[0].offset <= first.offset + len(first.samples()) / 24000 + 0.001, "audio of the cut turn came out"

    def test_turns_and_clear_work_with_asyncio(self, backend: Backend) -> None:
        async def converse() -> None:
            async with AsyncClient(backend) as client, client.stream() as stream:
                await stream.send(self.text)
                await stream.flush()
                turn = [chunk async for chunk in _until_final(stream)]
                await stream.send(self.text * 5)
                await stream.flush()
                first = await anext(stream)
                cleared = await stream.clear()
                assert cleared.spoken + cleared.unspoken == self.text * 5
                await stream.end()
                assert [chunk async for chunk in stream] == [], "audio of the cut turn came out"
            assert any(chunk.data for chunk in turn) and first.data
            assert {task for task in asyncio.all_tasks() if task is not asyncio.current_task()} == set()

        asyncio.run(converse())

    def test_leaving_early_leaves_nothing_behind(self, client: Client) -> None:
        before = set(threading.enumerate())
        with client.stream(self.text * 20) as stream:
            assert next(stream).data
        client.close()
        self._await_threads(before)
        assert client.synthesize("Hello.").duration > 0

    def test_leaving_early_leaves_nothing_behind_with_asyncio(self, backend: Backend) -> None:
        async def leave() -> None:
            async with AsyncClient(backend) as client:
                async with client.stream(self.text * 20) as stream:
                    assert (await anext(stream)).data
                assert (await client.synthesize("Hello.")).duration > 0

        before = set(threading.enumerate())
        asyncio.run(leave())
        self._await_threads(before)

    def _await_threads(self, before: set[threading.Thread]) -> None:
        patience = time.monotonic() + _PATIENCE
        while left := [thread for thread in threading.enumerate() if _ours(thread) and thread not in before]:
            assert time.monotonic() < patience, f"still running: {left}"
            time.sleep(0.01)

    # -- errors

    def test_garbage_from_the_vendor_is_an_error_of_ours(self, backend: Backend) -> None:
        for job in _jobs(backend):
            for strike in strikes(job, backend):
                try:
                    actions = strike()
                except (ValueError, LookupError, TypeError, VoxbridgeError):  # the core makes a ProtocolError of it
                    continue
                errors = [action for action in actions if isinstance(action, BaseException)]
                assert all(isinstance(error, (BackendError, UnsupportedUtterance)) for error in errors)


def _ours(thread: threading.Thread) -> bool:
    return thread.name.startswith("voxbridge")


def _jobs(backend: Backend) -> Iterator[Job]:
    voice = backend.default_voice("en-US")
    for kind in _KINDS:
        for format in backend.formats(voice, kind):
            yield Job(voice=voice, format=format, text_kind=kind)


async def _until_final(stream: AsyncSpeechStream) -> AsyncIterator[AudioChunk]:
    async for chunk in stream:
        yield chunk
        if chunk.final:
            return


def _turn(stream: SpeechStream) -> list[AudioChunk]:
    chunks: list[AudioChunk] = []
    for chunk in stream:
        chunks.append(chunk)
        if chunk.final:
            break
    return chunks
