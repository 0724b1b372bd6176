"""Samples of a voice: what is taken, what is refused and how it is told, what is sent, and that nothing prints it."""

from __future__ import annotations

import copy
import datetime as dt
import io
import os
import struct
import sys
import tracemalloc

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge import Consent, Gender, Sample, UnsupportedFeature, UsageError
from voxbridge.audio import AudioFormat, wav_header


def tone(seconds=4.0, rate=16000, channels=1):
    """Return interleaved linear16: a tone of 200 Hz on the left, and of 300 Hz on the right."""
    times = np.arange(round(seconds * rate)) / rate
    sides = [np.sin(2 * np.pi * pitch * times) for pitch in (200, 300)[:channels]]
    return np.rint(np.stack(sides, axis=1) * 8000).astype("<i2")


def wav(seconds=4.0, rate=16000, *, channels=1, tag=1, bits=16, samples=None):
    sound = tone(seconds, rate, channels).tobytes() if samples is None else samples
    frame = channels * bits // 8
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, tag, channels, rate, rate * frame, frame, bits)
    body = b"WAVE" + fmt + struct.pack("<4sI", b"data", len(sound)) + sound
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def encoded(container, codec, seconds=4.0, rate=48000, channels=1, **options):
    """Return a file as PyAV writes it."""
    sink = io.BytesIO()
    with av.open(sink, "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate, layout="mono" if channels == 1 else "stereo", options=options)
        frame = av.AudioFrame.from_ndarray(
            tone(seconds, rate, channels).reshape(1, -1), format="s16", layout=stream.layout.name
        )
        frame.sample_rate = rate
        file.mux([*stream.encode(frame), *stream.encode(None)])
    return sink.getvalue()


COMPRESSED = {
    "mp3": ("mp3", "libmp3lame"),
    "flac": ("flac", "flac"),
    "ogg": ("ogg", "libopus"),
    "aac": ("adts", "aac"),
    "m4a": ("ipod", "aac"),
    "webm": ("webm", "libopus"),
    "aiff": ("aiff", "pcm_s16be"),
}


def pitches(sample):
    """Return the frequencies that are loudest in a mono WAV of 16 bits, in Hz."""
    wave = np.frombuffer(sample.data[44:], "<i2")
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    loud = np.flatnonzero(spectrum > spectrum.max() / 2)
    return {round(where * sample.sample_rate / len(wave) / 10) * 10 for where in loud}


@pytest.mark.parametrize("kind", ["wav", *COMPRESSED])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_usual_kind_of_file_is_read(kind, channels):
    data = wav(rate=48000, channels=channels) if kind == "wav" else encoded(*COMPRESSED[kind], channels=channels)
    sample = Sample(data)
    assert (sample.kind, sample.channels, sample.sample_rate) == (kind, channels, 48000)
    assert sample.duration == pytest.approx(4, abs=0.1)
    assert sample.data == data
    assert pitches(sample.as_wav()) == ({200} if channels == 1 else {200, 300})


@pytest.mark.parametrize(
    ("tag", "bits", "samples"),
    [
        (1, 8, bytes(range(256)) * 64 * 4),
        (1, 24, bytes(3 * 64000)),
        (3, 32, bytes(4 * 64000)),
        (6, 8, b"\xd5" * 64000),
        (7, 8, b"\xff" * 64000),
    ],
)
def test_every_width_of_wav_is_read(tag, bits, samples):
    sample = Sample(wav(tag=tag, bits=bits, samples=samples))
    assert sample.duration == pytest.approx(len(samples) * 8 / bits / 16000)
    assert sample.as_wav().data[:4] + sample.as_wav().data[20:22] == b"RIFF\x01\x00"


def test_a_path_bytes_and_an_open_file_are_the_same_sample(tmp_path):
    data = wav()
    path = tmp_path / "maria.wav"
    path.write_bytes(data)
    with path.open("rb") as file:
        sources = [path, str(path), data, bytearray(data), memoryview(data), file, io.BytesIO(data), Pieces(data)]
        assert [Sample(source).data for source in sources] == [data] * len(sources)


class Pieces:
    """A file that gives less than it is asked for."""

    def __init__(self, data):
        self.file = io.BytesIO(data)

    def read(self, size):
        return self.file.read(min(size, 1000))


def test_a_sample_is_its_own_sample():
    sample = Sample(wav())
    assert Sample.of(sample) is sample
    assert Sample.of(sample.data).data == sample.data


def test_what_a_vendor_takes_is_sent_byte_for_byte():
    for data, kind in (
        (wav(), "wav"),
        (wav(tag=7, bits=8, samples=bytes(64000)), "wav"),
        (encoded("mp3", "mp3"), "mp3"),
    ):
        assert Sample(data).for_formats(("wav", "mp3")).data is data
        assert Sample(data).for_formats(("wav", "mp3")).kind == kind


@pytest.mark.parametrize(
    "data", [wav(channels=2), encoded("flac", "flac", rate=16000), encoded("mp3", "mp3", rate=16000, channels=2)]
)
def test_what_a_vendor_does_not_take_is_sent_as_mono_wav(data):
    sent = Sample(data).for_formats(("wav", "mp3"))
    assert (sent.kind, sent.channels, sent.sample_rate) == ("wav", 1, 16000)
    assert sent.data[:44] == wav_header(AudioFormat("wav", 16000), len(sent.data) - 44)
    assert sent.duration == Sample(data).duration


@pytest.mark.parametrize("rate", [4000, 8000, 22050, 48000, 96000, 192000])
@pytest.mark.parametrize("asked", [None, 16000, 48000])
def test_a_sample_comes_as_wav_at_any_rate(rate, asked):
    sample = Sample(wav(3, rate))
    made = sample.as_wav(asked)
    assert made.sample_rate == (asked or min(max(rate, 8000), 48000))
    assert len(made.data) == 44 + 2 * 3 * made.sample_rate
    assert pitches(made) == {200}
    assert (made.data == sample.data) is (made.sample_rate == rate)


@given(st.binary(max_size=300), st.sampled_from([b"", b"RIFF", b"ID3\x04", b"fLaC", b"OggS", b"FORM", b"\xff\xfb"]))
def test_bytes_of_any_kind_are_a_sample_or_a_usage_error(data, magic):
    with pytest.raises(UsageError, match="the sample"):
        Sample(magic + data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"<html>no</html>", "HTML or XML"),
        (b"RIFF\x10\x00\x00\x00AVI LIST", "WAV"),
        (b"RF64" + wav()[4:], "RF64, a WAV of more than 4 GB"),
        (wav(tag=2, bits=4, samples=bytes(64000)), "format tag 0x0002"),
        (wav(samples=b""), "no sound|0.0 s"),
        (b"#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:1/secret.mp3\n", "nothing known"),
        (b"ID3" + bytes(100), "cannot be decoded"),
        (b"fLaC" + bytes(100), "cannot be decoded"),
        (bytes(4) + b"ftypisom" + bytes(100), "cannot be decoded|no sound"),
        (encoded("mp3", "mp3")[:400] + os.urandom(20000), "cannot be decoded|lasts 0"),
        (wav(2.9), "lasts 2.9 s, and 3 to 60 s are needed"),
        (wav(60.2, 8000), "lasts more than 60 s: cut it"),
        (encoded("flac", "flac", 2.5), r"lasts 2\.5 s"),
        (encoded("ogg", "libopus", 61), "more than 60 s"),
        (bytes(20_000_001), "more than 20 MB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_good_sample_is_refused_with_what_to_do(data, words):
    with pytest.raises(UsageError, match=words) as refused:
        Sample(data)
    assert type(refused.value) is UsageError
    assert refused.value.__cause__ is None


def test_three_and_sixty_seconds_are_enough_and_not_too_much():
    assert [Sample(wav(seconds, 8000)).duration for seconds in (3, 60)] == [3, 60]
    assert Sample(encoded("adts", "aac", 60)).duration > 60  # with the encoder's padding


def test_a_path_that_is_no_file_is_refused_with_its_name(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "locked").write_bytes(b"")
    for name, words in ((".", "is a directory"), ("none.wav", "No such file"), ("pipe", "no regular file")):
        with pytest.raises(UsageError, match=words) as refused:
            Sample(tmp_path / name)
        assert repr(str(tmp_path / name)) in str(refused.value)
    with pytest.raises(UsageError, match="null byte"):
        Sample("a\0b")


def test_what_is_no_file_is_refused(tmp_path):
    path = tmp_path / "maria.wav"
    path.write_bytes(wav())
    with pytest.raises(UsageError, match="a path, bytes or a binary file, not int"):
        Sample(7)
    with path.open(encoding="latin-1") as text, pytest.raises(UsageError, match="mode 'rb'"):
        Sample(text)
    with path.open("ab") as writable, pytest.raises(UsageError, match="cannot be read"):
        Sample(writable)


def test_a_file_without_end_is_refused_in_time():
    class Endless:
        def read(self, size):
            return b"x" * min(size, 1_000_000)

    with pytest.raises(UsageError, match="more than 20 MB"):
        Sample(Endless())


def test_a_small_file_of_many_hours_is_not_decoded_to_its_end():
    silence = encoded("flac", "flac", 600, rate=8000)
    tracemalloc.start()
    with pytest.raises(UsageError, match="more than 60 s"):
        Sample(silence)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 60 * 2 * 8000


def test_without_the_extra_only_wav_is_read(monkeypatch):
    mp3 = encoded("mp3", "mp3")
    monkeypatch.setitem(sys.modules, "av", None)
    assert Sample(wav(channels=2)).as_wav(48000).channels == 1
    with pytest.raises(UnsupportedFeature, match=r"pip install 'voxbridge-tts\[codecs\]'. WAV needs nothing"):
        Sample(mp3)


def test_nothing_that_prints_shows_the_sample_or_its_name(tmp_path):
    path = tmp_path / "maria.mp3"
    path.write_bytes(encoded("mp3", "mp3"))
    sample = Sample(path)
    for shown in (sample, sample.as_wav(), copy.copy(sample), [sample], {"voice": sample}):
        for text in (repr(shown), str(shown), f"{shown}"):
            assert "maria" not in text
            assert "\\x" not in text
            assert len(text) < 200


def test_a_sample_cannot_be_changed():
    with pytest.raises(AttributeError):
        Sample(wav()).data = b""


def test_consent_says_who_and_prints_as_a_fingerprint():
    consent = Consent("Maria Lopez", "contract 17", dt.date(2026, 3, 1))
    assert (consent.subject, consent.evidence, consent.date) == ("Maria Lopez", "contract 17", dt.date(2026, 3, 1))
    assert consent.fingerprint == "ec7dafcd351f"
    assert "Maria" not in repr(consent)
    assert Consent.of("Maria Lopez") == Consent("Maria Lopez")
    assert Consent.of(consent) is consent


@pytest.mark.parametrize("nobody", ["", "  ", None, True, b"Maria", 7])
def test_consent_of_nobody_is_none(nobody):
    with pytest.raises(UsageError, match="whose voice"):
        Consent.of(nobody)


def test_gender_is_a_label_and_how_sure_it_is():
    assert Gender("female", 0.9) == Gender(label="female", confidence=0.9)
