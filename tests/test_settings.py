"""Who speaks, by what a client and its calls say."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest

from tests.hand import Hand, Talk
from voxbridge import (
    AudioFormat,
    BackendUnavailable,
    InvalidConfig,
    InvalidText,
    MissingCredentials,
    Route,
    Router,
    UnknownBackend,
    UnsupportedFeature,
    UsageError,
    Utterance,
    Voice,
    _plugins,
)
from voxbridge._calls import matching
from voxbridge._settings import Call, Settings, is_live, pieces, whole_text


class Remote(Hand):
    """A backend that needs a key."""

    name = "acme"
    lacks: Exception | None = None

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name or self.name, local=False)

    def missing(self):
        return self.lacks


class Broken(Remote):
    name = "broken"

    def __init__(self) -> None:
        raise UsageError("needs a moon phase")


@pytest.fixture(autouse=True)
def installed(monkeypatch):
    """The backends that plugins have."""
    classes = {"acme": Remote, "broken": Broken}
    found = SimpleNamespace(failures={}, manager=None)
    monkeypatch.setattr(_plugins, "backend_classes", lambda: classes)
    monkeypatch.setattr("voxbridge._speakers.backend_classes", lambda: classes)
    monkeypatch.setattr(_plugins, "plugins", lambda: found)
    return classes


def settings(target=None, **others):
    return Settings(target, **{"format": None, "timeouts": None, "retries": None, "on_attempt": None, **others})


def speaks(target, voice=None, **others):
    """Return who would speak, as ``backend/voice``."""
    plan = settings(target, **others).plan(Call(voice=voice), "stream")
    return [str(leaf.job.voice) for leaf in plan.leaves]


class TestTarget:
    def test_each_way_to_say_it(self):
        hand = Hand()
        assert speaks("acme") == ["acme/default"]
        assert speaks("acme/x") == ["acme/x"]
        assert speaks(hand) == ["hand/default"]
        assert speaks(Route(hand, "x")) == ["hand/x"]
        assert speaks(["acme/x", hand]) == ["acme/x", "hand/default"]
        assert speaks(Router([Router([hand]), Route("acme", "y")])) == ["hand/default", "acme/y"]

    def test_without_one_the_first_backend_with_a_key_speaks(self):
        assert speaks(None) == ["acme/default"]

    def test_without_any_key_the_ways_out_are_named(self, monkeypatch, installed):
        monkeypatch.setattr(Remote, "lacks", MissingCredentials("set ACME_KEY"))
        with pytest.raises(MissingCredentials, match=r"set ACME_KEY[^$]*moon phase"):
            speaks(None)
        installed.clear()
        with pytest.raises(MissingCredentials, match="pip install"):
            speaks(None)

    def test_local_backends_are_not_chosen_in_silence(self, installed):
        installed.clear()
        installed["hand"] = Hand
        with pytest.raises(MissingCredentials, match=r"Client\('hand'\)"):
            speaks(None)

    def test_an_unknown_name_is_refused_at_once_with_the_nearest(self):
        for target in ("acne", ["acme", "acne"], Router(["acne"])):
            with pytest.raises(UnknownBackend, match="Did you mean 'acme'"):
                settings(target)

    def test_a_name_means_the_clients_own_object_wherever_it_stands(self):
        own = Remote()
        chosen = settings(["acme/x", Route(own, "y")])
        assert chosen.backend("acme") is own
        assert {leaf.backend for leaf in chosen.plan(Call(), "stream").leaves} == {own}

    def test_a_target_of_nobody_is_refused(self):
        with pytest.raises(UsageError, match="at least one member"):
            settings([])

    def test_two_objects_of_one_name_are_refused(self):
        with pytest.raises(UsageError, match="two backends are called 'hand'"):
            settings([Hand(), Hand()])
        one = Hand()
        settings([Route(one, "a"), Route(one, "b")])

    @pytest.mark.parametrize("target", [5, {"a": 1}, [5], ["acme", None], b"acme"])
    def test_what_cannot_speak_is_refused(self, target):
        with pytest.raises(UsageError, match="give a name"):
            settings(target)

    def test_whom_it_speaks_with(self):
        hand = Hand()
        assert settings([hand, "acme"]).named(None)[0] is hand
        assert [backend.name for backend in settings("acme").named("acme")] == ["acme"]


class TestCredentials:
    def test_a_route_whose_members_lack_keys_names_them_all(self):
        one, two = Remote("one"), Remote("two")
        one.lacks, two.lacks = MissingCredentials("one needs K1"), MissingCredentials("two needs K2")
        with pytest.raises(MissingCredentials, match=r"K1\n.*K2"):
            speaks([one, two, Hand()])

    def test_it_never_speaks_with_the_rest(self):
        one = Remote("one")
        one.lacks = MissingCredentials("one needs K1")
        with pytest.raises(MissingCredentials, match="K1"):
            speaks([Hand(), one])

    def test_a_missing_extra_is_said(self):
        one = Remote("one")
        one.lacks = UnsupportedFeature("pip install it")
        with pytest.raises(UnsupportedFeature, match="pip install"):
            speaks(one)


class TestVoice:
    def test_a_voice_of_one_backend_leaves_no_fallback(self):
        route = [Hand("a"), Hand("b")]
        assert speaks(route, "b/x") == ["b/x"]
        assert speaks(route, Voice(id="x", backend="b")) == ["b/x"]

    def test_a_mapping_keeps_the_route(self):
        assert speaks([Hand("a"), Hand("b")], {"a": "x", "b": "y"}) == ["a/x", "b/y"]

    def test_a_bare_id_needs_one_backend_to_belong_to(self):
        assert speaks(Hand(), "x") == ["hand/x"]
        for target in (None, [Hand("a"), Hand("b")]):
            with pytest.raises(UsageError, match="'backend/x'"):
                speaks(target, "x")

    def test_a_call_comes_before_the_target(self):
        assert speaks("acme/x", "y") == ["acme/y"]

    @pytest.mark.parametrize("voice", [5, b"x", ["a"]])
    def test_what_is_no_voice_is_refused(self, voice):
        with pytest.raises(UsageError, match="voice is"):
            speaks(Hand(), voice)


class TestCall:
    def test_the_format_is_the_calls_then_the_clients_then_usual(self):
        def format(kind, client=None, call=None):
            return str(settings(Hand(), format=client).plan(Call(format=call), kind).format)

        assert format("synthesize") == "wav/24000"
        assert format("stream") == format("pieces") == "linear16/24000"
        assert format("stream", "mulaw/8000") == "mulaw/8000"
        assert format("stream", "mulaw/8000", AudioFormat("wav", 16000)) == "wav/16000"

    @pytest.mark.parametrize("name", ["speed", "deadline"])
    @pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "1", True])
    def test_speed_and_deadline_are_numbers_above_0(self, name, value):
        with pytest.raises(UsageError, match=name):
            Call(**{name: value})

    @pytest.mark.parametrize("value", [-1, 1.5, True, "1"])
    def test_retries_are_a_number_of_tries(self, value):
        with pytest.raises(UsageError, match="retries"):
            settings("acme", retries=value)

    def test_options_of_a_backend_that_is_not_there_are_refused(self):
        with pytest.raises(UnknownBackend):
            settings(Hand()).plan(Call(options={"nobody": {}}), "stream")

    def test_delivery_is_live_or_whole(self):
        assert is_live("live")
        assert not is_live("whole")
        with pytest.raises(UsageError, match="'live' or 'whole'"):
            is_live("soon")

    @pytest.mark.parametrize("text", [5, b"bytes", {"a": 1}, object()])
    def test_what_is_no_text_is_refused(self, text):
        with pytest.raises(InvalidText):
            pieces(text, waits=False)
        with pytest.raises(InvalidText):
            whole_text(text)

    def test_what_is_text_is_taken(self):
        utterance = Utterance().text("a")
        assert whole_text(utterance) is utterance
        assert whole_text("a") == "a"
        source = iter(["a"])
        assert pieces(source, waits=False) is source
        assert pieces(None, waits=False) is None


class TestReports:
    def reports(self):
        talk = Talk(Hand("first"), Hand("second"), retries=0)
        talk.rendition.text("Secret words. ")
        talk.fail(BackendUnavailable(detail="gone"))
        talk.fail(BackendUnavailable())
        return talk.rendition.record.attempts

    def test_each_attempt_and_each_failover_is_one_line_without_text(self, monkeypatch, caplog):
        monkeypatch.setattr("voxbridge._settings.attempted", lambda report: None)
        told = []
        reports = self.reports()
        with caplog.at_level(logging.INFO, "voxbridge"):
            settings(Hand(), on_attempt=told.append).attempted(reports, 0, None)
        assert [record.name for record in caplog.records] == ["voxbridge.first", "voxbridge", "voxbridge.second"]
        assert "Secret" not in caplog.text
        assert told == reports

    @pytest.mark.parametrize(
        ("voice", "lines"),
        [
            ("third/x", ["failover from=second/default to=third/x error=BackendUnavailable"]),
            ("second/x", ["failover from=second/default to=second/x error=BackendUnavailable"]),
            ("second/default", []),
            (None, []),
        ],
    )
    def test_a_failover_is_told_as_soon_as_it_is_known_who_is_next(self, monkeypatch, caplog, voice, lines):
        monkeypatch.setattr("voxbridge._settings.attempted", lambda report: None)
        with caplog.at_level(logging.INFO, "voxbridge"):
            settings(Hand()).attempted(self.reports(), 1, voice)
        assert [record.message for record in caplog.records if record.name == "voxbridge"] == lines

    def test_what_was_told_already_is_not_told_again(self, monkeypatch):
        monkeypatch.setattr("voxbridge._settings.attempted", lambda report: None)
        told = []
        settings(Hand(), on_attempt=told.append).attempted(self.reports(), 1, None)
        assert [report.backend for report in told] == ["second"]

    def test_a_plugin_that_fails_at_a_report_does_not_stop_the_speech(self, monkeypatch, caplog):
        def fail(report):
            raise RuntimeError("full disk")

        hook = SimpleNamespace(voxbridge_attempt=fail)
        monkeypatch.setattr(_plugins, "plugins", lambda: SimpleNamespace(manager=SimpleNamespace(hook=hook)))
        _plugins.attempted(self.reports()[0])
        assert "full disk" in caplog.text


def test_voices_are_found_by_language_gender_and_words():
    voices = [
        Voice(id="a", backend="x", name="Anna", languages=("en-US", "de"), gender="female", tags=("calm",)),
        Voice(id="b", backend="x", name="Bert", languages=("en-GB",), gender="male"),
    ]

    def ids(**wanted):
        return [voice.id for voice in matching(voices, **{"language": None, "gender": None, "search": None, **wanted})]

    assert ids() == ["a", "b"]
    assert ids(language="en") == ["a", "b"]
    assert ids(language="en_gb") == ["b"]
    assert ids(language="e") == []
    assert ids(gender="Female") == ["a"]
    assert ids(search="ANNA calm") == ["a"]
    assert ids(search="anna loud") == []


class Regional(Remote):
    """Has two regions."""

    name = "acme"

    def __init__(self, name: str | None = None, *, region: str | None = None) -> None:
        super().__init__(name)
        if region not in {None, "us", "eu"}:
            raise InvalidConfig(f"there is no region {region!r}")
        self.region = region or "us"


class Engine(Hand):
    name = "engine"

    def __init__(self) -> None:
        super().__init__("engine")


@pytest.fixture
def regional(installed):
    """A vendor with regions, one without, and an engine on this machine."""
    installed.clear()
    installed.update(acme=Regional, engine=Engine, remote=type("Nowhere", (Remote,), {"name": "remote"}))


@pytest.mark.usefixtures("regional")
def test_a_backend_made_from_a_name_is_made_in_the_region():
    assert settings("acme").backend("acme").region == "us"
    assert settings("acme", region="eu").backend("acme").region == "eu"
    chosen = settings("engine", region="eu").plan(Call(voice="acme/x"), "stream").leaves
    assert [(leaf.backend.name, leaf.backend.region) for leaf in chosen] == [("acme", "eu")]


@pytest.mark.usefixtures("regional")
@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("remote", "remote does not say"),
        (["engine", "remote"], "remote does not say"),
        (Regional("mine", region="us"), "mine is in region 'us'"),
        ([Engine(), Route(Regional("mine"))], "mine is in region 'us'"),
        (Router(["acme"], region="us", name="live"), "router 'live' is bound to region 'us' within region 'eu'"),
    ],
)
def test_who_is_not_in_the_region_is_refused_at_once(target, said):
    with pytest.raises(InvalidConfig, match=said):
        settings(target, region="eu")


@pytest.mark.usefixtures("regional")
def test_a_region_that_a_vendor_does_not_have_is_its_own_refusal():
    with pytest.raises(InvalidConfig, match="there is no region 'mars'"):
        settings("acme", region="mars")


@pytest.mark.usefixtures("regional")
def test_a_name_that_comes_up_later_is_bound_too():
    bound = settings("engine", region="eu")
    for call in (Call(voice="remote/x"), Call(options={"remote": {}})):
        with pytest.raises(InvalidConfig, match="remote does not say"):
            bound.plan(call, "stream")
    with pytest.raises(InvalidConfig, match="remote does not say"):
        bound.named("remote")
    assert [backend.region for backend in bound.named("acme")] == ["eu"]


@pytest.mark.usefixtures("regional")
def test_a_bound_client_without_a_target_knows_those_alone_that_keep_to_its_region():
    assert [backend.name for backend in settings().named(None)] == ["acme", "engine", "remote"]
    assert [backend.name for backend in settings(region="eu").named(None)] == ["acme", "engine"]
    assert settings(region="eu").plan(Call(), "stream").leaves[0].backend.region == "eu"


@pytest.mark.usefixtures("regional")
def test_a_router_binds_the_names_in_it():
    live = Router([Router(["engine", "acme"]), "acme"], region="eu")
    assert {backend.region for backend in settings(live).named(None) if backend.name == "acme"} == {"eu"}
    first = Regional(region="eu")
    assert settings([live, first]).backend("acme") is first
    with pytest.raises(InvalidConfig, match="acme is in region 'us'"):
        settings([live, Regional()])
