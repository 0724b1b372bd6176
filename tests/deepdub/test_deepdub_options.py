"""What requests and configurations say: every option on every wire, and what is refused."""

from __future__ import annotations

import re
from uuid import UUID

import pytest

from voxbridge import AudioFormat, Degraded, InvalidFormat, Job, UsageError, Voice, Warn
from voxbridge_deepdub._matrix import OPEN, REQUEST, STREAMING
from voxbridge_deepdub._options import OPTIONS, Options, fields, remarks


G = "22222222-2222-4222-8222-222222222222"
ALL = {
    "model": "dd-etts-3.5",
    "temperature": 0.7,
    "variance": 1,
    "prompt_boost": True,
    "seed": 42,
    "target_duration": 2.5,
    "super_stretch": False,
    "accent": {"base": "en-US", "target": "fr-FR", "ratio": 0.3},
    "target_gender": "female",
    "performance_reference": "p",
    "clean_audio": False,
    "auto_gain": True,
    "realtime": True,
    "generation_id": G,
    "accept_emojis": True,
    "first_audio_timeout": 50,
    "output_diacritized": True,
    "enable_logging": False,
    "emotion": "excited",
    "inline": {"locale": "es-MX"},
    "extra": {"newest": [1]},
}
MP3, PCM = AudioFormat("mp3", 48000), AudioFormat("linear16", 24000)
COMMON = {"voicePromptId": "V", "locale": "en-US", "model": "dd-etts-3.5"}


def job(format=PCM, **more):
    return Job(voice=Voice(id="V", backend="deepdub"), format=format, **more)


def given(**options):
    return Options().updated(options)


def test_every_option_of_the_contract_is_there():
    assert ALL.keys() == OPTIONS


BOTH = {
    "cleanAudio": False,
    "realtime": True,
    "targetGender": "female",
    "outputDiacritized": True,
    "enableLogging": False,
    "newest": [1],
}
ONE_BY_ONE = {
    "temperature": 0.7,
    "variance": 1,
    "promptBoost": True,
    "seed": 42,
    "targetDuration": 2.5,
    "superStretch": False,
    "accentControl": {"accentBaseLocale": "en-US", "accentLocale": "fr-FR", "accentRatio": 0.3},
    "performanceReferencePromptId": "p",
    "autoGain": True,
}


@pytest.mark.parametrize(
    ("wire", "format", "said"),
    [
        (REQUEST, MP3, {**BOTH, **ONE_BY_ONE, "format": "mp3", "sampleRate": 48000}),
        (OPEN, PCM, {**BOTH, **ONE_BY_ONE, "format": "s16le", "sampleRate": 24000}),
        (
            STREAMING,
            PCM,
            {**BOTH, "firstAudioTimeout": 50, "acceptEmojis": True, "format": "s16le", "sampleRate": 24000},
        ),
    ],
    ids=["http", "websocket", "streaming"],
)
def test_each_wire_is_told_what_it_takes_and_the_report_what_it_does_not(wire, format, said):
    options = given(**ALL)
    assert fields(job(format), options, wire) == {**COMMON, **said}
    dropped = {
        action.degradation.feature for action in remarks(job(format), options, wire) if isinstance(action, Degraded)
    }
    assert dropped == OPTIONS - wire.options | ({"seed"} if wire is not STREAMING else set())  # only 1.1 has a seed


def test_what_may_do_nothing_in_requests_is_sent_with_a_warning():
    options = given(enable_logging=False)
    assert fields(job(MP3), options, REQUEST)["enableLogging"] is False
    (warning,) = remarks(job(MP3), options, REQUEST)
    assert (type(warning), warning.code) == (Warn, "enable_logging")
    assert remarks(job(), options, OPEN) == remarks(job(), options, STREAMING) == []


def test_nothing_unset_is_sent():
    assert fields(job(), Options(), OPEN) == {
        "model": "dd-etts-3.2",
        "voicePromptId": "V",
        "locale": "en-US",
        "format": "s16le",
        "sampleRate": 24000,
    }
    assert remarks(job(), Options(), OPEN) == []


def test_none_leaves_an_option_as_it_was():
    assert given(model="m", temperature=None).updated({"model": None}) == given(model="m")


WRONG = [
    ("model", ["", " ", 7, "a\nb"]),
    ("temperature", [-0.1, 1.1, "0.4", True, float("nan")]),
    ("variance", [2, None.__class__]),
    ("prompt_boost", ["yes", 1]),
    ("seed", [1.5, True, "1"]),
    ("target_duration", [0, -1, float("inf"), "2", True]),
    ("super_stretch", [0]),
    (
        "accent",
        [
            {},
            {"base": "en-US"},
            {"base": "en-US", "target": "fr-FR"},
            {"base": "en-US", "target": "fr-FR", "ratio": 0.5, "more": 1},
            {"base": "en", "target": "fr-FR", "ratio": 0.5},
            {"base": "en-US", "target": 7, "ratio": 0.5},
            {"base": "en-US", "target": "fr-FR", "ratio": 1.5},
            "fr-FR",
        ],
    ),
    ("target_gender", ["FEMALE", "other", 7]),
    ("performance_reference", ["", 7]),
    ("clean_audio", ["no"]),
    ("auto_gain", [1]),
    ("realtime", ["true"]),
    ("generation_id", ["", "G", 7, "not-a-uuid"]),
    ("accept_emojis", [1]),
    ("first_audio_timeout", [0, 0.05, True, "50"]),
    ("output_diacritized", [1]),
    ("enable_logging", ["on"]),
    ("emotion", ["", "[sad]", "sad]", "a<b", "😀x", "１", 7, "x" * 65]),
    ("inline", [{}, {"speed": "2"}, {"locale": "es"}, {"voice": 'x" />'}, {"voice": 7}, {"target_gender": "x"}, "es"]),
    ("extra", [7, "x", [1], {"x": object()}, {"x": float("nan")}, {"x": b"bytes"}]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG for value in values])
def test_a_wrong_value_is_refused_with_what_is_right(name, value):
    with pytest.raises(UsageError, match=f"^deepdub: {name}.* is .*: give "):
        given(**{name: value})


def test_every_option_has_wrong_values():
    assert {name for name, _ in WRONG} == OPTIONS


@pytest.mark.parametrize("wire", [REQUEST, OPEN])
def test_speed_is_tempo(wire):
    assert fields(job(wire.formats[0], speed=1.5), Options(), wire)["tempo"] == 1.5
    assert "tempo" not in fields(job(wire.formats[0]), Options(), wire)


@pytest.mark.parametrize("wire", [REQUEST, OPEN])
def test_a_jobs_duration_is_the_target_duration(wire):
    said = fields(job(wire.formats[0], duration=3.5), Options(), wire)
    assert said["targetDuration"] == 3.5
    assert "duration" not in said


@pytest.mark.parametrize(
    ("asked", "options"),
    [
        ({"speed": 1.5}, {"target_duration": 2.0}),
        ({"speed": 1.5, "duration": 2.0}, {}),
        ({"duration": 2.0}, {"target_duration": 2.0}),
    ],
)
def test_tempo_and_duration_exclude_each_other(asked, options):
    with pytest.raises(UsageError, match="exclude each other"):
        fields(job(**asked), given(**options), OPEN)


@pytest.mark.parametrize("speed", [0.4, 2.1])
def test_a_tempo_outside_the_vendors_range_is_refused(speed):
    with pytest.raises(UsageError, match=r"it takes 0\.5 to 2\.0"):
        fields(job(speed=speed), Options(), OPEN)


def test_text_in_pieces_has_no_tempo_and_the_report_says_so():
    assert "tempo" not in fields(job(speed=1.5), Options(), STREAMING)
    (lost,) = remarks(job(speed=1.5), Options(), STREAMING)
    assert (lost.degradation.feature, lost.degradation.backend) == ("speed", "deepdub")


def test_what_a_model_ignores_is_a_degradation_and_an_unknown_model_a_warning():
    (lost,) = remarks(job(duration=2.0), given(model="dd-etts-3.4"), OPEN)
    assert (lost.degradation.feature, lost.degradation.done) == ("duration", "dd-etts-3.4 is known to ignore it")
    (warning,) = remarks(job(duration=2.0), given(model="VoiceSpin 2"), OPEN)
    assert (type(warning), warning.code) == (Warn, "model")


@pytest.mark.parametrize(
    "key", ["model", "locale", "sampleRate", "targetText", "action", "generationId", "voicePromptId"]
)
def test_extra_says_nothing_twice(key):
    with pytest.raises(UsageError, match=f"extra has '{key}', which is asked for already"):
        fields(job(), given(extra={key: "x"}), OPEN)


def test_a_format_that_the_wire_does_not_give_is_refused():
    with pytest.raises(InvalidFormat):
        fields(job(PCM), Options(), REQUEST)


def test_a_generation_id_is_a_uuid_in_the_usual_form():
    assert given(generation_id=G.upper()).generation_id == G == str(UUID(G))


@pytest.mark.parametrize(
    ("options", "controls"),
    [
        ({}, ""),
        ({"emotion": "excited"}, "[excited]"),
        ({"emotion": "very sad"}, "[very sad]"),
        ({"emotion": "😀", "accept_emojis": True}, "😀"),
        (
            {"inline": {"locale": "es-MX", "voice": "V_a.b", "target_gender": "male"}, "emotion": "sad"},
            '<config locale="es-MX" voicePromptId="V_a.b" targetGender="male" />[sad]',
        ),
    ],
)
def test_inline_controls_come_from_options_alone(options, controls):
    assert given(**options).controls == controls


def test_an_emoji_is_an_emotion_only_where_emoji_are_accepted():
    with pytest.raises(UsageError, match="give accept_emojis=True too"):
        given(emotion="😀")
    assert given(accept_emojis=True).updated({"emotion": "😀"}).controls == "😀"


def test_messages_show_no_more_than_the_value_in_question():
    with pytest.raises(UsageError) as caught:
        given(temperature=7, extra={"secret": 1})
    assert not re.search("secret", str(caught.value))
