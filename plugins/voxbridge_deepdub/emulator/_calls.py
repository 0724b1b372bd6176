"""What every endpoint is given: a request or handshake that was let in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from voxbridge.exceptions import UsageError

from ._refusals import Refusal, invalid, of_status


if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from voxbridge.testing import Fault, FaultScript

    from . import DeepdubEmulator

__all__ = ["Call", "present", "refused", "struck"]


@frozen
class Call:
    """A request or a handshake that was let in."""

    scope: Scope
    receive: Receive
    send: Send
    key: str = field(repr=False)

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in lower case."""
        return Headers(scope=self.scope)

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters."""
        return QueryParams(self.scope["query_string"])

    @property
    def address(self) -> str:
        """Of the client, without its port."""
        client = self.scope["client"]
        return str(client[0]) if client else ""

    def script(self, emulator: DeepdubEmulator) -> FaultScript:
        """Return the faults that it meets later.

        Raises:
            Refusal: it meets one at once, or its header of faults is wrong.
        """
        try:
            script = emulator.script(self.headers)
        except UsageError as error:
            raise invalid(str(error)) from None
        if fault := script.opening():
            raise struck(fault)
        return script

    async def body(self) -> bytes:
        """Return the whole body."""
        return await Request(self.scope, self.receive).body()

    async def fields(self) -> dict[str, Any]:
        """Return the JSON object of the body, without fields that are null.

        Raises:
            Refusal: it is none.
        """
        fields = present(await self.body())
        if fields is None:
            raise invalid("the body must be a JSON object")
        return fields

    async def answer(self, content: Any) -> None:
        """Send a whole response: JSON."""
        await JSONResponse(content)(self.scope, self.receive, self.send)


def present(text: bytes | str) -> dict[str, Any] | None:
    """Return the fields of a JSON object that are not null, or None where it is none."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return {name: each for name, each in content.items() if each is not None} if isinstance(content, dict) else None


def struck(fault: Fault) -> Refusal:
    """Return the refusal that a ``status`` is."""
    return of_status(fault.code or 503, retry_after=fault.retry_after, text=fault.body)


def refused(refusal: Refusal, path: str) -> Response:
    """Return the response that a refusal is, to a request or a handshake."""
    if refusal.text is None:
        return JSONResponse(refusal.body(path), refusal.status, refusal.headers)
    return Response(refusal.text, refusal.status, refusal.headers, _media_type(refusal.text))


def _media_type(text: str) -> str:
    match text.lstrip()[:1]:
        case "{" | "[":
            return "application/json"
        case "<":
            return "text/html"
    return "text/plain"
