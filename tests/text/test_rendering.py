"""What each backend receives of a markup, and what is told of the rest: the table is renderings.json."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.text.rendered import BACKENDS, received
from voxbridge import Lexicon, Pronunciation, UnsupportedUtterance, Utterance
from voxbridge_deepdub.emulator._inline import Inline, without_sounds
from voxbridge_deepgram.emulator._text import read_text


HERE = Path(__file__).parent
TABLE = json.loads((HERE / "renderings.json").read_text("utf-8"))
READ = {
    "text": Utterance().text,
    "ssml": Utterance.from_ssml,
    "speechmarkdown": Utterance.from_speechmarkdown,
    "deepgram": Utterance.from_deepgram,
}
TRANSPORTS = [("deepgram", "websocket"), ("deepdub", "websocket"), ("deepdub", "streaming")]
TAG = re.compile(
    r"</?(?:speak|p|s|token|w|break|phoneme|sub|say-as|emphasis|prosody|lang|mark|amazon|audio)\b"
    r'|\)[\[/{]|\[\d|"word"|"pronounce"|pause:|ipa:'
)
BRANDS = "Take dupilumab or Azathioprine, says Nguyen of Hermès: look it up in SQL."


def utterance(case):
    return READ[case["markup"]](case["text"])


def words(backend, text):
    """Return what is spoken of what a backend receives, and its controls, as its emulator reads them."""
    match backend:
        case "deepgram":
            script = read_text(text, controls=True)
            return script.words, list(script.pronunciations)
        case "deepdub":
            inline = Inline()
            pieces = [*inline.feed(text, emojis=False), *inline.end(emojis=False)]
            spoken, sounds = without_sounds("".join(piece for piece in pieces if isinstance(piece, str)), "en-US")
            return spoken, [*(piece for piece in pieces if not isinstance(piece, str)), *sounds]
        case _:
            return re.sub(r"\[\[.*?\]\]", " ", text), re.findall(r"\[\[.*?\]\]", text)


def test_the_table_has_sixty_cases():
    assert len(TABLE) == len({(case["markup"], case["text"]) for case in TABLE}) == 60


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", TABLE, ids=lambda case: case["text"])
def test_a_backend_receives_what_it_can_say_and_the_rest_is_told(case, backend):
    given = received(backend, utterance(case))
    assert list(given.texts) == case["receives"][backend]
    assert list(given.pauses) == case["pauses"]
    assert list(given.lost) == case["lost"].get(backend, [])


@pytest.mark.parametrize(("backend", "transport"), TRANSPORTS)
@pytest.mark.parametrize("case", [case for case in TABLE if not case["pauses"]], ids=lambda case: case["text"])
def test_every_transport_receives_the_same(case, backend, transport):
    given = received(backend, utterance(case), transport=transport)
    assert "".join(given.texts) == "".join(case["receives"][backend])
    assert list(given.lost) == case["lost"].get(backend, [])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", TABLE, ids=lambda case: case["text"])
def test_strictly_whatever_would_be_lost_is_refused(case, backend):
    if not case["lost"].get(backend):
        assert received(backend, utterance(case), strict=True).lost == ()
        return
    with pytest.raises(UnsupportedUtterance, match="strict=True"):
        received(backend, utterance(case), strict=True)


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_tag_is_ever_spoken(backend):
    for case in TABLE:
        spoken = "".join(words(backend, text)[0] for text in case["receives"][backend])
        assert case["markup"] == "text" or not TAG.search(spoken), spoken


@pytest.mark.parametrize("backend", ["deepgram", "deepdub"])
def test_exactly_the_pronunciations_are_controls(backend):
    for case in TABLE:
        controls = [control for text in case["receives"][backend] for control in words(backend, text)[1]]
        meant = [segment.ipa for segment in utterance(case).segments if isinstance(segment, Pronunciation)]
        assert [ipa for _, ipa in controls] == (meant if backend == "deepgram" else [])


@pytest.mark.parametrize(
    ("backend", "text", "respelled"),
    [
        (
            "deepgram",
            (
                r'Take \{"word": "dupilumab", "pronounce": "duːˈpɪljuːmæb"\} or'
                r' \{"word": "Azathioprine", "pronounce": "ˌæzəˈθaɪəˌpriːn"\}, says'
                r' \{"word": "Nguyen", "pronounce": "ˈwɪn"\} of \{"word": "Hermès", "pronounce": "ɛɹˈmɛz"\}:'
                r' look it up in \{"word": "SQL", "pronounce": "ˈsiːkwəl"\}.'
            ),
            [],
        ),
        (
            "deepdub",
            "Take doo-PIL-yoo-mab or az-uh-THYE-uh-preen, says win of air-MEZ: look it up in SEE-kwul.",
            ["doo-PIL-yoo-mab", "az-uh-THYE-uh-preen", "win", "air-MEZ", "SEE-kwul"],
        ),
        (
            "espeak",
            (
                "Take [[d|u:|p|'I|l|j|u:|m|a|b]] or [[,a|z|@|T|'aI@|p|r|,i:|n]] , says [[w|'I|n]] of [[e@|m|'E|z]] :"
                " look it up in [[s|'i:|k|w|@L]] ."
            ),
            [],
        ),
    ],
)
def test_one_lexicon_file_holds_for_all(backend, text, respelled):
    given = received(backend, BRANDS, lexicon=Lexicon.load(HERE / "brands.toml"))
    assert given.texts == (text,)
    assert [told.rpartition(" was respelled ")[2] for told in given.lost] == [repr(word) for word in respelled]
