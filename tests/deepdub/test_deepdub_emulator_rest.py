"""The emulator's requests: what Deepdub's documents give, refuse and say, row by row."""

from __future__ import annotations

import base64
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import httpx
import numpy as np
import pytest

from tests.deepdub.talking import decoded
from voxbridge.testing import audit, emulate, expected_indices, hear_words, words_text


TEXT = words_text(5)
KEY = {"x-api-key": "secret"}
ASKED = {
    "targetText": TEXT,
    "model": "dd-etts-3.2",
    "locale": "en-US",
    "voicePromptId": "bd1b00bb-be1c-4679-8eaa-0fcbfd4ff773",
}
RATES = (8000, 16000, 22050, 24000, 32000, 36000, 44100, 48000)
# what is asked for; content type; how ffmpeg reads it where it does not say so itself; the rate that it finds
MATRIX = [
    ({}, "audio/mpeg", None, 48000),
    *[({"format": "mp3", "sampleRate": rate}, "audio/mpeg", None, rate) for rate in RATES if rate != 36000],
    ({"format": "mp3", "sampleRate": 36000}, "audio/mpeg", None, 32000),
    *[({"format": "opus", "sampleRate": rate}, "application/ogg", None, 48000) for rate in (None, 24000, 48000)],
    ({"format": "mulaw"}, "audio/basic", "mulaw", 8000),
    *[({"format": "mulaw", "sampleRate": rate}, None, "mulaw", rate) for rate in RATES],
    ({"format": "headerless-wav"}, "audio/l16;rate=48000", "s16le", 48000),
    ({"format": "headerless-wav", "sampleRate": 16000}, "audio/l16;rate=16000", "s16le", 16000),
]
# fields, what is said of them
REFUSED = [
    *[({name: value}, f"missing required field '{name}'") for name in list(ASKED) for value in (None, "")],
    ({"format": "wav"}, "unsupported format 'wav'"),
    ({"format": "s16le"}, "unsupported format 's16le'"),
    ({"format": 3}, "unsupported format '3'"),
    ({"sampleRate": 11025}, "unsupported sampleRate 11025"),
    ({"sampleRate": 48000.0}, "unsupported sampleRate 48000.0"),
    ({"sampleRate": "48000"}, "unsupported sampleRate 48000"),
    ({"tempo": 1.0, "targetDuration": 2.0}, "'tempo' and 'targetDuration' are mutually exclusive"),
    ({"tempo": 2.1}, "'tempo' must be between 0 and 2"),
    ({"tempo": -0.1}, "'tempo' must be between 0 and 2"),
    ({"tempo": "1"}, "'tempo' must be a number"),
    ({"targetDuration": 0}, "'targetDuration' must be above 0"),
    ({"temperature": 1.1}, "'temperature' must be between 0 and 1"),
    ({"variance": -1}, "'variance' must be between 0 and 1"),
    ({"seed": 1.5}, "'seed' must be an integer"),
    ({"promptBoost": "yes"}, "'promptBoost' must be a boolean"),
    ({"targetText": 3}, "'targetText' must be a string"),
    ({"targetGender": "other"}, "'targetGender' must be 'male' or 'female'"),
    ({"accentControl": {"accentLocale": "fr-FR"}}, "'accentControl' needs accentBaseLocale, accentLocale, accentRatio"),
    ({"accentControl": "fr-FR"}, "'accentControl' needs"),
    (
        {"accentControl": {"accentBaseLocale": "en-US", "accentLocale": "fr-FR", "accentRatio": 1.5}},
        "'accentRatio' must be between 0 and 1",
    ),
    ({"model": "dd-etts-9"}, "model 'dd-etts-9' not found"),
    ({"locale": "en-us"}, "unsupported locale 'en-us'"),
    ({"locale": "en"}, "unsupported locale 'en'"),
    ({"voiceReference": "not base64!"}, "'voiceReference' must be base64-encoded audio"),
    ({"voiceReference": "====="}, "'voiceReference' must be base64-encoded audio"),
]


@pytest.fixture(scope="module")
def server():
    with emulate("deepdub", voice="oracle") as server:
        yield server


@pytest.fixture(scope="module")
def client():
    with httpx.Client(headers=KEY) as client:
        yield client


@pytest.fixture
def speak(server, client):
    return lambda asked=None, **options: post(client, server, asked, **options)


def post(client, server, asked=None, **options):
    return client.post(f"{server.url}/tts", **{"json": ASKED | (asked or {}), "headers": KEY} | options)


def heard(samples, rate, text=TEXT):
    return audit(hear_words(samples.astype("<i2").tobytes(), rate), expected_indices(text)).clean


@pytest.mark.parametrize(("asked", "content_type", "raw", "rate"), MATRIX, ids=str)
def test_every_format_is_given_and_decodes_as_asked(speak, asked, content_type, raw, rate):
    answer = speak(asked)
    assert answer.status_code == 200
    assert content_type is None or answer.headers["content-type"] == content_type
    assert answer.headers["transfer-encoding"] == "chunked"
    assert UUID(answer.headers["x-generation-id"])
    samples, found = decoded(answer.content, raw, rate)
    assert found == rate
    assert len(samples) / rate == pytest.approx(1.0, abs=0.001 if raw else 0.2)  # frames of mp3 at 8 kHz are long
    assert heard(samples, rate)


def test_mp3_begins_as_in_captured_answers(speak):
    content = speak().content
    assert content[:10] == b"ID3\x04\0\0\0\0\0\x23"
    assert content[20:35].startswith(b"\x03Lavf60.16.100")
    frame = content[45 : 45 + 384]
    assert frame[:4] == b"\xff\xfb\x94\xc4"
    assert frame[21:37] == b"Xing\0\0\0\x0f" + bytes(8)  # counts of 0: no length is to be read there
    assert b"LAME3.100" in frame


@pytest.mark.parametrize(("asked", "message"), REFUSED, ids=str)
def test_a_request_is_refused_in_the_vendors_envelope(speak, asked, message):
    answer = speak(asked)
    assert answer.status_code == 400
    content = answer.json()
    assert content.keys() == {"success", "message"}
    assert content["success"] is False
    assert content["message"].startswith("Invalid request: ")
    assert message in content["message"]
    assert "x-generation-id" not in answer.headers


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(speak, body):
    answer = speak(json=None, content=body)
    assert (answer.status_code, answer.json()["success"]) == (400, False)


def test_null_is_as_good_as_absent_and_unknown_fields_are_ignored(speak):
    nulls = dict.fromkeys(("voiceReference", "temperature", "tempo", "accentControl", "sampleRate", "format", "seed"))
    known = {"seed": 42, "promptBoost": True, "realtime": False, "temperature": 0, "variance": 1, "tempo": 1.1}
    for asked in (nulls, known, {"duration": 2.5, "generation_id": "x", "colour": "red"}, {"locale": "zh-Hans-CN"}):
        assert speak(asked).status_code == 200


def test_a_generation_id_is_kept_or_made(speak):
    assert speak({"generationId": "22222222-2222-4222-8222-222222222222"}).headers["x-generation-id"].startswith("2222")
    assert speak().headers["x-generation-id"] != speak().headers["x-generation-id"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"x-api-key": ""}, 401), ({"Authorization": "Bearer secret"}, 401), ({"x-api-key": "any"}, 200)],
)
def test_any_key_is_let_in_by_its_header(server, headers, status):
    answer = httpx.get(f"{server.url}/voice", headers=headers)
    assert answer.status_code == status
    if status == 401:
        assert answer.json() == {"success": False, "message": "Unauthorized: invalid or missing API key"}


def test_with_keys_only_these_are_let_in_and_by_no_query():
    with emulate("deepdub", keys=["right"], voice="oracle") as server:
        assert httpx.get(f"{server.url}/voice", headers={"x-api-key": "right"}).status_code == 200
        assert httpx.get(f"{server.url}/voice", headers={"x-api-key": "wrong"}).status_code == 401
        assert httpx.get(f"{server.url}/voice?x-api-key=right").status_code == 401
        assert (server.api_key, server.env["DEEPDUB_API_KEY"]) == ("right", "right")


def test_an_unknown_path_is_404(server, client):
    for method, path in (
        ("GET", "/api/v1/tts"),
        ("POST", "/api/v1/nothing"),
        ("GET", "/tts"),
        ("PUT", "/api/v1/voice/"),
    ):
        assert client.request(method, server.origin + path).status_code == 404


def test_its_variables_name_all_of_its_wire(server):
    assert server.url == f"{server.origin}/api/v1"
    socket = server.origin.replace("http", "ws")
    assert server.env == {
        "DEEPDUB_API_KEY": server.api_key,
        "DEEPDUB_BASE_URL": server.url,
        "DEEPDUB_BASE_WEBSOCKET_URL": f"{socket}/open",
        "DEEPDUB_BASE_WEBSOCKET_STREAMING_URL": f"{socket}/ws",
    }


@pytest.mark.parametrize(
    ("habit", "content_type"),
    [("proper", "audio/basic"), ("text/plain", "text/plain; charset=utf-8"), ("missing", None)],
)
def test_the_content_type_can_be_switched(habit, content_type):
    with emulate("deepdub", voice="oracle", habits={"content_type": habit}) as server:
        answer = post(httpx, server, {"format": "mulaw"})
        assert answer.headers.get("content-type") == content_type
        assert len(answer.content) == 8000
        assert post(httpx, server, {"format": "wav"}).headers["content-type"] == "application/json"


def test_what_was_asked_and_what_it_costs_is_kept(client):
    with emulate("deepdub", voice="oracle") as server:
        post(client, server)
        post(client, server, {"sampleRate": 1})
        assert server.texts == [TEXT]
        assert server.billed == pytest.approx(1.0)


# Limits


def hold(server, count, key="secret", path="/tts"):
    """Begin *count* generations that never end; return a function that leaves them."""
    entered, left = threading.Semaphore(0), threading.Event()

    def ask():
        fault = {"x-api-key": key, "x-voxbridge-fault": '{"kind": "stall", "at": 0.1}'}
        with httpx.stream("POST", server.url + path, json=ASKED, headers=fault) as answer:
            assert answer.status_code == 200
            entered.release()
            left.wait(10)

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert entered.acquire(timeout=10)

    def leave():
        left.set()
        for thread in threads:
            thread.join()

    return leave


def test_an_address_has_three_generations_at_once_and_an_account_five():
    for limits, count in (({}, 3), ({"address": None}, 5)):
        with emulate("deepdub", voice="oracle", limits=limits) as server:
            leave = hold(server, count)
            refused = post(httpx, server)
            assert refused.status_code == 429
            assert refused.json()["message"] == "RateLimit: concurrent request limit exceeded"
            other = httpx.post(f"{server.url}/tts", json=ASKED, headers={"x-api-key": "another"})
            assert other.status_code == (429 if count == 3 else 200)
            leave()
            while post(httpx, server).status_code == 429:  # until the server has seen that they left
                time.sleep(0.01)


def test_without_limits_there_is_none():
    with emulate("deepdub", voice="oracle", limits=False) as server:
        leave = hold(server, 6)
        assert post(httpx, server).status_code == 200
        leave()


def test_a_place_is_free_as_soon_as_the_answer_has_come():
    with emulate("deepdub", voice="oracle", limits={"address": 1}) as server, httpx.Client(headers=KEY) as client:
        assert {post(client, server).status_code for _ in range(50)} == {200}


def test_a_refused_request_takes_no_place(server, speak):
    for _ in range(6):
        assert speak({"sampleRate": 1}).status_code == 400
    assert speak().status_code == 200


def test_an_account_without_credits_is_told_so(client):
    with emulate("deepdub", voice="oracle", limits={"credits": 1000 / 60 * 1.5}) as server:  # a second and a half
        assert [post(client, server).status_code for _ in range(3)] == [200, 200, 402]
        words = "InsufficientCredits: your account has no remaining credits"
        assert post(client, server).json()["message"] == words


def test_a_trial_is_over_after_so_many_generations(client):
    with emulate("deepdub", voice="oracle", limits={"trials": 2}) as server:
        assert [post(client, server).status_code for _ in range(3)] == [200, 200, 429]
        words = "Free tier quota exceeded (used: 2). Please get an API key to continue."
        assert post(client, server).json()["message"] == words


def test_a_text_may_be_limited_and_is_not_unless_asked(client, speak):
    long = {"targetText": "x" * 20_000}
    assert speak(long).status_code == 200
    with emulate("deepdub", voice="oracle", limits={"characters": 10}) as server:
        assert "maximum length of 10 characters" in post(client, server, long).json()["message"]


# Pace


def seconds(answer, rate=16000):
    return len(answer.content) / 2 / rate


@pytest.mark.parametrize(("model", "kept"), [("dd-etts-3.0", True), ("dd-etts-3.2", True), ("dd-etts-3.4", False)])
@pytest.mark.parametrize("voice", ["oracle", "espeak"])
def test_a_target_duration_is_kept_but_by_3_4(client, voice, model, kept):
    asked = {"format": "headerless-wav", "sampleRate": 16000, "model": model}
    with emulate("deepdub", voice=voice) as server:
        natural = seconds(post(client, server, asked))
        wished = natural * 1.3
        found = seconds(post(client, server, asked | {"targetDuration": wished}))
    assert found == pytest.approx(wished if kept else natural, abs=0.05)


def test_espeak_speaks_faster_by_tempo_and_to_be_done_in_time(client):
    asked = {"format": "headerless-wav", "sampleRate": 16000, "targetText": "One two three four five six seven eight."}
    with emulate("deepdub", voice="espeak") as server:
        natural, fast, short = (
            seconds(post(client, server, asked | pace)) for pace in ({}, {"tempo": 1.6}, {"targetDuration": 2.0})
        )
    assert fast < 0.8 * natural
    assert short < 0.9 * natural


def test_the_oracle_does_not_lose_a_word_to_a_duration_that_is_too_short(speak):
    asked = {"format": "headerless-wav", "sampleRate": 16000, "targetDuration": 0.5}
    assert heard(np.frombuffer(speak(asked).content, "<i2"), 16000)


@pytest.mark.parametrize("voice", ["en-US", "he-IL", "xx-YY"])
def test_every_locale_speaks(client, voice):
    with emulate("deepdub", voice="espeak") as server:
        assert len(post(client, server, {"locale": voice, "targetText": "Shalom"}).content) > 4000


def test_sounds_in_brackets_are_no_words_in_english(client):
    with emulate("deepdub", voice="oracle") as server:
        for locale, count in (("en-US", 2), ("fr-FR", 3)):
            asked = {"targetText": "w1 [Sigh] w2", "locale": locale, "format": "mulaw"}
            assert len(post(client, server, asked).content) == count * 1600
        assert server.controls == ["[Sigh]"]
        tag = {"targetText": '<config locale="fr-FR"/> [happy] w1'}  # these are obeyed on /ws alone
        assert post(client, server, tag).status_code == 200
        assert server.controls == ["[Sigh]"]


# Later


def test_a_retroactive_generation_is_404_until_it_is_ready(client):
    with emulate("deepdub", voice="oracle", delay=0.2) as server:
        submitted = client.post(f"{server.url}/tts/retroactive", json=ASKED | {"format": "mulaw"})
        assert submitted.json().keys() == {"url"}
        url = submitted.json()["url"]
        assert url.startswith(f"{server.url}/tts/retroactive/")
        early = client.get(url)
        assert (early.status_code, early.json()) == (404, {"success": False, "message": "Generation not found"})
        ends = time.monotonic() + 5
        while (answer := client.get(url)).status_code == 404 and time.monotonic() < ends:
            time.sleep(0.02)
        assert answer.status_code == 200
        assert heard(*decoded(answer.content))  # always mp3
        assert client.get(f"{url}.mp3").content == answer.content
        assert client.get(url, headers={"x-api-key": "another"}).status_code == 404
        assert server.billed == pytest.approx(1.0)


def test_a_wrong_id_and_an_unknown_one_are_told_apart(server, client):
    unknown = client.get(f"{server.url}/tts/retroactive/abc123-def456")
    assert (unknown.status_code, unknown.json()["message"]) == (404, "Generation not found")
    wrong = client.get(f"{server.url}/tts/retroactive/a%20b")
    assert (wrong.status_code, wrong.json()["message"]) == (400, "Invalid generation ID")


def test_a_retroactive_request_is_checked_as_any_other(server, client):
    answer = client.post(f"{server.url}/tts/retroactive", json=ASKED | {"targetText": None})
    assert answer.json()["message"] == "Invalid request: missing required field 'targetText'"


# Faults


def faulty(server, *faults, **asked):
    headers = KEY | {"x-voxbridge-fault": json.dumps(faults)}
    return httpx.post(f"{server.url}/tts", json=ASKED | {"format": "mulaw"} | asked, headers=headers, timeout=0.5)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "Invalid request"),
        (401, "Unauthorized: invalid or missing API key"),
        (402, "InsufficientCredits: your account has no remaining credits"),
        (403, "Voice prompt limit reached for your account"),
        (404, "Voice prompt not found"),
        (429, "RateLimit: concurrent request limit exceeded"),
        (500, "Internal server error"),
        (503, "Service Unavailable"),
        (599, "Error"),
    ],
)
def test_a_scripted_status_speaks_the_vendors_words(server, status, message):
    answer = faulty(server, {"kind": "status", "code": status, "retry_after": 7})
    assert (answer.status_code, answer.json()) == (status, {"success": False, "message": message})
    assert answer.headers["retry-after"] == "7"


def test_a_status_may_have_a_body_of_its_own(server):
    answer = faulty(server, {"kind": "status", "code": 502, "body": "<h1>Bad Gateway</h1>"})
    assert (answer.text, answer.headers["content-type"]) == ("<h1>Bad Gateway</h1>", "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "cut"}, httpx.RemoteProtocolError),
        ({"kind": "cut", "at": 0}, httpx.RemoteProtocolError),
        ({"kind": "close"}, httpx.ReadError),
        ({"kind": "stall"}, httpx.ReadTimeout),
        ({"kind": "stall", "at": 0}, httpx.ReadTimeout),
    ],
    ids=str,
)
def test_what_breaks_a_body_breaks_it(server, fault, error):
    with pytest.raises(error):
        faulty(server, fault)


def test_what_changes_a_body_changes_it(server):
    assert len(faulty(server, {"kind": "split"}).content) == 8000
    assert len(faulty(server, {"kind": "rate"}).content) == 16000
    assert len(faulty(server, {"kind": "rate", "code": 24000}).content) == 24000
    assert faulty(server, {"kind": "garbage"}).text.startswith("<!doctype html>")
    assert faulty(server, {"kind": "garbage", "body": '{"audioUrl": ""}'}).json() == {"audioUrl": ""}
    assert len(faulty(server, {"kind": "drip", "pace": 20}).content) == 8000


def test_a_wrong_script_in_a_header_is_refused_with_what_is_wrong(server):
    answer = faulty(server, {"kind": "crash"})
    assert answer.status_code == 400
    assert "no fault 'crash'" in answer.json()["message"]


def test_faults_of_the_whole_service_strike_in_their_turn(client):
    faults = [{"on": 1, "kind": "status", "code": 500}, {"on": 1, "kind": "garbage"}]
    with emulate("deepdub", voice="oracle", faults=faults) as server:
        answers = [post(client, server) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 500, 200, 200]
        assert [answer.headers["content-type"] for answer in answers][2].startswith("text/html")


def test_a_fault_of_a_retroactive_generation_strikes_when_it_is_fetched(client):
    with emulate("deepdub", voice="oracle", faults=[{"kind": "cut"}]) as server:
        url = client.post(f"{server.url}/tts/retroactive", json=ASKED).json()["url"]

        def fetched():
            while (answer := client.get(url)).status_code == 404:
                time.sleep(0.01)
            return answer

        with pytest.raises(httpx.RemoteProtocolError):
            fetched()
        assert fetched().status_code == 200


def test_many_clients_at_once_get_each_its_own_words():
    with emulate("deepdub", voice="oracle", limits=False) as server, ThreadPoolExecutor(8) as pool:
        texts = [words_text(3, start=10 * number) for number in range(24)]

        def speak(text):
            return post(httpx, server, {"targetText": text, "format": "mulaw"}).content

        for text, content in zip(texts, pool.map(speak, texts), strict=True):
            samples, rate = decoded(content, "mulaw", 8000)
            assert heard(samples, rate, text)


def test_a_reference_is_a_voice_of_its_own(server, speak):
    raw = {"format": "headerless-wav", "sampleRate": 16000}
    one, other = (base64.b64encode(sample).decode() for sample in (b"RIFFone", b"RIFFother"))
    sounds = [
        speak(raw | asked).content
        for asked in (
            {},
            {"voiceReference": one},
            {"voiceReference": other},
            {"voicePromptId": None, "voiceReference": one},
        )
    ]
    assert len({*sounds}) == 3
    assert sounds[1] == sounds[3]
