"""How many retries an account can bear: an outage must not be made worse by everybody asking twice."""

from __future__ import annotations


__all__ = ["Budget"]

# gRPC's retry throttling (its proposal A6): a failure takes a token, a success gives a tenth of one back, and at half
# of them nobody tries again. Under a steady share of failures that leaves one retry to ten successes.
_TOKENS, _EARNED, _STOP = 10.0, 0.1, 5.0
# Envoy's retry budget: those who try again are at most a fifth of those at work, so an outage costs at most 1.2 times
# the load; with three a quiet account can try again, too.
_SHARE, _FEWEST = 0.2, 3


class Budget:
    """The retries of one account."""

    def __init__(self) -> None:
        self.active = 0
        """Attempts under way."""
        self._again = 0
        self._tokens = _TOKENS

    def affords(self) -> bool:
        """Return whether somebody may try again."""
        return self._tokens > _STOP and self._again < max(_FEWEST, _SHARE * self.active)

    def enter(self, *, again: bool) -> None:
        """Note that an attempt begins."""
        self.active += 1
        self._again += again

    def leave(self, *, again: bool) -> None:
        """Note that one has ended."""
        self.active -= 1
        self._again -= again

    def succeeded(self) -> None:
        """Note speech that is whole."""
        self._tokens = min(_TOKENS, self._tokens + _EARNED)

    def failed(self) -> None:
        """Note a failure after which somebody might try again."""
        self._tokens = max(0.0, self._tokens - 1)
