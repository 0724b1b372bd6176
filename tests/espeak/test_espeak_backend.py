"""The backend, with the real engine and without a client."""

from __future__ import annotations

import subprocess
import sys
from threading import Event

import numpy as np
import pytest

import voxbridge_espeak
from voxbridge import (
    Client,
    Degradation,
    InterruptedSpeech,
    InvalidConfig,
    Job,
    Pronunciation,
    Render,
    TextUnit,
    UnsupportedFeature,
    UnsupportedUtterance,
    Utterance,
    Voice,
    VoiceNotFound,
)
from voxbridge._run import Run
from voxbridge.text import Words
from voxbridge_espeak import Espeak
from voxbridge_espeak._engine import Engine


@pytest.fixture
def backend():
    return Espeak()


def job(backend, voice=None, **options):
    voice = voice or backend.default_voice("en-US")
    return Job(voice=voice, format=backend.capabilities(voice).formats[0], **options)


def unit(text, index=0):
    return TextUnit(index, (Words(text),))


def heard(exchange, *texts):
    """Return the samples that an exchange gives for a turn."""
    actions = [action for index, text in enumerate(texts) for action in exchange.send_unit(unit(text, index))]
    return run([*actions, *exchange.send_end()])


def run(actions):
    """Return the samples that actions of an exchange give."""
    audio = []

    def emit(data):
        audio.append(data)
        return True

    for action in actions:
        if isinstance(action, Render):
            action.run(emit)
    return np.frombuffer(b"".join(audio), "<i2")


def call(generator):
    """Return the value of a call that needs no request."""
    with pytest.raises(StopIteration) as stop:
        next(generator)
    return stop.value.value


def test_it_speaks_all_units_of_a_turn(backend):
    whole = heard(backend.exchange(job(backend)), "Hello there. ", "How are you?")
    first = heard(backend.exchange(job(backend)), "Hello there. ")
    assert 0.5 < len(first) / 22050 < len(whole) / 22050 < 3
    assert np.abs(whole.astype(int)).max() > 3000


PRONOUNCED = [
    # as a US voice says it; the last word is how English would spell that
    ("SQL", "ˈsiːkwəl", "sequel"),
    ("Nguyen", "ˈwɪn", "win"),
    ("Hermès", "ɛɹˈmɛz", "air mez"),
    ("Azathioprine", "ˌæzəˈθaɪəˌpriːn", "azza thigh a preen"),
    ("dupilumab", "duːˈpɪljuːmæb", "doo pill you mab"),
]


@pytest.mark.parametrize(("word", "ipa", "sounds_like"), PRONOUNCED)
def test_a_pronunciation_is_spoken(backend, word, ipa, sounds_like):
    """It is as long as words that sound so."""
    exchange = backend.exchange(job(backend))
    actions = exchange.send_unit(TextUnit(0, (Words("The "), Pronunciation(word, ipa), Words(" one."))))
    said = run([*actions, *exchange.send_end()])
    like = heard(backend.exchange(job(backend)), f"The {sounds_like} one.")
    assert len(said) / 22050 == pytest.approx(len(like) / 22050, abs=0.3)


def test_a_pronunciation_changes_what_is_heard(backend):
    length = []
    for segment in (Words("www"), Pronunciation("www", "ˈwɛb")):
        exchange = backend.exchange(job(backend))
        length.append(len(run([*exchange.send_unit(TextUnit(0, (segment,))), *exchange.send_end()])) / 22050)
    letters, word = length
    assert letters > 2 * word
    assert word == pytest.approx(len(heard(backend.exchange(job(backend)), "web")) / 22050, abs=0.05)


@pytest.mark.parametrize(
    ("voice", "phonemes"),
    [("en-us", ("ipa",)), ("en-gb-x-rp", ("ipa",)), ("de", ("ipa",)), ("es-419", ("ipa",)), ("ja", ()), ("cmn", ())],
)
def test_it_takes_ipa_where_the_phonemes_of_the_voice_are_known(backend, voice, phonemes):
    assert backend.capabilities(backend.find_voice(voice)).phonemes == phonemes
    assert backend.capabilities(Voice(id=voice, backend="espeak")).phonemes == phonemes


def test_a_sound_that_a_voice_cannot_say_is_in_the_report():
    drug = Utterance().pronounce("dupilumab", "duːˈpɪljuːmæb").text(".")
    with Client("espeak") as client:
        said = client.synthesize(drug, voice="espeak/de")
    assert said.degradations == (Degradation("espeak", "pronunciation", "dupilumab", "'æ' is said as 'a'"),)


@pytest.mark.parametrize("how", ["synthesize", "stream"])
def test_strictly_it_is_refused_before_the_first_unit_is_spoken(monkeypatch, how):
    def speak(*_, **__):
        raise AssertionError("something was spoken")

    monkeypatch.setattr(Engine, "speak", speak)
    text = Utterance().text("Erst das. Dann ").pronounce("dupilumab", "duːˈpɪljuːmæb").text(".")
    with Client("espeak") as client, pytest.raises(UnsupportedUtterance, match="'æ' is said as 'a'"):
        list(getattr(client, how)(text, voice="espeak/de", strict=True))


def test_of_text_in_pieces_the_unit_is_refused_that_it_is_in(monkeypatch):
    first = Event()  # the first unit is whole

    def pieces():
        yield from ("Erst das. ", "Dann ")
        assert first.wait(10)
        yield from (Utterance().pronounce("dupilumab", "duːˈpɪljuːmæb"), ".")

    def confirmed(self, now, units):
        was_confirmed(self, now, units)
        first.set()

    was_confirmed = Run.confirmed
    monkeypatch.setattr(Run, "confirmed", confirmed)
    with Client("espeak") as client, client.stream(pieces(), voice="espeak/de", strict=True) as stream:
        assert next(stream).unit == 0
        with pytest.raises(InterruptedSpeech) as caught:
            list(stream)
    assert isinstance(caught.value.cause, UnsupportedUtterance)
    assert (caught.value.spoken, caught.value.unspoken) == ("Erst das. ", "Dann dupilumab.")


def test_the_format_is_the_engines_own(backend):
    capabilities = backend.capabilities(backend.default_voice("en-US"))
    assert list(map(str, capabilities.formats)) == [f"linear16/{Engine.instance().sample_rate}"]
    assert capabilities.local


@pytest.mark.parametrize("speed", [0.5, 1.5, 2.5])
def test_speed_divides_the_duration(backend, speed):
    text = "The quick brown fox jumps over the lazy dog, and then it sleeps."
    usual = len(heard(backend.exchange(job(backend)), text))
    assert usual / len(heard(backend.exchange(job(backend, speed=speed)), text)) == pytest.approx(speed, rel=0.15)


@pytest.mark.parametrize(
    ("language", "id"),
    [
        ("en-US", "en-us"),
        ("en-us", "en-us"),
        ("en_US", "en-us"),
        ("en", "en"),
        ("en-GB", "en"),
        ("en-AU", "en"),
        ("de-AT", "de"),
        ("pt-BR", "pt-br"),
        ("pt", "pt"),
        ("fr-CA", "fr"),
        ("es-MX", "es-419"),
        ("zh-Hant-TW", "cmn"),
        ("no", "nb"),
        ("en-GB-x-rp", "en-gb-x-rp"),
        ("en-GB-x-unheard", "en"),
    ],
)
def test_the_voice_of_a_language_is_the_best_match(backend, language, id):
    assert backend.default_voice(language).id == id


def test_a_language_that_nobody_speaks_is_an_error_with_the_nearest(backend):
    with pytest.raises(VoiceNotFound, match=r"no voice speaks 'frr'.* Did you mean 'fr'"):
        backend.default_voice("frr")


def test_the_voice_of_the_constructor_beats_the_language():
    assert Espeak(voice="de").default_voice("en-US").id == "de"


@pytest.mark.parametrize("id", ["en-us", "en-US", "EN_us"])
def test_a_voice_is_found_however_it_is_written(backend, id):
    found = backend.find_voice(id)
    assert found == Voice(
        id="en-us", backend="espeak", name="English (America)", languages=("en-US", "en"), gender="male"
    )
    assert len(heard(backend.exchange(job(backend, Voice(id=id, backend="espeak"))), "Hello.")) > 5000


def test_a_language_tag_is_a_voice_too(backend):
    assert backend.find_voice("fr-FR").id == "fr"


def test_an_unknown_voice_is_an_error_with_the_nearest_ids(backend):
    with pytest.raises(VoiceNotFound, match=r"there is no voice 'en-uss'\. Did you mean .*'en-us'") as caught:
        backend.find_voice("en-uss")
    assert caught.value.voice == "espeak/en-uss"


def test_an_unknown_voice_that_nobody_looked_up_is_the_same_error(backend):
    exchange = backend.exchange(job(backend, Voice(id="en-uss", backend="espeak")))
    with pytest.raises(VoiceNotFound, match="there is no voice 'en-uss'"):
        heard(exchange, "Hello.")


def test_voices_are_listed_without_a_request(backend):
    voices = call(backend.voices())
    assert len(voices) > 100
    assert backend.find_voice("en-us") in voices
    assert all(backend.find_voice(voice.id) == voice for voice in voices)
    assert "en-GB-x-rp" in {language for voice in voices for language in voice.languages}


def test_a_name_of_its_own_is_in_all_it_says():
    backend = Espeak(name="offline")
    assert backend.name == "offline"
    assert str(backend.find_voice("de")) == "offline/de"
    assert {voice.backend for voice in call(backend.voices())} == {"offline"}
    assert Espeak.name == "espeak"


@pytest.mark.parametrize("voice", ["", " ", 7])
def test_a_voice_that_is_none_is_refused_at_once(voice):
    with pytest.raises(InvalidConfig, match="give a voice's id such as 'en-us'"):
        Espeak(voice=voice)


def test_it_is_ready_here(backend):
    assert backend.missing() is None


def test_without_the_extra_it_says_how_to_get_it(backend, monkeypatch):
    monkeypatch.setattr(Engine, "_instance", None)
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    missing = backend.missing()
    assert isinstance(missing, UnsupportedFeature)
    assert "pip install 'voxbridge-tts[espeak]'" in str(missing)
    with pytest.raises(UnsupportedFeature, match="pip install"):
        backend.default_voice("en-US")


def test_the_plugin_gives_its_class():
    assert list(voxbridge_espeak.voxbridge_backends()) == [Espeak]


def test_importing_the_plugin_does_not_load_the_engine():
    code = "import sys, voxbridge_espeak; voxbridge_espeak.Espeak(); print('espeakng_loader' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "False"
