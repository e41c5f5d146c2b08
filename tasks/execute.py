"""One batch of compiled circuits on one backend, on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from threading import Event

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from blocks.execution import execute as run_job
from blocks.interruption import in_thread
from blocks.job_results import read_result, write_result
from blocks.object_store import ObjectStore
from blocks.processes import stop_processes
from blocks.submissions import Around
from qorum.circuits.compiled import CompiledCircuit
from qorum.ledger.jobs import Failure, Job, JobResult
from tasks.progress import Progress


@task(cache_policy=NO_CACHE, task_run_name="execute {job.backend} step {job.step}")
async def execute(
    job: Job, circuits: Mapping[str, CompiledCircuit], store: ObjectStore, *, hands_over: bool = False
) -> JobResult:
    """Run the job and store its result, unless that is stored already; cancelled, it ends what computes, and
    cancels what was submitted.

    Args:
        job: what to run.
        circuits: compiled circuits by key, as far as they are at hand; the rest is read from `store`.
        hands_over: whether a job that its vendor has is left to who watches, instead of waited for.
    """
    if (stored := await asyncio.to_thread(read_result, job, store)) is not None:
        get_run_logger().info("%s, step %d: stored already, not run again", job.backend, job.step)
        return stored
    stop, tell = Event(), get_run_logger().info

    def end() -> None:
        stop.set()
        stop_processes()

    async with Progress("execute", len(job.digests)) as advance:
        around = Around.stopping(stop, tell, hands_over=hands_over)
        brought = await in_thread(end, run_job, job, circuits, store, advance, around)
    result = await asyncio.to_thread(write_result, job, brought, store)
    if result.waits:
        get_run_logger().info("%s, step %d: submitted; who watches goes on with it", job.backend, job.step)
        return result
    failed = sum(isinstance(outcome, Failure) for outcome in result.outcomes)
    get_run_logger().info(
        "%s ran %d circuits of %d shots in %.2f s%s",
        *(job.backend, len(job.digests), job.shots, result.seconds),
        f"; {failed} failed" if failed else "",
    )
    return result
