"""Who keeps to a region, and which routers may be made."""

from __future__ import annotations

import pytest

from tests.hand import Hand
from voxbridge import InvalidConfig, Route, Router, UsageError, VoiceNotFound
from voxbridge.routing import check_region, members, region_name


def vendor(region: str | None = "eu", name: str = "acme") -> Hand:
    backend = Hand(name, local=False)
    backend.region = region
    return backend


class Choosy(Hand):
    """Knows its voices, and has none called ``default``."""

    def capabilities(self, voice):
        raise VoiceNotFound


def test_without_a_region_everybody_may_speak():
    for region in (None, "us"):
        check_region(vendor(region), None)


def test_a_backend_of_the_region_and_one_on_this_machine_may_speak():
    check_region(vendor("eu"), "eu")
    check_region(Hand("engine"), "eu")


@pytest.mark.parametrize(
    ("region", "said"), [("us", "acme is in region 'us'"), (None, "acme does not say in which region it is")]
)
def test_any_other_is_refused_with_the_way_out(region, said):
    with pytest.raises(InvalidConfig, match=rf"region 'eu' binds every connection, and {said}: make it with region='"):
        check_region(vendor(region), "eu")


def test_a_backend_that_does_not_know_a_usual_voice_is_not_taken_for_a_local_one():
    with pytest.raises(InvalidConfig, match="choosy does not say"):
        check_region(Choosy("choosy"), "eu")


@pytest.mark.parametrize("region", ["", " ", 1, ["eu"]])
def test_a_region_is_a_word(region):
    with pytest.raises(UsageError, match="give a vendor's word for it"):
        region_name(region)
    with pytest.raises(UsageError, match="give a vendor's word for it"):
        Router(["acme"], region=region)


def test_a_router_refuses_a_member_of_another_region():
    with pytest.raises(InvalidConfig, match="acme is in region 'us'"):
        Router([Hand("engine"), Route(vendor("us"))], region="eu")
    with pytest.raises(InvalidConfig, match="acme is in region 'us'"):
        Router([Router([vendor("us")])], region="eu")


def test_a_router_may_not_be_bound_to_two_regions():
    inner = Router([vendor("eu")], region="eu", name="inner")
    with pytest.raises(InvalidConfig, match="router 'inner' is bound to region 'eu' within region 'us'"):
        Router([inner], region="us")
    assert Router([inner], region="eu").region == "eu"


def test_each_member_is_bound_by_the_nearest_region():
    engine, acme = Hand("engine"), vendor("eu")
    router = Router([engine, Router(["other", acme], region="eu"), "last"])
    assert list(members(router)) == [(engine, None), ("other", "eu"), (acme, "eu"), ("last", None)]
    assert [region for _, region in members(router, "eu")] == ["eu"] * 4
