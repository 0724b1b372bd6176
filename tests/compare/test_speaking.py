"""`voxbridge.compare` and `acompare`: every take is a row, measured, in the order of the seed."""

from __future__ import annotations

import asyncio
import io
import threading
import wave

import pytest

import voxbridge
from voxbridge import BackendUnavailable, Route, TruncatedSpeech, UsageError, Utterance, acompare, compare
from voxbridge._compare._take import COLUMNS
from voxbridge.testing import Cut, ScriptedBackend


TEXTS = ["Hello there.", "How are you today?"]


def blocking(*args, **more):
    return compare(*args, **more)


def on_a_loop(*args, **more):
    return asyncio.run(acompare(*args, **more))


@pytest.fixture(params=[blocking, on_a_loop])
def run(request):
    return request.param


def scripted(name, script=()):
    return ScriptedBackend(script, name=name)


def test_there_are_repeat_takes_of_each_text_and_target(run):
    found = run(TEXTS, [scripted("a"), scripted("b")], repeat=2)
    assert sorted((row["backend"], row["text"], row["take"]) for row in found.rows) == sorted(
        (backend, text, take) for backend in "ab" for text in TEXTS for take in (1, 2)
    )


def test_a_row_has_the_fixed_keys_in_their_order(run):
    for row in run(TEXTS, [scripted("a"), scripted("b", [BackendUnavailable()] * 99)]).rows:
        assert tuple(row) == COLUMNS


def test_what_can_be_measured_is_there(run):
    (row,) = run("Hello there.", scripted("a"), repeat=1).rows
    assert (row["backend"], row["voice"], row["text"], row["take"], row["cold"]) == (
        "a",
        "words",
        "Hello there.",
        1,
        False,
    )
    assert 0 <= row["first_audio"] <= row["total"]
    assert row["audio_seconds"] > 0.2
    assert row["real_time_factor"] == pytest.approx(row["total"] / row["audio_seconds"], abs=1e-5)
    spoken = row["audio_seconds"] - row["leading_silence"] - row["trailing_silence"]
    assert row["words_per_minute"] == pytest.approx(120 / spoken, abs=0.01)
    assert -60 < row["loudness"] < row["peak"] <= 0
    assert (row["characters"], row["attempts"], row["degradations"], row["error"]) == (12, 1, [], None)
    assert (row["billed"], row["cost"]) == (None, None)


def test_a_target_that_fails_is_a_row_and_not_the_end(run):
    failing = scripted("bad", [BackendUnavailable("out of order", retryable=False)] * 99)
    found = run(TEXTS, [failing, scripted("good")], repeat=1)
    errors = {row["backend"]: row["error"] for row in found.rows}
    assert errors["good"] is None
    assert errors["bad"].startswith("BackendUnavailable: bad: out of order")
    assert found.summary["bad"]["errors"] == found.summary["bad"]["takes"] == 2
    assert found.summary["bad"]["first_audio"] == {"median": None, "p95": None, "takes": 0}


def test_speech_that_is_cut_is_a_row_with_its_error_and_what_was_heard(run):
    found = run("One two three four five six.", scripted("a", [Cut(0.5, TruncatedSpeech())] * 99), repeat=1)
    (row,) = found.rows
    assert row["error"].startswith("InterruptedSpeech: ")
    assert (row["total"], row["real_time_factor"], row["words_per_minute"]) == (None, None, None)
    assert row["first_audio"] is not None
    assert found.audio(row)[:4] == b"RIFF"


def test_who_has_no_key_is_a_row(run, monkeypatch):
    for name in ("DEEPGRAM_API_KEY", "DEEPGRAM_TOKEN", "DEEPGRAM_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    (row,) = run("Hello.", "deepgram/aura-2-thalia-en", repeat=1).rows
    assert (row["backend"], row["voice"], row["attempts"]) == ("deepgram", "aura-2-thalia-en", 0)
    assert row["error"].startswith("MissingCredentials: deepgram: there is no key")


def test_a_fallback_is_one_target_and_its_row_says_who_was_heard(run):
    dead, alive = scripted("dead", [BackendUnavailable()] * 99), scripted("alive")
    (row,) = run("Hello.", [[dead, alive]], repeat=1).rows
    assert (row["backend"], row["voice"], row["error"]) == ("dead+alive", "alive/words", None)
    assert row["attempts"] == 3  # two at the first, one at the second


def test_the_voice_of_a_route_is_part_of_its_name(run):
    routes = [Route(scripted("a"), voice="x"), Route(scripted("b"), voice="y")]
    found = run("Hello.", routes, repeat=1)
    assert set(found.summary) == {"a/x", "b/y"}
    assert {(row["backend"], row["voice"]) for row in found.rows} == {("a", "x"), ("b", "y")}


def test_the_same_seed_gives_the_same_order_and_another_one_another():
    def order(seed):
        found = compare(TEXTS, [scripted("a"), scripted("b")], seed=seed)
        return [(row["backend"], row["text"], row["take"]) for row in found.rows]

    assert order(1) == order(1)
    assert order(1) != order(2)
    assert sorted(order(1)) == sorted(order(2))


def test_both_clients_give_the_same_table_but_for_time():
    def table(run):
        rows = run(TEXTS, [scripted("a"), scripted("b", [BackendUnavailable("no", retryable=False)])], seed=5).rows
        times = {"connect", "first_audio", "total", "real_time_factor", "longest_gap"}
        return [{key: value for key, value in row.items() if key not in times} for row in rows]

    assert table(blocking) == table(on_a_loop)


def test_the_audio_of_a_row_is_in_the_format_that_was_asked_for(run):
    found = run("Hello.", scripted("a"), repeat=1, format="wav/16000")
    (row,) = found.rows
    with wave.open(io.BytesIO(found.audio(row))) as sound:
        assert sound.getframerate() == 16000
        assert sound.getnframes() / 16000 == pytest.approx(row["audio_seconds"])
    assert found.audio(dict(row)) == found.audio(row)


def test_a_row_without_audio_and_a_row_of_another_comparison_are_told_apart():
    found = compare("Hello.", scripted("a", [BackendUnavailable(retryable=False)]), repeat=1)
    with pytest.raises(UsageError, match="no audio: BackendUnavailable"):
        found.audio(found.rows[0])
    with pytest.raises(UsageError, match="no row of this comparison"):
        found.audio({})


def test_text_with_nothing_to_say_is_a_row_of_no_length(run):
    (row,) = run("...", scripted("a"), repeat=1).rows
    assert (row["audio_seconds"], row["first_audio"], row["error"]) == (None, None, None)


@pytest.mark.parametrize(
    ("texts", "targets", "more", "words"),
    [
        ([], ["espeak"], {}, "no text to compare"),
        ("Hello.", [], {}, "nobody is to be compared"),
        ("Hello.", ["espeak", "espeak"], {}, "two targets are called 'espeak'"),
        ("Hello.", ["espaek"], {}, "Did you mean 'espeak'"),
        ("Hello.", [7], {}, "target is 7"),
        ("Hello.", ["espeak"], {"repeat": 0}, "repeat is 0"),
        ("Hello.", ["espeak"], {"repeat": True}, "repeat is True"),
        ("Hello.", ["espeak"], {"seed": "x"}, "seed is 'x'"),
        ("Hello.", ["espeak"], {"format": "pcm"}, "linear16"),
        (["a\0b"], ["espeak"], {}, "NUL"),
        ([b"Hello."], ["espeak"], {}, "text is bytes"),
    ],
)
def test_what_is_wrong_is_refused_before_anybody_speaks(run, texts, targets, more, words):
    heard = scripted("heard")
    with pytest.raises(UsageError, match=words):
        run(texts, [*targets, heard] if targets else targets, **more)
    assert heard.texts == []


def test_utterances_are_compared_as_the_words_they_are(run):
    (row,) = run(Utterance().text("Take ").substitute("Al", "aluminum"), scripted("a"), repeat=1).rows
    assert row["text"] == "Take Al"


def test_takes_are_spoken_one_at_a_time(run):
    class Watched(ScriptedBackend):
        at_once, most, changed = 0, 0, threading.Condition()

        def _speech(self, text):
            with Watched.changed:
                Watched.at_once += 1
                Watched.most = max(Watched.most, Watched.at_once)
                Watched.changed.notify_all()
                Watched.changed.wait_for(lambda: Watched.at_once > 1, timeout=0.02)  # another one may come now
            audio = super()._speech(text)
            with Watched.changed:
                Watched.at_once -= 1
            return audio

    run(["Hello."], [Watched(name="a"), Watched(name="b")], repeat=3)
    assert Watched.most == 1


def test_a_notebook_shows_the_medians():
    html = compare("Hello.", scripted("a"), repeat=1)._repr_html_()
    assert html.startswith("<table><tr><th></th><th>takes</th>")
    assert "<th>a</th><td>1</td><td>0</td><td>0." in html
    assert isinstance(voxbridge.compare("Hello.", scripted("b"), repeat=1), voxbridge.Comparison)
