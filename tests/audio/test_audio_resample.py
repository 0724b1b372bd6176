from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxbridge.audio import Resampler


RATES = st.sampled_from([8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000]) | st.integers(8000, 48000)


@given(samples=st.integers(0, 30000), source=RATES, target=RATES, sizes=st.lists(st.integers(1, 4000), max_size=4))
@settings(max_examples=60, deadline=None)
def test_exactly_the_samples_of_the_ratio_come_out(run, samples, source, target, sizes):
    out = run(Resampler(source, target), b"\1\0" * samples, [2 * size for size in sizes])
    assert len(out) == 2 * round(samples * target / source)


@given(
    seed=st.integers(0, 99), source=RATES, target=RATES, sizes=st.lists(st.integers(1, 3000), min_size=1, max_size=4)
)
@settings(max_examples=40, deadline=None)
def test_where_the_sound_is_cut_changes_no_sample(run, seed, source, target, sizes):
    sound = np.random.default_rng(seed).integers(-32768, 32768, 6000).astype("<i2").tobytes()
    whole = run(Resampler(source, target), sound)
    assert run(Resampler(source, target), sound, [2 * size for size in sizes]) == whole


@pytest.mark.parametrize(("source", "target"), [(24000, 8000), (8000, 24000), (22050, 48000), (48000, 16000)])
def test_a_tone_stays_itself(tone, run, source, target):
    out = np.frombuffer(run(Resampler(source, target), tone(source, source), [960]), "<i2").astype(float)
    ideal = np.frombuffer(tone(target, target), "<i2").astype(float)
    middle = slice(target // 10, -target // 10)
    assert np.abs(out - ideal)[middle].max() < 12  # of 9000


def test_what_the_lower_rate_cannot_hold_is_gone(run):
    sound = (np.sin(np.arange(24000) * 2 * np.pi * 5500 / 24000) * 20000).astype("<i2").tobytes()
    out = np.frombuffer(run(Resampler(24000, 8000), sound), "<i2").astype(float)
    assert np.abs(out[500:-500]).max() < 10


def test_full_scale_is_clipped_and_not_wrapped(run):
    square = np.where(np.arange(24000) // 50 % 2, 32767, -32768).astype("<i2")
    out = np.frombuffer(run(Resampler(24000, 16000), square.tobytes()), "<i2").astype(int)
    turns = np.abs(np.diff(out)) > 60000
    assert turns.sum() == 0


@pytest.mark.parametrize(("source", "target"), [(32000, 16000), (48000, 24000), (22050, 11025), (16000, 8000)])
@pytest.mark.parametrize("sizes", [[], [1], [7], [1000]])
def test_half_a_sample_is_rounded_to_the_even_number(run, source, target, sizes):
    for samples in (1, 3, 5, 7, 1001, 3921):
        out = run(Resampler(source, target), b"\1\0" * samples, [2 * size for size in sizes])
        assert len(out) == 2 * round(samples * target / source)


@pytest.mark.parametrize(("source", "target"), [(4000, 48000), (384000, 8000), (96000, 8000), (8000, 47999)])
def test_extreme_ratios_are_exact_too(run, source, target):
    for samples in (0, 1, 2, 47, 48, 49, 4999):
        assert len(run(Resampler(source, target), b"\1\0" * samples, [50])) == 2 * round(samples * target / source)
