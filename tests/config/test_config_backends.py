"""The keys of a table are its backend's constructor's, whoever wrote that."""

from __future__ import annotations

import pytest

from tests.planted import installed, plant
from voxbridge import Client, Config, InvalidConfig


ACME = """
    from voxbridge import Backend, Capabilities, Secret

    class Acme(Backend):
        name = "acme"
        options = frozenset({"mood"})

        def __init__(self, api_key=None, *, region=None, base_url=None, speed: int = 1):
            if speed == 3:
                raise KeyError("no gear 3")
            if api_key is not None and not isinstance(api_key, str):
                raise TypeError("a key is a str")
            self.key, self.region, self.speed = api_key, region, speed

        def capabilities(self, voice):
            return Capabilities(formats=("wav/24000",))

    class Any(Backend):
        name = "any"

        def __init__(self, **settings):
            self.settings = settings
            if "secret" in settings.get("echo", ""):
                raise ValueError(f"cannot take {settings}")

    def voxbridge_backends():
        return [Acme, Any]
    """


@pytest.fixture(autouse=True)
def acme(tmp_path):
    plant(tmp_path, "acme-tts", ACME)
    with installed(tmp_path):
        yield


def test_a_strangers_keywords_are_keys(write):
    made = Config.load(write('[backends.acme]\nregion = "x"\nspeed = 2')).backend("acme")
    assert (made.region, made.speed) == ("x", 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "sped = 2",
            "acme: unknown key 'sped': give api_key, base_url, region, speed, plugin, price. Did you mean 'speed'",
        ),
        ("speed = 3", "KeyError: 'no gear 3'"),
        ("api_key = 5", "backends.acme: a key is a str"),
    ],
)
def test_what_its_constructor_refuses_is_a_mistake_of_the_table(write, text, words):
    with pytest.raises(InvalidConfig) as refused:
        Config.load(write(f"[backends.acme]\n{text}"))
    assert words in str(refused.value)


def test_a_constructor_that_takes_anything_gets_it():
    assert Config.of({"backends": {"any": {"a": 1, "b": [2]}}}).backend("any").settings == {"a": 1, "b": [2]}


def test_a_stranger_that_tells_its_key_is_not_quoted():
    with pytest.raises(InvalidConfig, match=r"ValueError: cannot take \{'api_key': '\[key\]'") as refused:
        Config.of({"backends": {"any": {"api_key": "sk-0123456789", "echo": "secret"}}})
    assert "sk-0123" not in str(refused.value)


def test_a_second_account_has_the_tables_name():
    config = Config.of({"backends": {"second": {"plugin": "acme", "region": "x"}, "acme": {}}})
    assert [config.backend(name).name for name in ("acme", "second")] == ["acme", "second"]
    assert [config.backend(name).region for name in ("acme", "second")] == [None, "x"]


def test_a_stranger_that_takes_no_callable_has_the_missing_key_told_at_load():
    with pytest.raises(InvalidConfig, match=r"api_key \(config\) is env:NOWHERE, which is not set; .*a key is a str"):
        Config.of({"backends": {"acme": {"api_key": "env:NOWHERE"}}})


class TestRegion:
    def test_a_table_that_says_none_is_made_with_the_one_that_binds_it(self, monkeypatch):
        """As a backend that a client makes from a name is; it beats the environment's address."""
        monkeypatch.setenv("DEEPGRAM_BASE_URL", "https://tts.example.com")
        config = Config.of({"backends": {"deepgram": {"voice": "v"}}})
        made = config.backend("deepgram", "eu")
        assert (made.region, made.host, made.voice) == ("eu", "api.eu.deepgram.com", "v")
        assert Config.of({"region": "au", "backends": {"deepgram": {}}}).backend("deepgram").region == "au"

    def test_an_address_is_in_no_region_only_because_another_one_says_so(self):
        config = Config.of({"backends": {"deepgram": {"base_url": "https://tts.example.com"}}})
        with pytest.raises(InvalidConfig, match="deepgram does not say in which region it is"):
            config.backend("deepgram", "eu")
        told = {"backends": {"deepgram": {"base_url": "https://tts.example.com", "region": "eu"}}}
        assert Config.of(told).backend("deepgram", "eu").host == "tts.example.com"

    def test_a_client_keeps_to_it(self):
        config = {
            "backends": {"deepgram": {"region": "us"}},
            "routes": {"r": {"members": ["deepgram"], "region": "us"}},
        }
        for target in ("deepgram", "r", ["r"]):
            with pytest.raises(InvalidConfig, match="'eu'"):
                Client(target, config=config, region="eu")
