"""G.711 against two transcriptions that share nothing with the implementation.

The encoder is compared with the loops of the ITU-T reference software (G.191), the decoder and the encoder's intervals
with the tables of decision values of G.711 itself.
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge.audio import Compressor, Expander


ALL_SAMPLES = range(-32768, 32768)
ALL_CODES = bytes(range(256))


def mulaw_by_loop(sample: int) -> int:
    """ulaw_compress of G.191."""
    magnitude = ((~sample >> 2) if sample < 0 else (sample >> 2)) + 33
    magnitude = min(magnitude, 0x1FFF)
    shifted, segment = magnitude >> 6, 1
    while shifted:
        segment += 1
        shifted >>= 1
    high, low = 8 - segment, 15 - (magnitude >> segment & 15)
    return high << 4 | low | (0x80 if sample >= 0 else 0)


def alaw_by_loop(sample: int) -> int:
    """alaw_compress of G.191."""
    step = (~sample >> 4) if sample < 0 else (sample >> 4)
    if step > 15:
        exponent = 1
        while step > 31:
            step >>= 1
            exponent += 1
        step += (exponent << 4) - 16
    return (step | (0x80 if sample >= 0 else 0)) ^ 0x55


def mulaw_decisions() -> list[int]:
    """Decision values of table 2a/G.711, for 14 bits: 0, 1, 3, ... 31, 35, ... 95, 103, ... 8159."""
    values = [0, 1]
    for segment in range(8):
        values += [values[-1] + (2 << segment) * n for n in range(1, 16 if segment == 0 else 17)]
    return values


def alaw_decisions() -> list[int]:
    """Decision values of table 1a/G.711, for 13 bits: 0, 2, ... 64, 68, ... 128, 136, ... 4096."""
    values = list(range(0, 66, 2))
    for segment in range(1, 7):
        values += [values[-1] + (2 << segment) * n for n in range(1, 17)]
    return values


def encoded(law: str) -> bytes:
    return Compressor(law).feed(np.array(ALL_SAMPLES, "<i2").tobytes())


@pytest.mark.parametrize(("law", "rule"), [("mulaw", mulaw_by_loop), ("alaw", alaw_by_loop)])
def test_all_65536_samples_are_encoded_as_the_reference_software_does(law, rule):
    assert encoded(law) == bytes(map(rule, ALL_SAMPLES))


@pytest.mark.parametrize(
    ("law", "decisions", "scale", "mask"),
    [("mulaw", mulaw_decisions(), 4, 0x7F), ("alaw", alaw_decisions(), 8, 0x55)],
)
def test_each_positive_sample_lies_between_the_decision_values_of_its_code(law, decisions, scale, mask):
    assert len(decisions) == 129
    assert decisions[-1] == {"mulaw": 8159, "alaw": 4096}[law]
    codes = encoded(law)
    for sample in range(32768):
        interval = min(bisect_right(decisions, sample / scale) - 1, 127)
        assert codes[sample + 32768] == 0x80 | interval ^ mask


@pytest.mark.parametrize(
    ("law", "decisions", "scale", "mask"),
    [("mulaw", mulaw_decisions(), 4, 0x7F), ("alaw", alaw_decisions(), 8, 0x55)],
)
def test_all_256_codes_are_decoded_to_the_middle_of_their_interval(law, decisions, scale, mask):
    values = np.frombuffer(Expander(law).feed(ALL_CODES), "<i2").tolist()
    for code in range(256):
        interval = code & 0x7F ^ mask
        middle = (decisions[interval] + decisions[interval + 1]) * scale // 2
        if law == "mulaw" and interval == 0:
            middle = 0  # y0 = 0: table 2a/G.711
        assert values[code] == (middle if code & 0x80 else -middle)


@pytest.mark.parametrize("law", ["mulaw", "alaw"])
def test_a_decoded_code_is_encoded_to_itself(law):
    again = Compressor(law).feed(Expander(law).feed(ALL_CODES))
    changed = [code for code in range(256) if again[code] != code]
    assert changed == ([0x7F] if law == "mulaw" else [])  # mu-law's negative zero has no sample of its own


@given(
    data=st.binary(max_size=200), sizes=st.lists(st.integers(1, 40), max_size=4), law=st.sampled_from(["mulaw", "alaw"])
)
def test_where_the_codes_are_cut_changes_nothing(run, data, sizes, law):
    linear = run(Expander(law), data, sizes)
    assert linear == run(Expander(law), data)
    assert run(Compressor(law), linear, [2 * size for size in sizes]) == run(Compressor(law), linear)
