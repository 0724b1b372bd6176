"""Cut mp3 (ISO 11172-3, 13818-3, layer III) and ADTS (ISO 13818-7) into frames, without tags and without junk."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from functools import lru_cache
from typing import ClassVar, Final

from voxbridge.exceptions import ProtocolError, TruncatedSpeech

from ._parser import Packet, Splitter, Wait
from ._sniff import looks_like


__all__ = ["AdtsFrames", "Mp3Frames"]

_BIT_RATES_1: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)  # kbit/s, MPEG-1
_BIT_RATES_2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)  # MPEG-2 and 2.5
_MP3_RATES: Final = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}  # Hz, by version
_ADTS_RATES: Final = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_JUNK_LIMIT: Final = 65536  # bytes between two frames
_TAG_HEAD: Final = 10  # bytes, which say how long a tag is
_MONO: Final = 3  # a channel mode of mp3


class _Frames(Splitter):
    """Frames that begin with a header of their own, between which tags may stand."""

    name: ClassVar[str]
    header_size: ClassVar[int]
    kept: ClassVar[int]
    "Those of a header's first 32 bits that are the same in all frames of a stream."

    @staticmethod
    @abstractmethod
    def _measure(header: bytes) -> tuple[int, int, int] | None:
        """Return bytes, Hz and samples of the frame with this header, or None if it is no header."""

    def _is_sound(self, frame: bytes) -> bool:
        return True

    def _stream(self) -> Wait[None]:
        first: int | None = None  # the kept bits of the first header
        seen: dict[bytes, tuple[int, int, int]] = {}  # headers and what they measure
        junk = 0  # bytes since the last frame
        while self._left >= _TAG_HEAD or (yield from self._has(1)):
            if self._left < _TAG_HEAD:
                yield from self._has(_TAG_HEAD)
            tag = _tag_size(self._peek(_TAG_HEAD))
            if tag:
                yield from self._skip(tag)
                continue
            header = self._peek(self.header_size)
            kept = int.from_bytes(header[:4]) & self.kept
            measured = self._measure(header) if len(header) == self.header_size else None
            if measured and first not in (None, kept) and not junk:
                raise ProtocolError(f"the {self.name} changed its rate or version in mid-stream")
            if measured and first in (None, kept):
                yield from self._read_frame(*measured)
                first, junk, seen[header] = kept, 0, measured
                self._read_frames(seen)
                continue
            junk += 1
            if (first is None and header[0]) or junk > _JUNK_LIMIT:
                raise ProtocolError(f"expected {self.name}, got {looks_like(self._peek(64))}")
            self._take(1)

    def _read_frames(self, seen: Mapping[bytes, tuple[int, int, int]]) -> None:
        """Take the frames that are there, up to a header that is new. This is most of a stream: hence its own loop."""
        buffer, at, end, found = self._buffer, self._at, len(self._buffer), self._found
        while (measured := seen.get(buffer[at : at + self.header_size])) and at + measured[0] <= end:
            size, rate, samples = measured
            frame = buffer[at : at + size]
            at += size
            if self._is_sound(frame):
                found.append(Packet(frame, rate, samples))
        self._at = at

    def _read_frame(self, size: int, rate: int, samples: int) -> Wait[None]:
        if self._left < size and not (yield from self._has(size)):
            there = len(self._peek(size))
            raise TruncatedSpeech(f"the {self.name} ended inside a frame, after {there} of its {size} bytes")
        frame = self._take(size)
        if self._is_sound(frame):
            self._found.append(Packet(frame, rate, samples))


class Mp3Frames(_Frames):
    """Frames of mp3; those that hold a Xing, Info or VBRI table instead of sound are dropped."""

    name = "mp3"
    header_size = 4
    kept = 0xFFFE0C00

    @staticmethod
    @lru_cache(maxsize=256)  # a stream has few different ones
    def _measure(header: bytes) -> tuple[int, int, int] | None:
        bits = int.from_bytes(header)
        version, layer, bit_rate, rate = bits >> 19 & 3, bits >> 17 & 3, bits >> 12 & 15, bits >> 10 & 3
        if bits >> 21 != 0x7FF or version not in _MP3_RATES or layer != 1 or bit_rate in (0, 15) or rate == 3:
            return None
        hertz = _MP3_RATES[version][rate]
        kilobits, samples = (_BIT_RATES_1[bit_rate], 1152) if version == 3 else (_BIT_RATES_2[bit_rate], 576)
        return samples * kilobits * 125 // hertz + (bits >> 9 & 1), hertz, samples

    def _is_sound(self, frame: bytes) -> bool:
        mono = frame[3] >> 6 == _MONO
        table = 4 + ((17 if mono else 32) if frame[1] >> 3 & 3 == 3 else (9 if mono else 17))  # after the side info
        return frame[table : table + 4] not in (b"Xing", b"Info") and frame[36:40] != b"VBRI"


class AdtsFrames(_Frames):
    """Frames of AAC in ADTS."""

    name = "AAC in ADTS"
    header_size = 7
    kept = 0xFFFEFC00

    @staticmethod
    def _measure(header: bytes) -> tuple[int, int, int] | None:
        bits = int.from_bytes(header)
        rate, size, more_blocks = bits >> 34 & 15, bits >> 13 & 0x1FFF, bits & 3
        if bits >> 44 != 0xFFF or bits >> 41 & 3 or rate >= len(_ADTS_RATES) or size <= AdtsFrames.header_size:
            return None
        return size, _ADTS_RATES[rate], 1024 * (1 + more_blocks)


def _tag_size(head: bytes) -> int:
    """Return the length in bytes of the ID3 tag that begins so, or 0."""
    if head[0] == 0xFF:
        return 0  # a frame
    if head[:3] == b"ID3" and len(head) == _TAG_HEAD:
        size = 0
        for byte in head[6:10]:
            size = size << 7 | byte & 0x7F
        return size + (20 if head[5] & 0x10 else 10)  # with or without footer
    return 128 if head[:3] == b"TAG" else 0
