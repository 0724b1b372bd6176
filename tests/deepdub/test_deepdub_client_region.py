"""A client in Europe opens no connection to any other host, in any call; nor does a route that is pinned to it."""

from __future__ import annotations

import socket

import pytest

from tests.clients import conftest as clients
from tests.clients.both import speak, words
from tests.deepdub.emulated import noise, with_client
from voxbridge import BackendUnavailable, Client, InvalidConfig, Route, Router, Sample, VoxbridgeError
from voxbridge_deepdub import Deepdub


speaker, no_proxies, leaves_nothing = clients.speaker, clients.no_proxies, clients.leaves_nothing

REST, OPEN, WS = "restapi.eu.deepdub.ai", "wsapi.eu.deepdub.ai", "wss.eu.deepdub.ai"
CLONE = {"backend": "deepdub", "language": "en-US", "consent": "Maria Lopez"}
# Each call, the transports with which it is made, and whom it may ask.
CALLS = {
    "synthesize": (
        lambda client: client.synthesize("One."), {None: OPEN, "http": REST, "websocket": OPEN, "streaming": WS}
    ),
    "a format of requests": (lambda client: client.synthesize("One.", format="mp3"), {None: REST, "websocket": OPEN}),
    "a duration": (lambda client: client.synthesize("One.", duration=1.0), {None: OPEN, "http": REST}),
    "a sample": (lambda client: client.synthesize("One.", voice=Sample(noise())), {None: REST, "streaming": WS}),
    "stream": (lambda client: speak(client, "One.", "whole"), {None: OPEN, "http": REST, "streaming": WS}),
    "pieces": (lambda client: speak(client, "One. Two.", "pieces"), {None: OPEN, "http": REST, "streaming": WS}),
    "pushed": (lambda client: speak(client, "One. Two.", "pushed"), {None: OPEN, "http": REST, "streaming": WS}),
    "voices": (lambda client: client.voices("deepdub"), {None: REST}),
    "clone_voice": (lambda client: client.clone_voice("Maria", noise(), **CLONE), {None: REST}),
    "delete_voice": (lambda client: client.delete_voice("deepdub/maria"), {None: REST}),
    "classify_gender": (lambda client: client.classify_gender(noise(), backend="deepdub"), {None: REST}),
    "submit": (lambda client: client.submit("One."), {None: REST}),
    "warm": (lambda client: client.warm("deepdub"), {None: OPEN, "streaming": WS}),
}  # fmt: skip


@pytest.fixture(autouse=True)
def asked_for(monkeypatch):
    """The hosts that anybody wanted to connect to; none of them is there. Nor may anybody do so by a number."""
    hosts = set()

    def look_up(host, *args, **settings):
        hosts.add(host.decode() if isinstance(host, bytes) else host)
        raise socket.gaierror(socket.EAI_NONAME, "there is no network here")

    def connect(self, address):
        hosts.add(address[0])
        raise ConnectionRefusedError("there is no network here")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket.socket, "connect", connect)
    return hosts


@pytest.fixture(autouse=True)
def abroad(monkeypatch):
    """An environment that leads to the United States."""
    monkeypatch.setenv("DEEPDUB_API_KEY", "dd-key")
    monkeypatch.setenv("DEEPDUB_BASE_URL", "https://restapi.deepdub.ai/api/v1")
    monkeypatch.setenv("DEEPDUB_BASE_WEBSOCKET_URL", "wss://wsapi.deepdub.ai/open")
    monkeypatch.setenv("DEEPDUB_BASE_WEBSOCKET_STREAMING_URL", "wss://wss.deepdub.ai/ws")


def asking(speaker, name, target, **settings):
    async def scenario(client):
        with pytest.raises(BackendUnavailable):
            await CALLS[name][0](client)

    with_client(speaker, target, scenario, **settings)


@pytest.mark.parametrize("name", CALLS)
def test_no_call_leaves_the_region(speaker, asked_for, name):
    for transport, host in CALLS[name][1].items():
        asking(speaker, name, Deepdub(region="eu", transport=transport))
        assert asked_for == {host}
        asked_for.clear()


@pytest.mark.parametrize("name", CALLS)
def test_nor_does_any_call_of_a_client_that_is_bound_to_it(speaker, asked_for, name):
    asking(speaker, name, "deepdub", region="eu")
    assert asked_for == {CALLS[name][1][None]}


def test_nor_does_a_check(speaker, asked_for):
    async def scenario(client):
        return await client.check()

    for target, settings in (("deepdub", {"region": "eu"}), (Router(["deepdub"], region="eu"), {})):
        [result] = with_client(speaker, target, scenario, **settings)
        assert (result.ok, result.region, result.host) == (False, "eu", REST)
    assert asked_for == {REST}


def test_the_environment_alone_may_say_it(speaker, asked_for, monkeypatch):
    for name in ("", "_WEBSOCKET", "_WEBSOCKET_STREAMING"):
        monkeypatch.delenv(f"DEEPDUB_BASE{name}_URL")
    monkeypatch.setenv("DD_EU", "1")
    for name in ("synthesize", "voices"):
        asking(speaker, name, "deepdub")
    assert asked_for == {OPEN, REST}


def test_tries_and_fallbacks_stay_in_it(speaker, asked_for):
    async def scenario(client):
        with pytest.raises(VoxbridgeError):
            await client.synthesize(" ".join(words("One. Two.")))

    route = Router([Deepdub(region="eu", name="first"), Route(Deepdub(region="eu", transport="http"))], region="eu")
    with_client(speaker, route, scenario, retries=1)
    assert asked_for == {OPEN, REST}


@pytest.mark.parametrize("make", [
    lambda: Router([Deepdub(region="us")], region="eu"),
    lambda: Router(["espeak", Route(Deepdub(region="us"), voice="any")], region="eu"),
    lambda: Client(Router([Deepdub(region="us")]), region="eu"),
    lambda: Client([Deepdub(region="eu"), Deepdub(region="us", name="second")], region="eu"),
    lambda: Client(Deepdub(base_url="https://restapi.deepdub.ai/api/v1"), region="eu"),
    lambda: Client(Deepdub(base_url="https://tts.example/api/v1"), region="eu"),  # of no region that is known
])  # fmt: skip
def test_a_route_that_is_pinned_to_it_has_no_member_elsewhere(make, asked_for):
    with pytest.raises(InvalidConfig, match=r"deepdub|second"):
        make()
    assert asked_for == set()


@pytest.mark.parametrize("address", [
    {"base_url": "https://restapi.deepdub.ai/api/v1"},
    {"websocket_url": "wss://wsapi.deepdub.ai/open"},
    {"streaming_url": "wss://wss.deepdub.ai/ws"},
])  # fmt: skip
def test_an_address_in_another_region_is_refused(address):
    with pytest.raises(InvalidConfig, match=r"_url is in region 'us', and region says 'eu'"):
        Deepdub(region="eu", **address)
