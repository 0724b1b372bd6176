from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge.audio import Mixer
from voxbridge.audio._samples import Narrower


@given(st.lists(st.tuples(st.integers(-32768, 32767), st.integers(-32768, 32767)), max_size=50))
def test_two_channels_are_mixed_to_their_mean(pairs):
    data = np.array(pairs, "<i2").tobytes()
    mixed = np.frombuffer(Mixer(2).feed(data), "<i2").tolist()
    assert mixed == [round((left + right) / 2) for left, right in pairs]


@given(st.lists(st.integers(-32768, 32767), max_size=50), st.integers(2, 8))
def test_equal_channels_are_mixed_to_that_channel(samples, channels):
    data = np.repeat(np.array(samples, "<i2"), channels).tobytes()
    assert Mixer(channels).feed(data) == np.array(samples, "<i2").tobytes()
    assert Mixer(channels).flush() == b""


@pytest.mark.parametrize(
    ("width", "data", "samples"),
    [
        ("u8", bytes([0, 1, 128, 255]), [-32768, -32512, 0, 32512]),
        (
            "s24",
            b"".join(n.to_bytes(3, "little", signed=True) for n in (-8388608, -256, 0, 127, 129, 8388607)),
            [-32768, -1, 0, 0, 1, 32767],
        ),
        ("s32", struct.pack("<4i", -(2**31), 2**31 - 1, 65536, -65536), [-32768, 32767, 1, -1]),
        (
            "f32",
            struct.pack("<6f", -1, 1, 0.5, 2, float("nan"), -float("inf")),
            [-32768, 32767, 16384, 32767, 0, -32768],
        ),
        ("f64", struct.pack("<3d", -1, 1 / 32768, 0), [-32768, 1, 0]),
    ],
)
def test_other_widths_become_16_bits_rounded_and_clipped(width, data, samples):
    narrower = Narrower(width)
    assert np.frombuffer(narrower.feed(data), "<i2").tolist() == samples
    assert narrower.flush() == b""


@given(st.lists(st.integers(-(2**23), 2**23 - 1), max_size=50))
def test_24_bits_are_rounded_as_the_number_is(numbers):
    data = b"".join(number.to_bytes(3, "little", signed=True) for number in numbers)
    assert np.frombuffer(Narrower("s24").feed(data), "<i2").tolist() == [min(32767, round(n / 256)) for n in numbers]


@given(st.binary(max_size=400), st.sampled_from(["f32", "f64"]))
def test_any_bits_taken_as_floats_become_samples_without_a_warning(data, width):
    size = 4 if width == "f32" else 8
    data = data[: len(data) // size * size]
    assert len(Narrower(width).feed(data)) == len(data) // size * 2
