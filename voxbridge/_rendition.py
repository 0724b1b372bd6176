"""One utterance, or one conversation, from text to audio. Pure: it is told what happens, and says what to do.

A shell gives it text, the time and the events of its carriers, performs its `commands`, and hands its chunks to the
caller. Everything that must never go wrong is here: which text is owed, what the caller already has, whether audio
may be released, when a vendor has taken too long, and where the next one starts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from ._commands import Carry, Command, Leave, Open
from ._exchange import (
    Actions,
    Audio,
    Degraded,
    Drop,
    Fetch,
    Finished,
    Pause,
    Render,
    Renew,
    Send,
    Settled,
    Told,
    Wait,
    Warn,
    Whole,
)
from ._ledger import Ledger
from ._losses import given, kept, lost, refusal, silenced, unspoken, would_lose
from ._models import Cleared
from ._output import Output
from ._record import Record
from ._run import Run
from ._speech import AudioChunk
from .exceptions import (
    BackendError,
    BackendUnavailable,
    EmptyAudio,
    UnsupportedUtterance,
    UsageError,
    VoxbridgeError,
)
from .routing import Attempt, Leaf, Outcome, Plan, Visit
from .text import Lexicon, LexiconReader, TextUnit, Units, Utterance, Words


__all__ = ["Rendition"]

_TOGETHER = {"frames": "receive_frame", "pieces": "receive_data"}  # what each of those read together is
_AHEAD = 64  # units that may wait to be spoken before the text source is asked for more
_RENEWALS = 3  # carriers in a row that may be lost with nothing owed and nothing spoken
_PATIENCE = 1.0  # seconds without text, after which what waits for more of it is spoken
_LIVE_WORDS = 30  # the longest unit of a live stream, so that little is said again after a fault


class Rendition:
    """Drive a plan's backends until the text is spoken or nobody is left.

    Args:
        plan: who may speak.
        clock: gives monotonic seconds.
        live: release audio at once; else a unit's audio when it is whole.
        deadline: seconds for all of it; in a conversation, for a turn.
        push: whether it is a conversation of turns.
        lexicons: how words are said; the earlier ones come first.
    """

    def __init__(
        self,
        plan: Plan,
        clock: Callable[[], float],
        *,
        live: bool = False,
        deadline: float | None = None,
        push: bool = False,
        lexicons: Sequence[Lexicon] = (),
    ) -> None:
        self.plan = plan
        self.commands: deque[Command] = deque()
        self.done = False
        self.error: BaseException | None = None
        self._clock, self._live, self._push, self._seconds = clock, live, push, deadline
        self._total: float | None = None
        self._steps = plan.steps(clock=clock)
        self._leaf: Leaf | None = None
        self._visit: Visit | None = None  # at the leaf's account
        self._begun = False  # whether the visit has had a connection
        self._resume: float | None = None  # the end of a backoff
        self._run: Run | None = None
        self._runs = self._renewals = 0
        self._slow: float | None = None  # when text is spoken that waits for more
        longest, words, language = plan.max_characters, _LIVE_WORDS if live else None, plan.leaves[0].job.language
        self._ledger = Ledger(
            Units(max_characters=longest, max_words=words, language=language, sentences=not plan.undivided),
            reader=LexiconReader(lexicons, language) if lexicons else None,
        )
        self._at_once = plan.leaves[0].job.text_kind != "pieces"  # the text comes all at once
        self._output = Output(plan.format, self._ledger, passes=plan.passes)
        self.record = Record(plan, self._ledger, self._output)
        self._partial = False  # audio of the unit that is next was released
        self._refused: dict[str, UnsupportedUtterance] = {}  # by voices that must not speak this text, as of `strict`
        # Compressed speech that cannot be joined may have to start again: it is given when it is whole.
        self._holds = plan.passes and len(plan.leaves) > 1 and plan.leaves[0].job.text_kind == "synthesize"

    # -- what the caller does

    def start(self) -> None:
        """Start the deadline, where all of it is one turn."""
        if self._total is None and self._seconds is not None:
            self._total = self._clock() + self._seconds

    def text(self, piece: str | Utterance, *, last: bool = False) -> None:
        """Take a piece of text, joined to the one before as it is; the *last* one ends it all.

        Raises:
            InvalidText: it cannot be sent to a vendor.
            UsageError: the text had ended.
        """
        if self.done:
            return
        if self._ledger.ended:
            message = "text came after end()"
            raise UsageError(message)
        piece = self._ledger.add(piece, last=self._at_once)
        if self.plan.leaves[0].strict:
            segments = piece.segments if isinstance(piece, Utterance) else (Words(piece),)
            for leaf in self.plan.leaves:
                if error := refusal(leaf, segments):
                    self._refused[str(leaf.job.voice)] = error
        self._slow = self._clock() + _PATIENCE if self._ledger.held and not self._at_once else None
        self.start()
        if last:
            self._ledger.end()
            self._slow = None
        self._advance()

    def flush(self) -> None:
        """End the turn."""
        if not self.done and not self._ledger.ended:
            self._ledger.end_turn()
            self._slow = None
            self._advance()

    def text_end(self) -> None:
        """No more text will come."""
        if not self.done:
            self._ledger.end()
            self._slow = None
            self._advance()

    def text_failed(self, error: BaseException) -> None:
        """The caller's source of text raised: its error comes out unchanged."""
        self._fail(error)

    def clear(self, heard: float | None = None) -> Cleared:
        """Cut the turn: nothing of it comes out after this.

        Args:
            heard: seconds of the turn that were really played; None: all that was given.
        """
        cleared = self._ledger.divide(self._output.source.sample_rate or 24000, heard)
        self._ledger.clear()
        self._output.discard()
        self.record.errors.clear()
        self._partial = False
        self._total = self._slow = None
        self._renewals = min(self._renewals, 1)  # it is the caller who left the connection unused
        if (run := self._run) and not self.done:
            run.cleared(len(self._ledger.units))
            actions = run.exchange.send_clear() if run.opened else None
            if actions is None:
                self._ran(run, None)
                self._leave(run, clean=False)
            else:
                self._act(run, actions, self._clock())
        self._advance()
        return cleared

    def take(self) -> AudioChunk | None:
        """Return the next chunk, or None where there is none now."""
        output = self._output
        return output.take() if output.chunks and (self.done or not self._holds) else None

    @property
    def wants_text(self) -> bool:
        """Whether a source of text should go on."""
        return not self.done and len(self._ledger.units) - self._ledger.spoken < _AHEAD

    # -- what the shell does

    @property
    def voice(self) -> str | None:
        """Who speaks or is about to, as ``"backend/id"``; None where nobody is chosen."""
        return str(self._leaf.job.voice) if self._leaf and not self.done else None

    @property
    def deadline(self) -> float | None:
        """When to call `tick`, if nothing happens before."""
        run = self._run
        ours = (self._total, self._resume, self._slow)
        times = (*ours, run.due, run.timer) if run else ours
        due = [time for time in times if time is not None]
        return min(due) if due else None

    def event(self, at: float, number: int, kind: str, *args: Any) -> None:
        """Take what happened on a carrier.

        Args:
            at: when, by the clock.
            number: the run.
            kind: ``opened`` with the socket's memory, its handshake and whether it was reused; ``queued`` and
                ``granted``, while it waits for a place in its account; ``frames`` with frames, or ``pieces``
                with a tag and pieces of its body, that were read together; or the name of the exchange's method that
                takes *args*.
        """
        run = self._run
        if run is None or run.number != number:
            return
        if self._total is not None and at >= self._total:
            self.tick(at)
            return
        if kind in _TOGETHER:  # most of what happens, so it comes first
            for actions in run.received_together(_TOGETHER[kind], *args):
                self._take_answer(run, actions, at)
                if self._run is not run:
                    return
        elif kind in {"receive_frame", "receive_data"}:
            self._take_answer(run, run.received(kind, *args), at)
        elif kind == "opened":
            memory, handshake, reused = args
            run.open(at, reused=reused)
            self._act(run, kept(run.leaf, run.exchange.open(memory, self._clock, handshake)), at)
            self._advance()
        elif kind in {"queued", "granted"}:
            run.queue(at, waiting=kind == "queued")
        else:
            actions = run.received(kind, *args)
            run.answered = run.answered or kind not in {"receive_close", "receive_failure"}
            self._act(run, actions, at)
            self._advance()

    def _take_answer(self, run: Run, actions: Actions, at: float) -> None:
        run.answered = True
        if len(actions) == 1 and type(audio := actions[0]) is Audio:  # it alone lets nothing more be done
            if (error := self._audio(run, audio, at)) is None:
                return
            self._end(run, error, at)
        else:
            self._act(run, actions, at)
        self._advance()

    def tick(self, now: float) -> None:
        """Take note of the time. Call it only when no event that happened before is left to give."""
        run = self._run
        if self.done:
            return
        if self._total is not None and now >= self._total:
            self._fail(self.record.late(self._seconds, run))
        elif self._slow is not None and now >= self._slow:
            self._slow = None
            self._ledger.hurry()
        elif self._resume is not None and now >= self._resume:
            self._resume = None
            self._step(next, self._steps)
        elif run and run.due is not None and now >= run.due:
            self._end(run, run.overdue(), now)
        elif run and run.timer is not None and now >= run.timer:
            run.timer = None
            self._act(run, run.received("receive_timer"), now)
        self._advance()

    def close(self) -> None:
        """Give it all up: the caller has left."""
        if not self.done:
            self.done = True
            self._steps.close()
            if self._run:
                self._ran(self._run, None)
                self._leave(self._run, clean=False)

    # -- attempts

    def _advance(self) -> None:
        """Do whatever can be done now."""
        while not self.done:
            self._pass_silence()
            run = self._run
            if self._ledger.complete and (run is None or not run.opened or run.ended):
                self._finish()
            elif run is None:
                if self._resume is not None or not self._wanted():
                    return
                if self._leaf is None:
                    self._step(next, self._steps)
                elif self._goes_on():
                    self._begin(self._leaf, fresh=False)
                else:
                    self._leaf = None
                    self._step(self._steps.send, Outcome(self._ledger.spoken, passed=True))
            elif not run.opened or not self._feed(run):
                return
            else:
                while self._run is run and self._feed(run):
                    pass

    def _wanted(self) -> bool:
        """Whether somebody should be ready to speak, if only because words are coming."""
        if self._renewals:  # the last one waited for nothing: a unit comes first
            return self._ledger.spoken < len(self._ledger.units)
        return self._ledger.waiting

    def _goes_on(self) -> bool:
        """Whether the leaf may have a connection: another one only if nobody else found out that it is of no use."""
        begun, self._begun = self._begun, True
        alone = len(self.plan.leaves) == 1 or (self.plan.passes and self._output.wrote)
        return not begun or alone or self._visit is None or self._visit.goes_on(self._clock())

    def _step(self, move: Callable[..., Attempt | Pause], *args: Any) -> None:
        """Ask routing what comes next."""
        try:
            step = move(*args)
        except StopIteration:
            self._fail(self.record.verdict(partial=self._partial))
            return
        if isinstance(step, Attempt):
            if self._joins(step.leaf) or self._restart():
                self._leaf, self._visit, self._begun = step.leaf, step.visit, False
            else:
                self._fail(self.record.verdict(partial=self._partial))
            return
        now = self._clock()
        if self._total is not None and now + step.seconds > self._total:
            self._step(self._steps.send, Outcome(self._ledger.spoken))  # no time to wait: who is next?
        else:
            self._leaf, self._resume = None, now + step.seconds

    def _joins(self, leaf: Leaf) -> bool:
        """Whether what it says can follow what was heard: compressed streams of two vendors cannot be joined."""
        return not self.plan.passes or not self._output.wrote or leaf is self.record.speaker

    def _restart(self) -> bool:
        """Say all of it again from the first word, unless the caller has some of it already."""
        if self._push or self._output.taken:
            return False
        self._output.restart()
        self._ledger.spoken = self._ledger.given = 0
        return True

    def _begin(self, leaf: Leaf, *, fresh: bool) -> None:
        now = self._clock()
        if refused := self._refused.get(str(leaf.job.voice)):
            self._blame(refused)
            return
        self._runs += 1
        try:
            exchange = leaf.backend.exchange(leaf.job)
        except (BackendError, UnsupportedUtterance) as error:
            self._blame(error)
            return
        except VoxbridgeError as error:
            self._fail(error)
            return
        run = self._run = Run(
            number=self._runs, leaf=leaf, exchange=exchange, target=self._output.source,
            began=now, start=self._ledger.spoken, fresh=fresh,
        )  # fmt: skip
        self._output.seam = self._partial
        if exchange.socket:
            run.opening(now)
            self.commands.append(Open(run.number, exchange.socket, fresh))
        else:
            run.open(now, reused=False)
            self._act(run, kept(leaf, exchange.open({}, self._clock, {})), now)

    def _feed(self, run: Run) -> bool:
        """Hand the exchange what it may have; return whether anything changed."""
        ledger = self._ledger
        ends = ledger.next_end(run.flushed) if ledger.ends else None
        if run.sent < (len(ledger.units) if ends is None else ends):
            unit = ledger.units[run.sent]
            if unit.speakable:
                if run.owed >= run.exchange.window:
                    return False
                if not self._fits(run, unit):
                    return True
                run.asked(self._clock())
                run.sent += 1
                actions = run.exchange.send_unit(given(run.leaf, unit))
                self._act(run, kept(run.leaf, actions), self._clock())
            else:
                run.degradations += silenced(run.leaf, unit)
                run.sent += 1
        elif ends is not None:
            run.flushed = ends
            self._act(run, kept(run.leaf, run.exchange.send_flush()), self._clock())
        elif ledger.ended and not run.ended:
            run.ended = True
            self._act(run, kept(run.leaf, run.exchange.send_end()), self._clock())
        else:
            return False
        return True

    def _fits(self, run: Run, unit: TextUnit) -> bool:
        """Report what of a unit this backend cannot keep, or refuse it."""
        losses = lost(run.leaf, unit.segments) + silenced(run.leaf, unit)
        if losses and run.leaf.strict:
            self._end(run, would_lose(losses[0]), self._clock())
            return False
        run.degradations += losses
        return True

    def _end(self, run: Run, error: BackendError | UnsupportedUtterance, now: float) -> None:
        """End a run that failed."""
        if self._live and self._partial:
            with suppress(BackendError):  # what cannot be converted was not heard
                self._output.write(run.drain())
        stale = run.reused and not run.answered and isinstance(error, BackendError) and error.phase is None
        error = run.blame(error)
        self._ran(run, error, now)
        self._leave(run, clean=False)
        if stale:  # a kept socket had died of age: nobody's fault, so routing is not told
            self._begin(run.leaf, fresh=True)
        else:
            self._blame(error)

    def _blame(self, error: BackendError | UnsupportedUtterance) -> None:
        self.record.errors.append(error)
        self._leaf = None
        self._step(self._steps.send, Outcome(self._ledger.spoken, self._partial, error))

    # -- what exchanges answer

    def _act(self, run: Run, actions: Actions, now: float) -> None:
        for action in actions:
            error: BackendError | UnsupportedUtterance | None
            if type(action) is Audio:
                error = self._audio(run, action, now)
            elif type(action) is Whole:
                error = self._whole(run, action.upto, now)
            elif isinstance(action, (BackendError, UnsupportedUtterance)):
                error = action
            else:
                error = None
                self._note(run, action, now)
            if error:
                self._end(run, error, now)
            if self._run is not run:  # it has ended: whatever else it said is of no use
                return

    def _audio(self, run: Run, audio: Audio, now: float) -> BackendError | None:
        data, unit = audio.data, audio.unit
        if not data or unit < self._ledger.spoken:
            return None  # of a unit that was cleared
        slow = run.heard(now, unit, len(data))
        if not self._live:
            run.held.append((unit, data))
            return slow
        output = self._output
        try:
            if unit != output.unit or output.seam or output.backend != run.name:
                if unit != output.unit and output.unit >= 0:
                    output.write(run.drain())
                self._hear(run, unit)
            converted = run.front.feed(data) if run.front else run.convert(data)
        except BackendError as error:  # a header or a frame that is not what it should be
            return error
        if converted:
            output.write(converted)
            self._partial = run.sounded = True
        return slow

    def _whole(self, run: Run, upto: int, now: float) -> BackendError | None:
        """Units are whole: release what was held, and go on to the next."""
        ledger = self._ledger
        upto = min(upto, run.sent)
        units = [unit for unit in ledger.units[ledger.spoken : upto] if unit.speakable]
        if not units:
            return None
        try:  # all of it, before any of it is released
            audio = run.convert_held(upto)
            tail = run.drain()
        except BackendError as error:
            return error
        if not (run.sounded or tail or any(data for _, data in audio)):
            if any(unit.worded for unit in units):
                return EmptyAudio(detail=f"no audio for {units[0].text[:80]!r}")
            run.degradations += [unspoken(run.leaf, unit) for unit in units]
        for unit, data in audio:
            if unit != self._output.unit:
                self._hear(run, unit)
            if unit == audio[-1][0]:
                tail = data + tail  # in one chunk with what comes at its end
            else:
                self._output.write(data)
        run.confirmed(now, [unit.index for unit in units])
        if self._visit:
            self._visit.spoke(now)
        self._renewals = 0
        self.record.errors.clear()
        self.record.degrade(run)
        self._close(upto, tail)
        self._pass_silence()  # a pause of its own comes before the audio that may follow in the same breath
        return None

    def _close(self, upto: int, tail: bytes = b"") -> None:
        """End units with the last of their audio and their pause, and the turn if it ends here."""
        ledger = self._ledger
        ledger.spoken, self._partial = upto, False
        over = bool(ledger.ends) and ledger.ends[0] <= upto
        pause = ledger.units[upto - 1].pause
        heard = self._push or self._output.wrote or tail or pause
        self._output.close(upto, tail, pause, final=over and bool(heard))  # text with nothing to say has no chunk
        if over:
            self._turn_over()

    def _turn_over(self) -> None:
        self._ledger.turn_over()
        if self._push:
            self._total = None
            if self._ledger.waiting:
                self.start()

    def _pass_silence(self) -> None:
        """Go over what has nothing to say: units without words, of which only the pause is heard, and empty turns."""
        ledger = self._ledger
        while ledger.spoken < len(ledger.units) and not ledger.units[ledger.spoken].speakable:
            self._close(ledger.spoken + 1)
        while ledger.ends and ledger.ends[0] <= ledger.spoken:
            if self._push or self._output.wrote:
                self._output.write(b"", final=True)
            self._turn_over()

    def _renew(self, run: Run, now: float) -> None:
        """The carrier is gone, and nobody is to blame: another one as soon as there is text."""
        self._renewals += 1
        if self._renewals > _RENEWALS:
            self._end(run, BackendUnavailable(f"{self._renewals} connections in a row were closed unused"), now)
            return
        self._ran(run, None, now)
        self._leave(run, clean=False)

    def _note(self, run: Run, action: Any, now: float) -> None:
        match action:
            case Send() | Settled() | Fetch() | Render() | Drop():
                run.carry(action)
                self.commands.append(Carry(run.number, action, run.exchange.slots))
            case Renew():
                self._renew(run, now)
            case Finished(clean):
                run.finished = clean
            case Wait(seconds):
                run.timer = None if seconds is None else now + seconds
            case Told():
                run.tell(action)
            case Degraded(degradation):
                run.degradations.append(degradation)
            case Warn():
                self.record.warn(run, action)
            case _:
                message = f"the exchange of {run.name} answered with {action!r}, which is no action"
                raise TypeError(message)

    def _hear(self, run: Run, unit: int) -> None:
        """Note who is heard from here on."""
        self._output.begin(unit, run.name)
        self.record.hear(run)

    # -- endings

    def _finish(self) -> None:
        """All was spoken."""
        self.done = True
        if run := self._run:
            self._ran(run, None)
            self._leave(run, clean=run.finished)
        if self._leaf:
            try:
                self._steps.send(Outcome(self._ledger.spoken))
            except StopIteration:
                return

    def _fail(self, error: BaseException) -> None:
        if self.done:
            return
        self.done, self.error = True, error
        self._output.finish()
        if run := self._run:
            self._ran(run, error if isinstance(error, VoxbridgeError) else None)
            self._leave(run, clean=False)
        self._steps.close()

    def _ran(self, run: Run, error: VoxbridgeError | None, now: float | None = None) -> None:
        self.record.ran(run, error, self._clock() if now is None else now)

    def _leave(self, run: Run, *, clean: bool) -> None:
        self._run = None
        self.commands.append(Leave(run.number, clean))
