"""The backend's object: its arguments, what it says it can do, and which exchange it gives."""

from __future__ import annotations

import subprocess
import sys

import pytest

import voxbridge_deepgram
from voxbridge import (
    AudioFormat,
    Backend,
    InvalidConfig,
    InvalidFormat,
    Job,
    MissingCredentials,
    UnsupportedFeature,
    UsageError,
    Voice,
)
from voxbridge_deepgram import Deepgram
from voxbridge_deepgram._rest import RequestExchange
from voxbridge_deepgram._socket import TalkExchange


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in ("DEEPGRAM_API_KEY", "DEEPGRAM_TOKEN", "DEEPGRAM_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def job(backend, format="linear16", voice="aura-2-thalia-en", **more):
    return Job(voice=Voice(id=voice, backend=backend.name), format=AudioFormat.parse(format), **more)


def test_a_missing_key_is_an_error_that_says_where_one_comes_from():
    missing = Deepgram().missing()
    assert isinstance(missing, MissingCredentials)
    for way in ("DEEPGRAM_API_KEY", "DEEPGRAM_TOKEN", "api_key=", "base_url="):
        assert way in str(missing)


@pytest.mark.parametrize(
    "given",
    [{"api_key": "K"}, {"access_token": "T"}, {"api_key": lambda: "K"}, {"base_url": "http://localhost:8080"}],
)
def test_with_a_key_or_a_service_of_ones_own_it_is_ready(given):
    assert Deepgram(**given).missing() is None


def test_deepgrams_own_hosts_need_a_key_however_they_are_named():
    assert Deepgram(base_url="https://api.eu.deepgram.com").missing()


def test_without_a_key_no_header_is_sent():
    backend = Deepgram(base_url="http://localhost:8080")
    exchange = backend.exchange(job(backend, text_kind="pieces"))
    assert exchange.socket.headers == {}
    assert exchange.socket.url.startswith("ws://localhost:8080/v1/speak?")


WRONG = [
    ({"region": "mars"}, "no region 'mars'"),
    ({"base_url": "localhost"}, "base_url is no address"),
    ({"transport": "websockets"}, r"transports: auto, http, websocket\. Did you mean 'websocket'"),
    ({"transport": 7}, "transport is 7"),
    ({"voice": " "}, "give a voice's id such as 'aura-2-thalia-en'"),
    ({"voice": 7}, "give a voice's id"),
    ({"mip_opt_out": "yes"}, "give True or False"),
    ({"tags": ["x" * 129]}, "give strings of 1 to 128 characters"),
    ({"concurrency": 0}, "concurrency is 0"),
    ({"name": "My Deepgram"}, "small letters, digits and _"),
    ({"api_key": ""}, "api_key is empty"),
]


@pytest.mark.parametrize(("given", "words"), WRONG)
def test_a_wrong_argument_is_refused_at_once(given, words):
    with pytest.raises(InvalidConfig, match=words):
        Deepgram(**given)


def test_a_flux_voice_is_refused_wherever_it_comes_in():
    backend = Deepgram("K")
    flux = Voice(id="flux-alexis-en", backend="deepgram")
    for use in (
        lambda: Deepgram(voice=flux.id),
        lambda: backend.find_voice(flux.id),
        lambda: backend.capabilities(flux),
        lambda: backend.exchange(job(backend, voice=flux.id)),
    ):
        with pytest.raises(UnsupportedFeature, match="Flux"):
            use()


@pytest.mark.parametrize(
    ("transport", "kind", "exchange"),
    [
        ("auto", "synthesize", RequestExchange),
        ("auto", "stream", RequestExchange),
        ("auto", "pieces", TalkExchange),
        (None, "pieces", TalkExchange),
        ("http", "synthesize", RequestExchange),
        ("http", "stream", RequestExchange),
        ("http", "pieces", RequestExchange),
        ("websocket", "synthesize", TalkExchange),
        ("websocket", "stream", TalkExchange),
        ("websocket", "pieces", TalkExchange),
    ],
)
def test_whole_text_goes_by_requests_and_pieces_over_a_socket_unless_one_is_chosen(transport, kind, exchange):
    backend = Deepgram("K", transport=transport)
    assert type(backend.exchange(job(backend, text_kind=kind))) is exchange
    over_socket = exchange is TalkExchange
    assert len(backend.formats(backend.default_voice("en"), kind)) == (9 if over_socket else 26)


def test_capabilities_are_those_of_the_voice_and_the_transport():
    able = Deepgram("K").capabilities(Deepgram("K").find_voice("aura-2-thalia-en"))
    assert (able.speed, able.phonemes, able.languages) == ((0.7, 1.5), ("ipa",), ("en-US",))
    assert able.transports == ("http", "websocket")
    assert able.regions == ("us", "eu", "au", "in")
    assert (able.max_characters, able.pauses, able.clone, able.local) == (2000, False, False, False)
    german = Deepgram("K").capabilities(Deepgram("K").find_voice("aura-2-julius-de"))
    assert (german.speed, german.phonemes) == (None, ())
    socket = Deepgram("K", transport="websocket").capabilities(able and Deepgram("K").default_voice("en"))
    assert (len(socket.formats), socket.transports) == (9, ("websocket",))


def test_a_bit_rate_that_is_wanted_is_offered():
    backend = Deepgram("K")
    wanted = AudioFormat("opus", bit_rate=23456)
    assert wanted in backend.formats(backend.default_voice("en"), "stream", wanted)
    assert wanted not in backend.formats(backend.default_voice("en"), "pieces", wanted)


def test_the_constructors_voice_beats_the_languages():
    assert Deepgram(voice="aura-2-julius-de").default_voice("en-US").id == "aura-2-julius-de"
    assert Deepgram().default_voice("en-US").id == "aura-2-thalia-en"
    assert Deepgram().default_voice("nl").id == "aura-2-beatrix-nl"


def test_a_name_of_its_own_is_in_all_it_says():
    backend = Deepgram("K", name="second")
    assert str(backend.default_voice("en")) == "second/aura-2-thalia-en"
    assert "second: there is no key" in str(Deepgram(name="second").missing())
    assert Deepgram.name == "deepgram"


def test_region_and_host_are_known():
    backend = Deepgram("K", region="eu")
    assert (backend.region, backend.host) == ("eu", "api.eu.deepgram.com")
    assert repr(backend) == "<Deepgram 'deepgram', region='eu'>"
    own = Deepgram(base_url="http://127.0.0.1:8080/x")
    assert (own.region, own.host) == (None, "127.0.0.1")


def test_options_of_a_call_and_of_the_constructor_are_in_the_query():
    backend = Deepgram("K", tags=["always"], mip_opt_out=True)
    plain = backend.exchange(job(backend, text_kind="pieces")).socket.url
    assert "mip_opt_out=true" in plain
    assert "tag=always" in plain
    own = backend.exchange(job(backend, text_kind="pieces", options={"tags": ["now"]})).socket.url
    assert "mip_opt_out=true" in own
    assert "tag=now" in own
    assert "always" not in own


def test_a_wrong_option_or_format_is_refused_before_anything_is_sent():
    backend = Deepgram("K")
    with pytest.raises(UsageError, match="mip_opt_out"):
        backend.exchange(job(backend, options={"mip_opt_out": 1}))
    with pytest.raises(InvalidFormat, match="it gives: linear16 mulaw alaw"):
        backend.exchange(job(backend, "mp3/22050", text_kind="pieces"))


def test_no_key_is_in_what_is_shown_of_it():
    backend = Deepgram("canary-key")
    exchange = backend.exchange(job(backend, text_kind="pieces"))
    assert "canary" not in repr((backend, vars(backend), exchange.socket, exchange.socket.key))


def test_the_plugin_gives_its_class():
    assert list(voxbridge_deepgram.voxbridge_backends()) == [Deepgram]
    assert issubclass(Deepgram, Backend)


def test_importing_the_plugin_loads_nothing_heavy():
    heavy = ("httpx", "requests", "websockets", "numpy", "soxr", "av", "starlette", "uvicorn")
    code = f"import sys, voxbridge_deepgram as v; v.Deepgram('K'); print([*filter(sys.modules.get, {heavy!r})])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "[]"
