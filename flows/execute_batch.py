"""A worker's part: run one stored job on this machine."""

from __future__ import annotations

import asyncio
import json

from prefect import flow
from prefect.concurrency.asyncio import concurrency

from blocks.backends import load_backend
from blocks.object_store import open_store
from qorum.errors import QorumError
from qorum.ledger.jobs import Job
from tasks.execute import execute


@flow(name="execute-batch", validate_parameters=True)
async def execute_batch(job_key: str) -> str:
    """Run the job that the store keeps under `job_key`; return where its result lies.

    1. Read the job. 2. Wait for a slot of the backend's kind of hardware. 3. Run its circuits and
    store the counts.

    Raises:
        QorumError: this worker's store has no such job.
    """
    store = open_store()
    found = await asyncio.to_thread(store.get_many, [job_key])
    if job_key not in found:
        raise QorumError(f"{store.url} has no {job_key}: workers and callers need the same QORUM_STORE")
    job = Job.from_json(json.loads(found[job_key]))
    pool = load_backend(job.backend).profile().pool
    async with concurrency(f"execute-{pool}", occupy=1):
        await execute(job, {}, store)
    return job.result_key
