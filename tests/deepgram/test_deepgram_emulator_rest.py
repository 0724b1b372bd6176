"""The emulator's requests: what Deepgram's documents give, refuse and say, row by row."""

from __future__ import annotations

import io
import json
import struct
import threading
import time
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import UUID

import av
import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge.audio import AudioFormat, conversion
from voxbridge.testing import audit, emulate, expected_indices, hear_words, words_text
from voxbridge_deepgram.emulator._text import read_text


TEXT = words_text(5)
THALIA = "model=aura-2-thalia-en&"
KEY = {"Authorization": "Token secret"}

LINEAR = (8000, 16000, 24000, 32000, 48000)
# query, rate, content type, kind of file: the whole matrix of DOC25 tts-media-output-settings, defaults included
MATRIX = [
    ("", 22050, "audio/mpeg", "mp3"),
    ("encoding=linear16", 24000, "audio/wav", "wav"),
    ("encoding=mulaw", 8000, "audio/wav", "wav"),
    ("encoding=alaw", 8000, "audio/wav", "wav"),
    ("encoding=linear16&container=none", 24000, "audio/l16;rate=24000", "linear16"),
    ("encoding=mulaw&container=none", 8000, "audio/mulaw;rate=8000", "mulaw"),
    ("encoding=alaw&container=none", 8000, "audio/alaw;rate=8000", "alaw"),
    *[(f"encoding=linear16&container=wav&sample_rate={rate}", rate, "audio/wav", "wav") for rate in LINEAR],
    *[
        (f"encoding=linear16&container=none&sample_rate={rate}", rate, f"audio/l16;rate={rate}", "linear16")
        for rate in LINEAR
    ],
    *[
        (f"encoding={law}&container=wav&sample_rate={rate}", rate, "audio/wav", "wav")
        for law in ("mulaw", "alaw")
        for rate in (8000, 16000)
    ],
    *[
        (f"encoding={law}&container=none&sample_rate={rate}", rate, f"audio/{law};rate={rate}", law)
        for law in ("mulaw", "alaw")
        for rate in (8000, 16000)
    ],
    ("encoding=mp3&bit_rate=32000", 22050, "audio/mpeg", "mp3"),
    ("encoding=mp3&bit_rate=48000&sample_rate=22050", 22050, "audio/mpeg", "mp3"),
    ("encoding=opus", 48000, "audio/ogg;codecs=opus", "opus"),
    ("encoding=opus&container=ogg&bit_rate=64000&sample_rate=48000", 48000, "audio/ogg;codecs=opus", "opus"),
    ("encoding=opus&bit_rate=650000", 48000, "audio/ogg;codecs=opus", "opus"),
    *[(f"encoding=flac&sample_rate={rate}", rate, "audio/flac", "flac") for rate in (8000, 16000, 22050, 32000, 48000)],
    ("encoding=flac", 22050, "audio/flac", "flac"),
    ("encoding=aac", 22050, "audio/aac", "aac"),
    ("encoding=aac&bit_rate=192000", 22050, "audio/aac", "aac"),
]
UNREADABLE = ("INVALID_QUERY_PARAMETER", "Failed to deserialize query parameters: ")
FORMAT = ("UNSUPPORTED_AUDIO_FORMAT", "Unsupported audio format: ")
# query, err_code, err_msg
REFUSED = [
    ("sample_rate=fast", *UNREADABLE),
    ("sample_rate=48000.0", *UNREADABLE),
    ("bit_rate=-1", *UNREADABLE),
    ("encoding=mp3&encoding=opus", UNREADABLE[0], UNREADABLE[1] + "duplicate field `encoding`"),
    ("encoding=pcm", *UNREADABLE),
    ("container=mp4", *UNREADABLE),
    ("speed=quick", *UNREADABLE),
    ("speed=nan", *UNREADABLE),
    ("mip_opt_out=yes", *UNREADABLE),
    ("callback_method=GET", *UNREADABLE),
    ("callback=ftp://127.0.0.1/x", "INVALID_QUERY_PARAMETER", "Invalid callback url."),
    ("callback=here", "INVALID_QUERY_PARAMETER", "Invalid callback url."),
    ("callback=https://example.com:1234/x", "INVALID_QUERY_PARAMETER", "Invalid callback url."),
    ("container=none", FORMAT[0], FORMAT[1] + "`container` is not applicable when `encoding=mp3`."),
    ("encoding=aac&container=wav", FORMAT[0], FORMAT[1] + "`container` is not applicable when `encoding=aac`."),
    ("encoding=flac&container=ogg", FORMAT[0], FORMAT[1] + "`container` is not applicable when `encoding=flac`."),
    ("encoding=opus&container=none", FORMAT[0], FORMAT[1] + "`container=none` is invalid when `encoding=opus`."),
    ("encoding=linear16&container=ogg", FORMAT[0], FORMAT[1] + "`container=ogg` is invalid when `encoding=linear16`."),
    ("sample_rate=8000", FORMAT[0], FORMAT[1] + "`sample_rate` is not applicable when `encoding=mp3`."),
    ("encoding=opus&sample_rate=24000", FORMAT[0], FORMAT[1] + "`sample_rate` is not applicable when `encoding=opus`."),
    (
        "encoding=linear16&sample_rate=44100",
        FORMAT[0],
        FORMAT[1] + "`sample_rate` must be 8000, 16000, 24000, 32000 or",
    ),
    (
        "encoding=mulaw&sample_rate=24000",
        FORMAT[0],
        FORMAT[1] + "`sample_rate` must be 8000 or 16000 when `encoding=mul",
    ),
    ("encoding=flac&sample_rate=24000", FORMAT[0], FORMAT[1] + "`sample_rate` must be"),
    (
        "encoding=linear16&bit_rate=48000",
        FORMAT[0],
        FORMAT[1] + "`bit_rate` is not applicable when `encoding=linear16`.",
    ),
    ("encoding=flac&bit_rate=48000", FORMAT[0], FORMAT[1] + "`bit_rate` is not applicable when `encoding=flac`."),
    ("bit_rate=64000", FORMAT[0], FORMAT[1] + "`bit_rate` must be 32000 or 48000 when `encoding=mp3`."),
    ("encoding=opus&bit_rate=3999", FORMAT[0], FORMAT[1] + "`bit_rate` must be between 4000 and 650000 when"),
    ("encoding=aac&bit_rate=192001", FORMAT[0], FORMAT[1] + "`bit_rate` must be between 4000 and 192000 when"),
    ("model=aura-2-nobody-en", "Bad Request", "Bad Request: No such model/language/tier combination found."),
    ("model=flux-alexis-en", "Bad Request", "Bad Request: No such model/language/tier combination found."),
    *[
        (f"{THALIA}speed={speed}", "speed_out_of_range", "Speed must be between 0.7 and 1.5")
        for speed in ("0.6", "0.65", "1.6", "2.0", "0", "-1")
    ],
]
JSON = {"content-type": "application/json"}
ONE_OF = "Failed to deserialize JSON payload. Please specify exactly one of `text` or `url` in the JSON body."
# headers, body, status, err_code, err_msg
BODIES = [
    (
        {"content-type": "text/html"},
        b"a",
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        "`Content-Type` header is not supported. `Con",
    ),
    ({}, b"a", 415, "UNSUPPORTED_MEDIA_TYPE", "`Content-Type` header is not supported. `Content-Type` must be either"),
    (JSON, b"x" * 2_000_001, 413, "PAYLOAD_TOO_LARGE", "Payload size exceeds limit of 2 MB."),
    (JSON, b"{", 400, "PAYLOAD_ERROR", ONE_OF),
    (JSON, b"[]", 400, "PAYLOAD_ERROR", ONE_OF),
    (JSON, b"{}", 400, "PAYLOAD_ERROR", ONE_OF),
    (JSON, b'{"text": 3}', 400, "PAYLOAD_ERROR", ONE_OF),
    (JSON, b'{"text": "a", "url": "https://a"}', 400, "PAYLOAD_ERROR", ONE_OF),
    (JSON, b'{"text": "\\ud800"}', 400, "PAYLOAD_ERROR", ONE_OF),
    (JSON, b'{"url": "file"}', 400, "PAYLOAD_ERROR", "Failed to parse URL in JSON body."),
    (JSON, b'{"text": "\xff"}', 400, "PAYLOAD_ERROR", "Failed to decode payload as UTF-8."),
    (JSON, b'{"url": "https://example.com/a.txt"}', 400, "REMOTE_CONTENT_ERROR", "The emulator fetches no text"),
    (JSON, b'{"text": ""}', 400, "Bad Request", "Input text contains no characters."),
    ({"content-type": "text/plain"}, b" \n", 400, "Bad Request", "Input text contains no characters."),
    (
        *(JSON, json.dumps({"text": "ä" * 2001}).encode(), 413),
        *("Payload Too Large", "Input text exceeds maximum character limit of 2000."),
    ),
]


@pytest.fixture(scope="module")
def server():
    with emulate("deepgram", voice="oracle") as server:
        yield server


@pytest.fixture(scope="module")
def client():
    with httpx.Client(headers=KEY) as client:
        yield client


@pytest.fixture
def speak(server, client):
    def speak(query="", text=TEXT, **options):
        options = {"json": {"text": text}} | options
        return client.post(f"{server.url}/v1/speak?{query}", **options)

    return speak


@pytest.mark.parametrize(("query", "rate", "content_type", "kind"), MATRIX)
def test_every_row_of_the_matrix_is_given_and_decodes_as_asked(speak, query, rate, content_type, kind):
    answer = speak(THALIA + query)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == content_type
    assert answer.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in answer.headers
    sound, decoded_rate = _decoded(answer.content, kind, rate)
    assert decoded_rate == rate
    assert len(sound) / rate == pytest.approx(1.0, abs=0.15 if kind in ("mp3", "aac", "opus") else 0.001)
    if kind != "opus":  # 12 kbit/s are too few for tones
        assert audit(hear_words(sound.astype("<i2").tobytes(), rate), expected_indices(TEXT)).clean


def _decoded(data, kind, rate):
    """Return samples and their rate, by ffmpeg."""
    raw = {"linear16": "s16le", "mulaw": "mulaw", "alaw": "alaw"}
    format, options = (raw[kind], {"sample_rate": str(rate)}) if kind in raw else (None, {})
    with av.open(io.BytesIO(data), format=format, options=options) as file:
        to_mono = av.AudioResampler(format="s16", layout="mono")
        frames = [each.to_ndarray() for frame in file.decode(audio=0) for each in to_mono.resample(frame)]
        return np.concatenate(frames, axis=1)[0], file.streams.audio[0].rate


@pytest.mark.parametrize(
    ("encoding", "tag", "size"),
    [("linear16", 1, 2), ("mulaw", 7, 1), ("alaw", 6, 1)],
    ids=["linear16", "mulaw", "alaw"],
)
def test_a_wav_begins_with_44_bytes_and_sizes_that_are_not_known_yet(speak, encoding, tag, size):
    content = speak(f"encoding={encoding}&sample_rate=8000").content
    assert content[:8] == b"RIFF\x24\x00\xff\x7f"
    assert content[8:36] == b"WAVEfmt " + struct.pack("<IHHIIHH", 16, tag, 1, 8000, 8000 * size, size, 8 * size)
    assert content[36:44] == b"data\x00\x00\xff\x7f"
    assert len(content) == 44 + 8000 * size


def test_the_headers_tell_what_was_spoken(speak):
    text = 'Hello, \\{"word": "Mr.", "pronounce": "mɪstɚ"\\} Bond.'
    headers = speak(THALIA, text).headers
    assert headers["dg-model-name"] == "aura-2-thalia-en"
    assert headers["dg-char-count"] == "16"  # as the documents bill this very text
    assert headers["dg-pronunciations-applied"] == "1"
    assert headers["dg-breaks-applied"] == "0"
    assert "dg-warnings" not in headers
    assert UUID(headers["dg-request-id"])
    assert UUID(headers["dg-model-uuid"])
    assert UUID(headers["dg-project-id"])


@pytest.mark.parametrize(("query", "code", "message"), REFUSED)
def test_a_query_is_refused_in_the_vendors_words(speak, query, code, message):
    answer = speak(query)
    content = answer.json()
    assert answer.status_code == 400
    assert content == {"err_code": code, "err_msg": content["err_msg"], "request_id": answer.headers["dg-request-id"]}
    assert content["err_msg"].startswith(message)
    assert answer.headers["dg-error"] == content["err_msg"]


@pytest.mark.parametrize(("headers", "body", "status", "code", "message"), BODIES)
def test_a_body_is_refused_in_the_vendors_words(speak, headers, body, status, code, message):  # noqa: PLR0917
    answer = speak(json=None, content=body, headers=headers)
    assert (answer.status_code, answer.json()["err_code"]) == (status, code)
    assert answer.json()["err_msg"].startswith(message)


def test_of_two_faults_the_one_that_is_looked_for_first_is_told(speak, client, server):
    """The order of checks: key, path, query, audio, voice, content type, size, JSON, text, controls."""
    long = {"text": "x" * 2001}
    steps = [
        ("speed=quick&encoding=mp3&sample_rate=1&model=x", "INVALID_QUERY_PARAMETER"),
        ("speed=2&encoding=mp3&sample_rate=1&model=x", "UNSUPPORTED_AUDIO_FORMAT"),
        ("speed=2&model=x", "Bad Request"),
    ]
    for query, code in steps:
        assert speak(query, content=b"x", json=None).json()["err_code"] == code
    assert speak("speed=2", content=b"{" * 2_000_001, json=None).status_code == 415
    assert speak("speed=2", content=b"{" * 2_000_001, json=None, headers=JSON).status_code == 413
    assert speak("speed=2", content=b"{", json=None, headers=JSON).json()["err_code"] == "PAYLOAD_ERROR"
    assert speak("speed=2", text=" ").json()["err_code"] == "Bad Request"
    assert speak("speed=2", json=long).json()["err_code"] == "Payload Too Large"
    assert speak("speed=2").json()["err_code"] == "speed_out_of_range"
    assert httpx.post(server.url + "/v1/nothing").status_code == 401
    assert client.post(server.url + "/v1/nothing").status_code == 404


@pytest.mark.parametrize("speed", ["0.7", "1", "1.45", "1.5"])
def test_speed_in_range_is_taken_and_not_echoed(speak, speed):
    answer = speak(f"{THALIA}speed={speed}")
    assert answer.status_code == 200
    assert "dg-speed-used" not in answer.headers


def test_a_text_without_words_is_answered_without_sound():
    with emulate("deepgram", voice="oracle", pace=1) as server:
        for query, size in ((RAW, 0), ("encoding=linear16", 44)):
            answer = httpx.post(f"{server.url}/v1/speak?{query}", headers=KEY, json={"text": "..."})
            assert (answer.status_code, len(answer.content)) == (200, size)


def test_what_nobody_documented_is_tolerated(speak):
    assert speak("model=aura-2-thalia-en&colour=red&tag=a&tag=b+c&mip_opt_out=true").status_code == 200
    assert speak("model=aura-2-julius-de&speed=0.8").status_code == 200
    assert speak(json={"text": "a", "extra": 1}).status_code == 200
    assert speak(json=None, content="ä w1".encode(), headers={"content-type": "text/plain; charset=utf-8"}).is_success


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Token"}, 401),
        ({"Authorization": "Basic secret"}, 401),
        ({"Authorization": "secret"}, 401),
        ({"Authorization": "Bearer"}, 401),
        ({"x-api-key": "secret"}, 401),
        ({"Authorization": "Token secret"}, 200),
        ({"Authorization": "token secret"}, 200),
        ({"Authorization": "bearer a.b.c"}, 200),
    ],
)
def test_any_key_is_let_in_by_its_scheme(server, headers, status):
    answer = httpx.get(server.url + "/v1/auth/token", headers=headers)
    assert answer.status_code == status
    if status == 401:
        assert answer.json()["err_code"] == "INVALID_AUTH"
        assert answer.headers["dg-error"] == "Invalid credentials."
    else:
        assert UUID(answer.json()["api_key_id"])


def test_with_keys_only_these_are_let_in_and_none_as_a_bearers():
    with emulate("deepgram", keys=["right", "a.b.c"], voice="oracle") as server:

        def status(value):
            return httpx.get(server.url + "/v1/models", headers={"Authorization": value}).status_code

        assert server.api_key == "right"
        assert [status(value) for value in ("Token right", "Bearer a.b.c", "Token a.b.c")] == [200] * 3
        assert [status(value) for value in ("Token wrong", "Bearer right", "Bearer x.y.z")] == [401] * 3


def test_a_key_is_traded_for_a_token_that_lives_as_long_as_asked():
    with emulate("deepgram", keys=["right"], voice="oracle") as server, httpx.Client(base_url=server.url) as client:
        key = {"Authorization": "Token right"}
        granted = client.post("/v1/auth/grant", headers=key).json()
        assert granted["expires_in"] == 30
        assert client.post("/v1/auth/grant", headers=key, json={}).json()["expires_in"] == 30
        bearer = {"Authorization": f"Bearer {granted['access_token']}"}
        assert client.post("/v1/speak", headers=bearer, json={"text": "a"}).status_code == 200
        refused = client.post("/v1/auth/grant", headers=bearer)
        assert (refused.status_code, refused.json()["err_code"]) == (403, "FORBIDDEN")
        short = client.post("/v1/auth/grant", headers=key, json={"ttl_seconds": 0.05}).json()["access_token"]
        time.sleep(0.06)
        assert client.get("/v1/models", headers={"Authorization": f"Bearer {short}"}).status_code == 401
        for wrong in (b"[", b"[]", b'{"ttl_seconds": 3601}', b'{"ttl_seconds": "1"}'):
            assert client.post("/v1/auth/grant", headers=key, content=wrong).json()["err_code"] == "INVALID_JSON"


def test_the_voices_are_those_that_can_be_asked_for(server, client, speak):
    listed = client.get(server.url + "/v1/models?include_outdated=true").json()
    assert listed["stt"] == []
    voices = {voice["canonical_name"]: voice for voice in listed["tts"]}
    assert len(voices) == len(listed["tts"]) >= 102
    angus = voices["aura-angus-en"]
    assert angus["name"] == "angus"
    assert (angus["architecture"], angus["version"]) == ("aura", "2024-11-19.0")
    assert angus["languages"] == ["en", "en-IE"]
    assert angus["metadata"]["accent"] == "Irish"
    assert angus["metadata"]["tags"] == ["masculine"]
    answer = speak("model=aura-angus-en")
    assert answer.headers["dg-model-uuid"] == angus["uuid"]


def test_flux_is_refused_with_what_it_is(server, client):
    answer = client.post(server.url + "/v2/speak?model=flux-alexis-en", json={"text": "a"})
    assert answer.status_code == 404
    assert "Flux, /v2/speak, is another family" in answer.text
    assert answer.headers["dg-request-id"]


WORD = "dupilumab"
# pronunciation, warnings
WARNED = [
    ("duːpˈɪljuːmæb", ""),
    ("duːˈpɪljuːmæb", "PRON-008"),  # the documents' own sample, which their newest rule warns of
    ("d4b", "PRON-001"),
    ("4ːb", "PRON-001,PRON-002"),
    ("ːdub", "PRON-003"),
    ("d t͡ʃ", ""),
    ("t ͡ʃa", "PRON-004"),
    ("t͡ a", "PRON-005"),
    ("at͡", "PRON-006"),
    ("͡ta", "PRON-007"),
    ("daˈ", "PRON-009"),
]


@pytest.mark.parametrize(("ipa", "warnings"), WARNED)
def test_odd_pronunciations_are_applied_with_a_warning(speak, ipa, warnings):
    text = f"Take {_marker(WORD, ipa)} daily."
    answer = speak(THALIA + "encoding=linear16&container=none", text)
    assert answer.status_code == 200
    assert answer.headers["dg-pronunciations-applied"] == "1"
    assert answer.headers["dg-char-count"] == str(len(f"Take {WORD} daily."))
    found = set(answer.headers.get("dg-warnings", "").split(","))
    assert set(warnings.split(",")) <= found
    assert bool(warnings) == (found != {""})
    assert audit(hear_words(answer.content, 24000), expected_indices(f"Take {WORD} daily.")).clean


@pytest.mark.parametrize(
    ("word", "ipa"), [("ab", ""), ("ab", " "), ("a", "a" * 16), ("ab", "a" * 21), ("a" * 20, "a" * 129)]
)
def test_pronunciations_that_break_a_rule_are_refused(speak, word, ipa):
    answer = speak(THALIA, f"Say {_marker(word, ipa)}.")
    assert answer.status_code == 400
    assert answer.json()["err_code"] == "pronunciation_invalid"
    assert answer.json()["err_msg"] == f"Invalid IPA notation for '{word}'"


@pytest.mark.parametrize(("word", "ipa"), [("a", "a" * 15), ("ab", "a" * 20), ("a" * 13, "a" * 128)])
def test_the_longest_pronunciations_are_taken(speak, word, ipa):
    assert speak(THALIA, f"Say {_marker(word, ipa)}.").status_code == 200


def test_there_are_at_most_500_pronunciations(speak):
    assert speak(THALIA, _marker("ab", "ab") * 500).headers["dg-pronunciations-applied"] == "500"
    assert speak(THALIA, _marker("ab", "ab") * 501).json()["err_code"] == "pronunciation_invalid"


def test_2000_characters_are_counted_with_the_words_of_pronunciations(speak):
    assert speak(THALIA, "x" * 1998 + _marker("éà", "e")).status_code == 200
    assert speak(THALIA, "x" * 1998 + _marker("abc", "e")).status_code == 413


def test_voices_without_pronunciations_read_the_marker_out(speak):
    text = f"w1 {_marker('w2', 'e')} w3"
    for voice in ("aura-asteria-en", "aura-2-julius-de"):
        answer = speak(f"model={voice}&encoding=linear16&container=none", text)
        assert answer.headers["dg-pronunciations-applied"] == "0"
        assert len(hear_words(answer.content, 24000)) == len(expected_indices(text)) > 3


def _marker(word, ipa):
    return "\\" + json.dumps({"word": word, "pronounce": ipa}, ensure_ascii=False)[:-1] + "\\}"


@pytest.mark.parametrize(
    "text",
    [
        '{"word": "a", "pronounce": "b"}',
        '\\{"word": "a"\\}',
        '\\{"word": "a", "word": "b"\\}',
        '\\{"word": "a", "say": "b"\\}',
        '\\{"word": "a", "pronounce": "b"}',
        '\\{"word": "a", "pronounce": 3\\}',
        '\\{"word": "\\x", "pronounce": "b"\\}',
        "\\{pause:500ms\\}",
        "\\{\\}",
        "a \\ b",
    ],
)
def test_what_is_no_marker_by_the_letter_is_words(text):
    script = read_text(text, controls=True)
    assert (script.words, script.pronunciations) == (text, ())


@given(st.lists(st.tuples(st.text(), st.text(), st.text())), st.booleans())
def test_any_marker_is_read_back_whatever_is_in_its_word(parts, swapped):
    parts = [(plain.replace("\\{", ""), word, ipa) for plain, word, ipa in parts]

    def marker(word, ipa):
        members = {"pronounce": ipa, "word": word} if swapped else {"word": word, "pronounce": ipa}
        return "\\" + json.dumps(members)[:-1] + "\\}"

    text = "".join(plain.rstrip("\\") + marker(word, ipa) for plain, word, ipa in parts)
    script = read_text(text, controls=True)
    assert script.pronunciations == tuple((word, ipa) for _, word, ipa in parts)
    assert script.words == "".join(plain.rstrip("\\") + word for plain, word, _ in parts)


def test_the_sixteenth_request_at_once_is_told_to_come_again():
    stalls = [{"kind": "stall", "on": number} for number in range(15)]
    with emulate("deepgram", voice="oracle", faults=stalls) as server, ExitStack() as open_requests:
        for _ in range(15):
            asked = httpx.stream("POST", server.url + "/v1/speak", headers=KEY, json={"text": "a"})
            assert open_requests.enter_context(asked).status_code == 200
        answer = httpx.post(server.url + "/v1/speak", headers=KEY, json={"text": "a"})
    assert (answer.status_code, answer.json()["err_code"]) == (429, "Too Many Requests")
    assert answer.json()["err_msg"] == "Please try again later."


def test_a_client_that_leaves_gives_its_place_to_the_next():
    with emulate("deepgram", voice="oracle", limits={"requests": 1}, faults=[{"kind": "stall"}]) as server:
        with httpx.stream("POST", server.url + "/v1/speak", headers=KEY, json={"text": "a"}) as answer:
            pieces = answer.iter_raw()
            assert next(pieces)
            assert httpx.post(server.url + "/v1/speak", headers=KEY, json={"text": "a"}).status_code == 429
        for _ in range(100):
            if (status := httpx.post(server.url + "/v1/speak", headers=KEY, json={"text": "a"}).status_code) == 200:
                break
            time.sleep(0.01)
        assert status == 200


def test_without_limits_nothing_is_too_much():
    with emulate("deepgram", voice="oracle", limits=False) as server:
        text = "w1 " + " " * 2_000_000
        assert httpx.post(server.url + "/v1/speak", headers=KEY, json={"text": text}).status_code == 200


def test_what_came_in_is_recorded_and_billed():
    with emulate("deepgram", voice="oracle") as server, httpx.Client(headers=KEY) as client:
        for text in ("One.", "", "Two words."):
            client.post(server.url + "/v1/speak?tag=a&tag=b", json={"text": text})
        assert server.texts == ["One.", "Two words."]
        assert server.billed == 14
        assert [request.status for request in server.requests] == [200, 400, 200]
        assert server.requests[0].query == (("tag", "a"), ("tag", "b"))
        assert json.loads(server.requests[2].body) == {"text": "Two words."}
        assert server.connections == 1


@pytest.fixture
def callback():
    """Return a server that takes deliveries, refusing the first one."""
    taken = []
    came = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def _take(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.command, self.path, dict(self.headers), body))
            self.send_response(503 if len(taken) == 1 else 200)
            self.end_headers()
            if len(taken) == 2:
                came.set()

        do_POST = do_PUT = _take  # noqa: N815  # as the base class has it

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as listener:
        thread = threading.Thread(target=listener.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{listener.server_port}", taken, came
        listener.shutdown()
        thread.join()


@pytest.mark.parametrize("method", ["POST", "PUT", "put"])
def test_a_callback_is_promised_and_tried_again_until_it_is_taken(callback, method):
    place, taken, came = callback
    with emulate("deepgram", voice="oracle", limits={"callback_seconds": 0.01}) as server:
        query = {"callback": f"http://u:p@{place}/cb?x=1", "callback_method": method, "encoding": "linear16"}
        answer = httpx.post(server.url + "/v1/speak", params=query, headers=KEY, json={"text": TEXT})
        assert answer.json() == {"request_id": answer.headers["dg-request-id"]}
        assert came.wait(5)
    assert [(command, path) for command, path, _, _ in taken] == [(method.upper(), "/cb?x=1")] * 2
    headers = taken[1][2]
    assert headers["Authorization"].startswith("Basic ")
    assert UUID(headers["dg-token"])
    assert headers["dg-request-id"] == answer.json()["request_id"]
    assert headers["content-type"] == "audio/wav"
    assert audit(hear_words(taken[1][3][44:], 24000), expected_indices(TEXT)).clean


def test_a_callback_elsewhere_is_promised_and_never_sent(speak):
    assert speak("callback=https://example.com/cb").json().keys() == {"request_id"}


# Faults

RAW = "encoding=linear16&container=none"
WHOLE = 5 * 9600


@pytest.fixture
def struck(client):
    """Speak to an emulator with one fault; return what was heard and the error."""

    def struck(**fault):
        with emulate("deepgram", voice="oracle", faults=[fault]) as server:
            heard, status, error = b"", None, None
            timeout = 0.3 if fault["kind"] == "stall" else 10
            try:
                with client.stream(
                    "POST", f"{server.url}/v1/speak?{RAW}", json={"text": TEXT}, timeout=timeout
                ) as answer:
                    status = answer.status_code
                    for piece in answer.iter_raw():
                        heard += piece
            except httpx.HTTPError as caught:
                error = type(caught)
            after = client.post(f"{server.url}/v1/speak?{RAW}", json={"text": TEXT})
            assert after.status_code == 200, "a fault strikes once"
            assert len(after.content) == WHOLE
        return heard, status, error

    return struck


@pytest.mark.parametrize(
    ("fault", "share", "status", "error"),
    [
        ({"kind": "cut", "at": 0}, 0, None, httpx.RemoteProtocolError),
        ({"kind": "cut", "at": 0.3}, 0.3, 200, httpx.RemoteProtocolError),
        ({"kind": "cut", "at": 1}, 1, 200, httpx.RemoteProtocolError),
        ({"kind": "close", "at": 0}, 0, None, httpx.ReadError),
        ({"kind": "stall", "at": 0}, 0, None, httpx.ReadTimeout),
        ({"kind": "stall", "at": 0.5}, 0.5, 200, httpx.ReadTimeout),
        ({"kind": "stall", "at": 1}, 1, 200, httpx.ReadTimeout),
        ({"kind": "split"}, 1, 200, None),
        ({"kind": "drip", "at": 0.9, "pace": 1}, 1, 200, None),
    ],
)
def test_faults_strike_where_they_should(struck, fault, share, status, error):
    heard, *rest = struck(**fault)
    assert len(heard) == round(WHOLE * share)
    assert rest == [status, error]


def test_a_reset_is_heard_as_a_reset(struck):
    heard, _, error = struck(kind="close", at=0.5)
    assert error is httpx.ReadError
    assert len(heard) <= WHOLE / 2


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, 408, 413, 415, 422, 429, 500, 502, 503, 504])
def test_a_status_comes_in_the_vendors_words_with_retry_after(client, code):
    with emulate("deepgram", faults=[{"kind": "status", "code": code, "retry_after": 1.5}]) as server:
        answer = client.post(server.url + "/v1/speak", json={"text": "a"})
    content = answer.json()
    assert answer.status_code == code
    assert answer.headers["retry-after"] == "1.5"
    assert answer.headers["dg-error"] == content["err_msg"]
    assert ("error_code" in content) == (code == 503)
    assert not server.texts


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<html>Bad gateway", "text/html"),
        ('{"category": "X"}', "application/json"),
        ("UUID parsing failed", "text/plain"),
    ],
)
def test_a_status_may_have_a_body_of_ones_own(client, body, kind):
    with emulate("deepgram", faults=[{"kind": "status", "code": 502, "body": body}]) as server:
        answer = client.post(server.url + "/v1/speak", json={"text": "a"})
    assert (answer.status_code, answer.text) == (502, body)
    assert answer.headers["content-type"].startswith(kind)


def test_garbage_is_a_page_where_audio_should_be(client):
    with emulate("deepgram", voice="oracle", faults=[{"kind": "garbage"}]) as server:
        answer = client.post(server.url + "/v1/speak", json={"text": "a"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")
    assert answer.text.startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("query", "rate"), [(RAW, 8000), ("encoding=mulaw", 16000), (RAW + "&sample_rate=8000", 16000)]
)
def test_a_wrong_rate_is_spoken_and_declared(client, query, rate):
    with emulate(
        "deepgram", voice="oracle", faults=[{"kind": "rate"}, {"kind": "rate", "on": 1, "code": 44100}]
    ) as server:
        first = client.post(f"{server.url}/v1/speak?{query}", json={"text": TEXT})
        second = client.post(f"{server.url}/v1/speak?{query}", json={"text": TEXT})
    for answer, wrong in ((first, rate), (second, 44100)):
        if "wav" in answer.headers["content-type"]:
            assert struct.unpack_from("<I", answer.content, 24) == (wrong,)
        else:
            assert answer.headers["content-type"] == f"audio/l16;rate={wrong}"
            assert audit(hear_words(answer.content, wrong), expected_indices(TEXT)).clean


def test_a_header_brings_its_own_fault(speak):
    assert speak(headers={"x-voxbridge-fault": '{"kind": "status", "code": 418}'}).status_code == 418
    assert speak(headers={"x-voxbridge-fault": '[{"kind": "status", "on": 1}]'}).status_code == 200
    wrong = speak(headers={"x-voxbridge-fault": '{"kind": "statuss"}'})
    assert wrong.status_code == 400
    assert "Did you mean 'status'?" in wrong.json()["err_msg"]


def test_espeak_speaks_where_it_is_asked_to(client):
    with emulate("deepgram", voice="espeak") as server:
        slow, fast = (
            client.post(f"{server.url}/v1/speak?{THALIA}{RAW}&speed={speed}", json={"text": "Hello there, world."})
            for speed in (0.7, 1.5)
        )
        german = client.post(f"{server.url}/v1/speak?model=aura-2-julius-de&{RAW}", json={"text": "Guten Tag."})
    assert len(slow.content) > 1.5 * len(fast.content)
    for answer in (slow, fast, german):
        assert np.abs(np.frombuffer(answer.content, "<i2")).max() > 1000


def test_a_compressed_answer_is_what_conversion_makes(speak):
    """The emulator and the library have one encoder: a client that gets it natively gets the same bytes."""
    sound = speak("encoding=linear16&container=none&sample_rate=48000").content
    way = conversion(AudioFormat("linear16", 48000), AudioFormat("flac", 48000))
    assert speak("encoding=flac&sample_rate=48000").content == way.feed(sound) + way.flush()
