"""Deepgram's own SDK, unchanged, takes the emulator for Deepgram: the referee of what the emulator says."""

from __future__ import annotations

import asyncio
import io
import json
import threading
import warnings
from contextlib import asynccontextmanager
from functools import partial
from importlib import import_module

import av
import httpx
import numpy as np
import pytest

from voxbridge.testing import audit, emulate, expected_indices, hear_words, words_text


with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it asks websockets for names of long ago
    from deepgram import AsyncDeepgramClient, DeepgramClient
    from deepgram.core.api_error import ApiError
    from deepgram.core.events import EventType
    from deepgram.environment import DeepgramClientEnvironment
    from deepgram.errors import BadRequestError
    from deepgram.helpers import TextBuilder, add_pronunciation, ssml_to_deepgram
    from deepgram.speak.v1.types import SpeakV1Flushed, SpeakV1Metadata, SpeakV1Text
    from websockets.exceptions import ConnectionClosedError, InvalidStatus

    for version in ("v1", "v2"):
        import_module(f"deepgram.speak.{version}.client")  # it would do so later


TEXT = words_text(5)
THALIA = "aura-2-thalia-en"
LINEAR = (8000, 16000, 24000, 32000, 48000)
# what is asked for; how ffmpeg reads it where it does not say so itself; codec and rate that it finds
FORMATS = [
    ({}, None, "mp3float", 22050),
    ({"encoding": "mp3", "bit_rate": 32000}, None, "mp3float", 22050),
    ({"encoding": "opus", "container": "ogg"}, None, "opus", 48000),
    ({"encoding": "opus", "bit_rate": 64000}, None, "opus", 48000),
    ({"encoding": "aac"}, None, "aac", 22050),
    ({"encoding": "aac", "bit_rate": 96000}, None, "aac", 22050),
    *[({"encoding": "flac", "sample_rate": r}, None, "flac", r) for r in (8000, 16000, 22050, 32000, 48000)],
    *[({"encoding": "linear16", "sample_rate": r}, None, "pcm_s16le", r) for r in LINEAR],
    *[({"encoding": "linear16", "container": "none", "sample_rate": r}, "s16le", "pcm_s16le", r) for r in LINEAR],
    *[
        ({"encoding": law, "container": container, "sample_rate": rate}, raw, f"pcm_{law}", rate)
        for law in ("mulaw", "alaw")
        for container, raw in (("wav", None), ("none", law))
        for rate in (8000, 16000)
    ],
]


@pytest.fixture(scope="module")
def server():
    with emulate("deepgram", voice="oracle", keys=["secret"], limits={"sockets": None}) as server:
        yield server


def environment(server):
    socket = server.url.replace("http", "ws")
    return DeepgramClientEnvironment(base=server.url, production=socket, agent=socket, agent_rest=server.url)


@pytest.fixture
def connected():
    """Return a function that makes an SDK client, whose connections are closed at the end."""
    used = []

    def connected(server, **options):
        used.append(httpx.Client())
        options = {"api_key": "secret"} | options
        return DeepgramClient(environment=environment(server), httpx_client=used[-1], **options)

    yield connected
    for client in used:
        client.close()


@pytest.fixture
def client(connected, server):
    return connected(server)


@asynccontextmanager
async def async_client(server, **options):
    async with httpx.AsyncClient() as http:
        options = {"api_key": "secret"} | options
        yield AsyncDeepgramClient(environment=environment(server), httpx_client=http, **options)


def decoded(audio, raw, rate):
    """Return codec, rate and samples as ffmpeg finds them."""
    options = {"sample_rate": str(rate)} if raw else {}
    with av.open(io.BytesIO(audio), format=raw, options=options) as file:
        mono = av.AudioResampler(format="s16", layout="mono")
        frames = [each.to_ndarray() for frame in file.decode(audio=0) for each in mono.resample(frame)]
        stream = file.streams.audio[0]
        assert stream.codec_context.channels == 1
        return stream.codec_context.name, stream.codec_context.sample_rate, np.concatenate(frames, axis=1)[0]


def heard(audio, rate=24000):
    return audit(hear_words(audio, rate), expected_indices(TEXT)).clean


def test_the_example_of_its_readme(client, tmp_path):
    response = client.speak.v1.audio.generate(text="Hello, this is a sample text to speech conversion.")
    with open(tmp_path / "output.mp3", "wb") as audio_file:  # noqa: PTH123  # as it stands there
        audio_file.writelines(response)
    codec, _, samples = decoded((tmp_path / "output.mp3").read_bytes(), None, None)
    assert codec == "mp3float"
    assert len(samples) / 22050 == pytest.approx(9 * 0.2, abs=0.15)


@pytest.mark.parametrize(("asked", "raw", "codec", "rate"), FORMATS, ids=str)
def test_every_format_decodes_as_asked_in_both_clients(client, server, asked, raw, codec, rate):  # noqa: PLR0917
    asked = {"text": TEXT, "model": THALIA} | asked

    async def gather():
        async with async_client(server) as other:
            return b"".join([piece async for piece in other.speak.v1.audio.generate(**asked)])

    blocking = b"".join(client.speak.v1.audio.generate(**asked))
    assert asyncio.run(gather()) == blocking or codec == "opus"  # the stream of an Ogg has a random number
    found, found_rate, samples = decoded(blocking, raw, rate)
    assert (found, found_rate) in ((codec, rate), (f"lib{codec}", rate), (codec.removesuffix("float"), rate))
    assert len(samples) / rate == pytest.approx(1.0, abs=0.15 if codec in ("mp3float", "aac", "opus") else 0.001)
    if codec != "opus":
        assert heard(samples.astype("<i2").tobytes(), rate)


def test_the_raw_response_has_the_headers(client):
    with client.speak.v1.audio.with_raw_response.generate(text="Hello", model=THALIA, speed=0.9) as response:
        assert b"".join(response.data)
        headers = response.headers
    assert headers["content-type"] == "audio/mpeg"
    assert headers["dg-model-name"] == THALIA
    assert headers["dg-char-count"] == "5"
    assert headers["transfer-encoding"] == "chunked"
    assert {"dg-request-id", "dg-model-uuid", "dg-pronunciations-applied", "date"} <= headers.keys()


def test_the_async_raw_response_has_them_too(server):
    async def headers():
        async with (
            async_client(server) as client,
            client.speak.v1.audio.with_raw_response.generate(text="Hello") as response,
        ):
            assert b"".join([piece async for piece in response.data])
            return response.headers

    assert asyncio.run(headers())["dg-model-name"] == "aura-asteria-en"


def test_everything_it_can_say_is_understood(client, server):
    asked = {
        "model": THALIA,
        "bit_rate": 32000,
        "encoding": "mp3",
        "tag": ["a b", "c"],
        "mip_opt_out": True,
        "speed": 1.5,
    }
    options = {"chunk_size": 10, "additional_headers": {"X-Custom": "1"}, "additional_body_parameters": {"extra": 1}}
    pieces = list(client.speak.v1.audio.generate(text="Hello", **asked, request_options=options))
    assert {len(piece) for piece in pieces[:-1]} == {10}
    received = server.requests[-1]
    assert received.headers["x-custom"] == "1"
    assert [value for name, value in received.query if name == "tag"] == ["a b", "c"]
    assert json.loads(received.body) == {"text": "Hello", "extra": 1}


@pytest.mark.parametrize(
    ("asked", "kind", "status", "code"),
    [
        ({"encoding": "mp3", "sample_rate": 8000}, BadRequestError, 400, "UNSUPPORTED_AUDIO_FORMAT"),
        ({"encoding": "mp3", "container": "none"}, BadRequestError, 400, "UNSUPPORTED_AUDIO_FORMAT"),
        ({"encoding": "linear16", "sample_rate": 48000.0}, BadRequestError, 400, "INVALID_QUERY_PARAMETER"),
        ({"model": "aura-2-pandora-fr"}, BadRequestError, 400, "Bad Request"),
        ({"speed": 2.0}, BadRequestError, 400, "speed_out_of_range"),
        ({"text": ""}, BadRequestError, 400, "Bad Request"),
        ({"text": "x" * 2001}, ApiError, 413, "Payload Too Large"),
    ],
    ids=lambda each: str(each)[:60],
)
def test_refusals_are_its_errors(client, server, asked, kind, status, code):  # noqa: PLR0917
    asked = {"text": "Hello"} | asked

    async def ask():
        async with async_client(server) as other:
            return [piece async for piece in other.speak.v1.audio.generate(**asked)]

    for attempt in (lambda: list(client.speak.v1.audio.generate(**asked)), lambda: asyncio.run(ask())):
        with pytest.raises(ApiError) as caught:
            attempt()
        assert type(caught.value) is kind
        assert caught.value.status_code == status
        assert caught.value.body["err_code"] == code
        assert caught.value.headers["dg-request-id"] == caught.value.body["request_id"]


@pytest.mark.parametrize("status", [401, 402, 403, 404, 408, 415, 422, 429, 500, 502, 503, 504])
def test_scripted_statuses_are_its_errors_after_one_try(client, server, status):
    fault = json.dumps({"kind": "status", "code": status, "retry_after": 7})
    options = {"additional_headers": {"x-voxbridge-fault": fault}, "max_retries": 3}
    before = len(server.requests)
    with pytest.raises(ApiError) as caught:
        list(client.speak.v1.audio.generate(text="Hello", request_options=options))
    assert caught.value.status_code == status
    assert caught.value.headers["retry-after"] == "7"
    assert len(server.requests) == before + 1  # it retries no speech, whatever it is told


def test_a_body_that_is_no_json_is_its_text(client):
    fault = json.dumps({"kind": "status", "code": 404, "body": "UUID parsing failed: invalid character"})
    options = {"additional_headers": {"x-voxbridge-fault": fault}}
    with pytest.raises(ApiError) as caught:
        list(client.speak.v1.audio.generate(text="Hello", request_options=options))
    assert caught.value.body == "UUID parsing failed: invalid character"


def test_a_cut_body_is_an_error_of_httpx(client):
    options = {"additional_headers": {"x-voxbridge-fault": '{"kind": "cut", "at": 0.5}'}}
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
        list(client.speak.v1.audio.generate(text="Hello", request_options=options))


def test_a_wrong_key_is_401_and_a_granted_token_is_let_in(connected, server, client):
    with pytest.raises(ApiError) as caught:
        list(connected(server, api_key="wrong").speak.v1.audio.generate(text="Hello"))
    assert (caught.value.status_code, caught.value.body["err_code"]) == (401, "INVALID_AUTH")
    assert client.auth.v1.tokens.grant().expires_in == 30
    granted = client.auth.v1.tokens.grant(ttl_seconds=60)
    assert granted.expires_in == 60
    bearer = connected(server, access_token=granted.access_token)
    assert b"".join(bearer.speak.v1.audio.generate(text="Hello"))
    with bearer.speak.v1.connect() as socket:
        assert isinstance(socket.recv(), SpeakV1Metadata)
    assert server.requests[-1].headers["authorization"].startswith("bearer ")


def test_it_lists_the_voices(client):
    voices = client.manage.v1.models.list(include_outdated=True).tts
    thalia = next(voice for voice in voices if voice.canonical_name == THALIA)
    assert (thalia.name, thalia.architecture, thalia.languages) == ("thalia", "aura-2", ["en", "en-US"])
    assert thalia.metadata.tags == ["feminine"]
    assert thalia.uuid_


def test_every_voice_that_it_names_speaks(client):
    from deepgram.speak.v1.audio.types import AudioGenerateRequestModel

    names = AudioGenerateRequestModel.__args__[0].__args__
    assert len(names) >= 102
    for name in names:
        asked = {"model": name, "encoding": "linear16", "sample_rate": 8000, "container": "none"}
        assert len(b"".join(client.speak.v1.audio.generate(text="w1", **asked))) == 3200


def test_a_callback_answers_with_its_request_id(client):
    answer = b"".join(
        client.speak.v1.audio.generate(text="a", callback="https://u:p@example.com/cb?x=1", callback_method="PUT")
    )
    assert json.loads(answer).keys() == {"request_id"}


@pytest.mark.parametrize(
    ("text", "words", "applied"),
    [
        (
            TextBuilder().text("Take ").pronunciation("w1", "duːpˈɪl").text(" and ").pronunciation("w2", "a").build(),
            *("Take w1 and w2", 2),
        ),
        (add_pronunciation("Take w1 daily.", "w1", "dup"), "Take w1 daily.", 1),
        (
            ssml_to_deepgram('<speak>Take <phoneme alphabet="ipa" ph="dup">w1</phoneme> daily.</speak>'),
            *("Take w1 daily.", 1),
        ),
        (TextBuilder().pronunciation('say "w1" \\ {now}', "a").text(".").build(), 'say "w1" \\ {now}.', 1),
    ],
)
def test_pronunciations_of_its_text_builder_are_spoken_as_words(client, text, words, applied):
    asked = {"text": text, "model": THALIA, "encoding": "linear16", "container": "none"}
    with client.speak.v1.audio.with_raw_response.generate(**asked) as response:
        audio = b"".join(response.data)
    assert response.headers["dg-pronunciations-applied"] == str(applied)
    assert response.headers["dg-char-count"] == str(len(words))
    assert [word.index for word in hear_words(audio, 24000)] == expected_indices(words)


# WebSocket


def converse(client, talk, **asked):
    """Connect as the documents do: events, a thread that listens; return the events and all audio."""
    events, audio, flushed = [], [], threading.Event()

    def on_message(message):
        if isinstance(message, bytes):
            audio.append(message)
        else:
            events.append((message.type, type(message)))
            flushed.set() if message.type == "Flushed" else None

    with client.speak.v1.connect(model=THALIA, encoding="linear16", **asked) as socket:
        socket.on(EventType.OPEN, lambda _: events.append(("open", None)))
        socket.on(EventType.MESSAGE, on_message)
        socket.on(EventType.ERROR, lambda error: events.append(("error", type(error))))
        socket.on(EventType.CLOSE, lambda _: events.append(("close", None)))
        listener = threading.Thread(target=socket.start_listening)
        listener.start()
        talk(socket, partial(flushed.wait, 5))
        listener.join(5)
        assert not listener.is_alive()
    return events, b"".join(audio)


@pytest.mark.parametrize("rate", LINEAR)
def test_the_documented_conversation(client, rate):
    def talk(socket, flushed):
        socket.send_text(SpeakV1Text(text=TEXT))
        socket.send_flush()
        assert flushed()
        socket.send_clear()
        socket.send_close()

    events, audio = converse(client, talk, sample_rate=rate)
    # It takes Cleared for a Flushed: it tells messages apart by their fields, and these have the same.
    assert events == [
        ("open", None),
        ("Metadata", SpeakV1Metadata),
        ("Flushed", SpeakV1Flushed),
        ("Cleared", SpeakV1Flushed),
        ("close", None),
    ]
    assert heard(audio, rate)


def test_the_documented_conversation_in_asyncio(server):
    async def converse():
        async with (
            async_client(server) as client,
            client.speak.v1.connect(model=THALIA, encoding="linear16", sample_rate=48000) as socket,
        ):
            await socket.send_text(SpeakV1Text(text=TEXT))
            await socket.send_flush()
            await socket.send_close()
            return [message async for message in socket]

    messages = asyncio.run(converse())
    audio = b"".join(message for message in messages if isinstance(message, bytes))
    assert [message.type for message in messages if not isinstance(message, bytes)] == ["Metadata", "Flushed"]
    assert heard(audio, 48000)


def test_g711_on_the_socket(client):
    with client.speak.v1.connect(encoding="mulaw", speed=1.2, mip_opt_out="true") as socket:
        socket.send_text(SpeakV1Text(text="w1"))
        socket.send_flush()
        messages = [socket.recv(), socket.recv(), socket.recv(), socket.recv()]
    assert sum(len(message) for message in messages if isinstance(message, bytes)) == 1600


def test_the_warning_of_too_many_flushes_is_taken_for_a_flushed(client):
    """Known of the SDK: the live service's fields are not those that it expects."""
    with client.speak.v1.connect() as socket:
        assert socket.recv().type == "Metadata"
        for _ in range(20):
            socket.send_flush()
            assert socket.recv().type == "Flushed"
        socket.send_flush()
        warning = socket.recv()
    assert (warning.type, warning.warn_code) == ("Warning", "EXCESSIVE_FLUSH")
    assert type(warning) is SpeakV1Flushed


@pytest.mark.parametrize("code", [1008, 1009, 1011])
def test_a_close_with_a_code_is_its_error_event(client, code):
    fault = json.dumps({"kind": "close", "code": code, "at": 0.5})

    def talk(socket, _):
        socket.send_text(SpeakV1Text(text=TEXT))
        socket.send_flush()

    events, audio = converse(client, talk, request_options={"additional_headers": {"x-voxbridge-fault": fault}})
    assert events[-2:] == [("error", ConnectionClosedError), ("close", None)]
    assert 0 < len(audio) < len(expected_indices(TEXT)) * 9600


def test_a_close_in_order_is_its_close_event_alone(client):
    events, _ = converse(client, lambda socket, _: socket.send_close())
    assert events == [("open", None), ("Metadata", SpeakV1Metadata), ("close", None)]


def test_a_refused_handshake_is_an_error_of_websockets_or_its_own(connected, server):
    with pytest.raises(InvalidStatus) as caught, connected(server, api_key="wrong").speak.v1.connect():
        pass
    assert caught.value.response.status_code == 401
    assert caught.value.response.headers["dg-error"] == "Invalid credentials."

    async def connect():
        async with async_client(server, api_key="wrong") as client, client.speak.v1.connect():
            pass

    with pytest.raises(ApiError) as caught:
        asyncio.run(connect())
    assert caught.value.status_code == 401
    assert caught.value.body == "Websocket initialized with invalid credentials."


def test_flux_is_refused_as_an_error_of_its_own(client):
    with pytest.raises(ApiError) as caught:
        list(client.speak.v2.audio.generate(model="flux-alexis-en", text="Hello"))
    assert caught.value.status_code == 404
    assert "another family of models" in caught.value.body
