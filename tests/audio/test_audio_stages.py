from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge.audio import Aligner, Pipeline, Stage
from voxbridge.exceptions import ProtocolError


SIZES = st.lists(st.integers(1, 50), max_size=5)


class Tail(Stage):
    """Pass all and end with a letter."""

    def __init__(self, letter: bytes) -> None:
        self.letter = letter

    def feed(self, data: bytes) -> bytes:
        return data.lower()

    def flush(self) -> bytes:
        return self.letter


def test_an_empty_pipeline_passes_the_very_same_bytes():
    data = bytes(range(256))
    assert Pipeline().feed(data) is data
    assert Pipeline().flush() == b""


def test_a_flush_goes_through_all_later_stages():
    pipeline = Pipeline([Tail(b"A"), Tail(b"B"), Tail(b"C")])
    assert pipeline.feed(b"XY") == b"xy"
    assert pipeline.flush() == b"abC"


def test_a_pipeline_says_what_it_is_made_of():
    assert repr(Pipeline([Aligner(2), Tail(b"")])) == "Pipeline(Aligner > Tail)"


@given(data=st.binary(max_size=300), sizes=SIZES, frame=st.integers(1, 8))
def test_the_aligner_gives_whole_frames_wherever_the_input_is_cut(run, data, sizes, frame):
    whole = data[: len(data) // frame * frame]
    aligner = Aligner(frame)
    pieces = []
    for size in sizes:
        piece, whole_rest = whole[:size], whole[size:]
        pieces.append(aligner.feed(piece))
        whole = whole_rest
    pieces.append(aligner.feed(whole))
    assert all(len(piece) % frame == 0 for piece in pieces)
    assert b"".join(pieces) + aligner.flush() == data[: len(data) // frame * frame]


def test_a_residue_at_the_end_is_an_error_that_counts_it():
    aligner = Aligner(4)
    assert aligner.feed(b"abcdefg") == b"abcd"
    with pytest.raises(ProtocolError, match="3 of 4 bytes"):
        aligner.flush()
