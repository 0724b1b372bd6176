"""What a query asks for, checked in the order of the vendor: read, then audio, then voice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from attrs import evolve, frozen

from voxbridge.testing import Callbacks

from ._catalogue import Model, find_model
from ._formats import REST, SOCKET, Wanted, wanted
from ._refusals import Refusal, query_error


if TYPE_CHECKING:
    from voxbridge.testing import Fault

__all__ = ["Query", "check_speed", "parse_query"]

_ONCE: Final = (
    *("model", "encoding", "container", "sample_rate", "bit_rate"),
    *("speed", "callback", "callback_method", "mip_opt_out"),
)
_CONTAINERS: Final = ("wav", "ogg", "none")
_CALLBACK_PORTS: Final = (80, 443, 8080, 8443)
_SLOWEST, _FASTEST = 0.7, 1.5
_FLOAT: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@frozen(kw_only=True)
class Query:
    """The parameters of a request or a socket."""

    model: Model
    audio: Wanted
    speed: float | None
    """Unchecked; see `check_speed`."""
    callback: str | None = None
    callback_method: str = "POST"

    @property
    def pace(self) -> float:
        """How fast the voice speaks; one without speed does not mind it."""
        return self.speed if self.speed is not None and self.model.controls else 1.0

    def meeting(self, fault: Fault | None) -> Query:
        """Return the same, with a rate that was not asked for if that is the fault. Opus knows one rate only."""
        rate = self.audio.format.sample_rate
        if fault is None or fault.kind != "rate" or self.audio.format.encoding == "opus":
            return self
        return evolve(self, audio=self.audio.at(fault.code or (16000 if rate == 8000 else 8000)))


def parse_query(pairs: Iterable[tuple[str, str]], *, socket: bool) -> Query:
    """Return what a query asks for; parameters that nobody knows are tolerated.

    Raises:
        Refusal: a parameter cannot be read, there is no such audio, or no such voice.
    """
    values = _single(pairs)
    table = SOCKET if socket else REST
    encoding = _one_of(values, "encoding", tuple(REST)) or ("linear16" if socket else "mp3")
    container = _one_of(values, "container", _CONTAINERS)
    sample_rate, bit_rate = _integer(values, "sample_rate"), _integer(values, "bit_rate")
    speed = _float(values, "speed")
    _one_of(values, "mip_opt_out", ("true", "false"))
    method = _one_of({name: value.upper() for name, value in values.items()}, "callback_method", ("POST", "PUT"))
    callback = _callback(values.get("callback"))
    audio = wanted(table, encoding, container, sample_rate, None if socket else bit_rate)
    return Query(
        model=find_model(values.get("model")),
        audio=audio,
        speed=speed,
        callback=callback,
        callback_method=method or "POST",
    )


def check_speed(query: Query) -> None:
    """Refuse a speed that no voice has."""
    if query.speed is not None and not _SLOWEST <= query.speed <= _FASTEST:
        message = f"Speed must be between {_SLOWEST} and {_FASTEST}"
        raise Refusal(status=400, code="speed_out_of_range", message=message)


def _single(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in pairs:
        if name in values and name in _ONCE:
            raise query_error(f"duplicate field `{name}`")
        values[name] = value
    return values


def _one_of(values: Mapping[str, str], name: str, known: tuple[str, ...]) -> str | None:
    value = values.get(name)
    if value is not None and value not in known:
        raise query_error(f"unknown variant `{value}`, expected one of {', '.join(f'`{each}`' for each in known)}")
    return value


def _integer(values: Mapping[str, str], name: str) -> int | None:
    value = values.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) < 10):
        raise query_error(f"{name}: invalid digit found in string")
    return int(value)


def _float(values: Mapping[str, str], name: str) -> float | None:
    value = values.get(name)
    if value is None:
        return None
    if not _FLOAT.fullmatch(value):
        raise query_error(f"{name}: invalid float literal")
    return float(value)


def _callback(value: str | None) -> str | None:
    if value is None:
        return None
    try:
        url = urlsplit(value)
        port = url.port or (443 if url.scheme == "https" else 80)
    except ValueError:
        raise _invalid_callback() from None
    known_port = port in _CALLBACK_PORTS or Callbacks.reaches(value)  # a test's own server has any port
    if url.scheme not in ("http", "https") or not url.hostname or not known_port:
        raise _invalid_callback()
    return value


def _invalid_callback() -> Refusal:
    return Refusal(status=400, code="INVALID_QUERY_PARAMETER", message="Invalid callback url.")
