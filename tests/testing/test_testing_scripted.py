"""The scripted backend: it keeps to its script, whatever the client asks in advance."""

from __future__ import annotations

import pytest

from voxbridge import BackendUnavailable, Client, InterruptedSpeech, RateLimited, TruncatedSpeech, UsageError
from voxbridge.testing import Cut, ScriptedBackend, audit, expected_indices, hear_words, words_text


def heard(speech):
    return hear_words(speech.samples().tobytes(), speech.format.sample_rate)


def test_the_example_of_its_docstring_works():
    first = ScriptedBackend([BackendUnavailable(), Cut(0.5, TruncatedSpeech())], name="first")
    second = ScriptedBackend(name="second", vendor=1)
    speech = Client([first, second]).synthesize("Hello there.")
    assert (speech.backends, first.texts) == (("second",), ["Hello there."] * 2)
    assert {word.vendor for word in heard(speech)} == {1}


def test_after_its_script_it_speaks_every_word_once():
    backend = ScriptedBackend()
    text = words_text(40)
    speech = Client(backend).synthesize(text)
    assert audit(heard(speech), expected_indices(text)).clean
    assert "".join(backend.texts) == text


@pytest.mark.parametrize("format", ["linear16/8000", "mulaw/8000", "wav/16000", "flac", "mp3/24000"])
def test_it_gives_any_native_format(format):
    speech = Client(ScriptedBackend(format=format)).synthesize("w1 w2 w3.")
    assert [word.index for word in heard(speech) if not word.broken] == [1, 2, 3]


def test_each_line_is_used_by_one_unit_in_the_order_of_asking():
    """The second sentence is not asked for before the first is whole, so its line waits for it."""
    backend = ScriptedBackend([None, BackendUnavailable(), None, None])
    Client(backend).stream("One two. Three four. Five six.").collect()
    assert [text.strip() for text in backend.texts] == ["One two.", "Three four.", "Three four.", "Five six."]
    assert [job.text_kind for job in backend.jobs] == ["stream", "stream"]


def test_synthesize_asks_for_a_unit_at_a_time_too():
    backend = ScriptedBackend([None, BackendUnavailable()])
    Client(backend).synthesize("One two. Three four.")
    assert [text.strip() for text in backend.texts] == ["One two.", "Three four.", "Three four."]


def test_an_error_comes_out_as_it_was_written():
    error = RateLimited("slow down", retry_after=0.001)
    with pytest.raises(RateLimited) as caught:
        Client(ScriptedBackend([error]), retries=0).synthesize("Hello.")
    assert caught.value is error
    assert caught.value.backend == "scripted"


def test_a_cut_lets_its_share_be_heard():
    stream = Client(ScriptedBackend([Cut(0.5, TruncatedSpeech())]), retries=0).stream("w0 w1 w2 w3 w4 w5 w6 w7.")
    audio: list[bytes] = []
    with pytest.raises(InterruptedSpeech):
        audio.extend(chunk.data for chunk in stream)
    assert [word.index for word in hear_words(b"".join(audio), 24000)] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"script": ["fail"]}, "line 0 of the script is 'fail'"),
        ({"script": [BackendUnavailable]}, "give None, an exception or a Cut"),
        ({"name": "No Name"}, "small letters"),
        ({"vendor": 4}, "0 to 3"),
        ({"format": "pcm"}, "linear16"),
    ],
)
def test_a_wrong_argument_is_refused_at_once(arguments, words):
    with pytest.raises(UsageError, match=words):
        ScriptedBackend(**arguments)


@pytest.mark.parametrize(("at", "error"), [(1.5, TruncatedSpeech()), (-0.1, TruncatedSpeech()), (0.5, "cut")])
def test_a_wrong_cut_is_refused_at_once(at, error):
    with pytest.raises(UsageError):
        Cut(at, error)
