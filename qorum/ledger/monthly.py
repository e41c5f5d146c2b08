"""What a limit has seen in its month: a chain of pages, each the whole account after one more event.

Page n is created only once, by who has read page n - 1; so two that spend at the same time cannot both spend
the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256

from pydantic import TypeAdapter

from qorum.circuits.sealing import seal, unseal
from qorum.errors import MonthlyLimitReached, QorumError
from qorum.ledger.budget import NANO
from qorum.ledger.limits import Limit

MAGIC = b"qorum month 1\n"
REMEMBERED = 100
"""Jobs that a page knows to be charged."""


@dataclass(frozen=True)
class Page:
    """A limit's account after so many events; amounts are billionths of its unit.

    Attributes:
        number: of events.
        spent: what vendors charged.
        reserved: what jobs may yet be charged, by token.
        settled: tokens of the last jobs that were charged: another worker may be late to reserve for them.
    """

    number: int = 0
    spent: int = 0
    reserved: Mapping[str, int] = field(default_factory=dict[str, int])
    settled: tuple[str, ...] = ()

    @property
    def taken(self) -> int:
        """What cannot be spent any more."""
        return self.spent + sum(self.reserved.values())

    def left(self, limit: Limit) -> float:
        """What may still be spent, in the limit's unit; at least 0."""
        return max(0, round(limit.amount * NANO) - self.taken) / NANO

    def reserving(self, token: str, most: int, limit: Limit) -> Page:
        """The next page, on which this much is set aside; this one where it was already.

        Raises:
            MonthlyLimitReached: that is more than is left.
        """
        if token in self.reserved or token in self.settled:
            return self
        if most > max(0, round(limit.amount * NANO) - self.taken):
            raise MonthlyLimitReached(limit.told, most / NANO, self.left(limit), limit.unit)
        return self._next(reserved={**self.reserved, token: most})

    def settling(self, token: str, amount: int) -> Page:
        """The next page, on which a job is charged; this one where nothing was set aside for it."""
        if token not in self.reserved:
            return self
        settled = (*self.settled, token)[-REMEMBERED:]
        return replace(self.releasing(token), spent=self.spent + amount, settled=settled)

    def releasing(self, token: str) -> Page:
        """The next page, on which nothing is set aside for a job; this one where nothing was."""
        if token not in self.reserved:
            return self
        return self._next(reserved={name: most for name, most in self.reserved.items() if name != token})

    def _next(self, reserved: Mapping[str, int]) -> Page:
        return replace(self, number=self.number + 1, reserved=reserved)


_PAGE = TypeAdapter(Page)


def room(limit: Limit, month: datetime) -> str:
    """Where the pages of a limit's month are."""
    name = sha256(f"{limit.scope}={limit.unit}".encode()).hexdigest()[:16]
    return f"months/{month.astimezone(UTC):%Y-%m}/{name}/"


def place(limit: Limit, month: datetime, number: int) -> str:
    """Where one page is; the last in order of names is the newest."""
    return f"{room(limit, month)}{number:09d}"


def encode(page: Page, limit: Limit, key: str) -> bytes:
    """A page as it is stored under a key."""
    return seal(MAGIC, {"scope": limit.scope, "unit": limit.unit, **asdict(page)}, b"", key)


def decode(data: bytes, key: str) -> Page:
    """The inverse of `encode`.

    Raises:
        QorumError: it is damaged, or lay under another key.
    """
    try:
        header, _ = unseal(MAGIC, data, key)
        return _PAGE.validate_python({name: header[name] for name in Page.__dataclass_fields__})
    except (QorumError, ValueError, KeyError, TypeError) as error:
        raise QorumError(
            f"the month's account {key} cannot be read: nothing is submitted; restore it from a copy"
        ) from error
