"""Which backends are passed over, for how long and why; and that it holds for every client of the process."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.clients.both import QUICK, hang_up
from tests.wires import HttpBackend, LocalBackend, SocketBackend
from voxbridge import (
    AllBackendsFailed,
    AuthenticationError,
    BackendUnavailable,
    Client,
    Health,
    OutOfCredits,
    RejectedRequest,
    Route,
    Router,
)
from voxbridge.testing import SpeakingHttp, SpeakingSocket
from voxbridge_deepdub import Deepdub
from voxbridge_deepgram import Deepgram


TEXT = "w1 w2. "


def always(status: int, times: int = 200, body: str = "no") -> list[dict[str, Any]]:
    """Let every request be refused."""
    return [{"on": number, "kind": "status", "code": status, "body": body} for number in range(times)]


class Acme(HttpBackend):
    """A vendor whose objects share an account where they have one key."""

    name = "acme"
    region = "eu"

    def __init__(self, server: Any, account: str = "one", name: str | None = None) -> None:
        super().__init__(server, name)
        self.account = ("acme", account, self.url)


def spoken(speaker: Any, *targets: Any, times: int = 1, **settings: Any) -> tuple[Any, list[Health]]:
    """Speak so often to a route; return the last speech and the health."""

    async def scenario() -> Any:
        speech = None
        async with speaker(list(targets), timeouts=QUICK, retries=0, **settings) as client:
            for _ in range(times):
                speech = await client.synthesize(TEXT)
            return speech, client.health()

    return asyncio.run(scenario())


def test_nothing_is_known_of_what_nobody_has_asked(speaker: Any) -> None:
    route = Router([Deepgram("key", region="eu"), Deepdub("key", region="us", transport="streaming"), LocalBackend()])
    assert speaker(route).health() == [
        Health(backend="deepgram", region="eu", transport="http", state="closed", until=None, cause=None),
        Health(backend="deepgram", region="eu", transport="websocket", state="closed", until=None, cause=None),
        Health(backend="deepdub", region="us", transport="streaming", state="closed", until=None, cause=None),
        Health(backend="local", region=None, transport="http", state="closed", until=None, cause=None),
    ]


def test_a_backend_in_several_voices_is_told_once(speaker: Any) -> None:
    backend = LocalBackend()
    assert len(speaker([Route(backend, "a"), Route(backend, "b")]).health()) == 1


@pytest.mark.parametrize(
    ("status", "error"), [(401, AuthenticationError), (403, AuthenticationError), (402, OutOfCredits)]
)
def test_a_refused_key_suspends_that_member_alone(speaker: Any, status: int, error: type[Exception]) -> None:
    with SpeakingHttp(faults=always(status, body=f"bad {HttpBackend.key.prefixed('').reveal()}")) as server:
        speech, (acme, local) = spoken(speaker, Acme(server), LocalBackend(), times=4)
    assert server.requests == 1
    assert speech.backends == ("local",)
    assert (acme.backend, acme.region, acme.transport, acme.state) == ("acme", "eu", "http", "suspended")
    assert timedelta(seconds=295) < acme.until - datetime.now(UTC) <= timedelta(seconds=300)
    assert isinstance(acme.cause, error)
    assert acme.cause.status_code == status
    assert "a-very-secret-key" not in f"{acme} {acme.cause!r} {acme.cause}"
    assert (local.state, local.until, local.cause) == ("closed", None, None)


def test_a_vendor_that_fails_is_passed_over_after_five_times(speaker: Any) -> None:
    with SpeakingHttp(faults=always(503)) as server:
        speech, (acme, _) = spoken(speaker, Acme(server), LocalBackend(), times=9)
    assert server.requests == 5
    assert [report.backend for report in speech.attempts] == ["local"]
    assert (acme.state, type(acme.cause)) == ("open", BackendUnavailable)
    assert timedelta(seconds=20) < acme.until - datetime.now(UTC) <= timedelta(seconds=36)


def test_all_clients_of_the_process_know_of_one_account_and_of_no_other(speaker: Any) -> None:
    with SpeakingHttp(faults=always(503, 5)) as server:
        spoken(speaker, Acme(server), LocalBackend(), times=5)
        speech, (health, _) = spoken(speaker, Acme(server, name="again"), LocalBackend())
        assert (speech.backends, health.backend, health.state) == (("local",), "again", "open")
        other, (health, _) = spoken(speaker, Acme(server, "two"), LocalBackend())
    assert (other.backends, health.state) == (("acme",), "closed")


def test_two_keys_are_two_accounts_and_no_key_is_in_clear() -> None:
    one, same, other = (Deepgram(key, region="eu") for key in ("key-one", "key-one", "key-two"))
    assert one.account == same.account != other.account
    assert Deepgram("key-one", region="us").account != one.account
    assert Deepdub("key-one").account != Deepdub("key-one", region="eu").account
    assert "key-one" not in repr((one.account, Deepdub("key-one").account))


def test_who_has_nobody_else_to_ask_is_never_refused(speaker: Any) -> None:
    async def scenario() -> Any:
        async with speaker(Acme(server), timeouts=QUICK, retries=0) as client:
            for _ in range(8):
                with pytest.raises((BackendUnavailable, AuthenticationError)):
                    await client.synthesize(TEXT)
            (health,) = client.health()
            return health, await client.synthesize(TEXT)

    with SpeakingHttp(faults=[*always(503, 6), *always(401, 8)[6:]]) as server:
        health, speech = asyncio.run(scenario())
    assert health.state == "suspended"
    assert speech.backends == ("acme",)


def test_where_all_are_passed_over_the_one_that_reopens_soonest_is_tried(speaker: Any) -> None:
    async def scenario() -> Any:
        async with speaker([Acme(bad, name="bad"), Acme(down, name="down")], timeouts=QUICK, retries=0) as client:
            for _ in range(5):
                with pytest.raises(AllBackendsFailed):
                    await client.synthesize(TEXT)
            return await client.synthesize(TEXT)

    with SpeakingHttp(faults=always(401)) as bad, SpeakingHttp(faults=always(503, 5)) as down:
        speech = asyncio.run(scenario())
    assert (bad.requests, down.requests) == (5, 6)  # while nobody else had worked it was the last hope
    assert [report.backend for report in speech.attempts] == ["down"]


def test_bad_texts_leave_every_breaker_closed(speaker: Any) -> None:
    async def scenario() -> Any:
        async with speaker([Acme(one, name="first"), Acme(two, name="second")], retries=0) as client:
            for _ in range(100):
                with pytest.raises(RejectedRequest):
                    await client.synthesize(TEXT)
            return client.health()

    with SpeakingHttp(faults=always(400)) as one, SpeakingHttp(faults=always(400)) as two:
        found = asyncio.run(scenario())
    assert (one.requests, two.requests) == (100, 100)
    assert [(health.state, health.cause) for health in found] == [("closed", None)] * 2


def test_a_kept_socket_that_has_died_of_age_is_no_failure(speaker: Any) -> None:
    """Seven times in a row: five failures would open the breaker."""

    async def scenario() -> Any:
        async with speaker([SocketBackend(server, "acme"), LocalBackend()], timeouts=QUICK, retries=0) as client:
            backends = []
            for _ in range(8):
                backends += (await client.synthesize(TEXT)).backends
                hang_up(server)
            return backends, client.health()

    with SpeakingSocket() as server:
        backends, (acme, _) = asyncio.run(scenario())
    assert backends == ["acme"] * 8
    assert acme.state == "closed"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_child_process_finds_out_for_itself() -> None:
    with SpeakingHttp(faults=always(401)) as server, Client([Acme(server), LocalBackend()]) as client:
        client.synthesize(TEXT)
        assert client.health()[0].state == "suspended"
        child = os.fork()
        if child == 0:
            os._exit(client.health()[0].state != "closed")
        assert os.waitpid(child, 0)[1] == 0
