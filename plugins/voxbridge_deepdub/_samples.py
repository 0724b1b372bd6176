"""Recordings of a voice as they are sent: a whole file in base64, without its name."""

from __future__ import annotations

from base64 import b64encode
from typing import Final

from voxbridge import AudioFormat, Sample
from voxbridge.audio import WavReader, wav_header


__all__ = ["for_request", "for_socket"]

_REQUEST_KINDS: Final = ("wav", "mp3")
_SOCKET_RATE: Final = 48000  # Hz, mono; the service refuses any other
_SOCKET_LIMIT: Final = 1_000_000  # bytes in base64: of the two readings of "1MB" the one that is safe


def for_request(sample: Sample, most: int = 10_000_000) -> str:
    """Return a sample byte for byte where that can be sent, else as mono WAV.

    Args:
        sample: checked already.
        most: bytes in base64.
    """
    data = sample.for_formats(_REQUEST_KINDS).data
    if len(data) * 4 > most * 3:
        data = sample.as_wav().data
    return b64encode(data).decode()


def for_socket(sample: Sample) -> str:
    """Return the beginning of a sample, as much of it as ``/ws`` takes: mono WAV at 48000 Hz, about 7.8 s."""
    wav = AudioFormat("wav", _SOCKET_RATE)
    reader = WavReader()  # what is as it should be already is not written anew, and has headers of its own
    raw = reader.feed(sample.as_wav(_SOCKET_RATE).data) + reader.flush()
    room = _SOCKET_LIMIT * 3 // 4 - len(wav_header(wav, 0))
    raw = raw[: room // 2 * 2]
    return b64encode(wav_header(wav, len(raw)) + raw).decode()
