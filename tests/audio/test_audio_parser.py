from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voxbridge.audio._parser import Parser, Wait


class Lengths(Parser[bytes]):
    """Items after their length; a length of 0 drops the next ten bytes."""

    def _stream(self) -> Wait[None]:
        while (yield from self._has(1)):
            length = self._take(1)[0]
            if length == 0:
                yield from self._skip(10)
            elif (yield from self._has(length)):
                self._found.append(self._take(length))
            else:
                self._found.append(b"cut: " + self._take(length))


def test_what_is_whole_is_found_at_once():
    parser = Lengths()
    assert parser.parse(b"\3ab") == []
    assert parser.parse(b"c\1d\2e") == [b"abc", b"d"]
    assert parser.end() == [b"cut: e"]


@given(data=st.binary(max_size=80), sizes=st.lists(st.integers(1, 20), max_size=8))
def test_where_the_stream_is_cut_changes_nothing(data, sizes):
    whole, pieces, rest = Lengths(), Lengths(), data
    found = []
    for size in sizes:
        found += pieces.parse(rest[:size])
        rest = rest[size:]
    found += pieces.parse(rest) + pieces.end()
    assert found == whole.parse(data) + whole.end()
