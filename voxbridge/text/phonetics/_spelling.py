"""Spelling IPA in an alphabet that has fewer sounds: the longest known sequence first, the nearest sound else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import define, evolve, frozen

from ._chart import STRESSES, TIE, TONES
from ._ipa import Mark, Sound, parse_ipa, wrong
from ._nearest import NEAREST


__all__ = ["Alphabet", "Letter", "Loss", "Spelling", "english", "spell", "table"]

_LONGEST = 3  # sounds of a sequence, such as aɪə
_NOT_SYLLABIC = "\u032f"
_BETWEEN_WORDS = frozenset(" |‖")
_SILENT = STRESSES | {".", " "}  # marks without a sound of their own
_TONELESS = dict.fromkeys(map(ord, TONES))


@frozen
class Loss:
    """A piece of IPA that another alphabet cannot say as it is."""

    ipa: str
    position: int
    """The index of its first character in the IPA."""
    done: str
    """What was done: ``"said as 'ɹ'"``, ``"left out"``."""

    def __str__(self) -> str:
        return f"{self.ipa!r} is {self.done}"


@frozen
class Spelling:
    """A pronunciation in another alphabet. Syllable breaks, which have no sound, may be gone without a loss."""

    text: str
    losses: tuple[Loss, ...] = ()

    def __str__(self) -> str:
        return self.text


@frozen
class Alphabet:
    """The sounds that an alphabet has."""

    name: str
    sounds: Mapping[str, str]
    """IPA of a sound, or of a sequence such as a diphthong, without tie bars; and how it is spelled. A sound that is
    spelled as nothing is left out."""
    near: Mapping[str, tuple[str, ...]] = NEAREST
    """The sounds nearest to those that it has not."""
    length: str = ""
    """What makes the sound before it long, if there is such a sign."""


@define
class Letter:
    """What spells one sound, or a sequence of them."""

    text: str
    sounds: tuple[Sound, ...]
    stress: str = ""
    """``"ˈ"`` or ``"ˌ"`` on the core of a syllable, else empty."""
    breaks: bool = False
    """Whether a syllable begins with it: a mark says so. Stress right before a vowel says nothing of where."""

    @property
    def syllabic(self) -> bool:
        """Whether it is the core of a syllable."""
        return any(sound.syllabic for sound in self.sounds)


def table(text: str) -> dict[str, str]:
    """Return the pairs of a text such as ``"aɪ=aI ʃ=S"``."""
    return dict(pair.split("=") for pair in text.split())


def english(text: str) -> dict[str, str]:
    """Return a table in which ``r`` is ``ɹ``, as in most dictionaries of English."""
    sounds = table(text)
    return sounds | {ipa.replace("ɹ", "r"): letter for ipa, letter in sounds.items()}


def spell(ipa: str, alphabet: Alphabet) -> tuple[list[list[Letter]], tuple[Loss, ...]]:
    """Return the letters of each word of *ipa*, and what could not be said as it is.

    Raises:
        InvalidText: it is not IPA; or a sound has none near it in *alphabet*.
    """
    speller = _Speller(ipa, alphabet)
    for item in (*parse_ipa(ipa), Mark(" ")):
        speller.take(item)
    return [word for word in speller.words if word], tuple(sorted(speller.losses, key=lambda loss: loss.position))


class _Speller:
    def __init__(self, ipa: str, alphabet: Alphabet) -> None:
        self._ipa = ipa
        self._alphabet = alphabet
        self._known = alphabet.sounds
        self.words: list[list[Letter]] = [[]]
        self.losses: list[Loss] = []
        self._run: list[Sound] = []  # sounds with no mark between them
        self._stress: Mark | None = None  # of the vowel that comes next
        self._breaks = False

    def take(self, item: Sound | Mark) -> None:
        """Take the next sound or mark."""
        if isinstance(item, Sound):
            self._run.append(item)
        elif item.symbol != "‿":
            self._end_run()
            if item.symbol in STRESSES:
                self._end_stress()
                self._stress = item
            elif item.symbol == ".":
                self._breaks = True
            elif item.symbol in _BETWEEN_WORDS:
                self._end_stress()
                self.words.append([])
            if item.symbol not in _SILENT:
                self._lose(item, "left out")

    def _end_run(self) -> None:
        letters = list(self._letters(self._run))
        if letters:
            letters[0].breaks = self._breaks or (self._stress is not None and not letters[0].syllabic)
            self.words[-1] += letters
            self._breaks = False
        core = next((letter for letter in letters if letter.syllabic), None)
        if core and self._stress:
            core.stress, self._stress = self._stress.symbol, None
        self._run = []

    def _end_stress(self) -> None:
        if self._stress:
            self._lose(self._stress, "left out: it is on no vowel")
            self._stress = None

    def _letters(self, run: Sequence[Sound]) -> Iterator[Letter]:
        start = 0
        while start < len(run):
            ends = range(min(len(run), start + _LONGEST), start, -1)
            end = next((end for end in ends if _key(run[start:end]) in self._known), None)
            if end is None:
                yield from self._near(run[start])
            else:
                yield from self._exactly(run[start:end])
            start = end or start + 1

    def _exactly(self, sounds: Sequence[Sound]) -> Iterator[Letter]:
        """Spell what the alphabet has, all but tones; what it has as nothing is left out."""
        text = self._known[_key(sounds)]
        for sound in sounds:
            if not text:
                self._lose(sound, "left out")
            elif sound.tone:
                self._lose(sound, "said without its tone")
        if text:
            yield Letter(text, tuple(sounds))

    def _near(self, sound: Sound) -> Iterator[Letter]:
        """Spell what it has not: without length or diacritics, or as the nearest sound."""
        if TIE in sound.symbol:
            yield from self._letters(_untied(sound))
            return
        for near in (sound.symbol, *self._alphabet.near.get(sound.symbol, ())):
            parts = [part for symbol in near.split("+") if (part := self._best(symbol, sound))]
            if len(parts) <= near.count("+"):
                continue
            said = "".join(ipa for ipa, text in parts if text)
            if said != str(sound).translate(_TONELESS) or sound.tone:
                self._lose(sound, f"said as {said!r}" if said else "left out")
            for ipa, text in parts:
                if text:
                    yield Letter(text, (sound if len(parts) == 1 else Sound(ipa[0], position=sound.position),))
            return
        raise wrong(self._ipa, sound.position, f"{self._alphabet.name} has no sound near {str(sound)!r}")

    def _best(self, symbol: str, sound: Sound) -> tuple[str, str] | None:
        """Return the known sound of this letter that is most like *sound*, and its spelling."""
        for part in (sound.diacritics + sound.length, sound.diacritics, sound.length, "", "ː"):
            if (text := self._known.get(symbol + part)) is not None:
                if sound.length and self._alphabet.length and not part.endswith("ː"):
                    return f"{symbol}{part.rstrip('ˑ')}ː", text + self._alphabet.length
                return symbol + part, text
        return None

    def _lose(self, item: Sound | Mark, done: str) -> None:
        self.losses.append(Loss(str(item), item.position, done))


def _key(sounds: Sequence[Sound]) -> str:
    """Return how a sequence stands in an alphabet: the second part of a diphthong may be marked as such or not."""
    first, *others = (sound.symbol.replace(TIE, "") + sound.diacritics + sound.length for sound in sounds)
    return first + "".join(others).replace(_NOT_SYLLABIC, "")


def _untied(sound: Sound) -> list[Sound]:
    """Return the parts of a sound that is written with tie bars."""
    *first, last = sound.symbol.split(TIE)
    parts = [part for text in first for part in parse_ipa(text) if isinstance(part, Sound)]
    return [evolve(part, position=sound.position) for part in parts] + [evolve(sound, symbol=last)]
