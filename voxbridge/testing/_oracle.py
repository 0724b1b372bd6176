"""The word oracle: a voice whose every word says its own number, so that received audio tells what was lost.

A word lasts 200 ms: 10 ms of silence, a sync tone of 20 ms, eight symbols of 20 ms, 10 ms of silence. A symbol is
one of eight tones and says three bits; together 2 bits of vendor, 2 of epoch (which attempt), 12 of index, 8 of CRC.
All tones lie between 300 and 3,400 Hz, so that a word outlives 8 kHz, companding, resampling and lossy codecs.

What is heard is either a whole word or broken: any sound that belongs to no whole word is reported, be it a word
that was cut, its tail alone, or something else. Only a cut of a word's last 9 ms of tone goes unheard: those are
under the fading end of the last symbol. The sample counter sees such cuts where no resampling is in the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from attrs import frozen

from voxbridge.exceptions import UsageError


__all__ = ["INDICES", "WORD_SECONDS", "Heard", "hear_words", "speak_words"]

INDICES = 4096
"""How many different words there are; longer texts count on from 0."""
WORD_SECONDS = 0.2

_Floats: TypeAlias = npt.NDArray[np.floating]
_Ints: TypeAlias = npt.NDArray[np.int64]

_TONE_SECONDS = 0.02
_TONES = np.array([500, 700, 900, 1100, 1300, 1500, 1700, 1900, 2300])  # Hz; two bins apart under a Hann window
_SYNC = 8  # index of the last one, which no symbol uses
_SYMBOLS = 8
_AMPLITUDE = 10_000.0

# The decoder's step and thresholds. Levels are amplitudes of a tone; 1 is as loud as it was spoken.
_STEP_SECONDS = 0.002
_STEPS_PER_TONE = round(_TONE_SECONDS / _STEP_SECONDS)
_FAINT = 0.1  # a sync tone below it is not looked at
_AUDIBLE = 0.12  # sound below it, measured over a step, is silence or noise
_EVEN = 0.68  # the tones of a whole word are this equal, also after AAC; a tone cut by 9 ms is not
_PURE = 0.5  # and no other tone is heard above this share of each


@frozen
class Heard:
    """A word that was heard, or a sound that is not a whole word."""

    time: float
    """Where its first tone begins, in seconds, within 2 ms: 10 ms after the word's first sample."""
    vendor: int = 0
    epoch: int = 0
    index: int = -1
    """From 0 to 4095; -1 when broken."""
    broken: bool = False


def speak_words(indices: Iterable[int], *, vendor: int = 0, epoch: int = 0, sample_rate: int = 24000) -> bytes:
    """Speak words as raw little-endian linear16, mono, 200 ms each.

    Args:
        indices: which words; taken modulo 4096.
        vendor: who speaks, 0 to 3.
        epoch: which attempt it is, 0 to 3.
        sample_rate: Hz, 8000 to 48000.

    Raises:
        UsageError: the vendor, the epoch or the rate is out of range.
    """
    if vendor not in range(4) or epoch not in range(4):
        raise UsageError(f"a word has two bits each for vendor and epoch: 0 to 3, not {vendor!r} and {epoch!r}")
    symbols = np.array([_symbols(vendor, epoch, index % INDICES) for index in indices], dtype=np.int64)
    tones = _waveforms(_checked_rate(sample_rate))
    words = np.zeros((len(symbols), round(WORD_SECONDS * sample_rate)), dtype="<i2")
    starts = _starts(sample_rate) + round(_TONE_SECONDS / 2 * sample_rate)
    for position, start in enumerate(starts):
        words[:, start : start + tones.shape[1]] = tones[symbols[:, position]] if len(symbols) else 0
    return words.tobytes()


def hear_words(audio: bytes, sample_rate: int) -> list[Heard]:
    """Find every word in raw linear16 mono audio, wherever it begins, and every sound that is no whole word.

    Raises:
        UsageError: the audio has half a sample, or the rate (Hz) is not within 8000 to 48000.
    """
    _checked_rate(sample_rate)
    if len(audio) % 2:
        raise UsageError(f"linear16 has two bytes a sample, but the audio has {len(audio)} bytes: one was lost")
    samples = np.frombuffer(audio, "<i2") / np.float32(_AMPLITUDE)
    steps = _steps(len(samples), sample_rate)
    if len(steps) <= _STEPS_PER_TONE:
        return []
    loudness = _loudness(samples, steps)
    whole = list(_whole_words(samples, steps, sample_rate))
    for start, _ in whole:
        # One step more on each side: the channel may have smeared the tones.
        loudness[max(start - 1, 0) : start + (1 + _SYMBOLS) * _STEPS_PER_TONE + 1] = 0
    broken = [Heard(step * _STEP_SECONDS, broken=True) for step in _stretches(loudness > _AUDIBLE)]
    return sorted([word for _, word in whole] + broken, key=lambda heard: heard.time)


def _checked_rate(sample_rate: int) -> int:
    if not 8000 <= sample_rate <= 48000:
        raise UsageError(f"the word oracle speaks at 8000 to 48000 Hz, not at {sample_rate!r}")
    return sample_rate


def _symbols(vendor: int, epoch: int, index: int) -> list[int]:
    """Return the sync tone and the eight symbols of a word."""
    word = vendor << 14 | epoch << 12 | index
    bits = word << 8 | _crc8(word)
    return [_SYNC] + [bits >> shift & 7 for shift in range(21, -1, -3)]


@lru_cache(maxsize=1 << 16)
def _crc8(word: int) -> int:
    """Return the CRC-8 (x^8 + x^2 + x + 1, begun with ones, so that no word is one even tone) of 16 bits."""
    crc = 0xFF
    for byte in word.to_bytes(2, "big"):
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return crc


def _rounded(samples: _Floats) -> _Ints:
    return np.array(np.rint(samples), dtype=np.int64)


def _starts(sample_rate: int) -> _Ints:
    """Return where the nine tones of a word begin, in samples after the first."""
    return _rounded(np.arange(1 + _SYMBOLS) * _TONE_SECONDS * sample_rate)


def _window(sample_rate: int) -> _Floats:
    length = round(_TONE_SECONDS * sample_rate)
    window: _Floats = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(length) + 0.5) / length)
    return window


def _waveforms(sample_rate: int) -> npt.NDArray[np.int16]:
    window = _window(sample_rate)
    phases = 2 * np.pi / sample_rate * np.outer(_TONES, np.arange(len(window)))
    return np.array(np.rint(_AMPLITUDE * window * np.sin(phases)), dtype="<i2")


def _steps(length: int, sample_rate: int) -> _Ints:
    """Return the samples at which the decoder looks for a word, one every 2 ms."""
    count = int(length / (_STEP_SECONDS * sample_rate))
    return _rounded(np.arange(count) * _STEP_SECONDS * sample_rate)


def _loudness(samples: _Floats, steps: _Ints) -> _Floats:
    """Return the root mean square of each step."""
    energy = np.add.reduceat(samples * samples, steps)
    lengths = np.diff(steps, append=len(samples))
    loudness: _Floats = np.sqrt(energy / lengths)
    return loudness


def _whole_words(samples: _Floats, steps: _Ints, sample_rate: int) -> Iterator[tuple[int, Heard]]:
    """Yield the step and the meaning of every word whose nine tones are all there and whose CRC agrees."""
    found = _sync_tones(samples, steps, sample_rate)
    window = _window(sample_rate)
    waves = np.exp(-2j * np.pi / sample_rate * np.outer(np.arange(len(window)), _TONES))
    basis = waves * (window / (0.5 * np.sum(window**2)))[:, None]
    starts = _starts(sample_rate)
    padded = np.concatenate([samples, np.zeros(starts[-1] + len(window))])
    for step in found:
        tones = padded[steps[step] + starts[:, None] + np.arange(len(window))]
        word = _decode(np.abs(tones @ basis), step * _STEP_SECONDS)
        if word is not None:
            yield step, word


def _sync_tones(samples: _Floats, steps: _Ints, sample_rate: int) -> list[int]:
    """Return the steps at which a sync tone may begin: where its level has a peak."""
    # The tone comes round within a second, as its frequency and the rate are whole: a second of it is enough.
    wave = np.exp(-2j * np.pi * _TONES[_SYNC] / sample_rate * np.arange(sample_rate)).astype(np.complex64)
    mixed = samples * np.resize(wave, len(samples))
    window = _window(round(_STEPS_PER_TONE / _TONE_SECONDS))  # in steps
    scale = 0.5 * np.sum(window**2) * _STEP_SECONDS * sample_rate
    level = np.abs(np.convolve(np.add.reduceat(mixed, steps), window / scale, "valid"))
    reach = _STEPS_PER_TONE // 2
    around = np.lib.stride_tricks.sliding_window_view(np.pad(level, reach), 2 * reach + 1)
    before, after = around[:, :reach].max(axis=1), around[:, reach + 1 :].max(axis=1)
    return [int(step) for step in np.flatnonzero((level > _FAINT) & (level > before) & (level >= after))]


def _decode(levels: _Floats, time: float) -> Heard | None:
    """Return the word whose tones, nine rows, have these levels at each frequency; None if it is not whole."""
    tones = levels.argmax(axis=1)
    ranked = np.sort(levels, axis=1)
    loudest, second = ranked[:, -1], ranked[:, -2]
    even = loudest.min() >= _EVEN * np.median(loudest)
    if not even or (second > _PURE * loudest).any() or tones[0] != _SYNC or (tones[1:] == _SYNC).any():
        return None
    bits = 0
    for symbol in tones[1:]:
        bits = bits << 3 | int(symbol)
    word, crc = bits >> 8, bits & 0xFF
    if crc != _crc8(word):
        return None
    return Heard(time, vendor=word >> 14, epoch=word >> 12 & 3, index=word % INDICES)


def _stretches(audible: npt.NDArray[np.bool_]) -> Iterator[int]:
    """Yield the first step of each stretch of sound, whose parts are at most a tone apart."""
    last = -1 - _STEPS_PER_TONE
    for step in map(int, np.flatnonzero(audible)):
        if step - last > _STEPS_PER_TONE:
            yield step
        last = step
