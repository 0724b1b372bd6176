"""What the tests of audio share: sound to convert, and stages run in pieces."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterable

import av
import numpy as np
import pytest

from voxbridge.audio import Stage


@pytest.fixture(scope="session")
def run() -> Callable[..., bytes]:
    """Return a function that puts bytes through a stage, cut into pieces of the sizes given, over and over."""

    def run(stage: Stage, data: bytes, sizes: Iterable[int] = ()) -> bytes:
        out, at = [], 0
        for size in itertools.cycle(sizes):
            out.append(stage.feed(data[at : at + size]))
            at += size
            if at >= len(data):
                break
        else:
            out.append(stage.feed(data))
        return b"".join([*out, stage.flush()])

    return run


@pytest.fixture(scope="session")
def tone() -> Callable[[int, int], bytes]:
    """Return a function that gives so many samples of a 440 Hz tone at a rate, as linear16."""

    def tone(samples: int, rate: int) -> bytes:
        return (np.sin(np.arange(samples) * 2 * np.pi * 440 / rate) * 9000).astype("<i2").tobytes()

    return tone


@pytest.fixture(scope="session")
def read_by_ffmpeg() -> Callable[[bytes], tuple[str, int, int, np.ndarray]]:
    """Return a function that lets ffmpeg demux and decode a file: codec, rate, channels, samples from -1 to 1."""

    def read(data: bytes) -> tuple[str, int, int, np.ndarray]:
        with av.open(io.BytesIO(data)) as file:
            stream = file.streams.audio[0]
            frames = [frame.to_ndarray() for frame in file.decode(stream)]
            planar = stream.codec_context.format.is_planar
            codec, rate, channels = stream.codec_context.name, stream.codec_context.sample_rate, stream.channels
        sound = np.concatenate(frames, axis=1)
        sound = sound if planar else sound.reshape(-1, channels).T
        return codec, rate, channels, sound / 32768 if sound.dtype == np.int16 else sound

    return read
