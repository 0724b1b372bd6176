"""What the vendor's own SDK was recorded to send by requests, and what we send for the same.

Compared are method, address, the headers that matter, and the body, where null is the same as absent (the service's
rule). Where we differ it is written down here with the reason; a recording that is nowhere in this file fails a test.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from attrs import field, frozen

from tests.deepdub.recordings import drive, sample
from voxbridge import (
    AudioFormat,
    AuthenticationError,
    BackendUnavailable,
    Consent,
    InvalidFormat,
    Job,
    OutOfCredits,
    RateLimited,
    RejectedRequest,
    TextUnit,
    UsageError,
    Voice,
    Words,
)
from voxbridge_deepdub import Deepdub
from voxbridge_deepdub._errors import refused


VECTORS = {
    vector["name"]: vector
    for vector in json.loads(Path(__file__).with_name("vectors.json").read_text("utf-8"))["vectors"]
    if vector["transport"] == "http"
}
V = "bd1b00bb-be1c-4679-8eaa-0fcbfd4ff773"
ANY = object()

# Reasons for differences.
RATE = "a rate is never left to a default: what that is, is inferred only"
WRONG_KEY = "the SDK sends `duration`, which the service ignores: the documents say `targetDuration`"
WRONG_CASE = "the SDK's keyword comes out as `generation_id`, which the service ignores: it is `generationId`"
ONE_VOICE = "a sample is sent instead of a voice, and never with one: which of them counts is not documented"
RECORDING = "ours is a real recording: three bytes are none, and are refused before"
MODEL = "the SDK forgets its own argument and sends dd-etts-3.2 whatever is asked for"
GENDER = "the documents have it in capital letters"
NAMELESS = "a file's own name may say whose voice it is, so it stays here"
OF_ITS_OWN = "an id of its own each time"


@frozen(kw_only=True)
class Ours:
    """How the same is asked of us, and what differs, with the reason."""

    text: str = "Hi"
    format: str = "mp3/48000"
    job: dict = field(factory=dict)
    options: dict = field(factory=dict)
    differs: dict = field(factory=dict)
    """By key of the body: what we send instead, None for nothing; and why."""


SPEECH = {
    "rest_tts_minimal": Ours(text="Hello.", differs={"sampleRate": (48000, RATE)}),
    "rest_tts_maximal": Ours(
        text="Bonjour à tous 😀",
        format="opus/48000",
        job={"language": "fr-FR", "speed": 1.1, "sample": ANY},
        options={
            "model": "dd-etts-3.5",
            "temperature": 0.7,
            "variance": 0.6,
            "seed": 42,
            "prompt_boost": True,
            "accent": {"base": "en-US", "target": "fr-FR", "ratio": 0.3},
            "generation_id": "22222222-2222-4222-8222-222222222222",
            "target_gender": "female",
            "realtime": True,
            "clean_audio": False,
            "auto_gain": True,
            "super_stretch": False,
            "performance_reference": "p",
            "extra": {"publish": False},
        },
        differs={
            "voiceReference": (ANY, RECORDING),
            "voicePromptId": (None, ONE_VOICE),
            "sampleRate": (48000, "Opus in Ogg has 48000 Hz whatever is asked for (RFC 7845, 5.1)"),
        },
    ),
    "rest_tts_duration": Ours(
        job={"duration": 2.5},
        differs={"duration": (None, WRONG_KEY), "targetDuration": (2.5, WRONG_KEY), "sampleRate": (48000, RATE)},
    ),
    "rest_tts_voice_reference_path": Ours(
        job={"sample": ANY}, differs={"voiceReference": (ANY, RECORDING), "sampleRate": (48000, RATE)}
    ),
    "rest_tts_mulaw_8k": Ours(format="mulaw/8000"),
    "rest_tts_generation_id_kwarg": Ours(
        options={"generation_id": "33333333-3333-4333-8333-333333333333"},
        differs={
            "generation_id": (None, WRONG_CASE),
            "generationId": ("33333333-3333-4333-8333-333333333333", WRONG_CASE),
            "sampleRate": (48000, RATE),
        },
    ),
    **dict.fromkeys(
        ("rest_tts_no_content_type", *(f"rest_tts_error_{status}" for status in (400, 401, 402, 429, 500))),
        Ours(differs={"sampleRate": (48000, RATE)}),
    ),
    "cli_tts": Ours(
        text="Hello, world!", job={"voice": None}, differs={"sampleRate": (48000, RATE)}
    ),
}  # fmt: skip


def asked(backend, ours):
    more = dict(ours.job)
    if more.get("sample") is ANY:
        more["sample"] = sample()
    voice = more.pop("voice", Voice(id=V, backend="deepdub")) or backend.default_voice("en-US")
    return Job(voice=voice, format=AudioFormat.parse(ours.format), text_kind="stream", options=ours.options, **more)


def compare(request, vector, differs):
    """Hold a request to a recorded one."""
    recorded = vector["request"]
    assert request.method == recorded["method"]
    assert request.url == recorded["url"]
    for name, value in recorded.get("headers", ()):  # the others are the HTTP client's own
        if name == "Content-Type" and recorded["body"] is not None:
            assert request.headers["content-type"] == value
        if name == "x-api-key":
            assert request.headers[name].reveal() == "K"
    theirs = {key: value for key, value in (recorded["body"] or {}).items() if value is not None}
    ours = json.loads(request.body or b"{}")
    for key, (value, reason) in differs.items():
        assert reason
        assert ours.get(key) != theirs.get(key), f"{key} does not differ any more"
        theirs[key] = ours.get(key) if value is ANY else value
    assert ours == {key: value for key, value in theirs.items() if value is not None}


@pytest.mark.parametrize("name", SPEECH)
def test_a_request_for_speech_is_the_sdks(name):
    ours = SPEECH[name]
    backend = Deepdub("K", region="us", transport="http")
    (fetch,) = backend.exchange(asked(backend, ours)).send_unit(TextUnit(0, (Words(ours.text),)))
    compare(fetch.request, VECTORS[name], ours.differs)


# What the SDK refuses before it sends anything, by `assert`; so do we, by errors that say what to do.
REFUSED = {
    "rest_tts_client_reject_wav": (Ours(format="wav"), InvalidFormat),
    "rest_tts_client_reject_s16le": (Ours(format="linear16/24000"), InvalidFormat),
    "rest_tts_client_reject_tempo_and_duration": (
        Ours(job={"speed": 1.1}, options={"target_duration": 2.0}),
        UsageError,
    ),
    "rest_tts_client_reject_partial_accent": (Ours(options={"accent": {"target": "fr-FR"}}), UsageError),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_sdk_refuses_is_refused(name):
    ours, error = REFUSED[name]
    backend = Deepdub("K", transport="http")
    assert VECTORS[name]["request"] is None
    with pytest.raises(error):
        backend.exchange(asked(backend, ours))


def clone(backend, gender, language, **options):
    return backend.clone_voice(
        {"male": "Bob", "female": "Eve", "neutral": "Sam"}[gender], sample(), language=language, gender=gender,
        consent=Consent("Bob"), options=options,
    )  # fmt: skip


OF_A_CLONE = {
    "filename": (ANY, NAMELESS),
    "speaker_id": (ANY, OF_ITS_OWN),
    "data": (ANY, RECORDING),
}
SUBMITTED = Job(
    voice=Voice(id=V, backend="deepdub"),
    format=AudioFormat("mp3", 48000),
    language="en-GB",
    options={"model": "dd-etts-3.0"},
)
CALLS = {
    "rest_tts_retro": (
        lambda backend: backend.submit(SUBMITTED, TextUnit(0, (Words("Long text"),))),
        {"model": ("dd-etts-3.0", MODEL)},
    ),
    "rest_retro_get": (lambda backend: backend.delivered(SUBMITTED, "abc123-def456"), {}),
    "rest_list_voices": (lambda backend: backend.voices(), {}),
    "rest_add_voice_path": (
        lambda backend: clone(backend, "male", "en-US"),
        {**OF_A_CLONE, "gender": ("MALE", GENDER)},
    ),
    "rest_add_voice_bytes_full": (
        lambda backend: clone(backend, "female", "fr-FR", publish=True, speaking_style="narrative", age=35),
        {**OF_A_CLONE, "gender": ("FEMALE", GENDER)},
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_the_sdks(name):
    call, differs = CALLS[name]
    vector = VECTORS[name]
    body = vector["stub_response"]["body"].encode("latin-1")
    (request,), _ = drive(call(Deepdub("K", region="us")), (200, body))
    compare(request, vector, differs)


ERRORS = {400: RejectedRequest, 401: AuthenticationError, 402: OutOfCredits, 429: RateLimited, 500: BackendUnavailable}


@pytest.mark.parametrize(("status", "kind"), ERRORS.items())
def test_the_reason_that_the_sdk_drops_is_in_our_error(status, kind):
    body = VECTORS[f"rest_tts_error_{status}"]["stub_response"]["body"]
    error = refused(status, {}, body.encode())
    assert type(error) is kind
    assert json.loads(body)["message"] in str(error)


def test_a_gender_that_the_sdk_cannot_say_is_said():
    assert VECTORS["rest_add_voice_nonbinary"]["request"] is None
    (request,), _ = drive(clone(Deepdub("K"), "neutral", "en-US"), (200, {"response": {"voice_prompt_id": "vp_1"}}))
    assert json.loads(request.body)["gender"] == "NON_BINARY"


def test_without_a_voice_the_default_one_speaks_where_the_sdk_refuses():
    assert VECTORS["rest_tts_no_voice"]["request"] is None
    assert (
        asked(Deepdub("K"), Ours(job={"voice": None})).voice.id
        == VECTORS["cli_tts"]["request"]["body"]["voicePromptId"]
    )


# Recordings of calls that we do not make, each with the reason.
ELSEWHERE = {
    "rest_list_voices_limit": "the SDK's bare GET; our check asks with limit=1, and the list for all",
    "rest_voice_get_by_id": "the list has the same",
    "rest_voice_update": "no call of ours changes a voice",
    "rest_tts_no_voice": "held above",
    "rest_add_voice_nonbinary": "held above",
}


def test_no_recording_is_forgotten():
    assert VECTORS.keys() == SPEECH.keys() | REFUSED.keys() | CALLS.keys() | ELSEWHERE.keys()


def test_samples_of_recordings_are_base64_of_whole_files():
    recorded = VECTORS["rest_tts_voice_reference_path"]["request"]["body"]["voiceReference"]
    assert base64.b64decode(recorded, validate=True).startswith(b"RIFF")
