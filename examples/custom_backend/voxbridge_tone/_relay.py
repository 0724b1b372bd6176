"""A vendor with a plain HTTP interface: ``POST {"text": ...}`` is answered by sound, or by a status that says why."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from voxbridge import (
    Backend,
    Capabilities,
    Fetch,
    HttpExchange,
    HttpRequest,
    Job,
    MissingCredentials,
    Secret,
    TextUnit,
    Voice,
)


__all__ = ["Relay"]


class Relay(Backend):
    """Speak through a service of your own.

    Args:
        api_key: None: the environment's ``RELAY_API_KEY``.
        base_url: where to post.
    """

    name = "relay"

    def __init__(self, api_key: str | None = None, *, base_url: str = "http://127.0.0.1:8000/speak") -> None:
        self.key = Secret(api_key or os.environ.get("RELAY_API_KEY", ""))
        self.url = base_url

    def capabilities(self, voice: Voice) -> Capabilities:
        """Say what the service gives; everything else is converted."""
        return Capabilities(formats=("linear16/24000",), max_characters=1000)

    def exchange(self, job: Job) -> HttpExchange:
        """Return a new exchange."""
        return _Exchange(job, self)

    def missing(self) -> MissingCredentials | None:
        """Say what to do where there is no key."""
        return None if self.key else MissingCredentials("relay has no key: set RELAY_API_KEY, or Relay(api_key=...)")


class _Exchange(HttpExchange):
    def __init__(self, job: Job, relay: Relay) -> None:
        super().__init__(job)
        self._url = relay.url
        self._headers: dict[str, str | Secret] = {
            "authorization": relay.key.prefixed("Bearer "),
            "content-type": "application/json",
        }

    def launch(self, tag: int, units: Sequence[TextUnit]) -> Fetch:
        text = "".join(unit.text for unit in units)
        body = json.dumps({"text": text, "voice": self.job.voice.id}).encode()
        return Fetch(tag, HttpRequest(method="POST", url=self._url, headers=self._headers, body=body))
