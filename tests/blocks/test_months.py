"""Accounts of months in a store: two who spend at the same time cannot both spend the rest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from blocks.object_store import LocalFolder
from blocks.submissions import Months
from qorum.errors import MonthlyLimitReached
from qorum.ledger.budget import NANO
from qorum.ledger.limits import Limit
from qorum.remote import Charge

NOW = datetime(2026, 11, 30, tzinfo=UTC)
ALL, IBM = Limit("all", 5.0), Limit("ibm", 2.0, "seconds")


def charge(usd: float, seconds: float = 0.0) -> Charge:
    return Charge(usd, seconds, "seconds", is_final=True, source="test")


def test_of_many_who_spend_at_once_as_many_succeed_as_there_is_money_for(tmp_path: Path):
    months = Months(LocalFolder(path=tmp_path), [ALL])

    def spend(number: int) -> bool:
        try:
            months.reserve(f"job {number}", charge(1.0), NOW)
        except MonthlyLimitReached:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(spend, range(24)))
    page = months.page(ALL, NOW)
    assert done.count(True) == 5
    assert (page.number, page.taken) == (5, 5 * NANO)


def test_where_one_of_two_limits_is_too_low_nothing_stays_set_aside(tmp_path: Path):
    months = Months(LocalFolder(path=tmp_path), [ALL, IBM])
    months.reserve("one", charge(1.0, 1.5), NOW)
    with pytest.raises(MonthlyLimitReached, match="0000 seconds but"):
        months.reserve("two", charge(1.0, 1.0), NOW)
    assert set(months.page(ALL, NOW).reserved) == {"one"}
    months.settle("one", charge(0.75, 0.5), NOW)
    months.settle("one", charge(0.75, 0.5), NOW)
    assert [months.page(limit, NOW).spent for limit in (ALL, IBM)] == [0.75 * NANO, 0.5 * NANO]
    months.reserve("two", charge(1.0, 1.0), NOW)
    months.release("two", NOW)
    assert months.page(ALL, NOW).taken == 0.75 * NANO
