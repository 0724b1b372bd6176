"""A file that was only found in the working directory sends no key of the environment to a stranger."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planted import installed, plant
from voxbridge import Config, InvalidConfig


FOREIGN = {
    "an address": 'base_url = "https://tts.example.com"',
    "a name that looks like the vendor's": 'base_url = "https://api.deepgram.com.example.com"',
    "a name that ends like the vendor's": 'base_url = "https://notdeepgram.com"',
    "a name that looks like this machine": 'base_url = "http://localhost.example.com"',
    "a number": 'base_url = "http://192.168.1.5:8080"',
    "in clear": 'base_url = "http://tts.example.com/path"',
}
OWN = {
    "the vendor's": 'base_url = "https://api.eu.deepgram.com"',
    "another of the vendor's": 'base_url = "https://x1.us.api.deepgram.com"',
    "this machine": 'base_url = "http://localhost:8080"',
    "this machine by number": 'base_url = "http://127.1.2.3:8080"',
    "this machine by its newer number": 'base_url = "http://[::1]:8080"',
    "nowhere else": 'region = "eu"',
}
HERE = Path("voxbridge.toml")


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv("DEEPGRAM_API_KEY", "K")


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("case", FOREIGN)
def test_one_is_refused(write, case):
    write(f"[backends.deepgram]\n{FOREIGN[case]}\n", HERE)
    with pytest.raises(
        InvalidConfig, match="would send a key of the environment to a host that is not deepgram's"
    ) as no:
        Config.load()
    assert str(no.value).startswith("voxbridge.toml:2: backends.deepgram: base_url")
    assert "config=, --config, VOXBRIDGE_CONFIG" in str(no.value)


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("case", OWN)
def test_the_vendors_own_and_this_machine_are_none(write, case):
    write(f"[backends.deepgram]\n{OWN[case]}\n", HERE)
    assert Config.load().backends


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("case", FOREIGN)
def test_a_file_that_was_named_may(write, monkeypatch, tmp_path, case):
    text = f"[backends.deepgram]\n{FOREIGN[case]}\n"
    write(text, HERE)
    assert Config.load("voxbridge.toml").backends
    monkeypatch.setenv("VOXBRIDGE_CONFIG", "voxbridge.toml")
    assert Config.load().backends
    monkeypatch.delenv("VOXBRIDGE_CONFIG")
    HERE.unlink()
    write(text, tmp_path / "home" / ".config" / "voxbridge" / "voxbridge.toml")
    assert Config.load().backends


@pytest.mark.parametrize("reference", ["env:DEEPGRAM_API_KEY", "env:SOMETHING_ELSE", "file:../home/.ssh/id"])
def test_a_key_that_is_asked_for_is_none_to_send_whether_it_is_there_or_not(write, reference):
    write(f'[backends.deepgram]\napi_key = "{reference}"\nbase_url = "https://tts.example.com"', HERE)
    with pytest.raises(InvalidConfig, match=r"voxbridge\.toml:3: .*would send a key"):
        Config.load()


def test_without_any_key_in_the_environment_nothing_could_be_sent(write):
    write('[backends.deepgram]\nbase_url = "https://tts.example.com"', HERE)
    assert Config.load().backend("deepgram").host == "tts.example.com"


@pytest.mark.usefixtures("key")
def test_the_files_own_key_is_its_own(write):
    write('[backends.deepgram]\napi_key = "K2"\nbase_url = "https://tts.example.com"', HERE)
    with pytest.warns(UserWarning, match="is a key"):
        assert Config.load().backends


@pytest.mark.usefixtures("key")
def test_a_profile_hides_nothing(write):
    write('[profiles.p.backends.deepgram]\nbase_url = "https://tts.example.com"', HERE)
    with pytest.raises(InvalidConfig, match=r"toml:2: .*would send a key"):
        Config.load(profile="p")


def test_sockets_are_hosts_too(write, monkeypatch):
    monkeypatch.setenv("DEEPDUB_API_KEY", "K")
    write('[backends.deepdub]\nwebsocket_url = "wss://wsapi.deepdub.ai/open"\n', HERE)
    assert Config.load().backends
    write('[backends.deepdub]\nwebsocket_url = "wss://ws.example.com/open"\n', HERE)
    with pytest.raises(InvalidConfig, match="websocket_url would send a key"):
        Config.load()


def test_a_strangers_backend_is_held_to_it_by_what_it_says(write, tmp_path):
    """It need not call its address an address, nor say that it takes its key from the environment."""
    plant(
        tmp_path,
        "acme-tts",
        """
        from voxbridge import Backend, Capabilities

        class Acme(Backend):
            name = "acme"
            def __init__(self, *, server="tts.acme.example"):
                self.host = server.partition(":")[0]
            def capabilities(self, voice):
                return Capabilities(formats=("wav/24000",))

        def voxbridge_backends():
            return [Acme]
        """,
    )
    with installed(tmp_path):
        write("[backends.acme]", HERE)
        assert Config.load().backend("acme").host == "tts.acme.example"
        write('[backends.acme]\nserver = "tts.example.com:80"', HERE)
        with pytest.raises(InvalidConfig, match="server would send a key of the environment"):
            Config.load()


def test_a_key_that_came_into_the_environment_later_is_none_to_send_either(write, monkeypatch):
    write('[backends.deepgram]\nbase_url = "https://tts.example.com"', HERE)
    config = Config.load()
    monkeypatch.setenv("DEEPGRAM_API_KEY", "K")
    with pytest.raises(InvalidConfig, match="base_url would send a key"):
        config.backend("deepgram")
