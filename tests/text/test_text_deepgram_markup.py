r"""Deepgram's inline form, read by its plugin: ``\{"word": "Mr.", "pronounce": "ˈmɪstɚ"\}``."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.planted import installed, plant
from tests.text.markups import DEEPGRAM, WRONG_DEEPGRAM
from voxbridge import InvalidText, Pronunciation, UsageError, Utterance, Words


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="{}\\"), min_size=1)
LETTER = st.sampled_from('ab"\\{}: ,é') | st.characters(exclude_categories=["Cs", "Cc"])
SAID = st.text(LETTER, min_size=1).filter(str.strip)


@pytest.mark.parametrize(("text", "segments"), DEEPGRAM)
def test_the_inline_form_says_what_the_vendors_documents_say(text, segments):
    assert Utterance.from_deepgram(text) == Utterance.from_markup("deepgram", text) == Utterance(segments)


@pytest.mark.parametrize(("text", "line", "column", "words"), WRONG_DEEPGRAM)
def test_what_is_wrong_is_told_with_its_place(text, line, column, words):
    with pytest.raises(InvalidText) as caught:
        Utterance.from_deepgram(text)
    assert str(caught.value).startswith(f"line {line}, column {column}: ")
    assert words in str(caught.value)
    assert caught.value.position == text.rfind("\n", 0, caught.value.position) + column


@given(st.lists(st.builds(Words, WORDS) | st.builds(Pronunciation, SAID, SAID)), st.booleans(), st.booleans())
def test_what_a_text_builder_writes_is_read_as_it_was_meant(segments, escaped, plain_ascii):
    written = ""
    for segment in segments:
        if isinstance(segment, Pronunciation):
            inline = json.dumps({"word": segment.text, "pronounce": segment.ipa}, ensure_ascii=plain_ascii)
            written += f"\\{inline[:-1]}\\}}" if escaped else inline
        else:
            written += segment.text
    assert Utterance.from_deepgram(written) == Utterance(segments)


@given(st.lists(st.sampled_from([*'{}\\":, ', "word", "pronounce", "pause", "500ms"])).map("".join))
def test_any_text_is_read_or_refused_with_its_place(text):
    try:
        spoken, place = str(Utterance.from_deepgram(text)), 0
    except InvalidText as error:
        spoken, place = "", error.position
    assert set(spoken) <= set(text)
    assert 0 <= place < max(1, len(text))


_LIMIT = 0.05  # seconds of CPU, of which a clock on the wall would count those of others too
HOSTILE = {
    "braces": "{" * 250_000,
    "braces and quotes": '{"' * 125_000,
    "backslashes": '{"word":"' + "\\" * 240_000,
    "spaces": ("{" + " " * 1000) * 249,
    "members": '\\{"word":"a"' + ',"a":"b"' * 30_000,
    "objects": '{"word":"a","pronounce":"b"}' * 8_900,
    "digits": "{pause:" + "1" * 240_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_takes_long(name):
    seconds = []
    for _ in range(3):
        start = time.process_time()
        try:
            assert Utterance.from_deepgram(HOSTILE[name])
        except InvalidText:
            assert name not in {"braces", "braces and quotes", "spaces"}
        seconds.append(time.process_time() - start)
    assert min(seconds) < _LIMIT


def test_a_markup_that_no_plugin_reads_is_told_with_those_that_are():
    with pytest.raises(UsageError, match="'deepgram'"):
        Utterance.from_markup("deepgran", "Hello.")


def test_a_strangers_markup_is_read_by_its_name(tmp_path):
    plant(
        tmp_path,
        "shouting",
        """
        from voxbridge import Markup, Utterance

        def voxbridge_markups():
            return [Markup("shouting", lambda text: Utterance().emphasize(text.lower(), "strong"))]
        """,
    )
    with installed(tmp_path):
        assert Utterance.from_markup("shouting", "HELLO") == Utterance().emphasize("hello", "strong")
    with pytest.raises(UsageError, match="no plugin reads the markup 'shouting'"):
        Utterance.from_markup("shouting", "HELLO")
