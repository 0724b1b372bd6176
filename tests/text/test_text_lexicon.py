"""Words of lexicons in a text: which are found, and that the pieces of a stream change nothing."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voxbridge import Break, InvalidText, Lexicon, Pronunciation, Substitution, TextUnit, Utterance, Words
from voxbridge.text import LexiconReader, Units


IPA = "duːˈpɪljuːmæb"
BRANDS = Lexicon.of(
    {"text": "dupilumab", "ipa": IPA, "aliases": ["Dupixent"]},
    {"text": "SQL", "say": "sequel"},
    {"text": "C++", "say": "see plus plus"},
    {"text": ".NET", "say": "dot net"},
    {"text": "AT&T", "say": "A T and T"},
    {"text": "New York", "say": "the city"},
    {"text": "New York City", "say": "the big city"},
    {"text": "co-op", "say": "co op"},
    {"text": "O'Brien", "say": "oh brine"},
    {"text": "can", "say": "tin"},
    {"text": "re", "say": "ray"},
    {"text": "Node.js", "say": "node jay ess"},
    {"text": "Hermès", "ipa": "ɛʁ.mɛs"},
    {"text": "Straße", "say": "street"},
    {"text": "Polish", "say": "of Poland", "case": True},
    {"text": "東京", "say": "Tokyo"},
    {"text": "東京都", "say": "Tokyo Metropolis"},
    {"text": "ไทย", "say": "Thai"},
    {"text": "%", "say": "per cent"},
    {"text": "❤️", "say": "love"},
)


def found(text: str | Utterance, *lexicons: Lexicon, language: str = "en-US") -> list[str]:
    """Return the words of *text* that lexicons have."""
    read = LexiconReader(lexicons or [BRANDS], language).feed(text, last=True)
    assert str(read) == str(text)
    return [segment.text for segment in read.segments if isinstance(segment, Words) and type(segment) is not Words]


def said(text: str | Utterance, *lexicons: Lexicon, language: str = "en-US", backend: str = "") -> str:
    """Return *text* as a backend without phonemes is given it, and pronunciations in slashes."""
    read = LexiconReader(lexicons, language).feed(text, last=True)
    unit = TextUnit(0, read.segments).given_to(backend)
    return "".join(f"/{each.ipa}/" if isinstance(each, Pronunciation) else each.text for each in unit.segments)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Take dupilumab, or DUPIXENT.", ["dupilumab", "DUPIXENT"]),
        ("dupilumabs predupilumab dupilumab2 _dupilumab_", ["dupilumab"]),
        ("dupilumab's (dupilumab) “dupilumab” dupilumab—dupilumab", ["dupilumab"] * 5),
        ("anti-dupilumab SQL-based MySQL SQL/SQL", ["dupilumab", "SQL", "SQL", "SQL"]),
        ("C++, C++. (C++) C++20 C+ C+++ MyC++", ["C++"] * 4),
        (".NET ASP.NET .net .NETs ..NET", [".NET", ".NET", ".net"]),
        ("AT&T's AT & T", ["AT&T"]),
        ("New York City, New  York\nand New\nYork; New Yorker", ["New York City", "New  York", "New\nYork"]),
        ("co-op co‑op co op coop", ["co-op", "co‑op"]),
        ("O'Brien O’Brien's Brien", ["O'Brien", "O’Brien"]),
        ("can can't can’t 'can' can's toucan", ["can", "can", "can"]),
        ("we're re: 're re", ["re", "re", "re"]),
        ("Herm\u00e8s Herme\u0300s d'Hermès l’Hermès Hermes", ["Hermès", "Herme\u0300s", "Hermès", "Hermès"]),
        ("STRASSE straße", ["STRASSE", "straße"]),
        ("Polish polish POLISH", ["Polish"]),
        ("私は東京都と東京へSQLを", ["東京都", "東京", "SQL"]),
        ("ภาษาไทยง่าย ไทย\u0e31", ["ไทย"]),
        ("5% 100 % %%", ["%", "%"]),
        ("I ❤️ it, ❤", ["❤️", "❤"]),
        ("du\u00adpi\u200blumab", ["du\u00adpi\u200blumab"]),
    ],
)
def test_whole_words_are_found_and_the_longest_first(text, words):
    assert found(text) == words


@pytest.mark.parametrize(
    "address",
    [
        "https://sql.org/SQL?can=C++&New%20York",
        "http://user@can.org:80/SQL",
        "ftp://SQL",
        "www.sql.com/can",
        "sql.com",
        "can.sql.co.uk/re/SQL#can",
        "SQL@example.com",
        "mailto:can.re+SQL@sql.example.org",
        "dupilumab@can-re.org",
        "SQL.org:8080/can",
    ],
)
@pytest.mark.parametrize("frame", ["{}", "SQL {} SQL", "(SQL) <{}>, SQL.", "東京{}、東京", "[SQL]({})"])
def test_nothing_is_found_in_addresses(address, frame):
    assert found(frame.format(address)) == found(frame.format(""))


def test_an_entry_may_be_an_address():
    assert found("Use Node.js, or node.js. https://node.js.org") == ["Node.js", "node.js"]


def test_the_end_of_a_sentence_is_no_address():
    assert found("I take dupilumab.It helps. SQL.") == ["dupilumab", "SQL"]


def test_nothing_is_found_in_a_pronunciation_nor_across_it():
    utterance = Utterance().pronounce("SQL", "ɛs").text(" New ").pause(1).text("York SQL").substitute("SQL", "x")
    read = LexiconReader([BRANDS], "en").feed(utterance, last=True)
    assert read.segments == (
        Pronunciation("SQL", "ɛs"),
        Words(" New "),
        Break(1),
        Words("York "),
        Substitution("SQL", "sequel"),
        Substitution("SQL", "x"),
    )


def test_what_holds_for_words_holds_for_those_of_a_lexicon():
    utterance = Utterance().emphasize("Use SQL", "strong").speed(" now", 1.5)
    read = LexiconReader([BRANDS], "en").feed(utterance, last=True)
    assert read.segments == (
        Words("Use ", emphasis="strong"),
        Substitution("SQL", "sequel", emphasis="strong"),
        Words(" now", speed=1.5),
    )


def test_an_entry_is_for_texts_of_its_language():
    lexicon = Lexicon.of(
        {"text": "chat", "say": "any"},
        {"text": "chat", "say": "french", "language": "fr"},
        {"text": "chat", "say": "canadian", "language": "fr-CA"},
    )
    heard = {tag: said("chat", lexicon, language=tag) for tag in ("en", "fr", "fr-FR", "fr-ca", "FR-CA-x", "frr")}
    assert heard == {
        "en": "any", "fr": "french", "fr-FR": "french", "fr-ca": "canadian", "FR-CA-x": "canadian", "frr": "any",
    }  # fmt: skip
    mixed = Utterance().text("chat ").language("chat", "fr-CA")
    assert said(mixed, lexicon) == "any canadian"


def test_the_same_case_comes_before_any_case():
    lexicon = Lexicon.of({"text": "polish", "say": "shine"}, {"text": "Polish", "say": "of Poland", "case": True})
    assert said("Polish polish POLISH", lexicon) == "of Poland shine shine"


def test_earlier_lexicons_come_first_but_a_longer_entry_before_them():
    first = Lexicon.of({"text": "New", "say": "1"}, {"text": "SQL", "say": "1"})
    second = Lexicon.of({"text": "New York", "say": "2"}, {"text": "SQL", "say": "2"})
    assert said("New York SQL New", first, second) == "2 1 1"


def test_a_backend_may_have_its_own_way():
    lexicon = Lexicon.of({"text": "SQL", "ipa": "ɛs", "backends": {"deepdub": {"say": "sequel"}}})
    assert said("SQL!", lexicon, backend="deepdub") == "sequel!"
    assert said("SQL!", lexicon, backend="deepgram") == "/ɛs/!"


def test_a_longer_way_of_one_backend_counts_in_the_length():
    lexicon = Lexicon.of({"text": "SQL", "say": "s", "backends": {"deepdub": {"say": "sequel " * 10}}})
    (unit,) = Units().feed(LexiconReader([lexicon], "en").feed("SQL. ", last=True))
    assert unit.length >= 70
    assert unit.text == "SQL. "


def test_only_what_may_go_on_is_held_back():
    reader = LexiconReader([BRANDS], "en")
    assert str(reader.feed("We went to New ")) == "We went to "
    assert reader.rest == "New "
    assert str(reader.feed("Or")) == ""
    assert str(reader.feed("leans by ")) == "New Orleans by "
    assert not reader.rest
    assert str(reader.feed("Hi. T")) == "Hi. "


def test_after_clear_nothing_is_left_of_the_turn():
    reader = LexiconReader([BRANDS], "en")
    reader.feed(Utterance().emphasize("in New ", "strong"))
    assert reader.speakable
    reader.clear()
    assert not reader.rest
    assert not reader.speakable
    assert reader.feed("York", last=True).segments == (Words("York"),)


def test_text_that_cannot_be_sent_is_refused():
    with pytest.raises(InvalidText, match="NUL"):
        LexiconReader([BRANDS], "en").feed("a\0b")


ATOMS = st.sampled_from(
    [
        *("dupilumab", "Dupixent", "SQL", "C++", "C", "+", ".NET", "NET", ".", "AT&T", "New", "York", "City", "new"),
        *("co-op", "-", "O'Brien", "'", "’", "can", "t", "s", "re", "Node.js", "Herme", "Hermès", "\u0300", "Straße"),
        *(
            "Polish",
            "東京",
            "都",
            "東",
            "ไทย",
            "\u0e31",
            "%",
            "❤",
            "\ufe0f",
            "\u200d",
            "\u00ad",
            " ",
            "  ",
            "\n",
            " " * 31,
        ),
        *("http://", "www.", "@", "a.com", "/", "(", ")", "<", '"', ",", "—", "，", "_", "a", "B", "é", "1", "."),
        *("x" * 997, "x" * 1000, "x/" * 500, "\u0301" * 1001),
    ]
)
TEXT = st.lists(ATOMS, max_size=14).map("".join)


@example(["www", ".NET"])
@given(st.lists(TEXT, max_size=6))
def test_the_pieces_of_a_text_change_nothing(pieces):
    whole = LexiconReader([BRANDS], "en").feed("".join(pieces), last=True)
    assert str(whole) == "".join(pieces)
    reader = LexiconReader([BRANDS], "en")
    told: list = []
    for number, piece in enumerate(pieces):
        told += reader.feed(piece).segments
        assert str(Utterance(told)) + reader.rest == "".join(pieces[: number + 1])
    told += reader.feed("", last=True).segments
    assert Utterance(told) == whole


@given(TEXT)
def test_characters_one_by_one_change_nothing(text):
    reader = LexiconReader([BRANDS], "en")
    told = [segment for character in text for segment in reader.feed(character).segments]
    told += reader.feed("", last=True).segments
    assert Utterance(told) == LexiconReader([BRANDS], "en").feed(text, last=True)


@given(st.text(), st.text(), st.text())
def test_any_words_come_out_as_they_went_in(before, after, entry):
    try:
        lexicon = Lexicon.of({"text": entry, "say": "x"})
        text = str(Utterance().text(before + entry + after))
    except ValueError:
        lexicon, text = BRANDS, "".join(each for each in before + after if each.isprintable())
    assert str(LexiconReader([lexicon], "en").feed(text, last=True)) == text


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_text_without_entries_is_unchanged(text):
    lexicon = Lexicon.of({"text": "qqqq", "say": "x"})
    assert LexiconReader([lexicon], "en").feed(text, last=True) == Utterance().text(text)


@pytest.mark.parametrize(
    "text",
    [
        "a.",
        "a@",
        "new ",
        "東京",
        "http://",
        "x",
        "\u00ad",
        "a\u0301",
        "+",
        " ",
        "can'",
        "a-",
        "www.",
        "SQL,",
        "((",
        "re:",
    ],
)
@pytest.mark.parametrize("size", [1, 1000, 200_000])
def test_time_grows_with_the_text_alone(text, size):
    text = (text * 200_000)[: 200_000 if size > 1 else 20_000]
    reader = LexiconReader([BRANDS], "en")
    began = time.process_time()
    for at in range(0, len(text), size):
        reader.feed(text[at : at + size])
    reader.feed("", last=True)
    assert (time.process_time() - began) / len(text) < 60e-6
