"""Where each key of a TOML document stands."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxbridge.config._lines import lines_of


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a = 1\nb = 2", {("a",): 1, ("b",): 2}),
        ("# a = 0\n\n  a = 1 # b = 2\n", {("a",): 3}),
        ("[t]\na = 1\n[t.u]\nb=2", {("t",): 1, ("t", "a"): 2, ("t", "u"): 3, ("t", "u", "b"): 4}),
        ('a.b . "c d" = 1', {("a",): 1, ("a", "b"): 1, ("a", "b", "c d"): 1}),
        ("'a#b' = 1\n\"\\u0061\" = 2", {("a#b",): 1, ("a",): 2}),
        ('s = """\na = 1\n"""\nb = 1', {("s",): 1, ("b",): 4}),
        ('s = """a\\"""b"""""\nb = 1', {("s",): 1, ("b",): 2}),
        ("s = '''\n[t]\n'''\nb = 1979-05-27 07:32:00", {("s",): 1, ("b",): 4}),
        (
            "m = ['x', # first\n  { b = 1,\tc = [2] },\n]\nn = []",
            {("m",): 1, ("m", 0): 1, ("m", 1): 2, ("m", 1, "b"): 2, ("m", 1, "c"): 2, ("m", 1, "c", 0): 2, ("n",): 4},
        ),
        (
            "[[m]]\na = 1\n[[m]]\n[m.t]\nb = 1",
            {("m",): 1, ("m", 0): 1, ("m", 0, "a"): 2, ("m", 1): 3, ("m", 1, "t"): 4, ("m", 1, "t", "b"): 5},
        ),
        ("n = [[1, 2],\r\n [3]]\r\nf = +1.5e-3", {
            ("n",): 1, ("n", 0): 1, ("n", 0, 0): 1, ("n", 0, 1): 1, ("n", 1): 2, ("n", 1, 0): 2, ("f",): 3,
        }),
        ("", {}),
    ],
)  # fmt: skip
def test_each_key_has_its_line(text, lines):
    tomllib.loads(text)  # the cases are good TOML
    assert lines_of(text) == lines


KEYS = st.text(st.sampled_from("ab-_9"), min_size=1, max_size=3) | st.sampled_from(['"a.b"', "'#'", '"]"'])
SCALARS = st.sampled_from(["1", "-1.5", "true", '"x]"', "'{'", '"""\n[a]\n"""', "'''b = 1\n'''", "2020-01-01"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[\n# [\n" + ",\n".join(items) + "]")
        | st.dictionaries(KEYS, SCALARS.filter(lambda value: "\n" not in value), max_size=2).map(
            lambda table: "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}"
        )
    ),
    max_leaves=6,
)
PAIRS = st.dictionaries(KEYS, VALUES, max_size=3)


def paths(value, path=()):
    """Yield the path of everything in a document."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths(inner, (*path, key))


@given(PAIRS, st.dictionaries(KEYS, PAIRS, max_size=3))
def test_nothing_in_a_document_is_without_a_line(top, tables):
    lines = [f"{key} = {value}" for key, value in top.items()]
    for name, pairs in tables.items():
        lines += [f"[tables.{name}]", *(f"{key} = {value}" for key, value in pairs.items())]
    text = "\n".join(lines)
    found = lines_of(text)
    assert set(found) == set(paths(tomllib.loads(text)))
    written = text.splitlines()
    for path, line in found.items():
        if isinstance(path[-1], str):
            assert path[-1] in written[line - 1]
