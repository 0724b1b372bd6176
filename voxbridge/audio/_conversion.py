"""From one format to another, by the shortest way; and which format to ask for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voxbridge.exceptions import InvalidFormat

from ._codecs import Decoder, Encoder
from ._format import AudioFormat, Encoding
from ._g711 import Compressor, Expander
from ._resample import Resampler
from ._samples import Mixer
from ._stages import Aligner, Pipeline, Reader, Sound, Stage
from ._wav import WavReader
from ._wav_writer import WavWriter


__all__ = ["conversion", "is_native", "joint", "negotiate"]

_USUAL_RATE = 24000  # Hz; what to aim at where nobody says

# What to make a format from, the best first: a kind of sound, and whether its rate is at or above the wanted one.
# G.711 at a lower rate is telephone sound and comes after mp3; what needs no codec comes before what does.
_ORDER = (
    ("linear16", True),
    ("flac", True),
    ("g711", True),
    ("linear16", False),
    ("flac", False),
    ("lossy", True),
    ("g711", False),
    ("lossy", False),
)
_KIND = {"linear16": "linear16", "flac": "flac", "mulaw": "g711", "alaw": "g711"}


def conversion(source: AudioFormat, target: AudioFormat) -> Pipeline:
    """Return the shortest way from *source* to *target*; it is empty if *source* is what *target* asks for.

    What a stream itself says of its rate and channels counts, not what *source* says.

    Raises:
        InvalidFormat: *target* is not mono.
        UnsupportedFeature: a codec is needed, and the extra `codecs` is not installed.
    """
    if is_native(target, source) and source.container == target.container:
        return Pipeline()
    if target.channels != 1:
        raise InvalidFormat(f"sound is converted to mono only: ask for channels=1, not {target.channels}")
    if source.compressed:
        return Pipeline([_Discovery(Decoder(source), source, target)])
    if source.container == "wav":
        return Pipeline([_Discovery(WavReader(source), source, target)])
    aligner = [Aligner(source.frame_size)] if source.frame_size and source.frame_size > 1 else []
    return Pipeline([*aligner, *_stages(_declared(source), target)])


def joint(target: AudioFormat) -> AudioFormat:
    """Return the raw format in which pieces that become *target* can be joined end to end.

    Build ``conversion(source, joint(target))`` for each piece, and ``conversion(joint(target), target)`` once.

    Raises:
        InvalidFormat: *target* has no sample rate yet: see `AudioFormat.settled`.
    """
    if not target.compressed:
        return target.raw
    if target.sample_rate is None:
        raise InvalidFormat(f"{target} has no sample rate yet: give it one, such as {target}/24000")
    return AudioFormat("linear16", target.sample_rate, target.channels)


def negotiate(wanted: AudioFormat, offered: Sequence[AudioFormat]) -> AudioFormat:
    """Return that of the *offered* formats from which *wanted* is best made; the first of equals.

    Native is best; then lossless sound at or above the wanted rate, the nearest; then the highest lossless below;
    then compressed sound.

    Raises:
        InvalidFormat: nothing is offered.
    """
    if not offered:
        raise InvalidFormat(f"{wanted} cannot be made: no format is offered")
    return min(offered, key=lambda each: _distance(wanted, each))


class _Discovery(Stage):
    """Read a stream that says itself what it holds, then build the rest of the way from that.

    Args:
        reader: of the stream.
        source: what the stream was said to be; counts if it says nothing, being empty.
        target: what to make of it.
    """

    def __init__(self, reader: Reader, source: AudioFormat, target: AudioFormat) -> None:
        self._reader = reader
        self._source = source
        self._target = target
        self._rest: Pipeline | None = None

    def feed(self, data: bytes) -> bytes:
        raw = self._reader.feed(data)
        return self._way().feed(raw) if raw else b""

    def flush(self) -> bytes:
        raw = self._reader.flush()
        return (self._way().feed(raw) if raw else b"") + self._way().flush()

    def _way(self) -> Pipeline:
        if self._rest is None:
            self._rest = Pipeline(_stages(self._reader.sound or _declared(self._source), self._target))
        return self._rest


def _stages(source: Sound, target: AudioFormat) -> Iterator[Stage]:
    """Yield what leads from whole frames of raw sound to a mono format."""
    target = target.settled(source.sample_rate)
    rate = target.sample_rate or source.sample_rate
    plain = (source.encoding, source.sample_rate, source.channels) != (target.encoding, rate, 1)
    if plain and source.encoding in ("mulaw", "alaw"):
        yield Expander(source.encoding)
    if source.channels != 1:
        yield Mixer(source.channels)
    if source.sample_rate != rate:
        yield Resampler(source.sample_rate, rate)
    if plain and target.encoding in ("mulaw", "alaw"):
        yield Compressor(target.encoding)
    if target.compressed:
        yield Encoder(target)
    if target.container == "wav":
        yield WavWriter(target)


def _declared(format: AudioFormat) -> Sound:
    encoding: Encoding = "linear16" if format.compressed else format.encoding
    return Sound(encoding, format.sample_rate or _USUAL_RATE, format.channels)


def is_native(wanted: AudioFormat, offer: AudioFormat) -> bool:
    """Return whether an offer is what is wanted, but perhaps for its container."""
    return (
        (offer.encoding, offer.channels) == (wanted.encoding, wanted.channels)
        and wanted.sample_rate in (None, offer.sample_rate)
        and wanted.bit_rate in (None, offer.bit_rate)
    )


def _distance(wanted: AudioFormat, offer: AudioFormat) -> tuple[int, int, int]:
    """Return how far an offer is from what is wanted: its class, the rates, the trouble of reading it."""
    if is_native(wanted, offer):
        return 0, 0, int(offer.container != wanted.container)
    aim = wanted.sample_rate or _USUAL_RATE
    rate = offer.sample_rate or aim
    kind = _KIND.get(offer.encoding, "lossy")
    return 1 + _ORDER.index((kind, rate >= aim)), abs(rate - aim), int(offer.container is not None)
