"""The ASGI application: who is let in, and which path is whose."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse

from ._access import Access
from ._calls import Call, refused
from ._catalogue import listing
from ._refusals import Refusal
from ._rest import SpeakRest
from ._socket import SpeakSocket


if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from . import DeepgramEmulator

__all__ = ["build"]

Endpoint = Callable[[Call], Awaitable[None]]


def build(emulator: DeepgramEmulator) -> ASGIApp:
    """Return the application of an emulator."""
    access = Access(emulator)

    async def grant(call: Call) -> None:
        body = await Request(call.scope, call.receive).body()
        try:
            wish = json.loads(body or b"{}")
        except ValueError:
            wish = None
        await call.answer(JSONResponse(access.grant(call.credential, wish)))

    endpoints: dict[tuple[str, str], Endpoint] = {
        ("POST", "/v1/speak"): SpeakRest(emulator),
        ("socket", "/v1/speak"): SpeakSocket(emulator),
        ("GET", "/v1/models"): _models,
        ("GET", "/v1/auth/token"): _token,
        ("POST", "/v1/auth/grant"): grant,
    }

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request_id = str(uuid4())
        try:
            credential = access.check(Headers(scope=scope), scope.get("subprotocols", ()))
            endpoint = endpoints.get((scope.get("method", "socket"), scope["path"]))
            if endpoint is None:
                raise _unknown(scope["path"])
            await endpoint(Call(scope, receive, send, request_id, credential))
        except ClientDisconnect:
            pass  # it has left before its body was here
        except Refusal as refusal:
            await refused(refusal, request_id)(scope, receive, send)

    return app


async def _models(call: Call) -> None:
    await call.answer(JSONResponse(listing()))


async def _token(call: Call) -> None:
    await call.answer(JSONResponse({"api_key_id": call.key_id, "scopes": ["usage:write"]}))


def _unknown(path: str) -> Refusal:
    text = "Not found."
    if path == "/v2/speak":
        text = "This emulator speaks Aura, /v1/speak. Flux, /v2/speak, is another family of models."
    return Refusal(status=404, code="Not Found", message=text, text=text)
