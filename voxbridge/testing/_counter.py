"""The sample counter: audio whose every sample says its own position, for paths that change no bit."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from voxbridge.exceptions import UsageError


__all__ = ["SampleBreak", "check_samples", "count_samples"]

_FACTOR = 40503  # odd, so that it has an inverse; 2^16 divided by the golden ratio, so that neighbours lie far apart
_INVERSE = pow(_FACTOR, -1, 1 << 16)


@frozen
class SampleBreak:
    """A place where a sample is not the one that follows the sample before it."""

    sample: int
    """Where, in samples from the start of the audio."""
    skipped: int
    """Samples lost there; negative: how far the audio went back."""


def count_samples(start: int, count: int) -> bytes:
    """Return *count* samples from position *start* on as raw linear16: sample k is 40503 k modulo 2^16."""
    positions = np.arange(start, start + count, dtype=np.int64)
    return (positions * _FACTOR & 0xFFFF).astype("<u2").tobytes()


def check_samples(audio: bytes, start: int = 0) -> list[SampleBreak]:
    """Return every break in counted audio that should begin at position *start*; none if it is whole.

    Positions count modulo 65,536 samples: a loss of exactly so many is not seen. Nor is a loss at the end:
    compare the length.

    Raises:
        UsageError: the audio ends in half a sample.
    """
    if len(audio) % 2:
        raise UsageError(f"linear16 has two bytes a sample, but the audio has {len(audio)} bytes: one was lost")
    positions = np.frombuffer(audio, "<u2").astype(np.int64) * _INVERSE
    skipped = np.diff(positions, prepend=start - 1) - 1 + 0x8000 & 0xFFFF
    places = np.flatnonzero(skipped != 0x8000)
    return [SampleBreak(int(place), int(skipped[place]) - 0x8000) for place in places]
