"""Speech and its pieces in files: whole or not at all."""

from __future__ import annotations

import asyncio
import base64
import io
import wave
from pathlib import Path

import pytest
from attrs import evolve

from voxbridge import AsyncClient, AudioChunk, AudioFormat, Client, InvalidFormat, TruncatedSpeech, VoxbridgeError
from voxbridge.testing import Cut, ScriptedBackend, hear_words


def save(kind, text, path, format="wav", backend=None):
    """Save a stream, or a whole speech, of either client."""
    backend = backend or ScriptedBackend()

    async def save():
        async with AsyncClient(backend, retries=0) as client:
            await client.stream(text, format=format).save(path)

    match kind:
        case "async":
            asyncio.run(save())
        case "stream":
            Client(backend, retries=0).stream(text, format=format).save(path)
        case "whole":
            Client(backend, retries=0).synthesize(text, format=format).save(path)


KINDS = pytest.mark.parametrize("kind", ["whole", "stream", "async"])


@KINDS
@pytest.mark.parametrize("text", ["w1 w2. w3.", ""])
def test_a_wav_has_its_true_sizes_also_where_nothing_was_said(tmp_path, kind, text):
    save(kind, text, tmp_path / "x.wav")
    with wave.open(str(tmp_path / "x.wav")) as sound:
        audio = sound.readframes(sound.getnframes())
    assert [word.index for word in hear_words(audio, 24000)] == [1, 2, 3][: len(text)]
    assert len(audio) == (tmp_path / "x.wav").stat().st_size - 44


@KINDS
def test_a_failure_leaves_the_older_file_and_nothing_beside_it(tmp_path, kind):
    (tmp_path / "x.wav").write_bytes(b"older")
    with pytest.raises(VoxbridgeError):
        save(kind, "w1 w2 w3 w4.", tmp_path / "x.wav", backend=ScriptedBackend([Cut(0.5, TruncatedSpeech())]))
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"older"]


@KINDS
def test_a_link_stays_one_and_what_it_stands_for_is_replaced(tmp_path, kind):
    (tmp_path / "real.wav").write_bytes(b"older")
    (tmp_path / "link.wav").symlink_to("real.wav")
    save(kind, "w1.", tmp_path / "link.wav")
    assert (tmp_path / "link.wav").is_symlink()
    assert (tmp_path / "real.wav").stat().st_size > 9600


@KINDS
def test_a_device_is_written_to(kind):
    save(kind, "w1.", "/dev/null")
    assert Path("/dev/null").is_char_device()  # and was not replaced by a file


@KINDS
def test_a_folder_that_is_not_there_is_found_before_anything_is_spoken(tmp_path, kind):
    backend = ScriptedBackend()
    with pytest.raises(FileNotFoundError):
        save(kind, "w1.", tmp_path / "nowhere" / "x.wav", backend=backend)
    assert backend.texts == [] or kind == "whole"


def test_the_samples_of_every_chunk_are_sound_alone():
    chunks = list(Client(ScriptedBackend()).stream("w1 w2.", format="wav/8000"))
    assert sum(len(chunk.samples()) for chunk in chunks) == 2 * 0.2 * 8000


@pytest.mark.parametrize(("suffix", "start"), [(".wav", b"RIFF"), (".flac", b"fLaC"), (".ogg", b"OggS")])
def test_the_suffix_converts(tmp_path, suffix, start):
    speech = Client(ScriptedBackend()).synthesize("w1 w2.", format="linear16/16000")
    assert speech.save(tmp_path / f"x{suffix}").read_bytes().startswith(start)


def speech(format="linear16/16000", text="w1 w2."):
    return Client(ScriptedBackend()).synthesize(text, format=format)


@pytest.mark.parametrize(("name", "rate"), [("x.wav", 16000), ("x.pcm", None), ("x.ulaw", None), ("x", None)])
def test_a_file_that_says_its_rate_keeps_it(tmp_path, name, rate):
    """A WAV of 16 kHz speech is 16 kHz; only formats that do not say it have a usual one."""
    path = speech().save(tmp_path / name)
    if rate:
        with wave.open(str(path)) as sound:
            assert sound.getframerate() == rate
    assert path.stat().st_size > 0


def test_a_suffix_of_no_format_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(InvalidFormat, match="suffix"):
        speech().save(tmp_path / "x.docx")
    assert list(tmp_path.iterdir()) == []


def test_a_long_name_in_any_script_can_be_saved(tmp_path):
    """Names are limited in bytes, and the file beside has a name as well."""
    name = "语" * 80 + ".wav"
    assert speech().save(tmp_path / name).name == name
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("format", ["wav/8000", "mulaw/8000", "wav-alaw/16000", "linear16/48000"])
def test_converting_keeps_the_words_and_the_length(format):
    first = speech()
    second = first.convert(format)
    assert str(second.format) == format
    assert len(second.samples()) / second.format.sample_rate == pytest.approx(first.duration, abs=0.001)
    assert [word.index for word in hear_words(second.samples().tobytes(), second.format.sample_rate)] == [1, 2]


@pytest.mark.parametrize("format", ["wav", "linear16/16000", "mulaw/8000", "wav-alaw/8000"])
def test_a_notebook_shows_a_player_of_what_browsers_play(format):
    whole = speech(format)
    head, data = whole._repr_html_().removesuffix('"></audio>').split(";base64,")
    assert head == '<audio controls src="data:audio/wav'
    with wave.open(io.BytesIO(base64.b64decode(data))) as sound:
        played = (sound.getsampwidth(), sound.getframerate(), sound.getnframes())
    assert played == (2, whole.format.sample_rate, len(whole.samples()))


def test_a_notebook_plays_what_is_compressed_as_it_is():
    whole = evolve(speech("wav"), audio=b"ID3", format=AudioFormat("mp3", 24000))
    assert whole._repr_html_() == '<audio controls src="data:audio/mpeg;base64,SUQz"></audio>'


def test_a_piece_of_a_compressed_stream_has_no_samples_of_its_own():
    chunk = AudioChunk(data=b"ID3", format=AudioFormat("mp3", 24000), offset=0.0, backend="x", unit=0)
    with pytest.raises(InvalidFormat, match="collect"):
        chunk.samples()


def test_audio_is_not_printed():
    assert "<3 bytes>" in repr(AudioChunk(data=b"abc", format=AudioFormat("wav"), offset=0.0, backend="x", unit=0))
    assert len(repr(speech())) < 2000
