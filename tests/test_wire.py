"""What other libraries say, what of it reaches a log, and whom they trust."""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedError

from voxbridge import Timeouts, _async_http, _sync_http, _wire


def test_a_reset_connection_is_no_traceback_in_the_log_and_other_errors_are(caplog):
    """The library writes one where data still comes, or a ping is sent, after a write has failed."""
    logger = _wire.socket_settings(type("Spec", (), {"url": "", "max_frame": 1, "ping": None}), None, None)["logger"]
    for error in (EOFError("stream ended"), ConnectionClosedError(None, None), ValueError("a bug")):
        logger.error("unexpected internal error", exc_info=error)
    logger.error("something else")
    assert [record.exc_info and type(record.exc_info[1]) for record in caplog.records] == [ValueError, None]
    assert not logger.isEnabledFor(logging.DEBUG)


@pytest.mark.parametrize("shell", [_sync_http, _async_http], ids=["blocking", "asyncio"])
def test_requests_trust_what_the_system_trusts_or_what_the_client_was_given(monkeypatch, shell: Any):
    systems, given = (ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) for _ in range(2))
    monkeypatch.setattr(ssl, "create_default_context", lambda: systems)
    for context, trusted in ((None, systems), (given, given)):
        made = shell.client(Timeouts(), None, context)
        assert made._transport._pool._ssl_context is trusted
        if shell is _sync_http:
            made.close()
        else:
            asyncio.run(made.aclose())
