"""What the report draws."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge._compare._drawing import SCALE, WAVE, axis, wave


def heights(path):
    return [int(height) for height in re.findall(r"v(\d+)", path)]


def test_a_waveform_is_as_high_as_the_loudest_sample_of_each_step():
    width, height = WAVE
    samples = np.zeros(width * 10, np.int16)
    samples[5 * 10 + 3] = -20000
    samples[9 * 10] = 10000
    found = heights(wave(samples, 20000))
    assert len(found) == width
    assert found[5] == height - 2
    assert found[9] == pytest.approx(height / 2, abs=2)
    assert set(found[:5] + found[10:]) == {2}  # silence is a line, and no hole


def test_the_lowest_sample_has_a_height_too():
    assert max(heights(wave(np.full(500, -32768, np.int16), 32768))) == WAVE[1] - 2


def test_of_nothing_there_is_no_waveform():
    assert wave(np.zeros(0, np.int16), 0) == ""


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=600))
def test_a_waveform_never_leaves_its_drawing(samples):
    path = wave(np.array(samples, np.int16), max(map(abs, samples)))
    for top, height in re.findall(r"M\d+ (\d+)v(\d+)", path):
        assert int(top) >= 0
        assert int(top) + int(height) <= WAVE[1]


@pytest.mark.parametrize(
    ("values", "end"), [([0.13, 0.27], 0.32), ([1.0], 1.0), ([7], 8), ([0.0299], 0.032), ([], 1.0), ([0.0], 1.0)]
)
def test_an_axis_ends_at_a_number_that_is_easy_to_read(values, end):
    found = axis(values)
    assert found.end == pytest.approx(end)
    assert found.ticks == pytest.approx([0, end / 4, end / 2, end * 3 / 4, end])


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_nothing_is_beyond_the_end_of_an_axis(values):
    found = axis(values)
    assert all(0 <= found.at(value) <= SCALE for value in values)
