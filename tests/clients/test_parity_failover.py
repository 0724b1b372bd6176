"""The first vendor dies in mid-sentence and the second one finishes: no word is lost, over any wire."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.clients.both import QUICK, heard, read_back, speak
from tests.wires import HttpBackend, LocalBackend, SharedBackend, SocketBackend, SpokenExchange
from voxbridge import Router
from voxbridge.testing import SpeakingHttp, SpeakingSocket, words_text


TEXT = words_text(24)
SENTENCE = 8  # words
_SOCKET_FAULTS = (
    {"kind": "close", "code": 1000},
    {"kind": "close", "code": 1011},
    {"kind": "reset"},
    {"kind": "cut"},
    {"kind": "stall"},
    {"kind": "error", "body": "the voice failed"},
    {"kind": "garbage"},
)
_HTTP_FAULTS = ({"kind": "cut"}, {"kind": "reset"}, {"kind": "stall"})
DEATHS = [
    *((SocketBackend, SpeakingSocket, fault) for fault in _SOCKET_FAULTS),
    *((SharedBackend, SpeakingSocket, fault) for fault in _SOCKET_FAULTS),
    *((HttpBackend, SpeakingHttp, fault) for fault in _HTTP_FAULTS),
]


def _named(value: Any) -> str | None:
    return "-".join(map(str, value.values())).replace(" ", "_") if isinstance(value, dict) else None


@pytest.mark.parametrize("delivery", ["live", "whole"])
@pytest.mark.parametrize("how", ["whole", "pieces", "pushed"])
@pytest.mark.parametrize(("backend", "server", "fault"), DEATHS, ids=_named)
def test_a_second_vendor_finishes_what_the_first_one_left(  # noqa: PLR0917
    speaker: Any, backend: Any, server: Any, fault: dict[str, Any], how: str, delivery: str
) -> None:
    """Lost 0, repeated 0 when whole; live repeats at most the cut sentence, and says so. The format never changes."""
    script = [{"on": 1, "at": 0.6, **fault}]

    async def scenario() -> tuple[list[Any], Any]:
        route = Router([backend(first, "first"), HttpBackend(second, "second")])
        async with speaker(route, format="linear16/16000", timeouts=QUICK, retries=0) as client:
            return await speak(client, TEXT, how, delivery=delivery)

    with server(format="mulaw/8000", faults=script) as first, SpeakingHttp(vendor=1) as second:
        chunks = asyncio.run(scenario())
    found = heard(chunks, TEXT)
    assert found.lost == found.out_of_order == found.unexpected == ()
    assert {str(chunk.format) for chunk in chunks} == {"linear16/16000"}
    assert [chunk.final for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert [seam.vendor for seam in found.seams] in ([1], [])  # none where a reset took all that the first had said
    assert chunks[-1].backend == "second"
    seams = [chunk.backend for chunk in chunks if chunk.discontinuity]
    if delivery == "whole":
        assert found.clean
        assert not seams
    else:
        assert len({index // SENTENCE for index in found.repeated}) <= 1
        assert len(found.broken) <= 1
        assert seams == ["second"] or not (seams or found.repeated or found.broken)


@pytest.mark.parametrize(("backend", "server", "fault"), DEATHS, ids=_named)
def test_whole_speech_repeats_nothing_and_tells_of_both(speaker: Any, backend: Any, server: Any, fault: Any) -> None:
    async def scenario() -> Any:
        route = Router([backend(first, "first"), HttpBackend(second, "second")])
        async with speaker(route, timeouts=QUICK, retries=0) as client:
            return await client.synthesize(TEXT, format="wav/16000")

    on = 0 if server is SpeakingHttp else 1  # whole text is one request
    script = [{"on": on, "at": 0.6, **fault}]
    with server(format="mulaw/8000", faults=script) as first, SpeakingHttp(vendor=1) as second:
        speech = asyncio.run(scenario())
    assert read_back(speech, TEXT).clean
    assert [report.backend for report in speech.attempts] == ["first", "second"]
    assert speech.attempts[0].error is not None
    assert "".join(unit.text for unit in speech.units) == TEXT
    assert speech.backend == "second"


@pytest.mark.parametrize("how", ["whole", "pieces", "pushed"])
def test_an_engine_on_this_machine_stands_in_and_is_stood_in_for(speaker: Any, how: str) -> None:
    class Failing(SpokenExchange):
        def _speak(self, text: str, emit: Any) -> None:
            if "w8 " in text:
                emit(b"\0" * 4800)
                raise RuntimeError("the engine broke")
            super()._speak(text, emit)

    class Broken(LocalBackend):
        name = "broken"

        def exchange(self, job: Any) -> Any:
            return Failing(job)

    async def scenario() -> list[Any]:
        async with speaker([Broken(), LocalBackend()], retries=0) as client:
            return await speak(client, TEXT, how)

    chunks = asyncio.run(scenario())
    assert heard(chunks, TEXT).clean
    assert [chunk.backend for chunk in chunks if chunk.discontinuity] == ["local"]


@pytest.mark.parametrize(("backend", "server", "fault"), DEATHS, ids=_named)
def test_one_vendor_alone_is_tried_again_where_nothing_would_be_heard_twice(
    speaker: Any, backend: Any, server: Any, fault: Any
) -> None:
    async def scenario() -> Any:
        async with speaker(backend(vendor), timeouts=QUICK) as client:
            return await client.synthesize(TEXT)

    on = 0 if server is SpeakingHttp else 1
    with server(faults=[{"on": on, "at": 0.6, **fault}]) as vendor:
        speech = asyncio.run(scenario())
    assert read_back(speech, TEXT).clean
    assert [report.error is None for report in speech.attempts] == [False, True]
