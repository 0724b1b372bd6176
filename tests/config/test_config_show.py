"""A config as it was understood."""

from __future__ import annotations

import tomllib

from voxbridge import Config


def test_all_of_it_is_shown_and_is_the_same_config_again(write, tmp_path):
    (tmp_path / "brands.toml").write_text('[[word]]\ntext = "SQL"\nsay = "sequel"\n[[word]]\ntext = "X"\nsay = "ex"\n')
    text = """\
        default = "live"
        format = "mulaw"
        language = "en-GB"
        region = "eu"

        [backends.deepgram]  # api.eu.deepgram.com, eu
        api_key = "env:NOWHERE"  # is not set
        tags = ["a", "b\\"c"]
        mip_opt_out = true

        [backends.second]  # restapi.eu.deepdub.ai, eu
        plugin = "deepdub"
        concurrency = 2
        price = { per = "minute", amount = 1, currency = "USD" }

        [backends.espeak]  # this machine

        [voices.narrator]
        deepgram = "aura-2-thalia-en"
        second = { id = "x", language = "de", options = { model = "m", temperature = 0.5 } }

        [voices."the guest"]
        espeak = "en-gb"

        [routes.live]
        voice = "narrator"
        members = [
            "deepgram",
            { backend = "second", weight = 2 },
            { backend = "espeak", voice = "the guest", retries = 0 },
        ]
        order = "weighted"
        first_audio_timeout = 2.5
        format = "wav/16000"
        region = "eu"

        [lexicon]  # 2 entries
        files = ["brands.toml"]

        [timeouts]
        connect = 1
        first_audio = 5.0
        stall = 5.0
        send = 5.0
        close = 2.0
        """
    path = write(text)
    config = Config.load(path)
    output = config.shown()
    first, rest = output.split("\n", 1)
    assert first == f"# {path}"
    assert rest == path.read_text().replace('"mulaw"', '"mulaw/8000"')
    path.write_text(output)
    assert Config.load(path).shown() == output


def test_a_key_is_said_to_be_set_and_is_not_shown(monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-0123456789")
    output = Config.of({"backends": {"deepgram": {"api_key": "env:MY_KEY", "access_token": lambda: "T"}}}).shown()
    assert 'api_key = "env:MY_KEY"  # is set\naccess_token = "a function"\n' in output
    assert "0123" not in output


def test_a_backend_that_cannot_be_made_any_more_is_told_of(monkeypatch):
    config = Config.of({"backends": {"deepgram": {}}})
    monkeypatch.setenv("DEEPGRAM_BASE_URL", "nowhere")
    assert "[backends.deepgram]  # deepgram: DEEPGRAM_BASE_URL is no address" in config.shown()


def test_nothing_is_almost_nothing():
    assert Config().shown() == "# config\n"
    assert tomllib.loads(Config().shown()) == {}
