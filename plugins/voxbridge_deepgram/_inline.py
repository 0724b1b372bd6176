r"""Reading Deepgram's inline form: ``\{"word": "Mr.", "pronounce": "ˈmɪstɚ"\}`` and ``\{pause:500ms\}`` among words.

The older form has no backslashes. A brace that begins neither is a character like others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from voxbridge import UsageError, Utterance, Words
from voxbridge.text import Segment, misread


__all__ = ["read_inline"]

_STRING: Final = r'"(?:[^"\\]|\\.)*+"'
_MEMBER: Final = rf"\s*+{_STRING}\s*+:\s*+{_STRING}\s*+"
_DURATION: Final = r"(?P<length>\d+(?:\.\d+)?)(?P<unit>ms|s)?|\{\s*duration_ms\s*:\s*(?P<milliseconds>\d+)\s*\}"
_CONTROL: Final = re.compile(
    rf"""
      (?: (?P<mark>\\)\{{ | \{{(?=\s*+(?:"(?:word|pronounce)"|pause)) )
      (?: (?P<members>{_MEMBER}(?:,{_MEMBER})*+) | \s*pause\s*:\s*(?:{_DURATION})\s* ) (?(mark)\\)\}}
    | (?P<broken> \\\{{ | \{{\s*+(?:"(?:word|pronounce)"|pause\s*:) )
    """,
    re.VERBOSE,
)
_MOST: Final = 5000
_FORMS: Final = r'\{"word": "...", "pronounce": "..."\} and \{pause:500ms\}'


def read_inline(text: str) -> Utterance:
    """Return what a text in Deepgram's inline form says.

    Raises:
        InvalidText: a control is not whole or not understood; with its position.
    """
    return Utterance(_segments(text))


def _segments(text: str) -> Iterator[Segment]:
    end = 0
    for number, control in enumerate(_CONTROL.finditer(text)):
        if number == _MOST:
            raise misread(text, control.start(), f"there are more than {_MOST} controls: cut the text")
        yield Words(text[end : control.start()])
        try:
            yield from _read(control).segments
        except UsageError as error:
            raise misread(text, control.start(), str(error)) from None
        end = control.end()
    yield Words(text[end:])


def _read(control: re.Match[str]) -> Utterance:
    if control["broken"]:
        raise UsageError(f"this control is not whole, or none of {_FORMS}")
    if control["members"] is None:
        milliseconds = float(control["milliseconds"] or control["length"])
        return Utterance().pause(milliseconds if control["unit"] == "s" else milliseconds / 1000)
    try:
        members = json.loads(f"{{{control['members']}}}")
    except ValueError as error:
        raise UsageError(f"this is no JSON: {error}") from None
    if members.keys() != {"word", "pronounce"}:
        raise UsageError(f"this has {' and '.join(map(repr, members))}; a pronunciation has 'word' and 'pronounce'")
    return Utterance().pronounce(members["word"], members["pronounce"])
