"""`voxbridge say`: what it writes, where, and how it ends."""

from __future__ import annotations

import io
import sys
import wave
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from voxbridge.testing import expected_indices, hear_words


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for key in ("DEEPGRAM_API_KEY", "DEEPGRAM_TOKEN", "DEEPDUB_API_KEY"):
        monkeypatch.delenv(key, raising=False)


def samples(path):
    with wave.open(str(path)) as sound:
        return sound.readframes(sound.getnframes()), sound.getframerate()


def words(path):
    return [word.index for word in hear_words(*samples(path)) if not word.broken]


def test_it_writes_every_word_into_a_wav(run, tmp_path):
    result = run("say", "Hello there. How are you?", "--to", "steady", "-o", "hello.wav")
    assert (result.exit_code, result.output) == (0, "")
    assert words("hello.wav") == expected_indices("Hello there. How are you?")
    assert [path.name for path in tmp_path.iterdir()] == ["hello.wav"]


@pytest.mark.parametrize(
    ("arguments", "codec", "rate"),
    [
        ("-o x", "pcm_s16le", 24000),
        ("-o x.mp3", "mp3float", 24000),
        ("-o x.OPUS", "opus", 48000),
        ("-o x.flac", "flac", 24000),
        ("-o x.aac", "aac", 24000),
        ("--format wav/8000 -o x", "pcm_s16le", 8000),
        ("--format wav-mulaw -o x.wav", "pcm_mulaw", 8000),
        ("--format mp3/16000 -o x.wav", "mp3float", 16000),
    ],
)
def test_the_format_is_the_asked_one_else_the_suffix_else_wav(run, arguments, codec, rate):
    assert run("say", "Hello there.", "--to", "steady", *arguments.split()).exit_code == 0
    name = arguments.split()[-1]
    with av.open(name) as file:
        (stream,) = file.streams.audio
        assert (stream.codec_context.name.removeprefix("lib"), stream.rate, stream.channels) == (codec, rate, 1)


def test_raw_formats_are_raw(run):
    assert run("say", "Hello there.", "--to", "steady", "--format", "mulaw/8000", "-o", "call").exit_code == 0
    assert Path("call").stat().st_size == 2 * 0.2 * 8000


def test_stdout_gets_audio_alone(run):
    result = run("say", "Hello there.", "--to", "steady", "-o", "-")
    with wave.open(io.BytesIO(result.stdout_bytes)) as sound:
        assert sound.getframerate() == 24000
    assert len(result.stdout_bytes) == 44 + 2 * 24000 * 0.4


def test_without_any_key_espeak_speaks_and_says_so(run):
    result = run("say", "Hello.", "-o", "hello.wav")
    assert result.exit_code == 0
    assert result.output.count("\n") == 1
    assert "espeak" in result.output
    assert "key" in result.output
    assert np.abs(np.frombuffer(samples("hello.wav")[0], "<i2")).max() > 1000


def test_asked_for_by_name_espeak_says_nothing(run):
    assert run("say", "Hello.", "--voice", "espeak/en-us", "-o", "hello.wav").output == ""


def test_without_a_key_and_without_espeak_the_ways_out_are_told(run, monkeypatch):
    monkeypatch.setenv("VOXBRIDGE_PLUGINS", "planted_backends")
    result = run("say", "Hello.", "-o", "hello.wav")
    assert result.exit_code == 2
    assert "no backend has a key" in result.output


def test_text_with_nothing_to_say_is_a_wav_without_sound(run):
    result = run("say", " ... ", "--to", "steady", "-o", "hello.wav")
    assert result.exit_code == 0
    assert "nothing to say" in result.output
    assert samples("hello.wav") == (b"", 24000)


def test_what_could_not_be_done_as_asked_is_told(run):
    result = run("say", "Hello.", "--to", "steady", "--speed", "2", "-o", "hello.wav")
    assert (result.exit_code, "steady: speed was left out" in result.output) == (0, True)
    strict = run("say", "Hello.", "--to", "steady", "--speed", "2", "--strict", "-o", "strict.wav")
    assert (strict.exit_code, "strict" in strict.output) == (1, True)


MARKED = [
    ("--ssml", "<speak>Hello <emphasis>there</emphasis>. How are you?</speak>"),
    ("--speechmarkdown", "Hello +there+. How are you?"),
]


@pytest.mark.parametrize(("flag", "text"), MARKED)
def test_markup_is_spoken_as_what_it_says_and_what_was_lost_is_told(run, flag, text):
    result = run("say", text, flag, "--to", "steady", "-o", "x.wav")
    assert (result.exit_code, result.output) == (0, "voxbridge: steady: emphasis of 'there' was left out\n")
    assert words("x.wav") == expected_indices("Hello there. How are you?")


@pytest.mark.parametrize(("flag", "text"), MARKED)
def test_markup_from_standard_input_is_read_when_it_is_whole(start, flag, text, tmp_path):
    process = start("say", "-", flag, "--to", "steady", "-o", str(tmp_path / "x.wav"))
    _, err = process.communicate(text.encode())
    assert (process.returncode, b"emphasis" in err) == (0, True)
    assert words(tmp_path / "x.wav") == expected_indices("Hello there. How are you?")


def test_words_are_said_as_the_lexicons_have_them(run, tmp_path):
    (tmp_path / "a.csv").write_text("text,say\nSQL,sequel\n")
    (tmp_path / "b.toml").write_text('[[word]]\ntext = "NYC"\nsay = "New York City"\n')
    lexicons = ("--lexicon", "a.csv", "--lexicon", "b.toml")
    result = run("say", "Use SQL in NYC.", *lexicons, "--to", "steady", "-o", "x.wav")
    assert (result.exit_code, result.output) == (0, "")
    assert words("x.wav") == expected_indices("Use sequel in New York City.")


def test_wrong_markup_is_2_and_its_place_is_told(run, tmp_path):
    result = run("say", "<speak>Hello <brake/></speak>", "--ssml", "--to", "steady", "-o", "x.wav")
    assert result.exit_code == 2
    assert "line 1, column 14: <brake>" in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--to steady -o nowhere/{x}.wav", "cannot write nowhere/{x}.wav: No such file"),
        ("--to steady -o .", "cannot write .: Is a directory"),
        ("--to steady -o x.doc", "no format has the suffix '.doc'"),
        ("--to steady --format pcm -o x", "'linear16'"),
        ("--to steady --format wav/0 -o x", "8000"),
        ("--to steady --option steady -o x", "BACKEND.KEY=VALUE"),
        ("--to steady --option nobody.a=1 -o x", "no backend is called 'nobody'"),
        ("--to steady --speed 0 -o x", "speed is 0.0"),
        ("--to steady --deadline nan -o x", "deadline is nan"),
        ("--to steady --lexicon none.csv -o x", "cannot read the lexicon none.csv: No such file"),
        ("--to stedy -o x", "Did you mean 'steady'?"),
        ("--voice words -o x", "backend/words"),
    ],
)
def test_a_wrong_command_line_is_2_and_nothing_is_spoken(run, tmp_path, arguments, words):
    from planted_backends import Steady  # planted

    Steady.asked.clear()
    result = run("say", "Hello.", *arguments.split())
    assert (result.exit_code, Steady.asked) == (2, [])
    assert words in result.output
    assert list(tmp_path.iterdir()) == []


def test_text_that_cannot_be_spoken_is_2(run):
    result = run("say", "a\0b", "--to", "steady", "-o", "x")
    assert (result.exit_code, "character 1 of the text is NUL" in result.output) == (2, True)


@pytest.mark.parametrize(("target", "words"), [("dead", "nobody answers"), ("dying", "it died")])
def test_a_backend_that_fails_is_1_and_leaves_no_file(run, tmp_path, target, words):
    result = run("say", "One two. Three four.", "--to", target, "-o", "x.wav")
    assert result.exit_code == 1
    assert result.output.startswith("voxbridge: ")
    assert words in result.output
    assert list(tmp_path.iterdir()) == []


def test_an_older_file_survives_a_failure(run, tmp_path):
    (tmp_path / "x.wav").write_bytes(b"older")
    assert run("say", "Hello.", "--to", "dead", "-o", "x.wav").exit_code == 1
    assert (tmp_path / "x.wav").read_bytes() == b"older"


def test_options_are_read_as_json_else_as_words(run, monkeypatch):
    seen = []
    monkeypatch.setattr("voxbridge.Client.stream", lambda self, text, **call: seen.append(call["options"]) or 1 / 0)
    settings = ["steady.temperature=0.4", "steady.tags=a=b", "espeak.on=true"]
    run("say", "Hello.", "--to", "steady", *[part for setting in settings for part in ("--option", setting)])
    assert seen == [{"steady": {"temperature": 0.4, "tags": "a=b"}, "espeak": {"on": True}}]


def test_without_a_way_to_play_it_is_2_and_names_o(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    for arguments in ([], ["--play", "-o", "x.wav"]):
        result = run("say", "Hello.", "--to", "steady", *arguments)
        assert result.exit_code == 2
        assert "pip install 'voxbridge-tts[play]'" in result.output
        assert "-o hello.wav" in result.output


@pytest.mark.parametrize("arguments", ["", "-o x.wav --play", "-o x.mp3 --play", "-o x.ulaw --play"])
def test_what_is_played_is_what_is_written(run, monkeypatch, loudspeaker, arguments):
    monkeypatch.setitem(sys.modules, "sounddevice", loudspeaker)
    assert run("say", "Hello there.", "--to", "steady", *arguments.split()).exit_code == 0
    heard = hear_words(np.concatenate(loudspeaker.played).astype("<i2").tobytes(), loudspeaker.rates[0])
    assert [word.index for word in heard if not word.broken] == expected_indices("Hello there.")


@pytest.fixture
def loudspeaker():
    """Return a `sounddevice` that keeps what it should play."""
    fake = SimpleNamespace(played=[], rates=[], PortAudioError=OSError)

    class OutputStream:
        def __init__(self, samplerate, channels, dtype):
            assert (channels, dtype) == (1, "int16")
            fake.rates.append(samplerate)

        def write(self, block):
            fake.played.append(block)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

    fake.OutputStream = OutputStream
    return fake
