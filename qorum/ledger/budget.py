"""The purse: one budget, from which everything that costs is reserved before it is asked for."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from qorum.errors import BudgetExceeded

NANO = 1_000_000_000
"""Amounts are kept in whole billionths of a dollar: sums of them are exact."""


class Purse:
    """Money of one run or training: `reserve`, then `settle` or `release`. Safe to use from several threads.

    What is reserved and what is spent are together never more than the limit, unless a vendor charges more
    than was reserved; then nothing more is granted.

    Args:
        limit_usd: the most that may be spent; 0 grants only what is free.
        spent_usd: what was spent before, by what it was spent on: it is not asked for again.
    """

    def __init__(self, limit_usd: float, spent_usd: Mapping[str, float] | None = None) -> None:
        self._limit = _nano(limit_usd)
        self._reserved: dict[str, int] = {}
        self._owed: set[str] = set()
        self._held = 0  # the sum of them: a thousand circuits ask thousands of times
        self._charged = {name: _nano(usd) for name, usd in (spent_usd or {}).items()}
        self._spent = sum(self._charged.values())
        self._lock = threading.Lock()

    @property
    def limit_usd(self) -> float:
        """The most that may be spent."""
        return self._limit / NANO

    @property
    def spent_usd(self) -> float:
        """What was charged so far."""
        return self._spent / NANO

    @property
    def left_usd(self) -> float:
        """What is neither spent nor reserved; at least 0."""
        return max(0, self._left()) / NANO

    def has_paid(self, purchase: str) -> bool:
        """Whether this was charged already."""
        return purchase in self._charged

    def can_reserve(self, most_usd: float) -> bool:
        """Whether so much is left."""
        return _nano(most_usd) <= max(0, self._left())

    def reserve(self, purchase: str, most_usd: float) -> None:
        """Set aside what something costs at most; nothing where it was charged already.

        Raises:
            BudgetExceeded: that is more than is left; nothing is set aside.
            ValueError: it is reserved already, unless as owed, or the amount is negative or not finite.
        """
        amount = _nano(most_usd)
        if amount < 0:
            raise ValueError(f"an amount of at least 0 expected, found {most_usd}")
        with self._lock:
            if purchase in self._owed:
                self._owed.remove(purchase)
                return
            if purchase in self._reserved:
                raise ValueError(f"{purchase} is reserved already")
            if purchase in self._charged:
                return
            if amount and amount > self._left():
                raise BudgetExceeded(most_usd, max(0, self._left()) / NANO)
            self._reserved[purchase] = amount
            self._held += amount

    def owe(self, purchase: str, most_usd: float) -> None:
        """Set aside what something that a vendor was asked for may yet be charged, whatever is left.

        Who then reserves it takes that over. Nothing where it is reserved or charged already.

        Raises:
            ValueError: the amount is negative or not finite.
        """
        amount = _nano(most_usd)
        if amount < 0:
            raise ValueError(f"an amount of at least 0 expected, found {most_usd}")
        with self._lock:
            if purchase not in self._reserved and purchase not in self._charged:
                self._owed.add(purchase)
                self._reserved[purchase] = amount
                self._held += amount

    def settle(self, purchase: str, usd: float) -> None:
        """What was reserved has been charged, and how much; nothing where it was charged before.

        Raises:
            ValueError: neither is so, or the amount is negative or not finite.
        """
        amount = _nano(usd)
        if amount < 0:
            raise ValueError(f"an amount of at least 0 expected, found {usd}")
        with self._lock:
            if purchase in self._charged:
                return
            if purchase not in self._reserved:
                raise ValueError(f"{purchase} was not reserved")
            self._held -= self._reserved.pop(purchase)
            self._owed.discard(purchase)
            self._charged[purchase] = amount
            self._spent += amount

    def charge(self, purchase: str, usd: float) -> None:
        """What was charged elsewhere, whether it is within the limit or not.

        Raises:
            ValueError: it is charged or reserved here already, or is no amount of at least 0.
        """
        amount = _nano(usd)
        if amount < 0:
            raise ValueError(f"an amount of at least 0 expected, found {usd}")
        with self._lock:
            if purchase in self._charged or purchase in self._reserved:
                raise ValueError(f"{purchase} is charged or reserved already")
            self._charged[purchase] = amount
            self._spent += amount

    def release(self, purchase: str) -> None:
        """What was reserved will certainly not be charged; nothing where it is not reserved."""
        with self._lock:
            self._held -= self._reserved.pop(purchase, 0)
            self._owed.discard(purchase)

    def _left(self) -> int:
        return self._limit - self._spent - self._held


def _nano(usd: float) -> int:
    """
    Raises:
        ValueError: no number of dollars.
    """
    try:
        return round(usd * NANO)
    except OverflowError as error:
        raise ValueError(f"a finite amount expected, found {usd}") from error
