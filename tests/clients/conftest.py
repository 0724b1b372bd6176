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
from tests.wires import HttpBackend


_DESCRIPTORS = Path("/proc/self/fd")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what aiohttp carries no part of."""
    idle = [item for item in items if not _is_carried(getattr(getattr(item, "callspec", None), "params", {}))]
    config.hook.pytest_deselected(items=idle)
    items[:] = [item for item in items if item not in idle]


def _is_carried(params: dict[str, Any]) -> bool:
    return params.get("speaker") is not Fast or params.get("backend", HttpBackend) is HttpBackend


@pytest.fixture(params=[Both, Blocking], ids=["asyncio", "blocking"])
def speaker(request: pytest.FixtureRequest) -> Any:
    """The class of each client in turn."""
    return request.param


@pytest.fixture(params=[Both, Blocking, Fast], ids=["asyncio", "blocking", "fast"])
def carrier(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The `speaker` of scenarios about requests, which aiohttp may carry as well."""
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
