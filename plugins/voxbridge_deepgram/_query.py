"""What is asked for in a URL: the voice, the format, and the options of a call."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlencode

from attrs import evolve, field, frozen

from voxbridge import Job, UsageError

from ._matrix import Table


__all__ = ["OPTIONS", "Options", "query"]

_LONGEST_TAG: Final = 128  # characters
# The order of the SDK's requests, so that the two can be read side by side.
_REQUEST_ORDER: Final = (
    "callback", "callback_method", "mip_opt_out", "tag", "bit_rate", "container", "encoding", "model", "sample_rate",
    "speed",
)  # fmt: skip


@frozen(kw_only=True)
class Options:
    """What a caller may say to Deepgram alone: ``options={"deepgram": {...}}``, and two of them to `Deepgram`."""

    tags: tuple[str, ...] = ()
    mip_opt_out: bool | None = None
    callback_method: str | None = None
    extra: Mapping[str, Any] = field(factory=dict)

    def updated(self, options: Mapping[str, Any]) -> Options:
        """Return these with a call's own, which come first.

        Raises:
            UsageError: a value is wrong.
        """
        if not options:
            return self
        checked: dict[str, Any] = {name: _CHECKS[name](value) for name, value in options.items() if value is not None}
        return evolve(self, **checked)


def _tags(value: Any) -> tuple[str, ...]:
    tags = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, Sequence) else None
    if tags is None or not all(isinstance(tag, str) and 0 < len(tag) <= _LONGEST_TAG for tag in tags):
        raise UsageError(f"deepgram: tags is {value!r}: give strings of 1 to {_LONGEST_TAG} characters")
    return tags


def _mip_opt_out(value: Any) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"deepgram: mip_opt_out is {value!r}: give True or False")
    return value


def _callback_method(value: Any) -> str:
    if not isinstance(value, str) or value.upper() not in {"POST", "PUT"}:
        raise UsageError(f"deepgram: callback_method is {value!r}: give 'POST' or 'PUT'")
    return value.upper()


def _extra(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise UsageError(f"deepgram: extra is {value!r}: give a mapping of query parameters")
    for name, given in value.items():
        for each in given if isinstance(given, (list, tuple)) else (given,):
            if not isinstance(each, (str, int, float)) or (isinstance(each, float) and not math.isfinite(each)):
                raise UsageError(f"deepgram: extra has {name}={given!r}: give str, numbers, bool, or lists of them")
    return dict(value)


_CHECKS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "tags": _tags,
    "mip_opt_out": _mip_opt_out,
    "callback_method": _callback_method,
    "extra": _extra,
}
OPTIONS: Final = frozenset(_CHECKS)


def query(job: Job, table: Table, options: Options, callback: str | None = None) -> str:
    """Return the query of a request or of a socket's handshake.

    Args:
        job: voice, format and speed.
        table: what the transport gives.
        options: checked.
        callback: where the audio goes instead of coming back.

    Raises:
        InvalidFormat: the transport does not give the format.
        UsageError: `extra` says again what is said already.
    """
    shared = (job.voice.id, job.format, job.speed, table, options.tags, options.mip_opt_out)
    if callback is None and not options.extra:
        return _usual(*shared)
    asked = _asked(*shared)
    if callback is not None:
        asked["callback"] = callback
        asked |= {"callback_method": options.callback_method} if options.callback_method else {}
    if twice := sorted(asked.keys() & options.extra.keys()):
        raise UsageError(f"deepgram: extra has {twice[0]!r}, which is asked for already: leave it out")
    return _written_out({**_ordered(asked), **options.extra})


@lru_cache(maxsize=64)
def _usual(*shared: Any) -> str:
    """Return what is asked for again and again."""
    return _written_out(_ordered(_asked(*shared)))


def _asked(*shared: Any) -> dict[str, Any]:
    voice, format, speed, table, tags, mip_opt_out = shared
    asked: dict[str, Any] = {"model": voice, **table.parameters(format)}
    if speed != 1.0:
        asked["speed"] = speed
    if mip_opt_out is not None:
        asked["mip_opt_out"] = mip_opt_out
    if tags:
        asked["tag"] = tags
    return asked


def _ordered(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: asked[name] for name in _REQUEST_ORDER if name in asked}


def _written_out(asked: Mapping[str, Any]) -> str:
    return urlencode(list(_pairs(asked)))


def _pairs(asked: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in asked.items():
        for each in value if isinstance(value, (list, tuple)) else (value,):
            yield name, _written(each)


def _written(value: str | float) -> str:
    """Return a value as the service reads it: booleans in small letters, whole numbers without a point."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
