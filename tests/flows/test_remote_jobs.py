"""Jobs of a vendor in runs and trainings: submitted once, found after a crash, held, cancelled."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from blocks.executor import Executor
from blocks.job_results import open_purse
from blocks.object_store import LocalFolder, open_store
from blocks.objectives import open_objective
from blocks.submissions import all_standings
from flows.resolve_held import resolve_held
from flows.run_circuits import run_circuits
from qorum.errors import BackendFailed, JobUnfinished, QorumError
from qorum.statevector.observables import PauliSum
from qorum.training.objective import Objective, Request
from tests.flows.trainings.test_guarding import ansatz

GHZ = ["template:ghz?num_qubits=3", "template:ghz?num_qubits=4"]
POINT = Request(np.full((1, 4), 0.3))


@pytest.fixture(autouse=True)
def vendor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the vendor keeps its jobs."""
    monkeypatch.setenv("QORUM_BACKEND_MODULES", "tests.remote_backend")
    return tmp_path / "vendor"


def requests(vendor: Path) -> list[str]:
    log = vendor / "requests.log"
    return log.read_text().split() if log.exists() else []


def jobs(vendor: Path, kind: str) -> list[Path]:
    return list(vendor.glob(f"*.{kind}"))


async def run(name: str, **options: object):
    return await run_circuits(
        GHZ, backends=[name, "torch", "aer"], shots=500, dispatch="inline", experiment_id="e",
        **{"max_cost_usd": 2.0, **options},
    )  # fmt: skip


async def test_a_run_buys_one_job_and_pays_what_the_vendor_says(home: Path, vendor: Path):
    report = await run(f"vendor?folder={vendor}", max_cost_usd=0.5)
    assert (report["totals"]["cost_usd"], report["totals"]["estimated_usd"]) == (0.25, 0.5)
    assert [circuit["status"] for circuit in report["circuits"]] == ["agreed", "agreed"]
    assert len(requests(vendor)) == 1
    assert report["totals"]["cost_usd"] == pytest.approx(0.25)
    again = await run(f"vendor?folder={vendor}", max_cost_usd=0.5)
    assert len(requests(vendor)) == 1
    assert again["totals"]["cost_usd"] == pytest.approx(0.25)


async def test_a_run_whose_result_is_lost_finds_its_job_again(home: Path, vendor: Path):
    await run(f"vendor?folder={vendor}&answer=lost")
    store = open_store()
    for key in store.list("results/e/"):
        if "/jobs/" in key or key.endswith(("report.json", "analysis.json")):
            store.delete(key)
    report = await run(f"vendor?folder={vendor}&answer=lost")
    assert report["circuits"][0]["status"] == "agreed"
    assert len(report["circuits"][0]["replicas"]) == 3
    assert len(requests(vendor)) == 1


async def test_a_job_of_which_nothing_is_known_is_told_and_not_bought_elsewhere_or_again(
    home: Path, vendor: Path, monkeypatch: pytest.MonkeyPatch
):
    for _ in range(2):
        report = await run(f"vendor?folder={vendor}&answer=never")
        assert [circuit["status"] for circuit in report["circuits"]] == ["agreed", "agreed"]
        assert "held since" in str(report["circuits"][0]["rejected"])
        assert len(requests(vendor)) == 1
    (standing,) = all_standings(open_store(), "e")
    assert standing.held
    (held,) = (await resolve_held("e")).report.jobs
    assert (held.token, held.decision) == (standing.intent.token, "")
    assert held.most_usd == pytest.approx(sum(standing.owed.values()))
    purse = open_purse("e", 2.0, open_store())
    assert purse.left_usd == pytest.approx(2.0 - sum(standing.owed.values()))


async def test_a_person_decides_a_held_job(home: Path, vendor: Path):
    name = f"vendor?folder={vendor}&answer=never"
    await run(name)
    with pytest.raises(QorumError, match="found 0 whose token begins with 'ffff'"):
        await resolve_held("e", token="ffff", none=True)
    (decided,) = (await resolve_held("e", none=True)).report.jobs
    assert "may be submitted again" in decided.decision
    assert not (await resolve_held("e")).report.jobs
    for place in open_store().list("results/e/"):
        if place.endswith(("report.json", "analysis.json")):
            open_store().delete(place)
    await run(name)
    assert len(requests(vendor)) == 2
    (again,) = (await resolve_held("e", job_id="elsewhere-7")).report.jobs
    assert again.decision == "it is the vendor's elsewhere-7"
    (standing,) = all_standings(open_store(), "e")
    assert standing.submitted.job_id == "elsewhere-7"


async def test_a_cancelled_run_cancels_its_job_and_the_next_one_submits_anew(home: Path, vendor: Path):
    work = asyncio.ensure_future(run(f"vendor?folder={vendor}&ends=queued"))
    while not jobs(vendor, "json"):
        assert not work.done()
        await asyncio.sleep(0.1)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert len(jobs(vendor, "cancelled")) == 1
    await asyncio.to_thread((vendor / "open").touch)
    report = await run(f"vendor?folder={vendor}&ends=queued")
    assert [circuit["status"] for circuit in report["circuits"]] == ["agreed", "agreed"]
    assert [len(circuit["replicas"]) for circuit in report["circuits"]] == [3, 3]
    assert len(set(requests(vendor))) == len(requests(vendor)) == 2, "another token"


def objective(vendor: Path, executor: Executor, **settings: str) -> Objective:
    options = "".join(f"&{name}={value}" for name, value in settings.items())
    observable = PauliSum.from_terms(2, [("ZZ", 1.0), ("XI", 0.5)])
    name = f"vendor?folder={vendor}{options}"
    return open_objective(name, ansatz(2, 1), observable, 40, executor=executor)


def opened(store: LocalFolder, limit: float) -> Executor:
    executor = Executor("t", limit, store)
    executor.open()
    return executor


def test_a_training_pays_what_the_vendor_says_and_finds_its_jobs_again(tmp_path: Path, vendor: Path):
    store = LocalFolder(path=tmp_path / "store")
    executor = opened(store, 9.0)
    answer = objective(vendor, executor).evaluate(POINT, 1)
    bought = len(requests(vendor))
    assert executor.purse.spent_usd == pytest.approx(0.25 * bought)
    for key in store.list("results/"):
        store.delete(key)
    again = opened(store, 9.0)
    assert again.purse.spent_usd == pytest.approx(0.25 * bought), "the ledger knows"
    assert objective(vendor, again).evaluate(POINT, 1).values == answer.values
    assert len(requests(vendor)) == bought
    assert again.purse.spent_usd == pytest.approx(0.25 * bought)


def test_a_training_buys_nothing_else_while_a_job_may_yet_come(tmp_path: Path, vendor: Path):
    store = LocalFolder(path=tmp_path / "store")
    for _ in range(2):
        executor = opened(store, 9.0)
        with pytest.raises(JobUnfinished, match="held since"):
            objective(vendor, executor, answer="never").evaluate(POINT, 1)
        assert len(requests(vendor)) == 1
        assert executor.purse.spent_usd == 0.0
        assert executor.purse.left_usd < 9.0


def test_a_job_that_failed_at_the_vendor_is_paid_and_the_next_attempt_is_another(
    tmp_path: Path, vendor: Path
):
    store = LocalFolder(path=tmp_path / "store")
    executor = opened(store, 9.0)
    for _ in range(2):
        with pytest.raises(BackendFailed, match="out of order"):
            objective(vendor, executor, ends="failed").evaluate(POINT, 1)
        assert len(set(requests(vendor))) == len(requests(vendor))
        assert executor.purse.spent_usd == pytest.approx(0.25 * len(requests(vendor)))
    assert len(requests(vendor)) >= 2


def test_a_stop_cancels_the_job_of_a_training(tmp_path: Path, vendor: Path):
    executor = opened(LocalFolder(path=tmp_path / "store"), 9.0)
    executor.stop.set()
    with pytest.raises((JobUnfinished, BackendFailed)):
        objective(vendor, executor, ends="queued").evaluate(POINT, 1)
    assert requests(vendor) == []


def test_a_training_without_a_store_submits_nothing(vendor: Path):
    with pytest.raises(BackendFailed, match="need a store"):
        objective(vendor, Executor(), price="0").evaluate(POINT, 1)
    assert requests(vendor) == []
