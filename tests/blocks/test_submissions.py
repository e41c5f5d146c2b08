"""A paid job is submitted at most once: in a world where answers get lost and workers die and meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blocks.object_store import LocalFolder
from blocks.submissions import Months
from qorum.errors import BackendFailed, BudgetExceeded, JobHeld, JobUnfinished, QorumError, StorageUnfit
from qorum.ledger.budget import NANO, Purse
from qorum.ledger.limits import Limit
from qorum.ledger.records import Held, room
from qorum.ledger.submissions import MAX_EPOCHS
from tests.vendor_model import EXPERIMENT, PRICE, SHOTS, TOKEN, Desk, Fate, MemoryStore, ModelVendor, World

FATES: list[Fate] = ["accepted", "lost", "broken", "dropped", "busy"]
MANY = settings(max_examples=150, deadline=None)


def desk(seed: int = 1, store: Any = None, **vendor: Any) -> Desk:
    world = World(Random(seed))
    return Desk(world, ModelVendor(world, **vendor), store or MemoryStore.of(world))


def race(
    chance: Random,
    workers: int = 2,
    deaths: float = 0.02,
    faults: float = 0.05,
    skew: int = 600,
    monthly: Sequence[Limit] = (),
    **vendor: Any,
) -> Desk:
    """Workers that meet, die and are replaced, and what they left."""
    one = desk(**vendor)
    one.skew, one.months = skew, Months(one.store, monthly)
    one.world.chance, one.world.deaths, one.world.faults = chance, deaths, faults
    for _ in range(3):
        one.world.race(*[one.work] * workers)
        one.world.now += timedelta(seconds=chance.choice([0, 5, 100]))
    return one


def outcome(one: Desk) -> Any:
    try:
        return one.after_all()
    except JobHeld as error:
        return error


CHANCE = st.integers(0, 2**32).map(Random)


@MANY
@given(CHANCE, st.sampled_from([1, 2, 3]), st.sampled_from([0.0, 1.0, 30.0]), st.floats(0, 0.5))
def test_whatever_is_lost_and_whoever_dies_one_job_is_made_and_its_result_is_had(
    chance: Random, workers: int, lag: float, damage: float
):
    one = race(chance, workers, fates=FATES, lag=lag, damage=damage)
    found, vendor = outcome(one), one.vendor
    assert len(vendor.jobs) <= 1, one.log
    assert vendor.charged_usd <= one.limit
    if isinstance(found, JobHeld):
        assert not vendor.jobs, "what the vendor lists is found"
        return
    (job,) = vendor.jobs
    assert found.job_id == job.job_id
    assert [counts.shots for counts in found.counts] == [SHOTS]
    assert (found.charge.usd, found.charge.is_final) == (vendor.charged_usd, True)
    assert found.duplicates == ()


@MANY
@given(CHANCE, st.sampled_from([1, 2, 3]))
def test_whoever_dies_the_month_s_account_is_the_vendor_s_bill(chance: Random, workers: int):
    limit = Limit("all", PRICE)
    one = race(chance, workers, fates=FATES, monthly=[limit])
    found = outcome(one)
    assert one.months is not None
    page = one.months.page(limit, one.world.now)
    if isinstance(found, JobHeld):
        assert page.taken == PRICE * NANO, "it may yet be charged"
    else:
        assert page.spent == page.taken == round(one.vendor.charged_usd * NANO), one.log


@MANY
@given(CHANCE)
def test_where_equal_tokens_make_one_job_it_is_sent_again_instead_of_held(chance: Random):
    one = race(chance, fates=FATES, is_idempotent=True, deaths=0.01)
    found, vendor = outcome(one), one.vendor
    if isinstance(found, JobHeld):
        assert not vendor.jobs
        assert f"intent-{MAX_EPOCHS:04}" in one.standing.records, "it was sent as often as it may be"
        return
    assert len(vendor.jobs) == 1, one.log
    assert found.counts
    assert found.charge.usd == vendor.charged_usd <= one.limit


@MANY
@given(CHANCE)
def test_a_list_that_lags_longer_than_its_vendor_says_holds_the_job_and_never_makes_a_second(chance: Random):
    one = race(chance, fates=FATES, lag=3000.0)
    assert len(one.vendor.jobs) <= 1, one.log
    found = outcome(one)
    assert len(one.vendor.jobs) <= 1
    assert isinstance(found, JobHeld) or found.job_id == one.vendor.jobs[0].job_id


@MANY
@given(CHANCE)
def test_what_a_vendor_makes_twice_is_cancelled_reported_and_counted(chance: Random):
    one = race(chance, fates=["doubled"], deaths=0.01, skew=0)
    found, vendor = outcome(one), one.vendor
    if isinstance(found, JobHeld):
        assert not vendor.jobs, "its owner died before it sent"
        return
    first, second = vendor.jobs
    assert {found.job_id, *found.duplicates} == {first.job_id, second.job_id}
    spare = second if found.job_id == first.job_id else first
    assert spare.cancelled_at or spare.done_at < one.world.now, "it was cancelled, unless it was faster"
    assert found.charge.usd == pytest.approx(vendor.charged_usd)


@MANY
@given(CHANCE, st.booleans())
def test_a_person_who_errs_makes_a_second_job_and_is_told(chance: Random, is_freed: bool):
    one = desk(fates=["lost"], lag=10_000.0, least_lag=60.0, list_lag_seconds=5.0)
    one.world.chance = chance
    with pytest.raises(JobHeld, match="no such job after 5 s"):
        one.ask()
    assert len(one.vendor.jobs) == 1
    one.vendor.fates, one.vendor.lag, one.vendor.least_lag = ["accepted"], 1.0, 0.0
    one.records.free(one.world.now, again=is_freed)
    found = one.ask()
    if not is_freed:
        assert (found.job_id, found.retryable, len(one.vendor.jobs)) == ("", False, 1)
        return
    if found.job_id == "job-0":
        assert len(one.vendor.jobs) == 1, "it was listed meanwhile: each that submits again looks before"
        return
    assert len(one.vendor.jobs) == 2
    if found.charge.is_final and found.duplicates:
        assert found.charge.usd == pytest.approx(one.vendor.charged_usd)


def test_a_held_job_is_adopted_by_a_person_or_found_by_itself_later():
    one = desk(fates=["lost"], lag=4000.0, least_lag=60.0, list_lag_seconds=5.0)
    with pytest.raises(JobHeld, match="look at model/eu-1/device"):
        one.ask()
    assert isinstance(one.standing.held, Held)
    one.records.adopt("job-0", one.world.now)
    assert one.ask().job_id == "job-0"
    with pytest.raises(QorumError, match="a held job expected"):
        one.records.free(one.world.now, again=True)
    other = desk(fates=["lost"], lag=4000.0, least_lag=60.0, list_lag_seconds=5.0)
    with pytest.raises(JobHeld):
        other.ask()
    assert other.after_all().job_id == "job-0"
    assert len(one.vendor.jobs) == len(other.vendor.jobs) == 1


def test_a_job_costs_five_requests_to_the_store():
    one = desk()
    one.ask()
    assert one.store.requests == 5
    one.store.requests = 0
    assert one.ask().counts
    assert one.store.requests == 5
    assert one.vendor.requests.count("submit") == 1


@pytest.mark.parametrize("fates", [["accepted"], ["lost"]])
def test_without_a_ledger_nothing_is_submitted(fates: list[Fate]):
    one = desk(fates=fates)
    one.store.is_down = True
    with pytest.raises(StorageUnfit):
        one.ask()
    assert one.vendor.jobs == []


def test_what_the_purse_cannot_pay_is_not_submitted_and_what_is_refused_is_released():
    one = desk()
    with pytest.raises(BudgetExceeded):
        one.ask(Purse(PRICE - 0.01))
    assert one.store.list() == []
    refused = desk(fates=["refused"])
    purse = Purse(PRICE)
    found = refused.ask(purse)
    assert (found.failure, found.retryable, found.charge.usd) == ("no such device", False, 0.0)
    assert purse.left_usd == PRICE
    assert refused.ask().failure == "no such device"
    assert refused.vendor.requests.count("submit") == 1, "it will never be taken"


def test_a_busy_vendor_is_asked_again_and_given_up_in_time():
    one = desk(fates=["busy"])
    found = one.ask(patience=60.0)
    assert (found.failure, found.retryable) == ("too many requests", True)
    assert 5 <= one.vendor.requests.count("submit") <= 13
    one.vendor.fates = ["accepted"]
    assert one.ask().job_id == "job-0"


def test_what_an_adopted_job_was_charged_is_spent_even_beyond_the_limit():
    one = desk(fates=["broken"])
    one.world.race(one.work)
    purse = Purse(0.0)
    assert one.ask(purse).charge.usd == pytest.approx(one.vendor.charged_usd)
    assert purse.spent_usd == pytest.approx(one.vendor.charged_usd)


def test_a_failed_job_is_charged_and_not_sent_again():
    one = desk(failing=True)
    purse = Purse(PRICE)
    found = one.ask(purse)
    assert found.failure == "failed at the vendor"
    assert found.retryable
    assert (found.charge.usd, purse.spent_usd) == (1.5, 1.5)
    assert one.ask().failure == "failed at the vendor"
    assert len(one.vendor.jobs) == 1


def test_results_that_were_damaged_on_their_way_are_fetched_once_more():
    one = desk(damage=1.0)
    fetch: Callable[[str], bytes] = one.vendor.fetch

    def damaged_once(job_id: str) -> bytes:
        raw = fetch(job_id)
        one.vendor.damage = 0.0
        return raw

    one.vendor.fetch = damaged_once
    assert one.ask().counts
    assert [name for name in one.standing.records if name.startswith("result")] == ["result-1", "result-2"]


def test_results_that_nobody_can_read_are_kept_and_the_job_is_charged():
    one = desk(damage=1.0)
    found = one.ask()
    assert (found.counts, found.failure) == ((), "model (job job-0): damaged")
    assert found.is_unreadable
    assert found.charge.usd == pytest.approx(2.7)


def test_a_charge_that_is_not_final_in_time_counts_as_the_most_it_can_be_until_it_is():
    one = desk(bills_after=5000.0)
    purse = Purse(PRICE)
    found = one.ask(purse)
    assert found.counts
    assert (found.charge.is_final, found.charge.usd, purse.spent_usd) == (False, PRICE, PRICE)
    one.world.now += timedelta(seconds=5000)
    assert one.ask().charge.usd == pytest.approx(2.7)


class Stop:
    """Asked for at the nth time that somebody looks."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


@MANY
@given(CHANCE, st.integers(0, 12), st.booleans(), st.sampled_from([0.0, 0.2]))
def test_a_stop_cancels_what_was_submitted_and_holds_nothing(
    chance: Random, at: int, is_lost: bool, faults: float
):
    one = desk(fates=["lost" if is_lost else "accepted"], lag=3.0)
    one.world.chance = chance
    one.world.faults = faults
    stop = Stop(at)
    try:
        found = one.ask(stopped=stop)
        assert found.failure == "cancelled at the vendor" or found.counts
    except (JobUnfinished, StorageUnfit):
        pass
    if faults == 0.0 and one.vendor.jobs:
        assert one.vendor.jobs[0].cancelled_at or one.standing.result, "it ended before"
    one.vendor.fates = ["accepted"]
    again = outcome(one)
    if isinstance(again, JobHeld):
        assert faults
        assert not one.vendor.jobs, "what became of the intent was not known"
        return
    assert len(one.vendor.jobs) == 1
    assert again.counts or again.failure == "cancelled at the vendor"


def test_a_job_of_another_place_or_of_other_circuits_is_not_submitted_again():
    one = desk(fates=["lost"])
    one.store.is_down = False
    one.world.race(one.work)
    one.vendor.place = "model/us-2/device"
    for name in ("settled", "submitted"):
        one.store.delete(f"{room(EXPERIMENT, TOKEN)}{name}")
    with pytest.raises(QorumError, match="submitted to model/eu-1/device"):
        one.ask()


def test_a_vendor_that_refuses_to_say_what_it_costs_gets_nothing():
    one = desk()

    def refuse(*_: Any) -> Any:
        raise BackendFailed("model", "the key is not valid")

    one.vendor.estimate = refuse
    with pytest.raises(BackendFailed, match="key is not valid"):
        one.ask()
    assert one.store.list() == []
    two = desk(fates=["accepted"])
    two.vendor.poll = refuse
    with pytest.raises(JobUnfinished, match="key is not valid"):
        two.ask()
    del two.vendor.poll
    assert two.ask().counts


def test_records_lie_in_a_folder_as_well(tmp_path):
    one = desk(store=LocalFolder(path=tmp_path))
    assert one.ask().counts
    assert one.ask().counts
    assert len(one.vendor.jobs) == 1
    (tmp_path / room(EXPERIMENT, TOKEN) / "intent-0001").write_bytes(b"damaged")
    with pytest.raises(QorumError, match="cannot be read: nothing is submitted"):
        one.ask()


def test_a_duplicate_is_cancelled_as_soon_as_it_is_seen():
    one = desk(fates=["doubled"], lag=0.0)
    done_at = one.world.now + timedelta(hours=2)
    poll = one.vendor.poll

    def long_lasting(job_id: str) -> Any:
        for job in one.vendor.jobs:
            job.done_at = done_at
        return poll(job_id)

    one.vendor.poll = long_lasting
    assert one.ask().duplicates == ("job-1",)
    cancelled_at = one.vendor.jobs[1].cancelled_at
    assert cancelled_at is not None
    assert cancelled_at < done_at - timedelta(hours=1)


def test_what_an_adopted_job_may_be_charged_is_set_aside_while_it_runs():
    one, purse, left = desk(), Purse(PRICE), list[float]()
    poll = one.vendor.poll

    def refuse(job_id: str) -> Any:
        raise BackendFailed("model", "not now", job_id)

    def looking(job_id: str) -> Any:
        left.append(purse.left_usd)
        return poll(job_id)

    one.vendor.poll = refuse
    with pytest.raises(JobUnfinished):
        one.ask()
    one.vendor.poll = looking
    one.ask(purse)
    assert set(left) == {0.0}


def test_once_a_stop_is_asked_for_nothing_is_submitted_and_what_was_is_cancelled():
    one = desk()
    with pytest.raises(JobUnfinished, match="before it was submitted"):
        one.ask(stopped=lambda: True)
    assert one.vendor.jobs == []
    one = desk()
    found = one.ask(stopped=lambda: bool(one.vendor.jobs))
    assert found.failure == "cancelled at the vendor"
    assert one.vendor.jobs[0].cancelled_at
