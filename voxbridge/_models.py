"""Plain values that cross the library: voices, reports, limits, secrets. All are frozen."""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from attrs import field, frozen

from .exceptions import UsageError, VoxbridgeError


if TYPE_CHECKING:
    from ._sample import Consent


__all__ = [
    "AttemptReport",
    "Billed",
    "Cleared",
    "Degradation",
    "Secret",
    "Timeouts",
    "Unit",
    "VendorWarning",
    "Voice",
]

_SALT = secrets.token_bytes(16)


class Secret:
    """A key that does not print, pickle or compare by accident.

    Args:
        value: the key, or a callable that returns it and is called at each connection
            (tokens that live for seconds).
        prefix: put before the key when it is revealed, such as ``"Token "``.
    """

    __slots__ = ("_fingerprint", "_prefix", "_revealed", "_value")

    def __init__(self, value: str | Callable[[], str], prefix: str = "") -> None:
        self._value = value
        self._prefix = prefix
        self._revealed = value if isinstance(value, str) else ""
        self._fingerprint = (
            f"callable-{id(value):x}"
            if callable(value)
            else hashlib.blake2b(value.encode(), key=_SALT, digest_size=6).hexdigest()
        )

    def reveal(self) -> str:
        """Return the key itself. Call it only where it is sent.

        Raises:
            UsageError: no header can have it; a library below would show it in its own error.
        """
        revealed: object = self._value() if callable(self._value) else self._value
        if not (isinstance(revealed, str) and revealed.isascii() and revealed.isprintable()):
            raise UsageError("a key is a str without line ends and other characters that no header can have")
        self._revealed = revealed
        return self._prefix + revealed

    def prefixed(self, prefix: str) -> Secret:
        """Return the same key, revealed with *prefix* before it."""
        return Secret(self._value, prefix)

    def scrub(self, text: str) -> str:
        """Return *text* with this key, as it was last revealed, blotted out, also where the text's end cuts it."""
        key = self._revealed
        if len(key) < 4:
            return text  # too short to tell from a word
        text = text.replace(key, "[key]")
        cut = next((length for length in range(len(key) - 1, 3, -1) if text.endswith(key[:length])), 0)
        return text[: len(text) - cut] + "[key]" if cut else text

    @property
    def fingerprint(self) -> str:
        """Tell two keys of this process apart without showing a part of either."""
        return self._fingerprint

    def __repr__(self) -> str:
        return "Secret(hidden)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.fingerprint, other.fingerprint)

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __bool__(self) -> bool:
        return callable(self._value) or bool(self._value)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        message = "a Secret is not pickled: it would be readable in the pickle"
        raise TypeError(message)


@frozen(kw_only=True)
class Voice:
    """A voice of one backend. ``str(voice)`` is ``"backend/id"``, which ``voice=`` takes."""

    id: str
    backend: str
    name: str = ""
    languages: tuple[str, ...] = ()
    """BCP 47, the first one is the voice's own."""
    gender: str | None = None
    """``"female"``, ``"male"``, ``"neutral"`` or None where the vendor does not say."""
    description: str = ""
    tags: tuple[str, ...] = ()
    cloned: bool = False
    consent: Consent | None = None
    """Who agreed to be cloned, and how it can be proved; kept here and nowhere else."""

    def __str__(self) -> str:
        return f"{self.backend}/{self.id}"


@frozen
class Degradation:
    """Something asked for that a backend could not do as asked."""

    backend: str
    feature: str
    """What was asked for, such as ``"speed"`` or ``"pronunciation"``."""
    text: str
    """The words concerned; empty where it is the whole text."""
    done: str
    """What was done instead, as a sentence."""


@frozen
class VendorWarning:
    """What a vendor, or the backend that knows it, warns of; nothing was done otherwise than asked."""

    backend: str
    code: str
    """The vendor's code, or the option concerned."""
    message: str


@frozen
class Billed:
    """What a vendor charges for, failed attempts too."""

    backend: str
    amount: float
    unit: str
    """``"characters"`` or ``"seconds"``."""


@frozen
class Unit:
    """A piece of the text and where it is heard."""

    text: str
    start: float
    """Seconds from the start of the audio."""
    end: float
    backend: str
    """Who spoke it."""


@frozen
class Cleared:
    """What a barge-in cut. Both together are exactly the turn's text."""

    spoken: str
    unspoken: str


@frozen(kw_only=True)
class AttemptReport:
    """One try at one backend, whether it worked or not."""

    backend: str
    voice: str
    region: str | None
    host: str | None
    request_id: str | None
    started: datetime
    """UTC."""
    connected: float | None
    """Seconds from the start; 0.0 where a connection was open already."""
    first_audio: float | None
    """Seconds from the start."""
    elapsed: float
    """Seconds from the start to the end."""
    audio_seconds: float
    billed: Billed | None
    units: tuple[int, ...]
    """Indexes of the units that it spoke whole."""
    error: VoxbridgeError | None
    vendor: Mapping[str, str] = field(factory=dict)
    """The vendor's reply metadata, from a list of allowed names."""


def _seconds(instance: object, attribute: Any, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        message = f"timeout {attribute.name} is {value!r}: give seconds as a number"
        raise UsageError(message)
    if not (value > 0 and math.isfinite(value)):
        message = f"timeout {attribute.name} is {value!r}: give seconds above 0"
        raise UsageError(message)


@frozen(kw_only=True)
class Timeouts:
    """How long to wait for a vendor, in seconds. There is no total: give a call a ``deadline``."""

    connect: float = field(default=5.0, validator=_seconds)
    """Name lookup, TCP, TLS and handshake together."""
    first_audio: float = field(default=5.0, validator=_seconds)
    stall: float = field(default=5.0, validator=_seconds)
    """Between two pieces of audio, and from the last one to the end marker."""
    send: float = field(default=5.0, validator=_seconds)
    close: float = field(default=2.0, validator=_seconds)

    @classmethod
    def of(cls, value: Timeouts | float | None) -> Timeouts:
        """Return *value* as timeouts; a number stands for every wait but ``close``."""
        if isinstance(value, Timeouts):
            return value
        if value is None:
            return cls()
        return cls(connect=value, first_audio=value, stall=value, send=value)
