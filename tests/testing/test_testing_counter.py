"""The sample counter sees every sample that is lost, said again or strange."""

from __future__ import annotations

import numpy as np
import pytest

from voxbridge.exceptions import UsageError
from voxbridge.testing import SampleBreak, check_samples, count_samples


def test_counted_samples_are_whole_from_any_start() -> None:
    audio = count_samples(70_000, 100_000)
    assert int(np.frombuffer(audio, "<u2")[1]) == 40503 * 70_001 % 65_536
    assert check_samples(audio, start=70_000) == []
    assert check_samples(audio[2:], start=70_000) == [SampleBreak(0, 1)]
    assert check_samples(b"") == []


def test_every_stray_lost_and_repeated_sample_is_a_break() -> None:
    audio = count_samples(0, 10_000)
    assert check_samples(audio[:2000] + audio[2004:]) == [SampleBreak(1000, 2)]
    assert check_samples(audio[:2000] + audio[1000:]) == [SampleBreak(1000, -500)]
    assert len(check_samples(audio[:2000] + bytes(range(1, 45)) + audio[2000:])) == 23
    lost_byte = audio[:2000] + audio[2001:]
    assert len(check_samples(lost_byte[:-1])) > 8000
    with pytest.raises(UsageError, match="one was lost"):
        check_samples(lost_byte)
