"""What comes back: whole speech, pieces of a stream, and the report of either."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from attrs import evolve, field, frozen

from ._models import AttemptReport, Billed, Degradation, Unit, VendorWarning, Voice
from .audio import AudioFormat, conversion, patch_file, patch_sizes, wav_header
from .exceptions import InvalidFormat


if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


__all__ = ["AudioChunk", "Report", "Speech", "saving"]


@frozen(kw_only=True)
class Report:
    """How speech came about."""

    format: AudioFormat
    duration: float
    """Seconds."""
    voice: Voice | None
    """The voice of the last audio; None where there was nothing to say."""
    backend: str | None
    """Who gave the last audio."""
    backends: tuple[str, ...] = ()
    """Everybody who is heard, in order."""
    units: tuple[Unit, ...] = ()
    attempts: tuple[AttemptReport, ...] = ()
    degradations: tuple[Degradation, ...] = ()
    warnings: tuple[VendorWarning, ...] = ()
    """Each once; failed attempts' too."""
    billed: tuple[Billed, ...] = ()
    """Failed attempts too."""
    request_id: str | None = None


@frozen(kw_only=True)
class Speech(Report):
    """Whole speech."""

    audio: bytes = field(repr=False)
    """In ``format``; with its header where the format has a container."""

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the audio to *path*: beside it first, then renamed, so that no half file is ever seen.

        A suffix that stands for another format converts it: ``speech.save("hello.mp3")``.

        Raises:
            InvalidFormat: the suffix stands for no known format.
            UnsupportedFeature: the other format needs the extra ``codecs``.
            OSError: the file cannot be written.
        """
        path = Path(path)
        speech = self
        if path.suffix and path.suffix.lower() != self.format.suffix:
            wanted = AudioFormat.from_suffix(path.suffix)
            if self.format.sample_rate and (wanted.container == "wav" or wanted.encoding == "flac"):
                wanted = wanted.with_rate(self.format.sample_rate)  # such a file says its rate: no need to change it
            if (wanted.encoding, wanted.container) != (self.format.encoding, self.format.container):
                speech = self.convert(_at_rate_of(wanted, self.format))
        with replacing(path) as file:
            file.write(speech.audio)
        return path

    def convert(self, format: AudioFormat | str) -> Speech:
        """Return the same speech in another format.

        Raises:
            InvalidFormat: there is no such format.
            UnsupportedFeature: it needs the extra ``codecs``.
        """
        wanted = AudioFormat.parse(format) if isinstance(format, str) else format
        wanted = _at_rate_of(wanted, self.format)
        pipeline = conversion(self.format, wanted)
        audio = pipeline.feed(self.audio) + pipeline.flush()
        return evolve(self, audio=patch_sizes(audio) if wanted.container == "wav" else audio, format=wanted)

    def samples(self) -> NDArray[np.int16]:
        """Return the audio as signed 16-bit samples, shape ``(n,)``; compressed formats need the extra ``codecs``."""
        return _samples(self.audio, self.format)

    def play(self) -> None:
        """Play it on the default output and wait for its end (extra ``play``)."""
        from ._play import play

        play([self.samples()], self.format.sample_rate or 24000)

    def _repr_html_(self) -> str:
        # No browser plays raw samples, and few G.711.
        known = self if self.format.compressed else self.convert(AudioFormat("wav", self.format.sample_rate))
        data = base64.b64encode(known.audio).decode()
        return f'<audio controls src="data:{known.format.content_type};base64,{data}"></audio>'


@frozen(kw_only=True)
class AudioChunk:
    """A piece of a stream."""

    data: bytes = field(repr=lambda data: f"<{len(data)} bytes>")
    """Whole frames of uncompressed formats; may be empty where ``final``."""
    format: AudioFormat
    offset: float
    """Seconds from the start of the stream."""
    backend: str
    unit: int
    """Index into the report's units."""
    discontinuity: bool = False
    """Whether a unit that was cut starts again here."""
    final: bool = False
    """Whether it is the last of its turn."""
    degradations: tuple[Degradation, ...] = ()

    def samples(self) -> NDArray[np.int16]:
        """Return the audio as signed 16-bit samples, shape ``(n,)``; not for compressed formats.

        Raises:
            InvalidFormat: a piece of a compressed stream cannot be read alone.
        """
        if self.format.compressed:
            message = f"a piece of {self.format.encoding} cannot be read alone: collect() the stream"
            raise InvalidFormat(message)
        headed = self.data[:4] == b"RIFF" and self.data[8:12] == b"WAVE"  # the first piece of a WAV
        return _samples(self.data, self.format if headed else self.format.raw)


def _at_rate_of(wanted: AudioFormat, source: AudioFormat) -> AudioFormat:
    return wanted.settled(source.sample_rate) if source.sample_rate else wanted


def _samples(audio: bytes, format: AudioFormat) -> NDArray[np.int16]:
    import numpy as np

    pipeline = conversion(format, AudioFormat("linear16", format.sample_rate or 24000))
    return np.frombuffer(pipeline.feed(audio) + pipeline.flush(), dtype="<i2")


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file beside *path* which takes its place at the end, or vanishes after an error."""
    if path.exists() and not path.is_file():  # a pipe or a device cannot be replaced
        with path.open("wb") as file:
            yield file
        return
    if path.is_symlink():
        path = path.resolve()  # what it stands for is replaced, not the link
    beside = path.with_name(f".{path.name[:50]}.{secrets.token_hex(4)}")
    try:
        with beside.open("x+b") as file:
            yield file
        beside.replace(path)
    except BaseException:  # also an interrupt that comes as the file is made
        beside.unlink(missing_ok=True)
        raise


@contextmanager
def saving(path: Path, format: AudioFormat) -> Iterator[IO[bytes]]:
    """Open *path* for a stream, as `replacing` does; a WAV gets its sizes in the end, and a header if nothing came."""
    with replacing(path) as file:
        yield file
        if format.container == "wav" and file.seekable() and file.readable():  # a pipe keeps its open sizes
            if not file.tell():
                file.write(wav_header(format, 0))
            patch_file(file)
