r"""Units as Deepgram takes them: plain words that can never act as a control, and pronunciations as inline objects.

A control begins with ``\{``; earlier releases of the service took a bare ``{`` too. So no brace of the words is ever
sent: it becomes a parenthesis. That is the only place and the only way in which words are changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from attrs import frozen

from voxbridge import Pronunciation, TextUnit, UnsupportedUtterance, Words


__all__ = ["LONGEST", "Rendered", "render"]

LONGEST: Final = 2000  # characters of a request, and of a Speak message
_MOST: Final = 500  # pronunciations of a request
_LONGEST_IPA: Final = 128  # characters
_BRACES: Final = str.maketrans("{}", "()")
_NO_IPA: Final = frozenset('"\\{}\n\r\t')


@frozen
class Rendered:
    """Text as it is sent."""

    parts: tuple[str, ...]
    """Words and inline objects, in order. An object is never cut."""
    characters: int
    """What is charged for: of a pronunciation its word."""
    pronounced: tuple[str, ...] = ()
    """The words whose pronunciation is in it."""

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self.parts)

    def messages(self) -> Iterator[str]:
        """Yield it in pieces of at most 2,000 characters."""
        message = ""
        for part in self.parts:
            if message and len(message) + len(part) > LONGEST:
                yield message
                message = ""
            message += part
        if message:
            yield message


def render(units: Iterable[TextUnit], *, ipa: bool) -> Rendered:
    """Return units as Deepgram takes them.

    Args:
        units: what to say.
        ipa: whether the voice takes pronunciations; else a word is said as it is written.

    Raises:
        UnsupportedUtterance: a pronunciation breaks one of Deepgram's rules.
    """
    parts: list[str] = []
    pronounced: list[str] = []
    characters = 0
    for segment in (segment for unit in units for segment in unit.segments):
        if isinstance(segment, Pronunciation) and ipa:
            pronounced.append(segment.text)
            characters += len(segment.text)
            parts.append(_object(segment, after=parts[-1] if parts else ""))
        elif isinstance(segment, (Words, Pronunciation)):
            words = segment.text.translate(_BRACES)
            characters += len(words)
            parts += [words[start : start + LONGEST] for start in range(0, len(words), LONGEST)]
    if len(pronounced) > _MOST:
        raise UnsupportedUtterance(f"deepgram takes {_MOST} pronunciations at once, and here are {len(pronounced)}")
    return Rendered(tuple(parts), characters, tuple(pronounced))


def _object(segment: Pronunciation, after: str) -> str:
    """Return a pronunciation as the SDK's TextBuilder writes it."""
    word, ipa = segment.text.translate(_BRACES), segment.ipa
    if wrong := sorted(_NO_IPA.intersection(ipa)):
        raise UnsupportedUtterance(f"deepgram takes no {wrong[0]!r} in the IPA of {word!r}: {ipa!r}")
    longest = min(_LONGEST_IPA, max(15, 10 * len(word)))
    if len(ipa) > longest:
        raise UnsupportedUtterance(
            f"deepgram takes at most {longest} characters of IPA for {word!r} (10 for each of its letters, at least 15,"
            f" at most {_LONGEST_IPA}), and here are {len(ipa)}"
        )
    inline = json.dumps({"word": word, "pronounce": ipa}, ensure_ascii=False)
    gap = " " if after.endswith("\\") else ""  # a backslash of the words would take the object's own away
    return f"{gap}\\{inline[:-1]}\\}}"
