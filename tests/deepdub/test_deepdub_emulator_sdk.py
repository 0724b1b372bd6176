"""Deepdub's own SDK, unchanged, takes the emulator for Deepdub: its README, and every call of its recorded vectors."""

from __future__ import annotations

import ast
import asyncio
import base64
import gc
import inspect
import json
import re
import shlex
import subprocess
import sys
import types
import warnings
from contextlib import asynccontextmanager
from importlib import metadata
from pathlib import Path
from uuid import UUID

import httpx
import numpy as np
import pytest
import requests
from click.testing import CliRunner
from websockets.exceptions import InvalidStatus

from tests.deepdub.talking import VOICE, decoded, words
from voxbridge.audio import AudioFormat, wav_header
from voxbridge.testing import audit, expected_indices, hear_words


pytest.importorskip("deepdub", reason="its dependencies are not for this Python")
with warnings.catch_warnings():
    warnings.simplefilter("ignore", UserWarning)  # of a library that it can do without
    import audiosample  # noqa: F401  # it would do so later
from deepdub import DeepdubClient
from deepdub.cli import cli


VECTORS = {each["name"]: each for each in json.loads(Path(__file__).with_name("vectors.json").read_text())["vectors"]}
RUN = set()
ID = "55555555-5555-4555-8555-555555555555"
OTHER = "66666666-6666-4666-8666-666666666666"
OLDER_PYAV = pytest.mark.skipif(
    int(metadata.version("av").partition(".")[0]) >= 19,
    reason="the SDK's audiosample asks PyAV for what 19 has no more",
)
STREAM = {"model": "dd-etts-3.2", "locale": "en-US", "voice_prompt_id": VOICE}


def vectors(*names):
    """Note which recorded calls a test makes."""
    assert set(names) <= VECTORS.keys()
    RUN.update(names)
    return lambda test: test


@pytest.fixture
def serve(monkeypatch, voxbridge_emulator):
    """Return a function that starts a service, and points the SDK to it by nothing but the environment."""

    def serve(**options):
        server = voxbridge_emulator("deepdub", **{"voice": "oracle", **options})
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        return server

    monkeypatch.delenv("DD_EU", raising=False)
    return serve


@pytest.fixture
def server(serve):
    return serve(keys=["dd-secret"])


@pytest.fixture
def client(server):
    return DeepdubClient()


@pytest.fixture
def sample(tmp_path):
    """A voice of two seconds, high as a woman's."""
    phase = 2 * np.pi * 220 / 16000 * np.arange(32000)
    sound = sum(6000 / overtone * np.sin(overtone * phase) for overtone in range(1, 6)).astype("<i2").tobytes()
    path = tmp_path / "ref.wav"
    path.write_bytes(wav_header(AudioFormat("wav", 16000), len(sound)) + sound)
    return path


def said(audio, text, raw=None, rate=None):
    """Return the rate of audio, if it says just this text."""
    samples, found = decoded(audio, raw, rate)
    assert audit(hear_words(samples.astype("<i2").tobytes(), found), expected_indices(text)).clean
    return found


def sent_as_recorded(server, name, *random):
    """Compare what the service was asked with what was recorded, but for keys that are random."""
    request = VECTORS[name]["request"]
    received = server.requests[-1]
    path, _, query = request["path"].partition("?")
    assert (received.method, received.path) == (request["method"], path)
    assert "&".join(map("=".join, received.query)) == query
    found, recorded = (
        {key: value for key, value in (body or {}).items() if key not in random}
        for body in (json.loads(received.body or "null"), request["body"])
    )
    assert found == recorded
    assert received.headers["x-api-key"] == server.api_key


# Its README


def blocks(language):
    """Return the examples of the README, as they stand in the installed package."""
    text = metadata.metadata("deepdub").get_payload()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.fixture
def beside(tmp_path, monkeypatch, sample):
    """A folder with the files that the README speaks of."""
    (tmp_path / "path/to").mkdir(parents=True)
    (tmp_path / "path/to/audio.mp3").write_bytes(sample.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_example_of_its_readme_runs_as_it_stands(serve, beside):
    server = serve()  # of any key: the README shows one of nobody
    names = {"Path": Path}
    examples = blocks("python")
    assert len(examples) == 7
    for example in examples:
        code = compile(example, "README", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        if code.co_flags & inspect.CO_COROUTINE:
            asyncio.run(types.FunctionType(code, names)())
        else:
            exec(code, names)  # noqa: S102  # to run it is the test
    assert [(request.method, request.path) for request in server.requests] == [
        ("GET", "/api/v1/voice"),
        ("POST", "/api/v1/voice"),
        ("POST", "/api/v1/tts"),
        ("POST", "/api/v1/tts/retroactive"),
        ("GET", "/ws"),
        ("GET", "/api/v1/voice"),
        ("POST", "/api/v1/tts"),
    ]
    assert names["audio_url"].startswith(server.url)
    assert said((beside / "output.mp3").read_bytes(), "Hello, this is a test") == 48000
    assert len(names["chunk"]) == 3200
    assert server.controls == ["😀"]


@vectors("cli_tts")
def test_every_command_of_its_readme_runs_as_it_stands(client, server, beside):
    commands = [line for block in blocks("bash") for line in block.splitlines() if line.startswith("deepdub ")]
    assert len(commands) == 3
    for command in commands:
        result = CliRunner().invoke(cli, shlex.split(command)[1:], obj={})
        assert result.exit_code == 0, result.output
    (spoken,) = beside.glob("Deepdub-*.mp3")
    assert said(spoken.read_bytes(), "Hello, world!") == 48000
    assert client.list_voices()["voicePrompts"][0]["name"] == "Voice Name"
    default = CliRunner().invoke(cli, ["tts", "--text", "Hello, world!"], obj={})
    assert default.exit_code == 0, default.output
    sent_as_recorded(server, "cli_tts")


@pytest.mark.filterwarnings("ignore:unclosed file")  # which it leaves where it looks at a sample
@OLDER_PYAV
def test_the_rest_of_its_commands_run_too(server, sample, beside):
    for command in (
        ["tts-from-ref", "--text", "w1", "--voice-reference", str(sample)],
        ["tts-retro", "--text", "w1"],
        ["gender-classify", "--file", str(sample)],
        ["tts-async", "--text", "w1 w2"],
    ):
        result = CliRunner().invoke(cli, command, obj={})
        assert result.exit_code == 0, result.output
    assert words(result.stdout_bytes, "wav/48000") == [1, 2]  # WAVs in a row, which no player reads
    gc.collect()


def test_the_lines_that_the_command_prints_point_it_here(monkeypatch):
    command = [sys.executable, "-c", "from voxbridge._cli import main; main()", "emulate", "deepdub", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            for _ in range(4):
                export, _, assignment = process.stdout.readline().strip().partition(" ")
                assert export == "export"
                monkeypatch.setenv(*assignment.split("=", 1))
            assert DeepdubClient().list_voices() == {"voicePrompts": []}
            assert b"".join(generate("Hello.", format="mulaw"))
        finally:
            process.kill()


# REST


@vectors("rest_tts_minimal", "rest_tts_duration", "rest_tts_generation_id_kwarg", "rest_tts_mulaw_8k")
@pytest.mark.parametrize(
    ("name", "text", "asked", "raw", "rate"),
    [
        ("rest_tts_minimal", "Hello.", {}, None, 48000),
        ("rest_tts_duration", "Hi", {"duration": 2.5}, None, 48000),  # which is not the field of the documents
        ("rest_tts_generation_id_kwarg", "Hi", {"generation_id": "33333333-3333-4333-8333-333333333333"}, None, 48000),
        ("rest_tts_mulaw_8k", "Hi", {"format": "mulaw", "sample_rate": 8000}, "mulaw", 8000),
    ],
)
def test_it_speaks_over_rest(client, server, name, text, asked, raw, rate):  # noqa: PLR0917
    audio = client.tts(text, voice_prompt_id=VOICE, **asked)
    assert said(audio, text, raw, rate) == rate
    sent_as_recorded(server, name)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 24000, 44100, 48000])
@pytest.mark.parametrize(
    ("format", "raw"), [("mp3", None), ("opus", None), ("mulaw", "mulaw"), ("headerless-wav", "s16le")]
)
def test_every_format_and_rate_that_it_lets_through_decodes_as_asked(client, format, raw, rate):
    audio = client.tts("w1 w2 w3", voice_prompt_id=VOICE, format=format, sample_rate=rate)
    assert said(audio, "w1 w2 w3", raw, rate) == (48000 if format == "opus" else rate)


@vectors("rest_tts_maximal")
def test_it_may_say_everything_it_knows(client, server):
    text = "Bonjour à tous 😀"
    audio = client.tts(
        text,
        voice_reference=b"\0\1\2",
        voice_prompt_id=VOICE,
        model="dd-etts-3.5",
        locale="fr-FR",
        temperature=0.7,
        variance=0.6,
        tempo=1.1,
        seed=42,
        prompt_boost=True,
        accent_base_locale="en-US",
        accent_locale="fr-FR",
        accent_ratio=0.3,
        sample_rate=44100,
        format="opus",
        generationId="22222222-2222-4222-8222-222222222222",
        targetGender="female",
        realtime=True,
        cleanAudio=False,
        autoGain=True,
        superStretch=False,
        publish=False,
        performanceReferencePromptId="p",
    )
    assert said(audio, text) == 48000
    sent_as_recorded(server, "rest_tts_maximal")


@vectors("rest_tts_voice_reference_path")
def test_a_reference_may_be_a_path_bytes_or_base64(client, server, sample):
    recorded = VECTORS["rest_tts_voice_reference_path"]["request"]["body"]["voiceReference"]
    sample.write_bytes(base64.b64decode(recorded))
    for reference in (sample, sample.read_bytes(), recorded):
        assert said(client.tts("Hi", voice_reference=reference), "Hi")
        sent_as_recorded(server, "rest_tts_voice_reference_path")


@vectors("rest_tts_client_reject_wav", "rest_tts_client_reject_s16le", "rest_tts_client_reject_tempo_and_duration")
@vectors("rest_tts_client_reject_partial_accent", "rest_tts_no_voice", "rest_add_voice_nonbinary")
def test_what_it_refuses_itself_never_gets_here(client, server):
    for asked in ({"format": "wav"}, {"format": "s16le"}, {"tempo": 1.0, "duration": 2.0}, {"accent_locale": "fr-FR"}):
        with pytest.raises(AssertionError):
            client.tts("Hi", voice_prompt_id=VOICE, **asked)
    with pytest.raises(AssertionError):
        client.tts("Hi")
    with pytest.raises(AssertionError):
        client.add_voice(b"..", "Sam", "NON_BINARY", "en-US")
    assert server.requests == []


@vectors("rest_tts_no_content_type")
@pytest.mark.parametrize("habit", ["missing", "text/plain"])
def test_it_takes_audio_of_any_content_type(serve, habit):
    server = serve(keys=["dd-secret"], habits={"content_type": habit})
    assert said(DeepdubClient().tts("Hi", voice_prompt_id=VOICE), "Hi")
    sent_as_recorded(server, "rest_tts_no_content_type")


@vectors(*(f"rest_tts_error_{status}" for status in (400, 401, 402, 429, 500)))
@pytest.mark.parametrize("status", [400, 401, 402, 429, 500])
def test_refusals_are_its_errors_in_the_recorded_envelope(serve, status):
    serve(faults=[{"kind": "status", "code": status}])
    with pytest.raises(requests.HTTPError, match=f"^{status} (Client|Server) Error") as caught:
        DeepdubClient().tts("Hi", voice_prompt_id=VOICE)
    recorded = json.loads(VECTORS[f"rest_tts_error_{status}"]["stub_response"]["body"])
    if status == 400:
        recorded["message"] = "Invalid request"
    assert caught.value.response.json() == recorded


def test_a_wrong_key_is_its_error(server):
    with pytest.raises(requests.HTTPError, match=r"^401"):
        DeepdubClient(api_key="wrong").list_voices()


@vectors("rest_tts_retro", "rest_retro_get")
def test_it_asks_now_and_fetches_later(client, server):
    url = client.tts_retro("Long text", VOICE, model="dd-etts-3.0", locale="en-GB")["url"]
    sent_as_recorded(server, "rest_tts_retro")
    with pytest.raises(requests.HTTPError, match=r"^404"):
        client.get("/tts/retroactive/abc123-def456")
    sent_as_recorded(server, "rest_retro_get")

    async def ready():
        while True:
            try:
                return client.get(url.removeprefix(server.url))
            except requests.HTTPError:
                await asyncio.sleep(0.01)

    assert said(asyncio.run(asyncio.wait_for(ready(), 5)), "Long text") == 48000


@vectors("rest_list_voices", "rest_list_voices_limit", "rest_add_voice_path", "rest_add_voice_bytes_full")
@vectors("rest_voice_get_by_id", "rest_voice_update")
def test_it_uploads_lists_changes_and_deletes_voices(client, server, sample):
    sample.write_bytes(base64.b64decode(VECTORS["rest_add_voice_path"]["request"]["body"]["data"]))
    bob = client.add_voice(sample, "Bob", "Male", "en-US")["response"]["voice_prompt_id"]
    sent_as_recorded(server, "rest_add_voice_path", "speaker_id")
    eve = client.add_voice(b"\0\1\2", "Eve", "female", "fr-FR", publish=True, speaking_style="narrative", age=35)[
        "response"
    ]["voice_prompt_id"]
    sent_as_recorded(server, "rest_add_voice_bytes_full", "speaker_id", "filename")
    listed = client.list_voices()["voicePrompts"]
    sent_as_recorded(server, "rest_list_voices")
    assert [(each["id"], each["name"], each["gender"]) for each in listed] == [
        (bob, "Bob", "MALE"),
        (eve, "Eve", "FEMALE"),
    ]
    recorded = VECTORS["rest_list_voices"]["sdk_outcome"]["returned"]["voicePrompts"][0]
    assert listed[0].keys() <= recorded.keys()
    assert client.get("/voice", params={"limit": 5}) == {"voicePrompts": listed}
    sent_as_recorded(server, "rest_list_voices_limit")
    assert client.get(f"/voice/{bob}") == {"prompt": listed[0]}
    assert client.put("/voice", json={"id": bob, "name": "New"})["prompt"]["name"] == "New"
    assert client.tts("w1", voice_prompt_id=bob) != client.tts("w1", voice_prompt_id=eve)
    assert client.delete(f"/voice/{bob}")["success"]
    with pytest.raises(requests.HTTPError, match=r"^404"):
        client.tts("w1", voice_prompt_id=bob)


@vectors("urls")
def test_the_environment_points_all_of_it_here(client, server):
    assert client.base_url == server.url
    assert client.base_websocket_url == server.env["DEEPDUB_BASE_WEBSOCKET_URL"]
    assert client.base_websocket_streaming_url == server.env["DEEPDUB_BASE_WEBSOCKET_STREAMING_URL"]
    assert client.api_key == server.api_key
    assert httpx.get(client.base_url).status_code == 401


# /open


def generate(text="w1 w2", **asked):
    """Return the chunks of one generation."""

    async def generate():
        async with DeepdubClient().async_connect() as connection:
            return [chunk async for chunk in connection.async_tts(text, voice_prompt_id=VOICE, **asked)]

    return asyncio.run(asyncio.wait_for(generate(), 5))


@vectors("ws_open_minimal_wav", "ws_open_audio_on_last")
@pytest.mark.parametrize("last", ["audio", "empty"])
@pytest.mark.parametrize("opcode", ["binary", "text"])
def test_it_hears_wav_chunk_by_chunk(serve, last, opcode):
    serve(habits={"last": last, "opcode": opcode})
    chunks = generate("Hello.", generation_id=ID)
    assert all(chunk[:4] == b"RIFF" and chunk[60:64] == b"data" for chunk in chunks)
    assert said(b"".join(chunk[68:] for chunk in chunks), "Hello.", "s16le", 48000)


@vectors("ws_open_headerless", "ws_open_mulaw")
@pytest.mark.parametrize(
    ("asked", "raw", "rate"),
    [
        ({"format": "headerless-wav", "sample_rate": 16000}, "s16le", 16000),
        ({"format": "headerless-wav"}, "s16le", 48000),
        ({"format": "mulaw", "sample_rate": 8000}, "mulaw", 8000),
        ({"format": "s16le", "sample_rate": 24000}, "s16le", 24000),
        ({"format": "s16le"}, "s16le", 48000),
        ({"format": "mp3", "sample_rate": 44100}, None, 44100),
        ({"format": "opus"}, None, 48000),
    ],
    ids=str,
)
def test_it_hears_every_format(server, asked, raw, rate):
    assert said(b"".join(generate(**asked)), "w1 w2", raw, rate) == rate


@vectors("ws_open_maximal", "ws_open_doc_verbose")
def test_it_may_say_everything_on_the_socket_too(server):
    everything = {
        "model": "dd-etts-3.5",
        "locale": "fr-FR",
        "temperature": 0.7,
        "variance": 0.6,
        "tempo": 1.1,
        "seed": 42,
        "prompt_boost": True,
        "accent_base_locale": "en-US",
        "accent_locale": "fr-FR",
        "accent_ratio": 0.3,
        "format": "s16le",
        "sample_rate": 24000,
        "target_gender": "female",
        "generation_id": ID,
        "realtime": True,
    }
    assert said(b"".join(generate("Bonjour", **everything)), "Bonjour", "s16le", 24000)
    assert said(b"".join(generate(verbose=True, format="mulaw")), "w1 w2", "mulaw", 8000)


@vectors("ws_open_multiplex")
def test_many_generations_share_its_socket(serve):
    server = serve(pace=20)

    async def generate():
        async with DeepdubClient().async_connect() as connection:

            async def one(text, **asked):
                stream = connection.async_tts(text, voice_prompt_id=VOICE, format="s16le", sample_rate=8000, **asked)
                return b"".join([chunk async for chunk in stream])

            return await asyncio.gather(one("w1 w2 w3", generation_id=ID), one("w4 w5", generation_id=OTHER), one("w6"))

    for text, audio in zip(("w1 w2 w3", "w4 w5", "w6"), asyncio.run(generate()), strict=True):
        assert said(audio, text, "s16le", 8000)
    assert server.handshakes == 1


@vectors("ws_open_error_with_id")
@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"limits": {"address": 0}}, "RateLimit: concurrent request limit exceeded"),
        ({"limits": {"credits": 0}}, "InsufficientCredits: your account has no remaining credits"),
        ({"limits": {"trials": 0}}, "Free tier quota exceeded"),
        ({"faults": [{"kind": "status", "on": 1, "code": 500}]}, "Internal server error"),
        ({"faults": [{"kind": "garbage", "body": '{"error": "boom", "generationId": "$generationId"}'}]}, "boom"),
        ({"habits": {"models": ["dd-etts-3.0"]}}, "model 'dd-etts-3.2' not found"),
    ],
    ids=str,
)
def test_an_error_with_an_id_is_its_exception(serve, options, error):
    serve(**options)
    with pytest.raises(Exception, match=f"^{error}|^Invalid request: {error}"):
        generate()


@vectors("ws_open_frame_over_1MiB")
@pytest.mark.parametrize(
    ("words", "options"),
    [
        (60, {"habits": {"chunk_seconds": 60}}),
        (4, {"faults": [{"kind": "close", "code": 1000}]}),
        (4, {"faults": [{"kind": "close", "code": 1011}]}),
        (4, {"faults": [{"kind": "cut"}]}),
        (4, {"faults": [{"kind": "stall"}]}),
        (4, {"faults": [{"kind": "garbage"}]}),
        (4, {"faults": [{"kind": "garbage", "body": '{"error": "boom"}'}]}),
    ],
    ids=str,
)
def test_it_hangs_where_it_was_recorded_to_hang(serve, words, options):
    serve(**options)

    async def hang():
        async with DeepdubClient().async_connect() as connection:
            stream = connection.async_tts("w1 " * words, voice_prompt_id=VOICE)
            async with asyncio.timeout(0.5):
                return [chunk async for chunk in stream]

    with pytest.raises(TimeoutError):
        asyncio.run(hang())


@vectors("ws_open_handshake_401", "ws_open_client_reject_bad_format", "ws_open_client_reject_bad_rate")
def test_what_is_refused_on_the_way_to_the_socket(server, monkeypatch):
    for asked in ({"format": "flac"}, {"sample_rate": 36000}):
        with pytest.raises(AssertionError):
            generate(**asked)
    assert server.texts == []
    monkeypatch.setenv("DEEPDUB_API_KEY", "wrong")
    with pytest.raises(InvalidStatus) as caught:
        generate()
    assert caught.value.response.status_code == 401


@pytest.mark.filterwarnings("ignore:unclosed file")  # as above
@vectors("ws_gender_standalone", "ws_gender_in_connection", "ws_gender_in_connection_no_id", "ws_gender_without_pyav")
@OLDER_PYAV
def test_it_asks_for_a_gender_alone_and_in_a_connection(server, sample):
    async def classify():
        client = DeepdubClient()
        alone = await client.gender_classify(sample.read_bytes(), generation_id=ID)
        async with client.async_connect() as connection:
            return alone, await connection.gender_classify(sample, timeout=1)

    for answer in asyncio.run(classify()):
        assert answer["predicted_gender"] == "female"
        assert 0.5 < answer["confidence"] <= 1
    gc.collect()


# /ws


@asynccontextmanager
async def streaming(**asked):
    async with asyncio.timeout(5), DeepdubClient().async_stream_connect(**{**STREAM, **asked}) as connection:
        yield connection


async def turn(connection):
    """Return all messages up to the end of a turn."""
    messages = [await connection.async_stream_recv()]
    while not messages[-1].get("isFinal"):
        messages.append(await connection.async_stream_recv())
    return messages


def audio_of(messages):
    return [base64.b64decode(message["data"]) for message in messages if message.get("data")]


@vectors("ws_stream_minimal", "ws_stream_wav_header_kept")
def test_text_in_pieces_is_spoken_turn_by_turn(server):
    async def talk():
        async with streaming() as connection:
            assert UUID(connection.connection_id)
            turns = []
            for _ in range(2):
                await connection.async_stream_text("Hello, ")
                await connection.async_stream_text("world.")
                await connection.async_stream_end()
                turns.append(await turn(connection))
            return turns

    for messages in asyncio.run(talk()):
        chunks = audio_of(messages)
        assert all(chunk[:4] == b"RIFF" for chunk in chunks)
        assert said(b"".join(chunk[68:] for chunk in chunks), "Hello, world.", "s16le", 16000)
        assert messages[-2].items() >= {"index": len(chunks), "isFinished": True}.items()
        assert messages[-1].keys() == {"generationId", "index", "isFinished", "isFinal"}


@pytest.mark.parametrize(
    ("asked", "raw", "rate"),
    [
        ({"format": "s16le", "sample_rate": 24000}, "s16le", 24000),
        ({"format": "mulaw", "sample_rate": 8000}, "mulaw", 8000),
        ({"format": "mp3", "sample_rate": 48000}, None, 48000),
        ({"format": "opus", "sample_rate": 48000}, None, 48000),
    ],
    ids=str,
)
def test_every_format_of_a_stream_decodes_as_asked(server, asked, raw, rate):
    async def talk():
        async with streaming(**asked) as connection:
            await connection.async_stream_text("w1 w2")
            await connection.async_flush()
            return b"".join(audio_of(await turn(connection)))

    assert said(asyncio.run(talk()), "w1 w2", raw, rate) == rate


@vectors("ws_stream_maximal")
def test_a_stream_with_every_option_is_cancelled_and_pinged(serve):
    server = serve(pace=4)
    everything = {
        "model": "dd-etts-3.5",
        "locale": "he-IL",
        "format": "s16le",
        "sample_rate": 24000,
        "accept_emojis": True,
        "target_gender": "female",
        "first_audio_timeout": 50,
        "realtime": True,
    }

    async def talk():
        async with streaming(**everything) as connection:
            await connection.async_stream_text('Hi <config locale="es-MX" /> hola [excited] 😀 ' + "w1 " * 40)
            await connection.async_flush()
            assert len(await connection.async_stream_recv_audio()) == 4800
            await connection.async_stream_cancel()
            while not (cancelled := await connection.async_stream_recv()).get("isCancelled"):
                pass
            status = await connection.async_stream_recv()
            return cancelled, status, await connection.async_stream_ping()

    cancelled, status, pong = asyncio.run(talk())
    recorded = VECTORS["ws_stream_maximal"]["sdk_outcome"]["returned"]
    assert cancelled.keys() == recorded["cancel_reply"].keys()
    assert status == {"action": "status", "message": "cancelled"}
    assert pong == recorded["pong"]
    assert server.controls == ['<config locale="es-MX" />', "[excited]", "😀"]


@vectors("ws_stream_session_error")
def test_a_model_that_does_not_exist_is_told_and_the_session_goes_on(server):
    async def talk():
        async with streaming(model="nope") as connection:
            error = await connection.async_stream_recv()
            await connection.async_stream_config(**STREAM)
            await connection.async_stream_text("w1")
            await connection.async_stream_end()
            return error, await turn(connection)

    error, messages = asyncio.run(talk())
    recorded = VECTORS["ws_stream_session_error"]["sdk_outcome"]["returned"]
    assert error | {"time": recorded["time"]} == recorded
    assert messages


@vectors("ws_stream_worker_error")
def test_an_error_with_an_id_is_a_message_and_one_without_is_raised(serve):
    serve(
        faults=[
            {"kind": "status", "on": 1, "code": 500, "body": "error message"},
            {"kind": "garbage", "body": '{"error": "boom"}', "at": 0},
        ]
    )

    errors = []

    async def talk():
        async with streaming() as connection:
            await connection.async_stream_text("w1. w2.")
            await connection.async_stream_end()
            errors.append(await connection.async_stream_recv())
            await connection.async_stream_recv()

    with pytest.raises(Exception, match=r"^boom$"):
        asyncio.run(talk())
    assert [(error.keys(), error["error"]) for error in errors] == [({"generationId", "error"}, "error message")]


@vectors("ws_stream_ping_race", "ws_stream_recv_audio_none")
def test_a_ping_while_audio_comes_and_frames_without_audio(server):
    async def talk():
        async with streaming(format="s16le") as connection:
            await connection.async_stream_text("w1")
            await connection.async_stream_end()
            await asyncio.sleep(0.1)  # now all of the turn is on its way
            raced = await connection.async_stream_ping()
            heard = [await connection.async_stream_recv_audio() for _ in range(4)]
            return raced, heard

    raced, heard = asyncio.run(talk())
    assert raced["index"] == 0  # its own fault: it takes whatever comes next for the answer
    assert [audio is None for audio in heard] == [False, True, True, True]


@vectors("ws_stream_async_stream_broken")
def test_its_broken_generator_is_as_broken_here(server):
    async def talk():
        async with streaming() as connection:
            await connection.async_stream_text("w1 w2")
            await connection.async_stream_end()
            async with connection.async_stream() as audio:
                assert len(audio) == 3200

    with pytest.raises(RuntimeError, match="generator didn't stop"):
        asyncio.run(talk())


def test_a_wrong_key_is_refused_at_the_handshake(server, monkeypatch):
    monkeypatch.setenv("DEEPDUB_API_KEY", "wrong")

    async def talk():
        async with streaming():
            pass

    with pytest.raises(InvalidStatus, match="401"):
        asyncio.run(talk())


@vectors("ws_stream_config_sdk_0_1_27")
def test_what_its_older_version_sent_is_understood(server):
    (config,) = (
        frame["payload"]
        for frame in VECTORS["ws_stream_config_sdk_0_1_27"]["frames"]
        if frame["dir"] == "client->server"
    )

    async def talk():
        async with streaming() as connection:
            await connection.websocket.send(json.dumps(config))
            await connection.async_stream_text("w1")
            await connection.async_stream_end()
            return await turn(connection)

    assert asyncio.run(talk())[-1]["isFinal"]


def test_no_recorded_call_is_left_out():
    assert VECTORS.keys() == RUN
