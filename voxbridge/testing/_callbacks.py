"""What an emulator delivers later, by requests of its own to this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit


__all__ = ["Callbacks"]

_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


class Callbacks:
    """Deliveries under way; they end with the server.

    Args:
        tries: how often one is tried until it is answered with 2xx.
        pause: seconds between two tries.
    """

    def __init__(self, tries: int, pause: float) -> None:
        self._tries = tries
        self._pause = pause
        self._under_way: set[asyncio.Task[None]] = set()

    @staticmethod
    def reaches(url: str) -> bool:
        """Return whether a URL is one of this machine: nothing is sent to any other."""
        return urlsplit(url).hostname in _LOOPBACK

    def deliver(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Begin a delivery, and return at once."""
        if self.reaches(url):
            task = asyncio.create_task(self._deliver(method, url, body, headers))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _deliver(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        import httpx

        # The certificate of a test's own server is nobody's, and no proxy leads to this machine.
        async with httpx.AsyncClient(verify=False, trust_env=False) as client:  # noqa: S501
            for _ in range(self._tries):
                with suppress(httpx.HTTPError):
                    if (await client.request(method, url, content=body, headers=headers)).is_success:
                        return
                await asyncio.sleep(self._pause)
