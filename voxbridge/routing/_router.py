"""Falling back from one backend to the next."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from voxbridge._backend import Backend, Capabilities, Job
from voxbridge._models import Voice
from voxbridge.exceptions import InvalidConfig, UsageError

from ._casting import VoiceChoice, check_cast
from ._orders import Arrangement, Grounds, Order, order_of
from ._region import check_region, region_name


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voxbridge._exchange import Exchange

    from ._plan import Leaf
    from ._retry import Clock, Outcome, Steps


__all__ = ["Fallback", "Route", "Router", "arranged", "found", "members"]


def _waiting(instance: object, attribute: Any, value: float | None) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value <= 0:
        message = f"{attribute.name} is {value!r}: give seconds above 0"
        raise UsageError(message)


def _tries(instance: object, attribute: Any, value: int | None) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        message = f"retries is {value!r}: give the number of extra tries, 0 or more"
        raise UsageError(message)


def _weight(instance: object, attribute: Any, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        message = f"weight is {value!r}: give a number, 0 for a member that only stands in for the others"
        raise UsageError(message)


@frozen
class Route:
    """One member of a `Router`.

    Args:
        backend: its name or an object; a `Router` too.
        voice: a bare id of that backend, or anything that ``voice=`` takes.
        weight: how often it is the first one to be tried, next to the others', where the order is ``"weighted"``;
            0: never.
        first_audio_timeout: seconds; the router's, then the client's, where it is None.
        stall_timeout: likewise.
        retries: extra tries; likewise.
    """

    backend: Backend | str
    voice: VoiceChoice = None
    weight: float = field(default=1, kw_only=True, validator=_weight)
    first_audio_timeout: float | None = field(default=None, kw_only=True, validator=_waiting)
    stall_timeout: float | None = field(default=None, kw_only=True, validator=_waiting)
    retries: int | None = field(default=None, kw_only=True, validator=_tries)

    @property
    def backend_name(self) -> str:
        """The member's name."""
        return self.backend if isinstance(self.backend, str) else self.backend.name


class Router(Backend):
    """Backends that stand in for each other. It is a backend itself.

    Args:
        routes: members; a bare backend or its name will do.
        name: what reports call it.
        region: binds every connection of every member; None: the client's. Members on this machine are always allowed.
        first_audio_timeout: seconds, for members that have none of their own; None: the client's.
        stall_timeout: likewise.
        retries: extra tries per member, likewise.
        order: in which members are tried, chosen for each stream or call as it begins: ``"listed"``; ``"fastest"``,
            by their first audio of late, with an eye on the others now and then; ``"cheapest"``, by the prices of the
            config, else of a bundled list; ``"weighted"``, drawn by the routes' weights, as for a canary; or a
            callable, which is given the routes that can speak and gives each of them once.

    Raises:
        UsageError: there are no members, or two are the same.
        InvalidConfig: a member is in another region, or does not say in which; its route's voice is not cast for it;
            there is no such order.
    """

    def __init__(
        self,
        routes: Sequence[Route | Backend | str],
        *,
        name: str | None = None,
        region: str | None = None,
        first_audio_timeout: float | None = None,
        stall_timeout: float | None = None,
        retries: int | None = None,
        order: Order = "listed",
    ) -> None:
        self.order: Order = order_of(order)
        self.region = region_name(region)
        self.routes = tuple(route if isinstance(route, Route) else Route(route) for route in routes)
        if not self.routes:
            message = "a Router needs at least one member, such as Router(['deepgram', 'espeak'])"
            raise UsageError(message)
        seen: list[tuple[object, object]] = []
        for route in self.routes:
            if (route.backend, route.voice) in seen:
                member = f"{route.backend_name!r} with voice {route.voice!r}"
                raise InvalidConfig(f"{member} is in the route twice: a second try is `retries=`")
            seen.append((route.backend, route.voice))
            if isinstance(route.voice, Mapping) and not isinstance(route.backend, Router):
                check_cast(route.backend_name, route.voice)
        # A route of its own checks the numbers.
        self.defaults = Route(
            self, first_audio_timeout=first_audio_timeout, stall_timeout=stall_timeout, retries=retries
        )
        self.name = name or "+".join(route.backend_name for route in self.routes)
        for backend, bound in members(self):
            if isinstance(backend, Backend):
                check_region(backend, bound)

    def capabilities(self, voice: Voice) -> Capabilities:
        """Say what its first member can do; each member is asked by itself before it speaks."""
        first = self.routes[0].backend
        if isinstance(first, str):
            message = f"{first!r} is a name: a client knows which backend it stands for"
            raise UsageError(message)
        return first.capabilities(voice)

    def exchange(self, job: Job) -> Exchange:
        """Refuse: a client routes to the members, each of which has exchanges of its own."""
        message = "a Router has no exchange of its own"
        raise UsageError(message)


def members(
    target: Backend, region: str | None = None, around: tuple[Backend, ...] = ()
) -> Iterator[tuple[Backend | str, str | None]]:
    """Yield the backends below *target*, objects or names, each with the region that binds it.

    Args:
        target: a backend or a router.
        region: what binds all of them.
        around: the routers that it is in.

    Raises:
        InvalidConfig: a router has another region than the one around it, or is within itself.
    """
    if not isinstance(target, Router):
        yield target, region
        return
    if any(router is target for router in around):
        raise InvalidConfig(f"router {target.name!r} is a member of itself: nobody would ever speak")
    if region and target.region and region != target.region:
        message = f"router {target.name!r} is bound to region {target.region!r} within region {region!r}: leave one out"
        raise InvalidConfig(message)
    bound = target.region or region
    for route in target.routes:
        if isinstance(route.backend, str):
            yield route.backend, bound
        else:
            yield from members(route.backend, bound, (*around, target))


def found(route: Route, find: Callable[[str], Backend]) -> Backend:
    """Return the backend of a route; *find* returns that of a name."""
    return find(route.backend) if isinstance(route.backend, str) else route.backend


def arranged(
    router: Router, able: Iterator[Leaf | None], find: Callable[[str], Backend], grounds: Grounds
) -> Arrangement | None:
    """Return the members of *router* that can speak, as it has them.

    Args:
        router: whose.
        able: each backend below it, in order, None for those that cannot.
        find: returns the backend of a name.
        grounds: what orders go by.
    """
    members: list[tuple[Route, Leaf | Arrangement]] = []
    for route in router.routes:
        backend = found(route, find)
        member = arranged(backend, able, find, grounds) if isinstance(backend, Router) else next(able)
        if member:
            members.append((route, member))
    return Arrangement(members, router.order, grounds) if members else None


@frozen
class Fallback:
    """The members of a router, each ready to be tried."""

    members: Sequence[Leaf]
    order: Callable[[float], Sequence[Leaf]] | None = None
    """Returns them in the order of the moment; None: as they are."""

    def steps(self, start: int, clock: Clock) -> Steps:
        """Yield the steps of each member in turn, from the first unit that is not whole.

        Members whose breaker is open, or that are suspended, are passed over. Where nobody else is left, the one
        that reopens soonest is tried.
        """
        return _in_turn(self.order(clock()) if self.order else self.members, start, clock)


def _in_turn(members: Sequence[Leaf], start: int, clock: Clock) -> Steps:
    untried = list(members)
    passed: list[Leaf] = []
    outcome: Outcome | None = None
    while untried or passed:
        if sure := not untried:
            untried, passed = [_soonest(passed, clock())], []
        member = untried.pop(0)
        ended = yield from member.steps(start, clock, sure=sure)
        if ended is None:
            passed.append(member)
            continue
        outcome = ended
        if outcome.error is not None:
            member.pace.fail(outcome.error, member.timeouts.first_audio, clock())
        elif not outcome.passed:
            return outcome
        if outcome.spoken > start:  # progress: everybody else deserves a new chance
            place = members.index(member)
            untried, passed = [*members[place + 1 :], *members[:place]], []
        if outcome.passed:
            passed.append(member)
        start = outcome.spoken
    return outcome


def _soonest(members: Sequence[Leaf], now: float) -> Leaf:
    """Return the member whose breaker or suspension is the first to be over."""
    return min(members, key=lambda member: member.standing(now).until or 0.0)
