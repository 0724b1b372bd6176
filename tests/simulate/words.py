"""A voice for the simulation: every word is a few steps of loudness, which resampling leaves to be read back."""

from __future__ import annotations

import re

import numpy as np
from attrs import frozen


STEP = 24  # samples of one step at the voice's own rate
RATE = 8000
_SYNC, _BASE = 30000, 8
_LEVELS = np.array([-24000 + 5000 * digit for digit in range(_BASE)])


def word_numbers(text: str) -> list[int]:
    """Return the numbers of the words ``w0 w1 ...`` in *text*."""
    return [int(number) for number in re.findall(r"w(\d+)", text)]


def say(text: str, rate: int = RATE) -> bytes:
    """Return linear16: for each word a gap, a high step, three digits of base 8, and a gap."""
    steps = []
    for number in word_numbers(text):
        digits = [number // 64 % 8, number // 8 % 8, number % 8]
        steps += [0, _SYNC, *(int(_LEVELS[digit]) for digit in digits), 0]
    return np.repeat(np.array(steps, dtype="<i2"), STEP * rate // RATE).tobytes()


@frozen
class Heard:
    """A word that was read back."""

    number: int
    frame: int
    """Where it begins."""


def hear(audio: bytes, rate: int) -> list[Heard]:
    """Return the whole words in linear16 *audio*, in order; a word that was cut is left out."""
    samples = np.frombuffer(audio, dtype="<i2").astype(int)
    scale = rate / RATE
    loud = samples > 20000
    rises = np.flatnonzero(loud[1:] & ~loud[:-1]) + 1
    if len(samples) and loud[0]:
        rises = np.concatenate([[0], rises])
    words, past = [], -1
    for rise in rises:
        if rise < past:
            continue
        middles = [round(rise + scale * STEP * (n + 0.5)) for n in range(5)]
        if middles[-1] >= len(samples):
            continue
        high, *digits, gap = (samples[middle] for middle in middles)
        if abs(high - _SYNC) > 2400 or abs(gap) > 2400:
            continue
        found = [int(np.abs(_LEVELS - digit).argmin()) for digit in digits]
        if max(abs(_LEVELS[n] - digit) for n, digit in zip(found, digits, strict=True)) > 2400:
            continue
        words.append(Heard(found[0] * 64 + found[1] * 8 + found[2], int(rise)))
        past = middles[-1]
    return words
