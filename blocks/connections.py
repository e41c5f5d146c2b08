"""Backends asked whether they can be used, side by side; nothing is sent that makes a job."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from blocks.asking import ask_given, shown_name, side_by_side, why_not
from blocks.backends import backend_types, load_backend
from blocks.object_store import open_store
from blocks.settings import settings
from blocks.submissions import Months
from qorum.ledger.limits import limits_of
from qorum.routing.connections import Connection

NOBODY = hashlib.sha256(b"check-connections").hexdigest()
"""A token that no job has: to look it up is a request that only reads, and needs the credentials."""


def check_given(seconds: float) -> list[Connection]:
    """Ask everything for which the environment holds credentials: default settings, or all devices.

    Args:
        seconds: that each may take.
    """
    return ask_given(partial(check, seconds=seconds), _refused, seconds)


def check(names: Sequence[str], seconds: float) -> list[Connection]:
    """Ask backends by name, all at once; what goes wrong with one is told of it, and costs no other one.

    Args:
        names: as in `load_backend`; each is asked once.
        seconds: that each may take.
    """
    backend_types()  # importing them is not what backends are waited for
    found = side_by_side({name: partial(_asked, name) for name in names}, seconds)
    return [_refused(name, told) if isinstance(told, BaseException) else told for name, told in found.items()]


def _asked(name: str) -> Connection:
    """What the backend tells of itself; then whether it knows the credentials, which that may not need."""
    block = load_backend(name)
    profile, remote = block.profile(), block.remote
    if remote is None:
        return Connection.of(shown_name(name), profile, "")
    remote.find(NOBODY, datetime.now(UTC))
    return Connection.of(shown_name(name), profile, remote.place, _month(name, block.short_name))


def _month(name: str, vendor: str) -> tuple[str, ...]:
    """What is left of the limits that hold for a backend."""
    limits, now = limits_of(settings().monthly_limits, name, vendor), datetime.now(UTC)
    if not limits:
        return ()
    months = Months(open_store(), limits)
    return tuple(f"{months.page(limit, now).left(limit):.2f} of {limit.told}" for limit in limits)


def _refused(name: str, error: BaseException) -> Connection:
    return Connection(backend=shown_name(name), is_reachable=False, reason=why_not(name, error))
