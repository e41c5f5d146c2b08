"""One batch on one backend, by a worker of the backend's pool."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable

from prefect import get_client, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.filters import WorkPoolFilter, WorkPoolFilterName
from prefect.deployments import arun_deployment
from prefect.logging import get_run_logger

from blocks.job_results import read_result
from blocks.object_store import ObjectStore
from qorum.ledger.jobs import Failure, Job, JobResult

ATTEMPTS = 2
"""A run that ended without a result, such as one whose worker was killed, is sent once more."""


@task(cache_policy=NO_CACHE, task_run_name="dispatch {job.backend} step {job.step} to pool {pool}")
async def dispatch(job: Job, pool: str, is_free: bool, store: ObjectStore) -> JobResult:
    """Have a worker of `pool` run the job, unless its result is stored already.

    The job's token is the idempotency key: a run that is under way is joined, not doubled. What costs is
    not sent again where a run ended without a result: it may have been charged.

    Returns:
        What the job brought; where the workers' runs ended without a result, the reason for each circuit,
        and no charges, for they are not known.
    """
    if (stored := await asyncio.to_thread(read_result, job, store)) is not None:
        return stored
    await asyncio.to_thread(store.put, job.request_key, json.dumps(job.to_json()).encode())
    ended = "never"
    for attempt in range(ATTEMPTS if is_free else 1):
        run = await arun_deployment(
            f"execute-batch/{pool}",
            parameters={"job_key": job.request_key},
            flow_run_name=f"{job.backend} step {job.step} of {job.experiment_id}",
            idempotency_key=f"{job.token}/{attempt}",
            poll_interval=0.5,
        )
        ended = run.state.name if run.state else "unknown"
        get_run_logger().info("%s: the run %r on pool %s ended %s", job.backend, run.name, pool, ended)
        if (result := await asyncio.to_thread(read_result, job, store)) is not None:
            return result
    reason = f"its runs on pool {pool} ended {ended} without a result in {store.url}"
    if not is_free:
        reason += "; it may have been charged, and is not sent again"
    return JobResult(job.token, (Failure(reason, is_free),) * len(job.digests), 0.0, {})


async def online_pools(pools: Iterable[str]) -> set[str]:
    """Those of `pools` that exist on the server and have a worker online."""
    async with get_client() as client:
        named = WorkPoolFilter(name=WorkPoolFilterName(any_=sorted(pools)))
        known = await client.read_work_pools(work_pool_filter=named)
        workers = {pool.name: await client.read_workers_for_work_pool(pool.name) for pool in known}
    return {pool for pool, found in workers.items() if any(worker.status == "ONLINE" for worker in found)}
