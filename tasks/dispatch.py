"""One batch on one backend, by a worker of the backend's pool."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from itertools import count

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import arun_deployment
from prefect.logging import get_run_logger

from blocks.job_results import read_result
from blocks.object_store import ObjectStore
from blocks.remote_jobs import at_vendor, unfinished
from qorum.ledger.jobs import Failure, Job, JobResult
from tasks.pools import Ended, PoolWatch

ATTEMPTS = 2
"""A run that ended without a result, such as one whose worker was killed, is sent once more."""


@task(cache_policy=NO_CACHE, task_run_name="dispatch {job.backend} step {job.step} to pool {pool}")
async def dispatch(
    job: Job,
    pool: str,
    is_free: bool,
    store: ObjectStore,
    watch: PoolWatch,
    *,
    in_ledger: bool = False,
    hands_over: bool = False,
) -> JobResult:
    """Have a worker of `pool` run the job, unless its result is stored already.

    The job's token is the idempotency key: a run that is under way is joined, not doubled. One that no
    worker takes, or whose worker is lost, is given up after a while (see `PoolWatch`) and cancelled. What
    costs is not sent again where a run began and brought no result: it may have been charged. What goes
    through the ledger is sent again by a later run of the experiment, and found there; with `hands_over` no
    worker is held while its vendor has it.

    Returns:
        What the job brought, or that it waits at its vendor; where the workers' runs ended without a result,
        the reason for each circuit, and what is known of charges: nothing, or that there are none, for no
        run began.
    """
    known = partial(_known, job, store, hands_over)
    if (found := await asyncio.to_thread(known)) is not None:
        return found
    await asyncio.to_thread(store.put, job.request_key, json.dumps(job.to_json()).encode())
    sent, batch = 0, f"{job.backend}, step {job.step}"
    for number in count():
        run = await _create(job, pool, number, hands_over=hands_over)
        ended = await watch.follow(run, pool, batch)
        get_run_logger().info("%s: the run %r on pool %s: %s", batch, run.name, pool, ended.in_words)
        if (found := await asyncio.to_thread(known)) is not None:
            return found
        may_be_charged = ended.began and not is_free
        if run.state is not None and run.state.is_final() and (in_ledger or not may_be_charged):
            continue  # of an earlier run of this experiment
        sent += 1
        if may_be_charged or sent == ATTEMPTS or (ended.lost and not ended.began):
            return _without_result(job, pool, ended, store, may_be_charged=may_be_charged)
    raise AssertionError("numbers do not end")


def _known(job: Job, store: ObjectStore, hands_over: bool) -> JobResult | None:
    """Its stored result; or that it waits at its vendor, where that is handed over."""
    if (stored := read_result(job, store)) is not None:
        return stored
    submitted = at_vendor(job, store) if hands_over else None
    return submitted and unfinished(job, f"{submitted.job_id} has not ended", waits=True)


async def _create(job: Job, pool: str, number: int, *, hands_over: bool) -> FlowRun:
    """The run of this number, made unless it is there; not waited for."""
    return await arun_deployment(
        f"execute-batch/{pool}",
        parameters={"job_key": job.request_key, "hands_over": hands_over},
        flow_run_name=f"{job.backend} step {job.step} of {job.experiment_id}",
        idempotency_key=f"{job.token}/{number}",
        timeout=0,
    )


def _without_result(
    job: Job, pool: str, ended: Ended, store: ObjectStore, *, may_be_charged: bool
) -> JobResult:
    reason = f"its run on pool {pool} brought no result to {store.url}: {ended.in_words}"
    if may_be_charged:
        reason += "; it may have been charged, and is not sent again"
    failures = (Failure(reason, retryable=not may_be_charged),) * len(job.digests)
    charged = {} if may_be_charged else dict.fromkeys(job.purchases, 0.0)
    return JobResult(job.token, failures, 0.0, charged)
