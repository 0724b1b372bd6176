"""What is said at a backend that has no markup for a segment: other words, and what is lost by that."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress

from attrs import evolve

from voxbridge.exceptions import InvalidText

from ._cuts import graphemes
from ._segments import Choice, Mark, Pronunciation, SayAs, Segment, Substitution, Words


__all__ = ["losses", "said"]

_SPELLED = frozenset({"characters", "digits", "spell-out", "verbatim"})
_SPACES = re.compile("[\t-\r\x85\u2028\u2029]")  # tab, and what ends lines
_CONTROL = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_UNSEEN = re.compile(  # what turns, joins and parts characters beside it, and a mark of byte order
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)


def said(
    segment: Segment, backends: Sequence[str], *, phonemes: Collection[str] = ("ipa",), language: str = ""
) -> Segment:
    """Return what a backend is given of a segment: its own choice, and what is said in place of other words.

    Tabs, line ends and other control characters in it are spaces, and there are none that format and cannot be seen.

    Args:
        segment: what is meant.
        backends: names that the backend has.
        phonemes: as of `Capabilities`.
        language: what is spoken, BCP 47.
    """
    if type(segment) is not Words:
        segment = _said(_chosen(segment, backends), phonemes, language)
    if not isinstance(segment, Words) or segment.text.isprintable():  # as most are
        return segment
    return evolve(segment, text=_UNSEEN.sub("", _CONTROL.sub(" ", _SPACES.sub(" ", segment.text))))


def _said(segment: Segment, phonemes: Collection[str], language: str) -> Segment:
    match segment:
        case Substitution(alias=alias):
            return _in_place_of(segment, alias)
        case SayAs(interpret_as=kind) if kind in _SPELLED:
            return _in_place_of(segment, _spelled_out(segment.text))
        case Pronunciation():
            respelled = _respelled(segment, phonemes, language)
            return segment if respelled is None else _in_place_of(segment, respelled)
    return segment


def losses(
    segment: Segment, backends: Sequence[str], *, phonemes: Collection[str], language: str
) -> Iterator[tuple[str, str, str]]:
    """Yield what is lost of a segment of which a backend has no more than `said` gives it; arguments as there.

    Each is a feature, the words concerned as they are written, and what was done.
    """
    segment = _chosen(segment, backends)
    if isinstance(segment, Mark):
        yield "mark", "", f"{segment.name!r} was left out"
    if not isinstance(segment, Words):
        return
    spoken = segment.alias if isinstance(segment, Substitution) else segment.text
    if not spoken.isprintable() and (controls := _CONTROL.findall(spoken)):
        codes = ", ".join(f"U+{ord(each):04X}" for each in dict.fromkeys(controls))
        yield "control character", next(filter(_CONTROL.search, spoken.split(" "))), f"{codes}: a space instead"
    match segment:
        case Pronunciation() if "ipa" not in phonemes:
            respelled = _respelled(segment, phonemes, language)
            yield (
                "pronunciation",
                segment.text,
                "was said as it is written" if respelled is None else f"was respelled {respelled!r}",
            )
        case SayAs(interpret_as=kind) if kind not in _SPELLED:
            yield "say-as", segment.text, f"was said as it is written, not as {kind!r}"
    if segment.emphasis not in {None, "none"}:
        yield "emphasis", segment.text, "was left out"
    if segment.speed not in {None, 1.0}:
        yield "speed", segment.text, f"{segment.speed:g} was left out"
    if segment.language and not _same(segment.language.lower(), language.lower()):
        yield "language", segment.text, f"was said in {language}, not in {segment.language}"
    for feature in segment.ignored:
        yield feature, segment.text, "was left out"


def _chosen(segment: Segment, backends: Sequence[str]) -> Segment:
    """Return a backend's own choice."""
    if not isinstance(segment, Choice):
        return segment
    others = dict(segment.others)
    return next((others[name] for name in backends if name in others), segment.usual)


def _in_place_of(segment: Words, text: str) -> Words:
    emphasis, speed, language, ignored = segment.emphasis, segment.speed, segment.language, segment.ignored
    return Words(text, emphasis=emphasis, speed=speed, language=language, ignored=ignored)


def _spelled_out(text: str) -> str:
    """Return *text* with a space between its characters."""
    inner = text.strip()
    start = text.index(inner)
    return text[:start] + " ".join(graphemes("".join(inner.split()))) + text[start + len(inner) :]


def _respelled(segment: Pronunciation, phonemes: Collection[str], language: str) -> str | None:
    """Return how English letters write a pronunciation; None: its sounds are kept, or are not for English readers."""
    spoken = (segment.language or language).lower()
    if "ipa" in phonemes or "respelling" not in phonemes or not _same(spoken, "en"):
        return None
    from .phonetics import respelling  # it has tables to read

    with suppress(InvalidText):  # a click, say
        return respelling(segment.ipa).text or None
    return None


def _same(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}-") or other.startswith(f"{one}-")
