"""What was heard is compared with the text word by word."""

from __future__ import annotations

from voxbridge.testing import (
    Audit,
    Heard,
    WordVoice,
    audit,
    expected_indices,
    hear_words,
    words_text,
)


def heard(*indices: int, vendor: int = 0) -> list[Heard]:
    return [Heard(0.2 * place, vendor=vendor, index=index) for place, index in enumerate(indices)]


def test_a_unit_said_again_after_a_cut_is_a_repeat_of_its_words_alone() -> None:
    found = audit(heard(0, 1, 2, 3, 2, 3, 4, 5), range(6))
    assert found == Audit(repeated=(2, 3))
    assert not found.clean


def test_words_of_another_text_are_unexpected() -> None:
    assert audit(heard(0, 77, 1), [0, 1]) == Audit(unexpected=(77,))


def test_a_word_that_the_text_has_twice_must_be_heard_twice() -> None:
    indices = expected_indices("the cat and the dog")
    assert audit(heard(*indices), indices).clean
    assert audit(heard(*indices[:3], indices[4]), indices) == Audit(lost=(indices[0],))


def test_the_first_word_of_each_new_vendor_is_a_seam() -> None:
    words = heard(0, 1) + heard(2, 3, vendor=1)
    found = audit(words, range(4))
    assert found.clean
    assert found.seams == (words[2],)


def test_nothing_heard_of_a_text_is_all_of_it_lost() -> None:
    assert audit([], [3, 4]) == Audit(lost=(3, 4))
    assert audit([], []).clean


def test_numbered_words_are_made_in_sentences() -> None:
    assert words_text(10, sentence=4) == "w0 w1 w2 w3. w4 w5 w6 w7. w8 w9."
    assert words_text(2, start=4095) == "w4095 w4096."
    assert words_text(0) == ""


def test_numbered_words_carry_their_index_into_any_piece_of_a_text() -> None:
    assert expected_indices("w17 w18. (w4097, w3)!") == [17, 18, 1, 3]


def test_other_words_have_an_index_that_never_changes() -> None:
    assert expected_indices("Don't panic, l’été: 42.") == [1649, 3461, 477, 509]
    assert expected_indices(" . … \n") == []


def test_a_word_voice_speaks_its_text() -> None:
    voice = WordVoice(vendor=2, epoch=1)
    text = "Hello there, w5!"
    words = hear_words(voice.speak(text, 16000), 16000)
    assert audit(words, expected_indices(text)).clean
    assert {(word.vendor, word.epoch) for word in words} == {(2, 1)}
    assert voice.speak("...") == b""
