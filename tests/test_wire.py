"""What other libraries say, and what of it reaches a log."""

from __future__ import annotations

import logging

from websockets.exceptions import ConnectionClosedError

from voxbridge import _wire


def test_a_reset_connection_is_no_traceback_in_the_log_and_other_errors_are(caplog):
    """The library writes one where data still comes, or a ping is sent, after a write has failed."""
    logger = _wire.socket_settings(type("Spec", (), {"url": "", "max_frame": 1, "ping": None}), None, None)["logger"]
    for error in (EOFError("stream ended"), ConnectionClosedError(None, None), ValueError("a bug")):
        logger.error("unexpected internal error", exc_info=error)
    logger.error("something else")
    assert [record.exc_info and type(record.exc_info[1]) for record in caplog.records] == [ValueError, None]
    assert not logger.isEnabledFor(logging.DEBUG)
