"""What may still be spent this month, in the object store: one account for each limit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from blocks.object_store import ObjectStore
from qorum.errors import MonthlyLimitReached, QorumError
from qorum.ledger.limits import Limit
from qorum.ledger.monthly import Page, decode, encode, place, room
from qorum.remote import Charge

MOST_TRIES = 1_000
"""Pages that others may be faster to write before we give up."""


@dataclass(frozen=True)
class Months:
    """The accounts of the limits that hold for a backend.

    Attributes:
        store: where they are; it must create an object only once.
        limits: those that hold.

    Raises, by every method: `StorageUnfit` where the store cannot be reached, `QorumError` where an account
    is damaged.
    """

    store: ObjectStore
    limits: Sequence[Limit] = ()

    def reserve(self, token: str, charge: Charge, month: datetime) -> None:
        """Set aside what a job costs at most; where one limit is too low, of none of them.

        Raises:
            MonthlyLimitReached: a limit is too low.
        """
        counted = [(limit, most) for limit in self.limits if (most := limit.counted(charge)) is not None]
        done: list[Limit] = []  # by this call: what another worker set aside for the same job stays
        for limit, most in counted:
            try:
                if self._turn(limit, month, partial(Page.reserving, token=token, most=most, limit=limit)):
                    done.append(limit)
            except MonthlyLimitReached:
                Months(self.store, done).release(token, month)
                raise

    def settle(self, token: str, charge: Charge, month: datetime) -> None:
        """A job has been charged; nothing where it was before."""
        for limit in self.limits:
            amount = limit.counted(charge)
            if amount is not None:
                self._turn(limit, month, partial(Page.settling, token=token, amount=amount))

    def release(self, token: str, month: datetime) -> None:
        """A job will certainly not be charged; nothing where nothing is set aside for it."""
        for limit in self.limits:
            self._turn(limit, month, partial(Page.releasing, token=token))

    def page(self, limit: Limit, month: datetime) -> Page:
        """Where a limit stands."""
        places = self.store.list(room(limit, month))
        if not places:
            return Page()
        newest = max(places)
        return decode(self.store.get(newest), newest)

    def _turn(self, limit: Limit, month: datetime, event: Callable[[Page], Page]) -> bool:
        """Write the next page; False where the event changes nothing."""
        for _ in range(MOST_TRIES):
            page = self.page(limit, month)
            following = event(page)
            if following is page:
                return False
            key = place(limit, month, following.number)
            if self.store.create_only(key, encode(following, limit, key)):
                return True
        raise QorumError(f"the month's account of {limit.told} is written to by too many at once: try again")
