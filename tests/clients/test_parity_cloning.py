"""Samples, cloned voices and gender in both clients, at a service that clones."""

from __future__ import annotations

import asyncio
import base64
import io
import logging
import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.clients.studio import CLONED, STOCK, Studio, StudioServer
from tests.wires import LocalBackend
from voxbridge import (
    BackendUnavailable,
    Capabilities,
    Consent,
    Gender,
    MissingCredentials,
    OutOfCredits,
    Route,
    Sample,
    UnsupportedFeature,
    UsageError,
    Voice,
    VoiceNotFound,
)
from voxbridge.audio import AudioFormat, conversion
from voxbridge.testing import hear_words


MARIA = Consent("Maria Lopez", "contract 17", "2026-03-01")


def recording(channels: int = 1, rate: int = 48000, seconds: float = 4.0) -> bytes:
    """Return noise, no two pieces of which are alike, as WAV."""
    sink = io.BytesIO()
    with wave.open(sink, "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        noise = np.random.default_rng(7).integers(-9000, 9000, round(seconds * rate) * channels)
        file.writeframes(noise.astype("<i2").tobytes())
    return sink.getvalue()


def as_mp3(wav: bytes) -> bytes:
    pipeline = conversion(AudioFormat("wav"), AudioFormat("mp3"))
    return pipeline.feed(wav) + pipeline.flush()


@pytest.fixture
def server() -> Iterator[StudioServer]:
    with StudioServer() as server:
        yield server


def using(speaker: Any, target: Any, scenario: Any) -> Any:
    """Run a scenario with each client in turn."""

    async def run() -> Any:
        async with speaker(target) as client:
            return await scenario(client)

    return asyncio.run(run())


def vendors(speech: Any) -> set[int]:
    """Return which voices of the word oracle are heard."""
    return {word.vendor for word in hear_words(speech.samples().tobytes(), speech.format.sample_rate)}


def test_a_voice_is_cloned_listed_spoken_in_and_deleted(speaker: Any, server: StudioServer) -> None:
    async def scenario(client: Any) -> Any:
        maria = await client.clone_voice(
            "Maria", recording(), backend="studio", language="en-US", gender="female", consent=MARIA
        )
        assert [voice.id for voice in await client.voices()] == ["v0"]
        speech = [await client.synthesize("w1 w2.", voice=voice) for voice in (maria, str(maria), "studio/other")]
        assert await client.delete_voice(maria) is None
        assert await client.voices() == []
        return maria, [vendors(spoken) for spoken in speech]

    maria, heard = using(speaker, Studio(server), scenario)
    assert maria == Voice(
        id="v0", backend="studio", name="Maria", languages=("en-US",), gender="female", cloned=True, consent=MARIA
    )
    assert heard == [{CLONED}, {CLONED}, {STOCK}]


def test_a_clone_is_private_and_of_consent_nothing_is_sent(speaker: Any, server: StudioServer) -> None:
    async def scenario(client: Any) -> None:
        await client.clone_voice("Maria", recording(), backend="studio", language="en-US", consent=MARIA)

    using(speaker, Studio(server), scenario)
    [(_, _, body)] = server.asked
    assert body["publish"] is False
    assert not [part for part in (b"Lopez", b"contract", b"2026-03") if part in server.raw[0]]


def test_a_backends_own_arguments_are_passed_on(speaker: Any, server: StudioServer) -> None:
    async def scenario(client: Any) -> None:
        await client.clone_voice("M", recording(), backend="studio", language="en", consent="Maria", style="calm")
        with pytest.raises(UsageError, match=r"no option 'publihs' of cloning; it has: publish, style\. .*'publish'"):
            await client.clone_voice("M", recording(), backend="studio", language="en", consent="Maria", publihs=True)

    using(speaker, Studio(server), scenario)
    assert [body["style"] for _, _, body in server.asked] == ["calm"]


@pytest.mark.parametrize("kind", ["wav", "mp3"])
def test_a_mono_sample_is_sent_byte_for_byte_and_its_name_is_not(
    speaker: Any, server: StudioServer, tmp_path: Path, kind: str
) -> None:
    data = recording() if kind == "wav" else as_mp3(recording())
    path = tmp_path / "top-secret-name.wav"
    path.write_bytes(data)

    async def scenario(client: Any) -> None:
        for source in (path, str(path), data, io.BytesIO(data), Sample(path)):
            await client.clone_voice("Maria", source, backend="studio", language="en-US", consent="Maria Lopez")

    using(speaker, Studio(server), scenario)
    assert {(body["kind"], base64.b64decode(body["data"])) for _, _, body in server.asked} == {(kind, data)}
    assert len(server.asked) == 5
    assert not [raw for raw in server.raw if b"secret" in raw]


def test_a_stereo_sample_is_sent_as_mono_wav(speaker: Any, server: StudioServer) -> None:
    async def scenario(client: Any) -> None:
        await client.clone_voice("M", recording(2), backend="studio", language="en-US", consent="Maria Lopez")

    using(speaker, Studio(server), scenario)
    with wave.open(io.BytesIO(base64.b64decode(server.asked[0][2]["data"]))) as sent:
        assert (sent.getnchannels(), sent.getframerate(), sent.getnframes()) == (1, 48000, 4 * 48000)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"consent": ""}, "whose voice"),
        ({"consent": None}, "whose voice"),
        ({"name": " "}, "name is ' '"),
        ({"language": ""}, "language is ''"),
        ({"gender": "femal"}, "Did you mean 'female'"),
        ({"sample": "nowhere.wav"}, "cannot be read: No such file"),
        ({"sample": Path()}, "is a directory"),
        ({"sample": b"no sound"}, "no recording"),
        ({"sample": recording(seconds=2)}, "3 to 60 s"),
        ({"sample": recording(seconds=61, rate=8000)}, "more than 60 s"),
        ({"sample": bytes(20_000_001)}, "more than 20 MB"),
        ({"sample": 7}, "not int"),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else next(iter(value)),
)
def test_what_is_wrong_is_told_before_anything_is_sent(
    speaker: Any, server: StudioServer, wrong: dict[str, Any], words: str
) -> None:
    async def scenario(client: Any) -> None:
        call = {"name": "M", "sample": recording(), "backend": "studio", "language": "en", "consent": "Maria", **wrong}
        with pytest.raises(UsageError, match=words):
            await client.clone_voice(call.pop("name"), call.pop("sample"), **call)
        if "sample" in wrong:
            with pytest.raises(UsageError, match=words):
                await client.classify_gender(wrong["sample"], backend="studio")

    using(speaker, Studio(server), scenario)
    assert server.connections == 0


def test_without_a_key_nothing_is_sent(speaker: Any, server: StudioServer) -> None:
    async def scenario(client: Any) -> None:
        for call in (
            client.clone_voice("M", recording(), backend="studio", language="en", consent="Maria"),
            client.delete_voice("studio/v0"),
            client.classify_gender(recording(), backend="studio"),
        ):
            with pytest.raises(MissingCredentials, match="there is no key"):
                await call

    using(speaker, Studio(server, ready=False), scenario)
    assert server.connections == 0


def test_who_cannot_clone_says_so_and_what_to_do(speaker: Any) -> None:
    async def scenario(client: Any) -> None:
        for call in (
            client.clone_voice("M", "nowhere.wav", backend="local", language="en", consent="Maria", publish=True),
            client.delete_voice("local/v0"),
            client.classify_gender(recording(), backend="local"),
            client.synthesize("w1.", voice=Sample(recording())),
        ):
            with pytest.raises(UnsupportedFeature, match=r"^local "):
                await call

    using(speaker, LocalBackend(), scenario)


def test_who_clones_for_one_call_alone_keeps_no_voices(speaker: Any) -> None:
    class Instant(LocalBackend):
        def capabilities(self, voice: Voice) -> Capabilities:
            return Capabilities(formats=("linear16/24000",), clone=True, local=True)

    async def scenario(client: Any) -> Any:
        with pytest.raises(UnsupportedFeature, match="local keeps no voices of yours"):
            await client.clone_voice("M", recording(), backend="local", language="en", consent="Maria")
        return await client.synthesize("w1.", voice=Sample(recording()))

    assert using(speaker, Instant(), scenario).voice == Voice(id="sample", backend="local", cloned=True)


@pytest.mark.parametrize("voice", ["v0", "studio/", "/v0", 7, None, b"x"])
def test_what_is_no_voice_is_not_deleted(speaker: Any, server: StudioServer, voice: Any) -> None:
    async def scenario(client: Any) -> None:
        with pytest.raises(UsageError, match="voice"):
            await client.delete_voice(voice)

    using(speaker, Studio(server), scenario)
    assert server.connections == 0


def test_a_voice_that_is_gone_is_not_found(speaker: Any, server: StudioServer) -> None:
    async def scenario(client: Any) -> None:
        with pytest.raises(VoiceNotFound, match=r"studio: .*no such voice"):
            await client.delete_voice("studio/v7")

    using(speaker, Studio(server), scenario)


def test_a_vendor_that_refuses_is_named(speaker: Any) -> None:
    async def scenario(client: Any) -> None:
        for call in (
            client.clone_voice("M", recording(), backend="studio", language="en", consent="Maria"),
            client.classify_gender(recording(), backend="studio"),
        ):
            with pytest.raises(OutOfCredits, match=r"studio: .*nothing left"):
                await call

    with StudioServer(status=402, words="nothing left") as server:
        using(speaker, Studio(server), scenario)
    assert len(server.asked) == 2


def test_gender_is_what_the_vendor_says(speaker: Any, server: StudioServer) -> None:
    async def scenario(client: Any) -> Any:
        return await client.classify_gender(recording(2), backend="studio")

    assert using(speaker, Studio(server), scenario) == Gender("female", 0.97)
    with wave.open(io.BytesIO(base64.b64decode(server.asked[0][2]["data"]))) as sent:
        assert (sent.getnchannels(), sent.getframerate()) == (1, 16000)


def test_a_sample_speaks_for_one_call_alone(speaker: Any, server: StudioServer) -> None:
    async def scenario(client: Any) -> Any:
        maria = Sample(recording())
        whole = await client.synthesize("w1 w2. w3.", voice=maria)
        async with client.stream("w4 w5.", voice=maria) as stream:
            streamed = await stream.collect()
        return [whole, streamed, await client.synthesize("w6.")]

    spoken = using(speaker, Studio(server), scenario)
    assert [vendors(speech) for speech in spoken] == [{CLONED}, {CLONED}, {STOCK}]
    assert [speech.attempts[0].voice for speech in spoken] == ["studio/sample", "studio/sample", "studio/default"]
    sent = [base64.b64decode(body["sample"]) for _, _, body in server.asked if "sample" in body]
    assert set(sent) == {recording()}
    assert server.voices == {}


def test_in_a_route_those_who_cannot_clone_are_passed_over(speaker: Any, server: StudioServer) -> None:
    class Silent(LocalBackend):
        name = "silent"

    async def scenario(client: Any) -> Any:
        return await client.synthesize("w1.", voice=Sample(recording()))

    speech = using(speaker, [LocalBackend(), Studio(server)], scenario)
    assert (vendors(speech), [attempt.backend for attempt in speech.attempts]) == ({CLONED}, ["studio"])
    with pytest.raises(UnsupportedFeature, match="clones no voices from samples"):
        using(speaker, [LocalBackend(), Silent()], scenario)


def test_a_sample_is_cast_as_any_voice_is(speaker: Any) -> None:
    """In a mapping or a route it is the voice of one backend, and another stands in with a voice of its own."""

    async def scenario(client: Any) -> Any:
        return await client.synthesize("w1.", voice={"studio": Sample(recording()), "local": "any"})

    async def routed(client: Any) -> Any:
        return await client.synthesize("w1.")

    for status, backends in ((200, ["studio"]), (500, ["studio", "studio", "local"])):
        with StudioServer(status=status) as server:
            speech = using(speaker, [Studio(server), LocalBackend()], scenario)
            assert [attempt.backend for attempt in speech.attempts] == backends
            again = using(speaker, [Route(Studio(server), voice=Sample(recording())), LocalBackend()], routed)
            assert [attempt.backend for attempt in again.attempts] == backends
            assert all("sample" in body for _, _, body in server.asked)


class Everything(logging.Handler):
    """Keeps every line of every logger, of other libraries too."""

    def __init__(self) -> None:
        super().__init__(0)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {record.getMessage()} {record.args!r}")


@pytest.fixture
def logged() -> Iterator[list[str]]:
    handler, root = Everything(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(1)
    yield handler.lines
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.mark.parametrize("status", [200, 500])
def test_nothing_of_a_sample_is_logged_printed_reported_or_left_on_disk(
    speaker: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: list[str], status: int
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    data = recording()
    shown: list[object] = []

    async def scenario(client: Any) -> None:
        sample = Sample(data)
        shown.append(sample)
        for call in (
            client.clone_voice("Maria", data, backend="studio", language="en-US", consent=MARIA),
            client.classify_gender(sample, backend="studio"),
            client.synthesize("w1.", voice=sample),
        ):
            try:
                shown.append(await call)
            except BackendUnavailable as error:
                shown.extend([error, getattr(error, "attempts", ())])
        shown.append(client)

    with StudioServer(status=status, words="out of order") as server:
        using(speaker, Studio(server), scenario)
    everything = "\n".join([*logged, *map(repr, shown), *map(str, shown)])
    assert len(shown) >= 5
    for start in (45, 9999, len(data) - 64):
        piece = data[start : start + 24]
        as_sent = base64.b64encode(data[start - start % 3 :][:24]).decode()
        assert any(as_sent.encode() in raw for raw in server.raw)
        assert not [form for form in (as_sent, repr(piece)[2:-1], piece.hex(), str([*piece])) if form in everything]
    assert "Lopez" not in everything
    assert list(tmp_path.iterdir()) == []


def test_a_clone_is_one_line_in_the_log_with_a_fingerprint_of_who_consented(
    speaker: Any, server: StudioServer, logged: list[str]
) -> None:
    async def scenario(client: Any) -> None:
        maria = await client.clone_voice("M", recording(), backend="studio", language="en", consent=MARIA)
        await client.delete_voice(maria)

    using(speaker, Studio(server), scenario)
    ours = [line.partition(" (")[0] for line in logged if line.startswith("voxbridge")]
    assert ours == [
        f"voxbridge.studio clone voice=studio/v0 consent={MARIA.fingerprint}",
        "voxbridge.studio delete voice=studio/v0",
    ]
