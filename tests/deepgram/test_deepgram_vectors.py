"""What the vendor's own SDK was recorded to send, and what we send for the same request.

Compared are path, query as a set, authorization, body and frames. Where we differ, it is written down here with the
reason; a recording that is nowhere in this file fails a test.
"""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from attrs import field, frozen

from tests.deepgram.service import unit
from voxbridge import (
    AudioFormat,
    AuthenticationError,
    BackendUnavailable,
    HttpResponse,
    InvalidFormat,
    Job,
    Pronunciation,
    RejectedRequest,
    Send,
    TextTooLong,
    UnsupportedFeature,
    VoiceNotFound,
    Words,
)
from voxbridge_deepgram import Deepgram
from voxbridge_deepgram._errors import refused


VECTORS = {
    vector["id"]: vector
    for vector in json.loads(Path(__file__).with_name("vectors.json").read_text("utf-8"))["vectors"]
}
THALIA = "aura-2-thalia-en"
# Reasons for differences.
OURS = "voice and format are never left to a default: the documents disagree about it"
FIXED = "a fixed rate is no parameter, says the list of errors"
WHOLE = "numbers are sent as integers: nobody knows whether the service reads a trailing .0"
PACE = "1.0 is the voice's own pace, and a voice without speed would refuse it"
CASE = "the scheme has a capital letter, as in RFC 6750; it is compared without regard to case"
NEVER = "we send no body but the text"
SCENARIO = "`scenario` belongs to the recording server"
KEPT = "the socket is kept for the next utterance, so it is not closed"
OWED = "Clear is sent when something is owed, which after Flushed is not so"

MODEL, ENCODING = ("model", THALIA), ("encoding", "linear16")
DEFAULTS = frozenset({MODEL, ENCODING, ("container", "none"), ("sample_rate", "24000")})


@frozen(kw_only=True)
class Ours:
    """How the same is asked of us, and what differs, with the reason."""

    account: dict = field(factory=dict)
    format: AudioFormat = field(default="linear16/24000", converter=AudioFormat.parse)
    speed: float = 1.0
    options: dict = field(factory=dict)
    segments: tuple = (Words("Hello"),)
    callback: str | None = None
    added: dict = field(factory=dict)
    """Parameters of ours alone."""
    left_out: dict = field(factory=dict)
    """Parameters of the SDK alone."""
    body: str = ""
    """Why the bodies differ."""


def only(parameters, reason):
    return dict.fromkeys(parameters, reason)


PRONOUNCED = (Words("Take "), Pronunciation("dupilumab", "duːˈpɪljuːmæb"), Words(" now – ok?"))
MP3 = AudioFormat("mp3", 22050)
REQUESTS = {
    "rest-v1-min": Ours(added=only(DEFAULTS, OURS)),
    "rest-v1-linear16-wav": Ours(format=AudioFormat("wav", 24000)),
    "rest-v1-all-params": Ours(
        format=AudioFormat("mp3", 22050, bit_rate=32000),
        speed=0.9,
        account={"mip_opt_out": True},
        options={"tags": ["marketing team", "legal"]},
    ),
    "rest-v1-floats": Ours(
        format=AudioFormat("opus", 48000, bit_rate=12000),
        options={"mip_opt_out": False, "tags": "one"},
        added={MODEL: OURS, ("bit_rate", "12000"): WHOLE},
        left_out={("bit_rate", "12000.0"): WHOLE, ("sample_rate", "48000.0"): FIXED, ("speed", "1"): PACE},
    ),
    "rest-v1-callback": Ours(
        format=MP3,
        callback="https://u:p@example.com/cb?x=1",
        options={"callback_method": "PUT"},
        added={("encoding", "mp3"): OURS},
    ),
    "rest-v1-pronunciation-unicode": Ours(
        format=MP3, speed=0.8, segments=PRONOUNCED, added={("encoding", "mp3"): OURS}
    ),
    "rest-v1-raw-response": Ours(added=only(DEFAULTS, OURS)),
    "rest-v1-request-options": Ours(
        speed=0.8, options={"extra": {"foo": "b r"}}, added=only(DEFAULTS - {MODEL}, OURS), body=NEVER
    ),
    "rest-v1-access-token": Ours(account={"access_token": "<redacted>"}, added=only(DEFAULTS, OURS)),
    "rest-v1-custom-headers": Ours(added=only(DEFAULTS, OURS)),
    "rest-v1-base-with-path": Ours(account={"base_url": "https://<host>/prefix/"}, added=only(DEFAULTS, OURS)),
    "rest-v1-error-401": Ours(added=only(DEFAULTS, OURS), left_out={("scenario", "e401"): SCENARIO}),
    "rest-v1-error-413": Ours(
        segments=(Words("xxxxx"),), added=only(DEFAULTS, OURS), left_out={("scenario", "e413"): SCENARIO}
    ),
    "rest-v1-error-404-text": Ours(added=only(DEFAULTS, OURS), left_out={("scenario", "etext"): SCENARIO}),
    "rest-v1-retry-503-max1": Ours(added=only(DEFAULTS, OURS), left_out={("scenario", "r503"): SCENARIO}),
    "rest-v1-async": Ours(format=AudioFormat("linear16", 16000)),
}
SOCKET = frozenset({MODEL, ENCODING, ("sample_rate", "24000")})
SOCKETS = {
    "ws-v1-sync": Ours(),
    "ws-v1-sync-noparams": Ours(added=only(SOCKET, OURS)),
    "ws-v1-authorization-param": Ours(account={"access_token": "<redacted>"}, added=only(SOCKET, OURS)),
    "ws-v1-access-token": Ours(account={"access_token": "<redacted>"}, added=only(SOCKET, OURS)),
    "ws-v1-warning-parse": Ours(segments=(Words("WARN"),), added=only(SOCKET - {MODEL}, OURS)),
    "ws-v1-server-error-1008": Ours(segments=(Words("ERR"),), added=only(SOCKET - {MODEL}, OURS)),
    "ws-v1-async": Ours(format=AudioFormat("linear16", 48000)),
    "ws-v1-async-handshake-401": Ours(added=only(SOCKET, OURS), left_out={("scenario", "fail401"): SCENARIO}),
}
FRAMES_OF_THE_SDK_ALONE = {'{"type": "Close"}': KEPT, '{"type": "Clear"}': OWED}
ELSEWHERE = {
    "rest-v1-error-400": "refused before it is sent: see below",
    "rest-v2-min": "Flux is not supported: see below",
    "models-list": "see below",
    "env-precedence": "see below",
    "rest-v1-lazy-not-iterated": "about the SDK's generators: nothing is sent",
    "auth-grant-ttl": "tokens are granted by an application, which gives us a callable key",
}


def test_every_recording_is_compared_or_has_a_reason_not_to_be():
    assert set(VECTORS) == {*REQUESTS, *SOCKETS, *ELSEWHERE}


def backend(ours, **more):
    account = {"access_token": None, **ours.account}
    key = None if account["access_token"] else "<redacted>"
    return Deepgram(key, **account, **more)


def job(ours, made, text_kind):
    voice = made.find_voice(THALIA)
    return Job(voice=voice, format=ours.format, speed=ours.speed, options=ours.options, text_kind=text_kind)


def compare(ours, recorded, url, headers):
    sdk, our = urlsplit(recorded["url"]), urlsplit(url)
    assert our.path == sdk.path
    query, theirs = set(parse_qsl(our.query)), set(parse_qsl(sdk.query))
    assert (query - theirs, theirs - query) == (set(ours.added), set(ours.left_out))
    scheme, key = headers["Authorization"].reveal().split(" ")
    their_scheme, their_key = dict(recorded["headers"])["Authorization"].split(" ")
    assert (scheme.lower(), key) == (their_scheme.lower(), their_key), CASE


@pytest.mark.parametrize("id", REQUESTS)
def test_a_request_is_the_sdks_but_for_what_is_listed(id):
    ours, (recorded, *_) = REQUESTS[id], VECTORS[id]["requests"]
    made = backend(ours, transport="http")
    if ours.callback:
        request = next(made.submit(job(ours, made, "synthesize"), unit(ours.segments), ours.callback))
    else:
        (fetch,) = made.exchange(job(ours, made, "stream")).send_unit(unit(ours.segments))
        request = fetch.request
    assert request.method == recorded["method"]
    compare(ours, recorded, request.url, request.headers)
    assert request.headers["content-type"] == dict(recorded["headers"])["content-type"]
    assert (request.body.decode() != recorded["body_utf8"]) == bool(ours.body)


@pytest.mark.parametrize("id", SOCKETS)
def test_a_handshake_and_its_frames_are_the_sdks_but_for_what_is_listed(id):
    ours, vector = SOCKETS[id], VECTORS[id]
    made = backend(ours, transport="websocket")
    exchange = made.exchange(job(ours, made, "pieces"))
    compare(ours, vector["requests"][0], exchange.socket.url, exchange.socket.headers)
    exchange.open({}, lambda: 0.0, {})
    sent = [action.frame for action in exchange.send_unit(unit(ours.segments)) if isinstance(action, Send)]
    recorded = [frame["data"] for frame in vector.get("frames", ()) if frame["dir"] == "c2s"]
    shared = [frame for frame in recorded if frame not in FRAMES_OF_THE_SDK_ALONE]
    assert sent[: len(shared)] == shared
    assert {frame for frame in recorded if frame not in sent} <= set(FRAMES_OF_THE_SDK_ALONE)


def test_clear_is_written_as_the_sdk_writes_it():
    made = Deepgram("key", transport="websocket")
    exchange = made.exchange(job(Ours(), made, "pieces"))
    exchange.open({}, lambda: 0.0, {})
    exchange.send_unit(unit("Hello"))
    assert exchange.send_clear()[0] == Send('{"type": "Clear"}')
    assert '{"type": "Clear"}' in [frame.get("data") for frame in VECTORS["ws-v1-sync"]["frames"]]


ERRORS = {
    "rest-v1-error-400": (RejectedRequest, "INVALID_QUERY_PARAMETER"),
    "rest-v1-error-401": (AuthenticationError, "INVALID_AUTH"),
    "rest-v1-error-413": (TextTooLong, "Payload Too Large"),
    "rest-v1-error-404-text": (VoiceNotFound, None),
    "rest-v1-retry-503-max1": (BackendUnavailable, "Service Unavailable"),
}


@pytest.mark.parametrize("id", ERRORS)
def test_an_answer_that_the_sdk_raised_for_is_the_right_error_with_all_it_says(id):
    found, (kind, code) = VECTORS[id]["exception"], ERRORS[id]
    body = found["body"] if isinstance(found["body"], str) else json.dumps(found["body"])
    error = refused(found["status_code"], found["headers"], body.encode())
    assert (type(error), error.code, error.request_id) == (kind, code, found["headers"].get("dg-request-id"))
    assert error.detail == (found["body"] if isinstance(found["body"], str) else found["body"]["err_msg"])


def receive(id):
    """Return the classes of what the recorded server's frames lead to."""
    made = Deepgram("key", transport="websocket")
    exchange = made.exchange(job(Ours(), made, "pieces"))
    exchange.open({}, lambda: 0.0, {})
    exchange.send_unit(unit("Hello"))
    received = []
    for frame in VECTORS[id]["frames"]:
        if frame["dir"] == "s2c" and frame["op"] in {"text", "binary"}:
            data = frame["data"] if frame["op"] == "text" else bytes.fromhex(frame["hex"])
            received += [type(action).__name__ for action in exchange.receive_frame(data)]
    return received


def test_messages_that_the_sdk_takes_for_others_are_what_they_say():
    assert receive("ws-v1-sync") == ["Told", "Audio", "Whole"]
    assert receive("ws-v1-warning-parse")[:3] == ["Told", "Warn", "Renew"]  # EXCESSIVE_FLUSH, in its new spelling
    assert receive("ws-v1-server-error-1008") == ["Told", "RejectedRequest"]


def test_a_format_that_the_service_refused_is_refused_before_it_is_sent():
    made = Deepgram("key")
    with pytest.raises(InvalidFormat, match="rates of mp3: 22050"):
        made.exchange(job(Ours(format=AudioFormat("mp3", 8000)), made, "stream"))


def test_a_flux_voice_is_refused_before_it_is_sent():
    with pytest.raises(UnsupportedFeature, match="/v2/speak"):
        Deepgram("key").find_voice("flux-alexis-en")


def test_the_list_of_models_is_asked_for_and_read():
    vector = VECTORS["models-list"]
    recorded = vector["requests"][0]
    call = Deepgram("<redacted>").voices()
    request = next(call)
    assert (request.method, urlsplit(request.url).path) == (recorded["method"], urlsplit(recorded["url"]).path)
    assert dict(parse_qsl(urlsplit(recorded["url"]).query)) == {"include_outdated": "true"}  # ours has no query
    body = json.dumps({"stt": [], "tts": [vector["result"]["tts0"]["fields"]]}).encode()
    with pytest.raises(StopIteration) as done:
        call.send(HttpResponse(status=200, headers={}, body=body))
    assert next(voice for voice in done.value.value if voice.id == THALIA).gender == "female"


def test_an_explicit_key_beats_the_environments_token_as_there_is_none_in_the_sdk(monkeypatch):
    found = VECTORS["env-precedence"]["result"]
    monkeypatch.setenv("DEEPGRAM_API_KEY", "ENVKEY")
    monkeypatch.delenv("DEEPGRAM_TOKEN", raising=False)

    def header(**given):
        made = Deepgram(**given, transport="websocket")
        return made.exchange(job(Ours(), made, "pieces")).socket.headers["Authorization"].reveal()

    assert header(api_key="K") == found["explicit api_key beats env"]
    assert header(access_token="T", api_key="K").lower() == found["access_token + api_key"].lower()
    monkeypatch.setenv("DEEPGRAM_TOKEN", "ENVTOKEN")  # not read by the SDK, though its README says so
    assert found["both"] == "Token ENVKEY"
    assert header() == "Bearer ENVTOKEN"
    assert header(api_key="K") == "Token K"
