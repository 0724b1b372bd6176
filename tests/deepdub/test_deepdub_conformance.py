"""What every backend must do, over each of the three wires."""

from __future__ import annotations

import pytest

from voxbridge.testing import BackendConformance, emulate
from voxbridge_deepdub import Deepdub


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in ("API_KEY", "BASE_URL", "BASE_WEBSOCKET_URL", "BASE_WEBSOCKET_STREAMING_URL"):
        monkeypatch.delenv(f"DEEPDUB_{name}", raising=False)
    monkeypatch.delenv("DD_EU", raising=False)


class TestAuto(BackendConformance):
    transport = "auto"

    def make_server(self):
        return emulate("deepdub")

    def make_backend(self, server):
        return Deepdub(server.api_key, base_url=server.url, transport=self.transport)


class TestRequests(TestAuto):
    transport = "http"


class TestStreaming(TestAuto):
    transport = "streaming"
