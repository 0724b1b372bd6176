"""The fault matrix: whatever goes wrong on whichever wire at whichever moment comes out as `data/faults.toml` says."""

from __future__ import annotations

import pytest

from tests.matrix.cells import TEXT, Cell, cells, problems, speak
from tests.matrix.faults import FAULTS
from tests.matrix.vendors import WIRES
from tests.simulate.plants import PLANTS
from voxbridge import AllBackendsFailed, InterruptedSpeech


CELLS = list(cells())
SILENT = {"the fault did not strike"}


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_a_fault_comes_out_as_it_should_and_is_missed_where_it_is_not_there(cell):
    assert problems(cell, speak(cell)) == []
    missed = set(problems(cell, speak(cell, well=True)))
    assert missed >= SILENT
    assert missed > SILENT or cell.outcome == "ok", "all else may come out so without the fault, too"


def test_every_fault_has_a_cell_and_no_cell_is_there_twice():
    assert {cell.fault for cell in CELLS} == set(FAULTS)
    assert len({cell.name for cell in CELLS}) == len(CELLS)


@pytest.mark.parametrize(
    "plant",
    [
        "skips the cut unit",
        "starts from the beginning",
        "does not flag repeats",
        "confirms one too many",
        "has no clocks",
        "gives prefetched audio early",
        "keeps what a failed run held",
    ],
)
def test_a_planted_bug_is_found_by_some_cell(plant):
    def finds(cell):
        try:
            return problems(cell, speak(cell)) != []
        except Exception:  # noqa: BLE001  # a crash is found, too
            return True

    with PLANTS[plant]():
        assert any(finds(cell) for cell in CELLS if cell.fault in {"reset", "silence"})


@pytest.mark.parametrize("live", [True, False], ids=["live", "whole"])
@pytest.mark.parametrize("wire", WIRES)
def test_a_listener_who_stops_for_a_minute_loses_nothing_and_is_nobodys_fault(wire, live):
    cell = Cell(fault="late by 2 s", phase="P1", wire=wire, live=live, outcome="ok")
    outcome = speak(cell, patience=60.0)
    assert problems(cell, outcome) == []
    assert [attempt.error for attempt in outcome.rendition.record.attempts] == [None]


@pytest.mark.parametrize("wire", WIRES)
def test_where_both_are_down_each_is_tried_and_all_their_errors_are_told(wire):
    cell = Cell(fault="refused", phase="P0", wire=wire, live=True, outcome="")
    outcome = speak(cell, both=True)
    error = outcome.rendition.error
    assert type(error) is AllBackendsFailed
    vendors = [outcome.first.vendor] * 2 + [outcome.second.vendor] * 2
    assert [each.backend for each in error.errors] == [each.backend for each in error.attempts] == vendors
    assert outcome.left == []


@pytest.mark.parametrize("live", [True, False], ids=["live", "whole"])
@pytest.mark.parametrize("wire", ["GR", "GW", "DR"])
def test_where_both_die_in_mid_sentence_it_is_told_what_was_and_what_was_not_spoken(wire, live):
    cell = Cell(fault="reset", phase="P2", wire=wire, live=live, outcome="")
    outcome = speak(cell, both=True)
    error = outcome.rendition.error
    assert type(error) is InterruptedSpeech
    assert type(error.cause) is AllBackendsFailed
    assert (error.spoken, error.unspoken) == (TEXT[0], TEXT[1] + TEXT[2])
