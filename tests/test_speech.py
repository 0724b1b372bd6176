"""Speech and its pieces in files: whole or not at all."""

from __future__ import annotations

import asyncio
import wave

import pytest

from voxbridge import AsyncClient, Client, TruncatedSpeech, VoxbridgeError
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
