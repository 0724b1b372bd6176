"""The emulator's voices, which live in memory and sound different from each other, and its ear for gender."""

from __future__ import annotations

import base64
import io
import json
from itertools import combinations
from uuid import UUID

import av
import httpx
import numpy as np
import pytest

from tests.deepdub.talking import KEY, VOICE
from voxbridge.audio import AudioFormat, conversion, wav_header
from voxbridge.testing import audit, emulate, expected_indices, hear_words, words_text


TEXT = words_text(5)
ASKED = {"targetText": TEXT, "model": "dd-etts-3.2", "locale": "en-US", "format": "headerless-wav", "sampleRate": 16000}
LINEAR = AudioFormat("linear16", 16000)


@pytest.fixture
def server():
    with emulate("deepdub", voice="oracle") as server:
        yield server


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url, headers=KEY) as client:
        yield client


def tone(hertz, format="wav/16000", seconds=3):
    """Return a voice of this pitch, crude as it is, as a file."""
    phase = 2 * np.pi * hertz / 16000 * np.arange(16000 * seconds)
    linear = sum(6000 / overtone * np.sin(overtone * phase) for overtone in range(1, 6)).astype("<i2").tobytes()
    way = conversion(LINEAR, AudioFormat.parse(format))
    return way.feed(linear) + way.flush()


def upload(client, sample=b"RIFF", **fields):
    data = base64.b64encode(sample).decode()
    return client.post("/voice", json={"name": "Maria", "filename": "maria.wav", "data": data, **fields})


def clone(client, sample=b"RIFF", **fields):
    return upload(client, sample, **fields).json()["response"]["voice_prompt_id"]


def say(client, voice):
    return client.post("/tts", json=ASKED | {"voicePromptId": voice})


def test_a_voice_is_uploaded_listed_changed_and_deleted(client):
    about = {
        "gender": "female",
        "locale": "pt-BR",
        "speaking_style": "Neutral",
        "title": "T",
        "age": 0,
        "publish": False,
    }
    id = clone(client, speaker_id="s", text="Olá.", **about)
    assert UUID(id)
    (listed,) = client.get("/voice").json()["voicePrompts"]
    created = listed.pop("createdAt")
    assert created.startswith("20")
    assert listed == {
        "id": id,
        "title": "T",
        "name": "Maria",
        "locale": "pt-BR",
        "text": "Olá.",
        "speakerId": "s",
        "gender": "FEMALE",
        "speakingStyle": "Neutral",
    }
    changed = client.put("/voice", json={"id": id, "name": "Ana", "gender": "NON_BINARY", "locale": ""}).json()[
        "prompt"
    ]
    assert (changed["name"], changed["gender"], changed["locale"]) == ("Ana", "NON_BINARY", "pt-BR")
    assert client.get(f"/voice/{id}").json() == {"prompt": changed}
    assert say(client, id).status_code == 200
    assert client.delete(f"/voice/{id}").json() == {"success": True, "message": "Voice prompt deleted"}
    assert client.get("/voice").json() == {"voicePrompts": []}
    for answer in (client.get(f"/voice/{id}"), client.delete(f"/voice/{id}"), say(client, id)):
        assert (answer.status_code, answer.json()["message"]) == (404, "Voice prompt not found")


def test_a_list_is_as_long_as_asked(client):
    ids = [clone(client, name=str(number)) for number in range(3)]
    listed = client.get("/voice?limit=2").json()["voicePrompts"]
    assert [each["id"] for each in listed] == ids[:2]
    for wrong in ("0", "-1", "many", ""):
        assert client.get(f"/voice?limit={wrong}").status_code == 400


def test_an_account_sees_its_own_voices_alone(client):
    id = clone(client)
    client.headers["x-api-key"] = "another"
    assert client.get("/voice").json() == {"voicePrompts": []}
    assert [client.get(f"/voice/{id}").status_code, say(client, id).status_code] == [404, 404]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"data": "not base64!"}, "field 'data' must be base64-encoded audio"),
        ({"data": ""}, "field 'data' must be base64-encoded audio"),
        ({"data": None}, "field 'data' must be base64-encoded audio"),
        ({"data": "\u00e4"}, "field 'data' must be base64-encoded audio"),
        ({"filename": None}, "missing required field 'filename'"),
        ({"gender": "other"}, "field 'gender' must be one of MALE, FEMALE, NON_BINARY"),
    ],
    ids=str,
)
def test_a_wrong_upload_is_refused(client, fields, message):
    answer = client.post("/voice", json={"filename": "a.wav", "data": "AAEC"} | fields)
    assert (answer.status_code, answer.json()) == (400, {"success": False, "message": f"Invalid request: {message}"})


def test_a_sample_has_20_megabytes_at_most(server, client):
    assert server.limits.sample == 20 * 1024 * 1024
    with emulate("deepdub", voice="oracle", limits={"sample": 1000}) as small:
        client.base_url = small.url
        assert upload(client, bytes(1000)).status_code == 200
        answer = upload(client, bytes(1001))
        assert answer.status_code == 400
        assert "exceeds maximum size" in answer.json()["message"]


def test_an_account_may_have_so_many_voices():
    with (
        emulate("deepdub", voice="oracle", limits={"prompts": 1}) as server,
        httpx.Client(base_url=server.url, headers=KEY) as client,
    ):
        id = clone(client)
        answer = upload(client)
        assert answer.status_code == 403
        assert answer.json()["message"] == "Voice prompt limit reached for your account"
        client.delete(f"/voice/{id}")
        assert upload(client).status_code == 200


def test_every_voice_sounds_different_and_says_the_same_words(client):
    voices = [VOICE, "asset:narrator", *(clone(client, tone(hertz)) for hertz in (100, 110, 220))]
    sounds = [say(client, voice).content for voice in voices]
    for audio in sounds:
        assert audit(hear_words(audio, 16000), expected_indices(TEXT)).clean
    spectra = [np.abs(np.fft.rfft(np.frombuffer(audio, "<i2"))) for audio in sounds]
    for one, other in combinations(spectra, 2):
        assert np.abs(one - other).max() > 0.1 * one.max()


def test_the_same_sample_sounds_the_same_for_a_call_and_for_good(client):
    sample = tone(150)
    (once,) = {
        client.post("/tts", json=ASKED | {"voiceReference": base64.b64encode(sample).decode()}).content,
        say(client, clone(client, sample)).content,
        say(client, clone(client, sample)).content,
    }
    assert once


def test_a_sample_is_not_kept(server, client):
    sample = tone(150)
    clone(client, sample)
    (prompt,) = server.prompts.of("secret")
    assert not prompt.publish
    assert "secret" not in repr(prompt)
    assert sample not in [getattr(prompt, name) for name in ("sound", "about", "id")]


def test_voices_that_nobody_knows_speak_unless_only_known_ones_may():
    with (
        emulate("deepdub", voice="oracle", habits={"any_voice": False}) as server,
        httpx.Client(base_url=server.url, headers=KEY) as client,
    ):
        for voice in (VOICE, f"asset:{VOICE}", clone(client)):
            assert say(client, voice).status_code == 200
        assert say(client, "your-voice-id").status_code == 404


# Gender


@pytest.mark.parametrize("format", ["wav/16000", "wav/48000", "mp3/22050", "flac/16000", "opus"])
@pytest.mark.parametrize(("hertz", "gender"), [(100, "male"), (230, "female")])
def test_a_voice_is_told_by_its_pitch_in_both_ways(client, hertz, gender, format):
    sample = tone(hertz, format)
    as_json = client.post("/gender-detection/classify", json={"audio_base64": base64.b64encode(sample).decode()})
    as_form = client.post("/gender-detection/classify/upload", files={"file": ("a.wav", sample)}, data={"x": "y"})
    for answer in (as_json.json(), as_form.json()):
        assert answer["predicted_gender"] == gender
        assert 0.5 < answer["confidence"] <= 1
        assert answer["prediction"][gender] == answer["confidence"]
        assert answer["duration_seconds"] == pytest.approx(3, abs=0.2)
        assert answer["processing_time_ms"] > 0


def test_silence_is_nobodys_voice_for_sure(client):
    answer = client.post("/gender-detection/classify/upload", files={"file": wav_header(AudioFormat("wav"), 0)})
    assert answer.json()["confidence"] == 0.5


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({}, "'audio_base64' must be base64-encoded audio"),
        ({"audio_base64": "!"}, "'audio_base64' must be base64-encoded audio"),
        ({"audio_base64": "AAEC"}, "unsupported audio format"),
        ({"audio_base64": base64.b64encode(b"RIFF").decode()}, "could not be decoded"),
        ({"audio_url": "https://example.com/a.wav"}, "the emulator fetches nothing from elsewhere"),
    ],
    ids=str,
)
def test_what_is_no_sample_is_refused_in_an_envelope_of_its_own(client, fields, detail):
    answer = client.post("/gender-detection/classify", json=fields)
    assert answer.status_code == 400
    assert answer.json().keys() == {"error", "detail"}
    assert answer.json()["error"] == "Bad Request"
    assert detail in answer.json()["detail"]


def test_a_form_without_a_file_is_refused(client):
    for options in ({"files": {"other": b"a"}}, {"content": b"a"}, {"data": {"file": "a"}}):
        answer = client.post("/gender-detection/classify/upload", **options)
        assert answer.json()["detail"] == "Invalid request: missing required field 'file'"
    client.headers.pop("x-api-key")
    answer = client.post("/gender-detection/classify", json={})
    assert answer.json() == {"error": "Unauthorized", "detail": "Unauthorized: invalid or missing API key"}


def test_espeak_speaks_with_every_voice():
    with emulate("deepdub", voice="espeak") as server, httpx.Client(base_url=server.url, headers=KEY) as client:
        sounds = []
        for sample in (b"one", b"other"):
            answer = client.post("/tts", json=ASKED | {"voicePromptId": clone(client, sample), "format": "mp3"})
            with av.open(io.BytesIO(answer.content)) as file:
                sounds.append(sum(frame.samples for frame in file.decode(audio=0)))
        assert min(sounds) > 16000


def test_a_body_that_is_no_object_is_refused(client):
    for content in (b"", b"[]", json.dumps("a").encode()):
        assert client.post("/voice", content=content).status_code == 400
        assert client.put("/voice", content=content).status_code == 400
    assert client.put("/voice", json={"name": "x"}).json()["message"] == "Invalid request: missing required field 'id'"
