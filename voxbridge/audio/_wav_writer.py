"""Write WAV: at once with open sizes, and patched when all of it is there."""

from __future__ import annotations

import struct
from typing import IO, Final

from ._format import AudioFormat
from ._stages import Stage


__all__ = ["WavWriter", "patch_file", "patch_sizes", "wav_header"]

_TAGS: Final = {"linear16": 1, "alaw": 6, "mulaw": 7}
_OPEN: Final = 0xFFFFFFFF  # a size that says "until the stream ends"
_HEADER_LIMIT: Final = 4096  # bytes; more than our own headers have


class WavWriter(Stage):
    """Raw sound in; out comes a header whose sizes say "until the end", then the sound.

    Args:
        format: of the sound; its container does not matter.
    """

    def __init__(self, format: AudioFormat) -> None:
        self._header = wav_header(format, None)

    def feed(self, data: bytes) -> bytes:
        header, self._header = self._header, b""
        return header + data if header else data

    def flush(self) -> bytes:
        """Return the header if there was no sound at all."""
        return self.feed(b"")


def wav_header(format: AudioFormat, data_bytes: int | None) -> bytes:
    """Return the header for so many bytes of raw sound; None leaves the sizes open.

    Raises:
        InvalidFormat: compressed sound has no place in WAV.
    """
    raw = format.raw
    frame_size, rate, channels = raw.frame_size or 0, raw.sample_rate or 0, raw.channels
    bits = 8 * frame_size // channels
    fmt = struct.pack("<HHIIHH", _TAGS[raw.encoding], channels, rate, rate * frame_size, frame_size, bits)
    body = _chunk(b"fmt ", fmt)
    if raw.encoding != "linear16":  # Microsoft's rule for all but PCM: fmt with an extension, and fact
        frames = _OPEN if data_bytes is None else data_bytes // frame_size
        body = _chunk(b"fmt ", fmt + b"\0\0") + _chunk(b"fact", struct.pack("<I", frames))
    body = b"WAVE" + body + struct.pack("<4sI", b"data", _OPEN if data_bytes is None else data_bytes)
    whole = _OPEN if data_bytes is None else len(body) + data_bytes + data_bytes % 2
    return struct.pack("<4sI", b"RIFF", min(whole, _OPEN)) + body


def patch_sizes(wav: bytes) -> bytes:
    """Return a whole WAV of `WavWriter` with its true sizes, and a pad byte where the sound has an odd size.

    Anything else, and what 32 bits cannot measure, stays as it is.
    """
    patches, pad = _patches(wav[:_HEADER_LIMIT], len(wav))
    patched = bytearray(wav + pad)
    for at, size in patches:
        struct.pack_into("<I", patched, at, size)
    return bytes(patched)


def patch_file(sink: IO[bytes]) -> None:
    """Do the same to a file that holds one; it must be open for reading and writing and can seek."""
    length = sink.seek(0, 2)
    sink.seek(0)
    patches, pad = _patches(sink.read(_HEADER_LIMIT), length)
    sink.seek(0, 2)
    sink.write(pad)
    for at, size in patches:
        sink.seek(at)
        sink.write(struct.pack("<I", size))
    sink.seek(0, 2)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack("<4sI", name, len(content)) + content


def _patches(header: bytes, length: int) -> tuple[list[tuple[int, int]], bytes]:
    """Return where in a WAV of *length* bytes to write which sizes, and the pad byte that it lacks."""
    if header[:8] != b"RIFF\xff\xff\xff\xff" or length > _OPEN:
        return [], b""
    frame_size, fact, at = 1, None, 12
    while header[at : at + 4] != b"data":
        name, size = struct.unpack_from("<4sI", header, at)
        if name == b"fmt ":
            (frame_size,) = struct.unpack_from("<H", header, at + 20)
        elif name == b"fact":
            fact = at + 8
        at += 8 + size
    sound = length - at - 8
    pad = b"\0" * (sound % 2)
    patches = [(4, length + len(pad) - 8), (at + 4, sound)]
    return [*patches, (fact, sound // frame_size)] if fact else patches, pad
