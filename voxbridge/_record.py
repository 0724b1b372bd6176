"""The record of a rendition: who was tried and who was heard, what was lost, and which error that comes to."""

from __future__ import annotations

from attrs import define, field, fields_dict

from ._exchange import Warn
from ._ledger import Ledger
from ._models import AttemptReport, Degradation, VendorWarning
from ._output import Output
from ._run import Run
from ._speech import Report, Speech
from .audio import patch_sizes, seconds, wav_header
from .exceptions import (
    AllBackendsFailed,
    BackendError,
    InterruptedSpeech,
    RejectedRequest,
    SynthesisTimeout,
    UnsupportedUtterance,
    VoxbridgeError,
    clean,
)
from .routing import Leaf, Plan


__all__ = ["Record"]


@define
class Record:
    """What is known of a rendition besides its audio."""

    plan: Plan
    _ledger: Ledger
    _output: Output
    attempts: list[AttemptReport] = field(factory=list)
    degradations: dict[Degradation, None] = field(factory=dict)
    """In the order in which they were heard; each once."""
    warnings: dict[VendorWarning, None] = field(factory=dict)
    """In the order in which they came; each once."""
    errors: list[BackendError | UnsupportedUtterance] = field(factory=list)
    """Of the attempts since the last unit that was whole."""
    speaker: Leaf | None = None
    """Who was heard last."""

    def hear(self, run: Run) -> None:
        """Note who is heard from here on."""
        self.speaker = run.leaf
        self.degrade(run)

    def degrade(self, run: Run) -> None:
        """Tell, with the next chunk, what the vendor who is heard did not do as asked."""
        new = [degradation for degradation in dict.fromkeys(run.degradations) if degradation not in self.degradations]
        self.degradations.update(dict.fromkeys(new))
        self._output.degradations += new
        run.degradations.clear()

    def warn(self, run: Run, warning: Warn) -> None:
        """Keep what a vendor warns of, without control characters and keys."""
        code, message = run.scrubbed(clean(warning.code)), run.scrubbed(clean(warning.message))
        self.warnings[VendorWarning(run.name, code, message)] = None

    def ran(self, run: Run, error: VoxbridgeError | None, now: float) -> None:
        """Note how a run ended. A carrier that was opened ahead and never used is no attempt."""
        if run.sent > run.start or error or run.answered:
            self.attempts.append(run.report(now, error))

    def report(self) -> Report:
        """Return how it went so far."""
        heard = [entry.backend for entry in self._ledger.entries]
        return Report(
            format=self.plan.format,
            duration=self._output.seconds,
            voice=self.speaker.job.voice if heard and self.speaker else None,
            backend=heard[-1] if heard else None,
            backends=tuple(dict.fromkeys(heard)),
            units=self._ledger.report(),
            attempts=tuple(self.attempts),
            degradations=tuple(self.degradations),
            warnings=tuple(self.warnings),
            billed=tuple(attempt.billed for attempt in self.attempts if attempt.billed),
            request_id=self.attempts[-1].request_id if self.attempts else None,
        )

    def speech(self, audio: bytes) -> Speech:
        """Return *audio*, all that was taken, with the report."""
        report = self.report()
        if report.format.container == "wav":
            audio = patch_sizes(audio) if audio else wav_header(report.format, 0)
        duration = report.duration if self._output.sure else seconds(report.format, audio)
        kept = {name: getattr(report, name) for name in fields_dict(Report)}
        return Speech(**{**kept, "duration": duration}, audio=audio)

    def with_audio(self, error: VoxbridgeError, audio: bytes) -> VoxbridgeError:
        """Return *error* with the audio that was taken before it, where it tells of it."""
        if isinstance(error, InterruptedSpeech) or (isinstance(error, SynthesisTimeout) and error.phase == "total"):
            error.audio = self.speech(audio)
        return error

    def late(self, deadline: float | None, run: Run | None) -> SynthesisTimeout:
        """Return the error of a deadline, in seconds, that has passed."""
        texts = self._ledger.owed()
        error = SynthesisTimeout(f"not done within {deadline:g} s", phase="total")
        error.spoken, error.unspoken = texts.spoken, texts.unspoken
        error.backend = run.name if run else self.plan.leaves[0].backend.name
        return error

    def verdict(self, *, partial: bool) -> VoxbridgeError:
        """Return the error that it comes to when nobody is left.

        Args:
            partial: whether audio of the unit that is next was released.
        """
        cause: VoxbridgeError = self.errors[-1]
        if len(self.plan.leaves) > 1:
            callers = all(isinstance(error, (RejectedRequest, UnsupportedUtterance)) for error in self.errors)
            cause = self.errors[0] if callers else AllBackendsFailed(self.errors, self.attempts)
        if partial or self._ledger.any_spoken:
            texts = self._ledger.owed()
            cause = InterruptedSpeech(cause, spoken=texts.spoken, unspoken=texts.unspoken, attempts=self.attempts)
        return cause
