"""Runs that have submitted their jobs to model vendors and wait."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from qiskit import QuantumCircuit

VENDORS = ("first", "second", "third", "fourth")
KEY = "c" * 64


def prepare(home: Path, runs: int, jobs_each: int) -> None:
    """Submit the jobs and put the runs on record, as each run does before it ends its process.

    Args:
        home: gets a store and a folder for each vendor, where no job is done before there is a file `open`.
        runs: how many.
        jobs_each: jobs of each.
    """
    os.environ["QORUM_BACKEND_MODULES"] = "tests.remote_backend"
    from blocks.execution import execute
    from blocks.object_store import LocalFolder
    from blocks.submissions import Around
    from blocks.waiting_runs import put_waiting
    from qorum.circuits.compiled import CompiledCircuit, encode
    from qorum.ledger.jobs import Job
    from qorum.ledger.waiting import WaitingRun, groups_of

    bell = QuantumCircuit(2, 2)
    bell.h(0)
    bell.cx(0, 1)
    bell.measure([0, 1], [0, 1])
    compiled = CompiledCircuit.of(KEY, bell, bell)
    store = LocalFolder(path=home / "store")
    store.put(f"compiled/{KEY}", encode(compiled))
    for run in range(runs):
        jobs: list[Job] = []
        for number in range(jobs_each):
            vendor = VENDORS[(run + number) % len(VENDORS)]
            name = f"vendor?ends=queued&folder={home / vendor}"
            job = Job(f"run-{run}", 0, name, (f"d{number}",), (KEY,), (run,), 100, {}, most_usd=(0.5,))
            store.put(job.request_key, json.dumps(job.to_json()).encode())
            assert execute(job, {KEY: compiled}, store, None, Around(hands_over=True)).waits
            jobs.append(job)
        since = datetime.now(UTC)
        put_waiting(
            WaitingRun(
                flow_run_id=f"flow-run-{run}", experiment_id=f"run-{run}", since=since, groups=groups_of(jobs)
            ),
            store,
        )
