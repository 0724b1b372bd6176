"""In which voice each backend speaks."""

from __future__ import annotations

import pytest

from tests.hand import Hand
from voxbridge import InvalidConfig, UsageError, Voice
from voxbridge.routing._casting import Cast, Part, check_cast, options_of, part_of


class Moody(Hand):
    options = frozenset({"mood", "pace"})


@pytest.mark.parametrize(
    ("choice", "voice"),
    [
        ("x", "hand/x"),
        ("hand/x", "hand/x"),
        ("other/x", "hand/other/x"),
        (Voice(id="x", backend="hand"), "hand/x"),
        (Cast("x"), "hand/x"),
        ({"hand": "x", "other": "y"}, "hand/x"),
        ({"hand": Cast("x")}, "hand/x"),
    ],
)
def test_each_way_to_say_it(choice, voice):
    part = part_of(Hand(), choice)
    assert part
    assert (str(part.voice), part.language, dict(part.options)) == (voice, None, {})


def test_nothing_is_left_to_others():
    assert part_of(Hand(), None) is None


def test_a_cast_has_its_language_and_options():
    part = part_of(Hand(), Cast("x", "de", {"mood": "glad"}))
    assert part == Part(voice=Voice(id="x", backend="hand"), language="de", options={"mood": "glad"})


@pytest.mark.parametrize("choice", ["", 5, {"hand": 5}])
def test_what_is_no_voice_is_refused(choice):
    with pytest.raises(UsageError, match="the voice for 'hand' is"):
        part_of(Hand(), choice)


def test_a_voice_of_another_is_refused():
    with pytest.raises(UsageError, match="'other/x' is of other, and hand cannot speak in it"):
        part_of(Hand(), Voice(id="x", backend="other"))


def test_an_uncast_backend_is_told_who_is_cast():
    with pytest.raises(InvalidConfig, match=r"not cast for 'hand', but for band, other\. Did you mean 'band'\?"):
        check_cast("hand", {"other": "x", "band": "y"})


def test_asked_options_come_before_the_parts():
    part = Part(voice=Voice(id="x", backend="hand"), options={"mood": "glad", "pace": 1})
    assert options_of(Moody(), part, {"mood": "sad"}) == {"mood": "sad", "pace": 1}
    with pytest.raises(UsageError, match=r"no option 'mod'; it has: mood, pace\. Did you mean 'mood'"):
        options_of(Moody(), part, {"mod": 1})
