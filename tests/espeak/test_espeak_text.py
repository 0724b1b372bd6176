"""What the driver does with text before the engine gets it, and what the engine makes of that."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.espeak.traces import trace
from voxbridge import Degradation, Pronunciation, TextUnit, Words
from voxbridge_espeak._text import pieces, render, words_only


DRUG = Pronunciation("dupilumab", "duːˈpɪljuːmæb")
SPELLED = "[[d|u:|p|'I|l|j|u:|m|a|b]]"
HEARD = "duːpˈɪljuːmæb"


def rendered(*segments, language="en-US"):
    segments = [Words(segment) if isinstance(segment, str) else segment for segment in segments]
    return render([TextUnit(0, tuple(segments))], language, "espeak")


def heard(*segments, language="en-US", voice="en-us"):
    """Return what the engine says of these segments."""
    text = rendered(*segments, language=language)
    parts = pieces(text.text, phonemes=text.phonemes)
    return " ".join(trace(part, voice, phonemes=text.phonemes, to_the_end=True) for part in parts)


@given(st.text(max_size=300))
def test_pieces_together_are_the_text(text):
    assert "".join(pieces(text)) == (text if text.strip() else "")


def test_ordinary_text_is_one_piece():
    assert len(list(pieces("The quick brown fox jumps over the lazy dog. " * 30))) == 1


def test_a_long_clause_is_cut_between_words():
    cut = list(pieces("1234567 " * 40))
    assert len(cut) > 1
    assert all(piece.endswith(" ") for piece in cut)


@given(st.text())
def test_control_characters_become_spaces_and_nothing_else_changes(text):
    words = words_only(text)
    assert len(words) == len(text)
    for before, after in zip(text, words, strict=True):
        command = before not in "\t\n" and (before < " " or "\x7f" <= before <= "\x9f")
        assert after == (" " if command else before)


def test_words_alone_are_sent_as_they_are():
    text = rendered("One [[h@l'oU]] ", "two.")
    assert (text.text, text.phonemes, text.degradations) == ("One [[h@l'oU]] two.", False, ())


def test_a_pronunciation_is_sent_as_phonemes_apart_from_the_words_around_it():
    text = rendered("Take (", DRUG, "), please.")
    assert text.text == f"Take ( {SPELLED} ), please."
    assert text.phonemes
    assert text.degradations == ()


@pytest.mark.parametrize(
    ("segments", "said"),
    [
        (["Take ", DRUG, " daily."], f"tˈeɪk {HEARD} dˈeɪli"),
        (["Take (", DRUG, "), daily."], f"tˈeɪk {HEARD}\ndˈeɪli"),
        (["Take “", DRUG, "”."], f"tˈeɪk {HEARD}"),
        ([DRUG, DRUG], f"{HEARD} {HEARD}"),
        (["—", DRUG, "—ok"], f"{HEARD} ˌoʊkˈeɪ"),
        (["one[", DRUG, "]two"], f"wˈʌn {HEARD} tˈuː"),
        ([DRUG, "'s price"], f"{HEARD}z pɹˈaɪs"),
        ([Pronunciation("Bic", "bɪk"), "’s pen"], "bˈɪks pˈɛn"),
        ([Pronunciation("Bosch", "bɔʃ"), "'s"], "bˈɔʃɪz"),
        ([DRUG, "'sort"], f"{HEARD} sˈɔːɹt"),
    ],
)
def test_the_engine_says_the_pronunciation_and_the_words(segments, said):
    assert heard(*segments) == said


@pytest.mark.parametrize("gap", ["", "\u00ad", "\u200c", "\u00ad\u200c\u00ad", "\u200b", "\ufeff", "\0", "\x01"])
def test_brackets_of_the_words_are_no_phonemes_beside_a_pronunciation(gap):
    opening = words_only(f"[{gap}[")
    said = heard(f"{opening}ZIZIZ]] ", DRUG, f" {opening}ZIZIZ]]")
    assert "ʒɪʒɪʒ" not in said.replace("ˈ", "")
    assert said.count(HEARD) == 1


NOISE = st.lists(st.sampled_from([*"[[[]]](){}<>|_*\"'.,?!-— ", "\u00ad", "\u200c", "ok", "[[ZIZIZ]]"]), max_size=12)


@given(NOISE, NOISE, NOISE)
def test_whatever_stands_around_them_pronunciations_are_said_and_only_they(first, second, third):
    said = heard("".join(first), DRUG, "".join(second), DRUG, "".join(third)).replace("\n", " ")
    assert said.count(HEARD) == 2
    assert "ʒɪʒɪʒ" not in said.replace("ˈ", "")


def test_a_sound_that_the_voice_has_not_is_reported():
    brand = Pronunciation("Hermès", "ɛʁˈmæ̃s")
    assert rendered("By ", brand, language="en-GB").degradations == (
        Degradation("espeak", "pronunciation", "Hermès", "'æ̃' is said as 'æ'"),
    )


@pytest.mark.parametrize(
    ("ipa", "why"),
    [
        ("ˈkosa!", "character 5 of the IPA 'ˈkosa!': '!' (U+0021): a click is 'ǃ' (U+01C3)"),
        ("ˈǁʰɔsa", "character 1 of the IPA 'ˈǁʰɔsa': espeak (en-us) has no sound near 'ǁʰ'"),
    ],
)
def test_a_pronunciation_that_cannot_be_said_is_said_as_it_is_written_and_reported(ipa, why):
    text = rendered("Say ", Pronunciation("Xhosa", ipa), ".")
    assert (text.text, text.phonemes) == ("Say Xhosa.", False)
    assert text.degradations == (Degradation("espeak", "pronunciation", "Xhosa", f"said as it is written: {why}"),)


def test_in_other_languages_it_is_said_as_it_is_written():
    """That their voices have no phonemes is in the capabilities, and whoever reads those reports it."""
    text = rendered("これは", DRUG, language="ja")
    assert (text.text, text.phonemes, text.degradations) == ("これはdupilumab", False, ())


@given(st.lists(st.sampled_from([DRUG, "word " * 30, "One. Two? ", ", ", "\n", "[ok] "]), max_size=20))
def test_no_piece_cuts_phonemes_or_is_too_long_to_be_read_at_once(segments):
    text = rendered(DRUG, *segments)
    parts = list(pieces(text.text, phonemes=True))
    assert "".join(parts) == text.text
    assert max(map(len, parts)) <= 600
    assert all(part.count("[[") == part.count("]]") for part in parts)
    assert sum(part.count(SPELLED) for part in parts) == 1 + segments.count(DRUG)


def test_in_a_long_text_every_pronunciation_is_said():
    segments = [segment for _ in range(40) for segment in ("so many words go before it ", DRUG, " and after it ")]
    assert heard(*segments).count(HEARD) == 40


def test_brackets_without_end_take_no_time():
    began = time.perf_counter()
    assert "".join(pieces("[[" * 10_000, phonemes=True)) == "[[" * 10_000
    assert time.perf_counter() - began < 0.5
