"""Every format that each of Deepdub's wires gives, and some that it does not, arrive exactly as asked for."""

from __future__ import annotations

import json

import pytest

from tests.clients import conftest as clients
from tests.deepdub.emulated import deepdub, patient, with_client
from tests.deepdub.talking import decoded
from voxbridge import AudioFormat
from voxbridge.testing import audit, emulate, expected_indices, hear_words
from voxbridge_deepdub._matrix import OPEN, REQUEST, STREAMING


speaker, no_proxies, leaves_nothing = clients.speaker, clients.no_proxies, clients.leaves_nothing

TEXT = "w1 w2."
SECONDS = 0.4
WIRES = {"http": REQUEST, "websocket": OPEN, "streaming": STREAMING}
CONVERTED = [
    AudioFormat.parse(name)
    for name in ("wav/22050", "linear16/36000", "alaw/8000", "wav-mulaw/16000", "wav-alaw/44100", "flac/24000",
                 "mp3/24000", "opus/48000", "aac/44100")
]  # fmt: skip
RAW = {"linear16": "s16le", "mulaw": "mulaw", "alaw": "alaw"}


def proves(speech, wanted, *, exact=True):
    """Assert that speech is exactly of a format, as ffmpeg sees it, and says the text.

    Codecs of low rate add silence, also to what is made of their audio: then its length is not *exact*.
    """
    assert speech.format == wanted
    raw = None if wanted.compressed or wanted.container else RAW[wanted.encoding]
    samples, rate = decoded(speech.audio, raw, wanted.sample_rate)
    exact = exact and wanted.encoding not in {"mp3", "aac", "opus"}
    assert rate == wanted.sample_rate
    assert len(samples) / rate == pytest.approx(SECONDS, abs=0.001 if exact else 0.2)
    if wanted.encoding != "opus":
        assert audit(hear_words(samples.astype("<i2").tobytes(), rate), expected_indices(TEXT)).clean
    if wanted.container == "wav":
        assert int.from_bytes(speech.audio[4:8], "little") == len(speech.audio) - 8  # no streaming sizes


def asked(server):
    """Return encoding and rate of each request, generation or session that came in by requests."""
    return {(body["format"], body["sampleRate"]) for r in server.requests if r.body and (body := json.loads(r.body))}


def spoken_in(speaker, transport, formats, **options):
    """Speak whole and as a stream, in turns, in each of the formats; return the emulator."""

    async def scenario(client):
        for number, format in enumerate(formats):
            exact = transport != "http" or format.encoding == "mulaw"
            if number % 2 == speaker.blocking:  # each client does the other half, for time
                proves(await client.synthesize(TEXT, format=format), format, exact=exact)
            else:
                proves(await client.stream(TEXT, format=format).collect(), format, exact=exact)

    with emulate("deepdub", voice="oracle", **options) as server:
        with_client(speaker, deepdub(server, transport), scenario, timeouts=patient(5))
        assert bool(server.handshakes) == (transport != "http")
    return server


@pytest.mark.parametrize("transport", WIRES)
def test_every_format_of_a_wire_arrives_as_asked(speaker, transport):
    wire = WIRES[transport]
    server = spoken_in(speaker, transport, wire.formats)
    if transport == "http":
        assert asked(server) == {tuple(wire.parameters(format).values()) for format in wire.formats}


@pytest.mark.parametrize("transport", WIRES)
def test_what_a_wire_does_not_give_is_made_of_what_it_gives(speaker, transport):
    spoken_in(speaker, transport, CONVERTED)


@pytest.mark.parametrize("habits", [
    {"content_type": "text/plain"}, {"content_type": "missing"}, {"opcode": "text"}, {"last": "empty"},
    {"chunk_seconds": 0.013}, {"turn_end": "isFinished"},
], ids=str)  # fmt: skip
def test_what_the_documents_leave_open_makes_no_difference(speaker, habits):
    formats = [AudioFormat.parse(name) for name in ("linear16/24000", "mulaw/8000", "mp3/48000", "opus/48000")]
    for transport in ["http"] if "content_type" in habits else ["streaming"] if "turn_end" in habits else ["websocket"]:
        spoken_in(speaker, transport, formats[: 1 if "turn_end" in habits else None], habits=habits)


def test_the_wire_is_chosen_by_what_it_gives(speaker):
    """Whole text in a format of requests goes by requests, else over ``/open``; a stream always over that."""

    async def scenario(client):
        for number, format in enumerate(("mp3", "opus", "mulaw/8000")):
            await client.synthesize(TEXT, format=format)
            assert (len(server.requests), server.handshakes) == (number + 1, 0)
        for format in ("wav", "linear16/16000", "flac", "alaw"):
            await client.synthesize(TEXT, format=format)
        await client.stream(TEXT, format="mp3").collect()
        assert (len(server.requests), server.handshakes) == (4, 1)

    with emulate("deepdub", voice="oracle") as server:
        with_client(speaker, deepdub(server), scenario)
