"""Cut FLAC (RFC 9639) into frames.

A frame does not say how long it is: it ends where a header begins that has a right checksum and the next number.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from attrs import frozen

from voxbridge.exceptions import ProtocolError, TruncatedSpeech

from ._parser import Packet, Splitter, Wait
from ._sniff import looks_like


__all__ = ["FlacFrames"]

_STREAM: Final = b"fLaC\0\0\0\x22"  # the marker, and STREAMINFO's header, its last-block flag aside
_CANDIDATE: Final = re.compile(rb"\xff|f")  # the first byte of a frame or of a stream
_STREAMINFO: Final = 34  # bytes
_HEADER: Final = 16  # bytes; the longest header of a frame
_FRAME_LIMIT: Final = 1 << 20  # bytes; 20 times what mono of 16 bits can need


@frozen
class _Header:
    kind: tuple[int, int, int]
    "What is the same in all frames: blocking strategy, and codes for rate and width."
    number: int
    "Of the frame, or of its first sample where blocks vary."
    samples: int

    @property
    def next_number(self) -> int:
        return self.number + (self.samples if self.kind[0] & 1 else 1)


class FlacFrames(Splitter):
    """Frames of FLAC; a stream may follow another."""

    def _stream(self) -> Wait[None]:
        while (yield from self._has(1)):
            info = yield from self._read_metadata()
            rate = int.from_bytes(info[10:13]) >> 4
            total = int.from_bytes(info[13:18]) & 0xFFFFFFFFF  # 0: unknown
            setup, samples = info, 0
            header = yield from self._header()
            while header is not None:
                size, following = yield from self._measure(header)
                self._found.append(Packet(self._take(size), rate, header.samples, setup))
                setup, samples, header = b"", samples + header.samples, following
            if samples < total:
                raise TruncatedSpeech(f"the FLAC ended after {samples} of its {total} samples")

    def _read_metadata(self) -> Wait[bytes]:
        """Read up to the first frame; return STREAMINFO."""
        yield from self._has(8)
        if not _begins_stream(self._peek(8)):
            raise ProtocolError(f"expected FLAC, got {looks_like(self._peek(64))}")
        info, last = b"", False
        self._take(4)
        while not last:
            if not (yield from self._has(4)):
                raise TruncatedSpeech("the FLAC ended inside its metadata")
            head = self._take(4)
            last, size = head[0] >= 0x80, int.from_bytes(head[1:])
            if not info:
                yield from self._has(_STREAMINFO)
                info = self._peek(_STREAMINFO)
            yield from self._skip(size)
        return info

    def _header(self) -> Wait[_Header | None]:
        """Return the header of the first frame; None if there is none."""
        if not (yield from self._has(1)):
            return None
        yield from self._has(_HEADER)
        header = _parse_header(self._peek(_HEADER))
        if header is None and not _begins_stream(self._peek(8)):
            raise ProtocolError(f"expected a frame of FLAC, got {looks_like(self._peek(64))}")
        return header

    def _measure(self, header: _Header) -> Wait[tuple[int, _Header | None]]:
        """Return the length in bytes of the frame at hand, and the header that follows it, if one does."""
        length = 1
        while (yield from self._has(length + 1)):
            if length > _FRAME_LIMIT:
                raise ProtocolError(f"a frame of this FLAC has no end within {_FRAME_LIMIT} bytes")
            candidate = _CANDIDATE.search(self._buffer, self._at + length)
            if candidate is None:
                length = len(self._buffer) - self._at
                continue
            length = candidate.start() - self._at
            yield from self._has(length + _HEADER)
            head = self._buffer[self._at + length : self._at + length + _HEADER]
            if _begins_stream(head):
                return length, None
            following = _parse_header(head)
            if following and (following.kind, following.number) == (header.kind, header.next_number):
                return length, following
            length += 1
        return length, None


def _begins_stream(head: bytes) -> bool:
    return len(head) >= 8 and head[:4] + bytes((head[4] & 0x7F,)) + head[5:8] == _STREAM


def _parse_header(head: bytes) -> _Header | None:
    """Return what a frame's header says, or None if this is none (RFC 9639, 9.1)."""
    if len(head) < 6 or head[0] != 0xFF or head[1] & 0xFE != 0xF8 or head[3] & 1:
        return None
    block, rate = head[2] >> 4, head[2] & 15
    number_size = 1 if head[4] < 0x80 else 8 - (head[4] ^ 0xFF).bit_length()  # as in UTF-8: so many leading ones
    size = 4 + number_size + {6: 1, 7: 2}.get(block, 0) + {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if block == 0 or rate == 15 or len(head) <= size or _crc8(head[:size]) != head[size]:
        return None
    number = head[4] if number_size == 1 else head[4] & (0x7F >> number_size)
    for byte in head[5 : 4 + number_size]:
        number = number << 6 | byte & 0x3F
    if block in (6, 7):
        samples = int.from_bytes(head[4 + number_size : 4 + number_size + block - 5]) + 1
    else:
        samples = _block_size(block)
    return _Header((head[1], rate, head[3] & 0x0E), number, samples)


def _block_size(code: int) -> int:
    if code == 1:
        return 192
    return 576 << code - 2 if code < 6 else 256 << code - 8


def _crc8(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc = _crc8_table()[crc ^ byte]
    return crc


@cache
def _crc8_table() -> bytes:
    """Return the table for x^8 + x^2 + x + 1."""
    table = bytearray(256)
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07 if crc & 0x80 else crc << 1) & 0xFF
        table[byte] = crc
    return bytes(table)
