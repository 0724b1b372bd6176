"""Print, for each stage, how many seconds of audio one second of CPU takes through it, in 20 ms chunks.

Run it as ``python tests/bench/audio.py``. Only the telephone line has a bar to clear.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from voxbridge.audio import AudioFormat, Stage, codecs_installed, conversion


SECONDS = 60
ROUNDS = 5
TELEPHONE = ("linear16/24000", "mulaw/8000")
NEEDED = 1500
PATHS = [
    TELEPHONE,
    ("linear16/24000", "linear16/8000"),
    ("linear16/48000", "linear16/16000"),
    ("linear16/22050", "linear16/48000"),
    ("linear16/24000", "mulaw/24000"),
    ("mulaw/8000", "linear16/8000"),
    ("mulaw/8000", "linear16/24000"),
    ("mulaw/8000", "alaw/8000"),
    ("linear16/24000", "wav/24000"),
    ("wav/24000", "linear16/24000"),
]
CODECS = ["mp3/24000", "opus", "flac/24000", "aac/24000"]


def speech(rate: int) -> bytes:
    """Return noise that swells and fades about as speech does, as linear16."""
    at = np.arange(SECONDS * rate) / rate
    noise = np.random.default_rng(1).normal(size=len(at))
    return (noise * 3000 * np.sin(2 * np.pi * 2 * at) ** 2).astype("<i2").tobytes()


def through(stage: Stage, chunks: list[bytes]) -> list[bytes]:
    """Return what comes out."""
    return [stage.feed(chunk) for chunk in chunks] + [stage.flush()]


def measure(source: AudioFormat, target: AudioFormat) -> float:
    """Return the best of a few rounds, in seconds of audio per CPU second."""
    rate = source.sample_rate or 24000
    sound = b"".join(through(conversion(AudioFormat("linear16", rate), source), [speech(rate)]))
    size = len(sound) // (SECONDS * 50)  # 20 ms
    chunks = [sound[at : at + size] for at in range(0, len(sound), size)]
    best = float("inf")
    for _ in range(ROUNDS):
        stage = conversion(source, target)
        begun = time.process_time()
        through(stage, chunks)
        best = min(best, time.process_time() - begun)
    return SECONDS / best


def main() -> int:
    """Print a line for each path; return 1 if the telephone line is too slow."""
    paths = list(PATHS)
    if codecs_installed():
        for name in CODECS:
            linear = str(AudioFormat("linear16", AudioFormat.parse(name).sample_rate))
            paths += [(linear, name), (name, linear)]
    print(f"{'from':16} {'to':16} seconds of audio per CPU second, in 20 ms chunks")
    figures = {}
    for source, target in paths:
        figures[source, target] = measure(AudioFormat.parse(source), AudioFormat.parse(target))
        print(f"{source:16} {target:16} {figures[source, target]:10,.0f}")
    reached = figures[TELEPHONE] >= NEEDED
    print(f"24 kHz to 8 kHz mu-law: {'at least' if reached else 'LESS THAN'} the {NEEDED:,} needed")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
