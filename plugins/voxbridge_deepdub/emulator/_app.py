"""The ASGI application: who is let in, and which path is whose."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, QueryParams
from starlette.requests import ClientDisconnect

from ._accounts import Accounts
from ._calls import Call, refused
from ._gender import Gender
from ._open import OpenSocket
from ._refusals import Refusal
from ._rest import Retroactive, Speech
from ._stream import StreamSocket
from ._voices import Voices


if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from . import DeepdubEmulator

__all__ = ["build"]

Endpoint = Callable[[Call], Awaitable[None]]


def build(emulator: DeepdubEmulator) -> ASGIApp:
    """Return the application of an emulator."""
    accounts = Accounts(emulator)
    speech, voices, gender = Speech(emulator, accounts), Voices(emulator), Gender(emulator)
    retroactive = Retroactive(emulator, speech)
    # A path that ends in a slash has an id after it.
    endpoints: dict[tuple[str, str], Endpoint] = {
        ("POST", "/api/v1/tts"): speech,
        ("POST", "/api/v1/tts/retroactive"): retroactive.submit,
        ("GET", "/api/v1/tts/retroactive/"): retroactive.fetch,
        ("GET", "/api/v1/voice"): voices.list,
        ("POST", "/api/v1/voice"): voices.add,
        ("PUT", "/api/v1/voice"): voices.update,
        ("GET", "/api/v1/voice/"): voices.get,
        ("DELETE", "/api/v1/voice/"): voices.delete,
        ("POST", "/api/v1/gender-detection/classify"): gender.classify,
        ("POST", "/api/v1/gender-detection/classify/upload"): gender.upload,
        ("socket", "/open"): OpenSocket(emulator, accounts),
        ("socket", "/ws"): StreamSocket(emulator, accounts),
    }

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope.get("method", "socket")
        try:
            key = accounts.check(Headers(scope=scope), QueryParams(scope["query_string"]) if method == "socket" else {})
            folder = path[: path.rfind("/") + 1]
            endpoint = endpoints.get((method, path)) or endpoints.get((method, folder), _unknown)
            await endpoint(Call(scope, receive, send, key))
        except ClientDisconnect:
            pass  # it has left before its body was here
        except Refusal as refusal:
            await refused(refusal, path)(scope, receive, send)

    return app


async def _unknown(call: Call) -> None:
    raise Refusal(status=404, message="Not found")
