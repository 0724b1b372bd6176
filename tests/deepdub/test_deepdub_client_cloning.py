"""Voices are cloned, cast, spoken in, listed and deleted; of a sample nothing is left, and nothing of it is public."""

from __future__ import annotations

import base64
import json
import logging
import re
import tempfile
from pathlib import Path

import pytest

from tests.clients import conftest as clients
from tests.clients.both import heard, read_back, speak
from tests.deepdub.emulated import TEXT, deepdub, noise, with_client
from voxbridge import Client, Consent, Route, Sample, UsageError, VoiceNotFound, VoxbridgeError
from voxbridge.testing import emulate


speaker, no_proxies, leaves_nothing = clients.speaker, clients.no_proxies, clients.leaves_nothing

README = Path(__file__).parents[2] / "README.md"
MARIA = Consent("Maria Lopez", evidence="contract 17", date="2026-03-01")
CLONE = {"backend": "deepdub", "language": "en-US", "gender": "female", "consent": MARIA}


def uploads(server):
    """Return the bodies of all uploads of voices."""
    return [json.loads(r.body) for r in server.requests if (r.method, r.path) == ("POST", "/api/v1/voice")]


def test_the_readme_does_what_it_says(tmp_path, monkeypatch, capsys):
    section = README.read_text("utf-8").partition("### Voices of your own\n")[2].partition("\n## ")[0]
    [example] = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "maria.wav").write_bytes(noise())
    with emulate("deepdub", voice="oracle") as server:
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        exec(compile(example, "README.md", "exec"), {"Client": Client})  # noqa: S102  # it is our own
        assert {path.name for path in tmp_path.iterdir()} == {"maria.wav", "maria-says-hello.wav"}
        [upload] = uploads(server)
        assert (upload["publish"], upload["name"], upload["gender"]) == (False, "Maria", "FEMALE")
        assert not server.prompts.of(server.api_key)
        assert server.texts == ["Hello, it is me.", "For this call alone."]
    printed = capsys.readouterr().out
    assert "Maria" in printed
    assert not re.search("Lopez|contract", printed)


def test_a_clone_is_cast_like_any_other_voice(speaker):
    async def scenario(client):
        maria = await client.clone_voice("Maria", recordings[0], **CLONE)
        peter = await client.clone_voice("Peter", recordings[1], **{**CLONE, "gender": "male"})
        assert (maria.name, maria.languages, maria.gender, maria.cloned) == ("Maria", ("en-US",), "female", True)
        assert maria.consent == MARIA
        plain = (await client.synthesize(TEXT)).audio
        spoken = {}
        for voice in (maria, peter):
            for cast in (voice, str(voice), {"deepdub": voice, "espeak": "en-us"}, {"deepdub": voice.id}):
                speech = await client.synthesize(TEXT, voice=cast)
                assert read_back(speech, TEXT).clean
                spoken.setdefault(voice.id, set()).add(speech.audio)
            assert heard(await speak(client, TEXT, "pieces", voice=voice), TEXT).clean
        assert [len(sounds) for sounds in spoken.values()] == [1, 1]  # however it is said, it is the same voice
        assert len({plain, *(sound for sounds in spoken.values() for sound in sounds)}) == 3  # and nobody else's
        return maria, peter

    async def routed(client):
        return await client.synthesize(TEXT)

    async def deleted(client):
        assert {voice.id for voice in await client.voices("deepdub") if voice.cloned} == {maria.id, peter.id}
        [found] = await client.voices("deepdub", search="Maria")
        assert (found.id, found.cloned, found.consent) == (maria.id, True, None)
        await client.delete_voice(maria)
        await client.delete_voice(str(peter))
        assert not [voice for voice in await client.voices("deepdub") if voice.cloned]
        with pytest.raises(VoiceNotFound):
            await client.synthesize(TEXT, voice=maria)
        with pytest.raises(VoiceNotFound):
            await client.delete_voice(maria)

    recordings = noise(), noise()
    with emulate("deepdub", voice="oracle") as server:
        maria, peter = with_client(speaker, deepdub(server), scenario)
        speech = with_client(speaker, [Route(deepdub(server), voice=maria), "espeak"], routed)
        assert (speech.backends, speech.voice.id) == (("deepdub",), maria.id)
        assert read_back(speech, TEXT).clean
        with_client(speaker, deepdub(server), deleted)
        assert [prompt["publish"] for prompt in uploads(server)] == [False, False]
        assert [base64.b64decode(prompt["data"]) for prompt in uploads(server)] == list(recordings)


def test_a_sample_speaks_for_one_call_alone(speaker):
    recording = noise(rate=48000)

    async def scenario(client):
        speech = await client.synthesize(TEXT, voice=Sample(recording))
        assert read_back(speech, TEXT).clean
        plain = await client.synthesize(TEXT)
        assert not [voice for voice in await client.voices("deepdub") if voice.cloned]
        return speech.audio != plain.audio

    for transport, key in ((None, "voiceReference"), ("http", "voiceReference"), ("streaming", "voicePrompt")):
        with emulate("deepdub", voice="oracle") as server:
            assert with_client(speaker, deepdub(server, transport), scenario)
            assert not uploads(server)
            if key == "voiceReference":
                [first, *_] = [json.loads(r.body) for r in server.requests if r.path == "/api/v1/tts"]
                assert base64.b64decode(first[key]) == recording


def test_it_is_public_only_where_that_was_said(speaker):
    async def scenario(client):
        await client.clone_voice("Maria", noise(), publish=True, **CLONE)
        with pytest.raises(UsageError, match="publish is 'yes'"):
            await client.clone_voice("Maria", noise(), publish="yes", **CLONE)

    with emulate("deepdub", voice="oracle") as server:
        with_client(speaker, deepdub(server), scenario)
        assert [upload["publish"] for upload in uploads(server)] == [True]


@pytest.mark.parametrize("consent", ["", "  ", None, True, ["Maria"]])
def test_without_consent_nothing_is_sent(speaker, consent):
    async def scenario(client):
        with pytest.raises(UsageError, match="whose voice"):
            await client.clone_voice("Maria", noise(), **{**CLONE, "consent": consent})
        without = {name: value for name, value in CLONE.items() if name != "consent"}
        with pytest.raises(TypeError, match="consent"):
            await client.clone_voice("Maria", noise(), **without)

    with emulate("deepdub", voice="oracle") as server:
        with_client(speaker, deepdub(server), scenario)
        assert server.connections == 0


def test_gender_is_classified(speaker):
    async def scenario(client):
        return await client.classify_gender(noise(), backend="deepdub")

    with emulate("deepdub", voice="oracle") as server:
        gender = with_client(speaker, deepdub(server), scenario)
    assert gender.label in {"female", "male"}
    assert 0 <= gender.confidence <= 1


# -- what is left of a sample


class Everything(logging.Handler):
    """Keeps every line of every logger, of other libraries too."""

    def __init__(self):
        super().__init__(0)
        self.lines = []

    def emit(self, record):
        self.lines.append(f"{record.getMessage()} {record.args!r} {record.exc_text}")


@pytest.fixture
def logged():
    handler, root = Everything(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(1)
    yield handler.lines
    root.setLevel(level)
    root.removeHandler(handler)


def forms(recording):
    """Yield pieces of a recording as they could be shown: plain, escaped, in base64 at each of its phases."""
    for start in (44, 1001, 20002, len(recording) - 64):
        piece = recording[start : start + 30]
        yield from (repr(piece)[2:-1], piece.hex(), str([*piece])[1:-1], piece.decode("latin-1"))
        yield from (base64.b64encode(piece[phase : phase + 27]).decode() for phase in range(3))


@pytest.mark.parametrize("status", [200, 500])
def test_nothing_of_a_sample_is_logged_reported_or_left_on_disk(speaker, tmp_path, monkeypatch, logged, status):
    recording, reports, shown = noise(rate=48000), [], []
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    source = elsewhere / "the-secret-name-of-maria.wav"
    source.write_bytes(recording)
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.chdir(folder)

    async def scenario(client):
        sample = Sample(source)
        for call in (
            client.clone_voice("Maria", source, **CLONE),
            client.classify_gender(sample, backend="deepdub"),
            client.synthesize("w1.", voice=sample),
            speak(client, "w1. w2.", "pieces", voice=sample),
            client.voices("deepdub"),
        ):
            try:
                shown.append(await call)
            except VoxbridgeError as error:
                shown.extend([error, vars(error)])
        shown.extend([sample, client, vars(getattr(client, "client", client))])

    for transport in (None, "streaming"):
        faults = [{"on": on, "kind": "status", "code": status} for on in range(8)] if status != 200 else []
        with emulate("deepdub", voice="oracle", faults=faults) as server:
            with_client(speaker, deepdub(server, transport), scenario, on_attempt=reports.append)
            sent = b"".join(request.body for request in server.requests).decode()
            assert any(form in sent for form in forms(recording))  # the forms are those in which it is found
    assert reports
    everything = "\n".join([*logged, *map(repr, reports), *map(repr, shown), *map(str, shown)])
    assert [form for form in forms(recording) if form in everything] == []
    assert "secret-name" not in everything
    assert "secret-name" not in sent
    assert list(folder.iterdir()) == []
