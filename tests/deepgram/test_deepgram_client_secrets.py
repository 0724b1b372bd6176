"""Neither key nor token is in any message, repr, traceback with locals, log or report, whatever goes wrong."""

from __future__ import annotations

import json
import logging
import traceback

import pytest

from tests.clients import conftest as clients
from tests.clients.both import speak
from tests.deepgram.emulated import FAULTS, call, deepgram, with_client
from voxbridge import AuthenticationError, BackendUnavailable, VoxbridgeError
from voxbridge.testing import emulate


speaker, no_proxies, leaves_nothing = clients.speaker, clients.no_proxies, clients.leaves_nothing

KEY = "canary-f00d5eed-key-0123456789abcdef"
JWT = "eyJjYW5hcnki.canary-f00d5eed-token.c2lnbmF0dXJl-fedcba98"
CREDENTIALS = {
    "key": {"api_key": KEY},
    "token": {"api_key": None, "access_token": JWT},
    "callable": {"api_key": lambda: KEY},
}
SECRETS = [KEY, JWT, KEY[-8:], JWT[-8:]]
STATUSES = [400, 401, 402, 403, 404, 408, 413, 415, 422, 429, 500, 503, 504]


def script(secret):
    """Return all that can go wrong, in an order in which each speech meets one of them; much of it echoes *secret*."""
    words = json.dumps({"err_code": secret, "err_msg": f"you said {secret}", "request_id": secret})
    page = f"<html><body>Authorization: {secret}</body></html>"
    openings = [
        *({"kind": "status", "code": status} for status in STATUSES),
        *({"kind": "status", "code": status, "body": body} for status in (401, 500) for body in (words, page)),
        {"kind": "status", "code": 429, "retry_after": 3},
        {"kind": "status", "code": 200, "body": ""},
    ]
    texts = [
        *({**fault, "at": 0.5} for fault in FAULTS if fault["kind"] != "status"),
        {"kind": "garbage", "body": words},
        {"kind": "close", "code": 1008, "body": f"DATA-0000 {secret}"},
        {"kind": "close", "code": 1011, "body": secret},
    ]
    return [{**fault, "on": on} for faults in (openings, texts) for on, fault in enumerate(faults)]


@pytest.fixture
def log(caplog):
    """Everything that anybody logs."""
    for name in (None, "asyncio", "httpx", "httpcore", "websockets", "urllib3", "voxbridge"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def shown(error):
    """Return all that is ever shown of an error: its words, its parts, and tracebacks with locals."""
    trace = traceback.TracebackException.from_exception(error, capture_locals=True)
    return [str(error), repr(error), repr(vars(error)), repr(error.args), "".join(trace.format())]


def assert_hidden(texts):
    for text in texts:
        for secret in SECRETS:
            at = text.find(secret)
            assert at < 0, text[max(0, at - 300) : at].replace(secret, "")


def assert_nothing_logged(log):
    assert_hidden(f"{record.getMessage()} {record.args!r} {record.exc_text}" for record in log.records)


@pytest.mark.parametrize("transport", ["http", "websocket"])
@pytest.mark.parametrize("credential", CREDENTIALS)
def test_neither_is_ever_shown(speaker, log, transport, credential):
    errors, reports = [], []
    turns = len(script("any"))

    async def scenario(client):
        for number in range(turns):
            try:
                await speak(client, f"w{number}.", "whole" if number % 2 else "pieces")
            except VoxbridgeError as error:
                errors.append(error)

    faults = script(JWT if credential == "token" else KEY)
    with emulate("deepgram", voice="oracle", faults=faults, keys=[KEY, JWT]) as server:
        backend = deepgram(server, transport, **CREDENTIALS[credential])
        with_client(speaker, backend, scenario, on_attempt=reports.append)
    assert len(errors) >= turns - 3  # slow, odd and wrongly pitched audio may be none
    assert len({type(error) for error in errors}) >= 8
    for error in errors:
        assert_hidden(shown(error))
    assert any("[key]" in str(error) for error in errors)
    assert len(reports) >= turns
    assert_hidden([*map(repr, reports), repr(backend), repr(vars(backend)), repr(errors)])
    assert_nothing_logged(log)
    assert any(record.name.startswith("voxbridge") for record in log.records)


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_neither_is_shown_by_calls_that_are_not_speech(speaker, log, credential):
    async def scenario(client):
        errors = [result.error for result in await call(client, "check")]
        try:
            await call(client, "submit", "One.", callback="https://example.com/audio")
        except VoxbridgeError as error:
            errors.append(error)
        return errors

    with emulate("deepgram", voice="oracle", keys=["another"]) as server:
        refused = with_client(speaker, deepgram(server, **CREDENTIALS[credential]), scenario)
    gone = with_client(speaker, deepgram(server, **CREDENTIALS[credential]), scenario)
    assert [type(error) for error in refused + gone] == [AuthenticationError] * 2 + [BackendUnavailable] * 2
    for error in refused + gone:
        assert_hidden(shown(error))
    assert_nothing_logged(log)
