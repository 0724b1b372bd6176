"""What can be measured of speech itself: how loud it is, its peak, and the silence around it."""

from __future__ import annotations

import math

import numpy as np
from attrs import frozen
from numpy.typing import NDArray


__all__ = ["Measures", "measure"]

Samples = NDArray[np.float64]

_SILENCE = -50.0  # dB of full scale: softer than any speech, louder than the noise of a vendor's voice
_WINDOW = 0.010  # seconds of which the level is looked at
_BLOCK, _STEP = 0.400, 0.100  # seconds: the gating blocks of BS.1770-5, which overlap by 75 %
_ABSOLUTE_GATE, _RELATIVE_GATE = -70.0, -10.0  # LUFS, and LU below the loudness of what passed the first


@frozen(kw_only=True)
class Measures:
    """None is what cannot be said, such as the loudness of silence."""

    loudness: float | None = None
    """LUFS of the whole, by ITU-R BS.1770-5; None below 0.4 s, which it does not measure."""
    peak: float | None = None
    """dB of full scale, of the largest sample."""
    leading_silence: float | None = None
    """Seconds before the first 10 ms above -50 dB of full scale."""
    trailing_silence: float | None = None
    """Seconds after the last such."""


def measure(samples: NDArray[np.int16], rate: int) -> Measures:
    """Measure mono speech of *rate* Hz."""
    sound = samples.astype(np.float64)
    sound /= 32768
    if not sound.size:
        return Measures()
    leading, trailing = _silences(sound, rate)
    return Measures(
        loudness=_loudness(sound, rate),
        peak=_decibels(float(np.abs(sound).max()) ** 2),
        leading_silence=leading,
        trailing_silence=trailing,
    )


def _decibels(power: float) -> float | None:
    return 10 * math.log10(power) if power > 0 else None


def _silences(sound: Samples, rate: int) -> tuple[float, float]:
    """Return how long it is silent before and after; where nothing is heard, all is before."""
    window = max(1, round(rate * _WINDOW))
    powers = np.add.reduceat(sound**2, np.arange(0, sound.size, window)) / window
    heard = np.flatnonzero(powers > 10 ** (_SILENCE / 10))
    if not heard.size:
        return sound.size / rate, 0.0
    return heard[0] * window / rate, max(0, sound.size - (heard[-1] + 1) * window) / rate


def _loudness(sound: Samples, rate: int) -> float | None:
    """Return the integrated loudness of one channel (BS.1770-5, annex 1)."""
    block, step = round(rate * _BLOCK), round(rate * _STEP)
    if sound.size < block:
        return None
    energy = np.concatenate(([0.0], np.cumsum(_weighted(sound, rate) ** 2)))
    starts = np.arange(0, sound.size - block + 1, step)
    powers = (energy[starts + block] - energy[starts]) / block
    for gate in (_ABSOLUTE_GATE, None):
        limit = gate if gate is not None else _lufs(float(powers.mean())) + _RELATIVE_GATE
        powers = powers[powers > 10 ** ((limit + 0.691) / 10)]
        if not powers.size:
            return None
    return _lufs(float(powers.mean()))


def _lufs(power: float) -> float:
    return -0.691 + 10 * math.log10(power)


def _weighted(sound: Samples, rate: int) -> Samples:
    """Return the sound as the K-weighting filter gives it.

    The standard's coefficients are for 48 kHz; these are of the analogue filters behind them, as libebur128 has them
    for any rate. Both ring for less than a second, so a second of silence keeps the end apart from the beginning.
    """
    size = sound.size + rate
    turn = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = _shelf(rate, turn) * _high_pass(rate, turn)
    weighted: Samples = np.fft.irfft(np.fft.rfft(sound, size) * response, size)[: sound.size]
    return weighted


def _shelf(rate: int, turn: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Return the response of the first filter, which stands for the head."""
    k, q = math.tan(math.pi * 1681.974450955533 / rate), 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    middle = high**0.4996667741545416
    over = (high + middle * k / q + k * k, 2 * (k * k - high), high - middle * k / q + k * k)
    return _biquad(over, k, q, turn)


def _high_pass(rate: int, turn: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Return the response of the second filter; the standard leaves its gain at that of 48 kHz."""
    k, q = math.tan(math.pi * 38.13547087602444 / rate), 0.5003270373238773
    scale = 1 + k / q + k * k
    return _biquad((scale, -2 * scale, scale), k, q, turn)


def _biquad(
    over: tuple[float, float, float], k: float, q: float, turn: NDArray[np.complex128]
) -> NDArray[np.complex128]:
    under = (1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k)
    response: NDArray[np.complex128] = np.polyval(over[::-1], turn) / np.polyval(under[::-1], turn)
    return response
