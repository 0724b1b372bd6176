"""The ledger: what was asked for, what is whole, and what the caller has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voxbridge import Cleared, Lexicon, Unit, Utterance
from voxbridge._ledger import Entry, Ledger
from voxbridge.text import LexiconReader, Units


RATE = 8000


def ledger(*pieces: str | Utterance) -> Ledger:
    made = Ledger(Units())
    for piece in pieces:
        made.add(piece)
    return made


def test_nothing_added_begins_no_turn():
    made = ledger("", Utterance())
    assert made.over
    assert not made.waiting


def test_words_that_will_become_a_unit_are_waited_for():
    assert ledger("Hel").waiting
    assert ledger("One. ").waiting
    assert not ledger("... ").waiting


def test_what_has_waited_too_long_is_a_unit_of_the_turn():
    made = ledger("one two thr")
    made.hurry()
    assert [unit.text for unit in made.units] == ["one two "]
    assert made.waiting


def test_what_a_lexicon_holds_back_is_hurried_too_but_for_a_word_that_may_go_on():
    reader = LexiconReader([Lexicon.of({"text": "New York", "say": "the city"})], "en")
    made = Ledger(Units(), reader=reader)
    made.add("go to New ")
    made.hurry()
    assert "".join(unit.text for unit in made.units) == "go to New "
    made.add("Yor")
    made.hurry()
    assert (len(made.units), made.rest) == (1, "Yor")


def test_each_end_of_a_turn_is_kept_until_the_turn_is_over():
    made = ledger("One. Two")
    made.end_turn()
    made.add("Three")
    made.end_turn()
    assert list(made.ends) == [2, 3]
    made.spoken = 2
    made.turn_over()
    assert (made.speaking, list(made.ends)) == (2, [3])


def test_the_end_of_all_ends_what_is_left_over_once():
    made = ledger("One. Tw")
    made.end()
    made.end()
    assert (list(made.ends), made.ended) == ([2], True)
    flushed = ledger("One. ")
    flushed.end_turn()
    flushed.end()
    assert list(flushed.ends) == [1]


def test_it_is_complete_when_all_is_spoken_and_no_more_comes():
    made = ledger("One. ")
    made.end()
    assert not made.complete
    made.spoken = 1
    made.turn_over()
    assert made.complete


def test_what_is_owed_is_the_present_turn_and_all_after_it():
    made = ledger("One. Two. ")
    made.end_turn()
    made.add("Three. Fo")
    made.spoken = 1
    assert made.owed() == Cleared("One. ", "Two. Three. Fo")
    assert made.any_spoken
    made.spoken = 2
    made.turn_over()
    assert made.owed() == Cleared("", "Three. Fo")
    assert not made.any_spoken


def test_units_without_words_do_not_count_as_spoken():
    made = ledger(Utterance().pause(1))
    made.spoken = 1
    assert not made.any_spoken


def test_the_callers_turn_is_the_one_whose_chunks_are_taken():
    made = ledger("One. ")
    made.end_turn()
    made.add("Two. ")
    made.give(1, RATE, final=True)
    assert (made.turn, made.turn_frames, made.over) == (1, RATE, False)
    made.end_turn()
    made.ends.clear()
    made.give(2, 2 * RATE, final=True)
    assert made.over
    assert made.divide(RATE) == Cleared("Two. ", "")  # it may still be playing


def test_clear_gives_up_the_rest_and_begins_anew():
    made = ledger("One. Two. Th")
    made.end_turn()
    made.clear()
    assert (made.waiting, list(made.ends), made.over) == (False, [], True)
    assert made.divide(RATE) == Cleared("", "")
    made.add("Four. ")
    assert made.divide(RATE) == Cleared("", "Four. ")


@given(st.text("ab .!—", max_size=60), st.integers(0, 9), st.floats(0, 9))
def test_both_parts_are_always_the_whole_text(text, given, heard):
    made = ledger(text)
    given = min(given, len(made.units))
    made.entries += [Entry(n, n + 1, float(n), n + 1.0, "x") for n in range(len(made.units))]
    made.give(given, given * RATE, final=False)
    for cleared in (made.divide(RATE), made.divide(RATE, heard), made.owed()):
        assert cleared.spoken + cleared.unspoken == text
    assert len(made.divide(RATE, heard).spoken) <= len(made.divide(RATE).spoken)


def test_the_report_has_the_text_of_each_entry():
    made = ledger("One. Two. Three. ")
    made.entries += [Entry(0, 2, 0.0, 1.0, "a"), Entry(2, 3, 1.0, 2.0, "b")]
    assert made.report() == (Unit("One. Two. ", 0.0, 1.0, "a"), Unit("Three. ", 1.0, 2.0, "b"))
