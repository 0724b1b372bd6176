"""In which order the members of a router are tried: each order is a pure function of what is known of the members."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import define, field, frozen

from voxbridge._backend import Backend
from voxbridge._models import Voice
from voxbridge._prices import Price
from voxbridge.exceptions import BackendError, InvalidConfig, RejectedRequest, UsageError, VoxbridgeError, nearest


if TYPE_CHECKING:
    from ._plan import Leaf
    from ._router import Route


__all__ = ["Arrangement", "Grounds", "Order", "Pace", "cheapest", "fastest", "order_of", "weighted"]

Order = Literal["listed", "fastest", "cheapest", "weighted"] | Callable[[Sequence["Route"]], Iterable["Route"]]
"""What ``order=`` takes. A callable is given the routes that can speak, and gives each of them once."""

_ORDERS: Final = ("listed", "fastest", "cheapest", "weighted")
_FREE: Final = Price(per="minute", amount=0, currency="XXX")  # ISO 4217's word for none
_HALF_LIFE = 30.0  # seconds after which what was seen before counts half
_LEAST = 0.2  # of a pace is the newest, however soon it comes after the one before
_STALE = 300.0  # seconds after which a member may have become faster
_CURIOSITY = 0.1  # of the calls find that out
_PACES = 256  # that are kept: many voices, each of its own pace


def order_of(value: object) -> Any:
    """Return *value* where it is an order.

    Raises:
        InvalidConfig: it is none.
    """
    if callable(value) or (isinstance(value, str) and value in _ORDERS):
        return value
    known = f"give one of {', '.join(_ORDERS)}, or a callable that takes the routes and gives them in its order"
    raise InvalidConfig(f"order is {value!r}: {known}.{nearest(str(value), _ORDERS)}")


@define(eq=False)
class Pace:
    """How soon a member was heard of late: a mean in which the latest counts most."""

    seconds: float | None = None
    """None: it is not known."""
    tried: float = -math.inf
    """When it was last the first one to be tried."""
    _noted: float = field(default=-math.inf, init=False)

    def note(self, seconds: float, now: float) -> None:
        """Take one more first audio into account."""
        share = max(_LEAST, 1 - 0.5 ** ((now - self._noted) / _HALF_LIFE))
        self.seconds = seconds if self.seconds is None else self.seconds + share * (seconds - self.seconds)
        self._noted = now

    def fail(self, error: VoxbridgeError, longest: float, now: float) -> None:
        """Take a vendor's fault for a first audio that took the *longest* that would have been waited for."""
        if isinstance(error, BackendError) and not isinstance(error, RejectedRequest):
            self.note(longest, now)


@frozen(kw_only=True)
class Grounds:
    """What orders go by; a client has one for all of its calls."""

    price: Callable[[Backend, Voice], Price | None] = lambda backend, voice: None
    """What a voice costs; None: nobody knows."""
    chance: Callable[[], float] = random.random
    _paces: dict[Hashable, Pace] = field(factory=dict, init=False, eq=False)

    def pace(self, member: Hashable) -> Pace:
        """Return the pace of a member, which is told from others by its value."""
        if member not in self._paces and len(self._paces) >= _PACES:
            self._paces.clear()
        return self._paces.setdefault(member, Pace())


@frozen
class Arrangement:
    """A router's members, some of which are routers themselves, to be put in order for each stream anew."""

    members: Sequence[tuple[Route, Leaf | Arrangement]]
    order: Order
    grounds: Grounds

    @property
    def varies(self) -> bool:
        """Whether they may be tried in any other order than they are listed in."""
        return self.order != "listed" or any(
            isinstance(member, Arrangement) and member.varies for _, member in self.members
        )

    def leaves(self, now: float) -> list[Leaf]:
        """Return who is tried, from the first to the last; a router's members stay together."""
        tried = [member.leaves(now) if isinstance(member, Arrangement) else [member] for _, member in self.members]
        places = self._places([leaves[0] for leaves in tried], now)
        return [leaf for place in places for leaf in tried[place]]

    def _places(self, firsts: Sequence[Leaf], now: float) -> list[int]:
        """Return the numbers of the members in order, each member being as good as its first one."""
        routes = [route for route, _ in self.members]
        match self.order:
            case "listed":
                return list(range(len(routes)))
            case "fastest":
                return _tried_at(now, [leaf.pace for leaf in firsts], self.grounds.chance)
            case "cheapest":
                return cheapest([self._price(leaf) for leaf in firsts])
            case "weighted":
                return weighted([route.weight for route in routes], self.grounds.chance)
            case order:
                return _asked_for(order, routes)

    def _price(self, leaf: Leaf) -> Price | None:
        free = _FREE if leaf.capabilities.local else None
        return self.grounds.price(leaf.backend, leaf.job.voice) or free


def fastest(
    seconds: Sequence[float | None], tried: Sequence[float], now: float, chance: Callable[[], float]
) -> list[int]:
    """Return the numbers of members by their first audio, those of which it is not known last.

    One that was never tried comes first, and now and then one that was not for minutes: else nobody would know.

    Args:
        seconds: the first audio of each.
        tried: when each was last the first one to be tried.
        now: when that is, by the same clock.
        chance: gives numbers from 0 to 1.
    """
    known = [math.inf if time is None else time for time in seconds]
    order = sorted(range(len(known)), key=known.__getitem__)
    forgotten = min(order, key=tried.__getitem__)
    since = now - tried[forgotten]
    if since == math.inf or (since > _STALE and chance() < _CURIOSITY):
        order.remove(forgotten)
        order.insert(0, forgotten)
    return order


def _tried_at(now: float, paces: Sequence[Pace], chance: Callable[[], float]) -> list[int]:
    order = fastest([pace.seconds for pace in paces], [pace.tried for pace in paces], now, chance)
    paces[order[0]].tried = now
    return order


def cheapest(prices: Sequence[Price | None]) -> list[int]:
    """Return the numbers of members by what a minute of speech costs, those of which it is not known last.

    Raises:
        InvalidConfig: they are in several currencies.
    """
    currencies = sorted({price.currency for price in prices if price and price.amount})
    if len(currencies) > 1:
        raise InvalidConfig(f"prices in {' and '.join(currencies)} have no order: give them in one currency")
    return sorted(range(len(prices)), key=lambda place: price.a_minute if (price := prices[place]) else math.inf)


def weighted(weights: Sequence[float], chance: Callable[[], float]) -> list[int]:
    """Return the numbers of members in an order in which each comes first as often as its share of all weights.

    Who comes after that is drawn among the rest in the same way; those of weight 0 come last.

    Args:
        weights: 0 or more.
        chance: gives numbers from 0 to 1.
    """
    # Exponential clocks whose rates are the weights: the first one to ring is each with its share of them.
    rings = [-math.log1p(-chance()) / weight if weight else math.inf for weight in weights]
    return sorted(range(len(weights)), key=rings.__getitem__)


def _asked_for(order: Callable[[Sequence[Route]], Iterable[Route]], routes: Sequence[Route]) -> list[int]:
    given = [next((place for place, known in enumerate(routes) if known is route), None) for route in order(routes)]
    places = [place for place in given if place is not None]
    if None in given or sorted(places) != list(range(len(routes))):
        names = ", ".join(route.backend_name for route in routes)
        raise UsageError(f"the order gave {len(given)} routes: give each of those it was given once: {names}")
    return places
