"""Audio that is delivered later, by a request of ours to a callback on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ._query import LOOPBACK


if TYPE_CHECKING:
    from ._query import Query

__all__ = ["Callbacks"]

_TRIES: Final = 11  # the first one, and ten more


class Callbacks:
    """Deliveries under way.

    Args:
        pause: seconds between two tries; None: there is one try.
    """

    def __init__(self, pause: float | None) -> None:
        self._pause = pause
        self._under_way: set[asyncio.Task[None]] = set()

    def deliver(self, query: Query, audio: bytes, headers: Mapping[str, str]) -> None:
        """Begin to deliver. To a host that is not loopback nothing is sent: no test reaches the world."""
        if query.callback is not None and urlsplit(query.callback).hostname in LOOPBACK:
            task = asyncio.create_task(self._deliver(query.callback_method, query.callback, audio, headers))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _deliver(self, method: str, url: str, audio: bytes, headers: Mapping[str, str]) -> None:
        import httpx

        # The certificate of a test's own server is nobody's, and no proxy leads to this machine.
        async with httpx.AsyncClient(verify=False, trust_env=False) as client:  # noqa: S501
            for _ in range(_TRIES if self._pause is not None else 1):
                try:
                    if (await client.request(method, url, content=audio, headers=headers)).is_success:
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(self._pause or 0)
