"""One run over real sockets, and what must hold whatever went wrong."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from functools import partial
from typing import Any

from attrs import define, field

from tests.clients.both import Blocking, Both, words
from voxbridge import AudioChunk, InterruptedSpeech, Router, SynthesisTimeout, Timeouts, VoxbridgeError
from voxbridge.testing import emulate
from voxbridge_deepdub import Deepdub
from voxbridge_deepgram import Deepgram

from .cases import Case


_CLIENTS: dict[str, Any] = {"asyncio": Both, "blocking": Blocking}
_BACKENDS: dict[str, Any] = {"deepgram": Deepgram, "deepdub": Deepdub}


@define
class Result:
    """What a run gave."""

    case: Case
    chunks: list[AudioChunk] = field(factory=list)
    report: Any = None
    error: VoxbridgeError | None = None
    seconds: float = 0.0
    """From the first call to the last answer."""

    @property
    def attempts(self) -> Any:
        """Return the reports of all attempts."""
        return self.report.attempts if self.report else getattr(self.error, "attempts", ())


def run(case: Case) -> Result:
    """Run *case*."""
    result = Result(case)
    with ExitStack() as servers:
        backends = []
        for (vendor, transport), faults in zip(case.members, case.faults, strict=True):
            server = servers.enter_context(emulate(vendor, voice="oracle", faults=faults))
            if case.resets:
                vars(server)["hang_up"] = partial(server.hang_up, reset=True)
            key = f"key-of-seed-{case.seed}"  # an account of its own: nobody else's faults are known of it
            backends.append(_BACKENDS[vendor](key, base_url=server.url, transport=transport))
        asyncio.run(_call(case, Router(backends), result))
    return result


async def _call(case: Case, route: Router, result: Result) -> None:
    silent = case.patience
    timeouts = Timeouts(connect=silent, first_audio=silent, stall=silent, send=silent, close=0.5)
    async with _CLIENTS[case.client](route, timeouts=timeouts, retries=case.retries) as client:
        began = time.monotonic()
        try:
            await (_synthesize if case.how == "synthesize" else _listen)(case, client, result)
        except VoxbridgeError as error:
            result.error = error
        result.seconds = time.monotonic() - began


async def _synthesize(case: Case, client: Any, result: Result) -> None:
    try:
        _take(await client.synthesize(case.text, format=case.format, deadline=case.deadline), result)
    except (SynthesisTimeout, InterruptedSpeech) as error:
        _take(error.audio, result)
        raise


def _take(speech: Any, result: Result) -> None:
    result.report = speech
    result.chunks.append(
        AudioChunk(
            data=speech.audio, format=speech.format, offset=0.0, backend=speech.backend or "", unit=0, final=True
        )
    )


async def _listen(case: Case, client: Any, result: Result) -> None:
    text = {"whole": case.text, "pieces": client.source(words(case.text)), "pushed": None}[case.how]
    stream = client.stream(text, format=case.format, deadline=case.deadline, delivery=case.delivery)
    try:
        async with stream:
            if text is None:
                for word in words(case.text):
                    await stream.send(word)
                await stream.flush()
                await stream.end()
            async for chunk in stream:
                result.chunks.append(chunk)
    finally:
        result.report = stream.report
