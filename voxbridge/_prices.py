"""What speech costs: as the user's config says, else as the bundled list, whose entries are dated and have a source."""

from __future__ import annotations

import datetime as dt
import math
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from attrs import field, fields_dict, frozen

from ._models import Billed
from .exceptions import InvalidConfig, nearest


__all__ = ["Price", "listed_price"]

_PER: Final = re.compile(r"(?:(\d+) ?([km])? )?(character|second|minute|hour)s?")
_TIMES: Final = {None: 1, "k": 1000, "m": 1_000_000}
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600}
_PACE: Final = 15  # characters a second, at which people speak English


def _check_per(price: Price, attribute: object, value: Any) -> None:
    if not (isinstance(value, str) and _PER.fullmatch(value) and price.size):
        raise InvalidConfig(f"a price is per {value!r}: give '1k characters', 'minute', or some other number of these")


def _check_amount(price: Price, attribute: object, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise InvalidConfig(f"the amount of a price is {value!r}: give a number such as 0.030")


def _check_currency(price: Price, attribute: object, value: Any) -> None:
    if not (isinstance(value, str) and re.fullmatch("[A-Z]{3}", value)):
        raise InvalidConfig(f"the currency of a price is {value!r}: give three letters such as 'USD'")


@frozen(kw_only=True)
class Price:
    """What so much speech costs.

    Raises:
        InvalidConfig: a value is wrong.
    """

    per: str = field(validator=_check_per)
    """Characters of text, or seconds, minutes or hours of audio: ``"1k characters"``, ``"minute"``."""
    amount: float = field(validator=_check_amount)
    currency: str = field(validator=_check_currency)
    """ISO 4217."""
    date: dt.date | None = None
    """When it was read; None where it is the user's own."""
    source: str = ""

    @classmethod
    def parse(cls, value: Any) -> Price:
        """Return the price that a mapping ``{per, amount, currency}`` describes.

        Raises:
            InvalidConfig: it is none, lacks a key, has another one, or a value is wrong.
        """
        known = ("per", "amount", "currency")
        if not isinstance(value, Mapping):
            example = "{ per = '1k characters', amount = 0.030, currency = 'USD' }"
            raise InvalidConfig(f"a price is {value!r}: give a table such as {example}")
        for key in value:
            if key not in known:
                raise InvalidConfig(f"a price has no {key!r}; it has: {', '.join(known)}.{nearest(str(key), known)}")
        if lacking := [key for key in known if key not in value]:
            raise InvalidConfig(f"a price lacks {' and '.join(lacking)}")
        return cls(**value)

    @property
    def unit(self) -> str:
        """What is counted, as in `Billed`: ``"characters"`` or ``"seconds"``."""
        return "characters" if self._parts[2] == "character" else "seconds"

    @property
    def size(self) -> int:
        """How many of these `amount` buys."""
        count, times, what = self._parts
        return int(count or 1) * _TIMES[times] * _SECONDS.get(what, 1)

    def cost(self, billed: Billed) -> float | None:
        """Return what was billed in `currency`, or None where it counts something else."""
        return self.amount * billed.amount / self.size if billed.unit == self.unit else None

    @property
    def a_minute(self) -> float:
        """About what a minute of speech costs in `currency`, so that prices of both kinds can be compared."""
        return self.amount * 60 * (_PACE if self.unit == "characters" else 1) / self.size

    @property
    def _parts(self) -> tuple[Any, ...]:
        found = _PER.fullmatch(self.per)
        return found.groups() if found else ()


@frozen
class _Entry:
    """A line of the bundled list."""

    backend: str
    voice: str
    """What ids of its voices begin with."""
    price: Price


@cache
def _entries() -> tuple[_Entry, ...]:
    lines = tomllib.loads(files(__package__).joinpath("data/prices.toml").read_text("utf-8"))["price"]
    return tuple(
        _Entry(line["backend"], line.get("voice", ""), Price(**{key: line[key] for key in fields_dict(Price)}))
        for line in lines
    )


def listed_price(backend: str, voice: str) -> Price | None:
    """Return the price of the bundled list, or None where it has none.

    Args:
        backend: the vendor's name, whatever an object of it is called.
        voice: its id; the first entry that it fits is taken.
    """
    return next(
        (entry.price for entry in _entries() if entry.backend == backend and voice.startswith(entry.voice)), None
    )
