"""What must hold of every run, whatever went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voxbridge import AllBackendsFailed, AudioChunk, AudioFormat, SynthesisTimeout
from voxbridge.audio import conversion
from voxbridge.testing import Heard, audit, expected_indices, hear_words
from voxbridge_deepdub.emulator import DeepdubEmulator
from voxbridge_deepgram.emulator import DeepgramEmulator

from .run import Result


LATE = 0.2  # seconds after its deadline, by which a run has ended
_WORD = 0.25  # seconds that a word lasts, at most
_DELAY = 0.1  # seconds, at most, by which an encoder moves sound
_NUMBERS = {emulator.name: emulator.vendor for emulator in (DeepgramEmulator, DeepdubEmulator)}


def problems(result: Result) -> list[str]:
    """Return what is wrong with a run."""
    return [*_time(result), *_format(result), *_speech(result)]


def _time(result: Result) -> Iterator[str]:
    if result.seconds > result.case.deadline + LATE:
        yield f"took {result.seconds:.2f} s"
    late = isinstance(result.error, SynthesisTimeout) and result.error.phase == "total"
    if late and result.seconds < result.case.deadline:
        yield f"was called late after {result.seconds:.2f} s"
    if result.error is not None and not late and not result.case.faults[1]:
        yield f"failed though one vendor was well: {result.error!r}"


def _format(result: Result) -> Iterator[str]:
    wanted = AudioFormat.parse(result.case.format).settled(_rate(result))
    if any(chunk.format != wanted for chunk in result.chunks):
        yield f"gave {sorted({str(chunk.format) for chunk in result.chunks})}"
    size = wanted.frame_size or 1
    if wanted.container is None and any(len(chunk.data) % size for chunk in result.chunks):
        yield "gave half a frame"


def _speech(result: Result) -> Iterator[str]:
    case, error = result.case, result.error
    found = hear_words(_sound(result), _rate(result))
    text, rest = case.said, ""
    if isinstance(error, AllBackendsFailed):
        text, rest = "", case.said
    elif error is not None:
        text, rest = getattr(error, "spoken", ""), getattr(error, "unspoken", "")
    written = case.how == "pieces" and error is not None  # as far as it was written by then
    if not (case.said.startswith(text + rest) if written else case.said == text + rest):
        yield f"divided the text into {text!r} and {rest!r}"
    if error is None and "".join(unit.text for unit in result.report.units) != case.said:
        yield f"reported the units {[unit.text for unit in result.report.units]}"
    yield from _finals(result)
    yield from _words(result, found, text, rest)
    yield from _speakers(result.chunks, found, result)


def _rate(result: Result) -> int:
    """Return the rate that was asked for, or the one that was chosen where that was left open."""
    chosen = result.chunks[0].format.sample_rate if result.chunks else None
    return AudioFormat.parse(result.case.format).sample_rate or chosen or 24000


def _sound(result: Result) -> bytes:
    if not result.chunks:
        return b""
    format = result.chunks[0].format
    if not format.compressed:
        return b"".join(chunk.samples().tobytes() for chunk in result.chunks)
    way = conversion(format, AudioFormat("linear16", _rate(result)))
    return way.feed(b"".join(chunk.data for chunk in result.chunks)) + way.flush()


def _finals(result: Result) -> Iterator[str]:
    finals = [chunk.final for chunk in result.chunks]
    if any(finals[:-1]) or (result.error is None and finals[-1:] != [True]):
        yield f"gave {sum(finals)} final chunks of {len(finals)}"


def _words(result: Result, found: Sequence[Heard], text: str, rest: str) -> Iterator[str]:
    """Nothing is lost; what is heard twice, or cut, is of the one unit that was cut, and flagged."""
    heard = audit(found, expected_indices(text))
    begun = set(expected_indices(rest)) if result.case.delivery == "live" else set()  # and nobody could finish it
    seams = [chunk for chunk in result.chunks if chunk.discontinuity]
    again = [set(expected_indices(result.report.units[chunk.unit].text)) for chunk in seams]
    if heard.lost or heard.out_of_order or set(heard.unexpected) - begun:
        yield f"lost {heard.lost}, out of order {heard.out_of_order}, unexpected {heard.unexpected}"
    if result.case.delivery == "whole" and (seams or heard.repeated or heard.broken):
        yield f"repeated {heard.repeated}, broken at {heard.broken}, {len(seams)} seams, though whole"
    if set(heard.repeated) - set().union(*again):
        yield f"repeated {heard.repeated}, and flagged {again}"
    if not result.error and (unflagged := [at for at in heard.broken if not _near(at, seams)]):
        yield f"broken at {unflagged}, and flagged {[chunk.offset for chunk in seams]}"
    if len(seams) > sum(map(len, result.case.faults)):
        yield f"{len(seams)} seams"


def _near(at: float, seams: Sequence[AudioChunk]) -> bool:
    return any(chunk.offset - _WORD <= at <= chunk.offset + _DELAY * chunk.format.compressed for chunk in seams)


def _speakers(chunks: Sequence[AudioChunk], found: Sequence[Heard], result: Result) -> Iterator[str]:
    """Every word is of the vendor that the chunk, or the unit, is said to be of."""
    if any(chunk.format.compressed for chunk in chunks):
        return  # an encoder gives its sound later than it takes it
    spans = (
        [(unit.start, unit.end, unit.backend) for unit in result.report.units]
        if result.case.how == "synthesize" and result.report
        else [(chunk.offset, chunk.offset + len(chunk.samples()) / _rate(result), chunk.backend) for chunk in chunks]
    )
    for word in found:
        said = {backend for start, end, backend in spans if start <= word.time < end}
        if not word.broken and said and {_NUMBERS[backend] for backend in said} != {word.vendor}:
            yield f"the word at {word.time:.2f} s is of vendor {word.vendor}, and said to be of {said}"
