"""Plain text, cut anywhere, is words to each vendor: read by the parsers of the emulators, which are not ours."""

from __future__ import annotations

import re

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.text.controls import CUTS, TEXT, letters, pieces
from voxbridge.text import Units
from voxbridge_deepdub import _text as deepdub
from voxbridge_deepdub.emulator._inline import Inline, without_sounds
from voxbridge_deepgram import _markup as deepgram
from voxbridge_deepgram.emulator._text import read_text


def cut(text, cuts):
    """Return the units of a text that comes in pieces."""
    units = Units(max_characters=40, sentences=True)
    return [unit for piece in pieces(text, cuts) for unit in units.feed(piece)] + list(units.flush())


def check_deepgram(text, cuts):
    messages = [message for unit in cut(text, cuts) for message in deepgram.render([unit], ipa=True).messages()]
    script = read_text("".join(messages), controls=True)  # all that comes before a Flush is one text
    assert script.pronunciations == ()
    assert script.words == text.replace("{", "(").replace("}", ")")


def check_deepdub(text, cuts, *, emoji):
    inline = Inline()
    messages = [deepdub.spoken([unit], emoji=emoji) for unit in cut(text, cuts)]
    read = [piece for message in messages for piece in inline.feed(message, emojis=emoji)] + inline.end(emojis=emoji)
    assert all(isinstance(piece, str) for piece in read), read
    words, sounds = without_sounds("".join(read), "en-US")
    assert (sounds, letters(words)) == ([], letters(text))
    assert without_sounds("".join(messages), "en-US")[1] == []


@settings(max_examples=5000, deadline=None)
@given(TEXT, CUTS)
def test_deepgram_sees_exactly_the_words(text, cuts):
    check_deepgram(text, cuts)


@settings(max_examples=5000, deadline=None)
@given(TEXT, CUTS, st.booleans())
def test_deepdub_sees_exactly_the_words(text, cuts, emoji):
    check_deepdub(text, cuts, emoji=emoji)


def only_whole(words, *, emoji=False):
    """Neutralise what is a whole control in one unit, as a careless backend would."""
    return re.sub(r"<([^<>]*)>|\[([^\[\]]*)\]", lambda found: f"({found[1] or found[2] or ''})", words)


@pytest.mark.parametrize(
    ("check", "module", "name", "bug"),
    [
        (check_deepgram, deepgram, "_BRACES", {}),
        (check_deepgram, deepgram, "_BRACES", str.maketrans("{", "{", "}")),
        (check_deepdub, deepdub, "_BRACKETS", str.maketrans("<>", "()")),
        (check_deepdub, deepdub, "_BRACKETS", str.maketrans("[]", "()")),
        (check_deepdub, deepdub, "_EMOJI", re.compile("[\U0001f600-\U0001f64f]")),  # faces, and no flags
        (check_deepdub, deepdub, "neutral", only_whole),
    ],
)
def test_a_planted_bug_is_found(monkeypatch, check, module, name, bug):
    more = {"emoji": st.booleans()} if module is deepdub else {}

    @settings(max_examples=1000, deadline=None, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False)
    @given(text=TEXT, cuts=CUTS, **more)
    def holds(**case):
        check(**case)

    monkeypatch.setattr(module, name, bug)
    with pytest.raises(AssertionError):
        holds()
