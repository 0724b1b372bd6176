"""Bugs, planted one at a time: the simulation must find each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from voxbridge import Audio, Send
from voxbridge._output import Output
from voxbridge._rendition import Rendition
from voxbridge._run import Run
from voxbridge._tagged import TaggedExchange
from voxbridge.routing import Leaf
from voxbridge.routing._breaker import Circuit

from .vendors import FlushExchange


Plant = Callable[[], Any]


@contextmanager
def holds_after_conversion() -> Iterator[None]:
    """Whole delivery holds what came out of the resampler instead of what went in."""

    def audio(self: Rendition, run: Run, audio: Audio, now: float) -> Any:
        if self._live or audio.unit < self._ledger.spoken:
            return heard(self, run, audio, now)
        run.heard(now, audio.unit, len(audio.data))
        run.held.append((audio.unit, run.convert(audio.data)))
        return None

    def released(self: Run, upto: int) -> list[tuple[int, bytes]]:
        held, self.held = self.held, []
        return held

    heard = Rendition._audio
    with (
        patch.object(Rendition, "_audio", audio),
        patch.object(Run, "convert_held", released),
        patch.object(Run, "drain", lambda self: b""),
    ):
        yield


@contextmanager
def forgets_the_resamplers_rest() -> Iterator[None]:
    """The end of a unit does not flush the conversion."""

    def drain(self: Run) -> bytes:
        self.front = None
        return b""

    with patch.object(Run, "drain", drain):
        yield


@contextmanager
def _starts_at(where: Callable[[int], int]) -> Iterator[None]:
    def init(self: Run) -> None:
        attrs_post_init(self)
        if self.number > 1:
            self.sent = max(0, where(self.sent))

    attrs_post_init = Run.__attrs_post_init__
    with patch.object(Run, "__attrs_post_init__", init):
        yield


def skips_the_cut_unit() -> Any:
    """The next backend starts one unit late."""
    return _starts_at(lambda start: start + 1)


def starts_from_the_beginning() -> Any:
    """The next backend says everything again."""
    return _starts_at(lambda start: 0)


@contextmanager
def does_not_flag_repeats() -> Iterator[None]:
    """A unit that starts again is not marked."""
    with patch.object(Output, "seam", property(lambda self: False, lambda self, value: None), create=True):
        yield


@contextmanager
def does_not_wait_for_cleared() -> Iterator[None]:
    """What arrives between Clear and Cleared counts for the next turn."""

    def clear(self: FlushExchange) -> Any:
        self._units.clear()
        self.owed = 0
        return [Send('{"clear": true}')]

    with patch.object(FlushExchange, "send_clear", clear):
        yield


@contextmanager
def confirms_one_too_many() -> Iterator[None]:
    """A unit that was only sent counts as whole."""

    def whole(self: Rendition, run: Run, upto: int, now: float) -> Any:
        return confirmed(self, run, upto + 1, now)

    confirmed = Rendition._whole
    with patch.object(Rendition, "_whole", whole):
        yield


@contextmanager
def has_no_clocks() -> Iterator[None]:
    """Nobody waits for audio with a limit."""
    with (
        patch.object(Run, "_expect", lambda self, now, phase, seconds: None),
        patch.object(Run, "heard", _heard_without_clock),
    ):
        yield


def _heard_without_clock(self: Run, now: float, unit: int, size: int) -> None:
    self.unit, self.unit_bytes = unit, self.unit_bytes + size


@contextmanager
def gives_prefetched_audio_early() -> Iterator[None]:
    """The next request's audio does not wait for the present one's end."""

    def data(self: TaggedExchange, tag: int, data: bytes) -> Any:
        body = self._bodies.get(tag)
        if body is None or body.refused:
            return received(self, tag, data)
        body.heard = True
        return [Audio(data, body.units[0].index)]

    received = TaggedExchange.receive_data
    with patch.object(TaggedExchange, "receive_data", data):
        yield


@contextmanager
def keeps_what_a_failed_run_held() -> Iterator[None]:
    """Audio that was held when its run failed is released with the next one's."""

    def begin(self: Rendition, leaf: Any, *, fresh: bool) -> None:
        left = getattr(self, "_left", [])
        began(self, leaf, fresh=fresh)
        if self._run is not None:
            self._run.held = left + self._run.held
            self._left = []

    def leave(self: Rendition, run: Run, *, clean: bool) -> None:
        self._left = list(run.held)
        left(self, run, clean=clean)

    began, left = Rendition._begin, Rendition._leave
    with patch.object(Rendition, "_begin", begin), patch.object(Rendition, "_leave", leave):
        yield


@contextmanager
def ends_turns_early() -> Iterator[None]:
    """A turn counts as over when its last unit was sent."""

    def close(self: Rendition, upto: int, tail: bytes = b"") -> None:
        if self._ledger.ends and upto == self._ledger.ends[0] - 1:
            self._ledger.ends[0] = upto
        closed(self, upto, tail)

    closed = Rendition._close
    with patch.object(Rendition, "_close", close):
        yield


def asks_whom_others_found_to_fail() -> Any:
    """A breaker that is open lets everybody pass."""
    return patch.object(Circuit, "admits", lambda self, now: True)


@contextmanager
def refuses_who_has_nobody_else_to_ask() -> Iterator[None]:
    """Who has one target is passed over, too."""

    def passing(self: Leaf, start: int, clock: Any, *, sure: bool = False) -> Any:
        return steps(self, start, clock, sure=sure)

    steps = Leaf.steps
    with patch.object(Leaf, "steps", passing):
        yield


PLANTS: dict[str, Plant] = {
    plant.__name__.replace("_", " "): plant
    for plant in (
        holds_after_conversion,
        forgets_the_resamplers_rest,
        skips_the_cut_unit,
        starts_from_the_beginning,
        does_not_flag_repeats,
        does_not_wait_for_cleared,
        confirms_one_too_many,
        has_no_clocks,
        gives_prefetched_audio_early,
        keeps_what_a_failed_run_held,
        ends_turns_early,
        asks_whom_others_found_to_fail,
        refuses_who_has_nobody_else_to_ask,
    )
}
