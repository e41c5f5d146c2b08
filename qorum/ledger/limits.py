"""Limits of a calendar month over all runs of an installation: for a vendor, a credential, or all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qorum.ledger.budget import NANO

if TYPE_CHECKING:  # settings are read before anything is done, `--help` included: Qiskit would take a second
    from qorum.remote import Charge

ALL = "all"
UNITS = ("usd", "seconds", "hqc")
"""In which vendors' charges are counted, see `Charge.unit`."""


@dataclass(frozen=True)
class Limit:
    """The most that may be spent in a month, by its first and last second in UTC.

    Attributes:
        scope: a vendor's word as in `ionq?device=…`, a saved backend such as `block:ionq-cloud/lab`, which
            has a credential of its own, or `all`.
        amount: in `unit`.
        unit: one of `UNITS`; charges that are not told in it do not count.
    """

    scope: str
    amount: float
    unit: str = "usd"

    @property
    def told(self) -> str:
        """As it was given."""
        return f"{self.scope}={self.amount:g}{'' if self.unit == 'usd' else self.unit}"

    def holds_for(self, backend: str, vendor: str) -> bool:
        """Whether jobs of this backend, which a user calls so, count."""
        return self.scope in (ALL, vendor, backend)

    def counted(self, charge: Charge) -> int | None:
        """What a charge adds, in billionths of the unit; None where it is told in another unit."""
        if self.unit == "usd":
            return round(charge.usd * NANO)
        return round(charge.amount * NANO) if charge.unit == self.unit else None


def parse_limits(text: str) -> tuple[Limit, ...]:
    """Limits as they are written: `ionq=200,ibm=600seconds,all=500`; a number alone is US dollars.

    Raises:
        ValueError: they are written otherwise.
    """
    return tuple(_limit(part.strip()) for part in text.split(",") if part.strip())


def _limit(text: str) -> Limit:
    scope, _, amount = text.rpartition("=")
    unit = next((unit for unit in UNITS if amount.endswith(unit)), "")
    try:
        number = float(amount.removesuffix(unit))
    except ValueError:
        number = math.nan
    if not scope or not (math.isfinite(number) and number >= 0):
        raise ValueError(f"limits such as ionq=200,ibm=600seconds,all=500 expected, found {text!r}")
    return Limit(scope, number, unit or "usd")


def limits_of(limits: Sequence[Limit], backend: str, vendor: str) -> list[Limit]:
    """Those that hold for a backend."""
    return [limit for limit in limits if limit.holds_for(backend, vendor)]
