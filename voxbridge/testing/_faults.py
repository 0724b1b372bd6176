"""A script of what goes wrong on an emulator's wire, and when."""

from __future__ import annotations

import json
import math
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self

from attrs import field, fields_dict, frozen

from voxbridge.exceptions import UsageError, nearest


__all__ = ["FAULT_HEADER", "Fault", "FaultScript"]

FAULT_HEADER: Final = "x-voxbridge-fault"

_KINDS: Final = ("close", "cut", "drip", "garbage", "rate", "split", "stall", "status")
_STATUSES: Final = range(200, 600)
_CLOSE_CODES: Final = frozenset({*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)})  # RFC 6455, 7.4
_RATES: Final = range(8000, 48001)
_CODES: Final = MappingProxyType(
    {
        "status": (_STATUSES, "an HTTP status from 200 to 599"),
        "close": (_CLOSE_CODES, "a close code that a server may send, such as 1011"),
        "rate": (_RATES, "a sample rate from 8000 to 48000 Hz"),
    }
)


def _check(fault: Fault, name: str, wanted: str, *, fits: bool) -> None:
    if not fits:
        raise UsageError(f"a fault's {name!r} is {wanted}, not {getattr(fault, name)!r}")


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


@frozen(kw_only=True)
class Fault:
    """One line of a fault script.

    ``status`` answers with an HTTP status, also to a socket's handshake. ``cut`` ends the TCP stream without an end
    marker; ``close`` closes a socket with a code, and resets a request's TCP connection. ``stall`` sends nothing
    more until the client leaves. ``drip`` goes on slower than real time. ``garbage`` is a page of HTML in place of
    audio, or a text frame that is no JSON. ``split`` cuts the audio into pieces of odd sizes. ``rate`` speaks at a
    rate that was not asked for.

    Raises:
        UsageError: a value is wrong.
    """

    kind: str
    on: int = 0
    """Which one, from 0: for ``status``, of the requests for speech and handshakes; else of the texts spoken."""
    at: float = 0.5
    """After which share of the audio, 0 to 1; at 0 a request gets not even headers."""
    code: int | None = None
    """The status (503 unless given), the close code (1011 unless given), or the wrong rate in Hz."""
    retry_after: float | str | None = None
    """The header Retry-After of a ``status``: seconds, or a date."""
    body: str | None = None
    """The body of a ``status`` or of ``garbage``, or the reason of a ``close``; else the vendor's own words."""
    pace: float = 0.25
    """How fast ``drip`` speaks; 1 is real time."""

    def __attrs_post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise UsageError(f"no fault {self.kind!r}.{nearest(str(self.kind), _KINDS)} Known: {', '.join(_KINDS)}")
        _check(self, "on", "a count from 0", fits=type(self.on) is int and self.on >= 0)
        _check(self, "at", "a share from 0 to 1", fits=_number(self.at) and 0 <= self.at <= 1)
        _check(self, "pace", "a number above 0", fits=_number(self.pace) and self.pace > 0)
        if self.code is not None:
            codes, wanted = _CODES.get(self.kind, ((), f"not for {self.kind!r}"))
            _check(self, "code", wanted, fits=type(self.code) is int and self.code in codes)
        if self.retry_after is not None:
            fits = isinstance(self.retry_after, str) or (_number(self.retry_after) and self.retry_after >= 0)
            _check(self, "retry_after", "seconds or a date, for 'status' alone", fits=self.kind == "status" and fits)
        if self.body is not None:
            fits = isinstance(self.body, str) and self.kind in ("status", "garbage", "close")
            _check(self, "body", "text, for 'status', 'garbage' and 'close' alone", fits=fits)

    @classmethod
    def parse(cls, line: object) -> Self:
        """Return the fault that a mapping describes.

        Raises:
            UsageError: it is no mapping, has an unknown key, no kind, or a wrong value.
        """
        if not isinstance(line, Mapping):
            raise UsageError(f'a fault is a mapping such as {{"on": 0, "kind": "cut"}}, not {line!r}')
        known = fields_dict(cls)
        for key in line:
            if key not in known:
                raise UsageError(f"a fault has no {key!r}.{nearest(str(key), known)} Known: {', '.join(known)}")
        if "kind" not in line:
            raise UsageError(f"a fault needs a kind: {', '.join(_KINDS)}")
        return cls(**line)


@frozen
class FaultScript:
    """Faults, and how far the script has come. Each strikes once."""

    faults: tuple[Fault, ...] = ()
    _counts: dict[str, int] = field(factory=lambda: {"opening": 0, "text": 0}, init=False, eq=False)

    @classmethod
    def parse(cls, faults: Iterable[Mapping[str, Any]] | str | os.PathLike[str] | None) -> Self:
        """Return the script of a list of mappings, or of a TOML file of ``[[fault]]`` tables.

        Raises:
            UsageError: a line of it is wrong, or the file cannot be read; the message says which.
        """
        if isinstance(faults, (str, os.PathLike)):
            return cls._load(Path(faults))
        return cls._numbered(faults or (), "faults")

    @classmethod
    def from_header(cls, value: str) -> Self:
        """Return the script of a header: a JSON object or a list of these, counted for this request or socket alone.

        Raises:
            UsageError: it is neither, or a fault is wrong.
        """
        try:
            faults = json.loads(value)
        except ValueError as error:
            raise UsageError(f"{FAULT_HEADER} is not JSON: {error}") from None
        return cls._numbered(faults if isinstance(faults, list) else [faults], FAULT_HEADER)

    @classmethod
    def _load(cls, path: Path) -> Self:
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UsageError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
        if not isinstance(content.get("fault"), list) or len(content) != 1:
            raise UsageError(f"{path}: a fault script has [[fault]] tables and nothing else")
        return cls._numbered(content["fault"], str(path))

    @classmethod
    def _numbered(cls, lines: Iterable[object], where: str) -> Self:
        faults = []
        for number, line in enumerate(lines):
            try:
                faults.append(Fault.parse(line))
            except UsageError as error:
                raise UsageError(f"{where}, fault {number}: {error}") from None
        return cls(tuple(faults))

    def opening(self) -> Fault | None:
        """Count a request for speech or a handshake; return the ``status`` that it meets."""
        return self._next("opening", status=True)

    def text(self) -> Fault | None:
        """Count a text that is spoken; return the fault that it meets."""
        return self._next("text", status=False)

    def _next(self, what: str, *, status: bool) -> Fault | None:
        number = self._counts[what]
        self._counts[what] += 1
        return next((each for each in self.faults if each.on == number and (each.kind == "status") == status), None)
