"""The cells of the matrix: each fault of `tests/data/faults.toml` at each moment, on each wire, in each delivery."""

from __future__ import annotations

import math
import random
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from tests.simulate.words import hear
from voxbridge import AudioChunk, AudioFormat, Backend, BackendError, Router, Timeouts
from voxbridge._rendition import Rendition
from voxbridge.audio import conversion
from voxbridge.routing import SpeechRequest, _accounts, forget_accounts, plan
from voxbridge.testing import VirtualClock
from voxbridge_deepdub import Deepdub
from voxbridge_deepgram import Deepgram

from .faults import FAULTS
from .network import Network, Shell
from .vendors import WIRES, Vendor


TEXT = ("w0 w1 w2. ", "w3 w4 w5. ", "w6 w7 w8. ")
_TRANSPORTS = {"GR": "http", "GW": "websocket", "DR": "http", "DM": "websocket", "DS": "streaming"}
_OTHERS = {"GR": "DM", "GW": "DM", "DR": "GR", "DM": "GW", "DS": "GR"}
_LONGEST = 120.0  # virtual seconds
_RELEASED = frozenset({"P2", "P3"})
_ROWS = Path(__file__).parent.parent / "data" / "faults.toml"


@frozen(kw_only=True)
class Cell:
    """A fault at a moment, and what must come of it."""

    fault: str
    phase: str
    wire: str
    live: bool
    outcome: str

    @property
    def name(self) -> str:
        delivery = "live" if self.live else "whole"
        return f"{self.fault}-{self.phase}-{self.wire}-{delivery}".replace(" ", "_")


def cells() -> Iterator[Cell]:
    """Yield all cells."""
    for row in tomllib.loads(_ROWS.read_text("utf-8"))["row"]:
        for fault in row["faults"]:
            for wire in row["wires"].split():
                for phase in ("P0", "P1", "P2", "P3", "P4"):
                    for live in (True, False) if phase in row else ():
                        yield Cell(fault=fault, phase=phase, wire=wire, live=live, outcome=row[phase])


@define
class Outcome:
    """What came of a run."""

    rendition: Rendition
    first: Vendor
    second: Vendor
    chunks: list[AudioChunk] = field(factory=list)
    ended: list[float] = field(factory=list)
    """When each attempt did."""
    left: list[Any] = field(factory=list)
    """What is in any table though nobody speaks."""


def speak(cell: Cell, *, well: bool = False, both: bool = False, patience: float = 0.0) -> Outcome:
    """Have the text spoken by two vendors, the first of which fails as the cell says.

    Args:
        cell: who fails, how and when.
        well: nobody fails.
        both: so does the second one.
        patience: seconds for which the listener stops to listen after the first chunk.
    """
    forget_accounts()
    random.seed(0)  # the jitter of backoff
    clock = VirtualClock(1000.0)
    format = AudioFormat("mulaw" if cell.wire == "DR" else "linear16", 8000)
    other = _OTHERS[cell.wire]
    first = WIRES[cell.wire](format, None if well else FAULTS[cell.fault], cell.phase)
    second = WIRES[other](format, FAULTS[cell.fault] if both else None, cell.phase)
    network = Network(clock, {first.vendor: first, second.vendor: second})
    pieces = cell.phase == "P4"
    request = SpeechRequest(format=format, text_kind="pieces" if pieces else "stream")
    route = Router([_backend(cell.wire), _backend(other)])
    planned = plan(route, request, find={}.__getitem__, timeouts=Timeouts())
    shell = Shell(network, Rendition(planned, clock.now, live=cell.live))
    outcome = Outcome(shell.rendition, first, second)
    shell.do(shell.rendition.start)
    shell.do(shell.rendition.text, TEXT[0] if pieces else "".join(TEXT))
    rest = [*TEXT[1:]] if pieces else []
    for number, text in enumerate(rest):
        clock.call_at(clock.now() + 1.0 + number / 10, shell.do, shell.rendition.text, text)
    clock.call_at(clock.now() + (1.2 if pieces else 0.0), shell.do, shell.rendition.text_end)
    _listen(shell, outcome, patience)
    return outcome


def _backend(wire: str) -> Backend:
    return (Deepgram if wire.startswith("G") else Deepdub)("key", transport=_TRANSPORTS[wire])


def problems(cell: Cell, outcome: Outcome) -> list[str]:
    """Return in what a run is not what the cell says."""
    expected = Expected.parse(cell)
    wrong = [*_speech(cell, expected, outcome), *_attempts(expected, outcome)]
    if not outcome.first.struck:
        wrong.append("the fault did not strike")
    if outcome.left:
        wrong.append(f"left {outcome.left}")
    return wrong


@frozen(kw_only=True)
class Expected:
    """What must come of a cell."""

    error: str | None
    retries: int = 0
    fails_over: bool = False
    counts: str | None = None
    phase: str | None = None
    within: float = math.inf
    released: bool = False
    """Whether a part of a unit that is said again was heard."""

    @classmethod
    def parse(cls, cell: Cell) -> Expected:
        """Read what stands in the table."""
        if cell.outcome == "ok":
            return cls(error=None)
        error, retries, where, *more = cell.outcome.split()
        counts = next((word for word in more if word in {"brk", "susp"}), None)
        clock = [word for word in more if word not in {"brk", "susp"}]
        released = cell.live and cell.phase in _RELEASED
        return cls(
            error=error,
            retries=0 if released else int(retries.removeprefix("R")),
            fails_over=where == "F",
            counts=counts,
            phase=clock[0] if clock else None,
            within=float(clock[1]) if clock else math.inf,
            released=released,
        )


def _speech(cell: Cell, expected: Expected, outcome: Outcome) -> Iterator[str]:
    """Nothing is lost, and nothing is heard twice but the unit that was cut, flagged."""
    if outcome.rendition.error is not None or not outcome.rendition.done:
        yield f"ended with {outcome.rendition.error!r}"
    seams = [chunk for chunk in outcome.chunks if chunk.discontinuity]
    parts: list[bytes] = [b""]
    for chunk in outcome.chunks:
        if chunk.discontinuity:
            parts.append(b"")
        parts[-1] += chunk.data
    words = [[word.number for word in hear(_linear(part, outcome), 8000)] for part in parts]
    if expected.released:
        before, after = (*words, [], [])[:2]
        if (
            len(seams) != 1
            or before != list(range(len(before)))
            or after != list(range(3, 9))
            or not 3 <= len(before) <= 6
        ):
            yield f"heard {words}"
    elif words != [list(range(9))]:
        yield f"heard {words}"
    backends = [chunk.backend for chunk in outcome.chunks]
    wanted = [outcome.first.vendor] * (cell.phase not in {"P0", "P1"} or not expected.fails_over)
    wanted += [outcome.second.vendor] * expected.fails_over
    if list(dict.fromkeys(backends)) != wanted or any(a != b and b != wanted[-1] for a, b in pairwise(backends)):
        yield f"is said to be of {backends}"
    if {str(chunk.format) for chunk in outcome.chunks} != {str(outcome.rendition.plan.format)}:
        yield "changed its format"


def _linear(audio: bytes, outcome: Outcome) -> bytes:
    way = conversion(outcome.rendition.plan.format, AudioFormat("linear16", 8000))
    return way.feed(audio) + way.flush()


def _attempts(expected: Expected, outcome: Outcome) -> Iterator[str]:
    """The same vendor is tried as often as it should be, and its breaker knows as much as it should."""
    attempts = outcome.rendition.record.attempts
    errors = [attempt.error for attempt in attempts if attempt.error is not None]
    names = [type(error).__name__ for error in errors]
    if names != [expected.error] * (expected.error is not None) * (1 + expected.retries):
        yield f"failed with {names}"
    if any(attempt.backend != outcome.first.vendor for attempt in attempts if attempt.error):
        yield "the second vendor failed"
    phases = {error.phase for error in errors if isinstance(error, BackendError)}
    if errors and expected.phase is not None and phases != {expected.phase}:
        yield f"is of the phases {phases}"
    ends = [end for attempt, end in zip(attempts, outcome.ended, strict=True) if attempt.error]
    took = [end - max((at for at in outcome.first.struck if at <= end), default=end) for end in ends]
    if max(took, default=0.0) > expected.within:
        yield f"took {took}"
    leaf = outcome.rendition.plan.leaves[0]
    breaker = _accounts._accounts[leaf.account].breakers[leaf.transport]
    stands = leaf.standing(1000.0 + _LONGEST).state
    if stands != ("suspended" if expected.counts == "susp" else "closed"):
        yield f"its account stands {stands}"
    finished = expected.error is None or not expected.fails_over  # a success forgets what was counted before
    counted = 0 if finished or expected.counts != "brk" else 1 + expected.retries
    if breaker._in_a_row != counted:
        yield f"its breaker counts {breaker._in_a_row}"


def _listen(shell: Shell, outcome: Outcome, patience: float) -> None:
    rendition, attempts = shell.rendition, shell.rendition.record.attempts
    longest = shell.network.clock.now() + _LONGEST
    while True:
        outcome.ended += [shell.network.clock.now()] * (len(attempts) - len(outcome.ended))
        if (chunk := rendition.take()) is not None:
            outcome.chunks.append(chunk)
            if len(outcome.chunks) == 1:
                shell.network.clock.advance(patience)
        elif rendition.done:
            break
        elif shell.inbox:
            shell.handle()
        elif not shell.wait(longest):
            break
    outcome.left = shell.left()
