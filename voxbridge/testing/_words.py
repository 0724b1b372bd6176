"""Text as numbered words, and the judgement on what was heard of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from hashlib import blake2b
from itertools import pairwise

from attrs import frozen

from ._oracle import INDICES, Heard, speak_words


__all__ = ["Audit", "WordVoice", "audit", "expected_indices", "words_text"]

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_NUMBERED = re.compile(r"w([0-9]+)")


@frozen
class Audit:
    """What happened to a text on its way to the ear: indices of words, in the order of the text or of hearing."""

    lost: tuple[int, ...] = ()
    """Never heard."""
    repeated: tuple[int, ...] = ()
    """Heard again."""
    out_of_order: tuple[int, ...] = ()
    """Heard once, in the wrong place."""
    unexpected: tuple[int, ...] = ()
    """Heard, but not in the text."""
    broken: tuple[float, ...] = ()
    """Where a sound is no whole word, in seconds."""
    seams: tuple[Heard, ...] = ()
    """The first word of each vendor after the first one."""

    @property
    def clean(self) -> bool:
        """Whether every word was heard once, whole and in its place; seams are allowed."""
        return not (self.lost or self.repeated or self.out_of_order or self.unexpected or self.broken)


@frozen(kw_only=True)
class WordVoice:
    """A voice that speaks any text as words of the word oracle."""

    vendor: int = 0
    """Who speaks, 0 to 3."""
    epoch: int = 0
    """Which attempt it is, 0 to 3."""

    def speak(self, text: str, sample_rate: int = 24000) -> bytes:
        """Return *text* as raw linear16, mono: 200 ms a word, nothing for what stands between words."""
        return speak_words(expected_indices(text), vendor=self.vendor, epoch=self.epoch, sample_rate=sample_rate)


def words_text(count: int, sentence: int = 8, start: int = 0) -> str:
    """Return *count* numbered words in sentences, such as ``"w0 w1 w2 w3. w4 w5."``."""
    words = [f"w{number}" for number in range(start, start + count)]
    return " ".join(" ".join(words[at : at + sentence]) + "." for at in range(0, count, sentence))


def expected_indices(text: str) -> list[int]:
    """Return the indices that `WordVoice` speaks for *text*.

    ``w17`` has index 17 (modulo 4096), so that a server which sees only a piece of a text speaks the right words;
    any other word has a fixed index made of its letters.
    """
    return [_index(word) for word in _WORD.findall(text)]


def _index(word: str) -> int:
    numbered = _NUMBERED.fullmatch(word)
    if numbered:
        return int(numbered[1]) % INDICES
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=2).digest(), "big") % INDICES


def audit(heard: Iterable[Heard], expected: Sequence[int]) -> Audit:
    """Compare what was heard with the indices that should have been, in their order."""
    heard = list(heard)
    words = [word for word in heard if not word.broken]
    indices = [word.index for word in words]
    missing: list[int] = []
    extra: list[int] = []
    for _, low, high, first, last in SequenceMatcher(None, expected, indices, autojunk=False).get_opcodes():
        if list(expected[low:high]) != indices[first:last]:
            missing += expected[low:high]
            extra += indices[first:last]
    moved = Counter(missing) & Counter(extra)
    known = set(expected)
    extra = _without(extra, moved)
    return Audit(
        lost=tuple(_without(missing, moved)),
        repeated=tuple(index for index in extra if index in known),
        out_of_order=tuple(moved.elements()),
        unexpected=tuple(index for index in extra if index not in known),
        broken=tuple(sound.time for sound in heard if sound.broken),
        seams=tuple(word for before, word in pairwise(words) if word.vendor != before.vendor),
    )


def _without(indices: list[int], moved: Counter[int]) -> list[int]:
    left = Counter(moved)
    kept: list[int] = []
    for index in indices:
        if left[index]:
            left[index] -= 1
        else:
            kept.append(index)
    return kept
