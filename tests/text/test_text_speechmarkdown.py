"""Speech Markdown: what each mark becomes, what is no mark, what is refused and where."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.text.markups import SPEECHMARKDOWN, WRONG_SPEECHMARKDOWN
from voxbridge import InvalidText, Utterance


ANYTHING = st.text(st.sampled_from("ab 1\n()[]{}+-~#!/:;\"'.") | st.characters(exclude_categories=["Cs", "Cc"]))
PARTS = ["(a)", "[1s]", '[ipa:"b"]', '["c"]', "{d}", "/e/", "+f+", "++g++", '#[lang:"de"]', "[h;i]", "(", "[", '"']


@pytest.mark.parametrize(("text", "segments"), SPEECHMARKDOWN)
def test_speech_markdown_says_what_its_documents_say(text, segments):
    assert Utterance.from_speechmarkdown(text) == Utterance(segments)


@pytest.mark.parametrize(("text", "line", "column", "words"), WRONG_SPEECHMARKDOWN)
def test_what_is_wrong_is_told_with_its_place(text, line, column, words):
    with pytest.raises(InvalidText) as caught:
        Utterance.from_speechmarkdown(text)
    assert str(caught.value).startswith(f"line {line}, column {column}: ")
    assert words in str(caught.value)
    assert caught.value.position == text.rfind("\n", 0, caught.value.position) + column


@given(ANYTHING | st.lists(st.sampled_from(PARTS) | ANYTHING).map("".join))
def test_any_text_is_read_or_refused_with_its_place(text):
    try:
        spoken, place = str(Utterance.from_speechmarkdown(text)), 0
    except InvalidText as error:
        spoken, place = "", error.position
    letters = iter(text)
    assert all(letter in letters for letter in spoken)  # nothing is said that is not written
    assert 0 <= place < max(1, len(text))


@given(st.text(st.characters(categories=["L", "N", "Zs"], include_characters=".,?&<>*_\n")))
def test_words_without_marks_are_themselves(text):
    assert str(Utterance.from_speechmarkdown(text)) == text


_LIMIT = 0.05  # seconds of CPU, of which a clock on the wall would count those of others too
HOSTILE = {
    "open parentheses": "(" * 250_000,
    "parentheses in parentheses": "(a(b)" * 50_000,
    "what follows no brackets": "(a)" * 83_000,
    "half a substitution": "(a){" * 62_000,
    "open brackets": "[" * 250_000,
    "half a list of keys": "(a)[" + "a;" * 120_000,
    "emphasis that does not end": "+a " * 83_000,
    "strong emphasis that does not end": "++a " * 62_000,
    "dashes": " -a" * 83_000,
    "pauses": "[1s]" * 62_000,
    "digits": "[" + "1" * 240_000,
    "ten megabytes": "a" * 10_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_takes_long(name):
    text = HOSTILE[name]
    seconds = []
    for _ in range(3):
        start = time.process_time()
        try:
            assert str(Utterance.from_speechmarkdown(text))
        except InvalidText:
            assert name in {"half a list of keys", "pauses", "ten megabytes"}
        seconds.append(time.process_time() - start)
    assert min(seconds) < _LIMIT
