"""Keys, regions and addresses: arguments, the environment, and what contradicts itself."""

from __future__ import annotations

import pytest

from voxbridge import InvalidConfig, Secret, UsageError
from voxbridge_deepgram._account import HOSTS, find_account


VARIABLES = ("DEEPGRAM_API_KEY", "DEEPGRAM_TOKEN", "DEEPGRAM_BASE_URL")


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def account(**given):
    blank = dict.fromkeys(("api_key", "access_token", "region", "base_url", "concurrency"))
    return find_account(**{**blank, **given})


def authorization(found):
    header = found.headers.get("Authorization")
    assert header is None or isinstance(header, Secret)
    return header.reveal() if header else None


# argument and environment -> the header
KEYS = [
    ({}, {}, None),
    ({"api_key": "K"}, {}, "Token K"),
    ({"access_token": "T"}, {}, "Bearer T"),
    ({"api_key": "K", "access_token": "T"}, {}, "Bearer T"),
    ({}, {"DEEPGRAM_API_KEY": "EK"}, "Token EK"),
    ({}, {"DEEPGRAM_API_KEY": " EK\n"}, "Token EK"),
    ({}, {"DEEPGRAM_API_KEY": "  "}, None),
    ({}, {"DEEPGRAM_TOKEN": "ET"}, "Bearer ET"),
    ({}, {"DEEPGRAM_TOKEN": "ET", "DEEPGRAM_API_KEY": "EK"}, "Bearer ET"),
    ({"api_key": "K"}, {"DEEPGRAM_TOKEN": "ET", "DEEPGRAM_API_KEY": "EK"}, "Token K"),
    ({"access_token": "T"}, {"DEEPGRAM_TOKEN": "ET"}, "Bearer T"),
    ({"api_key": lambda: "K"}, {}, "Token K"),
    ({"access_token": lambda: "T"}, {}, "Bearer T"),
]


@pytest.mark.parametrize(("given", "environment", "header"), KEYS)
def test_arguments_beat_the_environment_and_tokens_beat_keys(given, environment, header, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert authorization(account(**given)) == header


def test_a_callable_key_is_called_at_each_connection():
    tokens = iter("ABC")
    found = account(access_token=lambda: next(tokens))
    assert [authorization(found) for _ in range(3)] == ["Bearer A", "Bearer B", "Bearer C"]


@pytest.mark.parametrize("name", ["api_key", "access_token"])
@pytest.mark.parametrize("value", ["", 7, b"key", "canary key", "canary\n", "Token canary", "canary\x00", "canaryé"])
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(name, value):
    with pytest.raises(InvalidConfig, match=name) as caught:
        account(**{name: value})
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("value", ["canary\n", "canaryé", None, 7])
def test_a_callable_that_returns_no_key_is_an_error_that_does_not_show_it(value):
    with pytest.raises(UsageError, match="no header can have") as caught:
        authorization(account(api_key=lambda: value))
    assert "canary" not in str(caught.value)


def test_the_environment_is_read_at_construction(monkeypatch):
    monkeypatch.setenv("DEEPGRAM_API_KEY", "first")
    found = account()
    monkeypatch.setenv("DEEPGRAM_API_KEY", "second")
    assert authorization(found) == "Token first"
    assert authorization(account()) == "Token second"


# arguments and environment -> REST origin, region
PLACES = [
    ({}, None, "https://api.deepgram.com", "us"),
    *[({"region": region}, None, f"https://{host}", region) for region, host in HOSTS.items()],
    ({}, "https://api.eu.deepgram.com", "https://api.eu.deepgram.com", "eu"),
    ({}, "http://localhost:8080/", "http://localhost:8080", None),
    ({}, "  ", "https://api.deepgram.com", "us"),
    ({"region": "au"}, "https://api.eu.deepgram.com", "https://api.au.deepgram.com", "au"),
    ({"region": "us"}, "http://localhost:8080", "https://api.deepgram.com", "us"),
    ({"base_url": "http://127.0.0.1:1"}, "https://api.eu.deepgram.com", "http://127.0.0.1:1", None),
    ({"base_url": "https://tts.example.com/prefix/"}, None, "https://tts.example.com/prefix", None),
    ({"base_url": "https://tts.example.com", "region": "eu"}, None, "https://tts.example.com", "eu"),
    ({"base_url": "https://API.EU.deepgram.com/", "region": "eu"}, None, "https://API.EU.deepgram.com", "eu"),
    ({"base_url": "https://[::1]:8080"}, None, "https://[::1]:8080", None),
]


@pytest.mark.parametrize(("given", "variable", "origin", "region"), PLACES)
def test_the_address_is_the_arguments_else_the_regions_else_the_environments(
    given, variable, origin, region, monkeypatch
):
    if variable is not None:
        monkeypatch.setenv("DEEPGRAM_BASE_URL", variable)
    found = account(**given)
    assert (found.origin, found.region) == (origin, region)
    assert found.socket_origin == origin.replace("http", "ws", 1)


@pytest.mark.parametrize("host", HOSTS.values())
@pytest.mark.parametrize("region", HOSTS)
def test_an_address_in_another_region_is_refused(host, region):
    if HOSTS[region] == host:
        return
    with pytest.raises(InvalidConfig, match=f"and region is '{region}': leave one out"):
        account(base_url=f"https://{host}", region=region)


def test_a_region_that_does_not_exist_is_refused_with_the_nearest():
    with pytest.raises(InvalidConfig, match=r"no region 'uss'; regions: us eu au in\. Did you mean 'us'"):
        account(region="uss")
    for wrong in ("", "mars", 7, ["us"]):
        with pytest.raises(InvalidConfig, match="no region"):
            account(region=wrong)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8080",
        "api.deepgram.com",
        "wss://api.deepgram.com",
        "ftp://host",
        "https://",
        "https:///v1",
        "https://host?x=1",
        "https://host#x",
        "https://u:canary@host",
        "https://host:99999",
        "https://ho st",
        "https://host\n",
        "http://[::",
        "https://host/v1/speak",
        "https://host/v1/speak/",
        7,
    ],
)
def test_an_address_that_cannot_be_used_is_refused_and_says_what_one_looks_like(url):
    with pytest.raises(InvalidConfig, match=r"base_url is no address .* such as 'https://api\.eu") as caught:
        account(base_url=url)
    assert "canary" not in str(caught.value)


def test_a_wrong_address_of_the_environment_names_the_variable(monkeypatch):
    monkeypatch.setenv("DEEPGRAM_BASE_URL", "localhost:8080")
    with pytest.raises(InvalidConfig, match="DEEPGRAM_BASE_URL is no address"):
        account()


def test_a_key_is_never_sent_to_deepgram_in_clear():
    with pytest.raises(InvalidConfig, match="begin it with https://"):
        account(base_url="http://api.deepgram.com")


@pytest.mark.parametrize("concurrency", [0, -1, 1.5, True, "15"])
def test_concurrency_is_a_number_above_0(concurrency):
    with pytest.raises(InvalidConfig, match="concurrency is"):
        account(concurrency=concurrency)


def test_places_are_counted_per_key_address_and_kind():
    assert (account().requests.size, account().sockets.size) == (15, 45)
    assert (account(concurrency=3).requests.size, account(concurrency=3).sockets.size) == (3, 3)
    one = account(api_key="K")
    assert one.requests == account(api_key="K").requests
    others = [
        account(api_key="L"),
        account(api_key="K", region="eu"),
        account(api_key="K", base_url="http://localhost"),
    ]
    assert len({one.requests.account, one.sockets.account, *(other.requests.account for other in others)}) == 5


def test_no_key_is_in_what_is_shown_of_an_account():
    assert "canary" not in repr(account(api_key="canary-key")) + repr(account(access_token="canary-token").sockets)
