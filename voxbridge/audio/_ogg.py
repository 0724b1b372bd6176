"""Take Opus packets out of Ogg (RFC 3533, 7845)."""

from __future__ import annotations

import struct
from typing import Final

from voxbridge.exceptions import ProtocolError, TruncatedSpeech

from ._parser import Packet, Splitter, Wait
from ._sniff import looks_like


__all__ = ["OpusPackets"]

_RATE: Final = 48000  # Hz; Opus counts in these whatever it was made from
_BEGIN, _END = 2, 4  # flags of a page
_PAGE: Final = 27  # bytes before its segment table


class OpusPackets(Splitter):
    """Packets of the first Opus stream, and of those that are chained to it."""

    _serial: int | None = None  # of the stream that is read
    _head = b""  # of a stream whose first packet has not come yet
    _tags_due = False
    _partial = b""
    _granule = 0

    def _stream(self) -> Wait[None]:
        while (yield from self._has(1)):
            yield from self._has(_PAGE)
            if self._peek(4) != b"OggS":
                raise ProtocolError(f"expected opus in Ogg, got {looks_like(self._peek(64))}")
            segments = self._peek(_PAGE)[-1]
            yield from self._has(_PAGE + segments)
            lacing = self._peek(_PAGE + segments)[_PAGE:]
            size = _PAGE + segments + sum(lacing)
            if not (yield from self._has(size)):
                raise TruncatedSpeech("the Ogg stream ended inside a page")
            flags, granule, serial = struct.unpack_from("<BqI", self._peek(_PAGE), 5)
            self._read_page(flags, granule, serial, lacing, self._take(size)[_PAGE + segments :])
        if self._serial is None and self._at:
            raise ProtocolError("expected opus in Ogg, got Ogg without Opus")

    def _read_page(self, flags: int, granule: int, serial: int, lacing: bytes, body: bytes) -> None:
        if flags & _BEGIN:
            if body.startswith(b"OpusHead") and len(body) >= 19:
                self._serial, self._head = serial, body
                self._tags_due, self._partial, self._granule = True, b"", 0
            return
        if serial != self._serial:
            return
        packets = self._whole_packets(lacing, body)
        if self._tags_due and packets:
            del packets[0]
            self._tags_due = False
        sound = [Packet(data, _RATE, _duration(data)) for data in packets if data]
        if self._head and sound:
            (delay,) = struct.unpack_from("<H", self._head, 10)
            sound[0] = sound[0]._replace(setup=self._head, delay=delay)
            self._head = b""
        if flags & _END:
            _cut_padding(sound, granule - self._granule)
        if granule >= 0:  # -1 where no packet ends on the page
            self._granule = granule
        self._found += sound

    def _whole_packets(self, lacing: bytes, body: bytes) -> list[bytes]:
        packets, start = [], 0
        for length in lacing:
            self._partial += body[start : start + length]
            start += length
            if length < 255:
                packets.append(self._partial)
                self._partial = b""
        return packets


def _cut_padding(sound: list[Packet], samples: int) -> None:
    """Mark what goes beyond so many samples of the last page as padding (RFC 7845, 4.4)."""
    surplus = max(0, sum(packet.samples for packet in sound) - samples)
    for index in reversed(range(len(sound))):
        padding = min(surplus, sound[index].samples)
        sound[index] = sound[index]._replace(padding=padding)
        surplus -= padding


def _duration(packet: bytes) -> int:
    """Return how many samples a packet decodes to, from its first bytes (RFC 6716, 3.1)."""
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame = (480, 960, 1920, 2880)[config & 3]
    elif config < 16:
        frame = (480, 960)[config & 1]
    else:
        frame = (120, 240, 480, 960)[config & 3]
    if code == 3:
        return frame * (packet[1] & 63 if len(packet) > 1 else 0)
    return frame * (1 if code == 0 else 2)
