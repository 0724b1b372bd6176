"""The driver of the engine, with the real engine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import espeakng_loader
import numpy as np
import pytest

from voxbridge_espeak._engine import Engine, EngineVoice


SENTENCE = "The quick brown fox jumps over the lazy dog."


@pytest.fixture(scope="module")
def engine():
    return Engine.instance()


def voice(id):
    return next(voice for voice in Engine.instance().voices() if voice.id == id)


def spoken(text, id="en-us", rate=175, **options):
    """Return the samples of *text*."""
    heard = []

    def emit(data):
        heard.append(data)
        return True

    Engine.instance().speak(text, voice(id), rate, emit, **options)
    return np.frombuffer(b"".join(heard), "<i2")


def seconds(text, *arguments, **options):
    return len(spoken(text, *arguments, **options)) / Engine.instance().sample_rate


def in_a_process(code, *, first, **environment):
    """Run *code* in a Python of its own that imports from *first* before all, and return what it prints."""
    paths = os.pathsep.join([str(first), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        env={**os.environ, "PYTHONPATH": paths, **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_speech_is_as_long_as_its_words_and_is_not_silence(engine):
    samples = spoken(SENTENCE)
    assert 2 < len(samples) / engine.sample_rate < 5
    assert np.abs(samples.astype(int)).max() > 3000
    voiced = np.abs(samples[: len(samples) // 441 * 441].reshape(-1, 441).astype(int)).max(axis=1) > 300
    assert voiced.mean() > 0.7


def test_a_higher_rate_is_shorter_speech():
    assert seconds(SENTENCE, rate=350) < 0.6 * seconds(SENTENCE) < 0.4 * seconds(SENTENCE, rate=88)


def test_audio_comes_while_the_engine_still_speaks(engine):
    heard = []
    engine.speak(SENTENCE * 3, voice("en-us"), 175, lambda data: heard.append(len(data)) or True)
    assert len(heard) > 50
    assert max(heard) <= 2 * 0.06 * engine.sample_rate + 2


def test_false_from_emit_stops_in_mid_sentence_and_the_engine_speaks_again(engine):
    heard = []
    returned = []

    def emit(data):
        heard.append(data)
        returned.append(time.perf_counter())
        return len(heard) < 3

    engine.speak("many words, " * 1600, voice("en-us"), 175, emit)
    assert time.perf_counter() - returned[-1] < 0.05
    assert len(heard) == 3
    assert seconds("Hello there.") == pytest.approx(1.0, abs=0.2)


def test_an_error_of_emit_comes_out_of_speak(engine):
    def emit(data):
        raise KeyError(len(data))

    with pytest.raises(KeyError):
        engine.speak(SENTENCE, voice("en-us"), 175, emit)
    assert seconds("Hello there.") > 0.8


def test_threads_at_once_each_get_their_own_audio():
    texts = ["One.", "Two words and more.", SENTENCE, SENTENCE * 3]
    alone = [seconds(text) for text in texts]
    together = [[] for _ in texts]
    start = threading.Barrier(len(texts))

    def speak(index):
        start.wait(5)
        for _ in range(10):
            together[index].append(seconds(texts[index]))

    threads = [threading.Thread(target=speak, args=(index,)) for index in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for expected, durations in zip(alone, together, strict=True):
        assert durations == pytest.approx([expected] * 10, abs=0.1)


def test_voices_have_ids_languages_and_gender(engine):
    voices = engine.voices()
    assert len(voices) > 100
    assert len({voice.id for voice in voices}) == len(voices)
    assert all(voice.languages and min(voice.languages.values()) > 0 for voice in voices)
    assert voice("en-us") == EngineVoice(
        id="en-us",
        path="gmw/en-US",
        name="English (America)",
        languages={"en-us": 2, "en": 3},
        gender="male",
    )


def test_the_voice_of_a_call_is_its_own(engine):
    assert engine.phonemes("Wagen", voice("de")) != engine.phonemes("Wagen", voice("en-us"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("one [[h@l'oU]] two", "one [ [h@l'oU] ] two"),
        ("one <break time='9s'/> two", "one < break time='9s' / > two"),
        ("one \x01+400S two three four five six", "one +400S two three four five six"),
        ("one \x01Vde zwei drei", "one Vde zwei drei"),
        ("one \ue001+400S two three four five six", "one +400S two three four five six"),
    ],
)
def test_plain_text_is_never_a_command(text, words):
    """It takes as long as its signs and words, read out."""
    assert seconds(text) == pytest.approx(seconds(words), abs=0.3)


def test_phonemes_are_read_only_on_demand():
    assert seconds("[[h@l'oU]].", phonemes=True) == pytest.approx(seconds("hello."), abs=0.1)
    assert seconds("[[h@l'oU]].") > 1.7 * seconds("hello.")


def test_nul_does_not_end_the_text():
    assert seconds("one two\0three four") == pytest.approx(seconds("one two three four"), abs=0.1)


@pytest.mark.parametrize(
    ("word", "id"),
    [("1234567 ", "en-us"), ("これは日本語の長い文章です", "ja"), ("XKCD-1234/", "en-us"), ("$%&@# ", "en-us")],
)
def test_no_words_are_lost_from_a_clause_that_is_too_long_for_the_engine(word, id):
    assert seconds(word * 40, id) > 0.9 * 10 * seconds(word * 4, id)


def test_a_sentence_ends_in_a_pause_and_a_cut_one_does_not():
    assert seconds("Hello there.") - seconds("Hello there") > 0.2


@pytest.fixture
def deep(tmp_path):
    """Return a folder whose espeakng_loader has its data under a path that is too long for the engine."""
    folder = tmp_path.joinpath(*["d" * 60] * 3)
    package = folder / "espeakng_loader"
    package.mkdir(parents=True)
    for real in (espeakng_loader.__file__, espeakng_loader.get_library_path(), espeakng_loader.get_data_path()):
        (package / Path(real).name).symlink_to(real)
    (package / "__init__.py").unlink()
    shutil.copy(espeakng_loader.__file__, package)  # it looks for its data beside its own, resolved, file
    return folder


def test_data_in_a_long_folder_is_found(deep, tmp_path):
    """The engine forgets the path of its data at 160 bytes, without a word; the link is gone afterwards."""
    code = """
        import espeakng_loader
        from voxbridge_espeak._engine import Engine

        heard = []
        engine = Engine.instance()
        engine.speak("Hello.", engine.voices()[0], 175, lambda data: heard.append(data) or True)
        print(len(espeakng_loader.get_data_path()) > 160, sum(map(len, heard)) > 20_000)
    """
    short = tmp_path / "t"
    short.mkdir()
    assert in_a_process(code, first=deep, TMPDIR=str(short)) == "True True"
    assert list(short.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_speaks_although_another_thread_was_speaking_at_the_fork(tmp_path):
    """And the parent goes on as if nothing had happened."""
    code = """
        import os, threading, warnings
        from voxbridge_espeak._engine import Engine
        warnings.simplefilter("ignore", DeprecationWarning)  # fork while there are threads: that is the point

        engine = Engine.instance()
        inside, forked = threading.Event(), threading.Event()
        sizes = []

        def emit(data):
            sizes.append(len(data))
            inside.set()
            return forked.wait(20)

        def hello():
            heard = []
            engine = Engine.instance()
            engine.speak("Hello there.", engine.voices()[0], 175, lambda data: heard.append(data) or True)
            return sum(map(len, heard)) > 20_000

        thread = threading.Thread(target=lambda: engine.speak("Hello there. " * 9, engine.voices()[0], 175, emit))
        thread.start()
        inside.wait(20)
        child = os.fork()
        if child == 0:
            os._exit(0 if hello() and hello() else 1)
        _, status = os.waitpid(child, 0)
        forked.set()
        thread.join(20)
        print(status, sum(sizes) > 100_000, hello())
    """
    assert in_a_process(code, first=tmp_path) == "0 True True"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_that_ends_leaves_the_parent_its_data(deep, tmp_path):
    code = """
        import os, sys
        from voxbridge_espeak._engine import Engine

        def hello():
            heard = []
            engine = Engine.instance()
            german = next(voice for voice in engine.voices() if voice.id == "de")
            engine.speak("Guten Tag.", german, 175, lambda data: heard.append(data) or True)
            return sum(map(len, heard)) > 20_000

        Engine.instance()
        child = os.fork()
        if child == 0:
            sys.exit(0 if hello() else 1)
        _, status = os.waitpid(child, 0)
        print(status, hello())
    """
    short = tmp_path / "t"
    short.mkdir()
    assert in_a_process(code, first=deep, TMPDIR=str(short)) == "0 True"
    assert list(short.iterdir()) == []


@pytest.mark.parametrize(
    ("loader", "words"),
    [
        ("raise ImportError", "pip install 'voxbridge-tts[espeak]'"),
        ("get_library_path = get_data_path = lambda: '/nowhere/lib'", "cannot be loaded on this machine"),
        (
            f"get_library_path = lambda: {espeakng_loader.get_library_path()!r}; get_data_path = lambda: '/nowhere'",
            "finds no voices in '/nowhere'",
        ),
    ],
)
def test_an_engine_that_is_missing_or_broken_says_what_to_do(tmp_path, loader, words):
    (tmp_path / "espeakng_loader.py").write_text(loader)
    code = """
        from voxbridge.exceptions import UnsupportedFeature
        from voxbridge_espeak._engine import Engine

        for _ in range(2):
            try:
                Engine.instance()
            except UnsupportedFeature as error:
                print(error)
    """
    first, second = in_a_process(code, first=tmp_path).splitlines()
    assert words in first
    assert first == second
