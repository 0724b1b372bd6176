"""Gender classification: the pitch of a sample, which is crude, and for what espeak says good enough."""

from __future__ import annotations

import time
from email.message import Message
from typing import TYPE_CHECKING, Any, Final

from voxbridge.audio import AudioFormat, conversion
from voxbridge.exceptions import ProtocolError, TruncatedSpeech

from ._calls import Call
from ._prompts import decoded
from ._refusals import Refusal, invalid


if TYPE_CHECKING:
    from . import DeepdubEmulator

__all__ = ["Gender", "classify"]

_RATE: Final = 16000
_LINEAR: Final = AudioFormat("linear16", _RATE)
_LOWEST, _HIGHEST = 70, 400  # Hz, of a voice
_BETWEEN: Final = 165  # Hz; below it men speak, as a rule
_MAGIC: Final = (
    *((b"RIFF", "wav"), (b"ID3", "mp3"), (b"fLaC", "flac"), (b"OggS", "opus")),
    *((bytes((0xFF, second)), "mp3") for second in (0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2)),
)


class Gender:
    """The endpoints."""

    def __init__(self, emulator: DeepdubEmulator) -> None:
        self._most = emulator.limits.sample

    async def classify(self, call: Call) -> None:
        """Answer ``POST /gender-detection/classify``."""
        fields = await call.fields()
        if "audio_url" in fields:
            raise invalid("the emulator fetches nothing from elsewhere: send the audio as 'audio_base64'")
        await call.answer(classify(decoded("audio_base64", fields.get("audio_base64"), self._most)))

    async def upload(self, call: Call) -> None:
        """Answer ``POST /gender-detection/classify/upload``."""
        await call.answer(classify(_uploaded(call.headers.get("content-type", ""), await call.body())))


def classify(sample: bytes) -> dict[str, Any]:
    """Return whose voice an audio file holds.

    Raises:
        Refusal: it is no audio.
    """
    began = time.perf_counter()
    kind = next((name for magic, name in _MAGIC if sample.startswith(magic)), None)
    if kind is None:
        raise Refusal(status=400, message="unsupported audio format, expected WAV, MP3, FLAC or OGG")
    try:
        way = conversion(AudioFormat(kind), _LINEAR)
        sound = way.feed(sample) + way.flush()
    except (ProtocolError, TruncatedSpeech) as error:
        raise Refusal(status=400, message=f"the audio could not be decoded: {error}") from None
    female = _share_of_female(sound)
    return {
        "predicted_gender": "female" if female > 0.5 else "male",
        "confidence": max(female, 1 - female),
        "prediction": {"female": female, "male": 1 - female},
        "duration_seconds": _LINEAR.seconds(len(sound)),
        "processing_time_ms": 1000 * (time.perf_counter() - began),
    }


def _share_of_female(sound: bytes) -> float:
    """Return from 0 to 1 how high a voice is, by the shortest lag at which its sound is much like itself."""
    import numpy as np

    samples = np.frombuffer(sound, "<i2").astype(np.float64)
    likeness = np.fft.irfft(np.abs(np.fft.rfft(samples, 2 * max(len(samples), _RATE))) ** 2)
    lags = likeness[_RATE // _HIGHEST : _RATE // _LOWEST]
    pitch = _RATE / (_RATE // _HIGHEST + int(np.argmax(lags > 0.9 * lags.max())))  # twice the lag is as good
    return float(np.clip(0.5 + np.log2(pitch / _BETWEEN), 0.0, 1.0)) if samples.any() else 0.5


def _uploaded(content_type: str, body: bytes) -> bytes:
    """Return the field ``file`` of a form (RFC 7578).

    Raises:
        Refusal: there is none.
    """
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_param("boundary")
    for part in body.split(b"--" + boundary.encode()) if isinstance(boundary, str) else ():
        head, found, content = part.partition(b"\r\n\r\n")
        if found and b'name="file"' in head:
            return content.removesuffix(b"\r\n")
    raise invalid("missing required field 'file'")
