"""What a config says, from where it is read, and what it gives."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from voxbridge import AudioFormat, Config, InvalidConfig, Router, Timeouts, UnknownBackend, UsageError
from voxbridge.config import _check_routes


WHOLE = """\
    default = "live"
    format = "wav"
    language = "en-GB"

    [backends.deepgram]
    api_key = "env:DEEPGRAM_API_KEY"
    region  = "eu"
    price   = { per = "1k characters", amount = 0.030, currency = "USD" }

    [backends.deepdub]
    region = "eu"
    model  = "dd-etts-3.2"

    [backends.deepgram_two]
    plugin = "deepgram"
    api_key = "env:SECOND_KEY"
    tags = ["second"]

    [voices.narrator]
    deepgram = "aura-2-thalia-en"
    deepdub  = { id = "x_authoritative", language = "de-DE", model = "dd-etts-3.3", options = { temperature = 0.4 } }
    espeak   = "en-us"

    [routes.live]
    voice = "narrator"
    members = ["deepgram", "deepdub", { backend = "espeak", weight = 5, retries = 0 }]
    order = "weighted"
    first_audio_timeout = 2.0
    stall_timeout = 3
    retries = 2
    format = "mulaw/8000"
    region = "eu"

    [routes.plain]
    members = ["deepgram/aura-2-draco-en", { backend = "espeak", voice = "narrator", first_audio_timeout = 1 }]

    [profiles.offline]
    default = "espeak"
    [profiles.offline.routes.live]
    members = ["espeak"]

    [lexicon]
    files = ["brands.toml"]

    [timeouts]
    first_audio = 4
    """


@pytest.fixture
def whole(write, tmp_path):
    (tmp_path / "brands.toml").write_text('[[word]]\ntext = "SQL"\nsay = "sequel"\n')
    return write(WHOLE)


class TestKeys:
    def test_the_top(self, whole):
        config = Config.load(whole)
        assert (config.default, config.format, config.language, config.region) == (
            "live", AudioFormat("wav"), "en-GB", None,
        )  # fmt: skip
        assert config.timeouts == Timeouts(first_audio=4)
        assert (str(config.source), config.warnings) == (str(whole), ())

    def test_backends_are_made_by_their_constructors(self, whole, monkeypatch):
        monkeypatch.setenv("DEEPGRAM_API_KEY", "K1")
        monkeypatch.setenv("SECOND_KEY", "K2")
        config = Config.load(whole)
        first, second = config.backend("deepgram"), config.backend("deepgram_two")
        assert (first.name, first.region, first.host) == ("deepgram", "eu", "api.eu.deepgram.com")
        assert (second.name, second.region, second._options.tags) == ("deepgram_two", "us", ("second",))
        assert [each._account.key.reveal() for each in (first, second)] == ["Token K1", "Token K2"]
        assert config.backend("deepdub")._options.model == "dd-etts-3.2"

    def test_a_backend_without_a_table_comes_from_the_environment(self, whole):
        assert Config.load(whole).backend("espeak").name == "espeak"
        with pytest.raises(UnknownBackend, match="Did you mean 'espeak'"):
            Config.load(whole).backend("espaek")

    def test_prices(self, whole):
        config = Config.load(whole)
        price = config.price("deepgram")
        assert price
        assert (price.per, price.amount, price.currency) == ("1k characters", 0.030, "USD")
        assert (config.price("deepdub"), config.price("espeak")) == (None, None)

    def test_a_route_is_a_router(self, whole):
        live = Config.load(whole).router("live")
        assert isinstance(live, Router)
        assert (live.name, live.region, live.order) == ("live", "eu", "weighted")
        defaults = live.defaults
        assert (defaults.first_audio_timeout, defaults.stall_timeout, defaults.retries) == (2.0, 3, 2)
        assert [(route.backend, route.voice.id, route.weight, route.retries) for route in live.routes] == [
            ("deepgram", "aura-2-thalia-en", 1, None),
            ("deepdub", "x_authoritative", 1, None),
            ("espeak", "en-us", 5, 0),
        ]
        assert Config.load(whole).routes["live"].format == AudioFormat("mulaw", 8000)

    def test_a_member_may_have_a_voice_of_its_own(self, whole):
        routes = Config.load(whole).router("plain").routes
        assert [(route.backend, getattr(route.voice, "id", route.voice)) for route in routes] == [
            ("deepgram", "aura-2-draco-en"), ("espeak", "en-us"),
        ]  # fmt: skip
        assert routes[1].first_audio_timeout == 1

    def test_a_voice_is_cast_for_each_backend(self, whole):
        cast = Config.load(whole).voices["narrator"]["deepdub"]
        assert (cast.id, cast.language) == ("x_authoritative", "de-DE")
        assert cast.options == {"model": "dd-etts-3.3", "temperature": 0.4}

    def test_a_voice_is_a_target_too(self, whole):
        router = Config.load(whole).router("narrator")
        assert (router.name, [route.backend for route in router.routes]) == (
            "narrator", ["deepgram", "deepdub", "espeak"],
        )  # fmt: skip
        assert Config.load(whole).router("deepgram") is None

    def test_lexicons_stand_beside_the_file(self, whole):
        (lexicon,) = Config.load(whole).lexicon
        assert [entry.text for entry in lexicon.entries] == ["SQL"]

    def test_two_lexicons_with_the_same_word_are_refused(self, whole, tmp_path):
        (tmp_path / "more.toml").write_text('[[word]]\ntext = "sql"\nsay = "S Q L"\n')
        whole.write_text(whole.read_text().replace('["brands.toml"]', '["brands.toml", "more.toml"]'))
        with pytest.raises(InvalidConfig, match=r"voxbridge\.toml:\d+: lexicon: .*more\.toml:1: 'sql' is also at"):
            Config.load(whole)

    def test_lexicons_have_their_mistakes_told(self, whole, tmp_path):
        (tmp_path / "brands.toml").write_text('[[word]]\ntext = "SQL"\n')
        with pytest.raises(InvalidConfig, match=r"lexicon\.files: .*brands\.toml:1: 'SQL' does not say how"):
            Config.load(whole)


class TestWhere:
    def test_nothing_is_found_and_nothing_is_said(self):
        assert Config.load() == Config()

    def test_the_working_directory(self, write):
        write("format = 'mp3'", Path("voxbridge.toml"))
        config = Config.load()
        assert (config.format, config.source.found, str(config.source)) == (AudioFormat("mp3"), True, "voxbridge.toml")

    def test_the_users_folder(self, write, tmp_path):
        write("format = 'mp3'", tmp_path / "home" / ".config" / "voxbridge" / "voxbridge.toml")
        assert (Config.load().format, Config.load().source.found) == (AudioFormat("mp3"), False)

    def test_the_environment_comes_before_what_is_found(self, write, tmp_path, monkeypatch):
        write("format = 'mp3'", Path("voxbridge.toml"))
        write("format = 'flac'", tmp_path / "home" / "mine.toml")
        monkeypatch.setenv("VOXBRIDGE_CONFIG", "~/mine.toml")
        assert (Config.load().format, Config.load().source.found) == (AudioFormat("flac"), False)
        monkeypatch.setenv("VOXBRIDGE_CONFIG", "")
        assert Config.load().format == AudioFormat("mp3")
        monkeypatch.setenv("VOXBRIDGE_CONFIG", "nix.toml")
        with pytest.raises(InvalidConfig, match=r"cannot read the config nix\.toml"):
            Config.load()

    def test_the_working_directory_comes_before_the_users_folder(self, write, tmp_path):
        write("format = 'flac'", tmp_path / "home" / ".config" / "voxbridge" / "voxbridge.toml")
        write("format = 'mp3'", Path("voxbridge.toml"))
        assert Config.load().format == AudioFormat("mp3")

    def test_what_is_named_comes_before_all(self, write, monkeypatch, tmp_path):
        write("format = 'mp3'", Path("voxbridge.toml"))
        monkeypatch.setenv("VOXBRIDGE_CONFIG", "nix.toml")
        assert Config.load(write("format = 'flac'")).format == AudioFormat("flac")

    def test_a_caller_gives_it_in_each_way(self, write):
        path = write("format = 'flac'")
        config = Config.load(path)
        assert Config.of(config) is config
        assert Config.of(path).format == Config.of(str(path)).format == AudioFormat("flac")
        assert Config.of({"format": "flac"}).format == AudioFormat("flac")
        assert Config.of(None) == Config()
        with pytest.raises(UsageError, match="config is of type int: give a path, a Config or a mapping"):
            Config.of(5)


class TestFormatsWithoutCodecs:
    @pytest.fixture(autouse=True)
    def without_codecs(self, monkeypatch):
        monkeypatch.setattr(_check_routes, "codecs_installed", lambda: False)

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("[routes.r]\nmembers = ['espeak']\nformat = 'mp3'", 3),
            ("format = 'mp3'\n[routes.r]\nmembers = ['espeak']", 2),
            ("default = 'espeak'\nformat = 'mp3'", 2),
            ("default = 'espeak/en-us'\nformat = 'flac'", 2),
            ("default = 'n'\nformat = 'mp3'\n[voices.n]\nespeak = 'en-us'", 2),
            ("[routes.r]\nmembers = ['deepgram', 'espeak']\nformat = 'mp3/44100'", 3),
        ],
    )
    def test_a_format_that_no_member_can_give_is_refused(self, write, text, line):
        path = write(text)
        with pytest.raises(InvalidConfig) as refused:
            Config.load(path)
        assert f"{path}:{line}: " in str(refused.value)
        assert "which nobody here can give, and converting needs: pip install" in str(refused.value)

    @pytest.mark.parametrize(
        "text",
        [
            "[routes.r]\nmembers = ['deepgram']\nformat = 'mp3'",
            "[routes.r]\nmembers = ['deepdub']\nformat = 'mp3'",
            "[routes.r]\nmembers = ['espeak', 'deepgram', 'deepdub']\nformat = 'wav/16000'",
            "default = 'deepgram/aura-2-draco-en'\nformat = 'mp3'",
        ],
    )
    def test_a_format_that_one_gives_is_not(self, write, text):
        assert Config.load(write(text)).warnings == ()

    def test_a_live_stream_that_cannot_fall_back_is_told(self, write):
        path = write("[routes.r]\nmembers = ['deepgram', 'deepdub']\nformat = 'mp3'")
        with pytest.warns(UserWarning, match=r":3: a live stream of mp3 cannot fall back") as told:
            config = Config.load(path)
        assert config.warnings == (str(told[0].message),)


def test_with_codecs_every_format_can_be_given(write):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Config.load(write("[routes.r]\nmembers = ['espeak', 'deepgram']\nformat = 'aac'"))
