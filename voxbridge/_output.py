"""The caller's side of a rendition: audio becomes chunks, and it is known which of them the caller has."""

from __future__ import annotations

from collections import deque

from ._ledger import Entry, Ledger
from ._models import Degradation
from ._speech import AudioChunk
from .audio import AudioFormat, Meter, codecs_installed, conversion, joint


__all__ = ["Output"]


class Output:
    """Turn audio of many exchanges, all in ``joint(format)``, into chunks of one stream.

    Args:
        format: what the caller gets.
        ledger: is told what the caller has taken.
        passes: whether a vendor's own compressed stream goes through as it is.
    """

    def __init__(self, format: AudioFormat, ledger: Ledger, *, passes: bool) -> None:
        self.format = format
        self.source = format if passes else joint(format)
        self.chunks: deque[tuple[AudioChunk, int, int]] = deque()  # with the units and frames the caller has then
        self.frames = 0
        self.wrote = False
        """Whether there was ever any audio."""
        self.taken = False
        """Whether the caller has any of it."""
        self.sure = True
        """Whether it is known how long all of it lasts."""
        self.seam = False
        """Whether the next audio starts a unit again."""
        self.degradations: list[Degradation] = []
        """Those that no chunk has told of yet."""
        self.backend = ""
        self._ledger = ledger
        self._rate = self.source.sample_rate or 24000
        self._size = self.source.frame_size
        self._open: Entry | None = None
        self.unit = -1
        """The unit whose audio is being written, or -1."""
        self._next = 0  # the first unit that is in no entry
        self._tail = conversion(self.source, format)
        self._converts = bool(self._tail.stages)
        self._fed = False  # whether there is anything in it
        self._meter: Meter | None = None  # of the unit's own stream, where a vendor's passes
        self._before = 0  # frames before that

    def begin(self, unit: int, backend: str) -> None:
        """Say whose audio comes next; the same unit again is a new start of it."""
        if self._open and unit == self.unit:
            self._open.start, self._open.backend = self.seconds, backend
        else:
            if self._open:
                self.close(unit)
            self._open = Entry(self._next, unit + 1, self.seconds, self.seconds, backend)
            self._ledger.entries.append(self._open)
        self.unit, self.backend = unit, backend

    def close(self, upto: int, tail: bytes = b"", pause: float = 0.0, *, final: bool = False) -> None:
        """Say that units below *upto* are whole, with the last of their audio and the silence after them."""
        silence = self._silence(pause) if pause else b""
        whole = self.frames + len(tail) // self._size if self._size else self._measured(tail, ends=True)
        if self._open:
            self._open.upto, self._open.end = upto, whole / self._rate
            self._open = None
        elif self._ledger.entries and self._ledger.entries[-1].upto == self._next:
            self._ledger.entries[-1].upto = upto  # units without words belong to those before
        if self._ledger.entries:
            self._next = self._ledger.entries[-1].upto
        self.unit = -1
        still = len(silence) // self._size if self._size else round(pause * self._rate) if silence else 0
        self.write(tail + silence, upto=whole + still, final=final)
        if self.chunks:
            chunk, _, _ = self.chunks[-1]
            if not chunk.final:  # what comes after that is the next turn's
                self.chunks[-1] = (chunk, self._ledger.spoken, self.frames)
        else:
            self._ledger.give(self._ledger.spoken, self.frames, final=False)

    @property
    def seconds(self) -> float:
        """How much audio was written."""
        return self.frames / self._rate

    def write(self, audio: bytes, *, upto: int | None = None, final: bool = False) -> None:
        """Add audio, which reaches up to so many frames, where that is known; *final* ends the turn."""
        frames, rate = self.frames, self._rate
        offset = frames / rate
        if audio:
            self.wrote = self._fed = True
            if upto is None:
                upto = frames + len(audio) // self._size if self._size else self._measured(audio)
        if upto is not None:
            self.frames = frames = upto
        if self._open:
            self._open.end = frames / rate
        data = self._tail.feed(audio) if self._converts else audio
        if final and self.format.compressed:
            data += self._renew()
        if data or final:
            self._give(data, offset, final=final)

    def finish(self) -> None:
        """Give what is still in the encoder: no more audio comes."""
        if self.format.compressed and (data := self._renew()):
            self._give(data, self.seconds, final=False)

    def _give(self, data: bytes, offset: float, *, final: bool) -> None:
        ledger = self._ledger
        chunk = AudioChunk(
            data=data,
            format=self.format,
            offset=offset,
            backend=self.backend,
            unit=len(ledger.entries) - 1 if ledger.entries else 0,
            discontinuity=self.seam,
            final=final,
            degradations=tuple(self.degradations),
        )
        if self.degradations:
            self.degradations.clear()
        self.seam = False
        self.chunks.append((chunk, ledger.spoken, self.frames))

    def take(self) -> AudioChunk:
        """Give the caller the next chunk."""
        chunk, spoken, frames = self.chunks.popleft()
        self.taken = True
        self._ledger.give(spoken, frames, final=chunk.final)
        return chunk

    def discard(self) -> None:
        """Forget what the caller has not taken, and the turn with it."""
        self.chunks.clear()
        self.frames = self._ledger.given_frames
        self.seam = False
        if self._open:
            self._open.upto, self._open.end = self.unit + 1, self.seconds
        entries = self._ledger.entries
        while entries and entries[-1].start >= self.seconds and entries[-1].end >= self.seconds:
            entries.pop()  # nothing of it was given
        for entry in entries[-1:]:
            entry.end = min(entry.end, self.seconds)
        self._open, self.unit, self._next, self._meter = None, -1, len(self._ledger.units), None
        if self.format.compressed:
            self._renew()

    def restart(self) -> None:
        """Begin again from nothing: what was written cannot be joined to what comes."""
        self.chunks.clear()
        self._ledger.entries.clear()
        self.frames = self._next = 0
        self._open, self.unit, self.wrote, self._fed, self._meter = None, -1, False, False, None

    def _measured(self, audio: bytes, *, ends: bool = False) -> int:
        """Return how many frames there are with *audio* of a vendor's own stream, which begins anew with each unit."""
        if self._meter is None:
            self._meter, self._before = Meter(self.source), self.frames
        meter = self._meter
        meter.feed(audio)
        if ends:
            self._meter = None
            meter.end()
        self.sure = self.sure and meter.sure
        return self._before + round(meter.seconds * self._rate)

    def _silence(self, seconds: float) -> bytes:
        if self._size:
            return self.source.silence(seconds)
        if not codecs_installed():
            return b""
        raw = joint(self.format)
        encoder = conversion(raw, self.format)
        return encoder.feed(raw.silence(seconds)) + encoder.flush()

    def _renew(self) -> bytes:
        """End the encoder's stream; audio that comes then begins another."""
        if not self._fed:
            return b""
        self._fed = False
        self._tail, tail = conversion(self.source, self.format), self._tail
        return tail.flush()
