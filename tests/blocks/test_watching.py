"""The watch over jobs at vendors: what it asks, stores and cancels."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from qiskit import QuantumCircuit

from blocks.execution import execute
from blocks.job_results import read_result
from blocks.object_store import LocalFolder
from blocks.remote_jobs import at_vendor
from blocks.submissions import Around
from blocks.waiting_runs import put_waiting
from blocks.watching import Watch
from qorum.circuits.compiled import CompiledCircuit, encode
from qorum.counts import Counts
from qorum.errors import VendorUnreachable
from qorum.ledger.jobs import Job
from qorum.ledger.waiting import WaitingRun, groups_of
from qorum.remote import JobStatus
from tests.remote_backend import FolderVendor

KEY = "c" * 64


@pytest.fixture
def store(tmp_path: Path) -> LocalFolder:
    bell = QuantumCircuit(2, 2)
    bell.h(0)
    bell.cx(0, 1)
    bell.measure([0, 1], [0, 1])
    store = LocalFolder(path=tmp_path / "store")
    store.put(f"compiled/{KEY}", encode(CompiledCircuit.of(KEY, bell, bell)))
    return store


@pytest.fixture
def vendor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the vendor keeps its jobs; none is done before there is a file `open`."""
    monkeypatch.setenv("QORUM_BACKEND_MODULES", "tests.remote_backend")
    return tmp_path / "vendor"


def submit(vendor: Path, store: LocalFolder, seed: int = 0) -> Job:
    """A job that its vendor has, handed over."""
    name = f"vendor?ends=queued&folder={vendor}"
    job = Job("e", 0, name, ("d",), (KEY,), (seed,), 100, {}, most_usd=(0.5,))
    store.put(job.request_key, json.dumps(job.to_json()).encode())
    result = execute(job, {}, store, None, Around(hands_over=True))
    assert result.waits
    assert not result.is_final
    assert read_result(job, store) is None
    return job


def wait(store: LocalFolder, flow_run_id: str, *jobs: Job) -> None:
    put_waiting(
        WaitingRun(
            flow_run_id=flow_run_id, experiment_id="e", since=datetime.now(UTC), groups=groups_of(jobs)
        ),
        store,
    )


def ask(watch: Watch) -> None:
    """Once about every job, whether its time has come or not."""
    for one in watch.jobs.values():
        one.due = 0.0
    watch.ask()
    for one in watch.jobs.values():
        if one.question:
            one.question.result(30)


def test_a_run_goes_on_once_its_jobs_are_done_and_their_results_stored(store: LocalFolder, vendor: Path):
    job = submit(vendor, store)
    wait(store, "run", job)
    lines: list[str] = []
    watch = Watch(store, lines.append)
    watch.update()
    ((place, run),) = watch.runs.items()
    ask(watch)
    assert not watch.is_ready(run)
    assert [one.stands for one in watch.jobs.values()] == ["queued"]
    assert at_vendor(job, store) is not None
    (vendor / "open").touch()
    ask(watch)
    assert watch.is_ready(run)
    result = read_result(job, store)
    assert result is not None
    assert isinstance(result.outcomes[0], Counts)
    assert result.charged_usd == {job.purchases[0]: 0.25}
    assert at_vendor(job, store) is None
    watch.forget(place)
    watch.update()
    assert not watch.runs
    assert not watch.jobs
    assert len((vendor / "requests.log").read_text().split()) == 1


def test_two_runs_that_wait_for_one_job_each_know_of_its_end(store: LocalFolder, vendor: Path):
    one, other = submit(vendor, store), submit(vendor, store, seed=1)
    wait(store, "first", one)
    wait(store, "second", one, other)
    watch = Watch(store, print)
    watch.update()
    assert len(watch.jobs) == 2
    (vendor / "open").touch()
    ask(watch)
    assert all(map(watch.is_ready, watch.runs.values()))


def test_jobs_of_a_run_that_was_cancelled_are_cancelled_at_their_vendor(store: LocalFolder, vendor: Path):
    job = submit(vendor, store)
    wait(store, "run", job)
    watch = Watch(store, print)
    watch.update()
    (run,) = watch.runs.values()
    assert not watch.cancel(run)
    for _ in range(3):
        ask(watch)
        watch.ask()
    assert list(vendor.glob("*.cancelled"))
    assert watch.cancel(run)
    assert read_result(job, store) is None
    (vendor / "open").touch()
    assert isinstance(execute(job, {}, store).outcomes[0], Counts), "started again, the run submits anew"
    assert len((vendor / "requests.log").read_text().split()) == 2


def test_a_vendor_that_does_not_answer_is_asked_again_and_told_once(
    store: LocalFolder, vendor: Path, monkeypatch: pytest.MonkeyPatch
):
    wait(store, "run", submit(vendor, store))
    lines: list[str] = []
    watch = Watch(store, lines.append)
    watch.update()

    def silent(self: FolderVendor, job_id: str) -> JobStatus:
        raise VendorUnreachable("vendor", "no answer")

    with monkeypatch.context() as patched:
        patched.setattr(FolderVendor, "poll", silent)
        ask(watch)
        ask(watch)
        assert len(lines) == 1
        assert "no answer" in lines[0]
    (vendor / "open").touch()
    ask(watch)
    assert all(map(watch.is_ready, watch.runs.values()))


def test_a_fault_with_one_job_harms_no_other(
    store: LocalFolder, vendor: Path, monkeypatch: pytest.MonkeyPatch
):
    wait(store, "first", submit(vendor, store))
    wait(store, "second", submit(vendor.with_name("other"), store, seed=1))
    (vendor.with_name("other") / "open").touch()
    poll = FolderVendor.poll

    def broken(self: FolderVendor, job_id: str) -> JobStatus:
        return poll(self, job_id) if self.folder.endswith("other") else JobStatus(job_id.nothing)  # type: ignore[attr-defined]

    monkeypatch.setattr(FolderVendor, "poll", broken)
    lines: list[str] = []
    watch = Watch(store, lines.append)
    watch.update()
    ask(watch)
    watch.ask()
    assert sorted(run.flow_run_id for run in watch.runs.values() if watch.is_ready(run)) == ["second"]
    assert [line for line in lines if "AttributeError while it was asked for" in line]


def test_a_record_that_is_damaged_is_told_once_with_what_to_do_and_harms_no_other(
    store: LocalFolder, vendor: Path
):
    store.put("waiting/run/1.json", b"{}")
    wait(store, "run", submit(vendor, store))
    lines: list[str] = []
    watch = Watch(store, lines.append)
    watch.update()
    watch.update()
    assert len(watch.runs) == 1
    (line,) = lines
    assert "waiting/run/1.json, found something else; delete it" in line
