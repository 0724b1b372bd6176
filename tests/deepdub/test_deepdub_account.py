"""Keys, regions and addresses: arguments, the environment, and what contradicts itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from voxbridge import InvalidConfig, Secret, UsageError
from voxbridge_deepdub._account import find_account


REST, OPEN, STREAMING = "DEEPDUB_BASE_URL", "DEEPDUB_BASE_WEBSOCKET_URL", "DEEPDUB_BASE_WEBSOCKET_STREAMING_URL"
VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text("utf-8"))["vectors"]
(RECORDED,) = (vector for vector in VECTORS if vector["name"] == "urls")
US, EU = tuple(RECORDED["us"]), tuple(RECORDED["eu"])


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in ("DEEPDUB_API_KEY", "DD_EU", REST, OPEN, STREAMING):
        monkeypatch.delenv(name, raising=False)


def beside(rest):
    """Return the addresses of a service that is all in one place."""
    root = rest.removesuffix("/api/v1").replace("http", "ws", 1)
    return (rest, f"{root}/open", f"{root}/ws")


def key(found):
    secret = found.headers.get("x-api-key")
    assert secret is None or isinstance(secret, Secret)
    return secret.reveal() if secret else None


KEYS = [
    ({}, None, None),
    ({"api_key": "dd-K"}, None, "dd-K"),
    ({}, "dd-E", "dd-E"),
    ({}, " dd-E\n", "dd-E"),
    ({}, "  ", None),
    ({"api_key": "dd-K"}, "dd-E", "dd-K"),
    ({"api_key": lambda: "dd-C"}, "dd-E", "dd-C"),
]


@pytest.mark.parametrize(("given", "variable", "sent"), KEYS)
def test_the_key_is_the_arguments_else_the_environments(given, variable, sent, monkeypatch):
    if variable is not None:
        monkeypatch.setenv("DEEPDUB_API_KEY", variable)
    assert key(find_account(**given)) == sent


def test_a_callable_key_is_called_at_each_connection():
    keys = iter("ABC")
    found = find_account(api_key=lambda: next(keys))
    assert [key(found) for _ in range(3)] == ["A", "B", "C"]


@pytest.mark.parametrize("value", ["", 7, b"key", "canary key", "canary\n", "canary\x00", "canaryé"])
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(value):
    with pytest.raises(InvalidConfig, match="api_key") as caught:
        find_account(api_key=value)
    assert "canary" not in str(caught.value)


def test_a_callable_that_returns_no_key_is_an_error_that_does_not_show_it():
    with pytest.raises(UsageError, match="no header can have") as caught:
        key(find_account(api_key=lambda: "canary\n"))
    assert "canary" not in str(caught.value)


HERE, THERE = "http://127.0.0.1:8080/api/v1", "https://tts.example.com/prefix/api/v1"
# arguments, environment -> the three addresses, region
PLACES = [
    ({}, {}, US, "us"),
    ({"region": "us"}, {}, US, "us"),
    ({"region": "eu"}, {}, EU, "eu"),
    ({}, {"DD_EU": "1"}, EU, "eu"),
    ({}, {"DD_EU": "0"}, US, "us"),
    ({}, {"DD_EU": "true"}, US, "us"),
    ({"region": "us"}, {"DD_EU": "1"}, US, "us"),
    ({}, {REST: EU[0]}, EU, "eu"),
    ({}, {OPEN: EU[1]}, EU, "eu"),
    ({}, {STREAMING: EU[2] + "/"}, EU, "eu"),
    ({}, {REST: "  "}, US, "us"),
    ({"base_url": EU[0] + "/"}, {}, EU, "eu"),
    ({"websocket_url": EU[1]}, {}, EU, "eu"),
    ({"base_url": "https://RestAPI.eu.deepdub.ai./api/v1", "region": "eu"}, {}, None, "eu"),
    ({"base_url": HERE}, {}, beside(HERE), None),
    ({"base_url": THERE}, {}, beside(THERE), None),
    ({"base_url": HERE, "region": "eu"}, {}, beside(HERE), "eu"),
    ({"base_url": "http://[::1]:9/api/v1"}, {}, beside("http://[::1]:9/api/v1"), None),
    ({}, {REST: HERE}, beside(HERE), None),
    ({}, {REST: HERE, "DD_EU": "1"}, beside(HERE), "eu"),
    ({"base_url": HERE}, {REST: EU[0]}, beside(HERE), None),
    ({"base_url": HERE, "websocket_url": "ws://a:1/x", "streaming_url": "ws://b:2/y"}, {},
     (HERE, "ws://a:1/x", "ws://b:2/y"), None),
    ({}, {REST: HERE, OPEN: "ws://a:1/x", STREAMING: "ws://b:2/y"}, (HERE, "ws://a:1/x", "ws://b:2/y"), None),
    ({"websocket_url": "ws://127.0.0.1:1/open"}, {}, (US[0], "ws://127.0.0.1:1/open", US[2]), "us"),
    # A region that was asked for is never overridden by the environment.
    ({"region": "eu"}, {REST: US[0], OPEN: US[1], STREAMING: US[2]}, EU, "eu"),
    ({"region": "eu"}, {REST: HERE}, EU, "eu"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "environment", "addresses", "region"), PLACES)
def test_addresses_are_the_arguments_else_the_regions_else_the_environments(
    given, environment, addresses, region, monkeypatch
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = find_account(**given)
    assert found.region == region
    if addresses:
        assert (found.base_url, found.open_url, found.streaming_url) == addresses


CONTRADICTIONS = [
    ({"region": "eu", "base_url": US[0]}, {}, "base_url is in region 'us', and region says 'eu'"),
    ({"region": "us", "websocket_url": EU[1]}, {}, "websocket_url is in region 'eu', and region says 'us'"),
    ({"region": "us", "streaming_url": EU[2]}, {}, "streaming_url is in region 'eu'"),
    ({"base_url": EU[0], "streaming_url": US[2]}, {}, "streaming_url is in region 'us', and base_url says 'eu'"),
    ({"base_url": "https://eu-restapi.deepdub.ai/api/v1", "region": "us"}, {}, "base_url is in region 'eu'"),
    ({}, {"DD_EU": "1", REST: US[0]}, f"{REST} is in region 'us', and DD_EU=1 says 'eu'"),
    ({}, {REST: EU[0], OPEN: US[1]}, f"{OPEN} is in region 'us', and {REST} says 'eu'"),
]


@pytest.mark.parametrize(("given", "environment", "words"), CONTRADICTIONS)
def test_addresses_in_two_regions_are_refused(given, environment, words, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidConfig, match=words):
        find_account(**given)


def test_a_region_that_does_not_exist_is_refused_with_the_nearest():
    with pytest.raises(InvalidConfig, match=r"no region 'eur'; regions: us eu\. Did you mean 'eu'"):
        find_account(region="eur")
    for wrong in ("", "mars", 7, ["us"]):
        with pytest.raises(InvalidConfig, match="no region"):
            find_account(region=wrong)


NO_ADDRESSES = [
    "", "localhost:8080", "ftp://host/x", "{}://", "{}:///x", "{}://host/?x=1", "{}://host/#x",
    "{}://user:canary@host/", "{}://host:99999/", "{}://host:0/", "{}://ho st/", "{}://[::1/", 7,
]  # fmt: skip


@pytest.mark.parametrize("name", ["base_url", "websocket_url", "streaming_url"])
@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_an_address_that_is_none_is_refused_without_being_shown(name, url):
    scheme = "https" if name == "base_url" else "wss"
    with pytest.raises(InvalidConfig, match=f"{name} is no address") as caught:
        find_account(**{name: url.format(scheme) if isinstance(url, str) else url})
    assert "canary" not in str(caught.value)


def test_an_address_of_the_other_kind_is_refused():
    with pytest.raises(InvalidConfig, match="begins with http"):
        find_account(base_url=US[1])
    with pytest.raises(InvalidConfig, match="begins with ws"):
        find_account(websocket_url=US[0])


def test_a_key_is_never_sent_in_clear_to_the_vendor():
    with pytest.raises(InvalidConfig, match="in clear: begin it with https"):
        find_account(base_url=US[0].replace("https", "http"))
    with pytest.raises(InvalidConfig, match="in clear: begin it with wss"):
        find_account(streaming_url=US[2].replace("wss", "ws", 1))


def test_the_vendors_address_without_its_path_is_refused_with_the_right_one():
    with pytest.raises(InvalidConfig, match=r"give 'https://restapi\.deepdub\.ai/api/v1'"):
        find_account(base_url="https://restapi.deepdub.ai")


def test_only_the_vendors_own_hosts_need_a_key():
    assert find_account().hosted
    assert find_account(base_url=EU[0]).hosted
    assert not find_account(base_url=HERE).hosted


def test_places_are_the_accounts_whichever_way_it_is_asked():
    ours = find_account(api_key="dd-secret")
    assert ours.slots.size == 3
    assert find_account(api_key="dd-secret", concurrency=5).slots.size == 5
    assert ours.slots.account == find_account(api_key="dd-secret", region="us").slots.account
    for other in ({"api_key": "dd-other"}, {"api_key": "dd-secret", "region": "eu"}):
        assert ours.slots.account != find_account(**other).slots.account
    assert "secret" not in repr(ours) + repr(ours.slots)


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "3", True])
def test_a_concurrency_that_is_no_number_of_places_is_refused(wrong):
    with pytest.raises(InvalidConfig, match="concurrency"):
        find_account(concurrency=wrong)
