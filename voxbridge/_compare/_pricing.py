"""What takes cost: by the config's prices, else by the bundled list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from voxbridge._models import AttemptReport
from voxbridge._prices import Price, listed_price
from voxbridge.config import Config

from ._plan import Plan


__all__ = ["Prices"]


class Prices:
    """The prices of whoever a plan may have speak."""

    def __init__(self, config: Config, plan: Plan) -> None:
        self._config = config
        self._vendors = {name: table.plugin for name, table in config.backends.items() if table.plugin}
        for target in plan.targets:
            self._vendors |= target.vendors

    def bill(self, attempts: Sequence[AttemptReport]) -> dict[str, Any]:
        """Return what is billed, where all of it is counted in one unit, and its cost, where all of it has a price."""
        bills = [(attempt.billed, attempt.voice.partition("/")[2]) for attempt in attempts if attempt.billed]
        prices = [self._price(billed.backend, voice) for billed, voice in bills]
        costs = [price.cost(billed) if price else None for price, (billed, _) in zip(prices, bills, strict=True)]
        known = [cost for cost in costs if cost is not None]
        units = {billed.unit for billed, _ in bills}
        currencies = {price.currency for price in prices if price}
        priced = bool(bills) and len(known) == len(bills) and len(currencies) == 1
        return {
            "billed": sum(billed.amount for billed, _ in bills) if len(units) == 1 else None,
            "billed_unit": units.pop() if len(units) == 1 else None,
            "cost": sum(known) if priced else None,
            "currency": currencies.pop() if priced else None,
        }

    def _price(self, backend: str, voice: str) -> Price | None:
        return self._config.price(backend) or listed_price(self._vendors.get(backend, backend), voice)
