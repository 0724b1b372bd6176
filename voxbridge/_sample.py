"""Recordings of a voice, and the consent to use them. Biometric data: in memory only, and nothing here prints it."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Collection
from pathlib import Path
from typing import IO, Final

from attrs import field, frozen

from .audio import AudioFormat, Resampler, wav_header
from .audio._recording import Recording, read_recording
from .exceptions import ProtocolError, UsageError


__all__ = ["Consent", "Gender", "Sample", "SampleSource"]

SampleSource = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes]

_SHORTEST: Final = 3  # seconds
_LONGEST: Final = 60  # seconds
_PADDING: Final = 0.1  # seconds; what encoders of mp3 and aac add
_BIGGEST: Final = 20_000_000  # bytes
_BEST: Final = "10 to 30 s of one voice, without music, are best"


@frozen(init=False, eq=False, repr=False)
class Sample:
    """A recording of a voice, read and checked as it is made: 3 to 60 s of sound, at most 20 MB.

    Args:
        source: a path, the bytes of a file, or a binary file that is read to its end. Its name is not kept.

    Raises:
        UsageError: it cannot be read, is no sound, or is too short, too long or too big.
        UnsupportedFeature: it is no WAV, and the extra ``codecs`` is not installed.
    """

    data: bytes
    """The whole file, byte for byte."""
    _recording: Recording

    def __init__(self, source: SampleSource) -> None:
        data = _read(source)
        if len(data) > _BIGGEST:
            raise UsageError(f"the sample has more than 20 MB: cut it; {_BEST}")
        if not data:
            raise UsageError("the sample is empty: give a recording of a voice")
        try:
            recording = read_recording(data, _LONGEST + _PADDING)
        except ProtocolError as error:
            raise UsageError(
                f"the sample is no recording that can be read: {error.message}. Give WAV, or mp3, flac, ogg, m4a, webm"
            ) from None
        _check_length(recording.seconds)
        self.__attrs_init__(data, recording)

    @classmethod
    def of(cls, source: Sample | SampleSource) -> Sample:
        """Return *source* as a sample; errors as of `Sample`."""
        return source if isinstance(source, Sample) else cls(source)

    @property
    def kind(self) -> str:
        """``wav``, ``mp3``, ``flac``, ``ogg``, ``aac``, ``m4a``, ``webm`` or ``aiff``."""
        return self._recording.kind

    @property
    def duration(self) -> float:
        """Seconds."""
        return self._recording.seconds

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self._recording.sample_rate

    @property
    def channels(self) -> int:
        """How many it has; as WAV it has one."""
        return self._recording.channels

    def for_formats(self, kinds: Collection[str]) -> Sample:
        """Return it as it is where it is mono and of a kind that a vendor takes, else as WAV at its own rate.

        Args:
            kinds: such as ``("wav", "mp3", "flac", "ogg")``.
        """
        return self if self.channels == 1 and self.kind in kinds else self.as_wav()

    def as_wav(self, sample_rate: int | None = None) -> Sample:
        """Return its sound as mono WAV of 16 bits, without anything else that a file may hold.

        Args:
            sample_rate: Hz, 8000 to 48000; None: its own, or the nearest to it.
        """
        rate = sample_rate or min(max(self.sample_rate, 8000), 48000)
        mono = self._recording.mono
        if rate != self.sample_rate:
            resampler = Resampler(self.sample_rate, rate)
            mono = resampler.feed(mono) + resampler.flush()
        wav = Sample.__new__(Sample)  # what was checked is not checked again
        wav.__attrs_init__(wav_header(AudioFormat("wav", rate), len(mono)) + mono, Recording("wav", rate, 1, mono))
        return wav

    def __repr__(self) -> str:
        return f"Sample({self.kind}, {self.duration:.1f} s, {self.sample_rate} Hz, channels={self.channels})"


@frozen(repr=False)
class Consent:
    """Somebody's agreement that their voice is cloned. It prints as a fingerprint.

    Raises:
        UsageError: it does not say who agreed.
    """

    subject: str = field()
    """Whose voice it is, and so who agreed."""
    evidence: str | None = None
    """Where the agreement can be found, such as the number of a contract."""
    date: dt.date | str | None = None
    """When it was given."""

    @subject.validator
    def _named(self, attribute: object, subject: object) -> None:
        if not isinstance(subject, str) or not subject.strip():
            raise UsageError(
                "consent does not say whose voice it is: give consent=Consent(subject, evidence, date), or the subject"
                " alone, such as 'Maria Lopez, by contract of 2026-03-01'. Nobody is cloned without it"
            )

    @classmethod
    def of(cls, value: Consent | str) -> Consent:
        """Return *value* as a consent; a str is the subject."""
        return value if isinstance(value, Consent) else cls(value)

    @property
    def fingerprint(self) -> str:
        """What logs have instead of the subject: the beginning of its SHA-256."""
        return hashlib.sha256(self.subject.encode("utf-8", "surrogatepass")).hexdigest()[:12]

    def __repr__(self) -> str:
        return f"Consent({self.fingerprint})"


@frozen
class Gender:
    """What a voice sounds like to a vendor's classifier."""

    label: str
    """``"female"`` or ``"male"``."""
    confidence: float
    """0 to 1."""


def _read(source: object) -> bytes:
    """Return the bytes of a file, or a few more than are allowed."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source)
    if isinstance(source, (str, os.PathLike)):
        return _read_path(Path(source))
    if not callable(read := getattr(source, "read", None)):
        raise UsageError(f"a sample is a path, bytes or a binary file, not {type(source).__name__}")
    data = b""
    try:
        while len(data) <= _BIGGEST and (piece := read(_BIGGEST + 1 - len(data))):
            if not isinstance(piece, bytes):
                raise UsageError("the sample's file gives no bytes: open it with mode 'rb'")
            data += piece
    except OSError as error:
        raise UsageError(f"the sample's file cannot be read: {error.strerror or error}") from None
    return data


def _read_path(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise UsageError(f"the sample {str(path)!r} is a directory: give the path of one recording in it")
        if path.exists() and not path.is_file():  # a pipe may never end, or never begin
            raise UsageError(f"the sample {str(path)!r} is no regular file: give a recording, or its bytes")
        with path.open("rb") as file:
            return file.read(_BIGGEST + 1)
    except OSError as error:
        raise UsageError(f"the sample {str(path)!r} cannot be read: {error.strerror}") from None
    except ValueError as error:  # a NUL
        raise UsageError(f"the sample's path is none: {error}") from None


def _check_length(seconds: float) -> None:
    if seconds < _SHORTEST:
        raise UsageError(f"the sample lasts {seconds:.1f} s, and {_SHORTEST} to {_LONGEST} s are needed: {_BEST}")
    if seconds > _LONGEST + _PADDING:
        raise UsageError(f"the sample lasts more than {_LONGEST} s: cut it; {_BEST}")
