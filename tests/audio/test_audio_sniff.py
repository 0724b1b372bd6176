from __future__ import annotations

import pytest

from voxbridge.audio._sniff import looks_like


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xef\xbb\xbf  [1]", "JSON"),
        (b"\r\n<?xml", "HTML or XML"),
        (b"\xff\xf1\x50", "AAC in ADTS"),
        (b"\x1aE\xdf\xa3", "WebM"),
        (b"FORM....AIFF", "AIFF"),
        (b"", "nothing known (it begins with )"),
        (b"\x00\x01\x02\x03\x04", "nothing known (it begins with 00 01 02 03)"),
    ],
)
def test_the_beginning_of_a_stream_is_named(data, words):
    assert looks_like(data) == words
