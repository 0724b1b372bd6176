"""What comes over both sockets: JSON in text or binary frames, audio in base64, perhaps a WAV header on every chunk."""

from __future__ import annotations

import json
from binascii import a2b_base64
from collections.abc import Iterable
from typing import Any, Final

from voxbridge import AudioFormat, Billed, Job, ProtocolError, Told
from voxbridge.audio import WavReader


__all__ = ["Generation", "charged", "read", "route", "told"]

_EARLY: Final = 8  # chunks that are held for the sake of an earlier one; then a number was left out


def read(frame: str | bytes) -> dict[str, Any]:
    """Return the message of a frame. Both kinds are read: the vendor's own programs disagree about the opcode.

    Raises:
        ValueError: it is no JSON.
        TypeError: it is no object.
    """
    message = json.loads(frame if isinstance(frame, str) else frame.decode())
    if not isinstance(message, dict):
        raise TypeError(f"a message is an object, not {frame[:80]!r}")
    return message


def route(frame: str | bytes) -> tuple[str | None, dict[str, Any]]:
    """Return whose a frame of ``/open`` is, None for everybody's, and its message. Raises as `read`."""
    message = read(frame)
    id = message.get("generationId")
    return (id if isinstance(id, str) and id else None), message


class Generation:
    """The audio of one generation, from its chunks, which are put in the order of their numbers.

    Args:
        format: what was asked for, without a container.
        wav: whether linear16 may come as WAV instead. A header is looked for on every chunk and read, never cut by
            its usual length.
    """

    def __init__(self, format: AudioFormat, *, wav: bool) -> None:
        self.begun = self.finished = False
        """Whether the service has begun with it, and whether it has ended."""
        self.size = 0
        """Bytes of audio so far."""
        self._format = format
        self._may_be_wav = wav and format.encoding == "linear16"
        self._wav: WavReader | None = None
        self._next = 0
        self._early: dict[int, bytes] = {}

    def take(self, message: dict[str, Any]) -> bytes:
        """Return the audio that a message completes: none for the acknowledgement, all that is left at the end.

        Raises:
            ProtocolError: it is not what was asked for, or came too late.
            ValueError: it is no base64.
        """
        data = a2b_base64(message.get("data") or "", strict_mode=True)
        self.begun = True
        self.finished = bool(message.get("isFinished"))
        if data:
            index = message.get("index")
            if index == self._next and not self._early:  # as it nearly always is
                self._next += 1
                audio = self._give((data,))
                return audio + self.rest() if self.finished else audio
            if type(index) is int and not self.finished:
                self._number(index, data)
            else:  # the last one is the last, whatever its number: the vendor's examples repeat it
                self._early[max(self._early, default=self._next - 1) + 1] = data
        return self.rest() if self.finished else self._give(self._in_order())

    def rest(self) -> bytes:
        """Return what was held back, at the end. Raises as `take`."""
        early, self._early = self._early, {}
        audio = self._give(early[index] for index in sorted(early))
        self._next = max(early, default=self._next - 1) + 1
        if self._wav is not None:
            tail = self._wav.flush()
            self._wav = None
            self.size += len(tail)
            audio += tail
        return audio

    def _number(self, index: int, data: bytes) -> None:
        if index < self._next or index in self._early:
            raise ProtocolError(f"chunk {index} came after chunk {self._next - 1}, or twice")
        self._early[index] = data
        if len(self._early) > _EARLY:
            self._next = min(self._early)

    def _in_order(self) -> Iterable[bytes]:
        while self._next in self._early:
            yield self._early.pop(self._next)
            self._next += 1

    def _give(self, chunks: Iterable[bytes]) -> bytes:
        audio = b"".join([self._sound(chunk) for chunk in chunks])
        self.size += len(audio)
        return audio

    def _sound(self, chunk: bytes) -> bytes:
        """Return a chunk without its header. Chunks that follow one with a header need not have one."""
        if self._wav is None:
            if not (chunk.startswith(b"RIFF") and chunk[8:12] == b"WAVE"):
                return chunk
            if not self._may_be_wav:
                raise ProtocolError(f"asked for {self._format}, and WAV came: the service fell back to its default")
            self._wav = WavReader(self._format)
        raw = self._wav.feed(chunk)
        sound = self._wav.sound
        if sound and (sound.sample_rate, sound.channels) != (self._format.sample_rate, 1):
            raise ProtocolError(
                f"asked for {self._format}, and the WAV is at {sound.sample_rate} Hz with {sound.channels} channels"
            )
        return raw


def told(id: str) -> Told:
    """Return for the report which generation it was."""
    return Told(request_id=id, vendor={"x-generation-id": id})


def charged(job: Job, generations: Iterable[Generation]) -> list[Told]:
    """Return what generations cost: their seconds, where bytes say how many those are. The service does not tell."""
    size = sum(generation.size for generation in generations)
    if not size or job.format.compressed:
        return []
    return [Told(billed=Billed(job.voice.backend, job.format.seconds(size), "seconds"))]
