"""What the tests of both clients share."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.both import Blocking, Both, Fast


_REQUESTS = {
    "test_parity_calls",
    "test_parity_carriers",
    "test_parity_errors",
    "test_parity_failover",
    "test_parity_leaving",
}
_DESCRIPTORS = Path("/proc/self/fd")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Have the scenarios about requests carried by aiohttp as well."""
    if "speaker" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in _REQUESTS:
        metafunc.parametrize("speaker", [Both, Blocking, Fast], ids=["asyncio", "blocking", "fast"], indirect=True)


@pytest.fixture(params=[Both, Blocking], ids=["asyncio", "blocking"])
def speaker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The class of each client in turn."""
    if request.param is Fast:
        pytest.importorskip("aiohttp")
        monkeypatch.delitem(sys.modules, "voxbridge._aiohttp")
    return request.param


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the machine's own settings out."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def leaves_nothing() -> Iterator[None]:
    """Fail a test after which there are more threads or open files than before."""
    before = held()
    yield
    end = time.monotonic() + 3
    while not held() <= before and time.monotonic() < end:
        gc.collect()
        time.sleep(0.01)
    assert held() <= before


def held() -> set[object]:
    """Return the threads, and the numbers of the open files."""
    files = list(_DESCRIPTORS.iterdir()) if _DESCRIPTORS.exists() else []
    return {*threading.enumerate(), *(file for file in files if file.exists())}  # the listing itself is gone by now
