"""Speech by requests: ``POST /v1/speak``, one for each unit of a stream, packed ones for whole speech."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from voxbridge import (
    BackendError,
    Billed,
    Degradation,
    Degraded,
    Fetch,
    HttpExchange,
    HttpRequest,
    Job,
    TextTooLong,
    TextUnit,
    Told,
    UnsupportedUtterance,
)

from ._account import Account
from ._errors import refused
from ._markup import LONGEST, Rendered, render
from ._matrix import REQUEST
from ._query import Options, query
from ._voices import has_controls


__all__ = ["RequestExchange", "request"]

_TOLD: Final = ("dg-model-name", "dg-model-uuid", "dg-char-count", "dg-pronunciations-applied", "dg-warnings")
_WARNINGS: Final = {
    "PRON-001": "an invalid character",
    "PRON-002": "a modifier after an invalid character",
    "PRON-003": "it starts with a modifier",
    "PRON-004": "a tie bar after something that is no base",
    "PRON-005": "a tie bar before something that is no base",
    "PRON-006": "it ends with a tie bar",
    "PRON-007": "it starts with a tie bar",
    "PRON-008": "a stress mark that is not right before a vowel",
    "PRON-009": "it ends with a stress mark",
}


def request(account: Account, asked: str, text: str) -> HttpRequest:
    """Return the request that speaks *text*; *asked* is its query."""
    return HttpRequest(
        method="POST",
        url=f"{account.origin}/v1/speak?{asked}",
        headers={**account.headers, "content-type": "application/json"},
        body=json.dumps({"text": text}, ensure_ascii=False, separators=(",", ":")).encode(),
    )


class RequestExchange(HttpExchange):
    """Speak by requests. Arguments as of `Deepgram`'s, checked."""

    def __init__(self, job: Job, account: Account, options: Options) -> None:
        super().__init__(job)
        self.slots = account.requests
        self._account = account
        self._asked = query(job, REQUEST, options)
        self._ipa = has_controls(job.voice.id)
        self._sent: dict[int, Rendered] = {}

    def launch(self, tag: int, units: Sequence[TextUnit]) -> Fetch | UnsupportedUtterance | TextTooLong:
        """Return the request for *units*, or why there can be none."""
        try:
            rendered = render(units, ipa=self._ipa)
        except UnsupportedUtterance as error:
            return error
        if len(rendered.text) > LONGEST:
            return TextTooLong(f"deepgram takes {LONGEST} characters at once, and here are {len(rendered.text)}")
        self._sent[tag] = rendered
        return Fetch(tag, request(self._account, self._asked, rendered.text))

    def decode_status(self, status: int, headers: Mapping[str, str], body: bytes) -> Told | BackendError:
        """Return what an answer's head tells, or its error."""
        if status >= 300 or body:
            return refused(status, headers, body)
        vendor = {name: headers[name] for name in _TOLD if name in headers}
        return Told(request_id=headers.get("dg-request-id"), vendor=vendor)

    def send_clear(self) -> Sequence[Any]:
        """Drop all requests."""
        self._sent.clear()
        return super().send_clear()

    def receive_status(self, tag: int, status: int, headers: Mapping[str, str]) -> Sequence[Any]:
        """Take the head of an answer, with what it says of the text that was sent."""
        actions = super().receive_status(tag, status, headers)
        if not actions:  # refused: the reason follows
            return actions
        rendered = self._sent.pop(tag)
        counted = _count(headers.get("dg-char-count"))
        billed = Billed(self.job.voice.backend, rendered.characters if counted is None else counted, "characters")
        return [*actions, Told(billed=billed), *self._lost(rendered, headers)]

    def _lost(self, rendered: Rendered, headers: Mapping[str, str]) -> list[Degraded]:
        """Return which pronunciations were not applied, or not as they should be."""
        words, backend = ", ".join(rendered.pronounced), self.job.voice.backend
        lost: list[str] = []
        applied = _count(headers.get("dg-pronunciations-applied"))
        if applied is not None and applied < len(rendered.pronounced):
            lost.append(f"{applied} of {len(rendered.pronounced)} were applied")
        codes = filter(None, (part.strip() for part in headers.get("dg-warnings", "").split(",")))
        lost += [f"deepgram warns of {_WARNINGS.get(code, 'something')} ({code})" for code in codes]
        return [Degraded(Degradation(backend, "pronunciation", words, done)) for done in lost]


def _count(value: str | None) -> int | None:
    return int(value) if value is not None and value.isascii() and value.isdecimal() else None
