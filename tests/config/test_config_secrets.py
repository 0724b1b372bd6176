"""Keys: where they may stand, when they are read, and that nothing shows them."""

from __future__ import annotations

import os
import traceback

import pytest

from voxbridge import Client, Config, InvalidConfig, MissingCredentials
from voxbridge.config._secrets import Reference, hidden, literal_keys


KEY = "sk-0123456789abcdef"
LITERAL = f'[backends.deepgram]\nregion = "eu"\napi_key = "{KEY}"\n'


def key_of(config, name="deepgram"):
    return config.backend(name)._account.key.reveal()


class TestReferences:
    def test_env_is_read_when_a_backend_is_made(self, write, monkeypatch):
        config = Config.load(write('[backends.deepgram]\napi_key = "env:MY_KEY"'))
        monkeypatch.setenv("MY_KEY", f" {KEY}\n")
        assert key_of(config) == f"Token {KEY}"

    def test_file_stands_beside_the_config_or_at_home(self, write, tmp_path):
        (tmp_path / "key.txt").write_text(f"{KEY}\n")
        config = Config.load(write('[backends.deepgram]\napi_key = "file:key.txt"'))
        assert key_of(config) == f"Token {KEY}"
        (tmp_path / "home" / "key.txt").write_text("other")
        assert key_of(Config.of({"backends": {"deepgram": {"api_key": "file:~/key.txt"}}})) == "Token other"

    def test_other_values_may_stand_elsewhere_too(self, write, monkeypatch):
        monkeypatch.setenv("MY_URL", "http://127.0.0.1:9")
        assert (
            Config.load(write('[backends.deepgram]\nbase_url = "env:MY_URL"')).backend("deepgram").host == "127.0.0.1"
        )

    @pytest.mark.parametrize(
        ("reference", "problem"),
        [
            ("env:NOWHERE", "env:NOWHERE, which is not set"),
            ("file:nowhere", "file:nowhere, which cannot be read: No such file or directory"),
            ("file:empty", "file:empty, which is empty"),
            ("file:binary", "file:binary, which is no key"),
            ("file:long", "file:long, which is no key"),
            ("file:\\u0000", "file:\0, which cannot be read: embedded null byte"),
        ],
    )
    def test_a_key_that_is_nowhere_is_told_at_the_first_call(self, write, tmp_path, monkeypatch, reference, problem):
        """And the environment's own key, which may be another account's, is not sent instead."""
        (tmp_path / "empty").write_text("\n")
        (tmp_path / "binary").write_bytes(b"\xff\xfe")
        (tmp_path / "long").write_text("x" * 65537)
        monkeypatch.setenv("DEEPGRAM_API_KEY", "of-another-account")
        path = write(f'default = "deepgram"\n[backends.deepgram]\napi_key = "{reference}"')
        with Client(config=path) as client:
            with pytest.raises(MissingCredentials) as refused:
                client.synthesize("Hello.")
            assert str(refused.value) == f"deepgram: api_key ({path}:3) is {problem}"
            (result,) = client.check()
            assert (result.ok, type(result.error)) == (False, MissingCredentials)
            with pytest.raises(MissingCredentials):
                client.voices("deepgram")

    def test_a_shipped_catalogue_needs_no_key(self, write):
        path = write('[backends.deepgram]\napi_key = "env:DEEPGRAM_API_KEY"')
        with Client(config=path) as client:
            assert client.voices("deepgram", language="de")

    def test_all_members_without_a_key_are_named(self, write):
        path = write("""\
            default = "live"
            [backends.second]
            plugin = "deepgram"
            api_key = "env:SECOND_KEY"
            [routes.live]
            members = ["deepgram", "second", "deepdub", "espeak"]
            """)
        with Client(config=path) as client, pytest.raises(MissingCredentials) as refused:
            client.synthesize("Hello.")
        told = str(refused.value).splitlines()
        assert [line.split(":")[0] for line in told] == ["deepgram", "second", "deepdub"]


class TestLiteralKeys:
    def test_one_is_taken_with_a_warning(self, write):
        path = write(LITERAL)
        with pytest.warns(UserWarning, match=f"{path}:3: backends.deepgram.api_key is a key: env:NAME or file:PATH"):
            config = Config.load(path)
        assert key_of(config) == f"Token {KEY}"

    @pytest.mark.skipif(os.name != "posix", reason="there are no such modes")
    @pytest.mark.parametrize("mode", [0o644, 0o604, 0o666])
    def test_one_that_everybody_can_read_is_refused(self, write, mode):
        path = write(LITERAL, mode=mode)
        with pytest.raises(InvalidConfig, match="everybody on this machine can read") as refused:
            Config.load(path)
        assert str(refused.value).startswith(f"{path}:3: backends.deepgram: api_key")
        assert f"chmod 600 {path}" in str(refused.value)

    @pytest.mark.skipif(os.name != "posix", reason="there are no such modes")
    def test_one_in_a_profile_too(self, write):
        path = write('[profiles.p.backends.deepgram]\naccess_token = "T"', mode=0o644)
        with pytest.raises(InvalidConfig, match=r":2: profiles\.p\.backends\.deepgram: access_token is a key"):
            Config.load(path)

    def test_everybody_may_read_where_keys_are(self, write):
        assert Config.load(write('[backends.deepgram]\napi_key = "env:K"', mode=0o644)).warnings == ()

    def test_one_in_a_mapping_needs_no_file_at_all(self):
        assert key_of(Config.of({"backends": {"deepgram": {"api_key": KEY}}})) == f"Token {KEY}"

    def test_a_mapping_may_have_a_callable(self):
        assert key_of(Config.of({"backends": {"deepgram": {"api_key": lambda: KEY}}})) == f"Token {KEY}"


@pytest.mark.filterwarnings("ignore::UserWarning")
class TestNothingShowsThem:
    def test_repr_and_show(self, write, monkeypatch):
        monkeypatch.setenv("MY_KEY", KEY + "x")
        config = Config.load(write(f'{LITERAL}[backends.second]\nplugin = "deepgram"\napi_key = "env:MY_KEY"'))
        for text in (repr(config), str(config), config.shown()):
            assert KEY not in text
        assert 'api_key = "hidden"' in config.shown()
        assert 'api_key = "env:MY_KEY"  # is set' in config.shown()

    @pytest.mark.parametrize(
        "wrong",
        [
            "formt = 1",
            '[backends.deepgram]\nregion = "mars"',
            "[backends.deepgram]\nconcurrency = 0",
            "[backends.deepgram]\nregon = 1",
            "[backends.deepgram]\nplugin = 5",
        ],
    )
    def test_messages_and_tracebacks_of_a_wrong_config(self, write, wrong):
        table = f'[backends.deepgram]\napi_key = "{KEY}"\n'
        text = wrong.replace("[backends.deepgram]\n", table) if "[" in wrong else f"{wrong}\n{table}"
        refuse_without_showing(lambda: Config.load(write(text)))

    @pytest.mark.parametrize("text", [f"{LITERAL}\nx = = 1", f'{LITERAL}\nx = "\\q"'])
    def test_a_traceback_of_what_is_no_toml(self, write, text):
        refuse_without_showing(lambda: Config.load(write(text)))

    def test_a_key_that_stands_where_its_table_should(self, write):
        refuse_without_showing(lambda: Config.load(write(f'[backends]\ndeepgram = "{KEY}"')))

    def test_a_traceback_of_a_key_that_no_header_can_have(self, write):
        refuse_without_showing(lambda: Config.load(write(LITERAL.replace(KEY, f"{KEY} ä"))))

    def test_a_traceback_of_a_client(self, write):
        path = write(LITERAL)
        refuse_without_showing(lambda: Client("deepgram", config=path, region="us"))
        refuse_without_showing(lambda: Client("deepgram", config=path, region="mars"))


def refuse_without_showing(call):
    """Assert that a call is refused, and that nothing in the error, nor in any local of ours, shows the key."""
    with pytest.raises(InvalidConfig) as refused:
        call()
    error = refused.value
    while error is not None:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        ours = [frame for frame in told.stack if "/tests/" not in frame.filename]
        assert not [frame.name for frame in ours if KEY in str(frame.locals)]
        assert KEY not in f"{error!s}{error!r}"
        error = error.__cause__ or error.__context__


def test_what_is_hidden():
    values = {
        "backends": {"a": {"api_key": "K", "Token": "T", "voice": "v", "tags": ["t"], "url": "env:URL"}, "b": "K"}
    }
    found = hidden({**values, "profiles": {"p": values, "q": 5}, "default": "a"})
    assert [str(value) for value in found["backends"]["a"].values()] == [
        "Secret(hidden)", "Secret(hidden)", "v", "['t']", "env:URL",
    ]  # fmt: skip
    assert isinstance(found["backends"]["a"]["url"], Reference)
    assert literal_keys(found) == [
        (*above, "backends", *path)
        for above in ((), ("profiles", "p"))
        for path in (("a", "api_key"), ("a", "Token"), ("b",))
    ]
    assert values["backends"]["a"]["api_key"] == "K"  # the caller's own is left as it is
