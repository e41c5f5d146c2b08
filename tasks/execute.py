"""One batch of compiled circuits on one backend, on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from blocks.backends import load_backend
from blocks.batches import Batch, sample_batch, stop_processes
from blocks.interruption import in_thread
from blocks.job_results import read_result, write_result
from blocks.object_store import ObjectStore
from qorum.circuits.compiled import CompiledCircuit, decode
from qorum.errors import QorumError
from qorum.ledger.charges import billed
from qorum.ledger.jobs import Failure, Job, JobResult
from tasks.progress import Progress


@task(cache_policy=NO_CACHE, task_run_name="execute {job.backend} step {job.step}")
async def execute(job: Job, circuits: Mapping[str, CompiledCircuit], store: ObjectStore) -> JobResult:
    """Run the job and store its result, unless that is stored already; cancelled, it ends what computes.

    Args:
        job: what to run.
        circuits: compiled circuits by key, as far as they are at hand; the rest is read from `store`.
    """
    if (stored := await asyncio.to_thread(read_result, job, store)) is not None:
        get_run_logger().info("%s, step %d: stored already, not run again", job.backend, job.step)
        return stored
    async with Progress("execute", len(job.digests)) as advance:
        brought = await in_thread(stop_processes, _run, job, circuits, store, advance)
    result = await asyncio.to_thread(write_result, job, brought, store)
    failed = sum(isinstance(outcome, Failure) for outcome in result.outcomes)
    get_run_logger().info(
        "%s ran %d circuits of %d shots in %.2f s%s",
        *(job.backend, len(job.digests), job.shots, result.seconds),
        f"; {failed} failed" if failed else "",
    )
    return result


def _run(
    job: Job,
    circuits: Mapping[str, CompiledCircuit],
    store: ObjectStore,
    advance: Callable[[int], None],
) -> JobResult:
    missing = {key: f"compiled/{key}" for key in job.compiled if key not in circuits}
    objects = store.get_many(list(missing.values()))
    if lost := missing.values() - objects.keys():
        raise QorumError(
            f"{len(lost)} of {len(job.compiled)} compiled circuits are not in {store.url};"
            " workers and callers need the same QORUM_STORE"
        )
    ready = {**circuits, **{key: decode(objects[place], key) for key, place in missing.items()}}
    batch = Batch(job.backend, [ready[key] for key in job.compiled], job.seeds, job.shots)
    sampled = sample_batch(batch, advance)
    price = load_backend(job.backend).profile().price
    bill = billed(batch.circuits, job.shots, sampled.seconds / len(batch.circuits), price)
    charged = dict(zip(job.purchases, price.of_each(bill), strict=True))
    return JobResult(job.token, sampled.outcomes, sampled.seconds, charged)
