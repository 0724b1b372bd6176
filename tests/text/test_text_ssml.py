"""SSML in and out: what each element becomes, what is refused and where, and that nothing is lost on the way."""

from __future__ import annotations

import time
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.text.markups import SSML, WRONG_SSML
from voxbridge import Break, InvalidText, Mark, Pronunciation, SayAs, Substitution, Utterance, Words


# What XML 1.0 can hold, and often what means something in it.
CHARACTER = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
TEXT = st.text(st.sampled_from("a &<>\"' \t\n\r;#x]") | CHARACTER, max_size=12)
SAID = TEXT.filter(str.strip)
MANNER = {
    "emphasis": st.sampled_from([None, "strong", "none"]),
    "speed": st.none() | st.floats(0.01, 10),
    "language": st.sampled_from([None, "de", "en-GB"]),
}
SEGMENT = (
    st.builds(Words, TEXT, **MANNER)
    | st.builds(Pronunciation, SAID, SAID, **MANNER)
    | st.builds(Substitution, SAID, SAID, **MANNER)
    | st.builds(SayAs, SAID, SAID, TEXT, **MANNER)
    | st.builds(Break, st.floats(0, 30))
    | st.builds(Mark, SAID)
)


@pytest.mark.parametrize(("text", "segments"), SSML)
def test_ssml_says_what_the_standard_says(text, segments):
    assert Utterance.from_ssml(text) == Utterance(segments)


@pytest.mark.parametrize(("text", "line", "column", "words"), WRONG_SSML)
def test_what_is_wrong_is_told_with_its_place(text, line, column, words):
    with pytest.raises(InvalidText) as caught:
        Utterance.from_ssml(text)
    assert str(caught.value).startswith(f"line {line}, column {column}: ")
    assert words in str(caught.value)
    before = text[: caught.value.position]
    assert (len(before.splitlines() or [""]) + before.endswith("\n"), caught.value.position) == (
        line,
        sum(map(len, text.splitlines(keepends=True)[: line - 1])) + column - 1,
    )


@given(st.lists(SEGMENT, max_size=8))
def test_what_was_written_is_read_as_the_same(segments):
    utterance = Utterance(segments)
    assert Utterance.from_ssml(utterance.to_ssml()) == utterance


@given(st.lists(st.builds(Words, st.text(st.sampled_from("ab ")), **MANNER), max_size=8))
def test_spaces_between_words_are_those_that_were_written(segments):
    utterance = Utterance(segments)
    assert Utterance.from_ssml(utterance.to_ssml()) == utterance


@pytest.mark.parametrize(
    ("utterance", "inner"),
    [
        (Utterance(), ""),
        (Utterance().text("a < b & c"), "a &lt; b &amp; c"),
        (Utterance().pause(0.35), '<break time="0.35s"/>'),
        (Utterance().speed("a", 1.1).speed("b", 3), '<prosody rate="110%">a</prosody><prosody rate="300%">b</prosody>'),
        (Utterance().pronounce("a", '"'), '<phoneme alphabet="ipa" ph="&quot;">a</phoneme>'),
        (
            Utterance().text("a").language(Utterance().emphasize(Utterance().text("b").substitute("c", "d")), "de"),
            'a<lang xml:lang="de"><emphasis level="moderate">b<sub alias="d">c</sub></emphasis></lang>',
        ),
        (Utterance().text("bell\a\x1b rings"), "bell   rings"),
        (Utterance([Words("a", ignored=("volume",))]), "a"),
    ],
)
def test_ssml_is_written_as_the_standard_has_it(utterance, inner):
    start = '<speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis">'
    assert utterance.to_ssml().replace(' xml:space="preserve"', "") == f"{start}{inner}</speak>"


def test_a_language_of_all_words_is_that_of_the_document():
    assert ' xml:lang="de">Ja' in Utterance().language("Ja", "de").pause(1).to_ssml()


def test_no_text_is_eaten_whatever_the_tags_around_it():
    tags = ["p", "s", "emphasis", "token", "unknown", "audio", "prosody"]
    text = "<speak>" + "".join(f"<{tag}> {tag}<{tag}>in {tag}</{tag}></{tag}> after" for tag in tags) + "</speak>"
    expected = " ".join(f"{tag} in {tag} after" for tag in tags).split()
    assert "".join(str(Utterance.from_ssml(text)).split()) == "".join(expected)


_LIMIT = 0.05  # seconds of CPU, of which a clock on the wall would count those of others too
HOSTILE = {
    "a billion laughs": "<!DOCTYPE a [<!ENTITY a 'ha'>" + "".join(
        f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 9)
    ) + "]><speak>&a8;</speak>",
    "an external entity": "<!DOCTYPE a [<!ENTITY a SYSTEM 'file:///dev/zero'>]><speak>&a;</speak>",
    "a hundred thousand levels": "<a>" * 100_000,
    "83 thousand levels": "<speak>" + "<p>" * 83_000,
    "60 thousand elements": "<speak>" + "<s/>" * 60_000 + "</speak>",
    "ten megabytes": "<speak>" + "a" * 10_000_000 + "</speak>",
    "a long name": "<speak><" + "a" * 240_000 + "/></speak>",
    "a long value": "<speak><phoneme alphabet='" + "a" * 240_000 + "' ph='a'>a</phoneme></speak>",
    "many attributes": "<speak " + " ".join(f"a{i}=''" for i in range(25_000)) + "/>",
    "many digits": "<speak><prosody rate='" + "9" * 900 + "'>a</prosody></speak>",
}  # fmt: skip
HARMLESS = {
    "entities": "<speak>" + "&amp;" * 49_000 + "</speak>",
    "line ends": "<speak>a" + " \n" * 120_000 + "</speak>",
    "comments": "<speak>" + "<!---->a" * 30_000 + "</speak>",
}


def spent(text: str) -> tuple[float, int]:
    """Return the seconds and the bytes that reading takes, the least of three."""
    seconds, peaks = [], []
    for _ in range(3):
        start = time.process_time()
        with suppress(InvalidText):
            Utterance.from_ssml(text)
        seconds.append(time.process_time() - start)
    for _ in range(3):  # what other threads take counts too
        tracemalloc.start()
        with suppress(InvalidText):
            Utterance.from_ssml(text)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    return min(seconds), min(peaks)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_is_refused(name):
    with pytest.raises(InvalidText):
        Utterance.from_ssml(HOSTILE[name])


@pytest.mark.parametrize("name", [*HOSTILE, *HARMLESS])
def test_nothing_takes_more_than_50_ms_and_10_mb(name):
    seconds, peak = spent((HOSTILE | HARMLESS)[name])
    assert (seconds < _LIMIT, peak < 10_000_000) == (True, True), (seconds, peak)
