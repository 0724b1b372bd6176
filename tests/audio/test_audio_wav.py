from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge.audio import AudioFormat, Sound, WavReader, wav_header
from voxbridge.exceptions import ProtocolError


PCM_GUID = b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
SOUND = bytes(range(1, 201))
ENDLESS = [0, 0x7FFF0000, 0x7FFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF - 36]
SIZES = st.lists(st.integers(1, 30), max_size=5)


def chunk(name, content, size=None):
    return name + struct.pack("<I", len(content) if size is None else size) + content + b"\0" * (len(content) % 2)


def fmt(tag=1, channels=1, rate=24000, bits=16, form=16):
    block = channels * bits // 8
    plain = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)
    if form == 40:
        return struct.pack("<H", 0xFFFE) + plain[2:] + struct.pack("<HHIH", 22, bits, 4, tag) + PCM_GUID
    return plain.ljust(form, b"\0")


def wav(sound=SOUND, size=None, before=b"", after=b"", riff=None, **fields):
    size = len(sound) if size is None else size
    body = b"WAVE" + chunk(b"fmt ", fmt(**fields)) + before + b"data" + struct.pack("<I", size) + sound + after
    return b"RIFF" + struct.pack("<I", len(body) if riff is None else riff) + body


def deepdub(sound):
    """What an `/open` chunk looks like: a header of 68 bytes, fmt 40 with tag 1, and a stale RIFF size."""
    header = wav(sound, form=40)
    return (
        header[:4]
        + struct.pack("<I", 0x803C)
        + header[8:20]
        + struct.pack("<H", 1)
        + header[22:36]
        + b"\0" * 24
        + (header[60:])
    )


STREAMS = {
    "plain": (wav(), SOUND),
    "fmt of 18 bytes": (wav(form=18), SOUND),
    "extensible": (wav(form=40), SOUND),
    "68 bytes of header": (deepdub(SOUND), SOUND),
    "chunks before the sound": (
        wav(before=chunk(b"LIST", b"INFOISFT\5\0\0\0Lavf\0") + chunk(b"fact", b"1234") + chunk(b"JUNK", b"x" * 27)),
        SOUND,
    ),
    "chunks after the sound": (wav(after=chunk(b"LIST", b"INFOdata") + chunk(b"id3 ", b"abc")), SOUND),
    "a cut chunk after the sound": (wav(after=b"LIST\xff\0\0\0INFO"), SOUND),
    "a scrap after the sound": (wav(after=b"\0\0\0"), SOUND),
    "a data size that is too large": (wav(size=5000), SOUND),
    "a data size that is too small": (wav(size=20), SOUND),
    "no sound": (wav(b""), b""),
    "nothing": (b"", b""),
    "a header in mid-stream": (wav() + wav(SOUND[:50]), SOUND + SOUND[:50]),
    "a header for each chunk": (b"".join(deepdub(SOUND[at : at + 20]) for at in range(0, 200, 20)), SOUND),
    "a header before a size has passed": (wav(size=5000) + wav(), SOUND + SOUND),
    "a header after trailing chunks": (wav(after=chunk(b"LIST", b"abc")) + wav(), SOUND + SOUND),
    "R, RIFF and WAVE in the sound": (wav(b"RIFFRRIFabcdWAVERIFFabcdWAVRRI", 0), b"RIFFRRIFabcdWAVERIFFabcdWAVRRI"),
    **{f"a size of {size:#x}": (wav(size=size, riff=size), SOUND) for size in ENDLESS},
    **{f"headers of size {size:#x}": (wav(size=size) + wav(SOUND, size), SOUND + SOUND) for size in ENDLESS},
}


@pytest.mark.parametrize("name", STREAMS)
@given(sizes=SIZES)
def test_only_the_sound_comes_out_wherever_the_stream_is_cut(run, name, sizes):
    stream, sound = STREAMS[name]
    assert run(WavReader(), stream, sizes) == sound


@pytest.mark.parametrize("name", STREAMS)
def test_only_the_sound_comes_out_byte_by_byte_and_cut_in_two_anywhere(run, name):
    stream, sound = STREAMS[name]
    assert run(WavReader(), stream, [1]) == sound
    for cut in range(1, len(stream)):
        assert run(WavReader(), stream, [cut, len(stream)]) == sound


@given(data=st.binary(max_size=120), size=st.sampled_from([None, 0, 30, 31, 0xFFFFFFFF]), sizes=SIZES)
def test_the_outcome_for_any_bytes_does_not_depend_on_the_cuts(run, data, size, sizes):
    def outcome(stream, pieces):
        try:
            return run(WavReader(), stream, pieces)
        except ProtocolError as error:
            return str(error)

    for stream in (data, wav(data, size), wav(size=7, sound=data, tag=7, bits=8) + data):
        assert outcome(stream, sizes) == outcome(stream, [])


@pytest.mark.parametrize(("law", "tag"), [("mulaw", 7), ("alaw", 6)])
def test_companded_sound_stays_as_it_is_and_pad_bytes_are_dropped(run, law, tag):
    odd = SOUND[:99]
    padded = wav(odd + b"\0", 99, tag=tag, bits=8, rate=8000)
    bare = wav(odd, tag=tag, bits=8, rate=8000)
    reader = WavReader(AudioFormat(f"wav-{law}", 8000))
    assert run(reader, padded + bare + padded, [7]) == odd * 3
    assert reader.sound == Sound(law, 8000, 1)


@pytest.mark.parametrize(
    ("fields", "samples", "stored"),
    [
        ({"bits": 8}, [-32768, 0, 32512], bytes([0, 128, 255])),
        ({"bits": 24}, [-2, 0, 1], b"".join(n.to_bytes(3, "little", signed=True) for n in (-512, 0, 256))),
        ({"bits": 32, "form": 40}, [-2, 0, 1], struct.pack("<3i", -131072, 0, 65536)),
        ({"bits": 32, "tag": 3, "form": 18}, [-16384, 0, 32767], struct.pack("<3f", -0.5, 0, 1)),
        ({"bits": 64, "tag": 3, "form": 40}, [-16384, 0, 32767], struct.pack("<3d", -0.5, 0, 1)),
    ],
)
def test_other_widths_come_out_as_linear16(run, fields, samples, stored):
    reader = WavReader()
    assert (
        np.frombuffer(run(reader, wav(stored + b"\0" * (len(stored) % 2), len(stored), **fields), [1]), "<i2").tolist()
        == samples
    )
    assert reader.sound == Sound("linear16", 24000, 1)


def test_the_declared_rate_and_channels_are_told_as_soon_as_the_header_is_read():
    reader = WavReader(AudioFormat("wav", 24000))
    header = wav(b"", 0, channels=2, rate=96000)
    assert reader.feed(header[:-1]) == b""
    assert reader.feed(header[-1:]) == b""
    assert reader.sound == Sound("linear16", 96000, 2)


def test_sound_comes_out_at_once_in_whole_frames():
    reader = WavReader()
    reader.feed(wav(b"", 0, channels=2))
    assert reader.feed(b"abcde") == b"abcd"
    assert reader.feed(b"fgh") == b"efgh"


def test_another_encoding_than_expected_is_an_error():
    with pytest.raises(ProtocolError, match="asked for wav/8000, but the WAV holds mulaw at 8000 Hz"):
        WavReader(AudioFormat("wav", 8000)).feed(wav(tag=7, bits=8, rate=8000))


def test_a_header_in_mid_stream_that_says_something_else_is_an_error():
    with pytest.raises(ProtocolError, match="changed in mid-stream"):
        WavReader().feed(wav() + wav(rate=16000))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"ID3\4\0\0\0\0\0\0 and so on", "mp3 with an ID3 tag"),
        (b"\xff\xfb\x90\x64" + bytes(20), "mp3"),
        (b"OggS" + bytes(30), "Ogg"),
        (b"fLaC" + bytes(30), "FLAC"),
        (b'{"error": "no credit"}', "JSON"),
        (b"<!DOCTYPE html><html>", "HTML"),
        (b"RIFX" + bytes(30), "big-endian"),
        (b"RF64" + bytes(30), "4 GB"),
        (b"\0\0\0\x20ftypM4A ", "MP4"),
        (b"\x1f\x8b" + bytes(30), "gzip"),
        (b"\1\2\3\4" + bytes(30), "01 02 03 04"),
        (b"RIFF", "WAV"),
        (b"{", "JSON"),
    ],
)
def test_what_is_no_wav_is_named(run, data, what):
    for sizes in ([], [1]):
        with pytest.raises(ProtocolError, match=f"expected WAV, got .*{what}"):
            run(WavReader(), data, sizes)


@pytest.mark.parametrize(
    "fields",
    [{"tag": 85}, {"bits": 12}, {"bits": 0}, {"channels": 0}, {"channels": 99}, {"rate": 0}, {"rate": 4_000_000}],
)
def test_a_header_that_cannot_be_understood_is_an_error(fields):
    with pytest.raises(ProtocolError, match="cannot be read"):
        WavReader().feed(wav(**fields))


@pytest.mark.parametrize(
    "stream",
    [
        wav()[:20],
        wav(b"")[:40],
        b"RIFF\0\0\0\0WAVEdata\4\0\0\0abcd",
        b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\x7f" + bytes(2000),
        b"RIFF\0\0\0\0WAVEfmt \4\0\0\0abcddata\4\0\0\0abcd",
    ],
)
def test_a_header_without_its_end_is_an_error(run, stream):
    with pytest.raises(ProtocolError):
        run(WavReader(), stream)


@pytest.mark.parametrize("stream", [wav(SOUND[:99], 0), wav(SOUND[:99], 0) + wav()])
def test_half_a_sample_at_the_end_or_before_a_header_is_an_error(run, stream):
    with pytest.raises(ProtocolError, match="inside a frame"):
        run(WavReader(), stream)


def test_a_long_skipped_chunk_is_not_kept():
    reader = WavReader()
    reader.feed(b"RIFF\0\0\0\0WAVEJUNK\0\0\0\x40")
    for _ in range(64):
        reader.feed(bytes(1 << 16))
    assert len(reader._grammar._buffer) <= 1 << 16


@given(st.sampled_from(["linear16", "mulaw", "alaw"]), st.integers(8000, 48000), st.integers(0, 40))
def test_it_reads_what_the_writer_writes(run, encoding, rate, frames):
    written = AudioFormat(encoding, rate, container="wav")
    sound = b"ab"[: written.frame_size] * frames
    for size in (None, len(sound)):
        reader = WavReader(written)
        assert run(reader, wav_header(written, size) + sound) == sound
        assert reader.sound == Sound(encoding, rate, 1)
