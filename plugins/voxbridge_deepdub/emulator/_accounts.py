"""Who is let in, what an account has used up, and how many generations are under way."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

from ._refusals import Refusal, of_status


if TYPE_CHECKING:
    from . import DeepdubEmulator

__all__ = ["Accounts", "Place"]

_CREDITS_A_SECOND = 1000 / 60


class Place:
    """A generation's place among those of its key and its address, until `leave` or the end of its ``with``."""

    def __init__(self, *counts: tuple[Counter[str], str]) -> None:
        self._counts = counts
        for counter, name in counts:
            counter[name] += 1

    def leave(self) -> None:
        """Make room: before the client learns that it is over, and asks for more."""
        for counter, name in self._counts:
            counter[name] -= 1
        self._counts = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()


class Accounts:
    """The keys, and what they have used."""

    def __init__(self, emulator: DeepdubEmulator) -> None:
        self._emulator = emulator
        self._keys: Counter[str] = Counter()
        self._addresses: Counter[str] = Counter()
        self._trials: Counter[str] = Counter()
        self._credits: defaultdict[str, float] = defaultdict(float)

    def check(self, headers: Mapping[str, str], query: Mapping[str, str]) -> str:
        """Return the key of a request, or of a handshake, which may have it in its query.

        Raises:
            Refusal: there is none, or it is not let in.
        """
        key = headers.get("x-api-key", query.get("x-api-key", "")).strip()
        if not self._emulator.admits(key):
            raise of_status(401)
        return key

    def begin(self, key: str, address: str) -> Place:
        """Return the place of a new generation.

        Raises:
            Refusal: the account has no credits, or too many generations are under way.
        """
        limits = self._emulator.limits
        if limits.trials is not None and self._trials[address] >= limits.trials:
            used = f"Free tier quota exceeded (used: {limits.trials}). Please get an API key to continue."
            raise Refusal(status=429, message=used)
        if limits.credits is not None and self._credits[key] >= limits.credits:
            raise of_status(402)
        if _full(self._keys[key], limits.account) or _full(self._addresses[address], limits.address):
            raise of_status(429)
        self._trials[address] += 1
        return Place((self._keys, key), (self._addresses, address))

    def bill(self, key: str, seconds: float) -> None:
        """Take the price of sound from an account."""
        self._emulator.billed += seconds
        self._credits[key] += seconds * _CREDITS_A_SECOND


def _full(count: int, most: int | None) -> bool:
    return most is not None and count >= most
