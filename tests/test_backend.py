"""What a backend has without writing it."""

from __future__ import annotations

import pytest

from voxbridge import AudioFormat, Backend, Capabilities, InvalidFormat, Job, UnsupportedFeature, Voice


class Least(Backend):
    name = "least"


VOICE = Voice(id="x", backend="least")


def test_formats_may_be_written_as_strings():
    able = Capabilities(formats=("linear16/16000", AudioFormat("mp3")))
    assert able.formats == (AudioFormat("linear16", 16000), AudioFormat("mp3"))
    with pytest.raises(InvalidFormat):
        Capabilities(formats=("pcm",))


def test_two_methods_must_be_written():
    job = Job(voice=VOICE, format=AudioFormat("wav"))
    with pytest.raises(NotImplementedError):
        Least().capabilities(VOICE)
    with pytest.raises(NotImplementedError):
        Least().exchange(job)


def test_the_default_voice_is_the_backends_own_else_its_vendors():
    backend = Least()
    assert str(backend.default_voice("en-US")) == "least/default"
    backend.voice = "mine"
    assert str(backend.default_voice("en-US")) == "least/mine"


def test_any_id_is_a_voice_unless_the_backend_knows_better():
    assert Least().find_voice("any") == Voice(id="any", backend="least")


def test_it_is_ready_and_has_no_voices_to_list():
    assert Least().missing() is None
    with pytest.raises(StopIteration) as end:
        next(Least().voices())
    assert end.value.value == ()
    with pytest.raises(StopIteration):
        next(Least().check())


def test_it_prints_its_name_and_region():
    backend = Least()
    assert repr(backend) == "<Least 'least'>"
    backend.region = "eu"
    assert repr(backend) == "<Least 'least', region='eu'>"


def test_a_job_is_for_american_english_at_the_voices_own_pace_unless_it_says_so():
    job = Job(voice=VOICE, format=AudioFormat("wav"))
    assert (job.language, job.speed, dict(job.options), job.text_kind) == ("en-US", 1.0, {}, "synthesize")


def test_what_was_submitted_is_kept_only_where_a_backend_says_how_to_get_it():
    job = Job(voice=VOICE, format=AudioFormat("wav"))
    with pytest.raises(UnsupportedFeature, match="least delivers to the callback"):
        Least().delivered(job, "id")
