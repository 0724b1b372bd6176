"""Profiles are laid over the rest."""

from __future__ import annotations

import pytest

from voxbridge import AudioFormat, Client, Config, InvalidConfig


TEXT = """\
    default = "live"
    format = "mp3"
    [backends.deepgram]
    region = "eu"
    voice = "aura-2-draco-en"
    [routes.live]
    members = ["deepgram", "espeak"]
    retries = 3
    [profiles.offline]
    default = "espeak"
    [profiles.tests]
    format = "wav"
    backends.deepgram.region = "us"
    [profiles.tests.routes.live]
    members = ["espeak"]
    [profiles.wrong.backends.deepgram]
    regon = "us"
    region = "mars"
    """


@pytest.fixture
def path(write):
    return write(TEXT.partition("    [profiles.wrong")[0])


def test_tables_are_added_to_and_all_else_is_replaced(path):
    config = Config.load(path, profile="tests")
    assert (config.default, config.format, config.source.profile) == ("live", AudioFormat("wav"), "tests")
    assert config.backend("deepgram").region == "us"
    assert config.backend("deepgram").voice == "aura-2-draco-en"
    live = config.router("live")
    assert ([route.backend for route in live.routes], live.defaults.retries) == (["espeak"], 3)


def test_without_one_nothing_is(path):
    config = Config.load(path)
    assert (config.default, config.format, config.source.profile) == ("live", AudioFormat("mp3"), None)
    assert config.backend("deepgram").region == "eu"


def test_the_environment_names_one_where_the_caller_does_not(path, monkeypatch):
    monkeypatch.setenv("VOXBRIDGE_PROFILE", "offline")
    assert Config.load(path).default == "espeak"
    assert Config.load(path, profile="tests").default == "live"
    assert Config.of({"default": "deepgram", "profiles": {"offline": {"default": "espeak"}}}).default == "espeak"
    with Client(config=path) as client:
        assert client.synthesize("Hello.").backend == "espeak"
    monkeypatch.setenv("VOXBRIDGE_PROFILE", "")
    assert Config.load(path).default == "live"


def test_one_that_is_not_there_is_refused(path, monkeypatch):
    with pytest.raises(
        InvalidConfig, match=r"no profile 'offlin'; there are: offline, tests\. Did you mean 'offline'\?"
    ):
        Config.load(path, profile="offlin")
    monkeypatch.setenv("VOXBRIDGE_PROFILE", "offline")
    with pytest.raises(InvalidConfig, match="no profile 'offline'; there are none"):
        Config.of({})
    with pytest.raises(InvalidConfig, match="no profile 'offline': there is no config"):
        Config.load()


def test_mistakes_in_the_one_that_is_used_have_its_lines(write):
    path = write(TEXT)
    with pytest.raises(InvalidConfig) as refused:
        Config.load(path, profile="wrong")
    assert [line.strip().split(": ")[0] for line in str(refused.value).splitlines()[1:]] == [f"{path}:17", f"{path}:18"]


def test_keys_of_the_others_are_looked_at_too(write):
    with pytest.raises(InvalidConfig, match=r"toml:4: profiles\.a: unknown key 'formt'"):
        Config.load(write("[profiles.b]\n[profiles.a]\n\nformt = 1"), profile="b")
