"""A client that is bound to a region opens no connection to any other host, in any call, in both clients."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest

from tests.clients.both import QUICK, read_back, speak, words
from tests.deepdub.emulated import noise
from tests.wires import HttpBackend, LocalBackend
from voxbridge import BackendUnavailable, HttpRequest, InvalidConfig, Route, Router, Sample, VoxbridgeError, _plugins
from voxbridge.testing import SpeakingHttp
from voxbridge_deepdub import Deepdub
from voxbridge_deepgram import Deepgram


EU = "api.eu.deepgram.com"


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The hosts that anybody wanted to connect to, by name or by number. None of them is there."""
    hosts: set[str] = set()

    def look_up(host: Any, *args: Any, **settings: Any) -> Any:
        hosts.add(host.decode() if isinstance(host, bytes) else host)
        raise socket.gaierror(socket.EAI_NONAME, "there is no network here")

    def connect(self: Any, address: Any) -> Any:
        hosts.add(address[0])
        raise ConnectionRefusedError("there is no network here")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket.socket, "connect", connect)
    return hosts


@pytest.fixture
def deepgram(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that leads to another region."""
    monkeypatch.setenv("DEEPGRAM_API_KEY", "K")
    monkeypatch.setenv("DEEPGRAM_BASE_URL", "https://api.deepgram.com")


CALLS: dict[str, Callable[[Any], Any]] = {
    "synthesize": lambda client: client.synthesize("Hello."),
    "a voice of its own": lambda client: client.synthesize("Hello.", voice="deepgram/aura-2-draco-en"),
    "stream": lambda client: client.stream("Hello.").collect(),
    "pieces": lambda client: client.stream(client.source(words("Hello there."))).collect(),
    "voices": lambda client: client.voices("deepgram"),
    "warm": lambda client: client.warm("deepgram"),
    "submit": lambda client: client.submit("Hello.", format="mp3", callback="https://example.com/audio"),
}


@pytest.mark.usefixtures("deepgram")
@pytest.mark.parametrize("name", CALLS)
def test_no_call_leaves_the_region(speaker: Any, asked_for: set[str], name: str) -> None:
    async def scenario() -> None:
        async with speaker("deepgram", region="eu", retries=0) as client:
            with pytest.raises(BackendUnavailable):
                await CALLS[name](client)

    asyncio.run(scenario())
    assert asked_for == {EU}


@pytest.mark.usefixtures("deepgram")
@pytest.mark.parametrize("target", [Router(["deepgram", "local"], region="eu"), ["deepgram", "local"]])
def test_a_check_and_a_fallback_do_not_leave_it(speaker: Any, asked_for: set[str], local: None, target: Any) -> None:
    async def scenario() -> Any:
        async with speaker(target, region=None if isinstance(target, Router) else "eu") as client:
            return await client.check(), await client.synthesize("w1 w2.")

    results, speech = asyncio.run(scenario())
    assert [(result.ok, result.region, result.host) for result in results] == [(False, "eu", EU), (True, None, None)]
    assert (speech.backends, [attempt.host for attempt in speech.attempts]) == (("local",), [EU, EU, None])
    assert asked_for == {EU}


@pytest.fixture
def deepdub(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that leads to another region over each of its wires."""
    monkeypatch.setenv("DEEPDUB_API_KEY", "K")
    monkeypatch.setenv("DEEPDUB_BASE_URL", "https://restapi.deepdub.ai/api/v1")
    monkeypatch.setenv("DEEPDUB_BASE_WEBSOCKET_URL", "wss://wsapi.deepdub.ai/open")
    monkeypatch.setenv("DEEPDUB_BASE_WEBSOCKET_STREAMING_URL", "wss://wss.deepdub.ai/ws")


REST, OPEN = "restapi.eu.deepdub.ai", "wsapi.eu.deepdub.ai"
RECORDING = noise()
# Whom each call of a route over both vendors may ask: both, where one stands in for the other.
ROUTED: dict[str, tuple[Callable[[Any], Any], set[str]]] = {
    "synthesize": (lambda client: client.synthesize("w1 w2."), {EU, OPEN}),
    "a format of requests": (lambda client: client.synthesize("w1.", format="mulaw"), {EU, REST}),
    "a duration": (lambda client: client.synthesize("w1 w2.", duration=1.0), {EU, OPEN}),
    "voices of both": (
        lambda client: client.synthesize("w1.", voice={"deepgram": "a", "deepdub": "b", "local": "c"}), {EU, OPEN}
    ),
    "a voice of one": (lambda client: client.synthesize("w1.", voice="deepdub/b"), {OPEN}),
    "a sample": (lambda client: client.synthesize("w1.", voice=Sample(RECORDING)), {REST}),
    "stream": (lambda client: speak(client, "w1 w2.", "whole"), {EU, OPEN}),
    "pieces": (lambda client: speak(client, "w1 w2.", "pieces"), {EU, OPEN}),
    "pushed": (lambda client: speak(client, "w1 w2.", "pushed", delivery="whole"), {EU, OPEN}),
    "voices": (lambda client: client.voices(), {EU}),
    "voices of the second": (lambda client: client.voices("deepdub"), {REST}),
    "clone_voice": (
        lambda client: client.clone_voice("M", RECORDING, backend="deepdub", language="en-US", consent="Maria"),
        {REST},
    ),
    "delete_voice": (lambda client: client.delete_voice("deepdub/m"), {REST}),
    "classify_gender": (lambda client: client.classify_gender(RECORDING, backend="deepdub"), {REST}),
    "check": (lambda client: client.check(), {EU, REST}),
    "warm": (lambda client: client.warm(), {EU}),
    "warm the second": (lambda client: client.warm("deepdub"), {OPEN}),
    "submit": (lambda client: client.submit("w1.", format="mp3", callback="https://example.com/audio"), {EU}),
}  # fmt: skip


@pytest.mark.usefixtures("deepgram", "deepdub", "local")
@pytest.mark.parametrize("members", [
    lambda: ["deepgram", "deepdub", "local"],
    lambda: [Deepgram(region="eu"), Route(Deepdub(region="eu")), LocalBackend()],
    lambda: [Router(["deepgram"]), Router([Route(Router(["deepdub"]), retries=0), "local"])],
], ids=["names", "objects", "routers"])  # fmt: skip
@pytest.mark.parametrize("name", ROUTED)
def test_no_call_of_a_route_that_is_pinned_leaves_the_region(
    speaker: Any, asked_for: set[str], name: str, members: Callable[[], Any]
) -> None:
    call, hosts = ROUTED[name]

    async def scenario() -> None:
        async with speaker(Router(members(), region="eu"), retries=0) as client:
            with suppress(VoxbridgeError):  # the one on this machine speaks for both; other calls fail
                await call(client)

    asyncio.run(scenario())
    assert asked_for == hosts


class RegionalBackend(HttpBackend):
    """A server a region."""

    name = "regional"
    servers: dict[str, Any]

    def __init__(self, *, region: str | None = None) -> None:
        self.region = region or "us"
        super().__init__(self.servers[self.region])

    def check(self) -> Any:
        yield HttpRequest(method="POST", url=self.url, headers={"Authorization": self.key}, body=b'{"text": "w1"}')


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the two backends of this file beside the others."""
    known = {**_plugins.backend_classes(), "local": LocalBackend, "regional": RegionalBackend}
    for room in ("_plugins", "_speakers"):
        monkeypatch.setattr(f"voxbridge.{room}.backend_classes", lambda: known)


@pytest.mark.usefixtures("local")
def test_what_is_made_from_a_name_speaks_from_the_region(speaker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> Any:
        async with speaker("regional", region="eu", timeouts=QUICK) as client:
            await client.check()
            return await client.synthesize("w1 w2.")

    with SpeakingHttp() as eu, SpeakingHttp() as us:
        monkeypatch.setattr(RegionalBackend, "servers", {"eu": eu, "us": us}, raising=False)
        speech = asyncio.run(scenario())
        assert (eu.texts, us.texts) == (["w1", "w1 w2."], [])
    assert read_back(speech, "w1 w2.").clean
    assert [attempt.region for attempt in speech.attempts] == ["eu"]


@pytest.mark.usefixtures("local")
def test_a_member_of_another_region_is_refused_before_anything_is_sent(speaker: Any) -> None:
    abroad = RegionalBackend.__new__(RegionalBackend)
    abroad.region, abroad.url, abroad.format = "us", "http://127.0.0.1:9", SimpleNamespace()
    with pytest.raises(InvalidConfig, match="regional is in region 'us'"):
        speaker([abroad, "local"], region="eu")
    with pytest.raises(VoxbridgeError, match="no region 'mars'"):
        speaker("deepgram", region="mars")
