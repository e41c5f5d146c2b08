"""A worker's part: run one stored job on this machine."""

from __future__ import annotations

import asyncio
import json

from prefect import flow
from prefect.concurrency.asyncio import concurrency

from blocks.backends import load_backend
from blocks.object_store import open_store
from qorum.errors import JobUnfinished, QorumError
from qorum.ledger.jobs import Failure, Job
from tasks.execute import execute


@flow(name="execute-batch", validate_parameters=True)
async def execute_batch(job_key: str, hands_over: bool = False) -> str:
    """Run the job that the store keeps under `job_key`; return where its result lies, or will lie.

    1. Read the job. 2. Wait for a slot of the backend's kind of hardware. 3. Run its circuits and
    store the counts; what a vendor has is left to `watch-jobs` where it is handed over.

    Raises:
        JobUnfinished: what became of it at its vendor is not known yet.
        QorumError: this worker's store has no such job.
    """
    store = open_store()
    found = await asyncio.to_thread(store.get_many, [job_key])
    if job_key not in found:
        raise QorumError(f"{store.url} has no {job_key}: workers and callers need the same QORUM_STORE")
    job = Job.from_json(json.loads(found[job_key]))
    pool = load_backend(job.backend).profile().pool
    async with concurrency(f"execute-{pool}", occupy=1):
        result = await execute(job, {}, store, hands_over=hands_over)
    if not result.is_final and not result.waits:
        told = [outcome.reason for outcome in result.outcomes if isinstance(outcome, Failure)]
        raise JobUnfinished(job.token, *told[:1])
    return job.result_key
