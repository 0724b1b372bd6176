"""Read WAV as it comes from vendors: in pieces, with sizes that lie, and with headers in mid-stream."""

from __future__ import annotations

import re
import struct
from typing import Final

from voxbridge.exceptions import ProtocolError

from ._format import AudioFormat, Encoding
from ._parser import Parser, Wait
from ._samples import Narrower, Width
from ._sniff import looks_like
from ._stages import Aligner, Pipeline, Reader, Sound, Stage


__all__ = ["WavReader"]

_ENDLESS: Final = 0x7FFF0000  # a size of sound from here on, or 0, says "until the stream ends"
_FMT_LIMIT: Final = 1024  # bytes; real ones have 16, 18 or 40
_RATES: Final = range(4000, 384001)  # Hz; more than vendors and microphones have
_CHANNELS: Final = range(1, 9)
_EXTENSIBLE: Final = 0xFFFE

# format tag, bits per sample -> encoding, and the width to bring to 16 bits where it has another
_KINDS: Final[dict[tuple[int, int], tuple[Encoding, Width | None]]] = {
    (1, 8): ("linear16", "u8"),
    (1, 16): ("linear16", None),
    (1, 24): ("linear16", "s24"),
    (1, 32): ("linear16", "s32"),
    (3, 32): ("linear16", "f32"),
    (3, 64): ("linear16", "f64"),
    (6, 8): ("alaw", None),
    (7, 8): ("mulaw", None),
}
_HEADER: Final = re.compile(rb"RIFF....WAVE", re.DOTALL)
_CHUNK_NAME: Final = re.compile(rb"[A-Za-z0-9_ ]{4}")


class WavReader(Reader):
    """WAV in, whole frames of its sound out: mu-law and A-law as they are, all else as linear16.

    A header may come again at any time, as vendors put one before each chunk; chunks after the sound are dropped.
    Sound that goes on after its declared size is sound.

    Args:
        expected: what the stream was said to be. Another encoding is an error; another rate or another number
            of channels is not, see `sound`.

    Raises:
        ProtocolError: (feed, flush) this is no WAV, or not the expected one.
    """

    def __init__(self, expected: AudioFormat | None = None) -> None:
        self._grammar = _Grammar(expected)

    def feed(self, data: bytes) -> bytes:
        return self._read(self._grammar.parse(data))

    def flush(self) -> bytes:
        return self._read(self._grammar.end()) + self._grammar.frames.flush()

    def _read(self, found: list[bytes]) -> bytes:
        self.sound = self._grammar.sound
        return b"".join(found)


class _Grammar(Parser[bytes]):
    """RIFF, walked chunk by chunk."""

    def __init__(self, expected: AudioFormat | None) -> None:
        super().__init__()
        self._expected = expected
        self.sound: Sound | None = None
        self.frames: Stage = Pipeline()

    def _stream(self) -> Wait[None]:
        while (yield from self._has(1)):
            size = yield from self._read_header()
            yield from self._read_sound(size)

    def _read_header(self) -> Wait[int]:
        """Read up to the sound; return its declared size."""
        yield from self._has(12)
        if not _HEADER.match(self._peek(12)):
            raise ProtocolError(f"expected WAV, got {looks_like(self._peek(64))}")
        self._take(12)
        understood = False
        while (yield from self._has(8)):
            name, size = struct.unpack("<4sI", self._take(8))
            if name == b"data" and understood:
                return int(size)
            if name == b"fmt ":
                if size > _FMT_LIMIT or not (yield from self._has(size)):
                    break
                self._understand(self._peek(size))
                understood = True
            yield from self._skip(size + size % 2)
        raise ProtocolError("the WAV ended inside its header, before any sound")

    def _understand(self, fmt: bytes) -> None:
        """Set up what the sound goes through."""
        tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", fmt.ljust(16, b"\0"))
        if tag == _EXTENSIBLE and len(fmt) >= 40:
            (tag,) = struct.unpack_from("<H", fmt, 24)  # the first bytes of the subformat's GUID
        encoding, width = _KINDS.get((tag, bits), (None, None))
        if encoding is None or channels not in _CHANNELS or rate not in _RATES:
            raise ProtocolError(
                f"this WAV cannot be read: format tag {tag:#06x}, {bits} bits, {channels} channels, {rate} Hz"
            )
        sound = Sound(encoding, rate, channels)
        if self._expected is not None and encoding != self._expected.encoding:
            raise ProtocolError(f"asked for {self._expected}, but the WAV holds {encoding} at {rate} Hz")
        if self.sound not in (None, sound):
            raise ProtocolError(f"the WAV changed in mid-stream from {self.sound} to {sound}")
        self._found.append(self.frames.flush())
        self.frames = Pipeline([Aligner(channels * bits // 8), *([Narrower(width)] if width else [])])
        self.sound = sound

    def _read_sound(self, size: int) -> Wait[None]:
        """Let sound pass until the stream ends, another header comes, or its declared end."""
        left = None if size == 0 or size >= _ENDLESS else size
        while True:
            end = len(self._buffer) if self._ended else _header_or_end(self._buffer, self._at)
            ready = end - self._at
            taken = self._take(ready if left is None else min(ready, left))
            self._found.append(self.frames.feed(taken))
            if left is not None:
                left -= len(taken)
                if left == 0:
                    if (yield from self._is_over(padded=size % 2 == 1)):
                        return
                    left = None
                    continue
            if self._ended or _HEADER.match(self._buffer, self._at):
                return
            yield

    def _is_over(self, *, padded: bool) -> Wait[bool]:
        """Drop what follows the declared end of the sound; return False if that is more sound."""
        if padded and (yield from self._has(1)) and self._peek(1) == b"\0":
            self._take(1)
        while (yield from self._has(8)):
            name, size = struct.unpack("<4sI", self._peek(8))
            if name == b"RIFF":
                return True
            if not _CHUNK_NAME.match(name):
                return False
            yield from self._skip(8 + size + size % 2)
        self._take(8)
        return True


def _header_or_end(buffer: bytes, start: int) -> int:
    """Return where a header begins, or may begin once more bytes have come, or the buffer's end."""
    header = _HEADER.search(buffer, start)
    if header:
        return header.start()
    start = max(start, len(buffer) - 11)
    while (start := buffer.find(b"R", start)) >= 0:
        tail = buffer[start:]
        if b"RIFF".startswith(tail[:4]) and b"WAVE".startswith(tail[8:]):
            return start
        start += 1
    return len(buffer)
