"""Audio formats: their names, their rules, and what can be said of them without looking at audio."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, Literal, Self, cast

import attrs

from voxbridge.exceptions import InvalidFormat, nearest


__all__ = ["AudioFormat", "Container", "Encoding"]

Encoding = Literal["linear16", "mulaw", "alaw", "mp3", "opus", "flac", "aac"]
Container = Literal["wav", "ogg"]

# name -> encoding, container, default rate in Hz (None: whatever the backend gives)
_NAMES: Final = MappingProxyType(
    {
        "wav": ("linear16", "wav", 24000),
        "linear16": ("linear16", None, 24000),
        "mulaw": ("mulaw", None, 8000),
        "alaw": ("alaw", None, 8000),
        "wav-mulaw": ("mulaw", "wav", 8000),
        "wav-alaw": ("alaw", "wav", 8000),
        "mp3": ("mp3", None, None),
        "opus": ("opus", "ogg", 48000),
        "flac": ("flac", None, 24000),
        "aac": ("aac", None, None),
    }
)
_SYNONYMS: Final = MappingProxyType(
    {
        **dict.fromkeys(("pcm", "pcm16", "pcm_16", "pcm_s16le", "s16", "s16le", "lpcm", "l16", "raw"), "linear16"),
        **dict.fromkeys(("ulaw", "u-law", "mu-law", "pcmu", "pcm_mulaw", "g711", "g711u"), "mulaw"),
        **dict.fromkeys(("a-law", "pcma", "pcm_alaw", "g711a"), "alaw"),
        **dict.fromkeys(("ogg", "oga", "ogg-opus", "ogg_opus", "libopus", "webm"), "opus"),
        **dict.fromkeys(("mpeg", "mpga", "mpeg3"), "mp3"),
        **dict.fromkeys(("m4a", "mp4", "adts"), "aac"),
        **dict.fromkeys(("wave", "riff", "x-wav"), "wav"),
    }
)
_SAMPLE_SIZES: Final = MappingProxyType({"linear16": 2, "mulaw": 1, "alaw": 1})  # bytes
_SILENCE: Final = MappingProxyType({"linear16": b"\0\0", "mulaw": b"\xff", "alaw": b"\xd5"})  # one sample
_MPEG_RATES: Final = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_RATES: Final = MappingProxyType({"mp3": _MPEG_RATES, "aac": _MPEG_RATES, "opus": (48000,)})
_ANY_RATE: Final = range(8000, 48001)
# ISO 11172-3 and 13818-3, layer III; the others are continuous
_MP3_BIT_RATES: Final = tuple(
    1000 * k for k in (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 192, 224, 256, 320)
)
_BIT_RATES: Final = MappingProxyType({"mp3": _MP3_BIT_RATES, "opus": range(4000, 256001), "aac": range(4000, 320001)})
_MEDIA_TYPES: Final = MappingProxyType(
    {"mp3": "audio/mpeg", "opus": "audio/ogg;codecs=opus", "flac": "audio/flac", "aac": "audio/aac"}
)
_SUFFIXES: Final = MappingProxyType(
    {"linear16": ".pcm", "mulaw": ".ulaw", "alaw": ".alaw", "mp3": ".mp3", "opus": ".opus", "flac": ".flac"}
    | {"aac": ".aac"}
)
_NAME_OF_SUFFIX: Final = MappingProxyType(
    {suffix: name for name, suffix in _SUFFIXES.items()} | {".wav": "wav", ".raw": "linear16", ".ogg": "opus"}
)


@attrs.frozen(init=False)
class AudioFormat:
    """How sound is written as bytes.

    The first argument is an encoding or any name that `parse` takes:
    ``AudioFormat("wav")``, ``AudioFormat("wav-mulaw", 8000)``, ``AudioFormat("mp3", bit_rate=32000)``.

    Raises:
        InvalidFormat: there is no such format.
    """

    encoding: Encoding
    sample_rate: int | None
    "Hz; None for mp3 and aac means whatever the backend gives."
    channels: int
    "1, or 2 for sound that comes from elsewhere."
    container: Container | None
    "None is raw; opus is always in Ogg, aac in ADTS."
    bit_rate: int | None
    "Bits per second; None is the encoder's own choice."

    def __init__(
        self,
        encoding: str,
        sample_rate: int | None = None,
        channels: int = 1,
        container: str | None = None,
        bit_rate: int | None = None,
    ) -> None:
        plain, own_container, default_rate = _NAMES[_checked_name(encoding)]
        if container is not None and container != own_container:
            if (container, own_container) != ("wav", None) or plain not in _SAMPLE_SIZES:
                raise InvalidFormat(f"{encoding} cannot be in a {container!r} container: leave `container` out")
            own_container = "wav"
        _check_rate(plain, sample_rate)
        if type(channels) is not int or channels not in (1, 2):
            raise InvalidFormat(f"channels must be 1 or 2, not {channels!r}")
        _check_bit_rate(plain, bit_rate)
        self.__attrs_init__(
            encoding=cast("Encoding", plain),
            sample_rate=default_rate if sample_rate is None else sample_rate,
            channels=channels,
            container=cast("Container | None", own_container),
            bit_rate=bit_rate,
        )

    @classmethod
    def parse(cls, spec: str | AudioFormat) -> AudioFormat:
        """Return the mono format that ``NAME[/RATE]`` or another format stands for.

        Raises:
            InvalidFormat: the name, the rate or the number of channels cannot be given.
        """
        if isinstance(spec, AudioFormat):
            if spec.channels != 1:
                raise InvalidFormat(f"speech is given in mono: ask for channels=1, not {spec.channels}")
            return spec
        if not isinstance(spec, str):
            raise InvalidFormat(f"a format is an AudioFormat or NAME[/RATE] such as 'wav/24000', not {spec!r}")
        name, slash, rate = spec.partition("/")
        if not slash:
            return cls(name)
        if not (rate.isascii() and rate.isdecimal() and len(rate) < 9):
            raise InvalidFormat(f"format {spec!r}: after the slash comes a rate in Hz, such as {name}/24000")
        return cls(name, int(rate))

    @classmethod
    def from_suffix(cls, suffix: str) -> AudioFormat:
        """Return the format that a file name's suffix, such as ``".mp3"``, stands for.

        Raises:
            InvalidFormat: no format has this suffix.
        """
        name = _NAME_OF_SUFFIX.get(suffix.lower())
        if name is None:
            raise InvalidFormat(f"no format has the suffix {suffix!r}; known: {' '.join(sorted(_NAME_OF_SUFFIX))}")
        return cls(name)

    def __str__(self) -> str:
        return self.name if self.sample_rate is None else f"{self.name}/{self.sample_rate}"

    @property
    def name(self) -> str:
        """The name that `parse` takes, without the rate."""
        if self.container != "wav":
            return self.encoding
        return "wav" if self.encoding == "linear16" else f"wav-{self.encoding}"

    @property
    def content_type(self) -> str:
        """The media type, for HTTP."""
        if self.container == "wav":
            return "audio/wav"
        if self.compressed:
            return _MEDIA_TYPES[self.encoding]
        if self.encoding == "mulaw" and (self.sample_rate, self.channels) == (8000, 1):
            return "audio/basic"  # RFC 2046, 4.3
        subtype = "l16" if self.encoding == "linear16" else self.encoding
        stereo = f";channels={self.channels}" if self.channels > 1 else ""
        return f"audio/{subtype};rate={self.sample_rate}{stereo}"

    @property
    def suffix(self) -> str:
        """What a file of this format is called, such as ``".mp3"``."""
        return ".wav" if self.container == "wav" else _SUFFIXES[self.encoding]

    @property
    def compressed(self) -> bool:
        """True for mp3, opus, flac and aac."""
        return self.encoding not in _SAMPLE_SIZES

    @property
    def frame_size(self) -> int | None:
        """Bytes of one sample of all channels; None for compressed formats."""
        return None if self.compressed else _SAMPLE_SIZES[self.encoding] * self.channels

    @property
    def raw(self) -> AudioFormat:
        """The same without its container.

        Raises:
            InvalidFormat: the format is compressed.
        """
        if self.compressed:
            raise InvalidFormat(f"{self} has no raw form: only linear16, mulaw and alaw have one")
        return self if self.container is None else attrs.evolve(self, container=None)

    def with_rate(self, sample_rate: int) -> Self:
        """Return the same format at *sample_rate* Hz."""
        return attrs.evolve(self, sample_rate=sample_rate)

    def settled(self, sample_rate: int) -> Self:
        """Return the same format with a rate: its own, else the nearest to *sample_rate* that it can have."""
        if self.sample_rate is not None:
            return self
        return self.with_rate(min(_MPEG_RATES, key=lambda rate: (abs(rate - sample_rate), -rate)))

    def silence(self, seconds: float) -> bytes:
        """Return that much silence, ``round(seconds * sample_rate)`` frames of it.

        Raises:
            InvalidFormat: the format is not raw.
        """
        rate = self._raw_rate("silence")
        return _SILENCE[self.encoding] * (round(seconds * rate) * self.channels)

    def seconds(self, n_bytes: int) -> float:
        """Return how long *n_bytes* of this raw format last.

        Raises:
            InvalidFormat: the format is not raw.
        """
        rate = self._raw_rate("the duration of so many bytes")
        return n_bytes / (_SAMPLE_SIZES[self.encoding] * self.channels * rate)

    def _raw_rate(self, wanted: str) -> int:
        if self.container is not None or self.compressed or self.sample_rate is None:
            raise InvalidFormat(f"{self} is not raw, so {wanted} is not known: use linear16, mulaw or alaw")
        return self.sample_rate


def _checked_name(name: str) -> str:
    if name in _NAMES:
        return name
    known = f"known: {' '.join(_NAMES)}"
    if not isinstance(name, str):
        raise InvalidFormat(f"a format's name is a str, not {name!r}; {known}")
    lower = name.lower()
    right = lower if lower in _NAMES else _SYNONYMS.get(lower)
    if right is not None:
        raise InvalidFormat(f"format {name!r} is called {right!r} here")
    raise InvalidFormat(f"unknown format {name!r}; {known}.{nearest(lower, _NAMES)}")


def _check_rate(encoding: str, rate: int | None) -> None:
    if rate is None:
        return
    allowed = _RATES.get(encoding, _ANY_RATE)
    if type(rate) is not int or rate not in allowed:
        given = "8000 to 48000" if allowed is _ANY_RATE else " ".join(map(str, allowed))
        raise InvalidFormat(f"{encoding} at {rate!r} Hz is not possible; rates of {encoding}: {given}")


def _check_bit_rate(encoding: str, bit_rate: int | None) -> None:
    if bit_rate is None:
        return
    allowed = _BIT_RATES.get(encoding)
    if allowed is None:
        raise InvalidFormat(f"{encoding} has no bit rate to choose: leave `bit_rate` out")
    if type(bit_rate) is not int or bit_rate not in allowed:
        given = f"{allowed[0]} to {allowed[-1]}" if isinstance(allowed, range) else " ".join(map(str, allowed))
        raise InvalidFormat(f"{encoding} at {bit_rate!r} bits per second is not possible; possible: {given}")
