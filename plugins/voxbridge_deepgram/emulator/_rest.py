"""``POST /v1/speak``: a text in, audio out as it is made, or later to a callback."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve, frozen
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from voxbridge.testing import Callbacks, while_connected

from ._calls import Call, Slots
from ._query import Query, check_speed, parse_query
from ._refusals import Refusal, of_status
from ._text import Script, read_text


if TYPE_CHECKING:
    from voxbridge.testing import Fault

    from . import DeepgramEmulator

__all__ = ["SpeakRest"]

_TRIES: Final = 11  # of a callback: the first one, and ten more
_PAGE: Final = "<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>"
_ONE_OF: Final = "Failed to deserialize JSON payload. Please specify exactly one of `text` or `url` in the JSON body."
_REMOTE: Final = "The emulator fetches no text from elsewhere: send it as `text`."


@frozen
class _Job:
    """A text that is to be spoken, with all that was said of it."""

    call: Call
    query: Query
    script: Script
    warnings: tuple[str, ...]

    @property
    def headers(self) -> dict[str, str]:
        model = self.query.model
        headers = {
            "content-type": self.query.audio.content_type,
            "dg-request-id": self.call.request_id,
            "dg-model-name": model.name,
            "dg-model-uuid": model.uuid,
            "dg-char-count": str(len(self.script.words)),
            "dg-project-id": self.call.account,
            "dg-pronunciations-applied": str(len(self.script.pronunciations)),
            "dg-breaks-applied": "0",
        }
        return headers | ({"dg-warnings": ",".join(self.warnings)} if self.warnings else {})


class SpeakRest:
    """The endpoint."""

    def __init__(self, emulator: DeepgramEmulator) -> None:
        self._emulator = emulator
        self._slots = Slots(emulator.limits.requests)
        pause = emulator.limits.callback_seconds
        self._callbacks = Callbacks(_TRIES, pause) if pause is not None else Callbacks(1, 0)

    async def __call__(self, call: Call) -> None:
        faults = call.script(self._emulator)
        query = parse_query(call.query, socket=False)
        text = await self._text(call)
        job = self._job(call, query, text)
        with self._slots:
            self._emulator.texts.append(text)
            self._emulator.billed += len(job.script.words)
            if query.callback is not None:
                await self._promise(job, query.callback)
            else:
                await while_connected(self._speak(job, faults.text()), call.receive)

    async def _text(self, call: Call) -> str:
        """Return the text of the body, checked in the order of the vendor.

        Raises:
            Refusal: there is none, or it cannot be read.
        """
        kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in ("application/json", "text/plain"):
            raise of_status(415)
        limit = self._emulator.limits.body
        body = bytearray()
        async for piece in Request(call.scope, call.receive).stream():
            body += piece
            if limit is not None and len(body) > limit:
                raise of_status(413)
        try:
            decoded = body.decode()
        except UnicodeDecodeError:
            raise _payload_error("Failed to decode payload as UTF-8.") from None
        return decoded if kind == "text/plain" else _json_text(decoded)

    def _job(self, call: Call, query: Query, text: str) -> _Job:
        limits = self._emulator.limits
        if not text.strip():
            raise Refusal(status=400, code="Bad Request", message="Input text contains no characters.")
        script = read_text(text, controls=query.model.controls)
        if limits.characters is not None and len(script.words) > limits.characters:
            message = f"Input text exceeds maximum character limit of {limits.characters}."
            raise Refusal(status=413, code="Payload Too Large", message=message)
        check_speed(query)
        return _Job(call, query, script, script.check(limits.pronunciations))

    async def _promise(self, job: _Job, callback: str) -> None:
        audio, _ = await self._audio(job.query, job.script)
        headers = job.headers | {"dg-token": job.call.key_id}
        self._callbacks.deliver(job.query.callback_method, callback, audio, headers)
        await job.call.answer(JSONResponse({"request_id": job.call.request_id}))

    async def _speak(self, job: _Job, fault: Fault | None) -> None:
        call = job.call
        job = evolve(job, query=job.query.meeting(fault))
        if fault is not None and fault.kind == "garbage":
            await call.answer(Response(fault.body or _PAGE, headers=job.headers | {"content-type": "text/html"}))
            return
        audio, seconds = await self._audio(job.query, job.script)
        if fault is not None and fault.at == 0 and not await self._strike(call, fault):
            return
        headers = [(name.encode(), value.encode()) for name, value in job.headers.items()]
        await call.send({"type": "http.response.start", "status": 200, "headers": headers})

        async def send(piece: bytes) -> None:
            await call.send({"type": "http.response.body", "body": piece, "more_body": True})

        async def strike(fault: Fault) -> bool:
            return await self._strike(call, fault)

        if await self._emulator.deliver(audio, seconds, fault, send=send, strike=strike):
            await call.send({"type": "http.response.body", "body": b""})

    async def _audio(self, query: Query, script: Script) -> tuple[bytes, float]:
        sound, seconds = await self._emulator.speak(
            script.words, query.audio.format, language=query.model.language, speed=query.pace
        )
        return query.audio.header + sound, seconds

    async def _strike(self, call: Call, fault: Fault) -> bool:
        """Let a fault happen; return whether the audio goes on after it."""
        if fault.kind == "stall":
            await asyncio.Event().wait()  # until the client leaves
        if fault.kind in ("cut", "close"):
            await self._emulator.hang_up(call.scope["client"], reset=fault.kind == "close")
            return False
        return True


def _json_text(body: str) -> str:
    try:
        content: Any = json.loads(body)
    except ValueError:
        content = None
    match content:
        case {"text": str(text)} if "url" not in content and _encodable(text):
            return text
        case {"url": str(url)} if "text" not in content:
            if url.startswith(("http://", "https://")):
                raise Refusal(status=400, code="REMOTE_CONTENT_ERROR", message=_REMOTE)
            raise _payload_error("Failed to parse URL in JSON body.")
    raise _payload_error(_ONE_OF)


def _encodable(text: str) -> bool:
    """Return whether there is no half of a surrogate pair, with which JSON is none to the vendor."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _payload_error(message: str) -> Refusal:
    return Refusal(status=400, code="PAYLOAD_ERROR", message=message)
