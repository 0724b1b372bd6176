"""In which order members are tried: who comes first, and how that is known."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from random import Random

import pytest

from tests.hand import SECOND, Hand, Talk
from tests.wires import LocalBackend
from voxbridge import (
    AsyncClient,
    Audio,
    AudioFormat,
    BackendUnavailable,
    Client,
    InvalidConfig,
    RejectedRequest,
    Route,
    Router,
    SocketSpec,
    Timeouts,
    UnsupportedUtterance,
    UsageError,
    Whole,
)
from voxbridge._prices import Price
from voxbridge._settings import Call
from voxbridge.routing import Grounds, SpeechRequest, plan
from voxbridge.routing._orders import Pace, cheapest, fastest, weighted
from voxbridge_deepdub import Deepdub
from voxbridge_deepgram import Deepgram


def never() -> float:
    """A chance that is never taken."""
    return 0.99


def price(amount, per="minute", currency="USD"):
    return Price(per=per, amount=amount, currency=currency)


class TestFastest:
    def test_the_soonest_is_first_and_who_is_being_measured_last(self):
        assert fastest([0.3, None, 0.1], [0, 0, 0], 1, never) == [2, 0, 1]

    def test_as_soon_as_each_other_is_as_listed(self):
        assert fastest([0.2, 0.1, 0.1], [0, 0, 0], 1, never) == [1, 2, 0]

    def test_who_was_never_tried_is_tried_first(self):
        assert fastest([0.1, None, None], [0, 0, -math.inf], 1, never) == [2, 0, 1]

    @pytest.mark.parametrize(
        ("now", "chance", "first"), [(299, 0.0, 1), (301, 0.5, 1), (301, 0.05, 0), (math.inf, 0.05, 0)]
    )
    def test_after_minutes_one_call_in_ten_tries_another(self, now, chance, first):
        assert fastest([9.0, 0.1], [0, 200], now, lambda: chance)[0] == first


class TestPace:
    def test_the_first_is_taken_as_it_is_and_later_ones_move_it(self):
        pace = Pace()
        pace.note(1.0, now=0)
        assert pace.seconds == 1.0
        pace.note(2.0, now=0)
        assert pace.seconds == pytest.approx(1.2)

    def test_what_is_old_counts_less_and_less(self):
        seen = {}
        for age in (30, 60, 3600):
            pace = Pace()
            pace.note(1.0, now=0)
            pace.note(2.0, now=age)
            seen[age] = round(pace.seconds, 2)
        assert seen == {30: 1.5, 60: 1.75, 3600: 2.0}

    def test_a_vendors_fault_is_as_slow_as_can_be_and_a_callers_is_nothing(self):
        pace = Pace()
        pace.fail(RejectedRequest(), 5.0, now=0)
        pace.fail(UnsupportedUtterance(), 5.0, now=0)
        assert pace.seconds is None
        pace.fail(BackendUnavailable(), 5.0, now=0)
        assert pace.seconds == 5.0

    def test_many_voices_are_not_kept_for_ever(self):
        grounds = Grounds()
        kept = grounds.pace(0)
        assert grounds.pace(0) is kept
        for member in range(1, 300):
            grounds.pace(member)
        assert len(grounds._paces) <= 256


class TestCheapest:
    def test_prices_by_characters_and_by_time_are_compared(self):
        assert cheapest([price(0.143), price(0.03, "1k characters"), price(0.015, "1k characters")]) == [2, 1, 0]

    def test_what_nobody_knows_the_price_of_is_last_as_listed(self):
        assert cheapest([None, price(9), None, price(1)]) == [3, 1, 0, 2]

    def test_prices_in_two_currencies_are_refused_but_nothing_costs_nothing_in_any(self):
        with pytest.raises(InvalidConfig, match="prices in EUR and USD have no order"):
            cheapest([price(1), price(2, currency="EUR")])
        assert cheapest([price(1), price(0, currency="EUR")]) == [1, 0]


class TestWeighted:
    def drawn(self, *weights, draws=4000):
        random = Random(7)  # noqa: S311  # it is meant to be repeated
        return [weighted(weights, random.random) for _ in range(draws)]

    def test_each_is_first_as_often_as_its_share(self):
        firsts = Counter(order[0] for order in self.drawn(95, 5))
        assert 0.04 < firsts[1] / 4000 < 0.06

    def test_the_second_is_drawn_among_the_rest(self):
        seconds = Counter(order[1] for order in self.drawn(6, 3, 1) if order[0] == 0)
        assert 0.72 < seconds[1] / seconds.total() < 0.78

    def test_a_weight_of_0_only_stands_in_for_the_others(self):
        assert {order[-1] for order in self.drawn(0, 1, 1, draws=100)} == {0}
        assert self.drawn(0, 0, draws=1) == [[0, 1]]

    def test_the_same_seed_draws_the_same(self):
        assert self.drawn(1, 2, 3, draws=50) == self.drawn(1, 2, 3, draws=50)

    @pytest.mark.parametrize("chance", [0.0, 1 - 2**-53])
    def test_whatever_is_drawn_everybody_is_in_it(self, chance):
        assert sorted(weighted([1, 1e-300, 0], lambda: chance)) == [0, 1, 2]


def names(target, **known):
    """Return whom a call would try."""
    request = SpeechRequest(format=AudioFormat("linear16", 8000))
    planned = plan(target, request, find={}.__getitem__, timeouts=Timeouts(), grounds=Grounds(**known))
    return tried(planned)


def tried(planned, now=0.0):
    order = planned.root.order(now) if planned.root.order else planned.root.members
    return "".join(leaf.backend.name for leaf in order)


class TestArrangement:
    def test_listed_is_as_it_stands_and_costs_nothing(self):
        request = SpeechRequest(format=AudioFormat("linear16", 8000))
        router = Router([Hand("a"), Router([Hand("b"), Hand("c")])])
        planned = plan(router, request, find={}.__getitem__, timeouts=Timeouts())
        assert planned.root.order is None
        assert tried(planned) == "abc"

    def test_cheapest_goes_by_the_clients_prices_and_what_is_on_this_machine_is_free(self):
        prices = {"a": price(3), "b": price(1), "c": price(2)}
        hands = [Hand(name, local=False) for name in "abcd"]
        router = Router([*hands, Hand("e")], order="cheapest")
        assert names(router, price=lambda backend, voice: prices.get(backend.name)) == "ebcad"

    def test_weighted_goes_by_the_routes(self):
        router = Router([Route(Hand("a"), weight=0), Route(Hand("b"), weight=3), Hand("c")], order="weighted")
        assert names(router, chance=lambda: 0.5) == "bca"

    def test_a_router_within_another_stays_together_in_its_own_order(self):
        prices = {"a": price(5), "b": price(9), "c": price(1), "d": price(4)}
        inner = Router([Hand(name, local=False) for name in "bc"], order="cheapest")
        outer = Router([Hand("a", local=False), inner, Hand("d", local=False)], order="cheapest")
        assert names(outer, price=lambda backend, voice: prices[backend.name]) == "cbda"
        assert names(Router([Hand("a"), inner]), price=lambda backend, voice: prices[backend.name]) == "acb"

    def test_a_callable_has_the_last_word(self):
        router = Router([Route(Hand("a"), weight=1), Route(Hand("b"), weight=7)], order=lambda routes: routes[::-1])
        assert names(router) == "ba"

    def test_it_is_given_those_who_can_speak(self):
        given = []

        def order(routes):
            given.extend(route.backend_name for route in routes)
            return routes

        request = SpeechRequest(format=AudioFormat("linear16", 8000), speed=1.5, strict=True)
        router = Router([Hand("a"), Hand("b", speed=(0.5, 2)), Router([Hand("c")])], order=order)
        able = plan(Router([router, Hand("d", speed=(0.5, 2))]), request, find={}.__getitem__, timeouts=Timeouts())
        assert tried(able) == "bd"
        assert given == ["b"]

    @pytest.mark.parametrize(
        "order", [lambda routes: [], lambda routes: [*routes, *routes], lambda routes: [Route("x")]]
    )
    def test_what_it_gives_is_checked(self, order):
        with pytest.raises(UsageError, match="give each of those it was given once: a, b"):
            names(Router([Hand("a"), Hand("b")], order=order))

    def test_what_it_raises_comes_out_as_it_is_before_anything_is_sent(self):
        def order(routes):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            Talk(Router([Hand("a"), Hand("b")], order=order))


class TestSpeech:
    """The order as renditions choose it, and what they learn for it."""

    def talk(self, *hands, grounds, order="fastest"):
        talk = Talk(*hands, push=False)
        request = SpeechRequest(format=AudioFormat("linear16", 8000))
        target = Router(hands, order=order)
        talk.plan = plan(target, request, find={}.__getitem__, timeouts=Timeouts(), retries=0, grounds=grounds)
        talk.rendition = type(talk.rendition)(talk.plan, talk.clock, live=True)
        return talk

    def say(self, talk, seconds):
        talk.rendition.text("One. ")
        talk.rendition.text_end()
        talk.wait(seconds)
        talk.answer(Audio(SECOND, 0), Whole(1))

    def speaker(self, grounds, hands, seconds=0.1):
        talk = self.talk(*hands, grounds=grounds)
        self.say(talk, seconds)
        return talk.rendition.record.report().backend

    def test_whoever_was_heard_soonest_speaks_once_each_was_tried(self):
        hands, grounds = [Hand("a"), Hand("b"), Hand("c")], Grounds(chance=never)
        assert [self.speaker(grounds, hands, seconds) for seconds in (0.5, 0.2, 0.4)] == ["a", "b", "c"]
        assert [self.speaker(grounds, hands) for _ in range(3)] == ["b"] * 3

    def test_who_gets_slow_is_left(self):
        hands, grounds = [Hand("a"), Hand("b")], Grounds(chance=never)
        assert [self.speaker(grounds, hands, seconds) for seconds in (0.1, 0.3, 4.0, 0.3)] == ["a", "b", "a", "b"]

    def test_who_fails_is_as_slow_as_can_be(self):
        hands, grounds = [Hand("a"), Hand("b")], Grounds(chance=never)
        talk = self.talk(*hands, grounds=grounds)
        talk.rendition.text("One. ")
        talk.fail(BackendUnavailable())
        assert hands[1].calls == ["One. "]
        assert grounds.pace(("a", "default", "synthesize")).seconds == 5.0

    def test_the_order_of_a_stream_does_not_change_while_it_speaks(self):
        order = ["a", "b"]
        router = Router(
            [Hand("a"), Hand("b")], order=lambda routes: sorted(routes, key=lambda r: order.index(r.backend_name))
        )
        talk = Talk(router, push=True)
        order.reverse()
        talk.rendition.text("One. ")
        talk.fail(BackendUnavailable())
        talk.wait(1)
        talk.fail(BackendUnavailable())
        assert [report.backend for report in talk.rendition.record.report().attempts] == ["a", "a"]

    def test_waiting_for_a_place_and_for_text_is_not_counted_and_connecting_is(self):
        grounds = Grounds()
        socket, other = Hand("a"), Hand("b")
        socket.socket = SocketSpec(url="ws://x")
        talk = self.talk(socket, other, grounds=grounds)
        talk.rendition.text("One")
        talk.wait(0.5)  # to connect
        talk.event("opened", {}, {}, not "reused")
        talk.wait(0.3)  # for text
        talk.rendition.text(". ")
        talk.event("queued")
        talk.wait(7)
        talk.event("granted")
        talk.wait(0.25)
        talk.answer(Audio(SECOND, 0), Whole(1))
        assert grounds.pace(("a", "default", "synthesize")).seconds == pytest.approx(0.75)


def test_a_plan_is_made_once_and_its_order_chosen_for_each_call_of_either_client():
    heard = []

    class Named(LocalBackend):
        def __init__(self, name):
            self.name = name

    def order(routes):
        heard.append([route.backend_name for route in routes])
        return routes if len(heard) % 2 else routes[::-1]

    client = Client(Router([Named("a"), Named("b")], order=order))
    assert [client.synthesize("w1.").backend for _ in range(3)] == ["a", "b", "a"]
    assert len(client._settings._plans) == 1

    async def both():
        async with AsyncClient(Router([Named("a"), Named("b")], order=order)) as client:
            return [(await client.synthesize("w1.")).backend for _ in range(2)]

    assert asyncio.run(both()) == ["b", "a"]


def test_a_clients_prices_are_those_of_the_list():
    client = Client(Router([Deepdub("K"), Deepgram("K", name="second")], order="cheapest"))
    assert tried(client._settings.plan(Call(), "stream")) == "seconddeepdub"
