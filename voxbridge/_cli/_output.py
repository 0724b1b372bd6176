"""Where audio goes: into a file, to stdout, to the loudspeaker."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from voxbridge.audio import AudioFormat, conversion
from voxbridge.exceptions import InvalidFormat, UnsupportedFeature

from ._errors import Misused


__all__ = ["chosen_format", "open_output", "progress"]

Write = Callable[[bytes], object]


def chosen_format(format: str | None, output: str | None) -> AudioFormat:
    """Return the format that was asked for, else that of the file's suffix, else wav.

    Raises:
        InvalidFormat: no such format, or no format has this suffix.
    """
    if format is not None:
        return AudioFormat.parse(format)
    suffix = "" if output in (None, "-") else Path(output).suffix
    try:
        return AudioFormat.from_suffix(suffix) if suffix else AudioFormat("wav")
    except InvalidFormat as error:
        raise InvalidFormat(f"{error}; or say which with --format") from None


@contextmanager
def open_output(output: str | None, format: AudioFormat, *, play: bool) -> Iterator[Write]:
    """Open everything that audio goes to, before anything is spoken; what is written goes to all of it.

    Raises:
        Misused: the file cannot be written, or nothing can be played.
    """
    with ExitStack() as stack:
        sinks: list[Write] = []
        if play or output is None:
            sinks.append(_opened(stack, _speaker(format), "cannot play", ". To write a file: -o hello.wav"))
        if output == "-":
            sinks.append(_stdout())
        elif output is not None:
            sinks.append(_opened(stack, _file(output, format), f"cannot write {output}"))

        def write(data: bytes) -> None:
            for sink in sinks:
                sink(data)

        yield write


def _opened(stack: ExitStack, sink: AbstractContextManager[Write], problem: str, remedy: str = "") -> Write:
    try:
        return stack.enter_context(sink)
    except (OSError, UnsupportedFeature) as error:
        reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        raise Misused(f"{problem}: {reason}{remedy}") from None


@contextmanager
def _file(output: str, format: AudioFormat) -> Iterator[Write]:
    from voxbridge._speech import saving

    with saving(Path(output), format) as file:
        yield file.write


def _stdout() -> Write:
    if sys.stdout is None:
        raise Misused("stdout is closed, and -o - writes to it")
    if sys.stdout.isatty():
        raise Misused("audio is not for a terminal: pipe it on, as in `-o - | aplay`, or write a file: -o hello.wav")
    stdout = sys.stdout.buffer

    def write(data: bytes) -> None:
        stdout.write(data)
        stdout.flush()

    return write


@contextmanager
def _speaker(format: AudioFormat) -> Iterator[Write]:
    import numpy as np

    from voxbridge._play import open_output as open_loudspeaker

    heard = AudioFormat("linear16", format.settled(24000).sample_rate)
    pipeline = conversion(format, heard)
    with open_loudspeaker(heard.sample_rate or 24000) as play:
        yield lambda data: play(np.frombuffer(pipeline.feed(data), "<i2"))
        play(np.frombuffer(pipeline.flush(), "<i2"))


@contextmanager
def progress() -> Iterator[Callable[[float], object]]:
    """Show how many seconds were spoken, on a terminal; elsewhere be silent."""
    if not sys.stderr.isatty():
        yield lambda seconds: None
        return
    from rich.console import Console

    with Console(stderr=True).status("speaking") as status:
        yield lambda seconds: status.update(f"speaking: {seconds:.1f} s")
