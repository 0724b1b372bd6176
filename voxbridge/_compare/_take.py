"""One take: what is noted while it is spoken, and the row that comes of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from time import perf_counter
from typing import Any

from attrs import asdict, fields_dict, frozen

from voxbridge._models import AttemptReport
from voxbridge._speech import AudioChunk, Report, Speech
from voxbridge.audio import patch_sizes
from voxbridge.exceptions import UnsupportedFeature, VoxbridgeError, clean

from ._measures import Measures, measure
from ._plan import Plan, Take
from ._pricing import Prices


__all__ = ["COLUMNS", "Done", "Recording", "longest_gap"]

COLUMNS = (
    "backend",
    "voice",
    "text",
    "take",
    "cold",
    "connect",
    "first_audio",
    "total",
    "audio_seconds",
    "words_per_minute",
    "real_time_factor",
    "longest_gap",
    "characters",
    "billed",
    "billed_unit",
    "cost",
    "currency",
    "loudness",
    "peak",
    "leading_silence",
    "trailing_silence",
    "attempts",
    "degradations",
    "error",
)
_WORD = re.compile(r"\w+(?:['’.,:/-]\w+)*")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")  # Thai to Han


@frozen
class Done:
    """A take that was spoken, or that failed."""

    take: Take
    row: dict[str, Any]
    audio: bytes
    """In the plan's format; empty where nothing came."""


class Recording:
    """The clock of one take; it starts when this is made."""

    def __init__(self, plan: Plan, take: Take, prices: Prices) -> None:
        self._plan, self._take, self._prices = plan, take, prices
        self._chunks: list[tuple[float, AudioChunk]] = []
        self._began = perf_counter()

    def hear(self, chunk: AudioChunk) -> None:
        """Note what has just come."""
        self._chunks.append((perf_counter() - self._began, chunk))

    def end(self, report: Report | None, error: VoxbridgeError | None = None) -> Done:
        """Return what came of it.

        Args:
            report: the stream's; None where there was none.
            error: what ended it too early.
        """
        total = perf_counter() - self._began
        audio = b"".join(chunk.data for _, chunk in self._chunks)
        if self._plan.format.container == "wav":
            audio = patch_sizes(audio)
        text, target = self._plan.texts[self._take.text], self._plan.targets[self._take.target]
        attempts = report.attempts if report else ()
        facts = {
            "backend": target.backend,
            "voice": _voice(report, target.backend) or target.voice,
            "text": str(text),
            "take": self._take.number,
            "cold": not self._plan.warm,
            "connect": _connect(attempts, cold=not self._plan.warm),
            "characters": len(str(text)),
            **self._prices.bill(attempts),
            "attempts": len(attempts),
            "degradations": [asdict(degradation) for degradation in report.degradations] if report else [],
            "error": clean(f"{type(error).__name__}: {error}") if error else None,
        }
        if report and audio:
            facts |= self._heard(report, audio, None if error else total)
        return Done(self._take, {column: _rounded(facts.get(column)) for column in COLUMNS}, audio)

    def _heard(self, report: Report, audio: bytes, total: float | None) -> dict[str, Any]:
        """Return what is known of the sound; *total* is None where it is not whole."""
        pieces = pieces_of([(when, chunk.offset) for when, chunk in self._chunks], report.duration)
        found = _measures(report, audio)
        spoken = report.duration - (found.leading_silence or 0) - (found.trailing_silence or 0)
        words = None if total is None else _words(str(self._plan.texts[self._take.text]))
        return {
            "first_audio": pieces[0][0] if pieces else None,
            "total": total,
            "audio_seconds": report.duration,
            "words_per_minute": 60 * words / spoken if words and spoken > 0 else None,
            "real_time_factor": total / report.duration if total is not None and report.duration else None,
            "longest_gap": longest_gap(pieces) if pieces else None,
            **asdict(found),
        }


def pieces_of(arrivals: Sequence[tuple[float, float]], duration: float) -> list[tuple[float, float]]:
    """Return when each piece of audio came and how long it lasts, of ``(when, offset)``; empty ones left out."""
    ends = [offset for _, offset in arrivals[1:]] + [duration]
    pieces = [(when, end - offset) for (when, offset), end in zip(arrivals, ends, strict=True)]
    return [piece for piece in pieces if piece[1] > 0]


def longest_gap(pieces: Sequence[tuple[float, float]]) -> float:
    """Return for how many seconds, at most, a player that begins at once had nothing to play.

    Args:
        pieces: when each came, and how long it lasts.
    """
    longest, played = 0.0, pieces[0][0]
    for when, lasts in pieces:
        longest = max(longest, when - played)
        played = max(played, when) + lasts
    return longest


def _measures(report: Report, audio: bytes) -> Measures:
    known = {name: getattr(report, name) for name in fields_dict(Report)}
    try:
        return measure(Speech(**known, audio=audio).samples(), report.format.sample_rate or 24000)
    except UnsupportedFeature:  # a compressed format, given by the vendor, without the extra `codecs`
        return Measures()


def _words(text: str) -> int | None:
    """Return how many words there are; None in scripts that do not show where one ends."""
    return None if _UNSPACED.search(text) else len(_WORD.findall(text))


def _voice(report: Report | None, backend: str) -> str | None:
    """Return who was heard, else tried; of another backend than the target's name with its own."""
    if report is None:
        return None
    voice = str(report.voice) if report.voice else report.attempts[-1].voice if report.attempts else ""
    return voice.removeprefix(f"{backend}/") or None


def _connect(attempts: Sequence[AttemptReport], *, cold: bool) -> float | None:
    """Return the seconds until a socket was open. Of requests nobody tells, so 0 on a fresh client is not known."""
    connected = attempts[0].connected if attempts else None
    return None if cold and not connected else connected


def _rounded(value: Any) -> Any:
    """Return microseconds and millionths: what is below is noise, and hard to read."""
    return round(float(value), 6) if isinstance(value, float) else value
