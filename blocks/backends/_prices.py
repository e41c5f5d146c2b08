"""What a device charges by our table and the user's own, for vendors that tell no price themselves."""

from __future__ import annotations

from blocks.settings import settings
from qorum.backends import Price
from qorum.errors import BackendFailed
from qorum.routing.prices import PriceEntry, price_entry


def listed_entry(provider: str, device: str) -> PriceEntry | None:
    """The entry of a device: the user's own, else ours; None where neither table knows it.

    Raises:
        ValueError: the user's table cannot be read.
    """
    try:
        return price_entry(provider, device, settings().prices)
    except (ValueError, OSError) as error:
        raise ValueError(f"QORUM_PRICES: {error}") from None


def not_known(device: str) -> str:
    """That nobody knows what a device charges, and what to do."""
    own = settings().prices
    how = f"add an entry to {own}" if own else "name a file of own prices in QORUM_PRICES"
    return f"the price of {device} is not known: {how} (docs/routing.md)"


def listed_price(backend: str, provider: str, device: str) -> Price:
    """The charges of a device, in USD.

    Args:
        backend: who asks, for the error.
        provider: as in the table.
        device: likewise.

    Raises:
        BackendFailed: no table knows it, or the user's cannot be read.
    """
    try:
        entry = listed_entry(provider, device)
    except ValueError as error:
        raise BackendFailed(backend, str(error)) from None
    if entry is None:
        raise BackendFailed(backend, not_known(device))
    return entry.price
