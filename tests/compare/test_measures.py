"""Loudness as ITU-R BS.1770-5 and EBU Tech 3341 say it is, peaks, and silence."""

from __future__ import annotations

import numpy as np
import pytest

from voxbridge._compare._measures import measure


def tone(level, seconds, rate=48000, hertz=1000):
    """A sine of so many dB of full scale."""
    return 10 ** (level / 20) * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def measured(*parts, rate=48000):
    return measure(np.round(np.concatenate(parts) * 32767).astype(np.int16), rate)


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 44100, 48000])
def test_a_full_tone_has_the_loudness_of_the_standard(rate):
    """BS.1770-5: a sine of 997 Hz at full scale in one channel is -3.01 LKFS."""
    assert measured(tone(0, 5, rate, 997), rate=rate).loudness == pytest.approx(-3.01, abs=0.05)


@pytest.mark.parametrize("level", [-23, -33])
def test_a_steady_tone_is_as_loud_as_it_is(level):
    """EBU Tech 3341, cases 1 and 2; one channel has 3.01 LU less than its two."""
    assert measured(tone(level, 20)).loudness == pytest.approx(level - 3.01, abs=0.1)


@pytest.mark.parametrize(
    "parts",
    [
        [(-36, 10), (-23, 60), (-36, 10)],
        [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)],
        [(-26, 20), (-20, 20.1), (-26, 20)],
    ],
)
def test_what_is_soft_is_no_part_of_the_loudness(parts):
    """EBU Tech 3341, cases 3, 4 and 5: the gates."""
    assert measured(*(tone(level, seconds) for level, seconds in parts)).loudness == pytest.approx(-26.01, abs=0.1)


def test_low_tones_are_heard_as_softer():
    """BS.1770-5, figure 4: the high-pass takes about 4 dB at 40 Hz and nearly nothing at 500 Hz."""
    assert measured(tone(-10, 3, hertz=30)).loudness < measured(tone(-10, 3, hertz=500)).loudness - 5


@pytest.mark.parametrize(("level", "peak"), [(0, 0.0), (-6, -6.0), (-40, -40.0)])
def test_the_peak_is_that_of_the_largest_sample(level, peak):
    assert measured(tone(level, 1)).peak == pytest.approx(peak, abs=0.02)


@pytest.mark.parametrize(("before", "after"), [(0.5, 0.25), (0.0, 1.0), (0.13, 0.0)])
def test_silence_before_and_after_is_told_to_the_hundredth(before, after):
    silence = [np.zeros(round(seconds * 24000)) for seconds in (before, after)]
    found = measured(silence[0], tone(-10, 1, 24000), silence[1], rate=24000)
    assert found.leading_silence == pytest.approx(before, abs=0.01)
    assert found.trailing_silence == pytest.approx(after, abs=0.01)


def test_noise_that_nobody_hears_is_silence():
    found = measured(tone(-60, 0.5, 24000), tone(-10, 1, 24000), rate=24000)
    assert found.leading_silence == pytest.approx(0.5, abs=0.01)


def test_of_silence_there_is_neither_loudness_nor_peak():
    found = measured(np.zeros(24000), rate=24000)
    assert (found.loudness, found.peak) == (None, None)
    assert (found.leading_silence, found.trailing_silence) == (1.0, 0.0)


def test_what_is_shorter_than_a_gating_block_has_no_loudness():
    assert measured(tone(-10, 0.39)).loudness is None
    assert measured(tone(-10, 0.41)).loudness is not None


def test_of_nothing_nothing_is_known():
    found = measure(np.zeros(0, np.int16), 24000)
    assert (found.loudness, found.peak, found.leading_silence, found.trailing_silence) == (None, None, None, None)
