"""Every format that Deepgram gives, and some that it does not, arrive exactly as asked for, in both clients."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest

from tests.clients import conftest as clients
from tests.deepgram.emulated import deepgram, with_client
from voxbridge import AudioFormat
from voxbridge.testing import audit, emulate, expected_indices, hear_words, words_text
from voxbridge_deepgram._matrix import REQUEST, SOCKET
from voxbridge_deepgram._voices import catalogue


speaker, no_proxies, leaves_nothing = clients.speaker, clients.no_proxies, clients.leaves_nothing

TEXT = words_text(2, sentence=1)
VOICES = {voice.languages[0].partition("-")[0]: voice for voice in reversed(catalogue("deepgram"))}
LANGUAGES = sorted(VOICES)
CHOSEN = [
    *(AudioFormat("mp3", 22050, bit_rate=rate) for rate in (32000, 48000)),
    *(AudioFormat("opus", 48000, container="ogg", bit_rate=rate) for rate in (4000, 64000, 256000)),
    *(AudioFormat("aac", 22050, bit_rate=rate) for rate in (32000, 192000)),
]
CONVERTED = ("wav/22050", "linear16/44100", "alaw/48000", "wav-mulaw/24000", "flac/24000", "mp3/24000", "aac/44100")
CODECS = {"mp3": ("mp3float", "mp3"), "opus": ("opus", "libopus"), "linear16": ("pcm_s16le",)}
RAW = {"linear16": "s16le", "mulaw": "mulaw", "alaw": "alaw"}


def decoded(audio, format):
    """Return the samples that ffmpeg finds, after codec, rate and channels have turned out to be those asked for."""
    raw = None if format.compressed or format.container else RAW[format.encoding]
    options = {"sample_rate": str(format.sample_rate)} if raw else {}
    with av.open(io.BytesIO(audio), format=raw, options=options) as file:
        mono = av.AudioResampler(format="s16", layout="mono")
        frames = [each.to_ndarray() for frame in file.decode(audio=0) for each in mono.resample(frame)]
        found = file.streams.audio[0].codec_context
        codecs = CODECS.get(format.encoding, (format.encoding, f"pcm_{format.encoding}"))
        assert found.name in codecs
        assert (found.sample_rate, found.channels) == (format.sample_rate, 1)
    return np.concatenate(frames, axis=1)[0].astype("<i2")


def proves(speech, wanted):
    """Assert that speech is exactly of a format, and says the text."""
    assert speech.format == wanted
    samples = decoded(speech.audio, wanted)
    lossy = wanted.encoding in {"mp3", "aac", "opus"}
    words = expected_indices(TEXT)
    assert len(samples) / wanted.sample_rate == pytest.approx(0.2 * len(words), abs=0.2 if lossy else 0.001)
    assert speech.duration == pytest.approx(0.2 * len(words), abs=0.2 if lossy else 0.001)
    if wanted.encoding != "opus":
        assert audit(hear_words(samples.tobytes(), wanted.sample_rate), words).clean
    if wanted.container == "wav":
        assert int.from_bytes(speech.audio[4:8], "little") == len(speech.audio) - 8  # no streaming sizes


def test_the_catalogue_has_a_voice_for_each_of_its_languages():
    assert LANGUAGES == ["de", "en", "es", "fr", "it", "ja", "nl"]


def spoken_in(speaker, transport, formats, voice):
    """Speak whole and as a stream in each of the formats; return the query of each request and handshake."""

    async def scenario(client):
        for number, format in enumerate(formats):
            if number % 2 or voice.languages[0].startswith("en"):  # the others take turns, for time
                proves(await client.synthesize(TEXT, voice=voice, format=format), format)
            if number % 2 == 0 or voice.languages[0].startswith("en"):
                proves(await client.stream(TEXT, voice=voice, format=format).collect(), format)

    with emulate("deepgram", voice="oracle", limits={"sockets": None}) as server:
        with_client(speaker, deepgram(server, transport), scenario, timeouts=5)
        sent = [dict(request.query) for request in server.requests]
        assert bool(server.handshakes) == (transport == "websocket")
    assert {query["model"] for query in sent} == {voice.id}
    return sent


def asked(query):
    """Return encoding, rate, container and bit rate that a query asks for."""
    return tuple(query.get(name) for name in ("encoding", "sample_rate", "container", "bit_rate"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_format_of_a_request_arrives_as_asked(speaker, language):
    formats = [*REQUEST.formats, *(CHOSEN if language == "en" else ())]
    sent = spoken_in(speaker, "http", formats, VOICES[language])
    assert len({asked(query) for query in sent}) == len(formats)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_format_of_a_socket_arrives_as_asked(speaker, language):
    sent = spoken_in(speaker, "websocket", SOCKET.formats, VOICES[language])
    assert {asked(query) for query in sent} == {(f.encoding, str(f.sample_rate), None, None) for f in SOCKET.formats}


@pytest.mark.parametrize("transport", ["http", "websocket"])
def test_what_deepgram_does_not_give_is_made_of_what_it_gives(speaker, transport):
    sent = spoken_in(speaker, transport, [AudioFormat.parse(name) for name in CONVERTED], VOICES["en"])
    assert {query["encoding"] for query in sent} <= {"linear16", "mulaw", "alaw", "flac"}


@pytest.mark.parametrize("format", ["wav", "mp3/22050", "opus/48000"])
def test_what_a_socket_does_not_give_is_made_of_its_linear16(speaker, format):
    sent = spoken_in(speaker, "websocket", [AudioFormat.parse(format)], VOICES["en"])
    assert {query["encoding"] for query in sent} == {"linear16"}
