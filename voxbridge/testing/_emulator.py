"""What the emulators of all vendors share: who is let in, what came in, who speaks, what goes wrong."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import cycle
from typing import Any, ClassVar, TypeAlias

import attrs
from attrs import define, field, frozen

from voxbridge.audio import AudioFormat, conversion
from voxbridge.exceptions import UsageError, nearest

from ._faults import FAULT_HEADER, Fault, FaultScript
from ._speakers import find_speaker


__all__ = ["ASGIApp", "Emulator", "Line", "Message", "Receive", "Received", "Scope", "Send", "while_connected"]

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Scope: TypeAlias = MutableMapping[str, Any]
ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_PIECE_SECONDS = 0.1
_ODD_SIZES = (1, 333, 3, 1001)  # bytes; what `split` cuts audio into, again and again


@frozen
class _NoHabits:
    pass


@define(kw_only=True)
class Received:
    """A request or a handshake that came in."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case; not shown, for one of them is the key."""
    body: bytes = b""
    status: int | None = None
    """What it was answered, 101 for a socket; None as long as it is not."""


@frozen(eq=False)
class Line:
    """A TCP connection."""

    transport: asyncio.Transport
    lost: asyncio.Event = field(factory=asyncio.Event)


class Emulator(ABC):
    """The server side of a vendor's wire. A subclass writes `app` and `variables`.

    Everything here is called in the server's one thread; what is recorded may be read in any.

    Args:
        origin: where it is served, such as ``"http://127.0.0.1:8080"``.
        faults: what goes wrong, as `emulate` takes it.
        keys: the only keys that are let in; None: any that is not empty.
        limits: False for none of the vendor's limits, or a mapping of those that are to be others.
        delay: seconds before the first audio of each text.
        pace: how fast audio is sent; 1 is real time, None as fast as it goes.
        voice: ``"oracle"``, ``"espeak"``, or None for espeak where it is installed, else the oracle.
        habits: what the vendor's documents leave open, where it is to be otherwise than is likely.
    """

    name: ClassVar[str]
    path: ClassVar[str] = ""
    """What its clients' ``base_url`` has after the origin."""
    vendor: ClassVar[int] = 0
    """The number that the words of its oracle carry."""
    limits_of_vendor: ClassVar[type[Any]]
    """An attrs class whose defaults are the documented limits; None as a value is no limit."""
    habits_of_vendor: ClassVar[type[Any]] = _NoHabits
    """An attrs class of what the documents leave open, or tell in two ways; its defaults are the likeliest."""

    def __init__(
        self,
        origin: str,
        *,
        faults: Iterable[Mapping[str, Any]] | str | os.PathLike[str] | None = None,
        keys: Collection[str] | None = None,
        limits: bool | Mapping[str, Any] = True,
        delay: float = 0.0,
        pace: float | None = None,
        voice: str | None = None,
        habits: Mapping[str, Any] | None = None,
    ) -> None:
        if isinstance(keys, str):
            raise UsageError('keys is a list of keys, such as ["secret"]: a str would be one key a letter')
        if delay < 0 or (pace is not None and pace <= 0):
            raise UsageError(f"an emulator's delay is 0 or more and its pace above 0, not {delay!r} and {pace!r}")
        self.origin = origin
        self.keys = None if keys is None else list(keys)
        if isinstance(limits, bool):
            limits = {} if limits else dict.fromkeys(attrs.fields_dict(self.limits_of_vendor))
        self.limits: Any = _settled("limit", self.limits_of_vendor, limits)
        self.habits: Any = _settled("habit", self.habits_of_vendor, habits or {})
        self.delay = delay
        self.pace = pace
        self.requests: list[Received] = []
        """Requests and handshakes, in the order in which they came in."""
        self.connections = 0
        """TCP connections that were accepted."""
        self.handshakes = 0
        """WebSocket handshakes, refused ones too."""
        self.texts: list[str] = []
        """What was asked to be spoken, as it came in: one text a request, or a flush."""
        self.billed: float = 0
        """In the vendor's unit, over all texts."""
        self.lines: dict[object, Line] = {}
        """The open connections by the address of their client."""
        self._script = FaultScript.parse(faults)
        self._speaker = find_speaker(voice, self.vendor)

    @abstractmethod
    def app(self) -> ASGIApp:
        """Return the application that speaks the wire."""

    @abstractmethod
    def variables(self) -> dict[str, str]:
        """Return the environment that points the vendor's clients here."""

    @property
    def url(self) -> str:
        """What a client takes as ``base_url``."""
        return self.origin + self.path

    @property
    def api_key(self) -> str:
        """A key that is let in."""
        return self.keys[0] if self.keys else f"{self.name}-emulator"

    @property
    def env(self) -> dict[str, str]:
        """The variables that point clients here, with a key."""
        return self.variables()

    def admits(self, key: str) -> bool:
        """Return whether a key is let in."""
        return bool(key) if self.keys is None else key in self.keys

    def script(self, headers: Mapping[str, str]) -> FaultScript:
        """Return the faults of a request or socket: those of its header, else those of the whole emulator.

        Raises:
            UsageError: the header is wrong.
        """
        header = headers.get(FAULT_HEADER)
        return self._script if header is None else FaultScript.from_header(header)

    async def speak(
        self,
        text: str,
        format: AudioFormat,
        *,
        language: str = "en-US",
        speed: float = 1.0,
        voice: str = "",
        duration: float | None = None,
    ) -> tuple[bytes, float]:
        """Return *text* as sound of *format*, which has a rate, and how many seconds it lasts.

        Args:
            text: what is said.
            format: raw or compressed.
            language: BCP 47.
            speed: 1 is the voice's own.
            voice: whose; any str is a voice of its own, which sounds different from all others.
            duration: seconds that it should last, in place of *speed*: as near as the voice can, and silence up to it.
        """
        ready = asyncio.get_running_loop().time() + self.delay  # whatever time the speaker takes is part of it
        speak = partial(self._speaker.speak, text, format.sample_rate or 0, language, voice=voice)
        spoken = await asyncio.to_thread(_sounding, speak, format, speed, duration)
        await asyncio.sleep(ready - asyncio.get_running_loop().time())
        return spoken

    async def deliver(
        self,
        audio: bytes,
        seconds: float,
        fault: Fault | None,
        *,
        send: Callable[[bytes], Awaitable[None]],
        strike: Callable[[Fault], Awaitable[bool]],
        piece_seconds: float = _PIECE_SECONDS,
    ) -> bool:
        """Send audio piece by piece, and let the fault strike in its place.

        Args:
            audio: whole.
            seconds: how long it lasts.
            fault: None if nothing goes wrong.
            send: sends one piece.
            strike: does what the fault's kind says; returns whether the audio goes on after it.
            piece_seconds: how much sound a piece holds.

        Returns:
            Whether the audio was sent to its end.
        """
        place = len(audio) if fault is None else round(len(audio) * fault.at)
        odd = fault is not None and fault.kind == "split"
        per_second = len(audio) / max(seconds, _PIECE_SECONDS)  # a header alone lasts no time
        sizes = _ODD_SIZES if odd else (max(1, round(per_second * piece_seconds)),)
        for piece in _pieces(audio[:place], sizes):
            await send(piece)
            await asyncio.sleep(len(piece) / per_second / self.pace if self.pace else 0)
        if fault is not None and not await strike(fault):
            return False
        pace = fault.pace if fault is not None and fault.kind == "drip" else self.pace
        for piece in _pieces(audio[place:], sizes):
            await asyncio.sleep(len(piece) / per_second / pace if pace else 0)
            await send(piece)
        return True

    async def hang_up(self, client: object, *, reset: bool = False) -> None:
        """End a client's TCP stream without another word, and wait until that is done.

        Args:
            client: its address, as the scope has it.
            reset: at once and rudely; else after what was sent before.
        """
        line = self.lines.get(client)
        if line is None:
            return
        if reset:
            connection = line.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            line.transport.abort()
        else:
            line.transport.close()
        await line.lost.wait()


def _settled(what: str, kind: type[Any], wanted: Mapping[str, Any]) -> Any:
    known = attrs.fields_dict(kind)
    for name in wanted:
        if name not in known:
            raise UsageError(f"there is no {what} {name!r}.{nearest(name, known)} Known: {', '.join(known)}")
    try:
        return kind(**wanted)
    except (TypeError, ValueError) as error:  # of attrs' validators
        raise UsageError(f"{what}s: {error.args[0]}") from None


async def while_connected(work: Coroutine[Any, Any, None], receive: Receive) -> None:
    """Do *work*, and give it up when the client of an HTTP request leaves."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _sounding(
    speak: Callable[[float], bytes], format: AudioFormat, speed: float, duration: float | None
) -> tuple[bytes, float]:
    """Return what *speak* says at a speed, or so that it lasts *duration* seconds, and how long it does last."""
    made = AudioFormat("linear16", format.sample_rate)
    sound = speak(speed)
    if sound and duration is not None:
        sound = speak(made.seconds(len(sound)) / duration)
        sound += made.silence(max(duration - made.seconds(len(sound)), 0.0))
    way = conversion(made, format)
    return way.feed(sound) + way.flush(), made.seconds(len(sound))


def _pieces(audio: bytes, sizes: Sequence[int]) -> Iterable[bytes]:
    """Yield audio in pieces of these sizes, again and again."""
    start = 0
    for size in cycle(sizes):
        if start >= len(audio):
            return
        yield audio[start : start + size]
        start += size
