"""One voice, cast for each backend: who takes over speaks in their own, and it is told wherever anybody may look."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import pytest

from tests.clients.both import QUICK, heard, speak
from tests.wires import HttpBackend, SocketBackend
from voxbridge import InvalidConfig, Route, Router, UsageError
from voxbridge.testing import SpeakingHttp, SpeakingSocket, words_text


TEXT = words_text(24)
CAST = {"first": "anna", "second": "bert"}
DEATH = {"on": 1, "at": 0.6, "kind": "close", "code": 1011}


def cast_by_route(first: Any, second: Any) -> tuple[Any, dict[str, Any]]:
    return Router([Route(first, "anna"), Route(second, {"second": "second/bert"})]), {}


def cast_by_call(first: Any, second: Any) -> tuple[Any, dict[str, Any]]:
    return [first, second], {"voice": CAST}


@pytest.mark.parametrize("cast", [cast_by_route, cast_by_call])
@pytest.mark.parametrize("delivery", ["live", "whole"])
def test_a_change_of_voice_is_told_by_the_chunks_the_report_and_the_log(
    speaker: Any, caplog: pytest.LogCaptureFixture, cast: Any, delivery: str
) -> None:
    logged_by_then: dict[str, list[str]] = {}

    def failovers() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.name == "voxbridge"]

    async def scenario() -> Any:
        target, call = cast(SocketBackend(first, "first"), HttpBackend(second, "second"))
        async with speaker(target, timeouts=QUICK, retries=0) as client:
            chunks = []
            async with client.stream(TEXT, speed=1.5, delivery=delivery, **call) as stream:
                async for chunk in stream:
                    logged_by_then.setdefault(chunk.backend, failovers())
                    chunks.append(chunk)
            return chunks, stream.report

    with (
        caplog.at_level(logging.INFO, "voxbridge"),
        SpeakingSocket(faults=[DEATH]) as first,
        SpeakingHttp(vendor=1) as second,
    ):
        chunks, report = asyncio.run(scenario())
    assert heard(chunks, TEXT).lost == ()
    backends = [chunk.backend for chunk in chunks]
    assert backends == sorted(backends)
    assert set(backends) == {"first", "second"}
    told = [(chunk.backend, loss.backend, loss.feature) for chunk in chunks for loss in chunk.degradations]
    assert told == [("first", "first", "speed"), ("second", "second", "speed")], "what each cannot do, once it is heard"
    assert chunks[backends.index("second")].degradations, "on its first chunk"
    assert [loss.backend for loss in report.degradations] == ["first", "second"]
    assert [attempt.voice for attempt in report.attempts] == ["first/anna", "second/bert"]
    assert (str(report.voice), report.backend, report.backends) == ("second/bert", "second", ("first", "second"))
    assert {unit.backend for unit in report.units} == {"first", "second"}
    line = "failover from=first/anna to=second/bert error=TruncatedSpeech"
    assert logged_by_then == {"first": [], "second": [line]}, "as it happens, not when it is over"
    assert failovers() == [line]


@pytest.mark.parametrize("voice", [{"first": "anna"}, {"first": "anna", "secnd": "bert"}])
def test_a_route_over_a_voice_that_a_member_lacks_is_refused_before_anything_is_sent(
    speaker: Any, voice: Mapping[str, str]
) -> None:
    async def scenario() -> None:
        async with speaker([HttpBackend(first, "first"), HttpBackend(second, "second")]) as client:
            for how in ("whole", "pieces"):
                with pytest.raises(UsageError, match="the voice is not cast for 'second', but for first"):
                    await speak(client, TEXT, how, voice=voice)
            with pytest.raises(UsageError, match="the voice is not cast for 'second'"):
                await client.synthesize(TEXT, voice=voice)
        with pytest.raises(InvalidConfig, match="the voice is not cast for 'second'"):
            speaker(Router([HttpBackend(first, "first"), Route(HttpBackend(second, "second"), voice)]))

    with SpeakingHttp() as first, SpeakingHttp() as second:
        asyncio.run(scenario())
        assert (first.texts, second.texts) == ([], [])
