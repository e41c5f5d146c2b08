"""What vendors charge: a dated table that a user can override."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from qorum.backends import Price

OWN_TABLE = Path(__file__).with_name("prices.toml")

CHARGES = tuple(field.name for field in fields(Price) if field.name != "circuits_per_task")


@dataclass(frozen=True)
class PriceEntry:
    """One row of the table.

    Attributes:
        provider: who sends the bill, e.g. `braket`.
        device: pattern of the device's name or ARN; `*` and `?` as in file names, case ignored.
        price: the charges.
        source: where the figures come from.
        as_of: when they were published; None where the source carries no date.
        note: what else a payer should know.
    """

    provider: str
    device: str
    price: Price
    source: str
    as_of: date | None = None
    note: str = ""

    def matches(self, provider: str, device: str) -> bool:
        """Whether this entry is for that device of that provider."""
        same = provider.lower() == self.provider.lower()
        return same and fnmatchcase(device.lower(), self.device.lower())

    def explain(self) -> str:
        """The charges, their date and their source, in one line."""
        charged = {name: getattr(self.price, name) for name in CHARGES if getattr(self.price, name)}
        listed = ", ".join(f"{name} {value:g}" for name, value in charged.items()) or "free"
        when = self.as_of.isoformat() if self.as_of else "undated"
        note = f"; {self.note}" if self.note else ""
        return f"{self.provider} {self.device}: {listed} (USD, {when}, {self.source}{note})"


def price_of(provider: str, device: str, overrides: Path | None = None) -> Price | None:
    """What a device charges; None where neither table knows it, which is not the same as free.

    Args:
        provider: who sends the bill: `braket`, `ibm`, `azure`, `ionq`.
        device: the device's name or ARN at that provider.
        overrides: a user's file in the form of `prices.toml`; its entries come first.

    Raises:
        ValueError: a file is not such a table, with the entry and what was expected.
        FileNotFoundError: there is no such file.
    """
    entry = price_entry(provider, device, overrides)
    return entry.price if entry else None


def price_entry(provider: str, device: str, overrides: Path | None = None) -> PriceEntry | None:
    """As `price_of`, with the entry's date and source."""
    entries = (*(load_prices(overrides) if overrides else ()), *_own_prices())
    return next((entry for entry in entries if entry.matches(provider, device)), None)


def load_prices(path: Path) -> tuple[PriceEntry, ...]:
    """All entries of a price file, in its order.

    Raises:
        ValueError: the file is not such a table, with the entry and what was expected.
        FileNotFoundError: there is no such file.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: a TOML file expected: {error}") from error
    rows = table.get("price")
    if set(table) != {"price"} or not isinstance(rows, list):
        raise ValueError(f"{path}: [[price]] entries and nothing else expected, found {sorted(table)}")
    return tuple(_entry(row, f"{path}, entry {number}") for number, row in enumerate(rows, start=1))


@cache
def _own_prices() -> tuple[PriceEntry, ...]:
    return load_prices(OWN_TABLE)


def _entry(row: dict[str, Any], where: str) -> PriceEntry:
    known = {"provider", "device", "source", "as_of", "note", *CHARGES}
    missing = [name for name in ("provider", "device", "source") if not isinstance(row.get(name), str)]
    if missing or not set(row) <= known:
        strangers = sorted(set(row) - known)
        raise ValueError(f"{where}: needs text for {missing}, does not know {strangers}")
    charges = {name: row[name] for name in CHARGES if name in row}
    for name, value in charges.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise ValueError(f"{where}: {name}: a price of at least 0 expected, found {value!r}")
    as_of = row.get("as_of")
    if as_of is not None and type(as_of) is not date:
        raise ValueError(f"{where}: as_of: a date such as 2026-05-01 expected, found {as_of!r}")
    amounts: dict[str, Any] = {name: float(value) for name, value in charges.items()}
    price = Price(**amounts)
    return PriceEntry(row["provider"], row["device"], price, row["source"], as_of, row.get("note", ""))
