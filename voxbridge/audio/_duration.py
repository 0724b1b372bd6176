"""How long whole audio lasts, in any format, without a codec."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from fractions import Fraction

from voxbridge.exceptions import BackendError

from ._codecs import splitter
from ._format import AudioFormat
from ._parser import Packet
from ._wav import WavReader


__all__ = ["Meter", "seconds", "sounding"]


def seconds(format: AudioFormat, data: bytes) -> float:
    """Return how long *data*, whole audio in *format*, lasts.

    For mp3 and aac this includes the padding that their raw streams cannot tell.

    Raises:
        ProtocolError: it is not in this format.
        TruncatedSpeech: it ends inside a packet.
    """
    if format.compressed:
        packets = splitter(format.encoding)
        samples: Counter[int] = Counter()  # by rate: one fraction a packet takes longer than the rest
        for packet in packets.parse(data) + packets.end():
            samples[packet.sample_rate] += packet.samples - packet.padding - packet.delay
        return float(sum(Fraction(count, rate) for rate, count in samples.items()))
    if format.container is None:
        return format.seconds(len(data))
    reader = WavReader(format)
    raw = len(reader.feed(data) + reader.flush())
    if reader.sound is None:
        return 0.0
    sample_size = 2 if reader.sound.encoding == "linear16" else 1
    return raw / (sample_size * reader.sound.channels * reader.sound.sample_rate)


class Meter:
    """Count how long a compressed stream lasts as it comes. What cannot be read counts nothing.

    Args:
        format: of the stream.
    """

    def __init__(self, format: AudioFormat) -> None:
        self.seconds = 0.0
        self.sure = True
        """Whether all of it could be read."""
        self._packets = splitter(format.encoding)

    def feed(self, data: bytes) -> None:
        """Take more of the stream."""
        self._count(lambda: self._packets.parse(data))

    def end(self) -> None:
        """Take the end of the stream."""
        self._count(self._packets.end)

    def _count(self, read: Callable[[], Iterable[Packet]]) -> None:
        try:
            self.seconds += sum((each.samples - each.padding - each.delay) / each.sample_rate for each in read())
        except BackendError:
            self.sure = False


def sounding(format: AudioFormat, data: bytes) -> AudioFormat:
    """Return *format*; where its sample rate was left open, with the one that *data*, whole audio, has.

    Raises:
        ProtocolError: it is not in this format.
    """
    if format.sample_rate is not None:
        return format
    packets = splitter(format.encoding).parse(data)
    return format.with_rate(packets[0].sample_rate) if packets else format
