"""How much of an account is in use at once, in all of this process; who finds it full waits in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Hashable
from threading import RLock

from voxbridge._exchange import Slots


__all__ = ["Slot"]


class _Account:
    def __init__(self) -> None:
        self.used = 0
        self.waiting: deque[Slot] = deque()


_accounts: dict[Hashable, _Account] = {}
_lock = RLock()  # a garbage collection may release a slot while another is being taken


class Slot:
    """One place, taken at once or, where all are taken, as soon as it is this one's turn.

    Args:
        slots: the places there are.
        granted: called when a place that had to be waited for is there, in whichever thread gave it up.
    """

    def __init__(self, slots: Slots, granted: Callable[[], object]) -> None:
        self._slots, self._granted = slots, granted
        with _lock:
            account = self._account = _accounts.setdefault(slots.account, _Account())
            self.held = account.used < slots.size and not account.waiting
            if self.held:
                account.used += 1
            else:
                account.waiting.append(self)

    def unless_held(self, tell: Callable[[], object]) -> None:
        """Call *tell* if the place is still waited for, and then before `granted` is called."""
        with _lock:
            if not self.held:
                tell()

    def release(self) -> None:
        """Give the place, or the wait for it, up. More than once does no harm."""
        following: Slot | None = None
        with _lock:
            account = self._account
            if self.held:
                self.held = False
                account.used -= 1
                if account.waiting and account.used < self._slots.size:
                    following = account.waiting.popleft()
                    following.held = True
                    account.used += 1
            elif self in account.waiting:
                account.waiting.remove(self)
            if not account.used and _accounts.get(self._slots.account) is account:  # nobody waits while a place is free
                del _accounts[self._slots.account]
        if following:
            following._granted()  # noqa: SLF001  # of the same class


def _forked() -> None:
    """Begin anew in a child: what the parent holds is the parent's."""
    global _lock  # noqa: PLW0603  # another thread of the parent may have held it
    _lock = RLock()
    _accounts.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
