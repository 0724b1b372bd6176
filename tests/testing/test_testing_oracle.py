"""The oracles find every fault that is planted, and nothing in audio that is whole.

The suite plants a few faults. The larger run: ``python tests/testing/test_testing_oracle.py 200 1000`` plants 200
faults and hears 1,000 clean runs, over every channel, and prints what was missed.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from voxbridge.audio import AudioFormat, conversion
from voxbridge.exceptions import UsageError
from voxbridge.testing import (
    Audit,
    Heard,
    audit,
    hear_words,
    speak_words,
)


RATE = 24000
WORD = RATE // 5 * 2  # bytes


def repeatable(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  # a test that failed must fail again


# Channels: what may lie between the voice and the ear. Each gives audio and its rate.


def raw(audio: bytes, chance: random.Random) -> tuple[bytes, int]:
    return audio, RATE


def telephone(audio: bytes, chance: random.Random) -> tuple[bytes, int]:
    linear, mulaw = AudioFormat("linear16", 8000), AudioFormat("mulaw", 8000)
    there = conversion(AudioFormat("linear16", RATE), mulaw)
    back = conversion(mulaw, linear)
    companded = there.feed(audio) + there.flush()
    return back.feed(companded) + back.flush(), 8000


def resampled(audio: bytes, chance: random.Random) -> tuple[bytes, int]:
    return soxr.resample(np.frombuffer(audio, "<i2"), RATE, 16000).astype("<i2").tobytes(), 16000


def noisy(audio: bytes, chance: random.Random) -> tuple[bytes, int]:
    samples = np.frombuffer(audio, "<i2")
    noise = np.random.default_rng(chance.getrandbits(64)).normal(0, 300, len(samples))
    return np.clip(samples + noise, -32768, 32767).astype("<i2").tobytes(), RATE


CHANNELS = [raw, telephone, resampled, noisy]


# Faults: each takes spoken words, damages word k, and tells what an audit must say; broken sounds are counted.


def milliseconds(count: int) -> int:
    return count * RATE // 1000 * 2


def drop(words: list[bytes], k: int, chance: random.Random) -> tuple[list[bytes], Audit, int]:
    return words[:k] + words[k + 1 :], Audit(lost=(k,)), 0


def repeat(words: list[bytes], k: int, chance: random.Random) -> tuple[list[bytes], Audit, int]:
    return words[: k + 1] + words[k:], Audit(repeated=(k,)), 0


def swap(words: list[bytes], k: int, chance: random.Random) -> tuple[list[bytes], Audit, int]:
    # Which of two neighbours moved cannot be told; the comparison keeps the earlier one of the text in place.
    return [*words[:k], words[k + 1], words[k], *words[k + 2 :]], Audit(out_of_order=(k + 1,)), 0


def cut_tail(words: list[bytes], k: int, chance: random.Random) -> tuple[list[bytes], Audit, int]:
    kept = words[k][: milliseconds(chance.randint(20, 180))]
    return [*words[:k], kept, *words[k + 1 :]], Audit(lost=(k,)), 1


def cut_head(words: list[bytes], k: int, chance: random.Random) -> tuple[list[bytes], Audit, int]:
    kept = words[k][milliseconds(chance.randint(20, 180)) :]
    return [*words[:k], kept, *words[k + 1 :]], Audit(lost=(k,)), 1


def cut_and_say_again(words: list[bytes], k: int, chance: random.Random) -> tuple[list[bytes], Audit, int]:
    kept = words[k][: milliseconds(chance.randint(20, 180))]
    return [*words[:k], kept, *words[k:]], Audit(), 1


FAULTS = [drop, repeat, swap, cut_tail, cut_head, cut_and_say_again]

Fault = Callable[[list[bytes], int, random.Random], tuple[list[bytes], Audit, int]]
Channel = Callable[[bytes, random.Random], tuple[bytes, int]]


def spoken(count: int, chance: random.Random) -> list[bytes]:
    """Speak words, some of them with a pause of any length before."""
    words = [speak_words([index], vendor=index % 4, epoch=index // 4 % 4) for index in range(count)]
    return [bytes(2 * chance.randrange(RATE // 4)) * chance.randrange(2) + word for word in words]


def clean_run(channel: Channel, chance: random.Random) -> bool:
    audio, rate = channel(b"".join(spoken(12, chance)), chance)
    return audit(hear_words(audio, rate), range(12)).clean


def planted_run(fault: Fault, channel: Channel, chance: random.Random) -> tuple[bool, Audit]:
    """Plant one fault and tell whether the audit says exactly what happened."""
    words = [speak_words([index]) for index in range(12)]
    words, truth, broken = fault(words, chance.randrange(11), chance)
    audio, rate = channel(b"".join(words), chance)
    found = audit(hear_words(audio, rate), range(12))
    same = (found.lost, found.repeated, found.out_of_order, found.unexpected) == (
        truth.lost,
        truth.repeated,
        truth.out_of_order,
        truth.unexpected,
    )
    return same and bool(found.broken) == bool(broken), found


# The words


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 24000, 44100, 48000, 12347])
def test_words_are_heard_as_they_were_spoken_at_any_rate(rate: int) -> None:
    indices = [0, 1, 4095, 2730, 17]
    heard = hear_words(speak_words(indices, vendor=3, epoch=2, sample_rate=rate), rate)
    assert [(word.vendor, word.epoch, word.index, word.broken) for word in heard] == [
        (3, 2, index, False) for index in indices
    ]
    assert [word.time for word in heard] == pytest.approx([0.01 + 0.2 * place for place in range(5)], abs=0.002)


def test_a_word_lasts_exactly_200_ms() -> None:
    assert len(speak_words([1, 2, 3], sample_rate=16000)) == 3 * 3200 * 2
    assert speak_words([]) == b""


def test_every_index_vendor_and_epoch_is_its_own_word() -> None:
    for vendor in range(4):
        indices = list(range(vendor, 4096, 7))
        heard = hear_words(speak_words(indices, vendor=vendor, epoch=3 - vendor, sample_rate=8000), 8000)
        assert [word.index for word in heard] == indices
        assert {(word.vendor, word.epoch, word.broken) for word in heard} == {(vendor, 3 - vendor, False)}


@pytest.mark.parametrize("spec", ["mp3/24000", "aac/24000", "opus"])
def test_words_outlive_lossy_codecs(spec: str) -> None:
    pytest.importorskip("av", reason="needs the extra `codecs`")
    plain, lossy = AudioFormat("linear16", 48000), AudioFormat.parse(spec)
    there, back = conversion(plain, lossy), conversion(lossy, plain)
    encoded = there.feed(speak_words(range(320, 400), sample_rate=48000)) + there.flush()
    decoded = back.feed(encoded) + back.flush()
    assert audit(hear_words(decoded, 48000), range(320, 400)).clean


@settings(max_examples=40, deadline=None)
@given(
    gaps=st.lists(st.integers(0, 3000), min_size=1, max_size=6),
    gain=st.floats(0.3, 2),
    rate=st.sampled_from([8000, 24000]),
)
def test_words_are_found_wherever_they_begin_and_however_loud_they_are(gaps: list[int], gain: float, rate: int) -> None:
    audio = b"".join(bytes(2 * gap) + speak_words([index], sample_rate=rate) for index, gap in enumerate(gaps))
    audio = (np.frombuffer(audio, "<i2") * gain).astype("<i2").tobytes()
    assert [word.index for word in hear_words(audio, rate)] == list(range(len(gaps)))


def test_silence_nothing_and_faint_noise_hold_no_words() -> None:
    noise = np.random.default_rng(1).normal(0, 300, RATE).astype("<i2").tobytes()
    assert hear_words(b"", RATE) == hear_words(bytes(100), RATE) == hear_words(bytes(48000), RATE) == []
    assert hear_words(noise, RATE) == []


def test_a_sound_that_is_no_word_is_broken_and_hides_no_neighbour() -> None:
    click = (np.random.default_rng(2).integers(-20000, 20000, 480)).astype("<i2").tobytes()
    heard = hear_words(speak_words([1]) + click + speak_words([2]), RATE)
    assert heard[1] == Heard(heard[1].time, broken=True)
    assert heard[1].time == pytest.approx(0.2, abs=0.003)
    assert [word.index for word in heard] == [1, -1, 2]


def test_a_word_cut_anywhere_does_not_hide_the_next_word() -> None:
    for kept in range(20, 181, 4):
        heard = hear_words(speak_words([1])[: milliseconds(kept)] + speak_words([2, 3]), RATE)
        assert [word.index for word in heard] == [-1, 2, 3], f"{kept} ms kept"


def test_the_halves_of_two_words_are_no_word() -> None:
    for middle in range(70, 190, 20):  # where one tone ends and the next begins; the first three are the same
        spliced = speak_words([1])[: milliseconds(middle)] + speak_words([1365])[milliseconds(middle) :]
        assert [word.broken for word in hear_words(spliced, RATE)] == [True], f"spliced at {middle} ms"


def test_two_words_at_once_are_no_word() -> None:
    one, other = (np.frombuffer(speak_words([index]), "<i2") for index in (7, 1365))
    heard = hear_words((one + other * 0.7).astype("<i2").tobytes(), RATE)
    assert [word.broken for word in heard] == [True]


def test_half_a_sample_is_an_error_that_says_so() -> None:
    with pytest.raises(UsageError, match="one was lost"):
        hear_words(bytes(101), RATE)


def test_what_a_word_cannot_say_is_refused() -> None:
    with pytest.raises(UsageError, match="0 to 3"):
        speak_words([1], vendor=4)
    with pytest.raises(UsageError, match="8000 to 48000"):
        speak_words([1], sample_rate=7999)
    with pytest.raises(UsageError, match="8000 to 48000"):
        hear_words(b"", 96000)


def test_the_decoder_is_at_least_300_times_as_fast_as_speech() -> None:
    audio = speak_words(range(300))
    took = []
    for _ in range(3):
        started = time.process_time()
        hear_words(audio, RATE)
        took.append(time.process_time() - started)
    assert 60 / min(took) > 300


# The self-test


@pytest.mark.parametrize("channel", CHANNELS)
def test_clean_runs_raise_no_alarm(channel: Channel) -> None:
    chance = repeatable(1)
    assert all(clean_run(channel, chance) for _ in range(20))


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("fault", FAULTS)
def test_every_planted_fault_is_found_and_named(fault: Fault, channel: Channel) -> None:
    chance = repeatable(2)
    for _ in range(6):
        right, found = planted_run(fault, channel, chance)
        assert right, found


def main(faults: int, clean: int) -> None:
    """Run the self-test at length and print its figures."""
    chance = repeatable(time.time_ns())
    missed: Counter[str] = Counter()
    for run in range(faults):
        fault, channel = FAULTS[run % len(FAULTS)], chance.choice(CHANNELS)
        missed[f"{fault.__name__}, {channel.__name__}"] += not planted_run(fault, channel, chance)[0]
    alarms = sum(not clean_run(CHANNELS[run % len(CHANNELS)], chance) for run in range(clean))
    print(f"{faults} faults, {missed.total()} missed {dict(+missed)}; {clean} clean runs, {alarms} false alarms")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
