"""What is known of each account in this process, whichever client found it out: breakers, suspensions, budgets.

An account is a vendor, a key and an address (`Backend.account`). A breaker is one transport's of it: a vendor's sockets
may fail while its requests work.
"""

from __future__ import annotations

import os
from collections.abc import Hashable
from threading import RLock
from types import TracebackType
from typing import Literal, Self

from attrs import frozen

from voxbridge.exceptions import (
    AuthenticationError,
    BackendError,
    BackendUnavailable,
    EmptyAudio,
    OutOfCredits,
    ProtocolError,
    ProxyFailed,
    SynthesisTimeout,
    TruncatedSpeech,
    VoxbridgeError,
)

from ._breaker import Breaker, Circuit, State
from ._budget import Budget


__all__ = ["Standing", "Visit", "affords", "enter", "forget_accounts", "standing"]

# A wrong key or an empty account stays so until somebody does something; a client with another key has another account.
_SUSPENDED = 300.0
# The vendor's own faults. A refused text (400, 404, 413, 422; closes 1003, 1008, 1009) is the caller's, 429 says that
# it works, a proxy is ours, and a caller's deadline or leaving says nothing of it.
_FAULTS = (BackendUnavailable, SynthesisTimeout, ProtocolError, TruncatedSpeech, EmptyAudio)
_FORGOTTEN = 600.0  # seconds without an attempt; longer than anything is open
_FEW = 64  # accounts that are kept without a look at how old they are


@frozen
class Standing:
    """How an account stands with one of its transports."""

    state: State | Literal["suspended"] = "closed"
    until: float | None = None
    """When a trial is due, by the clock that was handed in; None: nobody is passed over."""
    cause: VoxbridgeError | None = None


class _Account:
    def __init__(self, now: float) -> None:
        self.budget = Budget()
        self.suspension = Circuit()
        self.breakers: dict[str, Breaker] = {}
        self.used = now

    def over(self, now: float) -> bool:
        """Whether nothing that is known of it says anything of now."""
        return not self.budget.active and now - self.used > _FORGOTTEN

    def admits(self, breaker: Breaker, now: float) -> bool:
        return self.suspension.admits(now) and breaker.admits(now)

    def standing(self, transport: str, now: float) -> Standing:
        breaker = self.breakers.get(transport)
        if self.suspension.until is not None:
            state = self.suspension.state(now)
            until = max(self.suspension.until, (breaker and breaker.until) or 0.0)
            return Standing("suspended" if state == "open" else state, until, self.suspension.cause)
        return Standing(breaker.state(now), breaker.until, breaker.cause) if breaker else Standing()


_accounts: dict[Hashable, _Account] = {}
_lock = RLock()  # a garbage collection may end a visit while another begins
_looked_at = _FEW


class Visit:
    """An attempt at an account, from when it is let in to its end; a context manager."""

    __slots__ = ("_account", "_again", "_breaker")

    def __init__(self, account: _Account, breaker: Breaker, now: float, *, again: bool) -> None:
        self._account, self._breaker, self._again = account, breaker, again
        account.suspension.enter(self, now)
        breaker.enter(self, now)
        account.budget.enter(again=again)

    def spoke(self, now: float) -> None:
        """Note that something of the text is whole: speech that has just begun may still be cut."""
        with _lock:
            account = self._account
            account.used = now
            account.budget.succeeded()
            account.suspension.succeeded(self, now)
            self._breaker.succeeded(self, now)

    def failed(self, now: float, error: VoxbridgeError) -> None:
        """Note how it ended, if that says anything of the account."""
        if not isinstance(error, BackendError):
            return
        with _lock:
            account = self._account
            account.used = now
            if error.retryable:
                account.budget.failed()
            if isinstance(error, (AuthenticationError, OutOfCredits)):
                account.suspension.open(now + _SUSPENDED, error)
            elif isinstance(error, _FAULTS) and not isinstance(error, ProxyFailed):
                self._breaker.failed(self, now, error)

    def goes_on(self, now: float) -> bool:
        """Return whether it may take another connection: its account may have been shut meanwhile."""
        with _lock:
            circuits = (self._account.suspension, self._breaker)
            if not all(circuit.admits(now) or circuit.tried_by(self) for circuit in circuits):
                return False
            for circuit in circuits:
                circuit.enter(self, now)
            return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _lock:
            self._account.budget.leave(again=self._again)
            self._account.suspension.leave(self)
            self._breaker.leave(self)


def enter(account: Hashable, transport: str, now: float, *, again: bool = False, sure: bool = False) -> Visit | None:
    """Begin an attempt; None where it is not let in.

    Args:
        account: as of `Backend.account`.
        transport: the breaker's.
        now: monotonic seconds, by one clock in all of the process.
        again: whether it is a retry, which the account's budget must afford.
        sure: whether a breaker or a suspension does not matter, as where there is nobody else to ask.
    """
    with _lock:
        found = _found(account, now)
        breaker = found.breakers.get(transport)
        if breaker is None:
            breaker = found.breakers[transport] = Breaker()
        if not ((sure or found.admits(breaker, now)) and (not again or found.budget.affords())):
            return None
        found.used = now
        return Visit(found, breaker, now, again=again)


def affords(account: Hashable, transport: str, now: float, *, sure: bool = False) -> bool:
    """Return whether a retry would be let in now; arguments as of `enter`."""
    with _lock:
        found = _found(account, now)
        breaker = found.breakers.get(transport)
        return found.budget.affords() and (sure or breaker is None or found.admits(breaker, now))


def standing(account: Hashable, transport: str, now: float) -> Standing:
    """Return how an account stands; arguments as of `enter`."""
    with _lock:
        found = _accounts.get(account)
        return Standing() if found is None or found.over(now) else found.standing(transport, now)


def forget_accounts() -> None:
    """Forget all that is known, as a new process does."""
    _accounts.clear()


def _found(account: Hashable, now: float) -> _Account:
    global _looked_at  # noqa: PLW0603  # of the process, as the accounts are
    found = _accounts.get(account)
    if found is None or found.over(now):
        found = _accounts[account] = _Account(now)
        if len(_accounts) > _looked_at:  # those of clients that are gone
            for old in [key for key, known in _accounts.items() if known.over(now)]:
                del _accounts[old]
            _looked_at = max(_FEW, 2 * len(_accounts))
    return found


def _forked() -> None:
    """Begin anew in a child: what is under way is the parent's, and so is whoever held the lock."""
    global _lock  # noqa: PLW0603  # another thread of the parent may have held it
    _lock = RLock()
    _accounts.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
