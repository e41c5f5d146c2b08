"""What comes next for a job at a vendor: no request is sent that could be a second one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qorum.errors import QorumError
from qorum.ledger.records import (
    Duplicate,
    Ended,
    Held,
    Intent,
    Record,
    Refusal,
    Result,
    Settled,
    Submitted,
    decode,
    encode,
)
from qorum.ledger.standing import SKEW, Standing
from qorum.ledger.submissions import (
    LEASE,
    MAX_EPOCHS,
    Claim,
    Done,
    End,
    Fetch,
    Find,
    Forgo,
    Hold,
    Poll,
    Seen,
    Settle,
    Submit,
    Vendor,
    Wait,
    next_move,
)
from qorum.remote import Charge

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
PLAIN, SAFE = Vendor(False, 30.0), Vendor(True, 30.0)
OVER = LEASE.total_seconds() + PLAIN.list_lag_seconds
ME, OTHER = "me", "another"
CHARGE = Charge(2.5, 10.0, "seconds", is_final=True, source="GET /jobs/{id}/cost")


def intent(epoch: int = 1, owner: str = ME, age: float = 0.0) -> Intent:
    made = NOW - timedelta(seconds=age)
    return Intent("ab" * 32, epoch, owner, made, "cd" * 32, ("key",), "ionq", "us/qpu", {"0/ionq/d": 3.0})


def refusal(epoch: int = 1, retry_after: float | None = 5.0, age: float = 0.0) -> Refusal:
    return Refusal(epoch, NOW - timedelta(seconds=age), "too many requests", retry_after)


def move(*records: Record, vendor: Vendor = PLAIN, **seen: object):
    return next_move(Standing.of(records), replace(Seen(ME), **seen), NOW, vendor)  # type: ignore[arg-type]


SUBMITTED = Submitted("job-1", 1, NOW, answered=True)
FOUND = Submitted("job-1", 1, NOW)
RESULT = Result.of("job-1", b"\x00raw\n", NOW)
ENDED = Ended("job-1", "failed", NOW, "out of order", True)
SETTLED = Settled(NOW, CHARGE, {"job-2": CHARGE})


def test_a_job_goes_from_its_intent_to_its_charge():
    assert move() == Claim(1)
    assert move(intent()) == Submit(1)
    assert move(intent(), SUBMITTED, sent=1) == Poll("job-1")
    assert move(intent(), SUBMITTED, sent=1, state="running") == Poll("job-1")
    assert move(intent(), SUBMITTED, sent=1, state="done") == Fetch("job-1")
    assert move(intent(), SUBMITTED, sent=1, state="failed") == End("job-1")
    assert move(intent(), SUBMITTED, RESULT) == Settle("job-1")
    assert move(intent(), SUBMITTED, ENDED) == Settle("job-1")
    assert move(intent(), SUBMITTED, RESULT, SETTLED) == Done()


def test_an_owner_that_is_too_late_to_send_says_that_it_did_not():
    late = LEASE.total_seconds()
    assert move(intent(age=late - 1)) == Submit(1)
    assert move(intent(age=late)) == Forgo(1)


def test_without_an_answer_the_job_is_looked_for_until_the_list_must_tell_it_and_then_held():
    since = NOW - timedelta(seconds=100) - SKEW
    asked = {"sent": 1, "answered_at": NOW - timedelta(seconds=29)}
    assert move(intent(age=100), **asked) == Find(since)
    assert move(intent(age=100), **asked, looked_at=NOW) == Find(since)
    asked["answered_at"] = NOW - timedelta(seconds=30)
    found_nothing = move(intent(age=100), **asked, looked_at=NOW)
    assert isinstance(found_nothing, Hold)
    assert "30 s" in found_nothing.reason
    assert move(intent(age=100), Held(1, NOW, "unclear"), sent=1) == Find(since), "each that asks looks again"
    assert move(intent(age=100), Held(1, NOW, "unclear"), sent=1, looked_at=NOW) == Done()


def test_another_owners_job_is_looked_for_from_the_end_of_its_lease_on():
    since = NOW - timedelta(seconds=OVER - 1) - SKEW
    assert move(intent(owner=OTHER, age=OVER - 1)) == Find(since)
    assert move(intent(owner=OTHER, age=OVER - 1), looked_at=NOW) == Find(since)
    assert isinstance(move(intent(owner=OTHER, age=OVER), looked_at=NOW), Hold)


def test_where_the_vendor_makes_one_job_of_equal_tokens_it_is_asked_again_after_a_look():
    assert isinstance(move(intent(), vendor=SAFE, sent=1), Find)
    assert move(intent(), vendor=SAFE, sent=1, looked_at=NOW) == Claim(2)
    assert move(intent(owner=OTHER), vendor=SAFE, looked_at=NOW) == Wait(NOW + LEASE), "it may be sending"
    before = NOW - timedelta(seconds=5)
    late = LEASE.total_seconds()
    assert isinstance(move(intent(owner=OTHER, age=late), vendor=SAFE, looked_at=before), Find)
    assert move(intent(owner=OTHER, age=late), vendor=SAFE, looked_at=NOW) == Claim(2)
    last = intent(MAX_EPOCHS)
    assert isinstance(move(last, vendor=SAFE, sent=MAX_EPOCHS, looked_at=NOW, answered_at=NOW), Find)
    earlier = NOW - timedelta(seconds=30)
    asked = {"sent": MAX_EPOCHS, "answered_at": earlier}
    assert isinstance(move(last, vendor=SAFE, **asked, looked_at=NOW), Hold), "not for ever"


def test_what_was_refused_for_now_is_asked_again_later_and_what_was_refused_is_over():
    assert move(intent(), refusal(), sent=1) == Wait(NOW + timedelta(seconds=5))
    assert move(intent(), refusal(age=5), sent=1) == Claim(2)
    assert move(intent(), refusal(retry_after=None), sent=1) == Done()
    assert isinstance(move(intent(owner=OTHER), refusal(age=5)), Find), "a person may have said so, and erred"
    assert move(intent(owner=OTHER), refusal(age=5), looked_at=NOW) == Claim(2)
    assert move(intent(), refusal(age=9), Held(1, NOW, "unclear"), sent=1) == Claim(2), "it was freed"


def test_a_job_that_was_found_counts_whatever_else_was_said():
    assert move(intent(), refusal(retry_after=None), Held(1, NOW, "?"), SUBMITTED) == Poll("job-1")


def test_a_job_that_was_found_is_settled_when_the_list_must_tell_its_duplicates():
    assert move(intent(age=OVER - 1), FOUND, RESULT) == Wait(NOW + timedelta(seconds=1))
    assert move(intent(age=OVER), FOUND, RESULT) == Settle("job-1")
    two = intent(age=99), intent(2, age=OVER - 4)
    assert move(*two, SUBMITTED, RESULT) == Wait(NOW + timedelta(seconds=4))


def test_a_vendor_is_not_asked_before_its_time():
    later = NOW + timedelta(seconds=3)
    for records, seen in [
        ((), {}),
        ((intent(),), {"sent": 1}),
        ((intent(), SUBMITTED), {}),
        ((intent(), SUBMITTED), {"state": "done"}),
        ((intent(), SUBMITTED, RESULT), {}),
    ]:
        assert move(*records, **seen, not_before=later) == Wait(later)


def test_what_may_yet_be_charged_is_owed():
    assert Standing.of([intent()]).owed == {"0/ionq/d": 3.0}
    assert Standing.of([intent(), Held(1, NOW, "?")]).owed == {"0/ionq/d": 3.0}
    assert Standing.of([intent(), SUBMITTED, RESULT]).owed == {"0/ionq/d": 3.0}
    assert Standing.of([intent(), refusal()]).owed == {}
    assert Standing.of([intent(), refusal(), SUBMITTED]).owed == {"0/ionq/d": 3.0}, "a person erred"
    assert Standing.of([intent(), SUBMITTED, RESULT, SETTLED]).owed == {}


EPOCHS = st.integers(1, 3)
OWNERS = st.sampled_from([ME, OTHER])
AGES = st.sampled_from([0.0, 10.0, 19.0, 20.0, 55.0, 4000.0])
RECORDS = st.one_of(
    st.builds(intent, EPOCHS, OWNERS, AGES),
    st.builds(refusal, EPOCHS, st.sampled_from([None, 0.0, 50.0]), AGES),
    st.builds(Held, EPOCHS, st.just(NOW), st.just("unclear")),
    st.builds(Submitted, st.sampled_from(["job-1", "job-2"]), EPOCHS, st.just(NOW), st.booleans()),
    st.sampled_from([RESULT, ENDED, SETTLED, Duplicate("job-2", NOW)]),
)
SEEN = st.builds(
    Seen,
    st.just(ME),
    sent=st.integers(0, 3),
    answered_at=st.sampled_from([None, NOW, NOW - timedelta(seconds=40)]),
    looked_at=st.sampled_from([None, NOW, NOW - timedelta(seconds=40)]),
    state=st.sampled_from([None, "queued", "done", "failed", "unknown"]),
)


@settings(max_examples=500)
@given(st.lists(RECORDS, max_size=8), SEEN, st.sampled_from([PLAIN, SAFE]), st.randoms())
def test_whatever_is_on_record_a_request_is_sent_by_its_owner_once_and_the_next_only_where_none_made_a_job(
    records: list[Record], seen: Seen, vendor: Vendor, random
):
    standing = Standing.of(records)
    chosen = next_move(standing, seen, NOW, vendor)
    unique = list(standing.records.values())
    random.shuffle(unique)
    assert next_move(Standing.of(unique), seen, NOW, vendor) == chosen, "their order does not matter"
    latest = standing.intent
    if isinstance(chosen, Submit):
        assert latest is not None
        assert (latest.owner, latest.epoch) == (ME, chosen.epoch)
        assert seen.sent < chosen.epoch
        assert standing.refusal is None
        assert standing.submitted is None
    if isinstance(chosen, Forgo):
        assert latest is not None
        assert (latest.owner, latest.epoch) == (ME, chosen.epoch)
        assert seen.sent < chosen.epoch
    if isinstance(chosen, Claim) and latest is not None:
        assert chosen.epoch == latest.epoch + 1
        assert standing.submitted is None
        refused = standing.refusal is not None and standing.refusal.retry_after is not None
        assert refused or (vendor.is_idempotent and seen.looked_at is not None)
    if isinstance(chosen, Done) and not standing.settled:
        assert standing.held or (standing.refusal and standing.refusal.retry_after is None)


@given(RECORDS)
def test_a_record_is_read_back_equal_and_only_where_it_lay(record: Record):
    key = f"ledger/e/{'ab' * 32}/{record.name}"
    stored = encode(record, key)
    assert decode(stored, key) == record
    for wrong in (stored[:-1], stored[:40] + b"x" + stored[41:], b""):
        with pytest.raises(QorumError, match="cannot be read: nothing is submitted"):
            decode(wrong, key)
    with pytest.raises(QorumError, match="cannot be read"):
        decode(stored, key.replace("ab", "ba"))
    misnamed = f"{key}-x"
    with pytest.raises(QorumError, match="inside"):
        decode(encode(record, misnamed), misnamed)


def test_results_are_kept_to_the_byte():
    for raw in (b"", b"\n\n", bytes(range(256))):
        key = "ledger/e/t/result-1"
        found = decode(encode(Result.of("job-1", raw, NOW), key), key)
        assert isinstance(found, Result)
        assert found.raw == raw
