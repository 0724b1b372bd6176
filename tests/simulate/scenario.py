"""One simulated run: a random route, text, consumer and faults; and what must hold whatever happened."""

from __future__ import annotations

import random as everybodys
from random import Random
from typing import Any

from attrs import define, field

from voxbridge import Cleared, Router, Timeouts, Voice
from voxbridge._rendition import Rendition
from voxbridge._speech import AudioChunk
from voxbridge.audio import AudioFormat
from voxbridge.exceptions import AllBackendsFailed, BackendError, InterruptedSpeech, SynthesisTimeout
from voxbridge.routing import SpeechRequest, forget_accounts, plan
from voxbridge.testing import VirtualClock
from voxbridge.text import Utterance

from .vendors import EXCHANGES, Vendor
from .words import hear, word_numbers
from .world import World


LONGEST = 4 * 3600.0  # virtual seconds, after which a run counts as hung


@define
class Turn:
    """What was said in one turn, and what came of it."""

    text: str = ""
    segments: list[bytearray] = field(factory=lambda: [bytearray()])
    """Audio between discontinuities."""
    finals: int = 0
    flushed: bool = False
    over: bool = False


@define
class Result:
    """How a run went."""

    seed: int
    problems: list[str]
    hours: float
    error: BaseException | None
    attempts: int


class Scenario:
    """A run of one seed."""

    def __init__(self, seed: int) -> None:
        everybodys.seed(seed)  # the jitter of backoff and breakers
        forget_accounts()
        self.random = random = Random(seed)  # noqa: S311  # it is meant to be repeated
        self.seed = seed
        self.clock = VirtualClock()
        self.reliable = random.random() < 0.7
        self.vendors = self._vendors()
        self.world = World(self.clock, {vendor.name: vendor for vendor in self.vendors})
        self.kind = random.choice(["synthesize", "stream", "pieces", "push", "push"])
        self.live = self.kind != "synthesize" and random.random() < 0.6
        self.format = AudioFormat("linear16", random.choice([8000, 8000, 16000, 24000]))
        self.slow = random.choice([0.0, 0.0, 0.05, 2.0])
        self.problems: list[str] = []
        self.turns = [Turn()]
        self.words = 0
        self.given = 0  # frames
        self.deadline = random.choice([None] * 8 + [3.0, 30.0])
        self.rendition = self._rendition()
        # Nothing bad is known of a vendor that will speak, unless there is nobody else to ask.
        failed = [vendor for vendor in self.vendors if len(self.vendors) == 1 or vendor.max_faults]
        self.shut = {vendor.name: vendor.found_out() for vendor in failed}

    def _vendors(self) -> list[Vendor]:
        random = self.random
        count = random.choice([1, 2, 2, 3])
        vendors = [
            Vendor(
                f"v{number}",
                random.choice(list(EXCHANGES)),
                random,
                faults=random.choice([0.1, 0.4, 0.9]),
                max_faults=random.randrange(9),
                rate=random.choice([8000, 8000, 16000]),
            )
            for number in range(count)
        ]
        if self.reliable:
            vendors[random.randrange(count)].max_faults = 0
        return vendors

    def _rendition(self) -> Rendition:
        vendors = self.vendors
        target: Any = vendors[0]
        if len(vendors) > 1:
            order = ("listed", "listed", "fastest", "weighted")[self.seed % 4]
            nested = self.random.random() >= 0.7
            members = [vendors[0], Router(vendors[1:], order=order)] if nested else vendors
            target = Router(members, order=order)
        request = SpeechRequest(
            format=self.format,
            voice={vendor.name: str(Voice(id="x", backend=vendor.name)) for vendor in vendors},
            text_kind="pieces" if self.kind == "push" else self.kind,
        )
        planned = plan(target, request, find=lambda name: self.world.vendors[name], timeouts=Timeouts())
        return Rendition(planned, self.clock.now, live=self.live, push=self.kind == "push", deadline=self.deadline)

    def sentence(self) -> str:
        """Return some more words, as a sentence."""
        count = self.random.choice([1, 3, 8, 40])
        words = " ".join(f"w{number}" for number in range(self.words, self.words + count))
        self.words += count
        return words + self.random.choice([". ", "! ", ". ", ", ", "... ? "])

    # -- the caller

    def run(self) -> Result:
        """Run it to its end and check what must hold."""
        rendition, world = self.rendition, self.world
        rendition.start()
        self._feed()
        world.perform(rendition)
        while True:
            if (chunk := rendition.take()) is not None:
                self._heard(chunk)
                if self.slow and self.random.random() < 0.2:
                    self.clock.advance(self.random.random() * self.slow * 4)
            elif rendition.done:
                break
            elif world.inbox:
                rendition.event(*world.inbox.popleft())
                world.perform(rendition)
            elif not self._wait():
                self.problems.append("hangs")
                break
        self._check()
        return Result(
            self.seed, self.problems, self.clock.now() / 3600, rendition.error, len(rendition.record.attempts)
        )

    def _wait(self) -> bool:
        """Let time pass to the next thing that happens; return whether there is one."""
        timers = [when for when, _, timer in self.clock._timers[:1]]
        due = min([*timers, *([] if self.rendition.deadline is None else [self.rendition.deadline])], default=None)
        if due is None or due > LONGEST:
            return False
        self.clock.run_until(due)
        if not self.world.inbox and self.rendition.deadline is not None and self.rendition.deadline <= self.clock.now():
            self.rendition.tick(self.clock.now())
            self.world.perform(self.rendition)
        return True

    def _feed(self) -> None:
        sentences = [self.sentence() for _ in range(self.random.choice([1, 2, 5]))]
        if self.words > 480:  # the voice has 512 words
            sentences = sentences[:1]
        match self.kind:
            case "synthesize" | "stream":
                self._say("".join(sentences))
                self.turns[-1].flushed = True
                self.rendition.text_end()
            case "pieces":
                self._later_pieces("".join(sentences), self._end_text)
            case _:
                self._later_pieces("".join(sentences), self._end_turn)

    def _later_pieces(self, text: str, then: Any) -> None:
        at = 0.0
        while text:
            size = self.random.choice([1, 4, 9, 60])
            piece, text = text[:size], text[size:]
            self.world.later(at, self._act, self._say, piece)
            at += self.random.choice([0.0, 0.01, 0.03, 0.3]) + (15.0 if self.random.random() < 0.01 else 0.0)
        self.world.later(at, self._act, then)

    def _act(self, what: Any, *args: Any) -> None:
        if not self.rendition.done:
            what(*args)
            self.world.perform(self.rendition)

    def _say(self, piece: str) -> None:
        if self.turns[-1].over:
            return
        self.turns[-1].text += piece
        if piece.endswith(" ") and self.random.random() < 0.2:
            self.rendition.text(Utterance().text(piece).pause(0.3))
        else:
            self.rendition.text(piece)

    def _end_text(self) -> None:
        self.turns[-1].flushed = True
        self.rendition.text_end()

    def _end_turn(self) -> None:
        turn = self.turns[-1]
        if turn.over:
            return
        if self.random.random() < 0.9:
            turn.flushed = True
            self.rendition.flush()
        if not turn.flushed or self.random.random() < 0.4:
            self.world.later(self.random.choice([0.0, 0.3, 2.0, 8.0]), self._act, self._clear, turn)

    def _clear(self, turn: Turn) -> None:
        if turn is not self.turns[-1] or turn.over:
            return
        heard = self.random.choice([None, None, 0.0, 0.2, 2.0])
        cleared = self.rendition.clear(heard)
        self._cleared(turn, cleared)
        turn.over = True
        self._next_turn()

    def _next_turn(self) -> None:
        if len(self.turns) >= 5 or self.words > 300:
            self.world.later(0.0, self._act, self.rendition.text_end)
            return
        self.turns.append(Turn())
        self.world.later(self.random.choice([0.0, 0.5, 40.0]), self._act, self._feed)

    def _heard(self, chunk: AudioChunk) -> None:
        turn = self.turns[-1]
        if turn.over:
            self.problems.append("audio after the turn was over")
        if chunk.format != self.format:
            self.problems.append("the format changed")
        if abs(chunk.offset * self.format.sample_rate - self.given) > 0.01:
            self.problems.append(f"a chunk at {chunk.offset} s after {self.given} frames")
        self.given += len(chunk.data) // 2
        if chunk.discontinuity:
            turn.segments.append(bytearray())
        turn.segments[-1] += chunk.data
        if chunk.final:
            turn.finals += 1
            turn.over = True
            if self.kind == "push":
                self._next_turn()

    # -- what must hold

    def _words(self, turn: Turn) -> list[int]:
        """Return the turn's words as they were heard, each once; note what should not be."""
        heard: list[int] = []
        for number, segment in enumerate(turn.segments):
            words = [word.number for word in hear(bytes(segment), self.format.sample_rate)]
            if number and words:
                again = words[0]
                if heard and again > heard[-1] + 1:
                    self.problems.append(f"lost words {heard[-1] + 1} to {again - 1} at a discontinuity")
                heard = [word for word in heard if word < again]
            if number and not self.live:
                self.problems.append("a discontinuity in whole delivery")
            heard += words
        return heard

    def _cleared(self, turn: Turn, cleared: Cleared) -> None:
        if cleared.spoken + cleared.unspoken != turn.text:
            self.problems.append(f"cleared {cleared} is not the turn's text {turn.text!r}")
        heard, said = self._words(turn), word_numbers(turn.text)
        if heard != said[: len(heard)]:
            self.problems.append(f"before a clear, heard {heard} of {said}")
        if len(word_numbers(cleared.spoken)) > len(heard):
            self.problems.append("spoken words that were not heard")

    def _check(self) -> None:
        error = self.rendition.error
        late = isinstance(error, SynthesisTimeout) and error.phase == "total"
        if late and (self.deadline is None or error.spoken + error.unspoken not in self.turns[-1].text):
            self.problems.append(f"a deadline that was not set, or not its text: {error!r}")
        if error is None and abs(self.rendition.record.report().duration * self.format.sample_rate - self.given) > 0.01:
            self.problems.append("the report's duration is not what was given")
        if self.reliable and error is not None and not late:
            self.problems.append(f"failed although somebody was reliable: {error!r}")
        if error is not None and not isinstance(error, (BackendError, AllBackendsFailed, InterruptedSpeech)):
            self.problems.append(f"a strange error: {error!r}")
        at, first = self.world.asked[0] if self.world.asked else (0.0, "")
        if at < self.shut.get(first, 0.0) and not all(at < self.shut.get(vendor.name, 0.0) for vendor in self.vendors):
            self.problems.append(f"{first} was asked, and others were not known to fail: {self.shut}")
        for turn in self.turns[:-1] if self.kind == "push" else []:
            if turn.finals > 1 or (turn.finals and not turn.flushed):
                self.problems.append(f"a turn has {turn.finals} final chunks")
            if turn.finals and self._words(turn) != word_numbers(turn.text):
                self.problems.append(f"heard {self._words(turn)} of {word_numbers(turn.text)}")
        self._check_last(self.turns[-1], error)
        if error is None and [
            s for sockets in self.world.pool.sockets.values() for s in sockets if s.sinks or s.claims
        ]:
            self.problems.append("sockets are still in use")

    def _check_last(self, turn: Turn, error: BaseException | None) -> None:
        heard, said = self._words(turn), word_numbers(turn.text)
        if error is None:
            if not (turn.over and self.kind == "push" and not turn.finals) and heard != said:
                self.problems.append(f"heard {heard} of {said}")
            if said and self.kind != "push" and turn.finals != 1:
                self.problems.append(f"{turn.finals} final chunks")
        elif heard != said[: len(heard)]:
            self.problems.append(f"before an error, heard {heard} of {said}")
        elif isinstance(error, InterruptedSpeech):
            if error.spoken + error.unspoken != turn.text and self.kind != "pieces":
                self.problems.append(f"spoken {error.spoken!r} and unspoken {error.unspoken!r} are not {turn.text!r}")
            if len(word_numbers(error.spoken)) > len(heard):
                self.problems.append("spoken words that were not heard")
