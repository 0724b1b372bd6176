"""Many callers and a vendor that is out of order, under the virtual clock: how often it is asked, second by second.

Only routing is at work here: a caller goes through the steps of a plan, and each attempt ends as the vendor's state of
the moment says.
"""

from __future__ import annotations

import random as everybodys
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

from attrs import Factory, define, field

from tests.hand import Hand, planned
from voxbridge import BackendUnavailable, Pause, RateLimited, Router, SynthesisTimeout
from voxbridge.exceptions import BackendError
from voxbridge.routing import Attempt, Outcome, Plan, Steps
from voxbridge.testing import VirtualClock


Answer = tuple[float, BackendError | None]
"""After how many seconds, and the error if it is one."""
State = Callable[[Random], Answer]


def well(random: Random) -> Answer:
    """Speak."""
    return random.uniform(0.1, 0.5), None


def refusing(random: Random) -> Answer:
    """Refuse every connection at once."""
    return 0.01, BackendUnavailable("refused")


def hanging(random: Random) -> Answer:
    """Say nothing until our own clock runs out."""
    return 5.0, SynthesisTimeout(phase="first_audio")


def crowded(random: Random) -> Answer:
    """Answer 429."""
    return 0.05, RateLimited(status_code=429)


def ailing(random: Random) -> Answer:
    """Fail three times of ten."""
    return refusing(random) if random.random() < 0.3 else well(random)


@define
class Storm:
    """Callers who begin an utterance every so many seconds, each with a client of its own.

    Args:
        backends: in the order of everybody's route.
        sick: what the first one is like from *begins* to *ends*, in seconds; before and after it is well.
    """

    backends: Sequence[str]
    sick: State
    callers: int = 1000
    every: float = 20.0
    begins: float = 30.0
    ends: float = 630.0
    until: float = 1000.0
    seed: int = 0
    clock: VirtualClock = Factory(VirtualClock)
    offered: Counter[int] = Factory(Counter)
    """How many utterances began in each second."""
    asked: dict[str, list[float]] = Factory(dict)
    """When each backend was asked."""
    failed: int = 0
    """Utterances that nobody spoke."""
    _random: Random = field(init=False)

    def run(self) -> None:
        """Let all of it happen."""
        everybodys.seed(self.seed)  # the jitter of backoff and breakers
        self._random = Random(self.seed)  # noqa: S311  # it is meant to be repeated
        self.asked = {name: [] for name in self.backends}
        hands = [Hand(name) for name in self.backends]
        for caller in range(self.callers):
            plan = planned(Router(hands) if len(hands) > 1 else hands[0])
            at = caller * self.every / self.callers
            while at < self.until:
                self.clock.call_at(at, self._begin, plan)
                at += self.every
        self.clock.run_until()

    def _begin(self, plan: Plan) -> None:
        self.offered[int(self.clock.now())] += 1
        self._go_on(plan.steps(clock=self.clock.now), None)

    def _go_on(self, steps: Steps, outcome: Outcome | None) -> None:
        try:
            step = steps.send(outcome)
        except StopIteration as end:
            self.failed += end.value.error is not None
            return
        if isinstance(step, Pause):
            self.clock.call_at(self.clock.now() + step.seconds, self._go_on, steps, None)
            return
        name, now = step.leaf.backend.name, self.clock.now()
        self.asked[name].append(now)
        sick = name == self.backends[0] and self.begins <= now < self.ends
        seconds, error = (self.sick if sick else well)(self._random)
        self.clock.call_at(now + seconds, self._answer, steps, step, error)

    def _answer(self, steps: Steps, attempt: Attempt, error: BackendError | None) -> None:
        if error is None:
            attempt.visit.spoke(self.clock.now())
        self._go_on(steps, Outcome(int(error is None), error=error))

    def asked_between(self, name: str, begin: float, end: float) -> list[float]:
        """Return when a backend was asked from *begin* to before *end*."""
        return [at for at in self.asked[name] if begin <= at < end]

    def offered_between(self, begin: int, end: int) -> int:
        """Return how many utterances began from second *begin* to before *end*."""
        return sum(self.offered[second] for second in range(begin, end))

    def busiest(self, name: str, begin: float) -> int:
        """Return how often a backend was asked in the busiest second from *begin* on."""
        return max(Counter(int(at) for at in self.asked[name] if at >= begin).values(), default=0)
