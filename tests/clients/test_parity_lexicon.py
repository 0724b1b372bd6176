"""Lexicons of a client and of a call, in both clients."""

from __future__ import annotations

import asyncio

import pytest

from tests.clients.both import speak
from tests.clients.test_parity_deferred import Later
from voxbridge import (
    BackendUnavailable,
    InvalidConfig,
    Lexicon,
    UnsupportedUtterance,
    UsageError,
    Utterance,
)
from voxbridge.testing import ScriptedBackend, SpeakingHttp


SAID = Lexicon.of({"text": "SQL", "say": "sequel"}, {"text": "New York", "say": "the city"})
SPOKEN = Lexicon.of({"text": "dupilumab", "ipa": "duːˈpɪljuːmæb"})


@pytest.mark.parametrize("how", ["whole", "pieces", "pushed"])
def test_words_are_said_as_the_lexicon_has_them_and_reported_as_they_are_written(speaker, how):
    backend = ScriptedBackend()

    async def scenario():
        async with speaker(backend, lexicon=SAID) as client:
            return await speak(client, "Use SQL in New York ", how)

    chunks = asyncio.run(scenario())
    assert "".join(backend.texts).strip() == "Use sequel in the city"
    assert {chunk.unit for chunk in chunks} == {0}


def test_words_split_over_pieces_are_found(speaker):
    backend = ScriptedBackend()

    async def scenario():
        async with speaker(backend) as client:
            stream = client.stream(client.source(["Use S", "Q", "L in New", " ", "York. SQ", "Ls."]), lexicon=SAID)
            return await stream.collect()

    speech = asyncio.run(scenario())
    assert "".join(backend.texts) == "Use sequel in the city. SQLs."
    assert "".join(unit.text for unit in speech.units) == "Use SQL in New York. SQLs."


def test_the_calls_lexicon_comes_before_the_clients(speaker, tmp_path):
    backend = ScriptedBackend()
    path = tmp_path / "call.csv"
    path.write_text("text,say\nSQL,ess cue ell\n")

    async def scenario():
        async with speaker(backend, lexicon=[SAID]) as client:
            await client.synthesize("SQL in New York.", lexicon=path)
            await client.synthesize("SQL.", lexicon=[str(path)])
            await client.synthesize("SQL.")

    asyncio.run(scenario())
    assert backend.texts == ["ess cue ell in the city.", "ess cue ell.", "sequel."]


def test_each_backend_is_given_its_own_way(speaker):
    lexicon = Lexicon.of({"text": "SQL", "say": "S Q L", "backends": {"second": {"say": "sequel"}}})
    first, second = ScriptedBackend([BackendUnavailable()] * 3, name="first"), ScriptedBackend(name="second")

    async def scenario():
        async with speaker([first, second], lexicon=lexicon, retries=0) as client:
            return await client.synthesize("Use SQL.")

    speech = asyncio.run(scenario())
    assert (first.texts, second.texts) == (["Use S Q L."], ["Use sequel."])
    assert [unit.text for unit in speech.units] == ["Use SQL."]


@pytest.mark.parametrize("text", ["Take dupilumab", "Take dupilumab daily.", Utterance().text("Take dupilumab.")])
def test_a_pronunciation_that_a_backend_cannot_keep_is_told_and_refused_by_strict(speaker, text):
    backend = ScriptedBackend()

    async def scenario():
        async with speaker(backend, lexicon=SPOKEN) as client:
            with pytest.raises(UnsupportedUtterance, match="dupilumab"):
                await client.synthesize(text, strict=True)
            assert (backend.texts, backend.jobs) == ([], [])
            return await client.synthesize(text)

    speech = asyncio.run(scenario())
    assert [(lost.feature, lost.text) for lost in speech.degradations] == [("pronunciation", "dupilumab")]


def test_what_was_cleared_is_told_as_it_is_written(speaker):
    async def scenario():
        async with speaker(ScriptedBackend(), lexicon=SAID) as client, client.stream() as stream:
            await stream.send("Use SQL in New ")
            return await stream.clear()

    cleared = asyncio.run(scenario())
    assert cleared.spoken + cleared.unspoken == "Use SQL in New "


def test_what_is_submitted_is_said_as_the_clients_lexicon_has_it(speaker):
    async def scenario():
        with SpeakingHttp() as server:
            async with speaker(Later(server), lexicon=Lexicon.of({"text": "w1", "say": "w9"})) as client:
                return await client.submit("w1 w2.")

    assert asyncio.run(scenario()).id == "w9 w2."


@pytest.mark.parametrize(
    ("lexicon", "error", "words"),
    [
        (5, UsageError, "lexicon is of type int"),
        ("none.toml", InvalidConfig, "cannot read the lexicon none.toml"),
        ([SAID, Lexicon.of({"text": "sql", "say": "x"})], InvalidConfig, "'sql' is also at"),
    ],
)
def test_a_wrong_lexicon_is_refused_before_anything_is_sent(speaker, lexicon, error, words):
    backend = ScriptedBackend()

    async def scenario():
        with pytest.raises(error, match=words):
            speaker(backend, lexicon=lexicon)
        async with speaker(backend) as client:
            with pytest.raises(error, match=words):
                await client.synthesize("Hello.", lexicon=lexicon)
            with pytest.raises(error, match=words):
                client.stream("Hello.", lexicon=lexicon)

    asyncio.run(scenario())
    assert backend.jobs == []
