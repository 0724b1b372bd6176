"""What every endpoint is given: a request or handshake that was let in, and how many there may be at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_URL, uuid5

from attrs import frozen
from starlette.datastructures import Headers, QueryParams
from starlette.responses import JSONResponse, Response

from voxbridge.exceptions import UsageError

from ._refusals import Refusal, of_status


if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from voxbridge.testing import FaultScript

    from . import DeepgramEmulator
    from ._access import Credential

__all__ = ["Call", "Slots", "refused"]

_ACCOUNT: Final = str(uuid5(NAMESPACE_URL, "account"))


@frozen
class Call:
    """A request or a handshake that was let in."""

    scope: Scope
    receive: Receive
    send: Send
    request_id: str
    credential: Credential
    account: str = _ACCOUNT

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in lower case."""
        return Headers(scope=self.scope)

    @property
    def query(self) -> list[tuple[str, str]]:
        """All parameters, also those that come twice."""
        return QueryParams(self.scope["query_string"]).multi_items()

    @property
    def key_id(self) -> str:
        """The public name of the key."""
        return str(uuid5(NAMESPACE_URL, self.credential.value))

    def script(self, emulator: DeepgramEmulator) -> FaultScript:
        """Return the faults that it meets later.

        Raises:
            Refusal: it meets one at once, or its header of faults is wrong.
        """
        try:
            script = emulator.script(self.headers)
        except UsageError as error:
            raise Refusal(status=400, code="Bad Request", message=str(error)) from None
        if fault := script.opening():
            raise of_status(fault.code or 503, retry_after=fault.retry_after, text=fault.body)
        return script

    async def answer(self, response: Response) -> None:
        """Send a whole response."""
        response.headers["dg-request-id"] = self.request_id
        await response(self.scope, self.receive, self.send)


class Slots:
    """How many there are at once; ``with slots:`` takes one, or raises the refusal for too many."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._taken = 0

    def __enter__(self) -> None:
        if self._most is not None and self._taken >= self._most:
            raise of_status(429)
        self._taken += 1

    def __exit__(self, *_: object) -> None:
        self._taken -= 1


def refused(refusal: Refusal, request_id: str) -> Response:
    """Return the response that a refusal is, to a request or a handshake."""
    headers = {
        "dg-request-id": request_id,
        "dg-error": " ".join(refusal.message.split()).encode("ascii", "replace").decode(),
        **refusal.headers,
    }
    if refusal.text is None:
        return JSONResponse(refusal.body(request_id), refusal.status, headers)
    return Response(refusal.text, refusal.status, headers, _media_type(refusal.text))


def _media_type(text: str) -> str:
    match text.lstrip()[:1]:
        case "{" | "[":
            return "application/json"
        case "<":
            return "text/html"
    return "text/plain"
