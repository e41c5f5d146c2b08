"""Limits of a month: no order of events takes more than there is, and nothing is counted twice."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qorum.errors import MonthlyLimitReached, QorumError
from qorum.ledger.budget import NANO
from qorum.ledger.limits import Limit, limits_of, parse_limits
from qorum.ledger.monthly import REMEMBERED, Page, decode, encode, place, room
from qorum.ledger.records import Settled
from qorum.remote import Charge

LIMIT = Limit("ionq", 10.0)
NOVEMBER = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(("reserve", "settle", "release")), st.sampled_from("abcde"), st.integers(0, 8 * NANO)
    ),
    max_size=60,
)


@given(EVENTS)
def test_no_order_of_events_takes_more_than_the_limit_while_bills_keep_to_what_was_reserved(events):
    page, charged = Page(), dict[str, int]()
    for what, token, amount in events:
        before = page
        if what == "reserve":
            with suppress(MonthlyLimitReached):
                page = page.reserving(token, amount, LIMIT)
        elif what == "settle":
            bill = min(amount, page.reserved.get(token, 0))
            if token in page.reserved:
                charged[token] = charged.get(token, 0) + bill
            page = page.settling(token, bill)
        else:
            page = page.releasing(token)
        assert page.taken <= 10 * NANO
        assert page.spent == sum(charged.values())
        assert page.number == before.number + (page is not before)
        assert decode(encode(page, LIMIT, "months/k"), "months/k") == page


def test_what_was_charged_is_not_reserved_again_by_a_worker_who_comes_late():
    page = Page().reserving("job", 4 * NANO, LIMIT).settling("job", 3 * NANO)
    assert page.reserving("job", 4 * NANO, LIMIT) is page
    assert page.settling("job", 3 * NANO) is page
    assert (page.spent, page.taken) == (3 * NANO, 3 * NANO)
    for number in range(REMEMBERED):
        page = page.reserving(str(number), 0, LIMIT).settling(str(number), 0)
    assert len(page.settled) == REMEMBERED


def test_what_is_too_much_is_told_with_what_is_left_and_where_to_raise_it():
    page = Page().reserving("one", 8 * NANO, LIMIT)
    with pytest.raises(
        MonthlyLimitReached, match=r"5.0000 usd but 2.0000 usd are left this month of ionq=10"
    ):
        page.reserving("two", 5 * NANO, LIMIT)
    over = page.settling("one", 12 * NANO)  # the vendor charged more than it said
    with pytest.raises(MonthlyLimitReached, match=r"but 0\.0000 usd are left"):
        over.reserving("two", 1, LIMIT)
    assert over.left(LIMIT) == 0.0
    assert over.reserving("free", 0, LIMIT).reserved == {"free": 0}


def test_a_limit_of_nothing_lets_only_what_is_free_pass():
    (limit,) = parse_limits("ionq=0")
    assert Page().reserving("free", 0, limit).number == 1, "the first page that is written"
    with pytest.raises(MonthlyLimitReached):
        Page().reserving("job", 1, limit)


def test_limits_are_read_as_they_are_written():
    assert parse_limits("") == ()
    found = parse_limits("ionq=200, ibm=600seconds,azure=40hqc,block:ionq-cloud/lab=0.5,all=500usd")
    assert [limit.told for limit in found] == [
        *("ionq=200", "ibm=600seconds", "azure=40hqc", "block:ionq-cloud/lab=0.5", "all=500"),
    ]
    assert [one.scope for one in limits_of(found, "ibm?device=ibm_torino", "ibm")] == ["ibm", "all"]
    mine = limits_of(found, "block:ionq-cloud/lab", "ionq")
    assert [one.scope for one in mine] == ["ionq", "block:ionq-cloud/lab", "all"]


@pytest.mark.parametrize(
    "text", ["ionq", "ionq=", "=5", "ionq=-1", "ionq=nan", "ionq=inf", "ionq=5 eur", "5"]
)
def test_limits_that_are_written_otherwise_are_refused(text: str):
    with pytest.raises(ValueError, match="limits such as ionq=200,ibm=600seconds,all=500 expected, found"):
        parse_limits(text)


def test_charges_count_in_the_limit_s_unit_alone():
    seconds = Charge(16.0, 10.0, "seconds", is_final=True, source="computed")
    assert Limit("ibm", 1.0).counted(seconds) == 16 * NANO
    assert Limit("ibm", 1.0, "seconds").counted(seconds) == 10 * NANO
    assert Limit("ibm", 1.0, "hqc").counted(seconds) is None


def test_a_month_is_that_of_utc_and_each_limit_has_its_own():
    assert room(LIMIT, NOVEMBER) == "months/2026-11/373a19f2185d5f41/", "where installations have it"
    assert room(LIMIT, NOVEMBER + timedelta(seconds=1)).startswith("months/2026-12/")
    assert room(LIMIT, NOVEMBER.astimezone(timezone(timedelta(hours=9)))) == room(LIMIT, NOVEMBER)
    others = {room(limit, NOVEMBER) for limit in (LIMIT, Limit("ionq", 9.0), Limit("ionq", 9.0, "hqc"))}
    assert len(others) == 2, "a limit that is changed in mid-month has seen what it saw"
    assert place(LIMIT, NOVEMBER, 9) < place(LIMIT, NOVEMBER, 10)


def test_a_damaged_account_is_told_and_one_of_another_key_is_not_taken():
    data = encode(Page(1, 5), LIMIT, "months/a")
    for wrong, key in ((data[:-1], "months/a"), (data, "months/b"), (b"", "months/a")):
        with pytest.raises(QorumError, match=r"months/. cannot be read: nothing is submitted"):
            decode(wrong, key)


def test_duplicates_that_were_charged_count_in_the_vendor_s_unit_too():
    told = Settled(
        NOVEMBER,
        Charge(16.0, 10.0, "seconds", is_final=True, source="metrics"),
        {
            "twice": Charge(4.0, 2.5, "seconds", is_final=True, source="metrics"),
            "else": Charge(1.0, 1.0, "usd", is_final=True, source="computed"),
        },
    )
    assert (told.total.usd, told.total.amount, told.total.unit) == (21.0, 12.5, "seconds")
