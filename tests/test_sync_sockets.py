"""The blocking client's own part of a WebSocket, where no server is needed to see it."""

from __future__ import annotations

from threading import Lock

import pytest

from voxbridge import SocketSpec, Timeouts
from voxbridge._pool import Socket
from voxbridge._sync_sockets import Line


def test_a_socket_that_nobody_waits_for_any_more_is_not_dialled_and_not_left_open():
    line = Line(Socket(SocketSpec(url="ws://127.0.0.1:9/"), 0.0), Lock(), Timeouts())
    line.close()
    with pytest.raises(ConnectionAbortedError):
        line.dial("127.0.0.1", 9)
    assert [sock.fileno() for sock in line._dialled] == [-1]
