"""The key is in no message, repr, traceback with locals, log or report, whatever goes wrong."""

from __future__ import annotations

import json
import logging
import traceback

import pytest

from tests.clients import conftest as clients
from tests.clients.both import speak
from tests.deepdub.emulated import TRANSPORTS, deepdub, noise, with_client
from voxbridge import BackendUnavailable, VoxbridgeError
from voxbridge.testing import emulate


speaker, no_proxies, leaves_nothing = clients.speaker, clients.no_proxies, clients.leaves_nothing

KEY = "dd-canary-f00d5eed-0123456789abcdef-c4ec5a3e"
CREDENTIALS = {"a str": KEY, "a callable": lambda: KEY}
SECRETS = [KEY, KEY[-8:], KEY[3:20]]
STATUSES = [400, 401, 402, 403, 404, 413, 422, 429, 500, 503, 504]


def script(transport):
    """Return all that can go wrong, in an order in which each speech meets one of them; much of it echoes the key."""
    words = json.dumps({"success": False, "message": f"you said {KEY}", "error": KEY, "errorType": KEY})
    page = f"<html><body>x-api-key: {KEY}</body></html>"
    openings = [
        *({"kind": "status", "code": status} for status in STATUSES),
        *({"kind": "status", "code": status, "body": body} for status in (400, 401, 500) for body in (words, page)),
        {"kind": "status", "code": 429, "retry_after": 3},
    ]
    frame = '{"error": "%s", "errorType": "%s", "generationId": "$generationId"}'
    texts = [
        {"kind": "garbage", "body": words},
        {"kind": "garbage", "body": page},
        {"kind": "garbage"},
        {"kind": "cut"},
        {"kind": "stall"},
        {"kind": "close", "code": 1008, "body": KEY},
        {"kind": "close", "code": 1011, "body": f"no {KEY}"},
        *([{"kind": "garbage", "body": frame % (KEY, KEY)}] if transport != "http" else []),
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


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("credential", CREDENTIALS)
def test_it_is_never_shown(speaker, log, transport, credential):
    errors, reports = [], []
    turns = len(script(transport))

    async def scenario(client):  # a traceback shows its variables, of which none has the key
        for number in range(turns):
            try:
                await speak(client, f"w{number}.", "whole" if number % 2 else "pieces")
            except VoxbridgeError as error:
                errors.append(error)

    with emulate("deepdub", voice="oracle", faults=script(transport), keys=[KEY]) as server:
        backend = deepdub(server, transport, api_key=CREDENTIALS[credential])
        with_client(speaker, backend, scenario, on_attempt=reports.append)
    assert len(errors) >= turns - 8  # a socket that is opened counts as an opening too
    assert len({type(error) for error in errors}) >= 6
    for error in errors:
        assert_hidden(shown(error))
    assert any("[key]" in str(error) for error in errors)
    assert len(reports) >= turns - 8
    assert_hidden([*map(repr, reports), repr(backend), repr(vars(backend)), repr(errors)])
    assert_nothing_logged(log)
    assert any(record.name.startswith("voxbridge") for record in log.records)


CALLS = {
    "check": lambda client: client.check(),
    "voices": lambda client: client.voices("deepdub"),
    "submit": lambda client: client.submit("One."),
    "clone_voice": lambda client: client.clone_voice(
        "M", noise(), backend="deepdub", language="en-US", consent="Maria Lopez"
    ),
    "delete_voice": lambda client: client.delete_voice("deepdub/any"),
    "classify_gender": lambda client: client.classify_gender(noise(), backend="deepdub"),
    "warm": lambda client: client.warm("deepdub"),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("credential", CREDENTIALS)
def test_nor_by_calls_that_are_not_speech(speaker, log, name, credential):
    async def scenario(client):
        try:
            return [result.error for result in await CALLS[name](client)]
        except VoxbridgeError as error:
            return [error]

    with emulate("deepdub", voice="oracle", keys=["another"]) as server:
        refused = with_client(speaker, deepdub(server, api_key=CREDENTIALS[credential]), scenario)
    gone = with_client(speaker, deepdub(server, api_key=CREDENTIALS[credential]), scenario)
    assert [type(error) for error in gone] == [BackendUnavailable]
    for error in refused + gone:
        assert_hidden(shown(error))
    assert_nothing_logged(log)
