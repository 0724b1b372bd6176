"""What a config means to a client: who speaks, in which voice, format and order, in both clients."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.clients.both import read_back
from voxbridge import (
    AudioFormat,
    BackendUnavailable,
    InvalidConfig,
    MissingCredentials,
    Route,
    Timeouts,
    UnknownBackend,
    UsageError,
    _plugins,
)
from voxbridge._settings import Call
from voxbridge.testing import ScriptedBackend


TEXT = "w1 w2 w3."


class One(ScriptedBackend):
    """A backend that a config can make."""

    name = "one"
    options = frozenset({"mood"})
    made: list[One]

    def __init__(self, *, region: str | None = None, dead: bool = False, voice: str | None = None) -> None:
        super().__init__([BackendUnavailable("nobody answers", retryable=False)] * 9 if dead else [])
        self.region, self.voice = region, voice
        self.jobs: list[Any] = []
        self.made.append(self)

    def exchange(self, job: Any) -> Any:
        self.jobs.append(job)
        return super().exchange(job)


class Two(One):
    name = "two"


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[One]:
    """Install two backends, whose objects are listed as they are made, on a machine where nothing is configured."""
    known: Any = {**_plugins._origins(), "one": (One, "tests"), "two": (Two, "tests")}
    monkeypatch.setattr(_plugins, "_origins", lambda: known)
    monkeypatch.setattr(One, "made", objects := [], raising=False)
    for name in ("VOXBRIDGE_CONFIG", "VOXBRIDGE_PROFILE", "DEEPGRAM_API_KEY", "DEEPGRAM_TOKEN", "DEEPDUB_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return objects


CONFIG: dict[str, Any] = {
    "default": "live",
    "format": "wav/16000",
    "language": "fr",
    "backends": {"one": {"dead": True}, "two": {"price": {"per": "minute", "amount": 1, "currency": "USD"}}},
    "voices": {
        "narrator": {"two": "t1", "one": {"id": "o1", "language": "de", "options": {"mood": "glad"}}},
        "guest": {"two": {"id": "t2", "language": "it", "options": {"mood": "sad"}}},
    },
    "routes": {
        "live": {"voice": "narrator", "members": ["one", "two"], "format": "mulaw/8000", "first_audio_timeout": 2},
        "cheap": {"members": ["espeak", "one", "two"], "order": "cheapest"},
    },
    "timeouts": {"stall": 3},
}
ALIVE: dict[str, Any] = {**CONFIG, "backends": {"one": {"voice": "own"}}}


async def plan(speaker: Any, target: Any = None, config: Any = CONFIG, call: Any = None, **client: Any) -> Any:
    """Return who would speak, and how."""
    async with speaker(target, config=config, **client) as made:
        return getattr(made, "client", made)._settings.plan(Call(**(call or {})), "stream")


def synthesize(speaker: Any, target: Any = None, config: Any = CONFIG, text: str = TEXT, **call: Any) -> Any:
    async def scenario() -> Any:
        async with speaker(target, config=config) as client:
            return await client.synthesize(text, **call)

    return asyncio.run(scenario())


def speaks(speaker: Any, target: Any = None, config: Any = CONFIG, **call: Any) -> list[str]:
    """Return the voices that would be tried."""
    return [str(leaf.job.voice) for leaf in asyncio.run(plan(speaker, target, config, call)).leaves]


class TestTarget:
    def test_the_default_route_speaks_and_falls_back(self, speaker: Any) -> None:
        speech = synthesize(speaker)
        assert (speech.backends, speech.format, str(speech.voice)) == (("two",), AudioFormat("mulaw", 8000), "two/t1")
        assert [attempt.voice for attempt in speech.attempts] == ["one/o1", "two/t1"]
        assert read_back(speech.convert("wav"), TEXT).clean

    @pytest.mark.parametrize(
        ("target", "voices"),
        [
            (None, ["one/o1", "two/t1"]),
            ("live", ["one/o1", "two/t1"]),
            ("narrator", ["two/t1", "one/o1"]),
            ("guest", ["two/t2"]),
            ("one", ["one/own"]),
            ("one/x", ["one/x"]),
            (["guest", "one"], ["two/t2", "one/own"]),
            ([Route("two", "narrator"), Route("one", "y")], ["two/t1", "one/y"]),
        ],
    )
    def test_what_a_name_means(self, speaker: Any, target: Any, voices: list[str]) -> None:
        assert speaks(speaker, target, ALIVE) == voices

    @pytest.mark.parametrize("default", ["narrator", "one", "one/own", "live"])
    def test_what_a_default_may_be(self, speaker: Any, default: str) -> None:
        assert synthesize(speaker, config={**ALIVE, "default": default}).backend in {"one", "two"}

    def test_a_config_without_default_is_no_target(self, speaker: Any) -> None:
        config = {key: value for key, value in CONFIG.items() if key != "default"}
        with pytest.raises(MissingCredentials, match="no backend has a key, and none was asked for"):
            synthesize(speaker, config=config)

    def test_a_name_that_nobody_has_is_told_with_those_that_are_near(self, speaker: Any) -> None:
        with pytest.raises(UnknownBackend, match=r"no backend is called 'liv'.* Did you mean 'live'\?"):
            speaker("liv", config=CONFIG)

    def test_an_object_comes_before_the_config_and_that_before_the_environment(
        self, speaker: Any, made: list[One]
    ) -> None:
        own = One(voice="mine")
        assert speaks(speaker, [own, "one/x"], ALIVE) == ["one/mine", "one/x"]
        assert speaks(speaker, [own, "two"], ALIVE, voice={"one": "z", "two": "z"}) == ["one/z", "two/z"]
        assert speaks(speaker, "one", ALIVE) == ["one/own"]
        assert speaks(speaker, "one", {}) == ["one/default"]


class TestVoice:
    @pytest.mark.parametrize(
        ("target", "voice", "voices"),
        [
            (None, None, ["one/o1", "two/t1"]),
            ("cheap", "narrator", None),
            ("two", "narrator", ["two/t1"]),
            ("two", "guest", ["two/t2"]),
            ("two", "bare", ["two/bare"]),
            ("two/x", "guest", ["two/t2"]),
            (None, "two/x", ["two/x"]),
            (None, {"one": "a", "two": "b"}, ["one/a", "two/b"]),
            (["one", "two"], "narrator", ["one/o1", "two/t1"]),
        ],
    )
    def test_a_logical_voice_keeps_the_route(self, speaker: Any, target: Any, voice: Any, voices: Any) -> None:
        if voices is None:
            with pytest.raises(InvalidConfig, match="the voice is not cast for 'espeak', but for one, two"):
                speaks(speaker, target, voice=voice)
        else:
            assert speaks(speaker, target, voice=voice) == voices

    def test_one_that_nobody_has_is_told_with_those_that_are_near(self, speaker: Any) -> None:
        with pytest.raises(UsageError, match=r"say whose it is, as 'backend/narator'\. Did you mean 'narrator'\?"):
            synthesize(speaker, voice="narator")

    def test_a_cast_brings_its_language_and_its_options(self, speaker: Any) -> None:
        first, second = asyncio.run(plan(speaker)).leaves
        assert (first.job.language, dict(first.job.options)) == ("de", {"mood": "glad"})
        assert (second.job.language, dict(second.job.options)) == ("fr", {})

    def test_a_call_comes_before_its_cast(self, speaker: Any) -> None:
        call = {"language": "en", "options": {"one": {"mood": "sad"}}}
        first, second = asyncio.run(plan(speaker, call=call)).leaves
        assert (first.job.language, first.job.options) == ("en", {"mood": "sad"})
        assert second.job.language == "en"


class TestSettings:
    @pytest.mark.parametrize(
        ("target", "client", "call", "format"),
        [
            ("live", {}, {}, "mulaw/8000"),
            ("one", {}, {}, "wav/16000"),
            ("cheap", {}, {}, "wav/16000"),
            ("live", {"format": "alaw"}, {}, "alaw/8000"),
            ("live", {"format": "alaw"}, {"format": "linear16/8000"}, "linear16/8000"),
        ],
    )
    def test_the_nearest_format_counts(self, speaker: Any, target: str, client: Any, call: Any, format: str) -> None:
        assert str(asyncio.run(plan(speaker, target, call=call, **client)).format) == format

    def test_without_any_format_calls_have_their_own(self, speaker: Any) -> None:
        assert str(synthesize(speaker, "one", {}).format) == "wav/24000"

    @pytest.mark.parametrize(
        ("client", "first_audio", "stall"),
        [({}, 2, 3), ({"timeouts": Timeouts(stall=1)}, 2, 1), ({"timeouts": 4}, 2, 4)],
    )
    def test_the_nearest_timeout_counts(self, speaker: Any, client: Any, first_audio: float, stall: float) -> None:
        timeouts = asyncio.run(plan(speaker, **client)).leaves[0].timeouts
        assert (timeouts.first_audio, timeouts.stall) == (first_audio, stall)

    def test_the_cheapest_is_known_by_the_configs_prices(self, speaker: Any, made: list[One]) -> None:
        price = {"per": "minute", "currency": "USD"}
        config = {
            "backends": {"one": {"price": {**price, "amount": 2}}, "two": {"price": {**price, "amount": 1}}},
            "routes": {"cheap": {"members": ["one", "two"], "order": "cheapest"}},
        }
        assert synthesize(speaker, "cheap", config).backends == ("two",)

    def test_the_calls_words_come_before_the_clients_and_those_before_the_configs(
        self, speaker: Any, tmp_path: Path, made: list[One]
    ) -> None:
        for name, said in (("config", "w1"), ("client", "w2"), ("call", "w3")):
            (tmp_path / f"{name}.toml").write_text(
                "".join(f'[[word]]\ntext = "{word}"\nsay = "{said}"\n' for word in words_of(name))
            )

        async def scenario() -> Any:
            config = {"lexicon": {"files": ["config.toml"]}}
            async with speaker("one", config=config, lexicon="client.toml") as client:
                return await client.synthesize("alpha beta gamma.", lexicon="call.toml")

        assert read_back(asyncio.run(scenario()), "w1 w2 w3.").clean


def words_of(lexicon: str) -> list[str]:
    """Return the words that a lexicon has: each has those of the ones before it, too."""
    words = ["gamma", "beta", "alpha"]
    return words[: {"call": 1, "client": 2, "config": 3}[lexicon]]


class TestWhere:
    def test_a_file_of_the_working_directory_is_found(self, speaker: Any) -> None:
        Path("voxbridge.toml").write_text('default = "one"\nformat = "alaw"\n')
        assert str(synthesize(speaker, config=None).format) == "alaw/8000"

    def test_one_that_is_wrong_is_refused_when_the_client_is_made(self, speaker: Any) -> None:
        Path("voxbridge.toml").write_text('defalt = "one"\n')
        with pytest.raises(InvalidConfig, match=r"voxbridge\.toml:1: unknown key 'defalt'"):
            speaker()

    def test_one_of_another_kind_is_refused(self, speaker: Any) -> None:
        with pytest.raises(UsageError, match="config is of type list"):
            speaker(config=["voxbridge.toml"])
