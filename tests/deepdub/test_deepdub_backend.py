"""The backend's object: its arguments, what it says it can do, and which exchange it gives."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

import voxbridge_deepdub
from tests.deepdub.recordings import drive, sample
from voxbridge import (
    AudioFormat,
    Backend,
    Consent,
    Gender,
    InvalidConfig,
    InvalidFormat,
    Job,
    MissingCredentials,
    TextUnit,
    Timeouts,
    UnsupportedFeature,
    UsageError,
    Voice,
    VoiceNotFound,
    Words,
)
from voxbridge.routing import SpeechRequest, plan
from voxbridge_deepdub import Deepdub
from voxbridge_deepdub._models import LOCALES
from voxbridge_deepdub._open import OpenExchange
from voxbridge_deepdub._rest import RequestExchange
from voxbridge_deepdub._streaming import StreamingExchange
from voxbridge_deepdub._voices import DEFAULT, catalogue


HERE = "http://127.0.0.1:8080/api/v1"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in ("API_KEY", "BASE_URL", "BASE_WEBSOCKET_URL", "BASE_WEBSOCKET_STREAMING_URL"):
        monkeypatch.delenv(f"DEEPDUB_{name}", raising=False)
    monkeypatch.delenv("DD_EU", raising=False)


def job(backend, format="linear16/24000", **more):
    return Job(voice=backend.default_voice("en-US"), format=AudioFormat.parse(format), **more)


def planned(backend, format, kind="synthesize", **asked):
    """Return the job that a client would give the backend."""
    request = SpeechRequest(format=AudioFormat.parse(format), text_kind=kind, **asked)
    (leaf,) = plan(backend, request, find=lambda name: backend, timeouts=Timeouts()).leaves
    return leaf.job


def test_a_missing_key_is_an_error_that_says_where_one_comes_from():
    missing = Deepdub().missing()
    assert isinstance(missing, MissingCredentials)
    for way in ("DEEPDUB_API_KEY", "api_key=", "base_url="):
        assert way in str(missing)


@pytest.mark.parametrize("given", [{"api_key": "K"}, {"api_key": lambda: "K"}, {"base_url": HERE}])
def test_with_a_key_or_a_service_of_ones_own_it_is_ready(given):
    assert Deepdub(**given).missing() is None


def test_without_a_key_no_header_is_sent():
    backend = Deepdub(base_url=HERE)
    exchange = backend.exchange(job(backend, text_kind="pieces"))
    assert exchange.socket.headers == {}
    assert exchange.socket.url == "ws://127.0.0.1:8080/open"


WRONG = [
    ({"region": "mars"}, "no region 'mars'"),
    ({"base_url": "localhost"}, "base_url is no address"),
    ({"websocket_url": "https://host/open"}, "websocket_url is no address"),
    ({"streaming_url": ""}, "streaming_url is no address"),
    ({"transport": "sockets"}, r"transports: auto, http, websocket, streaming\. Did you mean 'websocket'"),
    ({"transport": 7}, "transport is 7"),
    ({"voice": " "}, "give a voice's id such as '5d3dc622"),
    ({"voice": 7}, "give a voice's id"),
    ({"model": ""}, "model is ''"),
    ({"model": 7}, "model is 7"),
    ({"concurrency": 0}, "concurrency is 0"),
    ({"name": "My Deepdub"}, "small letters, digits and _"),
    ({"api_key": ""}, "api_key is empty"),
]


@pytest.mark.parametrize(("given", "words"), WRONG)
def test_a_wrong_argument_is_refused_at_once(given, words):
    with pytest.raises(InvalidConfig, match=words):
        Deepdub(**given)


# transport, kind of text, format -> exchange
WAYS = [
    ("auto", "synthesize", "linear16/24000", OpenExchange),
    ("auto", "synthesize", "mp3/48000", RequestExchange),
    ("auto", "synthesize", "opus/48000", RequestExchange),
    ("auto", "synthesize", "mulaw/8000", RequestExchange),
    ("auto", "stream", "linear16/24000", OpenExchange),
    ("auto", "stream", "mp3/48000", OpenExchange),
    ("auto", "pieces", "mulaw/8000", OpenExchange),
    (None, "pieces", "linear16/24000", OpenExchange),
    *[("http", kind, "mp3/48000", RequestExchange) for kind in ("synthesize", "stream", "pieces")],
    *[("websocket", kind, "mp3/48000", OpenExchange) for kind in ("synthesize", "stream", "pieces")],
    *[("streaming", kind, "linear16/24000", StreamingExchange) for kind in ("synthesize", "stream", "pieces")],
]


@pytest.mark.parametrize(("transport", "kind", "format", "exchange"), WAYS)
def test_what_carries_speech_is_what_was_chosen_else_what_gives_the_format(transport, kind, format, exchange):
    backend = Deepdub("K", transport=transport)
    asked = job(backend, format, text_kind=kind)
    assert type(backend.exchange(asked)) is exchange
    assert asked.format in backend.formats(asked.voice, kind)


# What a caller wants, and what the vendor is asked for.
ASKED = [
    ("auto", "synthesize", "wav/24000", "linear16/24000"),
    ("auto", "synthesize", "wav/11025", "linear16/16000"),
    ("auto", "synthesize", "linear16/48000", "linear16/48000"),
    ("auto", "synthesize", "alaw/8000", "linear16/8000"),
    ("auto", "synthesize", "flac/24000", "linear16/24000"),
    ("auto", "synthesize", "mp3", "mp3/48000"),
    ("auto", "synthesize", "mp3/44100", "mp3/44100"),
    ("auto", "synthesize", "mulaw/8000", "mulaw/8000"),
    ("auto", "stream", "linear16/24000", "linear16/24000"),
    ("auto", "stream", "opus", "opus/48000"),
    ("http", "synthesize", "wav/24000", "mp3/24000"),
    ("http", "stream", "linear16/16000", "mp3/16000"),
    ("http", "stream", "mulaw/8000", "mulaw/8000"),
    ("http", "stream", "wav-alaw", "mulaw/8000"),
    ("streaming", "pieces", "mp3/48000", "linear16/48000"),
    ("streaming", "pieces", "mulaw/8000", "mulaw/8000"),
]


@pytest.mark.parametrize(("transport", "kind", "wanted", "asked"), ASKED)
def test_the_vendor_is_asked_for_what_the_wanted_format_is_best_made_of(transport, kind, wanted, asked):
    assert planned(Deepdub("K", transport=transport), wanted, kind).format == AudioFormat.parse(asked)


@pytest.mark.parametrize(
    ("transport", "exchange"), [("auto", RequestExchange), ("http", RequestExchange), ("streaming", StreamingExchange)]
)
@pytest.mark.parametrize("kind", ["synthesize", "stream", "pieces"])
def test_a_sample_goes_by_requests_or_over_ws(transport, exchange, kind):
    backend = Deepdub("K", transport=transport)
    recording = sample()
    asked = planned(backend, "linear16/24000", kind, voice=recording)
    assert asked.sample is recording
    assert type(backend.exchange(asked)) is exchange
    assert asked.format.encoding == ("mp3" if exchange is RequestExchange else "linear16")


def test_a_sample_is_refused_where_the_transport_cannot_take_it():
    backend = Deepdub("K", transport="websocket")
    with pytest.raises(UnsupportedFeature, match="no sample over /open: leave transport out, or give transport='http'"):
        planned(backend, "wav", voice=sample())
    with pytest.raises(UnsupportedFeature):
        backend.exchange(job(backend, sample=sample()))


def test_capabilities_are_those_of_the_transport():
    backend = Deepdub("K")
    able = backend.capabilities(backend.default_voice("en-US"))
    assert (able.speed, able.duration, able.clone, able.local, able.pauses) == ((0.5, 2.0), True, True, False, False)
    assert (able.phonemes, able.max_characters, able.languages) == (("respelling",), 1000, LOCALES)
    assert able.transports == ("http", "websocket", "streaming")
    assert able.regions == ("us", "eu")
    pieces = Deepdub("K", transport="streaming").capabilities(backend.default_voice("en-US"))
    assert (pieces.speed, pieces.duration, pieces.transports) == (None, False, ("streaming",))


def test_a_duration_is_left_to_the_model_unless_that_is_known_to_ignore_it():
    backend = Deepdub("K", model="dd-etts-3.4")
    assert not backend.capabilities(backend.default_voice("en-US")).duration


def test_the_constructors_voice_beats_the_vendors():
    assert Deepdub(voice="vp_1").default_voice("en-US").id == "vp_1"
    assert Deepdub().default_voice("de-DE").id == DEFAULT
    with pytest.raises(VoiceNotFound):
        Deepdub().find_voice("two words")


def test_a_name_of_its_own_is_in_all_it_says():
    backend = Deepdub(name="second")
    assert str(backend.find_voice("vp_1")) == "second/vp_1"
    assert "second: there is no key" in str(backend.missing())
    assert drive(backend.voices()) == ([], catalogue("second"))
    assert Deepdub.name == "deepdub"


def test_region_and_host_are_known():
    backend = Deepdub("K", region="eu")
    assert (backend.region, backend.host) == ("eu", "restapi.eu.deepdub.ai")
    assert repr(backend) == "<Deepdub 'deepdub', region='eu'>"
    own = Deepdub(base_url=HERE)
    assert (own.region, own.host) == (None, "127.0.0.1")


def test_the_model_is_the_calls_else_the_constructors():
    backend = Deepdub("K", model="dd-etts-3.0", transport="http")
    unit = TextUnit(0, (Words("Hello."),))
    for options, model in (({}, b'"model":"dd-etts-3.0"'), ({"model": "dd-etts-3.3"}, b'"model":"dd-etts-3.3"')):
        (fetch,) = backend.exchange(job(backend, "mp3/48000", text_kind="stream", options=options)).send_unit(unit)
        assert model in fetch.request.body


def test_a_wrong_option_or_format_is_refused_before_anything_is_sent():
    backend = Deepdub("K")
    with pytest.raises(UsageError, match="temperature"):
        backend.exchange(job(backend, options={"temperature": 7}))
    by_requests = Deepdub("K", transport="http")
    with pytest.raises(InvalidFormat, match="it gives: mp3 opus mulaw"):
        by_requests.exchange(job(by_requests))


def test_calls_are_made_for_this_account():
    backend = Deepdub("K", region="eu", name="second")
    recording = sample()
    base = "https://restapi.eu.deepdub.ai/api/v1"
    cloning = backend.clone_voice(
        "Maria", recording, language="en", gender=None, consent=Consent("Maria"), options={"age": 30}
    )
    (request,), voice = drive(cloning, (200, {"response": {"voice_prompt_id": "vp_1"}}))
    assert (request.url, str(voice)) == (f"{base}/voice", "second/vp_1")
    assert b"Maria" in request.body
    (request,), _ = drive(backend.delete_voice(voice), (200, {"success": True}))
    assert (request.method, request.url) == ("DELETE", f"{base}/voice/vp_1")
    said = {"predicted_gender": "male", "confidence": 1}
    assert drive(backend.classify_gender(recording), (200, said))[1] == Gender("male", 1.0)
    assert drive(backend.check(), (200, []))[1] is None
    unit = TextUnit(0, (Words("Hello."),))
    assert drive(backend.submit(job(backend), unit), (200, {"url": f"{base}/tts/retroactive/abc"}))[1] == "abc"
    assert drive(backend.delivered(job(backend), "abc"), (200, b"ID3\4"))[1] == (AudioFormat("mp3"), b"ID3\4")


@pytest.mark.parametrize("transport", ["http", "websocket", "streaming"])
def test_no_key_and_no_recording_is_in_what_is_shown_of_it(transport):
    backend = Deepdub("canary-key", transport=transport)
    shown = [
        backend,
        vars(backend),
        backend.exchange(job(backend, backend.formats(Voice(id="V", backend="x"), "stream")[0])),
    ]
    shown += [shown[-1].socket, shown[-1].socket and shown[-1].socket.key, shown[-1].slots]
    assert "canary" not in repr(shown)


def test_every_way_shares_the_accounts_places():
    places = set()
    for transport, format in (("http", "mp3/48000"), ("websocket", "linear16/24000"), ("streaming", "linear16/24000")):
        backend = Deepdub("K", transport=transport, concurrency=5)
        exchange = backend.exchange(job(backend, format))
        places.add(exchange.slots or exchange.socket.slots)
    assert {place.size for place in places} == {5}
    assert len(places) == 1


def test_the_plugin_gives_its_class_and_is_found_by_its_entry_point():
    assert list(voxbridge_deepdub.voxbridge_backends()) == [Deepdub]
    assert issubclass(Deepdub, Backend)
    assert [point.value for point in entry_points(group="voxbridge", name="deepdub")] == ["voxbridge_deepdub"]


def test_importing_the_plugin_loads_nothing_heavy():
    heavy = ("httpx", "requests", "websockets", "numpy", "soxr", "av", "starlette", "uvicorn")
    code = f"import sys, voxbridge_deepdub as v; v.Deepdub('K'); print([*filter(sys.modules.get, {heavy!r})])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "[]"
