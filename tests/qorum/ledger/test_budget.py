"""The purse: whatever happens in whatever order, no cent more than the limit is spent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qorum.errors import BudgetExceeded
from qorum.ledger.budget import Purse

AMOUNTS = st.floats(0, 5, allow_nan=False).map(lambda usd: round(usd, 4))
EVENTS = st.lists(st.tuples(st.sampled_from(["reserve", "settle", "release"]), st.integers(0, 6), AMOUNTS))


@settings(max_examples=300)
@given(st.floats(0, 20), EVENTS)
def test_no_order_of_events_spends_more_than_the_limit(limit: float, events: list[tuple[str, int, float]]):
    purse, reserved, charged = Purse(limit), dict[str, float](), dict[str, float]()
    for what, number, usd in events:
        name = f"purchase {number}"
        if what == "release":
            purse.release(name)
            reserved.pop(name, None)
        elif what == "settle":
            if name in reserved:
                charged[name] = min(usd, reserved.pop(name))
                purse.settle(name, charged[name])
            elif name not in charged:
                with pytest.raises(ValueError, match="not reserved"):
                    purse.settle(name, usd)
        elif name in reserved:
            with pytest.raises(ValueError, match="reserved already"):
                purse.reserve(name, usd)
        elif name in charged:
            purse.reserve(name, usd)
        else:
            left = limit - sum(reserved.values()) - sum(charged.values())
            try:
                purse.reserve(name, usd)
                reserved[name] = usd
                assert usd <= left + 1e-8
            except BudgetExceeded:
                assert usd > left - 1e-8
        assert purse.spent_usd == pytest.approx(sum(charged.values()), abs=1e-8)
        assert purse.spent_usd + sum(reserved.values()) <= limit + 1e-8
        assert purse.left_usd == pytest.approx(
            limit - sum(charged.values()) - sum(reserved.values()), abs=1e-7
        )


def test_ten_dimes_are_a_dollar():
    purse = Purse(1.0)
    for number in range(10):
        purse.reserve(str(number), 0.1)
        purse.settle(str(number), 0.1)
    assert purse.left_usd == 0
    with pytest.raises(BudgetExceeded, match=r"costs up to 0.0001 USD but 0.0000 USD are left"):
        purse.reserve("more", 0.0001)
    purse.reserve("a gift", 0.0)


def test_what_was_paid_before_is_neither_reserved_nor_paid_again():
    purse = Purse(1.0, {"first": 0.75})
    purse.reserve("first", 5.0)
    purse.settle("first", 5.0)
    assert (purse.spent_usd, purse.left_usd) == (0.75, 0.25)
    assert purse.has_paid("first")
    with pytest.raises(BudgetExceeded):
        purse.reserve("second", 0.5)


def test_a_vendor_that_charges_more_than_was_said_ends_all_spending_but_not_what_is_free():
    purse = Purse(1.0)
    purse.reserve("cheap", 0.5)
    purse.settle("cheap", 1.5)
    assert (purse.spent_usd, purse.left_usd) == (1.5, 0.0)
    assert not purse.can_reserve(0.000001)
    assert purse.can_reserve(0.0)
    purse.reserve("free", 0.0)


def test_many_threads_share_one_purse():
    purse = Purse(10.0)

    def buy(number: int) -> bool:
        try:
            purse.reserve(str(number), 0.3)
        except BudgetExceeded:
            return False
        purse.settle(str(number), 0.3)
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(buy, range(200))) == 33
    assert purse.spent_usd == pytest.approx(9.9)


@pytest.mark.parametrize("usd", [-0.01, float("nan"), float("inf")])
def test_only_amounts_of_money_are_taken(usd: float):
    purse = Purse(1.0)
    with pytest.raises(ValueError, match=r"expected|NaN"):
        purse.reserve("odd", usd)
    purse.reserve("even", 0.5)
    with pytest.raises(ValueError, match=r"expected|NaN"):
        purse.settle("even", usd)


def test_what_was_charged_elsewhere_counts_whether_the_limit_covers_it_or_not():
    purse = Purse(1.0)
    purse.charge("old", 0.25)
    purse.charge("older", 1.5)
    assert (purse.limit_usd, purse.spent_usd, purse.left_usd) == (1.0, 1.75, 0.0)
    purse.reserve("old", 0.5)  # paid for: nothing is set aside
    purse.reserve("free", 0.0)
    for known in ("old", "free"):
        with pytest.raises(ValueError, match=f"{known} is charged or reserved already"):
            purse.charge(known, 0.1)
    with pytest.raises(ValueError, match="at least 0 expected"):
        purse.charge("gift", -0.1)
    assert purse.spent_usd == 1.75


def test_an_amount_of_nothing_may_be_charged_and_what_is_released_is_free_again():
    purse = Purse(1.0)
    purse.charge("free", 0.0)
    purse.reserve("one", 1.0)
    assert not purse.can_reserve(0.1)
    purse.release("one")
    purse.release("one")
    assert purse.left_usd == 1.0
    assert not purse.has_paid("one")
    with pytest.raises(ValueError, match="one was not reserved"):
        purse.settle("one", 0.1)


def test_a_refusal_says_what_was_needed_and_what_is_left():
    purse = Purse(1.0, {"old": 0.25})
    purse.reserve("one", 0.5)
    with pytest.raises(BudgetExceeded) as refused:
        purse.reserve("two", 0.75)
    assert (refused.value.needed_usd, refused.value.left_usd) == (0.75, 0.25)
    purse.settle("one", 5.0)
    with pytest.raises(BudgetExceeded) as refused:
        purse.reserve("two", 0.75)
    assert refused.value.left_usd == 0.0


def test_what_is_owed_is_set_aside_whatever_is_left_and_taken_over_once():
    purse = Purse(1.0)
    purse.owe("asked", 3.0)
    assert not purse.can_reserve(0.5)
    purse.reserve("asked", 9.0)  # takes over what is owed, though it is more than the limit
    with pytest.raises(ValueError, match="reserved already"):
        purse.reserve("asked", 3.0)
    purse.release("asked")
    assert purse.can_reserve(1.0)
    purse.reserve("bought", 0.4)
    purse.settle("bought", 0.4)
    purse.owe("bought", 0.5)
    assert purse.can_reserve(0.6), "what was charged is owed no more"
    with pytest.raises(ValueError, match="at least 0"):
        purse.owe("less", -0.1)
