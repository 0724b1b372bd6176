"""What Deepdub obeys within a text: sounds anywhere, and on ``/ws`` tags and emojis, which may come in pieces.

This reader is not the one of the backend: it is there to find that one's mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from attrs import field, frozen


__all__ = ["Inline", "Switch", "without_sounds"]

_SOUND: Final = re.compile(r"\[\s*(?:gasp|sigh)\s*\]", re.IGNORECASE)
# The vendor's are each voice's own.
_EMOTIONS: Final = ("angry", "calm", "excited", "happy", "sad", "surprised", "whisper")
_BASE: Final = ("default", "normal")
_TAG: Final = re.compile(r"<config\b(?P<config>[^>]*)>|</config\s*>|\[(?P<name>[^\[\]<>]*)\]")
_EMOJI: Final = re.compile("[🇦-🇿]{2}|[\U0001f300-\U0001faff]")
_ANY: Final = re.compile(f"{_TAG.pattern}|{_EMOJI.pattern}")
# What may be the beginning of a control, at the end of what has come so far; two regional indicators are a flag.
_OPEN_TAG: Final = re.compile(r"(?:\[[^\[\]]*|<config\b[^>]*|</config\s*|</?(?:c(?:o(?:n(?:f(?:ig?)?)?)?)?)?)\Z")
_OPEN: Final = re.compile(f"{_OPEN_TAG.pattern}|(?<![🇦-🇿])(?:[🇦-🇿]{{2}})*[🇦-🇿]\\Z")
_ATTRIBUTE: Final = re.compile(r"""(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_ATTRIBUTES: Final = ("locale", "voicePromptId", "targetGender")
# A few of each kind: the vendor's whole map is nowhere told.
_PLACES: Final = MappingProxyType(
    {"🇺🇸": "en-US", "🇬🇧": "en-GB", "🇫🇷": "fr-FR", "🇩🇪": "de-DE", "🇪🇸": "es-ES", "🇲🇽": "es-MX", "🇮🇱": "he-IL"}
    | {"🇮🇹": "it-IT", "🇧🇷": "pt-BR", "🇯🇵": "ja-JP", "🌎": "es-419"}
)
_FACES: Final = MappingProxyType({"😀": "happy", "😢": "sad", "😠": "angry", "🤩": "excited", "😐": "default"})


@frozen(kw_only=True)
class Switch:
    """A control: what is other from here on."""

    source: str
    """As it stood in the text."""
    attributes: dict[str, str] = field(factory=dict)
    """Of a ``<config>``: locale, voicePromptId, targetGender."""
    emotion: str | None = None
    """An emotion's name; ``""`` is the voice as it was."""


class Inline:
    """Reads the text of a session; what may be the beginning of a control is held until its end."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str, *, emojis: bool) -> list[str | Switch]:
        """Return words and controls in their order; unknown controls are words."""
        text = self._held + text
        unfinished = (_OPEN if emojis else _OPEN_TAG).search(text)
        end = unfinished.start() if unfinished else len(text)
        self._held = text[end:]
        return list(_pieces(text[:end], emojis=emojis))

    def end(self, *, emojis: bool) -> list[str | Switch]:
        """Return what is held, as it is."""
        held, self._held = self._held, ""
        return list(_pieces(held, emojis=emojis))


def without_sounds(text: str, locale: str) -> tuple[str, list[str]]:
    """Return a text without its sounds, such as ``[sigh]``, and these; only English has them."""
    if not locale.startswith("en"):
        return text, []
    return _SOUND.sub(" ", text), _SOUND.findall(text)


def _pieces(text: str, *, emojis: bool) -> Iterator[str | Switch]:
    start = 0
    for found in (_ANY if emojis else _TAG).finditer(text):
        switch = _switch(found)
        if switch is not None:
            yield text[start : found.start()]
            yield switch
            start = found.end()
    yield text[start:]


def _switch(found: re.Match[str]) -> Switch | None:
    """Return the control that was found, or None if it is none after all."""
    source = found[0]
    if found["config"] is not None:
        pairs = {name: double or single for name, double, single in _ATTRIBUTE.findall(found["config"])}
        return Switch(source=source, attributes={name: pairs[name] for name in _ATTRIBUTES if name in pairs})
    if source.startswith("</"):
        return Switch(source=source)
    if found["name"] is not None:
        return _emotion(source, found["name"].strip().lower())
    if source in _PLACES:
        return Switch(source=source, attributes={"locale": _PLACES[source]})
    return _emotion(source, _FACES.get(source, ""))


def _emotion(source: str, name: str) -> Switch | None:
    if name in _BASE:
        return Switch(source=source, emotion="")
    return Switch(source=source, emotion=name) if name in _EMOTIONS else None
