"""The ledger of one utterance or conversation: what was asked for, what was spoken, what the caller was given.

It only grows, and it is the only source from which text is said again.
"""

from __future__ import annotations

from collections import deque

from attrs import define, field

from ._models import Cleared, Unit
from .text import LexiconReader, TextUnit, Units, Utterance


__all__ = ["Entry", "Ledger"]


@define
class Entry:
    """Units that were heard as one, and where. Packed units cannot be told apart by ear, so they share an entry."""

    first: int
    upto: int
    start: float
    end: float
    backend: str


@define
class Ledger:
    """Units below ``spoken`` are whole; those below ``given`` are in the caller's hands as well."""

    splitter: Units
    units: list[TextUnit] = field(factory=list)
    spoken: int = 0
    given: int = 0
    given_frames: int = 0
    ends: deque[int] = field(factory=deque)
    """Numbers of units at which turns end that are not over yet."""
    entries: list[Entry] = field(factory=list)
    last_end: int = 0
    """Where the last turn ends whose text is complete."""
    ended: bool = False
    """No more text will come."""
    speaking: int = 0
    """The first unit of the turn that is being spoken."""
    turn: int = 0
    """The first unit of the turn that the caller hears, which may be an earlier one."""
    turn_frames: int = 0
    over: bool = True
    """Whether the present turn is over, so that more text begins another."""
    reader: LexiconReader | None = None
    """Finds the words of lexicons in the text, before it is cut."""

    def add(self, piece: str | Utterance, *, last: bool = False) -> str | Utterance:
        """Take a piece of text, and return it as lexicons have it said; *last*: it ends the turn."""
        if not str(piece) and not getattr(piece, "segments", ()):
            return piece
        self._begin()
        if self.reader:
            piece = self.reader.feed(piece, last=last)
        self.units += self.splitter.feed(piece)
        return piece

    def hurry(self) -> None:
        """Let what has waited too long for more text be spoken, but for a word that may go on."""
        if self.reader and not self.reader.rest[-1:].isalnum():
            self.units += self.splitter.feed(self.reader.feed("", last=True))
        self.units += self.splitter.hurry()

    def end_turn(self) -> None:
        """The turn's text is complete."""
        self._begin()
        if self.reader:
            self.units += self.splitter.feed(self.reader.feed("", last=True))
        self.units += self.splitter.flush()
        self.last_end = len(self.units)
        self.ends.append(self.last_end)

    def next_end(self, after: int) -> int | None:
        """Return the first end of a turn that is beyond unit number *after*."""
        return next((end for end in self.ends if end > after), None)

    def turn_over(self) -> None:
        """The turn that was being spoken is whole."""
        self.speaking = self.ends.popleft()

    def end(self) -> None:
        """All text is complete; what is left over is a turn."""
        if not self.ended and (self.rest or len(self.units) > self.last_end):
            self.end_turn()
        self.ended = True

    @property
    def rest(self) -> str:
        """The words that are in no unit yet."""
        return self.splitter.rest + (self.reader.rest if self.reader else "")

    @property
    def waiting(self) -> bool:
        """Whether somebody should be ready to speak: there are units, or words that will become one."""
        return self.spoken < len(self.units) or self.held

    @property
    def held(self) -> bool:
        """Whether there are words that are in no unit yet."""
        return self.splitter.speakable or (self.reader is not None and self.reader.speakable)

    @property
    def complete(self) -> bool:
        """Whether all was spoken and no more will come."""
        return self.ended and self.spoken == len(self.units) and not self.ends

    def give(self, spoken: int, frames: int, *, final: bool) -> None:
        """Note that the caller has taken a chunk after which *spoken* units and *frames* are theirs."""
        self.given, self.given_frames = spoken, frames
        if final:
            if len(self.units) > spoken or self.rest or self.ends:
                self.turn, self.turn_frames = spoken, frames
            else:
                self.over = True

    def divide(self, rate: int, heard: float | None = None) -> Cleared:
        """Return the text of the caller's turn, divided where the caller's audio ended.

        Args:
            rate: frames a second.
            heard: seconds of the turn that were really played; None: all that was given.
        """
        upto = self.given
        if heard is not None:
            played = self.turn_frames / rate + heard + 1e-6
            upto = self.turn
            for entry in self.entries:
                if self.turn <= entry.first and entry.upto <= self.given and entry.end <= played:
                    upto = entry.upto
        return self._split(self.turn, max(upto, self.turn))

    def owed(self) -> Cleared:
        """Return the text of the turn that is being spoken, and all after it, divided at what is whole."""
        return self._split(self.speaking, self.spoken)

    @property
    def any_spoken(self) -> bool:
        """Whether a unit of the turn that is being spoken is whole."""
        return any(unit.speakable for unit in self.units[self.speaking : self.spoken])

    def _split(self, start: int, upto: int) -> Cleared:
        return Cleared(self._text(start, upto), self._text(upto, len(self.units)) + self.rest)

    def _text(self, start: int, upto: int) -> str:
        return "".join(unit.text for unit in self.units[start:upto])

    def clear(self) -> None:
        """Give up what was not spoken; the turn is over."""
        self.splitter.clear()
        if self.reader:
            self.reader.clear()
        self.ends.clear()
        self.spoken = self.given = self.last_end = self.speaking = len(self.units)
        self.turn, self.turn_frames, self.over = len(self.units), self.given_frames, True

    def report(self) -> tuple[Unit, ...]:
        """Return the units as they were heard."""
        return tuple(
            Unit(self._text(entry.first, entry.upto), entry.start, entry.end, entry.backend) for entry in self.entries
        )

    def _begin(self) -> None:
        if self.over:
            self.over = False
            self.turn, self.turn_frames = len(self.units), self.given_frames
