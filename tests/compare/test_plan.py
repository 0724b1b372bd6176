"""What a target is called, whatever it is given as."""

from __future__ import annotations

import pytest

from voxbridge import Route, Router
from voxbridge._compare._plan import Plan, Target
from voxbridge.testing import ScriptedBackend


@pytest.mark.parametrize(
    ("speaker", "label", "backend", "voice"),
    [
        ("espeak", "espeak", "espeak", None),
        ("deepgram/aura-2", "deepgram/aura-2", "deepgram", "aura-2"),
        (ScriptedBackend(name="mine"), "mine", "mine", None),
        (Route("espeak", voice="en-gb"), "espeak/en-gb", "espeak", "en-gb"),
        (Route(ScriptedBackend(name="mine")), "mine", "mine", None),
        (Router(["espeak"], name="live"), "live", "live", None),
        (["deepgram", ScriptedBackend(name="mine")], "deepgram+mine", "deepgram+mine", None),
    ],
)
def test_a_target_is_called_what_it_is(speaker, label, backend, voice):
    target = Target.of(speaker)
    assert (target.label, target.backend, target.voice) == (label, backend, voice)


def test_the_vendor_of_an_object_with_a_name_of_its_own_is_known():
    mine = ScriptedBackend(name="mine")
    assert Target.of(Router([Route("espeak"), Route(mine)])).vendors == {"mine": "scripted"}
    assert Target.of([mine]).vendors == Target.of(Route(mine)).vendors == {"mine": "scripted"}
    assert Target.of("mine").vendors == {}


def test_one_text_and_one_target_need_no_list():
    plan = Plan.of("Hello.", "espeak", repeat=1, format="wav", warm=True, seed=0)
    assert plan.texts == ("Hello.",)
    assert [target.label for target in plan.targets] == ["espeak"]
    assert len(plan.takes()) == 1
